//! API keys that a resource server introspects as they were presented to it: only those that may, and no other bytes for
//! the rest.

use keystead::domain::{api_key::Mode, key_pair::ExpiryPolicy};
use serde_json::json;

use crate::{
    nodes::{Nodes, add_pair},
    on_both,
    presented_keys::{accepting_server, wrong_secrets},
    support::{
        backend::Backend,
        credential::key_id,
        http::Response,
        site::{Credential, Server, TestSite},
    },
};

const INACTIVE: &str = r#"{"active":false}"#;

fn ask(server: &Server, caller: &Credential, token: &str) -> Response {
    server.client.post_form("/oauth/introspect", caller.pair(), &[("token", token)])
}

fn said(server: &Server, caller: &Credential, token: &str) -> (u16, String) {
    let response = ask(server, caller, token);
    assert_eq!((response.header("Set-Cookie"), response.header("Cache-Control")), (None, Some("no-store")));
    (response.status, response.body)
}

on_both! {
    // Covers: L092, IN-05, IN-12, L061
    #[test]
    fn a_presented_key_is_described_in_full(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let caller = accepting_server(&site, "https://accepting.example.com");
        let key = site.key_with(|key| {
            key.roles = vec![site.role("editor", &[0]), site.role("viewer", &[0, 1]), site.role("auditor", &[])];
        });
        let expected = json!({
            "active": true,
            "token_type": "api_key",
            "client_id": key.client_id,
            "sub": key.client_id,
            "space": site.space,
            "scope": "read write",
            "roles": ["auditor"],
            "workspaces": { "1001": ["editor", "viewer"], "1002": ["viewer"] },
            "permissions": {
                "space": ["audit.read"],
                "workspaces": {
                    "1001": ["data.read", "data.write", "pipelines.read", "reports.read"],
                    "1002": ["data.read", "pipelines.read", "reports.read"],
                },
            },
            "key": { "pair": key.public_id, "owner": "space", "type": "third_party", "mode": "full" },
            "rls": false,
        });
        let (first, again) = (ask(&server, &caller, &key.secret), ask(&server, &caller, &key.secret));
        assert_eq!((first.json(), again.json()), (expected.clone(), expected));

        let token = server.introspect(&site.resource_server, &server.mint(&key));
        for member in ["client_id", "sub", "space", "scope", "roles", "workspaces", "permissions", "key", "rls"] {
            assert_eq!(first.json()[member], token[member], "{member} of the key and of its token");
        }
    }

    // Covers: L122, IN-05
    #[test]
    fn a_key_that_ends_says_when_and_one_that_only_reads_says_so(backend) {
        let nodes = Nodes::new(backend);
        let caller = accepting_server(&nodes.site, "https://accepting.example.com");
        let lasting = nodes.site.key_with(|key| {
            key.roles = vec![nodes.site.role("editor", &[0])];
            key.mode = Some(Mode::ReadOnly);
        });
        let ending = add_pair(&nodes, &lasting, ExpiryPolicy::NinetyDays);
        let pairs = nodes.site.store.snapshot(|tx| keystead::store::key_pairs::of_api_key(tx, key_id(&lasting)));
        let end = pairs.expect("a snapshot").iter().find_map(|pair| pair.expires_at).expect("an end");
        let ask = |key: &Credential| nodes.both(|server| server.introspect(&caller, &key.secret));
        let (lasts, ends) = (ask(&lasting), ask(&ending));
        assert_eq!((lasts.get("exp"), ends["exp"].as_i64()), (None, Some(end.as_seconds())));
        for said in [lasts, ends] {
            assert_eq!((&said["scope"], &said["key"]["mode"]), (&json!("read"), &json!("read_only")));
            let permitted = json!(["data.read", "pipelines.read", "reports.read"]);
            assert_eq!(said["permissions"]["workspaces"]["1001"], permitted);
        }
    }

    // Covers: I3, I4, IN-04
    #[test]
    fn to_everybody_else_a_key_is_as_inactive_as_garbage(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let accepting = accepting_server(&site, "https://accepting.example.com");
        let (key, other) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
        for caller in [&site.resource_server, &key, &other] {
            for token in [key.secret.as_str(), "garbage", &other.secret, key.public_id.as_str(), &key.client_id] {
                assert_eq!(said(&server, caller, token), (200, INACTIVE.to_owned()));
            }
        }
        for (why, secret) in wrong_secrets(&site, &key) {
            assert_eq!(said(&server, &accepting, &secret), (200, INACTIVE.to_owned()), "{why}");
        }
        for token in [key.public_id.as_str(), &key.client_id, &format!("{}:{}", key.client_id, key.secret)] {
            assert_eq!(said(&server, &accepting, token), (200, INACTIVE.to_owned()), "{token}");
        }
        assert!(server.is_active(&accepting, &key.secret));
    }
}

// Covers: I4, I12, IN-07
#[test]
fn taking_keys_changes_nothing_about_tokens() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let accepting = accepting_server(&site, "https://accepting.example.com");
    let key = site.key("viewer", &[0]);
    let token = server.mint(&key);
    for _ in 0..3 {
        assert!(server.is_active(&accepting, &key.secret));
        assert!(!server.is_active(&site.resource_server, &key.secret));
        assert!(server.is_active(&site.resource_server, &token));
        assert!(!server.is_active(&accepting, &token), "it is for another audience");
    }
    let own = server.mint_with(&key, &[("resource", "https://accepting.example.com")]);
    assert_eq!(server.introspect(&accepting, &own)["token_type"], "Bearer");
}

// Covers: RV-02
#[test]
fn revoking_a_secret_as_if_it_were_a_token_ends_nothing() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let accepting = accepting_server(&site, "https://accepting.example.com");
    let (key, other) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
    for caller in [&key, &other, &accepting] {
        assert_eq!(server.revoke(caller, &key.secret).status, 200);
        assert!(server.is_active(&accepting, &key.secret));
    }
}

// Covers: I3
#[test]
fn a_resource_server_is_never_slowed_down_by_what_it_was_sent() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve_with(|options| options.with("limits.wrong_secrets_per_minute", "1"));
    let accepting = accepting_server(&site, "https://accepting.example.com");
    let (_, unknown) = wrong_secrets(&site, &site.key("viewer", &[0])).pop().expect("nobody's secret");
    for _ in 0..5 {
        assert_eq!(said(&server, &accepting, &unknown), (200, INACTIVE.to_owned()));
    }
}
