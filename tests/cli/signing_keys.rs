//! The life of signing keys at the command line.

use serde_json::Value;

use super::support::{Site, text};

fn states(site: &Site, algorithm: &str) -> Vec<String> {
    let listed = site.run(&["signing-key", "list"]).json();
    let keys = listed["signing_keys"].as_array().unwrap();
    let states = keys.iter().filter(|key| key["algorithm"] == algorithm).map(|key| text(key, "state").to_owned());
    states.collect()
}

fn first_kid(site: &Site, algorithm: &str) -> String {
    let listed = site.run(&["signing-key", "list"]).json();
    let keys = listed["signing_keys"].as_array().unwrap();
    let found: &Value = keys.iter().find(|key| key["algorithm"] == algorithm).unwrap();
    text(found, "kid").to_owned()
}

// Covers: J12, JK-02
#[test]
fn a_successor_is_published_before_it_signs() {
    let site = Site::new();
    let rotate = ["signing-key", "rotate", "--algorithm", "ES256"];
    site.run(&rotate).json();
    assert_eq!(states(&site, "ES256"), ["active", "pending"]);
    assert_eq!(site.run(&rotate).refusal(), "rotation_under_way");
    site.run(&[rotate.as_slice(), &["--now"]].concat()).json();
    assert_eq!(states(&site, "ES256"), ["passive", "active"]);
    assert_eq!(states(&site, "EdDSA"), ["active"]);
}

// Covers: J13
#[test]
fn revoking_the_active_key_makes_another_one_sign() {
    let site = Site::new();
    let kid = first_kid(&site, "EdDSA");
    let revoked = site.run(&["signing-key", "revoke", &kid]).json();
    assert!(revoked["replacement"].is_string());
    assert_eq!(states(&site, "EdDSA"), ["revoked", "active"]);
    assert_eq!(site.run(&["signing-key", "revoke", &kid]).refusal(), "signing_key_out_of_use");
    assert_eq!(site.run(&["doctor"]).json()["ok"], true);
}
