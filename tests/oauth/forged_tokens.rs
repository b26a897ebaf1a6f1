//! Forged tokens, most of them signed by the site's own key, against both places that take a token.

use std::{io::ErrorKind, net::TcpListener, time::Duration};

use aws_lc_rs::hmac;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use keystead::{
    crypto::key_ring::RingKey,
    domain::{
        audit_event::Origin,
        signing_key::{SigningAlgorithm, SigningKeyState},
        text_enum::TextEnum,
        time::Timestamp,
    },
    manage::signing_keys::{self, NewSigningKey, Rotate, Schedule},
    store,
};
use serde_json::{Value, json};

use crate::support::{
    backend::Backend,
    http::raw,
    site::{Credential, Server, TestSite},
};

/// A site, its server, its signing keys, and a good token to begin with.
struct Forge {
    site: TestSite,
    server: Server,
    key: Credential,
    token: String,
    signing_keys: Vec<RingKey>,
}

impl Forge {
    fn new() -> Self {
        let site = TestSite::new(Backend::Sqlite);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        let signing_keys = open_all(&site);
        Self { site, server, key, token, signing_keys }
    }

    fn signing_key(&self, algorithm: SigningAlgorithm) -> &RingKey {
        let mut active = self.signing_keys.iter().filter(|key| key.facts().state == SigningKeyState::Active);
        active.find(|key| key.facts().algorithm == algorithm).expect("a key for each algorithm")
    }

    fn part(&self, index: usize) -> Value {
        let part = self.token.split('.').nth(index).expect("three parts");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    }

    fn header(&self) -> Value {
        self.part(0)
    }

    fn claims(&self) -> Value {
        self.part(1)
    }

    fn claims_with(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[name] = value;
        claims.to_string()
    }

    /// A token with a right signature, whatever it says.
    fn sign(&self, header: &str, claims: &str) -> String {
        self.sign_by(SigningAlgorithm::Es256, header, claims)
    }

    fn sign_by(&self, algorithm: SigningAlgorithm, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", encoded(header), encoded(claims));
        self.signing_key(algorithm).pair().sign_compact(input).expect("a signature")
    }

    fn with_header(&self, header: &str) -> String {
        self.sign(header, &self.claims().to_string())
    }

    fn with_claims(&self, claims: &str) -> String {
        self.sign(&self.header().to_string(), claims)
    }

    fn is_active(&self, token: &str) -> bool {
        let (server, caller) = (&self.server, &self.site.resource_server);
        let introspected = server.is_active(caller, token);
        assert_eq!(introspected, server.is_active(&self.key, token), "two callers differ over {token}");
        if token.bytes().all(|byte| byte.is_ascii_graphic()) && token.len() < 8_000 {
            let verified = server.verify(caller, token, "");
            assert_eq!(verified.status == 200, introspected, "two endpoints differ over {token}");
            assert!([200, 400, 401].contains(&verified.status), "{}: {token}", verified.status);
        }
        introspected
    }

    fn all_fail<Name: std::fmt::Debug>(&self, forged: impl IntoIterator<Item = (Name, String)>) {
        assert!(self.is_active(&self.with_claims(&self.claims().to_string())), "the forge makes good tokens too");
        for (what, token) in forged {
            assert!(!self.is_active(&token), "{what:?}: {token}");
        }
        assert!(self.is_active(&self.token), "forgeries harm nobody");
    }

    fn now(&self) -> Timestamp {
        self.site.change(|change, _| Ok(change.now()))
    }
}

