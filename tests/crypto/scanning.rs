//! `docs/SCANNING.md` tells scanners how to find our secrets: what it says is what the program makes.

use keystead::crypto::secret_text::{NewSecret, PresentedSecret, SecretKind};
use regex_lite::Regex;

const DOCUMENT: &str = include_str!("../../docs/SCANNING.md");

/// What stands in the first block of this kind.
fn block(kind: &str) -> &'static str {
    DOCUMENT.split(&format!("```{kind}\n")).nth(1).unwrap().split("\n```").next().unwrap()
}

fn generated(kind: SecretKind) -> String {
    NewSecret::generate(kind).unwrap().text.expose().to_owned()
}

// Covers: KM-23, K7
#[test]
fn the_documented_expression_finds_secrets_of_each_kind_in_other_text_and_nothing_else() {
    let expression = Regex::new(block("regex")).unwrap();
    for kind in SecretKind::ALL {
        let secret = generated(kind);
        for text in [secret.clone(), format!("key = \"{secret}\"\n"), format!("https://a.example/{secret}?x={secret}")]
        {
            let found = expression.find(&text).map(|found| found.as_str());
            assert_eq!(found, Some(secret.as_str()), "{text}");
        }
        let (short, long) = (&secret[..59], format!("{secret}0"));
        assert!(!expression.is_match(short) && !expression.is_match(&long), "{secret}");
    }
    assert!(!expression.is_match(&generated(SecretKind::ApiKey).replace("ksk_", "ksz_")));
}

// Covers: KM-23
#[test]
fn the_document_names_each_prefix_and_its_rule_has_the_same_expression() {
    let rule = block("toml");
    assert!(rule.contains(&format!("regex = '''{}'''", block("regex"))), "{rule}");
    let table: Vec<&str> = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(table, SecretKind::ALL.map(SecretKind::prefix));
    for kind in SecretKind::ALL {
        assert!(rule.contains(&format!("\"{}\"", kind.prefix())), "{rule}");
    }
    assert!(toml::from_str::<toml::Table>(rule).is_ok(), "{rule}");
}

/// The checksum as the document tells it, bit by bit.
fn checksum(text: &str) -> String {
    let mut rest = !text.bytes().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    });
    let digits: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let mut text = String::new();
    for _ in 0..6 {
        text.insert(0, digits[usize::try_from(rest % 62).unwrap()]);
        rest /= 62;
    }
    text
}

// Covers: KM-23, K7
#[test]
fn the_checksum_is_what_the_document_says_and_its_example_is_sound() {
    for kind in SecretKind::ALL {
        let secret = generated(kind);
        assert_eq!(checksum(&secret[..54]), secret[54..]);
    }
    let expression = Regex::new(block("regex")).unwrap();
    let examples: Vec<&str> = expression.find_iter(DOCUMENT).map(|found| found.as_str()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        assert!(PresentedSecret::parse(example).is_ok(), "{example}");
    }
}
