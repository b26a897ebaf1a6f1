//! Tokens, and how fresh the state is that decisions about them rest on.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::signing_key::SigningAlgorithm;

/// Access and refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// Life unless a space says otherwise (ruling 9). Whole seconds.
    #[serde(with = "humantime_serde")]
    pub access_token_life: Duration,
    /// The longest that a space may choose: 15 minutes to 1 hour.
    #[serde(with = "humantime_serde")]
    pub access_token_life_max: Duration,
    /// A refresh token that is not used for this long stops working (RT-08).
    #[serde(with = "humantime_serde")]
    pub refresh_idle: Duration,
    /// What a user authorized ends after this long, however often it is refreshed (T12).
    #[serde(with = "humantime_serde")]
    pub refresh_life: Duration,
    /// What signs them.
    pub signing_algorithm: SigningAlgorithm,
}

/// How old state may be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// Oldest state that may be used while the database is out of reach; zero means none (architecture, live view).
    #[serde(with = "humantime_serde")]
    pub max_stale: Duration,
}
