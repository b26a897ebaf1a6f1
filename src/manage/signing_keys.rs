//! Signing keys: made pending, promoted, retired, revoked. Keys come in ready-made, since RSA takes a while.

use std::time::Duration;

use serde_json::json;

use super::{audit, authority::require, deps::Deps, error::Error};
use crate::{
    config::Config,
    crypto::{key_ring::RingKey, random},
    domain::{
        authority::{Area, Authority},
        ids::{Id, SigningKeyId},
        permission::SITE_MANAGE,
        signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
        time::Timestamp,
    },
    store::{self, Change, signing_keys::SealedSigningKey, transaction::Reads},
};

/// How far apart the clocks of resource servers may be.
const LEEWAY: Duration = Duration::from_mins(1);

/// When a key passes from one state to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Age of an active key at which its successor begins to sign.
    pub rotation_interval: Duration,
    /// How long a pending key is published before it signs.
    pub publish_lead: Duration,
    /// How long a passive key still verifies: the longest life of a token, twice the time that others keep the key set,
    /// and the leeway of clocks.
    pub passive_life: Duration,
}

impl Schedule {
    /// As the settings say.
    #[must_use]
    pub fn from_config(config: &Config) -> Self {
        let passive_life = config.tokens.access_token_life_max + 2 * config.keys.jwks_max_age + LEEWAY;
        let (rotation_interval, publish_lead) = (config.keys.rotation_interval, config.keys.publish_lead);
        Self { rotation_interval, publish_lead, passive_life }
    }

    /// When the key takes its next step: a pending one signs, an active one is succeeded, a passive one is retired.
    #[must_use]
    pub fn next_step(self, key: &SigningKeyFacts) -> Option<Timestamp> {
        match key.state {
            SigningKeyState::Pending => Some(key.created_at.plus(self.publish_lead)),
            SigningKeyState::Active => Some(key.state_since.plus(self.rotation_interval)),
            SigningKeyState::Passive => Some(key.state_since.plus(self.passive_life)),
            SigningKeyState::Retired | SigningKeyState::Revoked => None,
        }
    }
}

/// A key that was made and sealed, and is not stored yet.
#[derive(Debug, Clone)]
pub struct NewSigningKey {
    id: SigningKeyId,
    algorithm: SigningAlgorithm,
    sealed: Vec<u8>,
}

impl NewSigningKey {
    /// Makes a key; `at` dates its id. RSA takes up to a second: never call this inside a change.
    ///
    /// # Errors
    /// `signing_key`, `no_randomness`.
    pub fn generate(deps: &Deps, algorithm: SigningAlgorithm, at: Timestamp) -> Result<Self, Error> {
        let id = SigningKeyId::generate(at, &mut random::seeded()?);
        let sealed = RingKey::generate_sealed(id, algorithm, &deps.master)?;
        Ok(Self { id, algorithm, sealed })
    }

    /// What it is for.
    #[must_use]
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    pub(super) fn insert(self, change: &mut Change<'_>, state: SigningKeyState) -> Result<SigningKeyId, Error> {
        let Self { id, algorithm, sealed } = self;
        let (created_at, state_since) = (change.now(), change.now());
        let facts = SigningKeyFacts { id, algorithm, state, created_at, state_since };
        store::signing_keys::insert(change, &SealedSigningKey { facts, sealed })?;
        Ok(id)
    }
}

/// All signing keys, oldest first.
///
/// # Errors
/// Those of the database.
pub fn list(tx: &mut impl Reads) -> Result<Vec<SigningKeyFacts>, Error> {
    Ok(store::signing_keys::all(tx)?.into_iter().map(|key| key.facts).collect())
}

/// The same for those who run the site.
///
/// # Errors
/// `missing_permission`.
pub fn show_all(tx: &mut impl Reads, authority: &Authority) -> Result<Vec<SigningKeyFacts>, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    list(tx)
}

/// What a rotation made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// The successor.
    pub id: SigningKeyId,
    /// Pending, or active if it signs already.
    pub state: SigningKeyState,
}

/// A successor and when pending keys begin to sign.
#[derive(Debug, Clone)]
pub struct Rotate {
    /// The successor.
    pub new: NewSigningKey,
    /// For the sentence that refuses a second pending key.
    pub schedule: Schedule,
}

