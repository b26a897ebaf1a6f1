//! Sealing: every committed event once, in one chain, by whichever node, without keeping anybody waiting.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use diesel::{RunQueryDsl as _, connection::SimpleConnection as _, sql_query};
use keystead::{
    jobs::audit_sealing,
    manage::audit_chain::{Problem, verify},
    store::audit_chain::{self, Backlog, ChainError},
};

use crate::{
    catalogue,
    chained_site::{Past, count_a_denial, end, seal, sealed_site, verified},
    forger::take_power,
    sql::count,
    support::{backend::Backend, site::TestSite},
};

const LONG_ENOUGH: Duration = Duration::from_mins(2);

fn backlog(site: &TestSite) -> Backlog {
    site.store.snapshot(|tx| audit_chain::backlog(tx)).expect("it answers")
}

crate::on_both! {
    // Covers: KM-16, K12
    #[test]
    fn committed_events_are_sealed_in_order_and_those_that_are_counted_on_after_their_minute(backend) {
        let site = TestSite::new(backend);
        let made = backlog(&site);
        assert!(made.events > 0 && made.oldest.is_some());
        assert_eq!((verified(&site, &[]).is_whole(), verified(&site, &[]).open), (true, made), "nothing is sealed yet");
        count_a_denial(&site, 3);
        assert_eq!(i64::try_from(seal(&site)), Ok(made.events));
        assert_eq!((backlog(&site).events, end(&site).position), (1, made.events));
        site.clock.advance(LONG_ENOUGH);
        assert_eq!((seal(&site), seal(&site)), (1, 0));
        assert_eq!(backlog(&site), Backlog::default());
        let disordered = "audit_events AS a JOIN audit_events AS b ON b.position = a.position + 1 AND (b.at, b.id) < (a.at, a.id)";
        assert_eq!(count(&site.database, disordered), 0);
        assert_eq!(verified(&site, &[end(&site)]).passed, [end(&site)]);
    }

    // Covers: KM-16, K12
    #[test]
    fn nodes_that_seal_at_the_same_time_make_one_chain(backend) {
        let site = TestSite::new(backend);
        let nodes: Vec<_> = (0..3).map(|_| site.database.open(&site.clock)).collect();
        let changing = AtomicI64::new(2);
        std::thread::scope(|threads| {
            for name in ["jo", "mo"] {
                let (site, changing) = (&site, &changing);
                threads.spawn(move || {
                    for number in 0..40 {
                        site.user(&format!("{name}.{number}"));
                    }
                    changing.fetch_sub(1, Ordering::SeqCst);
                });
            }
            for node in &nodes {
                let (site, changing) = (&site, &changing);
                threads.spawn(move || {
                    while changing.load(Ordering::SeqCst) > 0 {
                        audit_sealing::run_once(node, &site.deps.master).expect("it is whole");
                    }
                });
            }
        });
        seal(&site);
        let found = verified(&site, &[]);
        assert_eq!((found.problems, found.open), (Vec::new(), Backlog::default()));
        assert_eq!(u64::try_from(count(&site.database, "audit_events")), Ok(found.events));
        assert_eq!((count(&site.database, "audit_head"), count(&site.database, "audit_keys")), (1, 1));
    }

    // Covers: K12, KM-16
    #[test]
    fn an_event_that_is_counted_on_while_it_is_sealed_is_sealed_with_what_was_counted(backend) {
        let site = sealed_site(backend, 1);
        count_a_denial(&site, 1);
        site.clock.advance(LONG_ENOUGH);
        let counted = AtomicI64::new(1);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                let mut node = Past::new(&site);
                let more = "UPDATE audit_events SET count = count + 1, last_at = last_at + 1 \
                            WHERE action = 'client.refuse' AND position IS NULL";
                while sql_query(more).execute(&mut node.0).expect("nobody keeps it waiting for long") == 1 {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            });
            threads.spawn(|| {
                while counted.load(Ordering::SeqCst) < 20 {
                    std::thread::yield_now();
                }
                while backlog(&site).events > 0 {
                    seal(&site);
                }
            });
        });
        assert!(verified(&site, &[]).is_whole());
        let last = format!("audit_events WHERE position = {} AND count = {}", end(&site).position, counted.into_inner());
        assert_eq!(count(&site.database, &last), 1);
    }

    // Covers: K12
    #[test]
    fn a_head_that_was_forged_or_removed_is_not_moved(backend) {
        let site = sealed_site(backend, 1);
        site.user("mo");
        let head = "audit_head WHERE position > kept_after";
        for (forgery, expected) in [("UPDATE audit_head SET sealed_at = sealed_at + 1", 1), ("DELETE FROM audit_head", 0)] {
            Past::new(&site).0.batch_execute(forgery).expect("it is written");
            let refused = audit_sealing::run_once(&site.store, &site.deps.master);
            assert!(matches!(refused, Err(ChainError::HeadForged | ChainError::HeadGone)), "{refused:?}");
            assert_eq!((count(&site.database, head), backlog(&site).events), (expected, 1));
            assert!(!verified(&site, &[]).is_whole());
        }
    }

    // Covers: K12
    #[test]
    fn an_older_state_of_the_whole_chain_is_found_by_a_checkpoint_alone(backend) {
        let site = sealed_site(backend, 2);
        let mut past = Past::new(&site);
        let old = end(&site);
        past.0.batch_execute("CREATE TABLE old_head AS SELECT * FROM audit_head").expect("a copy");
        site.user("mo");
        seal(&site);
        let young = end(&site);
        assert_eq!(verified(&site, &[old, young]).passed, [old, young]);
        let other = keystead::domain::audit_chain::Checkpoint { seal: old.seal, ..young };
        assert_eq!(verified(&site, &[other]).problems, [Problem::OffCheckpoint(other)]);

        take_power(&mut past);
        let roll_back = format!(
            "DELETE FROM audit_events WHERE position > {}; DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM old_head; \
             DELETE FROM audit_mentions WHERE event_id NOT IN (SELECT id FROM audit_events)",
            old.position
        );
        past.0.batch_execute(&roll_back).expect("it is written");
        assert_eq!(verified(&site, &[old]).problems, [], "the chain alone does not tell");
        assert_eq!(verified(&site, &[young]).problems, [Problem::BeforeCheckpoint(young)]);
        // Nor does it when it has grown again: the events are others.
        site.user("lo");
        seal(&site);
        assert_eq!(verified(&site, &[old, young]).problems, [Problem::OffCheckpoint(young)]);
    }

    // Covers: K12
    #[test]
    fn the_seal_covers_every_column(backend) {
        let site = sealed_site(backend, 2);
        let mut past = Past::new(&site);
        let columns = catalogue::read(&mut past.0);
        take_power(&mut past);
        let mut edited = 0;
        for column in columns.iter().filter_map(|line| line.strip_prefix("column audit_events ")) {
            let words: Vec<&str> = column.split(' ').collect();
            let (name, kind) = (words[1], words[2]);
            let value = match (kind, backend) {
                ("Text", _) => format!("coalesce({name}, '') || 'x'"),
                ("BigInt", _) => format!("coalesce({name}, 0) + 1"),
                ("IdSql", _) => "'00000000000000000000000000000001'".to_owned(),
                ("Binary", _) => r"'\x01'".to_owned(),
                ("Blob", _) if name == "seal" => format!("X'{}'", "01".repeat(32)),
                _ => format!("X'{}'", "01".repeat(16)),
            };
            past.0.batch_execute(&format!("BEGIN; UPDATE audit_events SET {name} = {value} WHERE position = 3")).expect(name);
            let found = verify(&mut past, &site.deps.master, &[]).expect("it answers");
            assert!(!found.is_whole(), "{name}");
            past.0.batch_execute("ROLLBACK").expect("it is undone");
            edited += 1;
        }
        assert!(edited >= 20, "{columns:?}");
    }
}

// Covers: K12
#[test]
fn on_postgres_no_change_waits_for_a_sealer_that_is_frozen_and_none_of_the_other_sealers_does() {
    let site = sealed_site(Backend::Postgres, 1);
    site.user("mo");
    let mut frozen = Past::new(&site);
    frozen
        .0
        .batch_execute("BEGIN; SELECT 1 FROM audit_head FOR UPDATE; SELECT 1 FROM audit_events FOR UPDATE")
        .expect("locks");
    // Whoever waited would fail after three seconds.
    for number in 0..5 {
        site.user(&format!("jo.{number}"));
        assert_eq!(seal(&site), 0);
    }
    assert_eq!(backlog(&site).events, 6);
    frozen.0.batch_execute("ROLLBACK").expect("it goes on");
    assert_eq!(seal(&site), 6);
    assert!(verified(&site, &[]).is_whole());
}
