//! A flood of logins takes no more than its share (P4).

use std::sync::{Arc, Barrier};

use crate::{
    browser::{Browser, PASSWORD, field, person},
    support::{backend::Backend, site::TestSite},
};

// Covers: P4
#[test]
fn beyond_the_queue_logins_are_told_to_come_back_and_change_nothing() {
    let site = TestSite::new(Backend::Sqlite);
    let people = 24;
    for number in 0..people {
        person(&site, &format!("user{number}"));
    }
    let server = site.serve_with(|options| {
        options.with("logins.hashing_threads", "1").with("logins.hashing_queue", "1").with("listen.workers", "2")
    });
    let start = Arc::new(Barrier::new(people));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let attempts: Vec<_> = (0..people)
            .map(|number| {
                let start = Arc::clone(&start);
                let mut browser = Browser::new(&server);
                let page = browser.get("/login");
                let token = field(&page.body, "csrf").expect("a token");
                scope.spawn(move || {
                    let login = format!("user{number}");
                    start.wait();
                    let answer = browser.post("/login", &token, &[("login", &login), ("password", PASSWORD)]);
                    if answer.status == 503 {
                        assert_eq!(answer.header("retry-after"), Some("1"));
                        assert!(!browser.cookies.contains_key("keystead_session"));
                    }
                    answer.status
                })
            })
            .collect();
        attempts.into_iter().map(|attempt| attempt.join().expect("an answer")).collect()
    });
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert!(count(303) > 0 && count(503) > 0, "{statuses:?}");
    assert_eq!(count(303) + count(503), people, "{statuses:?}");
    assert_eq!(server.logins.hasher().work_done(), u64::try_from(count(303)).expect("a count"));
    // Whoever was told to come back is not counted as somebody who guessed.
    for number in 0..people {
        assert_eq!(Browser::new(&server).log_in(&format!("user{number}"), PASSWORD).status, 303);
    }
}
