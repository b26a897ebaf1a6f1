//! A token is one exact string: whatever is cut, added, flipped or rewritten is refused.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use keystead::{
    crypto::jwt::{self, MAX_TOKEN_BYTES, Rejected, SignError, TokenType},
    domain::{
        signing_key::{SigningAlgorithm, SigningKeyState},
        text_enum::TextEnum,
    },
};
use serde_json::{Value, json};

use crate::site::{Claims, ISSUER, SITE, claims, decoded, encoded, verify};

fn each_token(check: impl Fn(&str)) {
    for algorithm in SigningAlgorithm::ALL {
        check(&SITE.token(*algorithm));
    }
}

// Covers: JW-01, JK-04
#[test]
fn a_token_says_type_algorithm_and_key_and_its_own_verifier_takes_it() {
    for algorithm in SigningAlgorithm::ALL {
        let token = SITE.token(*algorithm);
        let header: Value = serde_json::from_slice(&decoded(token.split('.').next().unwrap())).unwrap();
        let kid = SITE.key(*algorithm).id();
        assert_eq!(header, json!({ "typ": "at+jwt", "alg": algorithm.as_str(), "kid": kid.to_string() }));
        let verified = verify(&token).unwrap();
        assert_eq!((verified.kid, verified.claims), (kid, claims()));
    }
}

// Covers: J7
#[test]
fn no_prefix_is_a_token() {
    each_token(|token| {
        for length in 0..token.len() {
            assert!(verify(&token[..length]).is_err(), "{length} characters");
        }
    });
}

// Covers: J7
#[test]
fn no_flipped_bit_of_header_claims_or_signature_passes() {
    each_token(|token| {
        let parts: Vec<_> = token.split('.').map(decoded).collect();
        for (part, bytes) in parts.iter().enumerate() {
            for bit in 0..bytes.len() * 8 {
                let mut flipped = parts.clone();
                flipped[part][bit / 8] ^= 1 << (bit % 8);
                let flipped = flipped.iter().map(encoded).collect::<Vec<_>>().join(".");
                assert!(verify(&flipped).is_err(), "part {part}, bit {bit}");
            }
        }
    });
}

// Covers: J7
#[test]
fn no_changed_character_passes_not_even_in_bits_that_decode_to_nothing() {
    each_token(|token| {
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut changed = token.as_bytes().to_vec();
                changed[at] ^= 1 << bit;
                let changed = String::from_utf8(changed).unwrap();
                assert!(verify(&changed).is_err(), "character {at}, bit {bit}");
            }
        }
    });
}

// Covers: J7, JW-08
#[test]
fn nothing_may_be_added_and_no_other_alphabet_is_read() {
    each_token(|token| {
        let parts: Vec<_> = token.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else { panic!("three parts") };
        for added in ["A", "=", "==", " ", "\n", "\t", ".", ".A", "\0", "é", "%3D"] {
            for changed in [
                format!("{token}{added}"),
                format!("{added}{token}"),
                format!("{header}{added}.{claims}.{signature}"),
                format!("{header}.{claims}{added}.{signature}"),
                format!("{header}.{added}{claims}.{signature}"),
                format!("{header}.{claims}.{added}{signature}"),
            ] {
                assert!(verify(&changed).is_err(), "{added:?}");
            }
        }
        for other in [
            format!("{token}.{signature}"),
            format!("{header}.{claims}"),
            format!("{header}..{signature}"),
            format!(".{claims}.{signature}"),
            format!("{header}.{claims}."),
            format!("Bearer {token}"),
            token.to_uppercase(),
        ] {
            assert!(verify(&other).is_err(), "{other}");
        }
    });
    // A token in which both characters of the URL alphabet stand, rewritten in the other one.
    let token =
        (0..1000).map(|_| SITE.token(SigningAlgorithm::Es256)).find(|token| token.contains(['-', '_'])).unwrap();
    assert!(verify(&token).is_ok());
    assert_eq!(verify(&token.replace('-', "+").replace('_', "/")), Err(Rejected::Signature));
}

// Covers: J7
#[test]
fn a_hundred_tokens_of_each_quick_algorithm_are_refused_cut_short_flipped_or_lengthened() {
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        for number in 0..100 {
            let claims = Claims { jti: format!("tok_{number}"), ..claims() };
            let token = jwt::sign(SITE.key(algorithm), TokenType::AccessToken, &claims).unwrap();
            assert_eq!(verify(&token).unwrap().claims, claims);
            assert!((0..token.len()).all(|length| verify(&token[..length]).is_err()));
            for (at, bit) in (number..token.len()).step_by(37).zip((0..7).cycle()) {
                let mut flipped = token.as_bytes().to_vec();
                flipped[at] ^= 1 << bit;
                assert!(verify(std::str::from_utf8(&flipped).unwrap()).is_err(), "character {at}, bit {bit}");
            }
            for added in ["A", "=", " ", ".", ".x"] {
                assert!(verify(&format!("{token}{added}")).is_err());
            }
        }
    }
}

