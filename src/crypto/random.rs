//! The one source of randomness: the operating system, asked so that a refusal is an error and never a panic.

use rand::{
    SeedableRng, TryCryptoRng, TryRng,
    rngs::{StdRng, SysRng},
};
use thiserror::Error;

/// The operating system gives no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the operating system gives no random bytes; check that the process may call getrandom(2)")]
pub struct RandomUnavailable;

/// The operating system's random bytes; what secrets are made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl OsRandom {
    /// This many random bytes.
    ///
    /// # Errors
    /// The system gives none.
    pub fn bytes<const N: usize>() -> Result<[u8; N], RandomUnavailable> {
        let mut bytes = [0; N];
        Self.try_fill_bytes(&mut bytes)?;
        Ok(bytes)
    }
}

impl TryRng for OsRandom {
    type Error = RandomUnavailable;

    fn try_next_u32(&mut self) -> Result<u32, RandomUnavailable> {
        SysRng.try_next_u32().map_err(|_| RandomUnavailable)
    }

    fn try_next_u64(&mut self) -> Result<u64, RandomUnavailable> {
        SysRng.try_next_u64().map_err(|_| RandomUnavailable)
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), RandomUnavailable> {
        SysRng.try_fill_bytes(target).map_err(|_| RandomUnavailable)
    }
}

impl TryCryptoRng for OsRandom {}

/// A fast cryptographic generator seeded by the operating system, for ids: `&mut seeded()?` is a `&mut dyn Rng`.
///
/// # Errors
/// The system gives no seed.
pub fn seeded() -> Result<StdRng, RandomUnavailable> {
    StdRng::try_from_rng(&mut OsRandom)
}