fn open_all(site: &TestSite) -> Vec<RingKey> {
    let stored = site.store.snapshot(|tx| store::signing_keys::all(tx)).expect("a snapshot");
    let opened = stored.into_iter().map(|key| RingKey::open(key.facts, &key.sealed, &site.deps.master));
    opened.collect::<Result<_, _>>().expect("the keys open")
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

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

// Covers: J7
#[test]
fn no_prefix_of_a_token_is_a_token() {
    let forge = Forge::new();
    let prefixes = (0..forge.token.len()).filter(|end| *end > 0);
    forge.all_fail(prefixes.map(|end| (end, forge.token[..end].to_owned())));
}

// Covers: J7
#[test]
fn no_token_survives_a_change_of_one_character() {
    let forge = Forge::new();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let changed = |index: usize, bit: usize| {
        let mut bytes = forge.token.clone().into_bytes();
        let value = alphabet.find(char::from(bytes[index]))?;
        bytes[index] = alphabet.as_bytes()[value ^ (1 << bit)];
        Some(((index, bit), String::from_utf8(bytes).expect("ASCII")))
    };
    // Each bit of some characters, and each character in some bit.
    let flips = (0..forge.token.len()).map(|index| (index, index % 6)).filter_map(|(index, bit)| changed(index, bit));
    let last = forge.token.len() - 1;
    let of_the_last = (0..6).filter_map(|bit| changed(last, bit));
    forge.all_fail(flips.chain(of_the_last));
}

// Covers: J7
#[test]
fn only_the_canonical_spelling_is_the_token() {
    let forge = Forge::new();
    let token = forge.token.as_str();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { panic!("three parts") };
    let padded = |part: &str| URL_SAFE.encode(URL_SAFE_NO_PAD.decode(part).expect("base64url"));
    let mut forged: Vec<(&str, String)> = vec![
        ("padding", format!("{}.{}.{}", padded(header), padded(claims), padded(signature))),
        ("one equals sign", format!("{token}=")),
        ("two equals signs", format!("{token}==")),
        ("a character more", format!("{token}A")),
        ("a dot more", format!("{token}.")),
        ("a dot before", format!(".{token}")),
        ("a fourth part", format!("{token}.{signature}")),
        ("five parts", format!("{header}.{claims}.{claims}.{claims}.{signature}")),
        ("an empty part", format!("{header}..{signature}")),
        ("two parts", format!("{header}.{claims}")),
        ("parts exchanged", format!("{claims}.{header}.{signature}")),
        ("a space before", format!(" {token}")),
        ("a space behind", format!("{token} ")),
        ("a new line behind", format!("{token}\n")),
        ("a space inside", token.replacen('.', " .", 1)),
        ("a tab inside", token.replacen('.', ".\t", 1)),
        ("lower case", token.to_lowercase()),
        ("a scheme before", format!("Bearer {token}")),
        ("quotes", format!("\"{token}\"")),
        ("a zero byte", format!("{token}\u{0}")),
        ("a letter that looks the same", token.replacen('e', "е", 1)),
        ("twice", format!("{token}{token}")),
    ];
    // A token whose text has both characters that the two alphabets write differently.
    let special = (0..200)
        .map(|_| forge.server.mint(&forge.key))
        .find(|token| token.contains('-') && token.contains('_'))
        .expect("one of two hundred");
    assert!(forge.is_active(&special));
    forged.push(("the other alphabet", special.replace('-', "+").replace('_', "/")));
    forge.all_fail(forged);
}

// Covers: J7
#[test]
fn unused_bits_of_the_last_character_are_zero() {
    let forge = Forge::new();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (kept, last) = forge.token.split_at(forge.token.len() - 1);
    let forged: Vec<_> = alphabet.chars().filter(|other| other.to_string() != last).collect();
    forge.all_fail(forged.into_iter().map(|other| (other, format!("{kept}{other}"))));
}

// Covers: J8, JW-08
#[test]
fn what_costs_much_to_read_is_not_read() {
    let forge = Forge::new();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let jwe_header =
        json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128CBC-HS256", "p2c": 2_147_483_648_u32, "p2s": "AA" });
    let encrypted = format!("{}.{}.{}.{}.{}", encoded(jwe_header.to_string()), "AA", "AA", "AA", "AA");
    let signed_jwe = forge.with_header(&jwe_header.to_string());
    let long = forge.claims_with("scope", json!(format!("read{}", " a".repeat(4_000))));
    let text = forge.claims().to_string();
    let deep = |depth: usize| format!("{{\"x\":{},{}", nested(depth), &text[1..]);
    let nested_parts = format!("{}.{}.", encoded(nested(2_500)), encoded(nested(2_500)));
    forge.all_fail([
        ("dots", ".".repeat(60_000)),
        ("a few dots", "....".to_owned()),
        ("encrypted", encrypted),
        ("signed with the header of an encrypted one", signed_jwe),
        ("longer than 8 KiB with a right signature", forge.with_claims(&long)),
        ("nested in the claims", forge.with_claims(&deep(2_000))),
        ("nested a little", forge.with_claims(&deep(20))),
        ("nested in the header", forge.with_header(&nested(2_000))),
        ("nested everywhere", nested_parts),
        ("not UTF-8", {
            let input = format!("{}.{}", encoded(forge.header().to_string()), encoded([0xff, 0xfe]));
            forge.signing_key(SigningAlgorithm::Es256).pair().sign_compact(input).expect("a signature")
        }),
    ]);

    let (id, secret) = forge.site.resource_server.pair();
    let post = forge.server.client.post("/oauth/introspect").basic(id, secret);
    let megabyte = post.form(&[("token", &".".repeat(1 << 20))]).try_send();
    assert!(megabyte.map_or(true, |response| response.status == 413), "more than a body may have");
    let request = format!(
        "GET /oauth/verify HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\nX-Keystead-Gateway: {}\r\n\
         Authorization: Bearer {}\r\n\r\n",
        forge.site.resource_server.basic(),
        ".".repeat(1 << 20),
    );
    let answer = raw(forge.server.address, request.as_bytes());
    assert!(!answer.starts_with("HTTP/1.1 2"), "{}", answer.lines().next().unwrap_or_default());
    assert!(forge.is_active(&forge.token), "the server goes on");
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
    let made = site.change(|change, deps| signing_keys::rotate(change, deps, &Origin::OPERATOR, input));
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
