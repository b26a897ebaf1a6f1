//! The audit log.

use std::time::Duration;

use serde::Deserialize;

/// The audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
    /// Events older than this are deleted; none are, if there is no such age.
    pub retention: Option<Duration>,
}

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditSection {
    #[serde(with = "humantime_serde")]
    pub(super) retention: Duration,
}
