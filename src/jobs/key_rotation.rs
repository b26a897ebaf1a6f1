//! Leads signing keys through their states: successors are published in time, begin to sign, and retire.

use super::{JobContext, SYSTEM};
use crate::{
    domain::ids::SigningKeyId,
    manage::{
        Error,
        signing_keys::{self, NewSigningKey, Rotate},
    },
};

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stepped {
    /// Successors that were made.
    pub made: Vec<SigningKeyId>,
    /// Keys that sign from now on.
    pub promoted: Vec<SigningKeyId>,
    /// Keys that verify no longer.
    pub retired: Vec<SigningKeyId>,
}

/// One round. Looks first, so that a round without work begins no change.
///
/// # Errors
/// Those of the database; what was not done is done in the next round.
pub fn run_once(context: &JobContext) -> Result<Stepped, Error> {
    let (store, deps, schedule) = (context.live.executor().store(), &context.deps, context.schedule);
    let now = store.now()?;
    let (step_due, rotation_due) = store.snapshot(|tx| {
        let step_due = signing_keys::list(tx)?.iter().any(|key| signing_keys::is_step_due(key, schedule, now));
        Ok::<_, Error>((step_due, signing_keys::due_for_rotation(tx, schedule, &context.algorithms, now)?))
    })?;
    let mut stepped = Stepped::default();
    if step_due {
        store.change(|change| {
            stepped.promoted = signing_keys::promote_due(change, deps, &SYSTEM, schedule)?;
            stepped.retired = signing_keys::retire_due(change, deps, &SYSTEM, schedule)?;
            Ok::<_, Error>(())
        })?;
    }
    for algorithm in rotation_due {
        let new = NewSigningKey::generate(deps, algorithm, now)?;
        let made =
            store.change(|change| signing_keys::rotate_if_due(change, deps, &SYSTEM, Rotate { new, schedule }))?;
        stepped.made.extend(made.map(|made| made.id));
    }
    if stepped != Stepped::default() {
        tracing::info!(?stepped, "signing keys moved on");
    }
    Ok(stepped)
}
