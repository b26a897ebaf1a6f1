//! Reads of the head: what a node that knows the log up to some change learns in one look.

use std::time::Duration;

use keystead::{
    config::DatabaseUrl,
    domain::{
        change::{Subject, SubjectKind},
        ids::{Id as _, SpaceId, TokenId},
        sequence::Seq,
        time::Timestamp,
    },
    store::{
        Error, Store,
        change_log::{self, HeadReader, MOST_CHANGES_AT_ONCE},
        clock::Clock,
        revoked_tokens::{self, RevokedToken},
    },
};

use crate::{
    sql,
    support::{
        backend::{Backend, TestDatabase},
        postgres::Cluster,
    },
    world::{change, snapshot},
};

fn touch(store: &Store) -> Result<SpaceId, Error> {
    change(store, |change| {
        let space = change.new_id();
        change.touch(Subject::Space(space)).map(|()| space)
    })
}

/// Rows 1 to `last` of the change log, as if so many changes had been made.
fn fill(database: &TestDatabase, last: i64) {
    let rows = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ";
    let select = "SELECT n, n, kind, subject, mark, at FROM numbers CROSS JOIN changes WHERE seq = 0";
    sql::execute(
        database,
        &format!("INSERT INTO changes (position, seq, kind, subject, mark, at) {rows}{last}) {select}"),
    );
    sql::execute(database, &format!("UPDATE change_head SET seq = {last}"));
}

