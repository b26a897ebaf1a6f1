//! What an operator sees of the protocol in figures.

use keystead::crypto::secret_text::{NewSecret, SecretKind};

use crate::{
    on_both,
    support::{
        http::Client,
        site::{Credential, Server, TestSite},
    },
};

fn figures(server: &Server) -> String {
    let answer = Client::new(format!("http://{}", server.management)).get("/metrics").send();
    assert_eq!(answer.status, 200);
    answer.body
}

#[track_caller]
fn says(figures: &str, line: &str) {
    assert!(figures.lines().any(|found| found == line), "`{line}` is not in\n{figures}");
}

on_both! {
    // Covers: OM-01, OM-02, K6
    #[test]
    fn what_happened_is_counted_by_kind_and_names_nobody(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("limits.wrong_secrets_per_minute", "2"));
        let key = site.key("viewer", &[0]);
        let guess = NewSecret::generate(SecretKind::ApiKey).expect("randomness").text.expose().to_owned();
        let wrong = Credential { secret: guess.clone(), ..key.clone() };

        let tokens = [server.mint(&key), server.mint(&key), server.mint(&key)];
        for _ in 0..3 {
            server.token(&wrong);
        }
        server.client.post("/oauth/token").form(&[("grant_type", "client_credentials")]).send();
        assert!(server.is_active(&site.resource_server, &tokens[0]));
        assert!(!server.is_active(&site.resource_server, "a.b.c"));
        assert_eq!(server.verify(&site.resource_server, &tokens[0], "").status, 200);
        assert_eq!(server.verify(&site.resource_server, &tokens[0], "permission=data.write").status, 403);
        assert_eq!(server.verify(&site.resource_server, "a.b.c", "").status, 401);
        assert_eq!(server.revoke(&key, &tokens[0]).status, 200);
        assert_eq!(server.revoke(&key, "a.b.c").status, 200);

        let figures = figures(&server);
        for line in [
            r#"keystead_tokens_issued_total{grant="client_credentials"} 3"#,
            r#"keystead_tokens_issued_total{grant="refresh_token"} 0"#,
            r#"keystead_client_authentication_failures_total{reason="wrong_secret"} 2"#,
            r#"keystead_client_authentication_failures_total{reason="throttled"} 1"#,
            r#"keystead_client_authentication_failures_total{reason="no_credentials"} 1"#,
            r#"keystead_introspections_total{result="active"} 1"#,
            r#"keystead_introspections_total{result="inactive"} 1"#,
            r#"keystead_verifications_total{result="pass"} 1"#,
            r#"keystead_verifications_total{result="insufficient"} 1"#,
            r#"keystead_verifications_total{result="inactive"} 1"#,
            r#"keystead_revocations_total{kind="access_token"} 1"#,
            r#"keystead_revocations_total{kind="nothing"} 1"#,
            r#"keystead_http_requests_total{endpoint="/oauth/token",status="2xx"} 3"#,
            r#"keystead_http_requests_total{endpoint="/oauth/token",status="4xx"} 4"#,
            "keystead_wrong_secret_buckets 1",
            "keystead_panics_total 0",
        ] {
            says(&figures, line);
        }
        let read = |name: &str| -> f64 {
            let line = figures.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
            line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in\n{figures}"))
        };
        assert!(read("keystead_live_head_reads_total") >= 12.0);
        assert!(read("keystead_live_changes_applied_total") >= 1.0, "the revocation");
        assert!(read("keystead_live_records_loaded_total") >= 1.0);
        assert!(read("keystead_live_read_timestamp_seconds") > 1.7e9);

        // Paths that somebody makes up, ids in paths, and methods make no series.
        let before = figures.lines().count();
        for number in 0..50 {
            server.client.get(&format!("/nothing/{number}")).send();
            server.client.get(&format!("/api/v1/spaces/spc_{number:032x}")).send();
        }
        let figures = self::figures(&server);
        says(&figures, r#"keystead_http_requests_total{endpoint="/api/v1/spaces/{space}",status="4xx"} 50"#);
        says(&figures, r#"keystead_http_requests_total{endpoint="none",status="4xx"} 50"#);
        assert!(figures.lines().count() < before + 60, "{figures}");
        let secrets = [&key.secret, &guess, &key.client_id, &key.public_id.to_string(), &tokens[1]];
        assert!(secrets.iter().all(|secret| !figures.contains(secret.as_str())), "{figures}");
        assert!(!figures.contains("127.0.0"), "{figures}");
    }
}
