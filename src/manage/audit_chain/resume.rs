//! Going on with a chain whose head cannot be moved any more, because somebody forged or removed it.

use serde_json::json;

use super::head;
use crate::{
    crypto::{keyed_hash::Pepper, sealed::MasterKey},
    domain::{
        audit_chain::{ChainHead, Checkpoint, Seal},
        audit_event::{AuditEntry, Origin},
    },
    store::{
        Store, Writes as _, audit,
        audit_chain::{ChainError, reading::ends, replace},
        signing_keys,
    },
};

/// What became of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumed {
    /// What the old one said, if it could be read.
    pub before: Option<Checkpoint>,
    /// The last sealed event, after which sealing goes on.
    pub last: Checkpoint,
}

/// Puts a genuine head at the last sealed event, with an audit event about it. What does not fit its seal is found as before.
/// It waits neither for changes nor keeps them waiting.
///
/// # Errors
/// [`ChainError::HeadGenuine`] if there is no need; [`ChainError::Key`] if the master key is another one;
/// [`ChainError::HeadBusy`].
pub fn resume(store: &Store, master: &MasterKey) -> Result<Resumed, ChainError> {
    let seq = store.snapshot(|tx| {
        // With the master key of another site nobody could move the new head.
        for pepper in signing_keys::peppers(tx)? {
            Pepper::open(pepper.id, &pepper.sealed, master)?;
        }
        Ok::<_, ChainError>(tx.stamp().seq)
    })?;
    store.redeem(|redemption| {
        let (old, problem) = head(redemption, master)?;
        let sealed = ends(redemption)?;
        let last = sealed.map_or(Checkpoint::BEGINNING, |(_, last)| last);
        // One that was put back to an older state is genuine, and sealing comes upon what is sealed already.
        let leads_on = old.map_or(sealed.is_none(), |old| old.last.position >= last.position);
        if problem.is_none() && leads_on {
            return Err(ChainError::HeadGenuine);
        }
        let first = sealed.map_or(1, |(first, _)| first.max(1));
        if !replace(redemption, master, last, kept_after(old, first))? {
            return Err(ChainError::HeadBusy);
        }
        let before = old.map(|old| old.last);
        let entry = AuditEntry::new("audit.resume", "audit", None, json!({ "head": { "from": before, "to": last } }));
        let id = redemption.new_id();
        audit::note(redemption, id, seq, &Origin::OPERATOR, &entry)?;
        Ok(Resumed { before, last })
    })
}

/// Where the chain begins: as the old head says, if that is where the first event stands.
fn kept_after(old: Option<ChainHead>, first: i64) -> Checkpoint {
    let fits = old.map(|old| old.kept_after).filter(|kept_after| kept_after.position == first - 1);
    fits.unwrap_or(Checkpoint { position: first - 1, seal: Seal::NOTHING })
}
