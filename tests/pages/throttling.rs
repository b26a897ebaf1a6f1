//! Guessing is slowed, and its victim is not (P2, P3).

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keystead::{
    domain::{authority::Authority, email::Email},
    manage::{self, users::EditUser},
};

use crate::{
    browser::{Browser, PASSWORD, field, person},
    on_both,
    support::{
        backend::Backend,
        site::{Server, TestSite},
    },
};

const ALIASES: [&str; 4] = ["jo", "JO", "ｊｏ", "Jo.Doe@example.com"];

fn site_of_jo(backend: Backend) -> TestSite {
    let site = TestSite::new(backend);
    let jo = person(&site, "jo");
    site.change(|change, deps| {
        let emails = Some(vec![Email::parse("jo.doe@example.com").expect("an address")]);
        manage::users::edit(change, deps, &Authority::OPERATOR, EditUser { emails, ..EditUser::of(jo) })
    });
    site
}

/// Wrong passwords through all aliases on all servers at once: how many were answered 422, 429 and 503.
fn flood(servers: &[&Server], threads: usize, each: usize) -> [usize; 3] {
    let counts: [AtomicUsize; 3] = Default::default();
    let start = Arc::new(Barrier::new(threads));
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (counts, start) = (&counts, Arc::clone(&start));
            let mut browser = Browser::new(servers[thread % servers.len()]);
            let page = browser.get("/login");
            let token = field(&page.body, "csrf").expect("a token");
            scope.spawn(move || {
                start.wait();
                for round in 0..each {
                    let login = ALIASES[(thread + round) % ALIASES.len()];
                    let answer =
                        browser.post("/login", &token, &[("login", login), ("password", "wrong horse battery")]);
                    let place = match answer.status {
                        422 => {
                            // What is left for an account would tell which names belong to it.
                            assert_eq!(answer.header("ratelimit"), None);
                            0
                        }
                        429 => {
                            let seconds: u64 = answer.header("retry-after").expect("advice").parse().expect("seconds");
                            assert!((1..=3600).contains(&seconds), "{seconds}");
                            assert_eq!(
                                answer.header("ratelimit").expect("what is left").split_once(";r=0;t=").map(|(_, t)| t),
                                answer.header("retry-after"),
                            );
                            let policy = answer.header("ratelimit-policy").expect("the limit").to_owned();
                            let names = [r#""account-passwords";q=10;w=36000"#, r#""network-passwords";q="#];
                            assert!(names.iter().any(|name| policy.starts_with(name)), "{policy}");
                            1
                        }
                        503 => 2,
                        other => panic!("{other}: {}", answer.body),
                    };
                    counts[place].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    counts.map(AtomicUsize::into_inner)
}

on_both! {
    // Covers: P2
    #[test]
    fn of_five_hundred_wrong_passwords_through_all_aliases_ten_are_tried(backend) {
        let site = site_of_jo(backend);
        let settings = |options: keystead::config::Options| {
            options.with("logins.wrong_password_interval", "1h").with("logins.hashing_queue", "500")
        };
        let nodes: Vec<Server> = match backend {
            Backend::Sqlite => vec![site.serve_with(settings)],
            Backend::Postgres => vec![site.serve_with(settings), site.serve_with(settings)],
        };
        let servers: Vec<&Server> = nodes.iter().collect();
        let [wrong, throttled, busy] = flood(&servers, 20, 25);
        let work: u64 = nodes.iter().map(|node| node.logins.hasher().work_done()).sum();
        assert_eq!((wrong, work), (10, 10), "{throttled} were throttled, {busy} met a busy database");
        assert_eq!(wrong + throttled + busy, 500);
        // The right password waits too, where nobody was ever logged in before.
        assert_eq!(Browser::new(servers[0]).log_in("jo", PASSWORD).status, 429);
        // It is a delay and no lock.
        site.clock.advance(Duration::from_mins(61));
        assert_eq!(Browser::new(servers[0]).log_in("jo", PASSWORD).status, 303);
    }

    // Covers: P3
    #[test]
    fn whoever_was_logged_in_before_does_not_wait_for_a_flood(backend) {
        let site = site_of_jo(backend);
        person(&site, "kim");
        let server = site.serve_with(|options| {
            options.with("logins.wrong_password_interval", "1h").with("logins.wrong_passwords_per_network", "30")
        });
        let mut home = Browser::logged_in(&server, "jo");
        let token = home.log_out_token();
        assert_eq!(home.post("/logout", &token, &[]).status, 303);
        let mut of_kim = Browser::logged_in(&server, "kim");
        let token = of_kim.log_out_token();
        assert_eq!(of_kim.post("/logout", &token, &[]).status, 303);

        let [wrong, throttled, _] = flood(&[&server], 4, 25);
        assert!(wrong <= 10 && throttled > 0, "{wrong}, {throttled}");
        assert_eq!(Browser::new(&server).log_in("jo", PASSWORD).status, 429);
        assert_eq!(of_kim.log_in("jo", PASSWORD).status, 429, "that browser knows kim, not jo");
        assert_eq!(home.log_in("jo", PASSWORD).status, 303);
        assert_eq!(home.get("/account/sessions").status, 200);

        // A device that was made up, or that belongs to a password of before, is none.
        let mut forged = Browser::new(&server);
        let device = home.cookies["keystead_device"].replace('.', "_");
        forged.cookies.insert("keystead_device".to_owned(), device);
        assert_eq!(forged.log_in("jo", PASSWORD).status, 429);
        // Even a known device guesses no faster than anybody.
        let mut guessing = home.clone();
        guessing.cookies.remove("keystead_session");
        let statuses: Vec<u16> = (0..12).map(|_| guessing.log_in("jo", "wrong horse battery").status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 10, "{statuses:?}");
        assert_eq!(statuses.last(), Some(&429));
    }

    // Covers: P2
    #[test]
    fn one_network_cannot_try_all_accounts(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve_with(|options| {
            options
                .with("logins.wrong_passwords_per_network", "5")
                .with("logins.network_interval", "1h")
                .with("proxy.trusted", "127.0.0.1")
        });
        let attempt = |from: &str, login: &str, password: &str| {
            let mut browser = Browser::new(&server);
            let page = browser.get("/login");
            let token = field(&page.body, "csrf").expect("a token");
            let fields = [("csrf", token.as_str()), ("login", login), ("password", password)];
            let request = browser.request("POST", "/login").header("X-Forwarded-For", from).form(&fields);
            request.send().status
        };
        for number in 0..5 {
            assert_eq!(attempt("203.0.113.7", &format!("user{number}"), "wrong horse"), 422);
        }
        assert_eq!(attempt("203.0.113.200", "user9", "wrong horse"), 429, "the same network");
        assert_eq!(attempt("203.0.113.200", "jo", PASSWORD), 429);
        assert_eq!(attempt("198.51.100.1", "jo", PASSWORD), 303);
        // Right passwords count as none.
        for _ in 0..8 {
            assert_eq!(attempt("198.51.100.1", "jo", PASSWORD), 303);
        }
    }
}
