//! A flood of guesses at an imported client takes no more than the share of hashing, and nothing from anybody else.

use std::sync::{Arc, Barrier};

use crate::{
    imported::{hashed, import, with_secret},
    support::{backend::Backend, site::TestSite},
};

// Covers: KM-27, P4
#[test]
fn beyond_the_queue_guesses_are_told_to_come_back_and_others_are_served() {
    let site = TestSite::new(Backend::Sqlite);
    let keys: Vec<_> = (0..24).map(|number| import(&site, &format!("acme-{number}"))).collect();
    let ordinary = site.key("viewer", &[0]);
    let server = site.serve_with(|options| {
        options
            .with("logins.hashing_threads", "1")
            .with("logins.hashing_queue", "1")
            .with("listen.workers", "2")
            .with("limits.wrong_secrets_per_minute", "1000")
    });
    let token = server.mint(&ordinary);
    let start = Arc::new(Barrier::new(keys.len() + 1));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guesses: Vec<_> = keys
            .iter()
            .map(|key| {
                let (start, server) = (Arc::clone(&start), &server);
                scope.spawn(move || {
                    start.wait();
                    let answer = server.token(&with_secret(&key.client, "incorrect horse battery staple"));
                    if answer.status == 503 {
                        assert_eq!(answer.header("Retry-After"), Some("1"));
                        assert_eq!(answer.error(), "temporarily_unavailable");
                    }
                    answer.status
                })
            })
            .collect();
        start.wait();
        // What needs no hash takes no place in that queue.
        for _ in 0..20 {
            assert!(server.is_active(&site.resource_server, &token));
            assert_eq!(server.token(&ordinary).status, 200);
        }
        guesses.into_iter().map(|guess| guess.join().expect("an answer")).collect()
    });
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert!(count(401) > 0 && count(503) > 0, "{statuses:?}");
    assert_eq!(count(401) + count(503), keys.len(), "{statuses:?}");
    assert_eq!(
        hashed(&server),
        u64::try_from(count(401)).expect("a count"),
        "who was told to come back was not hashed"
    );
    for key in &keys {
        assert_eq!(server.token(&key.client).status, 200, "and nobody who was has to wait now");
    }
}
