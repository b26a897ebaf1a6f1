//! The claims are those of our own tokens, of the right types, for this issuer and this moment.

use std::time::Duration;

use keystead::{
    crypto::jwt::{self, LEEWAY, Rejected, TokenType},
    domain::{signing_key::SigningAlgorithm, time::Timestamp},
};
use serde_json::{Value, json};

use crate::site::{Claims, NOW, SITE, claims, claims_json, signed_claims, verify};

const REQUIRED: [&str; 7] = ["iss", "aud", "sub", "exp", "nbf", "iat", "jti"];

fn with(name: &str, value: Value) -> Result<(), Rejected> {
    let mut claims = serde_json::to_value(claims()).unwrap();
    claims[name] = value;
    verify(&signed_claims(claims.to_string())).map(drop)
}

// Covers: J5
#[test]
fn a_claim_that_is_missing_or_of_another_type_is_refused() {
    for name in REQUIRED {
        let mut without = serde_json::to_value(claims()).unwrap();
        let value = without.as_object_mut().unwrap().remove(name).unwrap();
        assert_eq!(verify(&signed_claims(without.to_string())), Err(Rejected::Claims), "no {name}");
        let other = if value.is_string() { json!(5) } else { json!(value.to_string()) };
        for wrong in
            [json!(null), json!(true), json!({ "a": 1 }), json!([]), json!([value]), json!([value, "x"]), other]
        {
            assert_eq!(with(name, wrong.clone()), Err(Rejected::Claims), "{name} = {wrong}");
        }
    }
}

// Covers: J5, JW-07
#[test]
fn another_issuer_is_refused_however_like_ours_it_looks() {
    for issuer in [
        "https://id.example.com/",
        "https://id.example.com:443",
        "https://ID.example.com",
        "http://id.example.com",
        "https://id.example.com ",
        "https://id.example.com.attacker.example",
        "id.example.com",
        "",
    ] {
        assert_eq!(with("iss", json!(issuer)), Err(Rejected::Issuer), "{issuer}");
    }
    assert_eq!(with("iss", json!(["https://id.example.com", "https://attacker.example"])), Err(Rejected::Claims));
}

// Covers: J5, JW-07
#[test]
fn a_token_for_nobody_is_refused() {
    assert_eq!(with("aud", json!("")), Err(Rejected::Audience));
}

// Covers: J4, J5
#[test]
fn claims_that_our_tokens_do_not_have_are_refused() {
    for name in ["nonce", "at_hash", "events", "htm", "EXP", "exp "] {
        assert_eq!(with(name, json!("x")), Err(Rejected::Claims), "{name}");
    }
}

