//! How a site is: what those who run it look at before they look at anything else. `keystead doctor` looks at the same, and
//! at what only the machine knows.

use std::time::Duration;

use super::{
    audit_chain::{self, ChainState},
    authority::require,
    deps::Deps,
    error::Error,
    signing_keys::{self, Schedule},
};
use crate::{
    domain::{
        authority::{Area, Authority},
        permission::SITE_MANAGE,
        sequence::Seq,
        signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
        text_enum::TextEnum,
        time::Timestamp,
    },
    store::{self, inspection::Inspection, migrations::SchemaState, transaction::Reads, waiting::Waiting},
};

/// More than this, and people wonder about the times in logs.
pub const CLOCK_DIFFERENCE: Duration = Duration::from_secs(5);

/// What was found.
#[derive(Debug, Clone)]
pub struct Health {
    /// What the database says of itself.
    pub database: Inspection,
    /// Whether its tables fit this program.
    pub schema: SchemaState,
    /// The number of the last change.
    pub head: Seq,
    /// How far the clock of the machine is from the database's, which decides.
    pub clock: Duration,
    /// Algorithms that the site has keys for and nothing to sign with.
    pub without_key: Vec<SigningAlgorithm>,
    /// Algorithms whose successor should be published by now.
    pub rotation_due: Vec<SigningAlgorithm>,
    /// Signing keys whose next step is due and was not taken.
    pub steps_due: Vec<SigningKeyFacts>,
    /// The chain of audit events.
    pub chain: ChainState,
    /// What has not arrived yet.
    pub waiting: Waiting,
}

/// Looks at the site; `now` is the time of the request.
///
/// # Errors
/// `missing_permission`.
pub fn look(
    tx: &mut impl Reads,
    deps: &Deps,
    authority: &Authority,
    schedule: Schedule,
    now: Timestamp,
) -> Result<Health, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    let keys = signing_keys::list(tx)?;
    let known =
        |algorithm: &SigningAlgorithm| keys.iter().any(|key| key.algorithm == *algorithm && key.state.is_published());
    let algorithms: Vec<SigningAlgorithm> = SigningAlgorithm::ALL.iter().copied().filter(known).collect();
    let signs = |algorithm: &SigningAlgorithm| {
        keys.iter().any(|key| key.algorithm == *algorithm && key.state == SigningKeyState::Active)
    };
    Ok(Health {
        database: store::inspection::inspect(tx)?,
        schema: store::migrations::seen(tx)?,
        head: store::change_log::head(tx)?,
        clock: machine_differs_by(store::clock::of_database(tx)?),
        without_key: algorithms.iter().copied().filter(|algorithm| !signs(algorithm)).collect(),
        rotation_due: signing_keys::due_for_rotation(tx, schedule, &algorithms, now)?,
        steps_due: keys.iter().filter(|key| signing_keys::is_step_due(key, schedule, now)).cloned().collect(),
        chain: audit_chain::state(tx, &deps.master)?,
        waiting: store::waiting::count(tx)?,
    })
}

/// How far the clock of this machine is from the database's.
#[expect(clippy::disallowed_methods, reason = "the machine's clock is what is compared here; nothing is decided by it")]
#[must_use]
pub fn machine_differs_by(database: Timestamp) -> Duration {
    let machine = chrono::Utc::now().timestamp_micros();
    Duration::from_micros(machine.abs_diff(database.as_micros()))
}
