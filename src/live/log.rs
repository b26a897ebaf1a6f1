//! What has been applied of the change log: the number and mark of the last change, the last change of every subject, the
//! revoked tokens, and the latest time seen.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::atomic::{AtomicI64, Ordering},
};

use parking_lot::Mutex;
use uuid::Uuid;

use super::revoked_tokens::RevokedTokens;
use crate::{
    domain::{
        change::{Subject, SubjectKind},
        ids::TokenId,
        sequence::{Mark, Seq},
        time::Timestamp,
    },
    store::{Error, Store, change_log::HeadRead, revoked_tokens},
};

/// Subjects share this many places. Two that share one cost a needless load, never a stale answer.
const SLOTS: u64 = 65_536;

/// The state that a decision is made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Which history: it grows when history is replaced.
    pub(super) epoch: u64,
    /// H: the number of the last change.
    pub seq: Seq,
    /// Mark of that change.
    pub(super) mark: Mark,
    /// The latest of the database's times seen so far.
    pub now: Timestamp,
}

/// The place of a subject in the table of last changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(usize);

/// What has been applied.
pub(super) struct Log {
    last_change: Box<[AtomicI64]>,
    hasher: RandomState,
    present: Mutex<Moment>,
    revoked: RevokedTokens,
}

/// What became of a read of the head.
pub(super) enum Applied {
    /// It was applied; the present is this.
    Present(Moment),
    /// Somebody else replaced everything meanwhile: read again.
    ReadAgain,
    /// History was replaced, or too much is missing: load anew.
    LoadAnew,
}

impl Log {
    /// Loads the present from the database.
    pub(super) fn load(store: &Store) -> Result<Self, Error> {
        let log = Self {
            last_change: (0..SLOTS).map(|_| AtomicI64::new(0)).collect(),
            hasher: RandomState::new(),
            present: Mutex::new(Moment {
                epoch: 0,
                seq: Seq::ZERO,
                mark: Mark([0; 16]),
                now: Timestamp::from_micros(0),
            }),
            revoked: RevokedTokens::default(),
        };
        log.load_anew(store, log.present())?;
        Ok(log)
    }

    /// The state applied last, without asking the database.
    pub(super) fn present(&self) -> Moment {
        *self.present.lock()
    }

    /// Starts a new epoch from what the database says now, unless somebody did since `seen`. Tokens known to be revoked stay
    /// so: a restored database does not revive them.
    pub(super) fn load_anew(&self, store: &Store, seen: Moment) -> Result<Moment, Error> {
        let (stamp, revoked) = store.snapshot(|tx| Ok::<_, Error>((tx.stamp(), revoked_tokens::all(tx)?)))?;
        let now = store.now()?;
        let mut present = self.present.lock();
        if present.epoch == seen.epoch {
            self.revoked.extend(revoked);
            for last in &self.last_change {
                last.store(0, Ordering::Release);
            }
            let now = present.now.max(now);
            *present = Moment { epoch: seen.epoch + 1, seq: stamp.seq, mark: stamp.mark, now };
            tracing::info!(seq = stamp.seq.get(), "loaded the present state of the site");
        }
        Ok(*present)
    }

    /// Applies a read that was asked for when the present was `asked`.
    pub(super) fn apply(&self, read: HeadRead, asked: Moment) -> Applied {
        let continues = read.changes.first().is_some_and(|first| first.seq == asked.seq && first.mark == asked.mark);
        let mut present = self.present.lock();
        if present.epoch != asked.epoch {
            return Applied::ReadAgain;
        }
        if !continues || !read.complete {
            return Applied::LoadAnew;
        }
        self.revoked.extend(read.revoked);
        for change in read.changes.iter().skip(1) {
            let slot = self.slot_of(change.kind, change.subject);
            if let Some(last) = self.last_change.get(slot.0) {
                last.fetch_max(change.seq.get(), Ordering::AcqRel);
            }
            if change.seq > present.seq {
                present.seq = change.seq;
                present.mark = change.mark;
            }
        }
        present.now = present.now.max(read.now);
        Applied::Present(*present)
    }

    /// The place of a subject.
    pub(super) fn slot(&self, subject: Subject) -> Slot {
        let (kind, id) = subject.parts();
        self.slot_of(kind, id)
    }

    fn slot_of(&self, kind: SubjectKind, subject: Uuid) -> Slot {
        let hash = usize::try_from(self.hasher.hash_one((kind, subject)) % SLOTS);
        Slot(hash.unwrap_or_default())
    }

    /// Number of the last change to whatever has this place.
    pub(super) fn last_change(&self, slot: Slot) -> Seq {
        self.last_change.get(slot.0).map_or(Seq::ZERO, |last| Seq::new(last.load(Ordering::Acquire)))
    }

    /// Whether the token was revoked by itself.
    pub(super) fn is_revoked(&self, token: TokenId, expires_at: Timestamp) -> bool {
        self.revoked.contains(token, expires_at)
    }

    pub(super) fn forget_expired(&self) {
        self.revoked.forget_expired(self.present().now);
    }
}
