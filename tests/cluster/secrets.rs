//! Canaries: what is secret is searched for everywhere it must not be.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    installation::{Installation, credential},
    on_both,
    support::site::Credential,
};

/// Texts that must appear nowhere.
#[derive(Default)]
struct Canaries(Vec<String>);

impl Canaries {
    /// The secret, the part of it that is random, and the header that carries it.
    fn secret(&mut self, of: &Credential) {
        let public = of.public_id.to_string();
        let (_, random) = of.secret.split_once(&public).expect("a secret names its pair");
        assert!(random.len() >= 34);
        let header = STANDARD.encode(format!("{}:{}", of.client_id, of.secret));
        self.0.extend([of.secret.clone(), random.chars().take(34).collect(), header]);
    }

    /// The token and its signature, without which the rest is no token.
    fn token(&mut self, token: &str) {
        let signature = token.rsplit('.').next().expect("a signature");
        self.0.extend([token.to_owned(), signature.to_owned()]);
    }

    fn check(&self, place: &str, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "{place} is empty, so nothing is shown");
        for canary in &self.0 {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            let text = String::from_utf8_lossy(bytes);
            let line = text.lines().find(|line| line.contains(canary)).unwrap_or_default();
            assert!(!found, "a secret is in {place}: {line}");
        }
    }
}

on_both! {
    // Covers: K6, KM-01, L006, L007, I13
    #[test]
    fn no_secret_and_no_token_is_in_the_database_the_log_or_the_output_of_other_commands(backend) {
        let site = Installation::new(backend);
        let mut node = site.node_with(|command| {
            command.env("KEYSTEAD_LOG__LEVEL", "trace").env("KEYSTEAD_LOG__ACCESS", "true");
        });
        let mut canaries = Canaries::default();
        let mut said = String::new();
        canaries.secret(&site.api);

        let key = site.key("viewer@1001,1002");
        let other = site.key("ci_cd_integration@1002");
        let second = credential(&site.run(&["key", "add-pair", &key.client_id]));
        let stranger = Installation::new(backend).key("viewer@1001");
        for one in [&key, &other, &second, &stranger] {
            canaries.secret(one);
        }

        for one in [&key, &other, &second] {
            let token = node.mint(one);
            canaries.token(&token);
            assert!(node.is_active(&site.api, &token));
            said += &node.revoke(&other, &token).body;
            said += &node.introspect(&site.api, &token).body;
            said += &node.introspect(one, &token).body;
            let bearer = node.client.get("/oauth/verify").bearer(&token);
            said += &bearer.basic(&site.api.client_id, &site.api.secret).send().body;
            said += &node.client.get(&format!("/oauth/introspect?token={token}")).send().body;
            said += &node.client.get(&format!("/{token}")).send().body;
            let beyond = format!("{token}x");
            said += &node.introspect(&site.api, &beyond).body;
        }

        let crossed = Credential { secret: other.secret.clone(), ..key.clone() };
        let typed: String = key.secret.chars().take(59).chain(['x']).collect();
        let mistyped = Credential { secret: typed.clone(), ..key.clone() };
        canaries.0.push(typed);
        for wrong in [&stranger, &crossed, &mistyped] {
            for _ in 0..12 {
                said += &node.token(wrong).body;
            }
            let fields = [("grant_type", "client_credentials"), ("client_id", &wrong.client_id), ("client_secret", &wrong.secret)];
            said += &node.client.post("/oauth/token").form(&fields).send().body;
            said += &node.client.post("/oauth/token").basic(&wrong.secret, &wrong.client_id).form(&fields).send().body;
            said += &node.client.post(&format!("/oauth/token?client_secret={}", wrong.secret)).form(&fields).send().body;
            let json = serde_json::json!({ "client_secret": wrong.secret });
            said += &node.client.post("/oauth/token").json(&json).send().body;
            let twice = [fields[1], fields[2], fields[2]];
            said += &node.client.post("/oauth/token").form(&twice).send().body;
            said += &node.client.post_form("/oauth/token", wrong.pair(), &[("grant_type", &wrong.secret)]).body;
            said += &node.client.post_form("/oauth/token", wrong.pair(), &[("grant_type", "client_credentials"), ("scope", &wrong.secret)]).body;
        }

        let again = credential(&site.run(&["key", "regenerate", &other.client_id]));
        canaries.secret(&again);
        let commands: [&[&str]; 9] = [
            &["key", "show", &key.client_id],
            &["key", "list", "--space", "Acme"],
            &["key", "disable", &key.client_id],
            &["key", "enable", &key.client_id],
            &["key", "revoke", &key.client_id],
            &["key", "show", &second.secret],
            &["resource-server", "list"],
            &["signing-key", "list"],
            &["doctor"],
        ];
        for arguments in commands {
            let shown = site.try_run(arguments);
            // What was typed on the command line may be quoted back to who typed it.
            if !arguments.contains(&second.secret.as_str()) {
                said += &shown.stdout;
                said += &shown.stderr;
            }
        }

        let figures = node.management.get("/metrics").send().body;
        canaries.0.extend([key.client_id.clone(), other.public_id.to_string()]);
        canaries.check("the figures", figures.as_bytes());
        canaries.0.truncate(canaries.0.len() - 2);

        canaries.check("what was answered", said.as_bytes());
        canaries.check("the database", &site.everything_stored());
        let columns = "actor_kind || action || target || detail || coalesce(address, '')";
        let audit = site.text(&format!("SELECT string_agg({columns}, '; ') FROM audit_events"));
        assert!(audit.contains("api_key.regenerate") && audit.contains(&key.client_id), "{audit}");
        canaries.check("the audit events", audit.as_bytes());
        assert_eq!(node.process.terminate().code(), Some(0));
        let log = node.process.stderr_so_far();
        assert!(log.contains("DEBUG"), "{log}");
        canaries.check("the log", log.as_bytes());
        canaries.check("the database of a server that has ended", &site.everything_stored());
    }
}