crate::on_both! {
    // Covers: I9
    #[test]
    fn a_read_brings_the_known_change_and_all_later_ones_in_order(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let spaces: Vec<SpaceId> = (0..4).map(|_| touch(&store).expect("it commits")).collect();
        let mut reader = HeadReader::new(store.clone());
        let read = reader.read(Seq::new(2)).expect("it answers");
        let rows: Vec<_> = read.changes.iter().map(|row| (row.seq.get(), row.kind, row.subject)).collect();
        let expected = |seq: i64, space: SpaceId| (seq, SubjectKind::Space, space.as_uuid());
        assert_eq!(rows, [expected(2, spaces[1]), expected(3, spaces[2]), expected(4, spaces[3])]);
        assert_eq!((read.head, read.revoked), (Seq::new(4), Vec::new()));
        touch(&store).expect("it commits");
        let again = reader.read(Seq::new(4)).expect("it answers");
        assert_eq!(again.changes.iter().map(|row| row.seq.get()).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(again.changes[0].mark, read.changes[2].mark, "a known change keeps its mark");
    }

    // Covers: I9, I11
    #[test]
    fn a_read_brings_revoked_tokens_with_the_time_until_which_to_remember_them(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let expires_at = Timestamp::from_micros(7_000_000_000_000_001);
        let [early, late]: [TokenId; 2] = [(), ()].map(|()| {
            let revoked = change(&store, |change| {
                let id = change.new_id();
                revoked_tokens::insert(change, RevokedToken { id, expires_at }).map(|_| id)
            });
            revoked.expect("it commits")
        });
        let mut reader = HeadReader::new(store);
        let mut both = reader.read(Seq::ZERO).expect("it answers").revoked;
        both.sort_by_key(|token| token.id);
        // Ids of one millisecond come in any order.
        let mut expected = [early, late].map(|id| RevokedToken { id, expires_at });
        expected.sort_by_key(|token| token.id);
        assert_eq!(both, expected);
        assert_eq!(reader.read(Seq::new(1)).expect("it answers").revoked, [RevokedToken { id: late, expires_at }]);
    }

    // Covers: I9
    #[test]
    fn a_history_that_was_replaced_shows_in_the_known_change(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        touch(&store).expect("it commits");
        touch(&store).expect("it commits");
        let mut reader = HeadReader::new(store);
        assert!(reader.read(Seq::new(3)).expect("it answers").changes.is_empty(), "no such change was made");
        sql::execute(&database, "DELETE FROM changes WHERE seq = 1");
        let rows = reader.read(Seq::new(1)).expect("it answers").changes;
        assert_eq!(rows.iter().map(|row| row.seq.get()).collect::<Vec<_>>(), [2]);
    }

    // Covers: I9
    #[test]
    fn a_node_that_is_far_behind_learns_the_head_and_not_every_change(backend) {
        let database = TestDatabase::migrated(backend);
        let last = MOST_CHANGES_AT_ONCE + 50;
        fill(&database, last);
        let mut reader = HeadReader::new(database.open(&Clock::default()));
        let far = reader.read(Seq::ZERO).expect("it answers");
        assert_eq!(far.head, Seq::new(last));
        assert_eq!(far.changes.last().map(|row| row.seq), Some(Seq::new(MOST_CHANGES_AT_ONCE)));
        let near = reader.read(Seq::new(50)).expect("it answers");
        assert_eq!(near.changes.last().map(|row| row.seq), Some(near.head));
    }

    // Covers: G11
    #[test]
    fn a_read_brings_the_clock_of_the_database(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        let mut reader = HeadReader::new(store.clone());
        let first = reader.read(Seq::ZERO).expect("it answers").now;
        let of_a_change = change(&store, |change| Ok(change.now())).expect("it answers");
        assert!(first > Timestamp::from_seconds(1_700_000_000) && first <= of_a_change, "{first} {of_a_change}");
        clock.advance(Duration::from_hours(1));
        let later = reader.read(Seq::ZERO).expect("it answers").now;
        assert!(later >= first.plus(Duration::from_hours(1)), "{first} {later}");
    }

    // Covers: I9
    #[test]
    fn old_changes_go_and_the_last_ones_stay(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        for _ in 0..5 {
            touch(&store).expect("it commits");
        }
        let delete = |kept| {
            store.upkeep(|upkeep| {
                let now = upkeep.now().plus(Duration::from_secs(1));
                change_log::delete_old(upkeep, now, kept)
            })
        };
        assert_eq!(delete(3).expect("it commits"), 3);
        assert_eq!(sql::count(&database, "changes WHERE seq > 2"), 3);
        assert_eq!(delete(3).expect("it commits"), 0);
    }

    // Covers: I9
    #[test]
    fn the_last_change_stays_whole_however_few_are_kept(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let of_two_rows = change(&store, |change| {
            change.touch(Subject::Site)?;
            change.touch(Subject::KeyRing)
        });
        of_two_rows.expect("it commits");
        for kept in [1, 0] {
            let deleted = store.upkeep(|upkeep| {
                let now = upkeep.now().plus(Duration::from_secs(1));
                change_log::delete_old(upkeep, now, kept)
            });
            deleted.expect("it commits");
            assert_eq!(sql::count(&database, "changes WHERE seq = 1"), 2);
            assert_eq!(snapshot(&store, |tx| Ok(tx.stamp().seq)), Seq::new(1));
        }
    }
}

// Covers: G4
#[test]
fn a_restart_of_postgres_costs_the_head_no_read_and_nothing_that_was_confirmed() {
    let cluster = Cluster::start();
    let folder = crate::support::canary::TestFolder::new();
    let database = TestDatabase { url: DatabaseUrl::Postgres(cluster.database().url), folder };
    let store = database.open(&Clock::default());
    store.migrate().expect("it migrates");
    let mut reader = HeadReader::new(store.clone());
    touch(&store).expect("it commits");
    let before = reader.read(Seq::ZERO).expect("it answers");
    cluster.restart();
    let after = reader.read(Seq::ZERO).expect("it connects again");
    assert_eq!((after.head, after.changes), (before.head, before.changes));
    cluster.crash();
    assert!(matches!(reader.read(Seq::ZERO), Err(Error::Unavailable(_))));
    assert!(matches!(reader.read(Seq::ZERO), Err(Error::Unavailable(_))), "nobody answers yet");
    cluster.start_again();
    assert_eq!(reader.read(Seq::ZERO).expect("it connects again").head, Seq::new(1));
}

// Covers: G4
#[test]
fn changes_and_snapshots_go_on_after_a_restart_of_postgres() {
    let cluster = Cluster::start();
    let folder = crate::support::canary::TestFolder::new();
    let database = TestDatabase { url: DatabaseUrl::Postgres(cluster.database().url), folder };
    let store = database.open(&Clock::default());
    store.migrate().expect("it migrates");
    touch(&store).expect("it commits");
    cluster.restart();
    for _ in 0..11 {
        touch(&store).expect("it goes on");
        snapshot(&store, |tx| Ok(tx.stamp()));
    }
    assert_eq!(snapshot(&store, |tx| Ok(tx.stamp().seq)), Seq::new(12));
}

// Covers: I9
#[test]
fn a_reader_of_sqlite_waits_for_nobody_who_writes() {
    let database = TestDatabase::migrated(Backend::Sqlite);
    let store = database.open(&Clock::default());
    let mut reader = HeadReader::new(store.clone());
    change(&store, |change| {
        change.touch(Subject::Site)?;
        assert_eq!(reader.read(Seq::ZERO)?.head, Seq::ZERO, "nothing is committed yet");
        Ok(())
    })
    .expect("it commits");
    assert_eq!(reader.read(Seq::ZERO).expect("it answers").head, Seq::new(1));
}
