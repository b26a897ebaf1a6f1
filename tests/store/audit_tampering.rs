//! Whatever is done to the audit log past Keystead is found.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection as _;
use keystead::{config::Environment, manage::audit_chain::verify};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{
    chained_site::{Past, end, sealed_site, verified},
    forger::{Forger, WAYS, take_power},
    support::backend::Backend,
};

const SEED: u64 = 20_261_127;

/// How many; `KEYSTEAD_TEST_TAMPERINGS` asks for another number.
fn tamperings(backend: Backend) -> u64 {
    let asked = Environment::from_process().get("KEYSTEAD_TEST_TAMPERINGS").and_then(|number| number.parse().ok());
    asked.unwrap_or(match backend {
        Backend::Sqlite => 1_000,
        Backend::Postgres => 250,
    })
}

crate::on_both! {
    // Covers: K12, KM-16
    #[test]
    fn a_thousand_tamperings_are_all_found(backend) {
        let site = sealed_site(backend, 60);
        let before = verified(&site, &[]);
        assert_eq!(before.problems, []);
        assert!(before.events > 100, "{before:?}");
        let mut past = Past::new(&site);
        take_power(&mut past);
        let (end, mut ways, mut done, mut round) = (end(&site).position, BTreeSet::new(), 0, 0);
        while done < tamperings(backend) {
            round += 1;
            past.0.batch_execute("BEGIN").expect("it begins");
            let mut random = StdRng::seed_from_u64(SEED + round);
            let way = random.random_range(0..WAYS);
            let tampering = Forger { past: &mut past, backend, random, end }.tamper(way);
            if let Some(tampering) = tampering {
                ways.insert(way);
                let after = verify(&mut past, &site.deps.master, &[]).unwrap_or_else(|error| panic!("{tampering}: {error}"));
                assert!(!after.is_whole(), "round {round} of seed {SEED} was not found: {tampering}");
                done += 1;
            }
            past.0.batch_execute("ROLLBACK").expect("it is undone");
        }
        assert_eq!(verified(&site, &[]), before, "all of it was undone");
        // PostgreSQL takes no value of another kind, so there is one way less.
        assert!(done < 250 || ways.len() + 1 >= WAYS, "{ways:?}");
    }
}
