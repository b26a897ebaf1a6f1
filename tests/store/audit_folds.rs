//! Rows that are folded: they grow until they are sealed, and say how far they came.

use keystead::{
    domain::{
        audit_event::{Actor, Credential},
        audit_fold::{Fold, Tally},
        happening::{GrantType, Happening},
        ids::{AuditEventId, Id},
        party::Party,
        sequence::Seq,
        time::Timestamp,
    },
    store::{
        audit_folds::{FoldRow, Kept, write},
        clock::Clock,
    },
};

use crate::{
    sql::{count, execute},
    support::backend::TestDatabase,
    world::{World, key_in, snapshot},
};

crate::on_both! {
    // Covers: L150
    #[test]
    fn a_row_grows_until_it_is_sealed_and_is_found_by_all_that_it_is_about(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let pair = key_in(&store, world.key).pairs[0].public_id;
        let party = Party {
            actor: Actor::ApiKey(world.key),
            credential: Credential::Pair(pair),
            authority: Some(world.home.user),
            space: Some(world.home.space),
        };
        let before = snapshot(&store, |tx| Ok(tx.stamp()));
        let at = Timestamp::from_seconds;
        let fold = Fold::of(Some(party), None, Happening::TokenIssue(GrantType::ClientCredentials), at(60));
        let row = |number: u128, is_known, count, last| FoldRow {
            id: AuditEventId::from_uuid(uuid::Uuid::from_u128(number)),
            is_known,
            fold,
            tally: Tally { first_at: at(60), last_at: at(last), seq: Seq::new(1), count },
        };
        let written = |rows: &[FoldRow]| write(&store, rows).expect("it is written");
        let holds = |sum: i64| count(&database, &format!("audit_events WHERE count = {sum}"));

        assert_eq!(written(&[row(1, false, 3, 61)]), [Kept::Whole]);
        assert_eq!(written(&[row(1, true, 5, 62), row(2, false, 1, 62)]), [Kept::Whole, Kept::Whole]);
        assert_eq!((holds(5), holds(1)), (1, 1));
        assert_eq!(written(&[row(1, false, 6, 63)]), [Kept::Whole], "it is there, though nobody said so");
        assert_eq!((holds(6), count(&database, "audit_events WHERE last_at = 63000000")), (1, 1));
        for subject in [world.key.to_string(), pair.to_string(), world.home.user.to_string()] {
            assert_eq!(count(&database, &format!("audit_mentions WHERE subject = '{subject}'")), 2, "{subject}");
        }

        execute(&database, "UPDATE audit_events SET position = 1 WHERE count = 6");
        assert_eq!(written(&[row(1, true, 9, 64), row(2, true, 4, 64)]), [Kept::Sealed(6), Kept::Whole]);
        assert_eq!((holds(6), holds(4), holds(9)), (1, 1, 0));
        assert_eq!(snapshot(&store, |tx| Ok(tx.stamp())), before, "it is no change");
    }
}
