//! Clients that go on with the id and the secret of another system: who is let in, what it costs, and when it ends.

use std::time::Duration;

use keystead::{
    crypto::imported_secret::accept_hash,
    domain::key_pair::ExpiryPolicy,
    manage::{self, api_keys::RegenerateApiKey, key_pairs::DeletePair},
};

use crate::{
    decoded,
    imported::{SECRET, hashed, import, import_with, under, with_secret},
    nodes::{Nodes, OPERATOR, add_pair},
    on_both,
    support::{
        backend::Backend,
        site::{Credential, TestSite},
    },
};

/// Made by the reference implementation with other costs than ours, of `a secret from another system`.
const FOREIGN_HASH: &str =
    "$argon2id$v=19$m=16384,t=2,p=1$YW5vdGhlciBzeXN0ZW0gMQ$mDvmdyKm+EmWNrYMeTdSnKUGc/mrrJCeRC/qHxrGBpk";

/// Two nodes that slow nobody down, so that each try is answered by what they know.
fn patient_nodes(backend: Backend) -> Nodes {
    let site = TestSite::new(backend);
    let serve = || site.serve_with(|options| options.with("limits.wrong_secrets_per_minute", "1000"));
    let (near, far) = (serve(), serve());
    Nodes { site, near, far }
}

on_both! {
    // Covers: KM-24, KM-25, CC-01
    #[test]
    fn a_client_goes_on_with_its_id_and_secret_wherever_clients_authenticate(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = import(&site, "acme-nightly");

        let answer = server.token(&key.client);
        let claims = decoded::claims_of(&answer);
        assert_eq!((&claims["client_id"], &claims["sub"]), (&key.id.to_string().into(), &key.id.to_string().into()));
        assert_eq!(claims["key"]["pair"], key.pair.as_str(), "{claims}");
        let token = answer.text("access_token");
        assert!(server.is_active(&site.resource_server, &token));
        assert!(server.is_active(&key.client, &token), "it may introspect its own");
        assert_eq!(server.revoke(&key.client, &token).status, 200);
        assert!(!server.is_active(&site.resource_server, &token));
        assert_eq!(hashed(&server), 1, "a secret that was right a moment ago is not hashed again");

        let form = [("grant_type", "client_credentials"), ("client_id", "acme-nightly"), ("client_secret", SECRET)];
        assert_eq!(server.client.post("/oauth/token").form(&form).send().status, 200);
    }

    // Covers: KM-25
    #[test]
    fn a_hash_of_another_system_is_as_good_as_the_secret(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let secret = "a secret from another system";
        let key = import_with(&site, "acme-hash", secret, accept_hash(FOREIGN_HASH).expect("it is taken"));
        assert_eq!(server.token(&key.client).status, 200);
        assert_eq!(server.token(&with_secret(&key.client, "a secret from another systen")).status, 401);
    }

    // Covers: KM-24, G2
    #[test]
    fn every_node_knows_at_once_that_a_client_was_imported(backend) {
        let nodes = Nodes::new(backend);
        // All nodes know that there is no such client, first in a site without any, then beside another.
        let stranger = Credential { client_id: "acme-first".to_owned(), secret: SECRET.to_owned(), ..nodes.site.resource_server.clone() };
        assert!(!nodes.logs_in(&stranger));
        let first = import(&nodes.site, "acme-first");
        assert!(nodes.logs_in(&first.client));
        assert!(!nodes.logs_in(&under("acme-second", &first.client)));
        let second = import(&nodes.site, "acme-second");
        assert!(nodes.logs_in(&second.client));
        // Its id is free again when the key is gone.
        nodes.site.change(|change, deps| manage::api_keys::remove(change, deps, OPERATOR, second.id));
        assert!(!nodes.logs_in(&second.client));
        assert!(nodes.logs_in(&import(&nodes.site, "acme-second").client));
    }

    // Covers: KM-26, G2
    #[test]
    fn no_node_remembers_a_secret_beyond_the_change_that_ends_it(backend) {
        let nodes = patient_nodes(backend);
        let refused_everywhere = |key: &Credential| (0..25).all(|_| !nodes.logs_in(key));
        let change = |id, verb: &str| nodes.site.change(|change, deps| match verb {
            "disable" => manage::api_keys::disable(change, deps, OPERATOR, id),
            "enable" => manage::api_keys::enable(change, deps, OPERATOR, id),
            "revoke" => manage::api_keys::revoke(change, deps, OPERATOR, id),
            _ => manage::api_keys::remove(change, deps, OPERATOR, id),
        });

        let key = import(&nodes.site, "acme-disabled");
        assert!(nodes.logs_in(&key.client));
        change(key.id, "disable");
        assert!(refused_everywhere(&key.client));
        change(key.id, "enable");
        assert!(nodes.logs_in(&key.client));
        change(key.id, "revoke");
        assert!(refused_everywhere(&key.client));

        let key = import(&nodes.site, "acme-deleted");
        assert!(nodes.logs_in(&key.client));
        change(key.id, "delete");
        assert!(refused_everywhere(&key.client));

        let key = import(&nodes.site, "acme-pair");
        assert!(nodes.logs_in(&key.client));
        let input = DeletePair { key: key.id, pair: key.pair, even_if_last: true };
        nodes.site.change(|change, deps| manage::key_pairs::delete(change, deps, OPERATOR, input));
        assert!(refused_everywhere(&key.client));
    }

    // Covers: KM-24, KM-26, L042
    #[test]
    fn a_client_keeps_its_id_when_its_secret_is_rotated(backend) {
        let nodes = Nodes::new(backend);
        let key = import(&nodes.site, "acme-rotated");
        assert!(nodes.logs_in(&key.client));
        let added = add_pair(&nodes, &under(&key.id.to_string(), &key.client), ExpiryPolicy::Never);
        let rotated = under("acme-rotated", &added);
        assert!(nodes.logs_in(&key.client) && nodes.logs_in(&added) && nodes.logs_in(&rotated));
        let input = DeletePair { key: key.id, pair: key.pair, even_if_last: false };
        nodes.site.change(|change, deps| manage::key_pairs::delete(change, deps, OPERATOR, input));
        assert!(!nodes.logs_in(&key.client) && nodes.logs_in(&rotated));
        let input = RegenerateApiKey { id: key.id, expiry: ExpiryPolicy::Never };
        let again = nodes.site.change(|change, deps| manage::api_keys::regenerate(change, deps, OPERATOR, input));
        assert!(!nodes.logs_in(&rotated));
        assert!(nodes.logs_in(&with_secret(&key.client, again.secret.expose())));
    }

    // Covers: KM-26, CA-07
    #[test]
    fn a_remembered_secret_opens_no_other_client(backend) {
        let nodes = Nodes::new(backend);
        let (one, other) = (import(&nodes.site, "acme-one"), import_with(&nodes.site, "acme-other", "another secret of 16", crate::imported::hash_of("another secret of 16")));
        assert!(nodes.logs_in(&one.client) && nodes.logs_in(&other.client));
        for id in ["acme-other", "acme-One", "acme-on", &one.id.to_string(), one.pair.as_str(), &nodes.site.resource_server.client_id] {
            assert!(!nodes.logs_in(&under(id, &one.client)), "{id}");
        }
    }
}

