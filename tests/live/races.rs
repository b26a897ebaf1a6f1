//! Changes that come between a decision's moment and its end.

use std::sync::{
    Barrier,
    atomic::{AtomicBool, Ordering},
};

use keystead::{
    domain::{authority::Authority, key_pair::ExpiryPolicy},
    manage::{self, api_keys::RegenerateApiKey},
};

use crate::{deciding::Node, on_both, support::credential::key_id, support::site::TestSite};

/// Lets the threads beside a test end however the test ends.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

on_both! {
    // Covers: IN-09, L046
    #[test]
    fn a_secret_check_that_outlasts_a_regeneration_makes_a_dead_token(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let key = site.key("viewer", &[0]);
        node.mint(&key).expect("the key and its records are in memory");

        let moment = node.now();
        let regenerate = RegenerateApiKey { id: key_id(&key), expiry: ExpiryPolicy::Never };
        site.change(|change, deps| manage::api_keys::regenerate(change, deps, &Authority::OPERATOR, regenerate));

        if let Ok(token) = node.mint_at(moment, &key) {
            assert!(!node.is_active(&site.resource_server, &token), "it carries the number of its moment");
        }
        assert_eq!(node.mint(&key), Err("invalid_client"), "the old secret is dead");
    }

    // Covers: I9, IN-09
    #[test]
    fn a_load_that_races_a_change_never_leaves_an_old_record(backend) {
        let site = TestSite::new(backend);
        let changing = site.key("viewer", &[0]);
        let stop = AtomicBool::new(false);
        let start = Barrier::new(3);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    // A view of its own each time: every record is loaded while the changes go on.
                    while !stop.load(Ordering::SeqCst) {
                        let node = Node::new(site.live());
                        for _ in 0..20 {
                            let _ = node.mint(&changing);
                        }
                    }
                });
            }
            let _stop = StopAtEnd(&stop);
            start.wait();
            let watcher = Node::new(site.live());
            for _ in 0..60 {
                let token = watcher.mint(&changing).expect("an enabled key");
                site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&changing)));
                assert_eq!(watcher.mint(&changing), Err("invalid_client"));
                assert!(!watcher.is_active(&site.resource_server, &token));
                site.change(|change, deps| manage::api_keys::enable(change, deps, &Authority::OPERATOR, key_id(&changing)));
            }
        });
    }

    // Covers: I9
    #[test]
    fn whatever_was_minted_while_the_key_was_being_revoked_is_dead_afterwards(backend) {
        let site = TestSite::new(backend);
        for _ in 0..10 {
            let key = site.key("viewer", &[0]);
            let start = Barrier::new(5);
            let minted: Vec<String> = std::thread::scope(|scope| {
                let minting: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            let node = Node::new(site.live());
                            start.wait();
                            std::iter::from_fn(|| node.mint(&key).ok()).take(200).collect::<Vec<_>>()
                        })
                    })
                    .collect();
                start.wait();
                site.change(|change, deps| manage::api_keys::revoke(change, deps, &Authority::OPERATOR, key_id(&key)));
                minting.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
            });
            let node = Node::new(site.live());
            for token in minted {
                assert!(!node.is_active(&site.resource_server, &token));
            }
        }
    }
}
