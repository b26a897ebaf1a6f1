//! Bounds: what one request, one client and the whole process may take.

use std::time::Duration;

use serde::Deserialize;

/// Bounds on requests and clients.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Longest request body, in bytes.
    pub body_bytes: usize,
    /// How long a request body may take to arrive (H4).
    #[serde(with = "humantime_serde")]
    pub body_time: Duration,
    /// Wrong secrets per client and peer prefix in a minute before the answer is 429 (ruling 18).
    pub wrong_secrets_per_minute: u32,
    /// Reports of leaked secrets from one network in a minute before the answer is 429.
    pub leak_reports_per_minute: u32,
    /// Open connections on all listeners together.
    pub max_connections: usize,
}

/// Bounds on memory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Records of each kind.
    pub records: usize,
    /// Tokens whose signature was checked.
    pub verified_tokens: usize,
}
