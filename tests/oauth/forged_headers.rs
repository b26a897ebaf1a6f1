//! Forged headers and signatures: the stored key decides, and the header says exactly what ours say.
#![expect(clippy::string_slice, reason = "tokens, secrets and their JSON are ASCII")]

use std::{io::ErrorKind, net::TcpListener, time::Duration};

use aws_lc_rs::hmac;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use keystead::{
    domain::{
        authority::Authority,
        signing_key::{SigningAlgorithm, SigningKeyState},
        text_enum::TextEnum,
    },
    manage::signing_keys::{self, NewSigningKey, Rotate, Schedule},
};
use serde_json::{Value, json};

use crate::forge::{Forge, encoded, open_all};
use crate::support::{backend::Backend, site::TestSite};

// Covers: J1, JW-07
#[test]
fn the_stored_key_chooses_the_algorithm_not_the_header() {
    let forge = Forge::new();
    let (header, claims) = (forge.header(), forge.claims().to_string());
    let with_alg = |alg: Value| {
        let mut header = header.clone();
        header["alg"] = alg;
        header.to_string()
    };
    let mut forged = Vec::new();
    for alg in ["none", "None", "nOnE", "NONE", ""] {
        let input = format!("{}.{}", encoded(with_alg(json!(alg))), encoded(&claims));
        forged.push((format!("`{alg}` without signature"), format!("{input}.")));
        forged.push((format!("`{alg}` signed"), forge.sign(&with_alg(json!(alg)), &claims)));
    }

    let jwk = serde_json::to_value(forge.signing_key(SigningAlgorithm::Es256).jwk()).expect("JSON");
    let half = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().expect("text")).expect("base64url");
    let point = [vec![4], half("x"), half("y")].concat();
    // SubjectPublicKeyInfo of P-256: everything before the point is the same for all keys (RFC 5480 section 2).
    let der = [STANDARD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=").expect("base64"), point.clone()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    for secret in [point, der, pem.into_bytes(), jwk.to_string().into_bytes(), Vec::new()] {
        for alg in ["HS256", "ES256"] {
            let input = format!("{}.{}", encoded(with_alg(json!(alg))), encoded(&claims));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), input.as_bytes());
            forged.push((format!("{alg} with a public key as secret"), format!("{input}.{}", encoded(tag))));
        }
    }

    for alg in ["RS256", "PS256", "ES384", "EdDSA", "es256", "HS256", " ES256"] {
        forged.push((format!("{alg} on an ES256 key"), forge.sign(&with_alg(json!(alg)), &claims)));
    }
    let swapped = forge.sign_by(SigningAlgorithm::EdDsa, &header.to_string(), &claims);
    forged.push(("ES256 and its kid, signed by the EdDSA key".to_owned(), swapped));
    let swapped = forge.sign_by(SigningAlgorithm::EdDsa, &with_alg(json!("EdDSA")), &claims);
    forged.push(("EdDSA and its signature under the ES256 kid".to_owned(), swapped));
    for alg in [json!(null), json!(5), json!(["ES256"]), json!({ "alg": "ES256" })] {
        forged.push((format!("alg {alg}"), forge.sign(&with_alg(alg), &claims)));
    }
    let without = json!({ "typ": header["typ"], "kid": header["kid"] }).to_string();
    forged.push(("no alg".to_owned(), forge.sign(&without, &claims)));
    forge.all_fail(forged);
}

