//! Sealing: a value opens with its key, in its place, unaltered, or not at all.

use keystead::{
    crypto::{
        key_ring::{RingKey, UnusableKeyCause},
        sealed::{MasterKey, SealError},
        signing::{SigningKeyError, SigningKeyPair},
    },
    domain::signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
};

use crate::site::{SITE, facts};

// Covers: S-02
#[test]
fn what_is_sealed_for_a_place_opens_there() {
    let master = MasterKey::generate().unwrap();
    for plain in [&b""[..], b"x", &[7; 4096]] {
        let sealed = master.seal("here", plain).unwrap();
        assert_eq!(master.open("here", &sealed).unwrap().as_slice(), plain);
        assert_eq!(sealed.len(), 1 + 8 + 12 + plain.len() + 16);
    }
    assert_ne!(master.seal("here", b"same").unwrap(), master.seal("here", b"same").unwrap());
}

// Covers: S-02
#[test]
fn no_altered_moved_or_cut_value_opens() {
    let master = MasterKey::generate().unwrap();
    let sealed = master.seal("here", b"a secret").unwrap();
    assert_eq!(master.open("there", &sealed).unwrap_err(), SealError::Altered);
    for at in 0..sealed.len() * 8 {
        let mut altered = sealed.clone();
        altered[at / 8] ^= 1 << (at % 8);
        assert!(master.open("here", &altered).is_err(), "bit {at}");
    }
    for length in 0..sealed.len() {
        assert!(master.open("here", &sealed[..length]).is_err(), "{length} bytes");
    }
    assert!(master.open("here", &[sealed.as_slice(), b"x"].concat()).is_err());
}

// Covers: S-02
#[test]
fn another_master_key_and_a_later_format_are_named() {
    let [one, other] = [(); 2].map(|()| MasterKey::generate().unwrap());
    let mut sealed = one.seal("here", b"a secret").unwrap();
    let refused = other.open("here", &sealed).unwrap_err();
    assert_eq!(refused, SealError::OtherMasterKey { sealed: one.id(), present: other.id() });
    assert!(refused.to_string().contains(&one.id().to_string()));
    assert!(refused.to_string().contains(&other.id().to_string()));
    sealed[0] = 2;
    assert_eq!(one.open("here", &sealed).unwrap_err(), SealError::UnknownFormat(2));
}

// Covers: S-02, JK-04
#[test]
fn a_signing_key_moved_to_another_kid_or_algorithm_is_refused() {
    let (stored, sealed) = SITE.sealed(SigningAlgorithm::Es256);
    let cause = |facts: SigningKeyFacts| RingKey::open(facts, &sealed, &SITE.master).unwrap_err().cause;
    let other_kid = facts(SigningAlgorithm::Es256, SigningKeyState::Active);
    assert_eq!(cause(other_kid), UnusableKeyCause::Sealed(SealError::Altered));
    let other_algorithm = SigningKeyFacts { algorithm: SigningAlgorithm::EdDsa, ..stored.clone() };
    assert_eq!(cause(other_algorithm), UnusableKeyCause::Sealed(SealError::Altered));
    assert!(RingKey::open(stored, &sealed, &SITE.master).is_ok());
}

// Covers: S-02
#[test]
fn a_wrong_master_key_names_itself_and_the_signing_key() {
    let other = MasterKey::generate().unwrap();
    let (stored, sealed) = SITE.sealed(SigningAlgorithm::EdDsa);
    let kid = stored.id;
    let said = RingKey::open(stored, &sealed, &other).unwrap_err().to_string();
    for named in [kid.to_string(), SITE.master.id().to_string(), other.id().to_string()] {
        assert!(said.contains(&named), "{said}");
    }
}

// Covers: J11
#[test]
fn keys_that_are_too_weak_or_of_another_kind_are_refused() {
    use aws_lc_rs::{
        encoding::{AsDer, Pkcs8V1Der},
        rsa::{KeyPair, KeySize},
    };
    let weak: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
    let refused = |algorithm, bytes: &[u8]| SigningKeyPair::from_pkcs8(algorithm, bytes).unwrap_err();
    let rejected = SigningKeyError::Rejected;
    assert_eq!(refused(SigningAlgorithm::Rs256, weak.as_ref()), rejected(SigningAlgorithm::Rs256));
    assert_eq!(refused(SigningAlgorithm::Es256, weak.as_ref()), rejected(SigningAlgorithm::Es256));
    let (_, ed25519) = SigningKeyPair::generate(SigningAlgorithm::EdDsa).unwrap();
    assert_eq!(refused(SigningAlgorithm::Es256, &ed25519), rejected(SigningAlgorithm::Es256));
    assert_eq!(refused(SigningAlgorithm::EdDsa, &ed25519[1..]), rejected(SigningAlgorithm::EdDsa));
}

// Covers: J10, S-04
#[test]
fn debug_output_shows_no_key() {
    let master = MasterKey::generate().unwrap();
    assert_eq!(format!("{master:?}"), format!("MasterKey({})", master.id()));
    let (pair, pkcs8) = SigningKeyPair::generate(SigningAlgorithm::EdDsa).unwrap();
    // RFC 8410 section 7: the private half is the last 32 of 48 bytes.
    assert_eq!(pkcs8.len(), 48);
    let private = &pkcs8[16..24];
    let shown = format!("{pair:?}").to_lowercase();
    let hexadecimal = private.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let listed = format!("{private:?}");
    assert!(!shown.contains(&hexadecimal) && !shown.contains(listed.trim_matches(['[', ']'])), "{shown}");
}
