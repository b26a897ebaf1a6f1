//! Properly signed tokens whose claims are not those of an access token of this site at this time.
#![expect(clippy::string_slice, reason = "tokens, secrets and their JSON are ASCII")]

use std::time::Duration;

use keystead::store;
use serde_json::json;

use crate::forge::Forge;
use crate::support::{backend::Backend, site::TestSite};

// Covers: J5, J6, JW-07
#[test]
fn claims_that_are_missing_or_of_another_type_are_refused() {
    let forge = Forge::new();
    let claims = forge.claims();
    let mut forged = Vec::new();
    for name in claims.as_object().expect("an object").keys() {
        if name == "workspaces" {
            continue;
        }
        let mut fewer = claims.clone();
        fewer.as_object_mut().expect("an object").remove(name);
        forged.push((format!("no {name}"), forge.with_claims(&fewer.to_string())));
    }
    for name in ["iss", "aud", "sub", "client_id", "exp", "nbf", "iat", "jti", "seq", "scope", "space", "key", "rls"] {
        let good = claims[name].clone();
        for value in [json!(null), json!([]), json!({}), json!([good]), json!({ "a": good }), json!(1.5)] {
            forged.push((format!("{name} {value}"), forge.with_claims(&forge.claims_with(name, value))));
        }
        let text = if good.is_string() { json!(5) } else { json!(good.to_string()) };
        forged.push((format!("{name} {text}"), forge.with_claims(&forge.claims_with(name, text))));
    }
    let audience = claims["aud"].clone();
    for (name, value) in [
        ("iss", json!([claims["iss"], "https://evil.example.com"])),
        ("aud", json!([audience, audience])),
        ("aud", json!("")),
        ("client_id", json!("usr_00000000000000000000000000000000")),
        ("anything", json!("else")),
        ("cnf", json!({ "jkt": "x" })),
    ] {
        forged.push((format!("{name} {value}"), forge.with_claims(&forge.claims_with(name, value))));
    }
    forge.all_fail(forged);
}

// Covers: JW-07, IN-04
#[test]
fn a_token_of_another_issuer_is_unknown() {
    let forge = Forge::new();
    let issuer = forge.claims()["iss"].as_str().expect("text").to_owned();
    let other = TestSite::new(Backend::Sqlite);
    let other_server = other.serve();
    let foreign = other_server.mint(&other.key("viewer", &[0]));
    assert!(other_server.is_active(&other.resource_server, &foreign));
    let mut forged = vec![("another site's".to_owned(), foreign)];
    let issuers = [
        format!("{issuer}/"),
        issuer.replace("http:", "https:"),
        issuer.replace("127.0.0.1", "localhost"),
        issuer.to_uppercase(),
        format!(" {issuer}"),
        String::new(),
    ];
    for issuer in issuers {
        forged.push((issuer.clone(), forge.with_claims(&forge.claims_with("iss", json!(issuer)))));
    }
    forge.all_fail(forged);
}

// Covers: J6, JW-07, JW-11
#[test]
fn times_are_whole_numbers_and_all_are_checked() {
    let forge = Forge::new();
    let now = forge.now().as_seconds();
    let raw_number = |name: &str, text: &str| {
        let placeholder = forge.claims_with(name, json!("HERE"));
        forge.with_claims(&placeholder.replace("\"HERE\"", text))
    };
    let mut forged = Vec::new();
    for name in ["exp", "nbf", "iat"] {
        for text in
            ["1e300", "1e9", "-1e300", "9223372036854775808", "18446744073709551616", "1.0", "NaN", "0x7fffffff"]
        {
            forged.push((format!("{name} {text}"), raw_number(name, text)));
        }
        let float = format!("{}.0", now + 100);
        forged.push((format!("{name} {float}"), raw_number(name, &float)));
        let text = json!((now + 100).to_string());
        forged.push((format!("{name} {text}"), forge.with_claims(&forge.claims_with(name, text))));
    }
    for (name, value) in [
        ("exp", 0),
        ("exp", -1),
        ("exp", i64::MIN),
        ("exp", now - 1),
        ("nbf", now + 3_600),
        ("nbf", i64::MAX),
        ("iat", now + 3_600),
        ("iat", i64::MAX),
    ] {
        forged.push((format!("{name} {value}"), forge.with_claims(&forge.claims_with(name, json!(value)))));
    }
    forge.all_fail(forged);
}