// Covers: J11, JW-07
#[test]
fn a_signature_of_zeros_or_of_another_length_is_wrong() {
    let forge = Forge::new();
    let (input, signature) = forge.token.rsplit_once('.').expect("three parts");
    let good = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let (r, s) = good.split_at(32);
    let zeros = [0; 32];
    // The other s of the same signature: n - s (SEC 1 section 4.1.3), n being the order of P-256.
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
        0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let mut borrow = 0;
    let mut twin = [0; 32];
    for index in (0..32).rev() {
        let difference = 256 + i32::from(order[index]) - i32::from(s[index]) - borrow;
        borrow = i32::from(difference < 256);
        twin[index] = u8::try_from(difference % 256).expect("a byte");
    }
    let forged = [
        ("none", Vec::new()),
        ("zeros", vec![0; 64]),
        ("r = 0", [&zeros, s].concat()),
        ("s = 0", [r, &zeros].concat()),
        ("s = n", [r, &order].concat()),
        ("the twin", [r, &twin].concat()),
        ("halves swapped", [s, r].concat()),
        ("one byte short", good[..63].to_vec()),
        ("one byte more", [good.as_slice(), &[0]].concat()),
        ("twice", [good.as_slice(), good.as_slice()].concat()),
    ];
    forge.all_fail(forged.map(|(what, bytes)| (what, format!("{input}.{}", encoded(bytes)))));
}

// Covers: J2, JW-08
#[test]
fn a_key_id_only_selects_and_keys_inside_a_token_are_not_used() {
    let forge = Forge::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener that does not wait");
    let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
    let kid = forge.header()["kid"].as_str().expect("text").to_owned();
    let other_kid = forge.signing_key(SigningAlgorithm::EdDsa).id().to_string();

    let kids = [
        json!("../../dev/null"),
        json!("/dev/urandom"),
        json!("' or 1=1--"),
        json!("'; DROP TABLE signing_keys; --"),
        json!(url),
        json!(""),
        json!("*"),
        json!("x".repeat(4_000)),
        json!("x".repeat(65_536)),
        json!(format!("{kid} ")),
        json!(format!("{kid}\u{0}")),
        json!(kid.to_uppercase()),
        json!(kid.trim_start_matches("sig_")),
        json!(other_kid),
        json!(1),
        json!(null),
        json!(true),
        json!([kid]),
        json!({ "kid": kid }),
    ];
    let with = |name: &str, value: Value| {
        let mut header = forge.header();
        header[name] = value;
        forge.with_header(&header.to_string())
    };
    let mut forged: Vec<(String, String)> = kids
        .into_iter()
        .filter(|kid| kid.to_string().len() < 40_000)
        .map(|kid| (kid.to_string(), with("kid", kid)))
        .collect();
    let without = json!({ "typ": "at+jwt", "alg": "ES256" }).to_string();
    forged.push(("no kid".to_owned(), forge.with_header(&without)));
    let jwk = serde_json::to_value(forge.signing_key(SigningAlgorithm::Es256).jwk()).expect("JSON");
    forged.extend([
        ("jwk".to_owned(), with("jwk", jwk)),
        ("jku".to_owned(), with("jku", json!(url))),
        ("x5u".to_owned(), with("x5u", json!(url))),
        ("x5c".to_owned(), with("x5c", json!(["MIIB"]))),
        ("x5t".to_owned(), with("x5t", json!("AAAA"))),
    ]);
    forge.all_fail(forged);
    assert!(listener.accept().is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "a connection was made");
    assert_eq!(forge.server.client.get("/oauth/jwks").send().json()["keys"].as_array().map(Vec::len), Some(2));
}