// Covers: KM-26
#[test]
fn a_right_secret_is_hashed_once_a_minute_and_a_wrong_one_each_time() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = import(&site, "acme-nightly");
    for (passed, expected) in [(0, 1), (59, 1), (1, 2), (30, 2)] {
        site.clock.advance(Duration::from_secs(passed));
        assert_eq!(server.token(&key.client).status, 200);
        assert_eq!(hashed(&server), expected, "after {passed} seconds more");
    }
    for expected in 3..6 {
        assert_eq!(server.token(&with_secret(&key.client, "incorrect horse battery staple")).status, 401);
        assert_eq!(hashed(&server), expected);
    }
}

// Covers: KM-27, TE-18
#[test]
fn a_client_that_nobody_has_looks_and_costs_like_a_wrong_secret() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let stranger =
        |id: &str| Credential { client_id: id.to_owned(), secret: SECRET.to_owned(), ..site.resource_server.clone() };
    assert_eq!(server.token(&stranger("nobody")).status, 401);
    assert_eq!(hashed(&server), 0, "a site to which nothing was imported hashes nothing");

    let key = import(&site, "acme-nightly");
    let wrong = server.token(&with_secret(&key.client, "incorrect horse battery staple"));
    assert_eq!(hashed(&server), 1);
    let unknown = server.token(&stranger("nobody"));
    assert_eq!(hashed(&server), 2);
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
    assert_eq!(wrong.header("WWW-Authenticate"), unknown.header("WWW-Authenticate"));
    // What has the form of our own ids or cannot be an id at all is decided without a hash.
    for id in ["key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4", "J2X9NY3kvsfWyNTA", "no body", &"x".repeat(129)] {
        assert_eq!(server.token(&stranger(id)).status, 401);
    }
    assert_eq!(hashed(&server), 2);
}

// Covers: KM-27, TE-17
#[test]
fn whoever_guesses_too_often_waits_and_costs_nothing() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let (key, remembered) = (import(&site, "acme-nightly"), import(&site, "acme-warm"));
    assert_eq!(server.token(&remembered.client).status, 200);
    let before = hashed(&server);
    for client in [&key.client, &remembered.client] {
        for _ in 0..10 {
            assert_eq!(server.token(&with_secret(client, "incorrect horse battery staple")).status, 401);
        }
    }
    assert_eq!(hashed(&server), before + 20);
    for _ in 0..10 {
        // Also the right secret waits: nobody can tell it from a guess without hashing it.
        let waits = server.token(&key.client);
        assert_eq!((waits.status, waits.error().as_str()), (429, "invalid_client"), "{waits:?}");
        let seconds: u64 = waits.header("Retry-After").expect("a time").parse().expect("seconds");
        assert!((1..=60).contains(&seconds));
        assert_eq!(server.token(&with_secret(&key.client, "incorrect horse battery staple")).status, 429);
        assert_eq!(server.token(&remembered.client).status, 200, "what was right a moment ago does not wait");
    }
    assert_eq!(hashed(&server), before + 20, "nothing of it was hashed");
    assert_eq!(server.token(&import(&site, "acme-else").client).status, 200, "other clients do not wait");
    site.clock.advance(Duration::from_mins(1));
    assert_eq!(server.token(&key.client).status, 200);
}

// Covers: KM-27, TE-17
#[test]
fn a_network_that_tries_the_ids_of_many_waits_too() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve_with(|options| {
        options.with("limits.wrong_secrets_per_minute", "1").with("proxy.trusted", "127.0.0.1/32")
    });
    let key = import(&site, "acme-nightly");
    let ask = |id: &str, from: &str| {
        let request = server.client.post("/oauth/token").basic(id, SECRET).header("X-Forwarded-For", from);
        request.form(&[("grant_type", "client_credentials")]).send().status
    };
    for number in 0..10 {
        assert_eq!(ask(&format!("nobody-{number}"), "192.0.2.1"), 401);
    }
    assert_eq!(ask("nobody-10", "192.0.2.200"), 429);
    assert_eq!(ask(&key.client.client_id, "192.0.2.1"), 429);
    assert_eq!(ask(&key.client.client_id, "198.51.100.1"), 200, "other networks do not wait");
}
