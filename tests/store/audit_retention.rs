//! Events that are too old go from the beginning of the chain, and what stays is a chain.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use keystead::{
    domain::audit_chain::Checkpoint,
    jobs::audit_retention::{self, Shortened},
    manage::audit_chain::Problem,
    store::audit_chain::ChainError,
};

use crate::{
    chained_site::{Past, end, seal, sealed_site, verified},
    forger::take_power,
    sql::count,
    support::site::TestSite,
};

const DAY: Duration = Duration::from_hours(24);

fn shorten(site: &TestSite) -> Result<Shortened, ChainError> {
    audit_retention::run_once(&site.store, &site.deps.master, 30 * DAY)
}

/// A site with old events and young ones, and the last of the old.
fn site_with_a_past(backend: crate::support::backend::Backend) -> (TestSite, Checkpoint) {
    let site = sealed_site(backend, 3);
    let old = end(&site);
    site.clock.advance(31 * DAY);
    site.key("viewer", &[0]);
    site.user("mo");
    seal(&site);
    (site, old)
}

crate::on_both! {
    // Covers: K12
    #[test]
    fn old_events_go_and_the_rest_is_still_checked(backend) {
        let (site, old) = site_with_a_past(backend);
        let (before, last) = (verified(&site, &[]), end(&site));
        let gone = shorten(&site).expect("the chain is whole");
        assert_eq!((i64::try_from(gone.events), gone.more), (Ok(old.position), false));
        let first = Checkpoint { position: 1, ..old };
        let after = verified(&site, &[first, old, last]);
        assert_eq!((after.problems.as_slice(), after.kept_after, after.last), ([].as_slice(), old, last));
        assert_eq!(after.events, before.events - u64::try_from(old.position).expect("a count"));
        assert_eq!((after.passed, after.too_old), (vec![old, last], vec![first]));
        assert_eq!(count(&site.database, "audit_mentions WHERE event_id NOT IN (SELECT id FROM audit_events)"), 0);
        assert_eq!(shorten(&site).expect("it is whole"), Shortened::default(), "the rest is young");

        let mut past = Past::new(&site);
        take_power(&mut past);
        past.0.batch_execute(&format!("DELETE FROM audit_events WHERE position = {}", old.position + 1)).expect("it goes");
        let missing = Problem::Missing { from: old.position + 1, to: old.position + 1 };
        assert!(verified(&site, &[]).problems.contains(&missing));
    }

    // Covers: K12
    #[test]
    fn all_events_can_go_and_the_chain_goes_on(backend) {
        let (site, _) = site_with_a_past(backend);
        let last = end(&site);
        site.clock.advance(31 * DAY);
        shorten(&site).expect("the chain is whole");
        let empty = verified(&site, &[last]);
        assert_eq!((empty.is_whole(), empty.events, empty.last), (true, 0, last));
        site.user("lo");
        assert_eq!(seal(&site), 1);
        assert_eq!((verified(&site, &[last]).is_whole(), end(&site).position), (true, last.position + 1));
    }

    // Covers: K12
    #[test]
    fn young_events_that_were_made_to_look_old_stay(backend) {
        let (site, old) = site_with_a_past(backend);
        shorten(&site).expect("the chain is whole");
        let before = count(&site.database, "audit_events");
        let mut past = Past::new(&site);
        take_power(&mut past);
        past.0.batch_execute("UPDATE audit_events SET at = 0").expect("it is written");
        let refused = shorten(&site);
        assert!(matches!(refused, Err(ChainError::Broken(position)) if position == old.position + 1), "{refused:?}");
        assert_eq!(count(&site.database, "audit_events"), before);
    }
}
