//! Passwords: Argon2id within a bound.

use std::num::NonZeroUsize;

use keystead::crypto::password::{PasswordError, PasswordHash, PasswordHasher};
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

/// One thread for blocking work, so that holding it holds everything.
fn runtime() -> Runtime {
    Builder::new_current_thread().max_blocking_threads(1).build().unwrap()
}

fn hasher(permits: usize, queue: usize) -> PasswordHasher {
    PasswordHasher::new(NonZeroUsize::new(permits).unwrap(), queue)
}

fn password(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

// Covers: P4
#[test]
fn a_password_fits_its_own_hash_only() {
    runtime().block_on(async {
        let hasher = hasher(1, 1);
        let kept = hasher.hash(password("correct horse")).await.unwrap();
        assert!(kept.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(kept.is_current());
        assert_ne!(kept, hasher.hash_blocking("correct horse").unwrap());
        let read = PasswordHash::parse(kept.as_str()).unwrap();
        assert_eq!(hasher.verify(password("correct horse"), read).await, Ok(true));
        assert_eq!(hasher.verify(password("Correct horse"), kept.clone()).await, Ok(false));
        assert_eq!(hasher.verify(password("short"), kept).await, Ok(false));
        assert_eq!(hasher.verify_dummy(password("correct horse")).await, Ok(()));
    });
}

// Covers: P5
#[test]
fn lengths_outside_8_to_1024_bytes_are_refused_and_nothing_is_cut_off() {
    let hasher = hasher(1, 0);
    assert_eq!(hasher.hash_blocking("1234567"), Err(PasswordError::TooShort));
    assert_eq!(hasher.hash_blocking(&"x".repeat(1025)), Err(PasswordError::TooLong));
    assert!(hasher.hash_blocking("12345678").is_ok());
    runtime().block_on(async {
        let kept = hasher.hash(password(&"x".repeat(1024))).await.unwrap();
        assert_eq!(hasher.verify(password(&"x".repeat(1023)), kept.clone()).await, Ok(false));
        assert_eq!(hasher.verify(password(&"x".repeat(1024)), kept).await, Ok(true));
        assert_eq!(hasher.hash(password("1234567")).await, Err(PasswordError::TooShort));
    });
}

// Covers: P4
#[test]
fn hashes_that_are_weak_in_kind_or_ask_for_too_much_are_refused() {
    let salt_and_output = "c29tZXNhbHRzb21lc2FsdA$YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE";
    let parse = |head: &str| PasswordHash::parse(&format!("{head}{salt_and_output}"));
    assert!(parse("$argon2id$v=19$m=19456,t=2,p=1$").is_ok_and(|hash| hash.is_current()));
    assert!(parse("$argon2id$v=19$m=65536,t=3,p=4$").is_ok_and(|hash| !hash.is_current()));
    for refused in [
        "$argon2i$v=19$m=19456,t=2,p=1$",
        "$argon2d$v=19$m=19456,t=2,p=1$",
        "$argon2id$v=19$m=4194304,t=2,p=1$",
        "$argon2id$v=19$m=19456,t=1000,p=1$",
        "$argon2id$v=19$m=19456,t=2,p=64$",
        "$pbkdf2-sha256$i=1000$",
    ] {
        assert!(parse(refused).is_err(), "{refused}");
    }
    for refused in ["", "secret", "$argon2id$v=19$m=19456,t=2,p=1"] {
        assert!(PasswordHash::parse(refused).is_err(), "{refused}");
    }
    assert_eq!(format!("{:?}", parse("$argon2id$v=19$m=19456,t=2,p=1$").unwrap()), "PasswordHash(…)");
}