// Covers: J3, J4, J8, JW-07, JW-08
#[test]
fn headers_say_exactly_what_those_of_our_access_tokens_say() {
    let forge = Forge::new();
    let with = |name: &str, value: Value| {
        let mut header = forge.header();
        header[name] = value;
        (format!("{name} {}", header[name]), forge.with_header(&header.to_string()))
    };
    let mut forged: Vec<(String, String)> = Vec::new();
    for crit in [json!(["urn:x"]), json!(["exp"]), json!([]), json!("urn:x"), json!(null), json!(["b64"])] {
        forged.push(with("crit", crit));
    }
    let types = [
        "JWT",
        "jwt",
        "",
        "AT+JWT",
        "at+JWT",
        "at+jwt ",
        "application/jwt",
        "id_token+jwt",
        "logout+jwt",
        "rt+jwt",
        "client-authentication+jwt",
        "token-introspection+jwt",
        "dpop+jwt",
        "secevent+jwt",
    ];
    forged.extend(types.map(|typ| with("typ", json!(typ))));
    forged.extend([json!(null), json!(1), json!(["at+jwt"])].map(|typ| with("typ", typ)));
    for (name, value) in [
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("cty", json!("JWT")),
        ("p2c", json!(2_147_483_648_u32)),
        ("anything", json!("else")),
    ] {
        forged.push(with(name, value));
    }
    let (kid, header) = (forge.header()["kid"].clone(), forge.header().to_string());
    let texts = [
        json!({ "alg": "ES256", "kid": kid }).to_string(),
        format!("{{\"alg\":\"ES256\",{}", &header[1..]),
        format!("{{\"alg\":\"none\",{}", &header[1..]),
        format!("{{\"typ\":\"JWT\",{}", &header[1..]),
        format!("{{\"kid\":\"x\",{}", &header[1..]),
        header.replacen("\"alg\"", "\"\\u0061lg\":\"ES256\",\"alg\"", 1),
        format!("[{header}]"),
        format!("{header}{header}"),
        format!("{header},"),
        header[..header.len() - 1].to_owned(),
        "{}".to_owned(),
        "null".to_owned(),
        String::new(),
        format!("\u{feff}{header}"),
    ];
    forged.extend(texts.into_iter().map(|text| (text.clone(), forge.with_header(&text))));
    forge.all_fail(forged);
}

// Covers: J4, JW-07
#[test]
fn tokens_of_other_kinds_are_not_access_tokens() {
    let forge = Forge::new();
    let claims = forge.claims();
    let (iss, now) = (claims["iss"].clone(), claims["iat"].as_i64().expect("a number"));
    let kinds = [
        ("JWT", json!({ "iss": iss, "sub": "usr_0", "aud": "app", "iat": now, "exp": now + 300, "nonce": "n" })),
        ("JWT", claims.clone()),
        ("logout+jwt", json!({ "iss": iss, "aud": "app", "iat": now, "exp": now + 300, "jti": "x", "events": {} })),
        ("client-authentication+jwt", json!({ "iss": "k", "sub": "k", "aud": iss, "exp": now + 300, "jti": "x" })),
        ("at+jwt", json!({ "iss": iss, "sub": "usr_0", "aud": "app", "iat": now, "exp": now + 300, "nonce": "n" })),
    ];
    forge.all_fail(kinds.map(|(typ, claims)| {
        let header = json!({ "alg": "ES256", "kid": forge.header()["kid"], "typ": typ });
        (typ, forge.sign(&header.to_string(), &claims.to_string()))
    }));
}

// Covers: JW-07, JK-02
#[test]
fn a_key_that_does_not_sign_yet_makes_no_active_token() {
    let site = TestSite::new(Backend::Sqlite);
    let now = site.change(|change, _| Ok(change.now()));
    let new = NewSigningKey::generate(&site.deps, SigningAlgorithm::Es256, now).expect("a key");
    let minute = Duration::from_mins(1);
    let schedule = Schedule { rotation_interval: 60 * minute, publish_lead: 10 * minute, passive_life: 30 * minute };
    let input = Rotate { new, schedule };
    let made = site.change(|change, deps| signing_keys::rotate(change, deps, &Authority::OPERATOR, input));
    assert_eq!(made.state, SigningKeyState::Pending);
    let server = site.serve();
    let token = server.mint(&site.key("viewer", &[0]));
    let pending = open_all(&site).into_iter().find(|key| key.id() == made.id).expect("the pending key");
    let header = json!({ "typ": "at+jwt", "alg": SigningAlgorithm::Es256.as_str(), "kid": made.id.to_string() });
    let claims = token.split('.').nth(1).expect("three parts");
    let forged = pending.pair().sign_compact(format!("{}.{claims}", encoded(header.to_string()))).expect("signed");
    assert!(!server.is_active(&site.resource_server, &forged));
    assert!(server.is_active(&site.resource_server, &token));
}
