//! The JWKS: public members only, one algorithm and one use a key, published states only.

use std::collections::{BTreeSet, HashSet};

use keystead::domain::signing_key::{SigningAlgorithm, SigningKeyState};
use serde_json::Value;

use crate::site::{SITE, decoded};

fn jwks() -> Vec<Value> {
    let document = serde_json::to_value(SITE.ring.jwks()).unwrap();
    assert_eq!(document.as_object().unwrap().keys().collect::<Vec<_>>(), ["keys"]);
    document["keys"].as_array().unwrap().clone()
}

// Covers: J10, JK-01, JK-04
#[test]
fn every_key_shows_its_public_members_one_algorithm_and_one_use_and_nothing_else() {
    let keys = jwks();
    assert_eq!(keys.len(), 3);
    let kids: HashSet<_> = keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kids.len(), 3);
    for key in keys {
        let names: BTreeSet<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let public: &[&str] = match key["alg"].as_str().unwrap() {
            "ES256" => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            "RS256" => &["alg", "e", "kid", "kty", "n", "use"],
            "EdDSA" => &["alg", "crv", "kid", "kty", "use", "x"],
            other => panic!("{other}"),
        };
        assert_eq!(names, public.iter().copied().collect());
        assert_eq!(key["use"], "sig");
    }
}

// Covers: J10, J11
#[test]
fn the_members_have_the_sizes_of_their_curves_and_rsa_has_3072_bits() {
    for key in jwks() {
        let length = |name: &str| decoded(key[name].as_str().unwrap()).len();
        match key["kty"].as_str().unwrap() {
            "EC" => assert_eq!((key["crv"].as_str(), length("x"), length("y")), (Some("P-256"), 32, 32)),
            "OKP" => assert_eq!((key["crv"].as_str(), length("x")), (Some("Ed25519"), 32)),
            "RSA" => assert_eq!((length("n"), key["e"].as_str()), (384, Some("AQAB"))),
            other => panic!("{other}"),
        }
    }
}

// Covers: J10, J13
#[test]
fn only_published_states_stand_in_it() {
    for (state, shown) in [
        (SigningKeyState::Pending, 3),
        (SigningKeyState::Active, 3),
        (SigningKeyState::Passive, 3),
        (SigningKeyState::Retired, 0),
        (SigningKeyState::Revoked, 0),
    ] {
        let ring = SITE.ring_in_state(state);
        let document = serde_json::to_value(ring.jwks()).unwrap();
        assert_eq!(document["keys"].as_array().unwrap().len(), shown, "{state}");
        let active = ring.active(SigningAlgorithm::Es256).is_some();
        assert_eq!(active, state == SigningKeyState::Active, "{state}");
    }
}
