//! Generated secrets: 60 characters, and nothing that merely looks like one.

use std::collections::HashSet;

use keystead::crypto::secret_text::{InvalidSecret, NewSecret, PresentedSecret, SecretKind};

fn secret(kind: SecretKind) -> NewSecret {
    NewSecret::generate(kind).unwrap()
}

fn parse(text: &str) -> Result<PresentedSecret<'_>, InvalidSecret> {
    PresentedSecret::parse(text)
}

// Covers: L097, KM-02, K7
#[test]
fn a_new_secret_has_60_characters_of_which_a_prefix_names_its_kind() {
    for (kind, prefix) in
        [(SecretKind::ApiKey, "ksk_"), (SecretKind::ClientSecret, "kss_"), (SecretKind::Invitation, "ksi_")]
    {
        let secret = secret(kind);
        let text = secret.text.expose();
        assert_eq!(text.len(), 60);
        assert!(text.starts_with(prefix));
        assert!(text[4..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let presented = parse(text).unwrap();
        assert_eq!(presented.kind(), kind);
        assert_eq!(presented.public_id(), secret.public_id);
        assert_eq!(presented.public_id().as_str(), &text[4..20]);
        assert_eq!(presented.as_str(), text);
    }
}

// Covers: L097, KM-02
#[test]
fn ten_thousand_secrets_are_all_different_in_either_half_and_use_the_whole_alphabet() {
    let mut public = HashSet::new();
    let mut private = HashSet::new();
    let mut characters = HashSet::new();
    for _ in 0..10_000 {
        let secret = secret(SecretKind::ApiKey);
        let text = secret.text.expose();
        assert!(public.insert(secret.public_id));
        assert!(private.insert(text[20..54].to_owned()));
        characters.extend(text[4..54].bytes());
    }
    assert_eq!(characters.len(), 62);
}

// Covers: KM-02, K7
#[test]
fn no_single_changed_character_passes() {
    let secret = secret(SecretKind::ApiKey);
    let text = secret.text.expose();
    for (at, old) in text.bytes().enumerate() {
        for new in (0x20..0x7f).filter(|new| *new != old) {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = new;
            let changed = String::from_utf8(changed).unwrap();
            assert!(parse(&changed).is_err(), "character {at} became {}", char::from(new));
        }
    }
}

// Covers: KM-02, K7
#[test]
fn no_two_swapped_neighbours_pass() {
    for _ in 0..100 {
        let secret = secret(SecretKind::ClientSecret);
        let text = secret.text.expose();
        for at in 0..59 {
            let mut swapped = text.as_bytes().to_vec();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            assert!(swapped == text || parse(&swapped).is_err(), "characters {at} and {} changed places", at + 1);
        }
    }
}

// Covers: KM-02, K7
#[test]
fn each_flaw_of_form_is_told_apart() {
    let secret = secret(SecretKind::ApiKey);
    let text = secret.text.expose();
    let refused = |text: &str| parse(text).unwrap_err();
    assert_eq!(refused(""), InvalidSecret::Length);
    assert_eq!(refused(&text[..59]), InvalidSecret::Length);
    assert_eq!(refused(&format!("{text}0")), InvalidSecret::Length);
    assert_eq!(refused(&format!("{text}\n")), InvalidSecret::Length);
    assert_eq!(refused(&text.replace("ksk_", "ghp_")), InvalidSecret::Prefix);
    assert_eq!(refused(&text.replace("ksk_", "KSK_")), InvalidSecret::Prefix);
    assert_eq!(refused(&format!("{}_", &text[..59])), InvalidSecret::Alphabet);
    assert_eq!(refused(&format!("{}é", &text[..58])), InvalidSecret::Alphabet);
    assert_eq!(refused(&text.replace("ksk_", "kss_")), InvalidSecret::Checksum);
}

// Covers: KM-02, K7
#[test]
fn the_checksum_is_crc_32_in_base_62_so_that_scanners_can_check_it_too() {
    // Python: zlib.crc32(b"ksk_" + b"0" * 50) == 800527172, which is `0sAvga` in base 62.
    assert!(parse(&format!("ksk_{}0sAvga", "0".repeat(50))).is_ok());
}

// Covers: KM-02
#[test]
fn the_hint_is_the_end_of_the_secret_part_and_debug_shows_only_the_public_half() {
    let secret = secret(SecretKind::ApiKey);
    let text = secret.text.expose().to_owned();
    assert_eq!(secret.text.hint(), text[50..54]);
    for shown in [format!("{secret:?}"), format!("{:?}", parse(&text).unwrap())] {
        assert!(shown.contains(&text[..20]));
        assert!(!shown.contains(&text[20..24]));
    }
}