// Covers: J6
#[test]
fn times_are_whole_numbers_that_fit() {
    for name in ["exp", "nbf", "iat"] {
        for number in ["1800000000.0", "1800000000.5", "18e8", "1e300", "9223372036854775808", "-1e1", "1e400", "NaN"] {
            let old = serde_json::to_value(claims()).unwrap()[name].to_string();
            let text = claims_json().replace(&format!(r#""{name}":{old}"#), &format!(r#""{name}":{number}"#));
            assert_ne!(text, claims_json());
            assert_eq!(verify(&signed_claims(text)), Err(Rejected::Claims), "{name} = {number}");
        }
    }
}

// Covers: J6, JW-07
#[test]
fn a_token_lives_from_nbf_until_exp_and_not_a_moment_longer() {
    let check = |claims: &Claims, now: Timestamp| jwt::check_times(claims, now);
    let claims = claims();
    let end = Timestamp::from_seconds(claims.exp);
    let moment = Duration::from_micros(1);
    assert_eq!(check(&claims, NOW), Ok(()));
    assert_eq!(check(&claims, end.minus(moment)), Ok(()));
    assert_eq!(check(&claims, end), Err(Rejected::Expired));
    assert_eq!(check(&claims, end.plus(moment)), Err(Rejected::Expired));
    assert_eq!(check(&Claims { exp: -5, ..claims.clone() }, NOW), Err(Rejected::Expired));
    assert_eq!(check(&Claims { exp: i64::MIN, ..claims.clone() }, NOW), Err(Rejected::Expired));
}

// Covers: J6, JW-11
#[test]
fn clocks_may_differ_by_five_seconds_and_no_more() {
    assert_eq!(LEEWAY, Duration::from_secs(5));
    let at = |nbf: i64, iat: i64| {
        let now = NOW.as_seconds();
        let ahead = Claims { nbf: now + nbf, iat: now + iat, exp: now + 7200, ..claims() };
        jwt::check_times(&ahead, NOW)
    };
    assert_eq!(at(5, 5), Ok(()));
    assert_eq!(at(6, 0), Err(Rejected::NotYetValid));
    assert_eq!(at(0, 6), Err(Rejected::IssuedInFuture));
    assert_eq!(at(0, 3600), Err(Rejected::IssuedInFuture));
    assert_eq!(jwt::check_times(&Claims { nbf: i64::MAX, exp: i64::MAX, ..claims() }, NOW), Err(Rejected::NotYetValid));
}

// Covers: J9, JW-08
#[test]
fn a_claim_that_stands_twice_is_refused_at_every_level() {
    let text = claims_json();
    for name in REQUIRED {
        let value = &serde_json::to_value(claims()).unwrap()[name];
        let doubled = text.replacen('{', &format!(r#"{{"{name}":{value},"#), 1);
        assert_eq!(verify(&signed_claims(doubled)), Err(Rejected::Claims), "{name}");
    }
    let inside = |member: &str| verify(&signed_claims(text.replacen('{', &format!("{{{member},"), 1))).map(drop);
    assert_eq!(inside(r#""workspaces":{"1":["viewer"],"2":["viewer"]}"#), Ok(()));
    assert_eq!(inside(r#""workspaces":{"1":["viewer"],"1":["admin"]}"#), Err(Rejected::Claims));
    assert_eq!(inside(r#""workspaces":{"1":["viewer"],"\u0031":["admin"]}"#), Err(Rejected::Claims));
    assert_eq!(inside(r#""extra":[{"a":{"b":1,"b":2}}]"#), Err(Rejected::Claims));
}

// Covers: J8
#[test]
fn eight_levels_are_read_and_nine_are_not() {
    let nested = |levels: usize| {
        let value = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        verify(&signed_claims(claims_json().replacen('{', &format!(r#"{{"extra":{value},"#), 1))).map(drop)
    };
    // The object of the claims is the first level.
    assert_eq!(nested(7), Ok(()));
    assert_eq!(nested(8), Err(Rejected::Claims));
    assert_eq!(nested(2_500), Err(Rejected::Claims));
    assert_eq!(verify(&signed_claims("[".repeat(5_000))), Err(Rejected::Claims));
    assert_eq!(verify(&signed_claims(r#"{"a":"#.repeat(1_000))), Err(Rejected::Claims));
}

// Covers: J5, JW-08
#[test]
fn what_is_not_one_json_object_in_utf_8_is_refused() {
    let text = claims_json();
    let mut not_utf_8 = text.clone().into_bytes();
    let at = text.find("key_0").unwrap();
    not_utf_8[at] = 0xff;
    let claims = claims();
    // Serde reads a struct from an array too.
    let array = json!([claims.iss, claims.aud, claims.sub, claims.exp, claims.nbf, claims.iat, claims.jti, null, null]);
    for bad in [
        not_utf_8,
        Vec::new(),
        b"null".to_vec(),
        b"{}".to_vec(),
        array.to_string().into_bytes(),
        format!("{text}{text}").into_bytes(),
        format!("{text}x").into_bytes(),
        format!(" {text}").into_bytes(),
        text.replacen('}', ",}", 1).into_bytes(),
    ] {
        assert_eq!(verify(&signed_claims(&bad)), Err(Rejected::Claims), "{}", String::from_utf8_lossy(&bad));
    }
}

// Covers: J4, JW-07
#[test]
fn claims_are_read_only_after_the_signature_was_found_right() {
    let token = SITE.token(SigningAlgorithm::Es256);
    let (signed, _) = token.rsplit_once('.').unwrap();
    let (header, _) = signed.split_once('.').unwrap();
    let other = jwt::sign(SITE.key(SigningAlgorithm::Es256), TokenType::AccessToken, &json!({ "broken": 1 })).unwrap();
    let parts: Vec<_> = other.split('.').collect();
    assert_eq!(verify(&other), Err(Rejected::Claims));
    let mixed = format!("{header}.{}.{}", parts[1], token.rsplit('.').next().unwrap());
    assert_eq!(verify(&mixed), Err(Rejected::Signature));
}
