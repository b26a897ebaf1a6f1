//! Keys that may be used from some networks only: at the token endpoint, at gateways, and where nobody can know (KM-14).

use keystead::{
    domain::allowed_networks::AllowedNetworks,
    manage::{self, api_keys::EditApiKey},
    store::audit,
};

use crate::{
    imported::import,
    nodes::OPERATOR,
    on_both,
    support::{
        backend::Backend,
        credential::key_id,
        http::Response,
        site::{Credential, Server, TestSite},
    },
};

fn networks(texts: &[&str]) -> AllowedNetworks {
    AllowedNetworks::new(texts.iter().map(|text| text.parse().expect("a network")).collect()).expect("not too many")
}

/// A server behind a proxy that it trusts.
fn behind_a_proxy(site: &TestSite) -> Server {
    site.serve_with(|options| options.with("proxy.trusted", "127.0.0.1/32,10.0.0.0/8"))
}

fn edit(site: &TestSite, key: &Credential, texts: &[&str]) {
    let input = EditApiKey { allowed_networks: Some(networks(texts)), ..EditApiKey::of(key_id(key)) };
    site.change(|change, deps| manage::api_keys::edit(change, deps, OPERATOR, input));
}

/// A login that the proxy says comes from there.
fn log_in(server: &Server, key: &Credential, from: &str) -> Response {
    let request = server.client.post("/oauth/token").basic(&key.client_id, &key.secret).header("X-Forwarded-For", from);
    request.form(&[("grant_type", "client_credentials")]).send()
}

/// A gateway asks about what was presented to it from there.
fn at_gateway(site: &TestSite, server: &Server, presented: &str, from: &str) -> Response {
    let request = server.client.get("/oauth/verify").header("X-Keystead-Gateway", &site.resource_server.basic());
    request.header("X-Forwarded-For", from).bearer(presented).send()
}

fn refused(answer: &Response, status: u16, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{answer:?}");
}

on_both! {
    // Covers: KM-14, H2
    #[test]
    fn a_key_and_its_tokens_work_from_their_networks_and_from_nowhere_else(backend) {
        let site = TestSite::new(backend);
        let server = behind_a_proxy(&site);
        let key = site.key_with(|key| {
            key.roles = vec![site.role("viewer", &[0])];
            key.allowed_networks = networks(&["192.0.2.0/24", "198.51.100.7", "2001:db8:1::/48"]);
        });
        for inside in ["192.0.2.9", "::ffff:192.0.2.9", "198.51.100.7", "2001:db8:1:2::3", "203.0.113.1, 192.0.2.9, 10.1.1.1"] {
            let token = log_in(&server, &key, inside).text("access_token");
            for presented in [&token, &key.secret] {
                assert_eq!(at_gateway(&site, &server, presented, inside).status, 200, "{inside}");
            }
        }
        let token = log_in(&server, &key, "192.0.2.9").text("access_token");
        for outside in ["192.0.3.9", "::ffff:192.0.3.9", "198.51.100.8", "2001:db8:2::3", "192.0.2.9, 203.0.113.1", "10.1.1.1", "unknown"] {
            refused(&log_in(&server, &key, outside), 401, "invalid_client");
            for presented in [&token, &key.secret] {
                refused(&at_gateway(&site, &server, presented, outside), 403, "address_not_allowed");
            }
        }
        // A resource server does not say where its caller is, so it is told what the token is.
        assert!(server.is_active(&site.resource_server, &token));
        assert!(server.introspect(&site.resource_server, &token).get("allowed_networks").is_none());
        // The key itself says it: it may look at its own token from its own networks.
        let own = |from: &str| {
            let request = server.client.post("/oauth/introspect").basic(&key.client_id, &key.secret);
            request.header("X-Forwarded-For", from).form(&[("token", &token)]).send().status
        };
        assert_eq!((own("192.0.2.9"), own("192.0.3.9")), (200, 401));
    }

    // Covers: KM-14, G2
    #[test]
    fn a_list_that_is_changed_counts_at_once_on_every_node(backend) {
        let site = TestSite::new(backend);
        let (near, far) = (behind_a_proxy(&site), behind_a_proxy(&site));
        let key = site.key("viewer", &[0]);
        let token = near.mint(&key);
        let statuses = |from: &str| {
            let of = |server: &Server| [
                log_in(server, &key, from).status,
                at_gateway(&site, server, &token, from).status,
                at_gateway(&site, server, &key.secret, from).status,
            ];
            let seen = of(&far);
            assert_eq!(of(&near), seen, "the nodes differ");
            seen
        };
        assert_eq!((statuses("192.0.2.9"), statuses("2001:db8::1")), ([200; 3], [200; 3]), "no list is no limit");
        for _ in 0..3 {
            edit(&site, &key, &["192.0.2.0/24", "2001:db8::/32"]);
            assert_eq!((statuses("192.0.2.9"), statuses("2001:db8::1"), statuses("192.0.3.9")), ([200; 3], [200; 3], [401, 403, 403]));
            edit(&site, &key, &["192.0.2.0/24"]);
            assert_eq!((statuses("192.0.2.9"), statuses("2001:db8::1")), ([200; 3], [401, 403, 403]));
            edit(&site, &key, &[]);
            assert_eq!(statuses("2001:db8::1"), [200; 3]);
        }
        let events = site.store.snapshot(|tx| audit::of_target(tx, &key.client_id)).expect("events");
        let told = |detail: &str| serde_json::from_str::<serde_json::Value>(detail).expect("JSON")["allowed_networks"].clone();
        let narrowed = told(&events[2].detail);
        assert_eq!(narrowed, serde_json::json!({ "from": ["192.0.2.0/24", "2001:db8::/32"], "to": ["192.0.2.0/24"] }));
    }
}

