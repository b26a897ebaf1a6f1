//! Cursors of lists: the key of the last item, signed for the list it belongs to (K9). They work on every node, since
//! the peppers are shared, and nobody can make one or take one to another list.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::problem::Problem;
use crate::{
    crypto::keyed_hash::Peppers,
    domain::{
        audit_filter::EventKey,
        ids::{AuditEventId, Id},
        time::Timestamp,
        workspace::WorkspaceNumber,
    },
};

const PURPOSE: &str = "cursor";
const TAG_LENGTH: usize = 32;

/// What a list is ordered by.
pub trait CursorKey: Copy + Send + 'static {
    /// Its bytes.
    fn to_bytes(&self) -> Vec<u8>;

    /// The key with these bytes.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl<I: Id> CursorKey for I {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_uuid().as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self::from_uuid)
    }
}

impl CursorKey for WorkspaceNumber {
    fn to_bytes(&self) -> Vec<u8> {
        self.get().to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(i64::from_be_bytes).and_then(Self::new)
    }
}

impl CursorKey for EventKey {
    fn to_bytes(&self) -> Vec<u8> {
        [self.at.as_micros().to_be_bytes().as_slice(), self.id.as_uuid().as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_first_chunk()?;
        let (at, id) = (Timestamp::from_micros(i64::from_be_bytes(*at)), Uuid::from_slice(id).ok()?);
        Some(Self { at, id: AuditEventId::from_uuid(id) })
    }
}

pub(super) fn make(peppers: &Peppers, list: &[&[u8]], key: &impl CursorKey) -> String {
    let mut bytes = key.to_bytes();
    let tag = peppers.tag(PURPOSE, &parts(list, &bytes));
    bytes.extend_from_slice(&tag);
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn open<K: CursorKey>(peppers: &Peppers, list: &[&[u8]], cursor: &str) -> Result<K, Problem> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (key, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_LENGTH)?)?;
        let genuine = peppers.has_tagged(PURPOSE, &parts(list, key), tag);
        genuine.then(|| K::from_bytes(key)).flatten()
    };
    read().ok_or_else(Problem::invalid_cursor)
}

fn parts<'a>(list: &[&'a [u8]], key: &'a [u8]) -> Vec<&'a [u8]> {
    list.iter().copied().chain([key]).collect()
}
