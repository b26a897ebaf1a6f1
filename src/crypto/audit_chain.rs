//! Seals of audit events, and the code that only a holder of the master key can give to the head of their chain (K12).
//!
//! What is hashed depends on neither database nor driver:
//!
//! ```text
//! "keystead audit event v1" | previous seal (32) | position (8) | for each column that is not null: name, value
//! ```
//!
//! Names and values are preceded by their length in 8 bytes, numbers have 8 bytes, ids 16, the highest first. A column that is
//! null is left out, so one that a later release adds alters no seal from before it.

use aws_lc_rs::{digest, hmac};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    random::{OsRandom, RandomUnavailable},
    sealed::{MasterKey, SealError, audit_key_context},
};
use crate::domain::{
    audit_chain::{ChainHead, ChainedEvent, Checkpoint, Seal},
    ids::{AuditKeyId, Id as _},
    time::Timestamp,
};

const EVENT: &[u8] = b"keystead audit event v1";
const HEAD: &[u8] = b"keystead audit head v1";
/// More than most events need.
const USUAL_LENGTH: usize = 1_024;

/// The point of the chain that the event reaches when it follows `previous`.
#[must_use]
pub fn follow(previous: Checkpoint, event: &ChainedEvent) -> Checkpoint {
    let position = previous.position.saturating_add(1);
    let mut text = Text(Vec::with_capacity(USUAL_LENGTH));
    text.0.extend_from_slice(EVENT);
    text.0.extend_from_slice(previous.seal.as_bytes());
    text.0.extend_from_slice(&position.to_be_bytes());
    text.columns(event);
    let digest = digest::digest(&digest::SHA256, &text.0);
    Checkpoint { position, seal: Seal::from_bytes(bytes_of(digest.as_ref())) }
}

struct Text(Vec<u8>);

impl Text {
    fn columns(&mut self, event: &ChainedEvent) {
        // Named one by one, so that a column which is added is not forgotten here.
        let ChainedEvent {
            id,
            seq,
            at,
            actor_kind,
            actor_id,
            address,
            action,
            target,
            space_id,
            detail,
            user_id,
            pair,
            grant_id,
            session_id,
            workspace,
            about,
            count,
            last_at,
        } = event;
        self.id("id", Some(id.as_uuid()));
        self.number("seq", Some(seq.get()));
        self.number("at", Some(at.as_micros()));
        self.text("actor_kind", Some(actor_kind));
        self.id("actor_id", *actor_id);
        self.text("address", address.as_deref());
        self.text("action", Some(action));
        self.text("target", Some(target));
        self.id("space_id", *space_id);
        self.text("detail", Some(detail));
        self.id("user_id", *user_id);
        self.text("pair", pair.as_deref());
        self.id("grant_id", *grant_id);
        self.id("session_id", *session_id);
        self.number("workspace", *workspace);
        self.text("about", Some(about));
        self.number("count", Some(*count));
        self.number("last_at", last_at.map(Timestamp::as_micros));
    }

    fn id(&mut self, name: &str, value: Option<Uuid>) {
        self.column(name, value.as_ref().map(|id| id.as_bytes().as_slice()));
    }

    fn number(&mut self, name: &str, value: Option<i64>) {
        self.column(name, value.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        self.column(name, value.map(str::as_bytes));
    }

    fn column(&mut self, name: &str, value: Option<&[u8]>) {
        if let Some(value) = value {
            self.part(name.as_bytes());
            self.part(value);
        }
    }

    fn part(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.extend_from_slice(bytes);
    }
}

/// The key that authenticates the head of the chain. It lies in the database, sealed under the master key: who can write to
/// the database alone cannot move the head.
pub struct AuditKey {
    id: AuditKeyId,
    bytes: Zeroizing<[u8; 32]>,
    key: hmac::Key,
}

impl AuditKey {
    /// A new random key.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn generate(id: AuditKeyId) -> Result<Self, RandomUnavailable> {
        Ok(Self::from_bytes(id, Zeroizing::new(OsRandom::bytes()?)))
    }

    fn from_bytes(id: AuditKeyId, bytes: Zeroizing<[u8; 32]>) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice());
        Self { id, bytes, key }
    }

    /// Identifier.
    #[must_use]
    pub const fn id(&self) -> AuditKeyId {
        self.id
    }

    /// The key as it may be stored.
    ///
    /// # Errors
    /// As [`MasterKey::seal`].
    pub fn seal(&self, master: &MasterKey) -> Result<Vec<u8>, SealError> {
        master.seal(&audit_key_context(self.id), self.bytes.as_slice())
    }

    /// The key that was stored under this id.
    ///
    /// # Errors
    /// As [`MasterKey::open`].
    pub fn open(id: AuditKeyId, sealed: &[u8], master: &MasterKey) -> Result<Self, SealError> {
        let plain = master.open(&audit_key_context(id), sealed)?;
        let bytes = plain.as_slice().try_into().map_err(|_| SealError::Altered)?;
        Ok(Self::from_bytes(id, Zeroizing::new(bytes)))
    }

    /// The code of this head.
    #[must_use]
    pub fn authenticate(&self, head: &ChainHead) -> [u8; 32] {
        bytes_of(hmac::sign(&self.key, &head_text(head)).as_ref())
    }

    /// Whether this key made the code of this head, in constant time.
    #[must_use]
    pub fn has_authenticated(&self, head: &ChainHead, code: &[u8]) -> bool {
        head.key == self.id && hmac::verify(&self.key, &head_text(head), code).is_ok()
    }
}

/// Every part has a fixed length.
fn head_text(head: &ChainHead) -> Vec<u8> {
    let ChainHead { key, last, kept_after, sealed_at } = head;
    let mut text = HEAD.to_vec();
    text.extend_from_slice(key.as_uuid().as_bytes());
    for point in [last, kept_after] {
        text.extend_from_slice(&point.position.to_be_bytes());
        text.extend_from_slice(point.seal.as_bytes());
    }
    text.extend_from_slice(&sealed_at.as_micros().to_be_bytes());
    text
}

fn bytes_of(made: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (target, byte) in bytes.iter_mut().zip(made) {
        *target = *byte;
    }
    bytes
}

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "AuditKey({})", self.id)
    }
}