// Covers: KM-14, H2
#[test]
fn nobody_gets_into_a_network_by_saying_so() {
    let site = TestSite::new(Backend::Sqlite);
    let (open, trusting) = (site.serve(), behind_a_proxy(&site));
    let key = site.key_with(|key| key.allowed_networks = networks(&["192.0.2.0/24"]));
    refused(&log_in(&open, &key, "192.0.2.9"), 401, "invalid_client");
    let forwarded = open.client.post("/oauth/token").basic(&key.client_id, &key.secret);
    let forwarded = forwarded.header("Forwarded", "for=192.0.2.9").header("X-Real-IP", "192.0.2.9");
    refused(&forwarded.form(&[("grant_type", "client_credentials")]).send(), 401, "invalid_client");

    let token = log_in(&trusting, &key, "192.0.2.9").text("access_token");
    for presented in [&token, &key.secret] {
        refused(&at_gateway(&site, &open, presented, "192.0.2.9"), 403, "address_not_allowed");
        refused(&at_gateway(&site, &trusting, presented, "192.0.2.9, 203.0.113.1"), 403, "address_not_allowed");
    }
    // Whoever has no right secret learns nothing of the list.
    let wrong = Credential { secret: "wrong".to_owned(), ..key };
    refused(&log_in(&trusting, &wrong, "203.0.113.1"), 401, "invalid_client");
    assert_eq!(at_gateway(&site, &trusting, "wrong", "203.0.113.1").status, 401);
}

// Covers: KM-14, KM-24
#[test]
fn a_remembered_secret_does_not_work_from_elsewhere() {
    let site = TestSite::new(Backend::Sqlite);
    let server = behind_a_proxy(&site);
    let key = import(&site, "acme-nightly");
    assert_eq!(log_in(&server, &key.client, "203.0.113.1").status, 200);
    let input = EditApiKey { allowed_networks: Some(networks(&["192.0.2.0/24"])), ..EditApiKey::of(key.id) };
    site.change(|change, deps| manage::api_keys::edit(change, deps, OPERATOR, input));
    refused(&log_in(&server, &key.client, "203.0.113.1"), 401, "invalid_client");
    assert_eq!(log_in(&server, &key.client, "192.0.2.9").status, 200);
}
