//! Tokens whose text is not the one canonical spelling, and texts that cost much to read.
#![expect(clippy::string_slice, reason = "tokens, secrets and their JSON are ASCII")]

use base64::{
    Engine as _,
    engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD},
};
use keystead::domain::signing_key::SigningAlgorithm;
use serde_json::json;

use crate::forge::{Forge, encoded};
use crate::support::http::raw;

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
