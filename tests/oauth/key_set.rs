//! The published keys (RFC 7517 section 5): public members only, cacheable, and never late in a rotation.

use std::{collections::BTreeSet, time::Duration};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystead::{
    config::{Config, Environment, Options},
    domain::{authority::Authority, ids::SigningKeyId, signing_key::SigningAlgorithm},
    manage::{
        self,
        signing_keys::{NewSigningKey, RevokeSigningKey, Rotate, Schedule},
    },
};
use serde_json::Value;

use crate::{
    decoded, on_both,
    support::{
        backend::Backend,
        site::{ISSUER, Server, TestSite},
    },
};

fn published(server: &Server) -> Vec<Value> {
    server.client.get("/oauth/jwks").send().json()["keys"].as_array().expect("a list").clone()
}

fn kids(server: &Server) -> BTreeSet<String> {
    published(server).iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

fn kid(token: &str) -> String {
    decoded::header(token)["kid"].as_str().expect("a kid").to_owned()
}

/// The schedule that a site has unless it is told otherwise, and its settings.
fn default_schedule() -> (Schedule, Config) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { data_dir: Some(folder.path().join("data")), ..Options::default() }.with("issuer", ISSUER);
    let config = Config::load(&options, &Environment::new(std::iter::empty::<(String, String)>())).expect("defaults");
    (Schedule::from_config(&config), config)
}

// Covers: JK-01, JK-04, J10, J11
#[test]
fn each_algorithm_has_one_key_with_public_members_only() {
    let all = vec![SigningAlgorithm::Es256, SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa];
    let site = TestSite::with_algorithms(Backend::Sqlite, all);
    let server = site.serve();

    let keys = published(&server);
    assert_eq!(kids(&server).len(), keys.len(), "every kid once");
    let mut algorithms = BTreeSet::new();
    for key in &keys {
        let expected: &[&str] = match key["kty"].as_str() {
            Some("EC") => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            Some("RSA") => &["alg", "e", "kid", "kty", "n", "use"],
            Some("OKP") => &["alg", "crv", "kid", "kty", "use", "x"],
            other => panic!("an unknown type: {other:?}"),
        };
        assert_eq!(decoded::members(key), expected);
        assert_eq!(key["use"], "sig");
        algorithms.insert(key["alg"].as_str().expect("one algorithm"));
        if let Some(modulus) = key["n"].as_str() {
            let modulus = URL_SAFE_NO_PAD.decode(modulus).expect("base64url");
            assert_eq!((modulus.len(), modulus[0] >> 7), (3_072 / 8, 1), "3072 bits");
        }
    }
    assert_eq!(algorithms, BTreeSet::from(["ES256", "EdDSA", "RS256"]));
}

// Covers: J11
#[test]
fn the_rsa_crate_is_not_in_the_build() {
    let lock = include_str!("../../Cargo.lock");
    assert!(lock.contains("name = \"aws-lc-rs\""));
    assert!(!lock.contains("name = \"rsa\""));
}

// Covers: JK-03, J10
#[test]
fn the_key_set_may_be_kept_for_minutes_and_revalidated() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let answer = server.client.get("/oauth/jwks").send();
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(answer.header("Cache-Control"), Some("public, max-age=300"));
    let etag = answer.header("ETag").expect("an ETag").to_owned();

    let ask = |known: &str| server.client.get("/oauth/jwks").header("If-None-Match", known).send();
    for known in
        [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), format!("{etag},\"x\""), "*".to_owned()]
    {
        let same = ask(&known);
        assert_eq!((same.status, same.body.as_str()), (304, ""), "{known}");
        assert_eq!(same.header("ETag"), Some(etag.as_str()));
        assert_eq!(same.header("Cache-Control"), Some("public, max-age=300"));
    }
    for known in ["\"other\"", "", "other", etag.trim_matches('"')] {
        assert_eq!(ask(known).status, 200, "{known}");
    }

    let shorter = site.serve_with(|options| options.with("keys.jwks_max_age", "60s"));
    let answer = shorter.client.get("/oauth/jwks").send();
    assert_eq!(answer.header("Cache-Control"), Some("public, max-age=60"));
    assert_eq!(answer.header("ETag"), Some(etag.as_str()), "every node has the same");
}

on_both! {
    // Covers: JK-02, JK-03
    #[test]
    fn a_key_is_published_before_it_signs_and_stays_until_its_last_token_is_dead(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let (schedule, config) = default_schedule();
        assert!(schedule.publish_lead >= 2 * config.keys.jwks_max_age);
        assert!(schedule.passive_life > config.tokens.access_token_life_max + config.keys.jwks_max_age);
        let etag = || server.client.get("/oauth/jwks").send().header("ETag").map(str::to_owned);
        let promote = || site.change(|change, deps| {
            manage::signing_keys::promote_due(change, deps, &Authority::OPERATOR, schedule)
        });
        let retire = || site.change(|change, deps| {
            manage::signing_keys::retire_due(change, deps, &Authority::OPERATOR, schedule)
        });

        let (before, first_etag) = (kids(&server), etag());
        let now = server.live.present().now;
        let new = NewSigningKey::generate(&site.deps, SigningAlgorithm::Es256, now).expect("a key");
        let rotate = Rotate { new, schedule };
        let made = site.change(|change, deps| manage::signing_keys::rotate(change, deps, &Authority::OPERATOR, rotate));
        let successor = made.id.to_string();
        assert!(kids(&server).contains(&successor), "published at once");
        assert_ne!(etag(), first_etag);
        assert!(promote().is_empty());
        let predecessor = kid(&server.mint(&key));
        assert!(before.contains(&predecessor), "and not signing yet");

        site.clock.advance(schedule.publish_lead.checked_sub(Duration::from_mins(1)).unwrap());
        assert!(promote().is_empty());
        let last = server.mint(&key);
        assert_eq!(kid(&last), predecessor);
        site.clock.advance(Duration::from_secs(61));
        assert_eq!(promote(), [made.id]);
        assert_eq!(kid(&server.mint(&key)), successor);
        assert!(kids(&server).contains(&predecessor));
        assert!(server.is_active(&site.resource_server, &last));

        site.clock.advance(schedule.passive_life.checked_sub(Duration::from_mins(1)).unwrap());
        assert!(retire().is_empty());
        assert!(kids(&server).contains(&predecessor));
        assert!(!server.is_active(&site.resource_server, &last), "it has expired before its key goes");
        site.clock.advance(Duration::from_secs(61));
        assert_eq!(retire().len(), 1);
        assert!(!kids(&server).contains(&predecessor));
        assert!(kids(&server).contains(&successor), "the set is never empty");
    }

    // Covers: J13
    #[test]
    fn a_revoked_key_leaves_the_set_and_takes_its_tokens_with_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        let id: SigningKeyId = kid(&token).parse().expect("a kid");
        assert!(server.is_active(&site.resource_server, &token));

        let now = server.live.present().now;
        let replacement = NewSigningKey::generate(&site.deps, SigningAlgorithm::Es256, now).expect("a key");
        let input = RevokeSigningKey { id, replacement };
        let successor = site.change(|change, deps| manage::signing_keys::revoke(change, deps, &Authority::OPERATOR, input));

        assert!(!kids(&server).contains(&id.to_string()));
        assert!(!server.is_active(&site.resource_server, &token));
        let next = server.mint(&key);
        assert_eq!(kid(&next), successor.expect("a successor").to_string());
        assert!(server.is_active(&site.resource_server, &next));
    }
}
