//! Argon2id for what people choose, behind a bound: so many at a time, so many waiting, and the rest is told to come
//! back. Each hash takes 19 MiB and tens of milliseconds, so a flood of logins must not take the machine.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{Error as LibraryError, phc},
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    hashing_threads::{HashingThreads, NotRun},
    random::{OsRandom, RandomUnavailable},
};
pub use crate::domain::password_policy::MAX_BYTES;

/// Fewest bytes of a password (NIST SP 800-63B).
pub const MIN_BYTES: usize = 8;

/// OWASP's least for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// The costliest imported hash that is taken; a table must not be able to ask for the machine's whole memory.
pub(super) const MOST_MEMORY_KIB: u32 = 65_536;
pub(super) const MOST_PASSES: u32 = 10;
pub(super) const MOST_LANES: u32 = 4;

/// What can go wrong with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Too short to be set.
    #[error("a password needs at least {MIN_BYTES} bytes")]
    TooShort,
    /// Too long to be set.
    #[error("a password has at most {MAX_BYTES} bytes")]
    TooLong,
    /// So many are being hashed and waiting that this one must come back later.
    #[error("too many passwords are being checked at the moment; try again in a second")]
    Busy,
    /// No salt.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// The library refuses: in practice, out of memory.
    #[error("the password could not be hashed: {0}")]
    Failed(LibraryError),
    /// The program is shutting down.
    #[error("the password could not be hashed because the program is shutting down")]
    ShuttingDown,
}

/// The text is not a hash that can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "expected an argon2id hash in PHC form with salt and output, at most {MOST_MEMORY_KIB} KiB, {MOST_PASSES} passes and {MOST_LANES} lanes"
)]
pub struct InvalidPasswordHash;

/// What is kept of a password: a PHC string with its own salt and costs.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash as it was kept.
    ///
    /// # Errors
    /// Not Argon2id, or costlier than anyone should ask for.
    pub fn parse(text: &str) -> Result<Self, InvalidPasswordHash> {
        let hash = phc::PasswordHash::new(text).map_err(|_| InvalidPasswordHash)?;
        let costs = Params::try_from(&hash).map_err(|_| InvalidPasswordHash)?;
        let affordable =
            costs.m_cost() <= MOST_MEMORY_KIB && costs.t_cost() <= MOST_PASSES && costs.p_cost() <= MOST_LANES;
        let complete = hash.salt.is_some() && hash.hash.is_some();
        let ours = hash.algorithm.as_str() == Algorithm::Argon2id.as_str();
        if affordable && complete && ours { Ok(Self(text.to_owned())) } else { Err(InvalidPasswordHash) }
    }

    /// The PHC string, for the store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it was made with the present costs; if not, hash again at the next login.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let costs = phc::PasswordHash::new(&self.0).ok().and_then(|hash| Params::try_from(&hash).ok());
        costs.is_some_and(|costs| (costs.m_cost(), costs.t_cost(), costs.p_cost()) == (MEMORY_KIB, PASSES, LANES))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PasswordHash(…)")
    }
}

/// Hashes and checks passwords within a bound. Clones share the bound.
#[derive(Debug, Clone)]
pub struct PasswordHasher {
    threads: HashingThreads,
    done: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
}

impl PasswordHasher {
    /// A hasher that works on `permits` passwords at a time (one a core) and lets `queue` more wait. Memory is at most
    /// `permits` × 19 MiB, or × 64 MiB where hashes were brought along that cost so much.
    #[must_use]
    pub fn new(permits: NonZeroUsize, queue: usize) -> Self {
        Self { threads: HashingThreads::start(permits, queue), done: Arc::default(), refused: Arc::default() }
    }

    /// Hashes a password that somebody sets.
    ///
    /// # Errors
    /// Its length, no free place, or no memory.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<PasswordHash, PasswordError> {
        check_length(&password)?;
        self.run(move || hash_now(&password)).await
    }

    /// Whether this is the password of which the hash was kept. One of a length that no password may have is wrong and
    /// costs nothing; that says nothing about the user.
    ///
    /// # Errors
    /// No free place, or no memory.
    pub async fn verify(&self, password: Zeroizing<String>, kept: PasswordHash) -> Result<bool, PasswordError> {
        if check_length(&password).is_err() {
            return Ok(false);
        }
        self.run(move || verify_now(&password, &kept)).await
    }

    /// Costs what [`Self::verify`] costs, for a user who does not exist.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub async fn verify_dummy(&self, password: Zeroizing<String>) -> Result<(), PasswordError> {
        if check_length(&password).is_err() {
            return Ok(());
        }
        self.run(move || hash_now(&password)).await.map(drop)
    }

    /// How many passwords were hashed or checked, dummies too: whoever measures no time can count the work.
    #[must_use]
    pub fn work_done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// How many were told to come back later.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many are being worked on or wait for it.
    #[must_use]
    pub fn admitted(&self) -> usize {
        self.threads.admitted()
    }

    /// Hashes a password on this thread and outside the bound: for the command line, which runs alone.
    ///
    /// # Errors
    /// Its length, or no memory.
    pub fn hash_blocking(&self, password: &str) -> Result<PasswordHash, PasswordError> {
        check_length(password)?;
        hash_now(password)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let counter = Arc::clone(&self.done);
        let work = move || {
            let result = work();
            counter.fetch_add(1, Ordering::Relaxed);
            result
        };
        match self.threads.run(work).await {
            Ok(result) => result,
            Err(NotRun::Busy) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                Err(PasswordError::Busy)
            }
            Err(NotRun::Ended) => Err(PasswordError::ShuttingDown),
        }
    }
}

fn check_length(password: &str) -> Result<(), PasswordError> {
    match password.len() {
        ..MIN_BYTES => Err(PasswordError::TooShort),
        MIN_BYTES..=MAX_BYTES => Ok(()),
        _ => Err(PasswordError::TooLong),
    }
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let costs = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|cause| PasswordError::Failed(LibraryError::from(cause)))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, costs))
}

fn hash_now(password: &str) -> Result<PasswordHash, PasswordError> {
    let salt = OsRandom::bytes::<16>()?;
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(PasswordError::Failed)?;
    Ok(PasswordHash(hash.to_string()))
}

fn verify_now(password: &str, kept: &PasswordHash) -> Result<bool, PasswordError> {
    let kept = phc::PasswordHash::new(&kept.0).map_err(|_| PasswordError::Failed(LibraryError::EncodingInvalid))?;
    match argon2()?.verify_password(password.as_bytes(), &kept) {
        Ok(()) => Ok(true),
        Err(LibraryError::PasswordInvalid) => Ok(false),
        Err(cause) => Err(PasswordError::Failed(cause)),
    }
}