/// Publishes a successor; it signs after the publish lead. If the algorithm has no active key, it signs at once.
///
/// # Errors
/// `missing_permission`, `rotation_under_way`.
pub fn rotate(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: Rotate) -> Result<Rotated, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    let Rotate { new, schedule } = input;
    let algorithm = new.algorithm;
    let keys = of_algorithm(change, algorithm)?;
    if let Some(pending) = in_state(&keys, SigningKeyState::Pending) {
        let signs_from = pending.created_at.plus(schedule.publish_lead);
        return Err(Error::RotationUnderWay(algorithm, signs_from));
    }
    let has_active = in_state(&keys, SigningKeyState::Active).is_some();
    let state = if has_active { SigningKeyState::Pending } else { SigningKeyState::Active };
    let id = new.insert(change, state)?;
    let detail = json!({ "algorithm": algorithm, "state": state });
    audit::write(change, authority, "signing_key.rotate", id, None, detail)?;
    Ok(Rotated { id, state })
}

/// Lets a pending key, or else the new one, sign at once. Resource servers that keep the key set must fetch it again when
/// they meet a `kid` that they do not know.
///
/// # Errors
/// `missing_permission`.
pub fn rotate_now(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    new: NewSigningKey,
) -> Result<Rotated, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    let keys = of_algorithm(change, new.algorithm)?;
    let algorithm = new.algorithm;
    let id = if let Some(pending) = in_state(&keys, SigningKeyState::Pending) {
        promote(change, &keys, pending)?;
        pending.id
    } else {
        demote_active(change, &keys)?;
        new.insert(change, SigningKeyState::Active)?
    };
    let detail = json!({ "algorithm": algorithm, "state": SigningKeyState::Active });
    audit::write(change, authority, "signing_key.rotate_now", id, None, detail)?;
    Ok(Rotated { id, state: SigningKeyState::Active })
}

/// The algorithms among `wanted` that have no key to sign with, or whose key is so old that its successor must be
/// published now.
///
/// # Errors
/// Those of the database.
pub fn due_for_rotation(
    tx: &mut impl Reads,
    schedule: Schedule,
    wanted: &[SigningAlgorithm],
    now: Timestamp,
) -> Result<Vec<SigningAlgorithm>, Error> {
    let keys = list(tx)?;
    let lead = schedule.rotation_interval.saturating_sub(schedule.publish_lead);
    let is_due = |algorithm: &SigningAlgorithm| {
        let of_algorithm = || keys.iter().filter(|key| key.algorithm == *algorithm);
        let pending = of_algorithm().any(|key| key.state == SigningKeyState::Pending);
        let active = of_algorithm().find(|key| key.state == SigningKeyState::Active);
        !pending && active.is_none_or(|active| active.state_since.plus(lead) <= now)
    };
    Ok(wanted.iter().copied().filter(is_due).collect())
}

/// Publishes the successor if its algorithm is due for one; else does nothing, so that several processes may try.
///
/// # Errors
/// Those of the database.
pub fn rotate_if_due(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: Rotate,
) -> Result<Option<Rotated>, Error> {
    let now = change.now();
    if due_for_rotation(change, input.schedule, &[input.new.algorithm], now)?.is_empty() {
        return Ok(None);
    }
    rotate(change, deps, authority, input).map(Some)
}

/// Lets every pending key sign that was published long enough; its predecessor becomes passive in the same change.
///
/// # Errors
/// Those of the database.
pub fn promote_due(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    schedule: Schedule,
) -> Result<Vec<SigningKeyId>, Error> {
    let now = change.now();
    let keys = list(change)?;
    let due = keys.iter().filter(|key| is_promotion_due(key, schedule, now));
    let mut promoted = Vec::new();
    for key in due {
        let same: Vec<SigningKeyFacts> =
            keys.iter().filter(|other| other.algorithm == key.algorithm).cloned().collect();
        promote(change, &same, key)?;
        let detail = json!({ "algorithm": key.algorithm });
        audit::write(change, authority, "signing_key.promote", key.id, None, detail)?;
        promoted.push(key.id);
    }
    Ok(promoted)
}

