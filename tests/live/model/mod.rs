//! A random walk through every change there is, by operators, users and keys. After each step two warm views are compared
//! with one that has just been made and remembers nothing, and all of them with the ledger's formula, evaluated from the
//! tables.

mod compare;
mod formula;
mod of_keys;
mod of_sites;
mod of_users;
mod world;

use keystead::config::Environment;

use crate::{deciding::Node, on_both, support::site::TestSite};

use world::Walk;

/// `SEEDSxSTEPS` of a longer campaign, such as `200x500` (README.md).
const CAMPAIGN: &str = "KEYSTEAD_TEST_WALKS";

/// Something that may happen, and how often in comparison with the others.
type Step = (usize, fn(&mut Walk));

fn step(walk: &mut Walk) {
    let all = || of_keys::STEPS.iter().chain(of_users::STEPS).chain(of_sites::STEPS);
    let mut left = walk.pick(all().map(|(weight, _)| weight).sum());
    for (weight, step) in all() {
        match left.checked_sub(*weight) {
            Some(rest) => left = rest,
            None => return step(walk),
        }
    }
}

fn campaign() -> (u64, usize) {
    let environment = Environment::from_process();
    let Some(text) = environment.get(CAMPAIGN) else { return (3, 80) };
    let parts = text.split_once('x').and_then(|(seeds, steps)| Some((seeds.parse().ok()?, steps.parse().ok()?)));
    parts.unwrap_or_else(|| panic!("{CAMPAIGN} is `{text}`; give seeds and steps, such as `200x500`"))
}

on_both! {
    // Covers: I9, I10, IN-08, IN-09
    #[test]
    fn after_every_change_the_view_answers_what_the_tables_say(backend) {
        let (seeds, steps) = campaign();
        for seed in 0..seeds {
            let mut walk = Walk::new(TestSite::new(backend), seed);
            let warm = [Node::new(walk.site.live()), Node::new(walk.site.live())];
            let mut before = walk.compare(&warm);
            for _ in 0..steps {
                walk.choose_caller(&warm[0]);
                step(&mut walk);
                walk.check_caller(&before);
                before = walk.compare(&warm);
            }
        }
    }
}
