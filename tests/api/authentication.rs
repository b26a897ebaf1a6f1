//! Who may call at all.

use keystead::{
    domain::{api_key::Mode, authority::Authority},
    manage::api_keys,
};

use crate::{
    caller::{Caller, RESOURCE, assert_refused, mint},
    on_both,
    support::credential::key_id,
    support::site::{AUDIENCE, TestSite},
};

on_both! {
    // Covers: RS-01
    #[test]
    fn without_a_token_the_answer_says_what_to_send_and_blames_nobody(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        for answer in [
            server.client.get("/api/v1/me").send(),
            server.client.get("/api/v1/me").header("Authorization", "Basic a2V5OnNlY3JldA==").send(),
            server.client.get("/api/v1/me").header("Cookie", "session=1").send(),
        ] {
            assert_refused(&answer, 401, "no_token");
            assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer realm="keystead""#));
        }
    }

    // Covers: RS-02, RS-09
    #[test]
    fn a_token_that_is_not_for_this_api_is_refused(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = site.key("space_admin", &[]);
        let for_the_default = server.mint(&admin);
        let for_another_api = server.mint_with(&admin, &[("resource", AUDIENCE)]);
        let altered = format!("{}x", mint(&server, &admin));
        for token in [for_the_default.as_str(), for_another_api.as_str(), altered.as_str(), "abc", &admin.secret] {
            let answer = server.client.get("/api/v1/me").bearer(token).send();
            assert_refused(&answer, 401, "invalid_token");
            assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer realm="keystead", error="invalid_token""#));
        }
        let refused = server.token_with(&admin, &[("resource", &format!("{RESOURCE}/"))]);
        assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_target"));
        // No resource server sees such a token, since none serves this audience.
        assert!(!server.is_active(&site.resource_server, &mint(&server, &admin)));
    }

    // Covers: RS-02, RS-07
    #[test]
    fn whatever_ends_a_token_ends_it_here_at_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("space_admin", &[]);
        let revoked = Caller::with_key(&server, &key);
        assert_eq!(revoked.get("/me").status, 200);
        assert_eq!(server.revoke(&key, &revoked.token).status, 200);
        assert_refused(&revoked.get("/me"), 401, "invalid_token");

        let disabled = Caller::with_key(&server, &key);
        assert_eq!(disabled.get("/me").status, 200);
        site.change(|change, deps| {
            api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key))
        });
        assert_refused(&disabled.get("/me"), 401, "invalid_token");

        let expiring = Caller::admin(&site, &server);
        site.clock.advance(std::time::Duration::from_mins(16));
        assert_refused(&expiring.get("/me"), 401, "invalid_token");
    }

    // Covers: RS-04, RS-05, RS-06
    #[test]
    fn a_token_stands_in_one_header_and_nowhere_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let token = Caller::admin(&site, &server).token;
        let get = |path: &str| server.client.get(path);
        let twice = get("/api/v1/me").bearer(&token).bearer(&token).send();
        let in_query = get(&format!("/api/v1/me?access_token={token}")).send();
        let malformed = get("/api/v1/me").header("Authorization", "Bearer a b").send();
        for answer in [twice, in_query, malformed] {
            assert_refused(&answer, 400, "invalid_request");
            assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer realm="keystead", error="invalid_request""#));
        }
        assert_eq!(get("/api/v1/me").header("Authorization", &format!("bEARER {token}")).send().status, 200);
    }

    // Covers: K8, RS-03
    #[test]
    fn a_token_for_looking_changes_nothing_and_the_other_way_round(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("space_admin", &[]);
        let body = serde_json::json!({ "name": "Third" });
        let workspaces = format!("/spaces/{}/workspaces", site.space);

        let reader = Caller {
            server: &server,
            token: server.mint_with(&key, &[("resource", RESOURCE), ("scope", "read")]),
        };
        assert_eq!(reader.get(&workspaces).status, 200);
        let refused = reader.post(&workspaces, &body);
        assert_refused(&refused, 403, "insufficient_scope");
        assert_eq!(
            refused.header("WWW-Authenticate"),
            Some(r#"Bearer realm="keystead", error="insufficient_scope", scope="write""#)
        );

        let writer = Caller {
            server: &server,
            token: server.mint_with(&key, &[("resource", RESOURCE), ("scope", "write")]),
        };
        assert_refused(&writer.get(&workspaces), 403, "insufficient_scope");
        assert_eq!(writer.post(&workspaces, &body).status, 201);

        let read_only = site.key_with(|new| {
            new.roles = vec![site.role("space_admin", &[])];
            new.mode = Some(Mode::ReadOnly);
        });
        let read_only = Caller::with_key(&server, &read_only);
        assert_eq!(read_only.get(&workspaces).status, 200);
        assert_refused(&read_only.post(&workspaces, &body), 403, "insufficient_scope");
    }

    // Covers: RS-03
    #[test]
    fn a_caller_without_the_permission_is_told_which_it_lacks(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let nobody = Caller::nobody(&site, &server);
        let answer = nobody.post(&format!("/spaces/{}/workspaces", site.space), &serde_json::json!({ "name": "New" }));
        assert_refused(&answer, 403, "missing_permission");
        assert_eq!(answer.text("permission"), "workspaces.manage");
        assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer realm="keystead", error="insufficient_scope""#));
    }
}