/// Retires every passive key whose last token has expired.
///
/// # Errors
/// Those of the database.
pub fn retire_due(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    schedule: Schedule,
) -> Result<Vec<SigningKeyId>, Error> {
    let now = change.now();
    let mut retired = Vec::new();
    for key in list(change)?.iter().filter(|key| is_retirement_due(key, schedule, now)) {
        store::signing_keys::set_state(change, key.id, SigningKeyState::Passive, SigningKeyState::Retired)?;
        audit::write(change, authority, "signing_key.retire", key.id, None, json!({ "algorithm": key.algorithm }))?;
        retired.push(key.id);
    }
    Ok(retired)
}

/// Whether a key would be promoted or retired now; asked before a change is begun.
#[must_use]
pub fn is_step_due(key: &SigningKeyFacts, schedule: Schedule, now: Timestamp) -> bool {
    is_promotion_due(key, schedule, now) || is_retirement_due(key, schedule, now)
}

fn is_promotion_due(key: &SigningKeyFacts, schedule: Schedule, now: Timestamp) -> bool {
    key.state == SigningKeyState::Pending && schedule.next_step(key).is_some_and(|at| at <= now)
}

fn is_retirement_due(key: &SigningKeyFacts, schedule: Schedule, now: Timestamp) -> bool {
    key.state == SigningKeyState::Passive && schedule.next_step(key).is_some_and(|at| at <= now)
}

/// A key to be revoked, and what signs instead if it was the active one.
#[derive(Debug, Clone)]
pub struct RevokeSigningKey {
    /// The `kid`.
    pub id: SigningKeyId,
    /// A key for the same algorithm.
    pub replacement: NewSigningKey,
}

/// Revokes a key: all its tokens are dead (J13). If it signed, the replacement signs from this change on and is returned.
///
/// # Errors
/// `missing_permission`, `not_found`, `signing_key_out_of_use`, `wrong_replacement`.
pub fn revoke(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: RevokeSigningKey,
) -> Result<Option<SigningKeyId>, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    let RevokeSigningKey { id, replacement } = input;
    let key = find(change, id)?;
    if matches!(key.state, SigningKeyState::Revoked) {
        return Err(Error::SigningKeyOutOfUse(key.state));
    }
    if replacement.algorithm != key.algorithm {
        return Err(Error::WrongReplacement { wanted: key.algorithm, given: replacement.algorithm });
    }
    store::signing_keys::set_state(change, id, key.state, SigningKeyState::Revoked)?;
    let signed = key.state == SigningKeyState::Active;
    let successor = signed.then(|| replacement.insert(change, SigningKeyState::Active)).transpose()?;
    let detail = json!({ "algorithm": key.algorithm, "state": { "from": key.state, "to": SigningKeyState::Revoked }, "replacement": successor });
    audit::write(change, authority, "signing_key.revoke", id, None, detail)?;
    Ok(successor)
}

/// The key with this `kid`.
///
/// # Errors
/// `not_found`.
pub fn find(tx: &mut impl Reads, id: SigningKeyId) -> Result<SigningKeyFacts, Error> {
    let found = list(tx)?.into_iter().find(|key| key.id == id);
    found.ok_or_else(|| Error::NotFound { what: "signing key", given: id.to_string() })
}

fn of_algorithm(tx: &mut impl Reads, algorithm: SigningAlgorithm) -> Result<Vec<SigningKeyFacts>, Error> {
    Ok(list(tx)?.into_iter().filter(|key| key.algorithm == algorithm).collect())
}

fn in_state(keys: &[SigningKeyFacts], state: SigningKeyState) -> Option<&SigningKeyFacts> {
    keys.iter().find(|key| key.state == state)
}

/// The predecessor steps down first: there is never more than one active key for an algorithm.
fn promote(change: &mut Change<'_>, same: &[SigningKeyFacts], pending: &SigningKeyFacts) -> Result<(), Error> {
    demote_active(change, same)?;
    store::signing_keys::set_state(change, pending.id, SigningKeyState::Pending, SigningKeyState::Active)?;
    Ok(())
}

fn demote_active(change: &mut Change<'_>, same: &[SigningKeyFacts]) -> Result<(), Error> {
    if let Some(active) = in_state(same, SigningKeyState::Active) {
        store::signing_keys::set_state(change, active.id, SigningKeyState::Active, SigningKeyState::Passive)?;
    }
    Ok(())
}
