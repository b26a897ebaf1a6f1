//! Signing keys and the master key that seals them.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use crate::domain::signing_key::SigningAlgorithm;

/// Signing keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The master key; absolute.
    pub master_key_file: PathBuf,
    /// Algorithms that the site holds a key for; each once.
    pub signing_algorithms: Vec<SigningAlgorithm>,
    /// Age at which a key is replaced.
    pub rotation_interval: Duration,
    /// How long a new key is published before it signs.
    pub publish_lead: Duration,
    /// How long others may keep the key set. Whole seconds.
    pub jwks_max_age: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeysSection {
    pub(super) master_key_file: Option<PathBuf>,
    pub(super) signing_algorithms: Vec<SigningAlgorithm>,
    #[serde(with = "humantime_serde")]
    pub(super) rotation_interval: Duration,
    #[serde(with = "humantime_serde")]
    pub(super) publish_lead: Duration,
    #[serde(with = "humantime_serde")]
    pub(super) jwks_max_age: Duration,
}
