//! The header decides nothing: it may only repeat what the stored key and the use already say.

use aws_lc_rs::hmac;
use keystead::{
    crypto::{jwt::Rejected, random},
    domain::{
        ids::{Id, SigningKeyId},
        signing_key::SigningAlgorithm,
        text_enum::TextEnum,
    },
};
use serde_json::{Value, json};

use crate::site::{NOW, SITE, claims_json, decoded, encoded, header, signed, signed_header, verify};

const ES256: SigningAlgorithm = SigningAlgorithm::Es256;

fn with(name: &str, value: Value) -> String {
    let mut header = header(ES256);
    header[name] = value;
    header.to_string()
}

fn without(name: &str) -> String {
    let mut header = header(ES256);
    header.as_object_mut().unwrap().remove(name);
    header.to_string()
}

// Covers: J1, JW-07
#[test]
fn no_algorithm_but_that_of_the_stored_key_counts() {
    for name in ["none", "None", "nOnE", "NONE", "", "HS256", "RS256", "ES384", "PS256", "EdDSA", "Ed25519", "es256"] {
        let header = with("alg", json!(name));
        assert_eq!(verify(&signed_header(&header)), Err(Rejected::Algorithm), "{name}");
        assert_eq!(verify(&format!("{}.{}.", encoded(&header), encoded(claims_json()))), Err(Rejected::Algorithm));
    }
    for value in [json!(null), json!(1), json!(["ES256"]), json!({ "name": "ES256" })] {
        assert_eq!(verify(&signed_header(with("alg", value))), Err(Rejected::Header));
    }
    assert_eq!(verify(&signed_header(without("alg"))), Err(Rejected::Header));
}

// Covers: J1, JW-07
#[test]
fn the_algorithm_of_one_key_does_not_count_for_another() {
    for signer in SigningAlgorithm::ALL {
        for named in SigningAlgorithm::ALL.iter().filter(|named| *named != signer) {
            let mut lying = header(*named);
            lying["alg"] = json!(signer.as_str());
            assert_eq!(verify(&signed(*signer, lying.to_string(), claims_json())), Err(Rejected::Algorithm));
            let honest = signed(*signer, header(*named).to_string(), claims_json());
            assert_eq!(verify(&honest), Err(Rejected::Signature), "{signer} for {named}");
        }
    }
}

// Covers: J1
#[test]
fn a_public_key_is_no_hmac_secret() {
    for algorithm in SigningAlgorithm::ALL {
        let jwk = serde_json::to_value(SITE.key(*algorithm).jwk()).unwrap();
        let members: Vec<u8> =
            ["n", "x", "y"].iter().filter_map(|name| jwk[*name].as_str()).flat_map(decoded).collect();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", encoded(&members));
        for secret in [jwk.to_string().into_bytes(), members.clone(), [&[4], members.as_slice()].concat(), pem.into()] {
            let mut header = header(*algorithm);
            header["alg"] = json!("HS256");
            let input = format!("{}.{}", encoded(header.to_string()), encoded(claims_json()));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), input.as_bytes());
            assert_eq!(verify(&format!("{input}.{}", encoded(tag))), Err(Rejected::Algorithm));
        }
    }
}

// Covers: J2, JW-08
#[test]
fn a_kid_is_looked_up_among_the_keys_of_the_ring_and_nowhere_else() {
    let stranger = SigningKeyId::generate(NOW, &mut random::seeded().unwrap()).to_string();
    let upper = SITE.key(ES256).id().to_string().to_uppercase();
    let padded = format!("{} ", SITE.key(ES256).id());
    for kid in [
        "../../dev/null",
        "/etc/passwd",
        "' or 1=1--",
        "https://attacker.example/jwks",
        "file:///etc/passwd",
        "",
        "sig_",
        "sig_00000000000000000000000000000000",
        "\u{0}",
        &stranger,
        &upper,
        &padded,
        &"A".repeat(4_000),
    ] {
        assert_eq!(verify(&signed_header(with("kid", json!(kid)))), Err(Rejected::UnknownKey), "{kid}");
    }
    assert_eq!(verify(&signed_header(with("kid", json!("A".repeat(65_536))))), Err(Rejected::TooLong));
    for value in [json!(1), json!(null), json!([SITE.key(ES256).id()]), json!({ "id": 1 })] {
        assert_eq!(verify(&signed_header(with("kid", value))), Err(Rejected::Header));
    }
    assert_eq!(verify(&signed_header(without("kid"))), Err(Rejected::Header));
}