// Covers: J6, JW-07, JW-11
#[test]
fn the_leeway_is_five_seconds_for_beginnings_and_none_for_the_end() {
    let forge = Forge::new();
    // Made as soon as a second has begun: what follows takes less than the second.
    let whole_second = || {
        let now = forge.now();
        let to_next = 1_000_000 - now.as_micros().rem_euclid(1_000_000);
        forge.site.clock.advance(Duration::from_micros(u64::try_from(to_next).expect("it lies ahead")));
        forge.now().as_seconds()
    };
    for name in ["nbf", "iat"] {
        let now = whole_second();
        let [near, far] = [4, 60].map(|ahead| forge.with_claims(&forge.claims_with(name, json!(now + ahead))));
        assert!(forge.is_active(&near), "{name} four seconds ahead");
        assert!(!forge.is_active(&far), "{name} a minute ahead");
        forge.site.clock.advance(Duration::from_secs(54));
        assert!(!forge.is_active(&forge.with_claims(&forge.claims_with(name, json!(now + 120)))));
        forge.site.clock.advance(Duration::from_secs(2));
        assert!(forge.is_active(&far), "{name} within the leeway");
    }
    let now = whole_second();
    let ending = forge.with_claims(&forge.claims_with("exp", json!(now + 100)));
    forge.site.clock.advance(Duration::from_secs(90));
    assert!(forge.is_active(&ending));
    forge.site.clock.advance(Duration::from_secs(10));
    assert!(!forge.is_active(&ending));
}

// Covers: IN-08
#[test]
fn a_token_that_claims_to_come_from_a_later_state_is_dead() {
    let forge = Forge::new();
    let head = forge.site.store.snapshot(|tx| Ok::<_, store::Error>(tx.stamp().seq.get())).expect("a snapshot");
    assert!(forge.is_active(&forge.with_claims(&forge.claims_with("seq", json!(head)))));
    for seq in [head + 1, head + 1_000, i64::MAX] {
        assert!(!forge.is_active(&forge.with_claims(&forge.claims_with("seq", json!(seq)))), "{seq}");
    }
}

// Covers: J5
#[test]
fn ids_that_do_not_belong_together_are_no_token() {
    let forge = Forge::new();
    let other = forge.site.key("viewer", &[0]);
    let mut foreign_pair = forge.claims();
    foreign_pair["key"]["pair"] = json!(other.public_id);
    let mut foreign_key = forge.claims();
    foreign_key["client_id"] = json!(other.client_id);
    let mut unknown_key = forge.claims();
    unknown_key["client_id"] = json!("key_00000000000000000000000000000000");
    for claims in [foreign_pair, foreign_key, unknown_key] {
        let token = forge.with_claims(&claims.to_string());
        assert!(!forge.server.is_active(&forge.site.resource_server, &token), "{claims}");
        assert_eq!(forge.server.verify(&forge.site.resource_server, &token, "").status, 401);
    }
}

// Covers: J5, JW-07
#[test]
fn an_audience_is_compared_letter_by_letter() {
    let forge = Forge::new();
    let audience = forge.claims()["aud"].as_str().expect("text").to_owned();
    let others = ["*".to_owned(), format!("{audience}/"), audience.to_uppercase(), format!("{audience} ")];
    for other in others.into_iter().chain([audience[..audience.len() - 1].to_owned()]) {
        let token = forge.with_claims(&forge.claims_with("aud", json!(other)));
        assert!(!forge.server.is_active(&forge.site.resource_server, &token), "{other}");
        assert_eq!(forge.server.verify(&forge.site.resource_server, &token, "").status, 401, "{other}");
    }
}

// Covers: J9, JW-08
#[test]
fn repeated_names_are_refused_at_every_depth() {
    let forge = Forge::new();
    let claims = forge.claims();
    let text = claims.to_string();
    let mut forged = Vec::new();
    for (name, value) in claims.as_object().expect("an object") {
        forged.push((format!("{name} twice"), forge.with_claims(&format!("{{\"{name}\":{value},{}", &text[1..]))));
    }
    let escaped = format!("{{\"\\u0073ub\":{},{}", claims["sub"], &text[1..]);
    let in_key = text.replacen("\"key\":{", "\"key\":{\"mode\":\"full\",", 1);
    let in_workspaces = text.replacen("\"workspaces\":{", "\"workspaces\":{\"1001\":[\"viewer\"],", 1);
    for (what, changed) in [("escaped", escaped), ("in key", in_key), ("in workspaces", in_workspaces)] {
        assert_ne!(changed, text, "{what}");
        forged.push((what.to_owned(), forge.with_claims(&changed)));
    }
    forge.all_fail(forged);
}
