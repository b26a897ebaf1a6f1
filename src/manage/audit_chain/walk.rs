//! One walk along the chain, event by event. After something that does not fit it goes on from what stands there, so that one
//! edit is one finding.

use std::{collections::VecDeque, mem};

use super::{Verification, problem::Problem};
use crate::{
    crypto::audit_chain::follow,
    domain::audit_chain::{ChainHead, ChainedEvent, Checkpoint, Seal},
    store::audit_chain::{
        Backlog,
        reading::{Page, StoredEvent, StoredMention},
    },
};

/// Problems that are named; more are counted.
const NAMED: usize = 100;

/// Where the walk is, and what it has seen.
pub(super) struct Walk {
    last: Checkpoint,
    mentions: i64,
    /// Those still ahead, by position.
    checkpoints: VecDeque<Checkpoint>,
    seen: Verification,
}

impl Walk {
    /// Begins after the last event that was deleted for its age.
    pub(super) fn begin(kept_after: Checkpoint, checkpoints: &[Checkpoint]) -> Self {
        let mut checkpoints = checkpoints.to_vec();
        checkpoints.sort_by_key(|checkpoint| checkpoint.position);
        checkpoints.dedup();
        let at_hand = checkpoints.partition_point(|checkpoint| checkpoint.position < kept_after.position);
        let checkpoints_ahead = checkpoints.split_off(at_hand);
        let seen = Verification {
            events: 0,
            kept_after,
            last: kept_after,
            sealed_at: None,
            open: Backlog::default(),
            passed: Vec::new(),
            too_old: checkpoints,
            problems: Vec::new(),
            more_problems: 0,
        };
        let mut walk = Self { last: kept_after, mentions: 0, checkpoints: checkpoints_ahead.into(), seen };
        walk.compare_checkpoints();
        walk
    }

    pub(super) fn report(&mut self, problem: Problem) {
        if self.seen.problems.len() < NAMED {
            self.seen.problems.push(problem);
        } else {
            self.seen.more_problems += 1;
        }
    }

    pub(super) fn go_over(&mut self, mut page: Page) {
        for stored in mem::take(&mut page.events) {
            let mentions = page.mentions.remove(&stored.event.id).unwrap_or_default();
            self.check_mentions(&stored, mentions);
            self.step(&stored);
        }
        // Found by the join, and yet by no event of the page.
        self.mentions += i64::try_from(page.mentions.len()).unwrap_or(i64::MAX);
    }

    fn step(&mut self, stored: &StoredEvent) {
        let StoredEvent { position, seal, event } = stored;
        let (position, id) = (*position, event.id);
        self.seen.events += 1;
        let expected = self.last.position.saturating_add(1);
        if position < expected {
            return self.report(Problem::Surplus { position, event: id });
        }
        if position > expected {
            self.report(Problem::Missing { from: expected, to: position - 1 });
            self.last = Checkpoint { position, seal: seal.unwrap_or(Seal::NOTHING) };
        } else {
            let computed = follow(self.last, event);
            self.last = Checkpoint { position, seal: seal.unwrap_or(Seal::NOTHING) };
            if computed != self.last {
                self.report(Problem::Changed { position, event: id });
            }
        }
        self.compare_checkpoints();
    }

    fn check_mentions(&mut self, stored: &StoredEvent, mut found: Vec<StoredMention>) {
        let StoredEvent { position, event, .. } = stored;
        self.mentions += i64::try_from(found.len()).unwrap_or(i64::MAX);
        found.sort();
        let mut said: Vec<&str> = event.mentions().collect();
        said.sort_unstable();
        let fits = said.len() == found.len()
            && said.iter().zip(&found).all(|(said, (subject, at))| said == subject && *at == event.at);
        if !fits {
            let ChainedEvent { id, .. } = event;
            self.report(Problem::Mentions { position: *position, event: *id });
        }
    }

    /// Compares those at the place that was reached. Those that were skipped lie in a gap.
    fn compare_checkpoints(&mut self) {
        while let Some(checkpoint) = self.checkpoints.pop_front_if(|next| next.position <= self.last.position) {
            if checkpoint == self.last {
                self.seen.passed.push(checkpoint);
            } else {
                self.report(Problem::OffCheckpoint(checkpoint));
            }
        }
    }

    /// The walk has come to its end, which must be the one that the head names.
    pub(super) fn arrive(&mut self, head: Option<ChainHead>) {
        match head {
            Some(head) if head.last != self.last => self.report(Problem::End { head: head.last, last: self.last }),
            None if self.seen.events > 0 => self.report(Problem::HeadGone),
            _ => {}
        }
        for checkpoint in mem::take(&mut self.checkpoints) {
            self.report(Problem::BeforeCheckpoint(checkpoint));
        }
    }

    /// Of all mentions those of sealed events were met, and those of open ones are counted.
    pub(super) fn account_for_mentions(&mut self, all: i64, of_open: i64) {
        let stray = all - self.mentions - of_open;
        if stray != 0 {
            self.report(Problem::StrayMentions(stray));
        }
    }

    pub(super) fn account_for_torn(&mut self, torn: i64) {
        if torn != 0 {
            self.report(Problem::Torn(torn));
        }
    }

    pub(super) fn end(self, head: Option<ChainHead>, open: Backlog) -> Verification {
        Verification { last: self.last, sealed_at: head.map(|head| head.sealed_at), open, ..self.seen }
    }
}
