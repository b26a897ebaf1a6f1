//! Who looks after the audit chain: what it leaves at its end, and what it does when the chain went back.

use std::sync::Arc;

use keystead::{
    config::CheckpointFile,
    domain::audit_chain::Checkpoint,
    jobs::{
        audit_checkpoints::{CheckpointError, Checkpoints},
        audit_keeper::{Keeper, KeeperContext},
        audit_sealing,
        counts::JobCounts,
    },
    manage::audit_chain::verify,
    store::audit_chain::{self, ChainError},
};

use crate::{on_both, support::site::TestSite};

fn keep(site: &TestSite, file: &CheckpointFile) {
    let context = KeeperContext {
        store: site.database.open(&site.clock),
        master: Arc::clone(&site.deps.master),
        retention: None,
        file: Some(file.clone()),
        counts: JobCounts::default(),
    };
    drop(Keeper::start(context).expect("a thread"));
}

fn end(site: &TestSite) -> Checkpoint {
    site.store.snapshot(|tx| audit_chain::find(tx)).expect("it answers").expect("a head").head.last
}

on_both! {
    // Covers: K12
    #[test]
    fn at_its_end_the_keeper_has_sealed_everything_and_remembers_it(backend) {
        let site = TestSite::new(backend);
        let file = CheckpointFile::of(site.database.folder.path());
        for login in ["jo", "mo"] {
            site.user(login);
            keep(&site, &file);
            assert_eq!(file.read().expect("it is readable"), Some(end(&site)));
            let found = site.store.snapshot(|tx| verify(tx, &site.deps.master, &[end(&site)])).expect("it answers");
            assert_eq!((found.problems.len(), found.open.events, found.passed.len()), (0, 0, 1));
        }
    }

    // Covers: K12
    #[test]
    fn a_checkpoint_that_the_chain_has_left_is_kept_and_reported(backend) {
        let site = TestSite::new(backend);
        let file = CheckpointFile::of(site.database.folder.path());
        keep(&site, &file);
        let ahead = Checkpoint { position: end(&site).position + 5, ..end(&site) };
        for left in [ahead, Checkpoint { position: 1, ..end(&site) }] {
            file.write(left).expect("it is written");
            let reported = Checkpoints::new(Some(file.clone())).remember(&site.store, &site.deps.master);
            assert!(matches!(reported, Err(CheckpointError::RolledBack(checkpoint, _)) if checkpoint == left), "{reported:?}");
            assert_eq!(file.read().expect("it is readable"), Some(left));
        }
    }

    // Covers: K12
    #[test]
    fn a_head_that_was_put_back_or_forged_moves_no_checkpoint_and_seals_nothing(backend) {
        let site = TestSite::new(backend);
        let file = CheckpointFile::of(site.database.folder.path());
        keep(&site, &file);
        site.database.execute("CREATE TABLE old_head AS SELECT * FROM audit_head");
        site.user("jo");
        keep(&site, &file);
        let reached = end(&site);
        let remember = || Checkpoints::new(Some(file.clone())).remember(&site.store, &site.deps.master);

        site.database.execute("DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM old_head");
        let reported = remember();
        assert!(matches!(reported, Err(CheckpointError::RolledBack(left, _)) if left == reached), "{reported:?}");
        site.user("mo");
        let sealed = audit_sealing::run_once(&site.store, &site.deps.master);
        assert!(matches!(sealed, Err(ChainError::HeadBehind)), "{sealed:?}");

        site.database.execute("UPDATE audit_head SET position = position + 5000, kept_after = position + 4000");
        let reported = remember();
        assert!(matches!(reported, Err(CheckpointError::Chain(ChainError::HeadForged))), "{reported:?}");
        site.database.execute("DELETE FROM audit_head");
        let reported = remember();
        assert!(matches!(reported, Err(CheckpointError::RolledBack(left, _)) if left == reached), "{reported:?}");
        assert_eq!(file.read().expect("it is readable"), Some(reached));
    }
}
