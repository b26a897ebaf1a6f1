//! The inspector: what a token, a secret or an id is, whether it counts now, and why, for those who may know.
//!
//! Every answer comes from the conditions that introspection asks too, read from the rows of one transaction, so both say the
//! same. Nothing is kept of what is looked at, neither in the database nor in the log.

mod identifier;
mod secret;
mod sight;
mod token;
mod words;

use super::{deps::Deps, error::Error, find};
use crate::{
    crypto::{jwt::Rejected, key_ring::KeyRing, secret_text::SecretKind},
    domain::{
        authority::Authority,
        condition::Condition,
        explanation::{Explanation, Kind, ReadToken, Step},
        scope::RegisteredScope,
        sequence::Seq,
        site::Site,
        time::Timestamp,
    },
    live::records::open_ring,
    store::{self, transaction::Reads},
};

/// Reads an access token: the reader of introspection, which stands beside this layer.
pub type TokenReader = fn(&str, &str, &KeyRing, &[RegisteredScope], Timestamp) -> Result<ReadToken, Rejected>;

/// Longest text that is looked at, in bytes; longer ones are nothing of ours.
pub const LONGEST: usize = crate::crypto::jwt::MAX_TOKEN_BYTES;

/// Who asks, and what it takes to answer.
#[derive(Clone, Copy)]
pub struct Inspector<'a> {
    /// What use cases need.
    pub deps: &'a Deps,
    /// Who asks.
    pub authority: &'a Authority,
    /// The time for which it is answered.
    pub now: Timestamp,
    /// Reads tokens.
    pub read_token: TokenReader,
}

/// Explains a token, a secret or an id. What somebody else's is, and what is nobody's, are told apart by nothing.
///
/// # Errors
/// `not_found`.
pub fn explain(tx: &mut impl Reads, inspector: &Inspector<'_>, text: &str) -> Result<Explanation, Error> {
    let text = text.trim();
    let around = Around::read(tx, inspector)?;
    if let Some(kind) = SecretKind::claimed_by(text) {
        return secret::explain(tx, inspector, &around, kind, text);
    }
    match identifier::read(text) {
        Some(id) => identifier::explain(tx, inspector, &around, id),
        None => token::explain(tx, inspector, &around, text),
    }
}

/// What everything is decided at.
struct Around {
    issuer: String,
    site: Site,
    ring: KeyRing,
    head: Seq,
    now: Timestamp,
}

impl Around {
    fn read(tx: &mut impl Reads, inspector: &Inspector<'_>) -> Result<Self, Error> {
        Ok(Self {
            issuer: find::site(tx)?.issuer,
            site: store::site::find(tx)?.ok_or(Error::NotInitialized)?,
            ring: open_ring(tx, &inspector.deps.master)?,
            head: store::change_log::head(tx)?,
            now: inspector.now,
        })
    }

    /// An explanation without a step.
    const fn explanation(&self, kind: Kind) -> Explanation {
        Explanation { kind, now: self.now, head: self.head, token: None, about: Vec::new(), steps: Vec::new() }
    }
}

/// A step for a condition, about something that was made at `made_at` if it was made at a change.
fn step(condition: Condition, made_at: Option<Seq>) -> Step {
    Step::deciding(condition, words::says(&condition, made_at))
}

/// The answer to whoever may not know, and about what is not there.
fn nothing() -> Error {
    Error::NotFound { what: "token, secret or id", given: "of this text that you may see".to_owned() }
}