// Covers: J2, J3, J8, JW-08
#[test]
fn no_other_member_is_taken_not_even_one_that_asks_to_be_understood() {
    let jwk = serde_json::to_value(SITE.key(ES256).jwk()).unwrap();
    for (name, value) in [
        ("crit", json!(["urn:x"])),
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("jwk", jwk),
        ("jku", json!("https://attacker.example/jwks")),
        ("x5u", json!("https://attacker.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("zip", json!("DEF")),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("cty", json!("JWT")),
        ("enc", json!("A128CBC-HS256")),
        ("p2c", json!(2_147_483_648_u64)),
        ("iss", json!("https://id.example.com")),
        ("nonce", json!("x")),
        ("", json!("")),
    ] {
        assert_eq!(verify(&signed_header(with(name, value))), Err(Rejected::Header), "{name}");
    }
}

// Covers: J4, JW-07
#[test]
fn tokens_of_other_types_are_refused() {
    for typ in [
        "JWT",
        "jwt",
        "at+JWT",
        "AT+JWT",
        "application/at+jwt",
        "logout+jwt",
        "dpop+jwt",
        "client-authentication+jwt",
        "rt+jwt",
        "id+jwt",
        "at+jwt ",
        "",
    ] {
        assert_eq!(verify(&signed_header(with("typ", json!(typ)))), Err(Rejected::Type), "{typ}");
    }
    for value in [json!(null), json!(1), json!(["at+jwt"])] {
        assert_eq!(verify(&signed_header(with("typ", value))), Err(Rejected::Header));
    }
    assert_eq!(verify(&signed_header(without("typ"))), Err(Rejected::Header));
}

// Covers: J9, JW-08
#[test]
fn a_member_that_stands_twice_is_refused() {
    let kid = SITE.key(ES256).id();
    for doubled in [
        format!(r#"{{"typ":"at+jwt","alg":"ES256","alg":"ES256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"none","alg":"ES256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","typ":"at+jwt","alg":"ES256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{kid}","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"ES256","\u006bid":"{kid}","kid":"{kid}"}}"#),
    ] {
        assert_eq!(verify(&signed_header(&doubled)), Err(Rejected::Header), "{doubled}");
    }
}

// Covers: J8, JW-08
#[test]
fn what_is_not_one_json_object_in_utf_8_is_refused() {
    let kid = SITE.key(ES256).id();
    let good = header(ES256).to_string();
    assert!(verify(&signed_header(&good)).is_ok());
    let mut not_utf_8 = good.clone().into_bytes();
    let at = good.find("at+jwt").unwrap();
    not_utf_8[at] = 0xff;
    for bad in [
        not_utf_8,
        Vec::new(),
        b"null".to_vec(),
        b"{}".to_vec(),
        b"\"at+jwt\"".to_vec(),
        // Serde reads a struct from an array too.
        format!(r#"["ES256","{kid}","at+jwt"]"#).into_bytes(),
        format!("\u{feff}{good}").into_bytes(),
        format!("{good}{good}").into_bytes(),
        format!("{good}\0").into_bytes(),
        good.replace('}', ",}").into_bytes(),
        good.replace('"', "'").into_bytes(),
        "[".repeat(5_000).into_bytes(),
        format!(r#"{{"kid":{}"#, "[".repeat(5_000)).into_bytes(),
    ] {
        assert_eq!(verify(&signed_header(&bad)), Err(Rejected::Header), "{}", String::from_utf8_lossy(&bad));
    }
}
