//! Keyed hashes of secrets.

use aws_lc_rs::hmac;
use keystead::{
    crypto::{
        keyed_hash::{NoPepper, Pepper, Peppers},
        random,
        sealed::SealError,
        secret_text::{NewSecret, PresentedSecret, SecretKind},
    },
    domain::{
        ids::{Id, PepperId},
        key_pair::SecretHash,
    },
};

use crate::site::{NOW, SITE, peppers};

fn pepper() -> Pepper {
    Pepper::generate(PepperId::generate(NOW, &mut random::seeded().unwrap())).unwrap()
}

fn copy(pepper: &Pepper) -> Pepper {
    Pepper::from_bytes(pepper.id(), (*pepper.expose_bytes()).into())
}

// Covers: KM-02, K7
#[test]
fn a_secret_fits_its_own_hash_and_no_other() {
    let peppers = peppers(1);
    let [one, other] = [(); 2].map(|()| NewSecret::generate(SecretKind::ApiKey).unwrap());
    let kept = peppers.hash(&one.text);
    assert_eq!(kept.pepper, peppers.newest().id());
    assert!(peppers.verify(&PresentedSecret::from(&one.text), &kept));
    assert!(!peppers.verify(&PresentedSecret::from(&other.text), &kept));
    for at in 0..32 {
        let mut near_miss = kept.clone();
        near_miss.hash[at] ^= 1;
        assert!(!peppers.verify(&PresentedSecret::from(&one.text), &near_miss));
    }
}

// Covers: KM-02
#[test]
fn the_hash_is_hmac_sha_256_of_all_sixty_characters() {
    let peppers = peppers(1);
    let secret = NewSecret::generate(SecretKind::ApiKey).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, peppers.newest().expose_bytes());
    let expected = hmac::sign(&key, secret.text.expose().as_bytes());
    assert_eq!(peppers.hash(&secret.text).hash, expected.as_ref());
}

// Covers: KM-02
#[test]
fn hashes_of_older_peppers_still_count_and_those_of_unknown_ones_never_do() {
    let (newest, older) = (pepper(), pepper());
    let secret = NewSecret::generate(SecretKind::ApiKey).unwrap();
    let presented = PresentedSecret::from(&secret.text);
    let kept = Peppers::newest_first([copy(&older)]).unwrap().hash(&secret.text);

    let both = Peppers::newest_first([copy(&newest), older]).unwrap();
    assert!(both.contains(kept.pepper));
    assert!(both.verify(&presented, &kept));
    assert_eq!(both.hash(&secret.text).pepper, newest.id());

    let only_newest = Peppers::newest_first([newest]).unwrap();
    assert!(!only_newest.contains(kept.pepper));
    assert!(!only_newest.verify(&presented, &kept));
    let relabelled = SecretHash { pepper: kept.pepper, ..only_newest.hash(&secret.text) };
    assert!(!only_newest.verify(&presented, &relabelled));
    only_newest.verify_dummy(&presented);
}

// Covers: KM-02
#[test]
fn there_is_no_hashing_without_a_pepper() {
    assert_eq!(Peppers::newest_first([]).unwrap_err(), NoPepper);
}

// Covers: S-02, S-04
#[test]
fn a_sealed_pepper_opens_under_its_own_id_only_and_is_never_shown() {
    let [one, other] = [pepper(), pepper()];
    let sealed = one.seal(&SITE.master).unwrap();
    let opened = Pepper::open(one.id(), &sealed, &SITE.master).unwrap();
    assert_eq!(opened.expose_bytes(), one.expose_bytes());
    assert_eq!(Pepper::open(other.id(), &sealed, &SITE.master).unwrap_err(), SealError::Altered);
    assert_eq!(format!("{one:?}"), format!("Pepper({})", one.id()));
}