// Covers: J7, J11
#[test]
fn the_second_signature_that_ecdsa_allows_is_refused_and_so_is_one_of_zeros() {
    let public = decoded_point();
    let order: [u8; 32] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD,
        0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ];
    for _ in 0..50 {
        let token = SITE.token(SigningAlgorithm::Es256);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let mut other = decoded(signature);
        let mut borrow = 0;
        for at in (0..32).rev() {
            let difference = i16::from(order[at]) - i16::from(other[32 + at]) - borrow;
            borrow = i16::from(difference < 0);
            other[32 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
        }
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public);
        assert!(key.verify(signed.as_bytes(), &other).is_ok(), "the other signature is mathematically right");
        assert_eq!(verify(&format!("{signed}.{}", encoded(other))), Err(Rejected::Signature));
        assert_eq!(verify(&format!("{signed}.{}", encoded([0; 64]))), Err(Rejected::Signature));
        assert_eq!(verify(&format!("{signed}.{}", encoded([0; 63]))), Err(Rejected::Signature));
    }
}

fn decoded_point() -> Vec<u8> {
    let jwk = serde_json::to_value(SITE.key(SigningAlgorithm::Es256).jwk()).unwrap();
    [vec![4], decoded(jwk["x"].as_str().unwrap()), decoded(jwk["y"].as_str().unwrap())].concat()
}

// Covers: J8, JW-08
#[test]
fn what_is_long_or_has_many_parts_is_refused_before_it_is_read() {
    assert_eq!(verify(&".".repeat(1024 * 1024)), Err(Rejected::TooLong));
    assert_eq!(verify(&"[".repeat(MAX_TOKEN_BYTES + 1)), Err(Rejected::TooLong));
    assert_eq!(verify(&".".repeat(MAX_TOKEN_BYTES)), Err(Rejected::Parts));
    for text in ["", ".", "..", "...", "a", "a.b", "a.b.c.d"] {
        assert!(verify(text).is_err(), "{text}");
    }
    let jwe = json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128CBC-HS256", "p2c": 2_147_483_648_u64, "p2s": "AAAA" });
    assert_eq!(verify(&format!("{}.a.b.c.d", encoded(jwe.to_string()))), Err(Rejected::Parts));
}

// Covers: J8
#[test]
fn a_token_that_would_be_refused_for_its_length_is_not_made() {
    let key = SITE.key(SigningAlgorithm::Es256);
    let of_length = |length: usize| Claims { jti: "x".repeat(length), ..claims() };
    let sign = |claims: &Claims| jwt::sign(key, TokenType::AccessToken, claims);
    let longest = (5000..MAX_TOKEN_BYTES).rev().find_map(|length| sign(&of_length(length)).ok()).unwrap();
    assert!(longest.len() > MAX_TOKEN_BYTES - 4 && longest.len() <= MAX_TOKEN_BYTES);
    assert!(verify(&longest).is_ok());
    assert!(matches!(sign(&of_length(MAX_TOKEN_BYTES)), Err(SignError::TooLong { .. })));
}

// Covers: J12, J13
#[test]
fn only_active_keys_sign_and_only_active_and_passive_ones_verify() {
    for algorithm in SigningAlgorithm::ALL {
        let token = SITE.token(*algorithm);
        for (state, expected) in [
            (SigningKeyState::Pending, Err(Rejected::KeyState)),
            (SigningKeyState::Active, Ok(())),
            (SigningKeyState::Passive, Ok(())),
            (SigningKeyState::Retired, Err(Rejected::KeyState)),
            (SigningKeyState::Revoked, Err(Rejected::KeyState)),
        ] {
            let ring = SITE.ring_in_state(state);
            let answer = jwt::verify::<Claims>(&token, TokenType::AccessToken, ISSUER, &ring).map(drop);
            assert_eq!(answer, expected, "{state}");
            let key = ring.find(SITE.key(*algorithm).id()).unwrap();
            let made = jwt::sign(key, TokenType::AccessToken, &claims());
            assert_eq!(made.is_ok(), state == SigningKeyState::Active, "{state}");
        }
    }
}
