//! Logins: how long sessions last, and how guessing is slowed.

use std::{num::NonZeroUsize, time::Duration};

use serde::Deserialize;

use crate::domain::throttle::Rate;

/// How people log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logins {
    /// An unused session ends after this time.
    pub session_idle: Duration,
    /// A session ends after this time however much it is used.
    pub session_life: Duration,
    /// How long an invitation lets a person set a first password.
    pub invitation_life: Duration,
    /// Wrong passwords on one account.
    pub per_account: Rate,
    /// Wrong passwords from one network.
    pub per_network: Rate,
    /// Passwords that are checked at the same time.
    pub hashing_threads: NonZeroUsize,
    /// Passwords that may wait to be checked.
    pub hashing_queue: usize,
}

/// The section as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginsSection {
    #[serde(with = "humantime_serde")]
    pub(super) session_idle: Duration,
    #[serde(with = "humantime_serde")]
    pub(super) session_life: Duration,
    #[serde(with = "humantime_serde")]
    pub(super) invitation_life: Duration,
    pub(super) wrong_passwords: u32,
    #[serde(with = "humantime_serde")]
    pub(super) wrong_password_interval: Duration,
    pub(super) wrong_passwords_per_network: u32,
    #[serde(with = "humantime_serde")]
    pub(super) network_interval: Duration,
    pub(super) hashing_threads: Option<NonZeroUsize>,
    pub(super) hashing_queue: usize,
}
