//! The rows of the audit log that this process still writes to: one for each fold, until its minute is over.

use std::{ops::AddAssign, time::Duration};

use rand::rngs::StdRng;

use crate::{
    crypto::random::{self, RandomUnavailable},
    domain::{
        audit_fold::{Fold, Tally},
        fold_map::FoldMap,
        ids::{AuditEventId, Id},
        time::Timestamp,
    },
    oauth::notes::{MOST_DENIALS, MOST_USES},
    store::{
        Error,
        audit_folds::{FoldRow, Kept},
    },
};

/// Rows that are written in one transaction: changes wait no longer than that takes.
const AT_ONCE: usize = 200;

/// How long a row is remembered after its minute, for requests that took long. A note that comes still later gets a row of
/// its own.
const LINGER: Duration = Duration::from_secs(5);

/// A row, and how much of it the database has confirmed.
#[derive(Debug)]
struct Row {
    id: Option<AuditEventId>,
    tally: Tally,
    confirmed: u64,
}

impl From<Tally> for Row {
    fn from(tally: Tally) -> Self {
        Self { id: None, tally, confirmed: 0 }
    }
}

impl AddAssign<Tally> for Row {
    fn add_assign(&mut self, more: Tally) {
        self.tally += more;
    }
}

impl Row {
    const fn is_due(&self) -> bool {
        self.confirmed < self.tally.count
    }

    fn settle(&mut self, kept: Kept) {
        match kept {
            Kept::Whole => self.confirmed = self.tally.count,
            // What the sealed row does not hold goes into a new one.
            Kept::Sealed(count) => {
                self.tally.count = self.tally.count.saturating_sub(count);
                (self.id, self.confirmed) = (None, 0);
            }
        }
    }
}

/// The rows of folds. They are bounded as what is noted in memory is, so a flood writes a bounded number in a minute.
pub struct AuditFolds {
    uses: FoldMap<Row>,
    denials: FoldMap<Row>,
    latest: Timestamp,
    random: StdRng,
}

impl AuditFolds {
    /// No rows yet.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn new() -> Result<Self, RandomUnavailable> {
        Ok(Self {
            uses: FoldMap::with_room_for(MOST_USES),
            denials: FoldMap::with_room_for(MOST_DENIALS),
            latest: Timestamp::from_micros(0),
            random: random::seeded()?,
        })
    }

    /// Adds what was noted to its row.
    pub fn add(&mut self, fold: Fold, tally: Tally) {
        self.latest = self.latest.max(tally.last_at);
        if fold.what().is_use() { &mut self.uses } else { &mut self.denials }.add(fold, tally);
    }

    /// Writes all rows that are new or have grown, and says how many those were. What cannot be written is kept for the next
    /// time; nothing is counted twice.
    ///
    /// # Errors
    /// Those of `record`.
    pub fn write(&mut self, mut record: impl FnMut(&[FoldRow]) -> Result<Vec<Kept>, Error>) -> Result<usize, Error> {
        self.uses.report_lost_detail("rows of uses");
        self.denials.report_lost_detail("rows of denials");
        let mut written = 0;
        loop {
            let due = self.uses.iter_mut().chain(self.denials.iter_mut()).filter(|(_, row)| row.is_due());
            let mut due: Vec<(&Fold, &mut Row)> = due.collect();
            if due.is_empty() {
                break;
            }
            for part in due.chunks_mut(AT_ONCE) {
                let rows: Vec<FoldRow> =
                    part.iter_mut().map(|(fold, row)| row_of(fold, row, &mut self.random)).collect();
                let kept = record(&rows)?;
                written += kept.len();
                part.iter_mut().zip(kept).for_each(|((_, row), kept)| row.settle(kept));
            }
        }
        let latest = self.latest;
        let keep = |fold: &Fold, _: &mut Row| fold.minute().end().plus(LINGER) > latest;
        self.uses.retain(keep);
        self.denials.retain(keep);
        Ok(written)
    }

    /// How many rows it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.uses.len() + self.denials.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn row_of(fold: &Fold, row: &mut Row, random: &mut StdRng) -> FoldRow {
    let id = *row.id.get_or_insert_with(|| AuditEventId::generate(row.tally.first_at, random));
    FoldRow { id, is_known: row.confirmed > 0, fold: *fold, tally: row.tally }
}
