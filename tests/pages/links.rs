//! Links that set a password: looked at as often as one likes, used once.

use std::{
    sync::{Arc, Barrier},
    time::Duration,
};

use keystead::{
    domain::{authority::Authority, ids::UserId},
    manage::{self},
};

use crate::{
    browser::{Browser, PASSWORD, field, person, set_password},
    on_both,
    support::site::{ISSUER, TestSite},
};

fn link(site: &TestSite, user: UserId) -> String {
    let made = site.change(|change, deps| manage::setup_links::create(change, deps, &Authority::OPERATOR, user));
    made.expose().strip_prefix(ISSUER).expect("a link to this site").to_owned()
}

on_both! {
    // Covers: K10, P9
    #[test]
    fn a_link_sets_a_first_password_once_and_logs_in(backend) {
        let site = TestSite::new(backend);
        let jo = site.user("jo");
        let server = site.serve();
        let link = link(&site, jo);
        let mut browser = Browser::new(&server);
        for _ in 0..3 {
            let page = browser.get(&link);
            assert_eq!(page.status, 200);
            assert!(page.body.contains("Welcome"), "{}", page.body);
            assert_eq!(browser.request("HEAD", &link).send().status, 200);
        }
        let answer = browser.submit(&link, &link, &[("password", PASSWORD)]);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{}", answer.body);
        assert!(browser.is_logged_in());
        assert_eq!(browser.get(&link).status, 410);
        assert_eq!(Browser::new(&server).submit(&link, &link, &[("password", "other horse battery")]).status, 403);
        assert_eq!(Browser::new(&server).log_in("jo", PASSWORD).status, 303);
    }

    // Covers: P9
    #[test]
    fn a_link_that_is_old_replaced_cut_off_or_made_up_opens_nothing(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let dead = |link: &str| Browser::new(&server).get(link).status;
        let jo = site.user("jo");
        let first = link(&site, jo);
        let second = link(&site, jo);
        assert_eq!((dead(&first), dead(&second)), (410, 200));
        site.clock.advance(Duration::from_mins(10));
        assert_eq!(dead(&second), 410);

        let third = link(&site, jo);
        set_password(&site, jo, PASSWORD);
        assert_eq!(dead(&third), 410, "the password was set otherwise meanwhile");
        let fourth = link(&site, jo);
        assert_eq!(dead(&fourth), 200);
        site.change(|change, deps| manage::users::disable(change, deps, &Authority::OPERATOR, jo));
        assert_eq!(dead(&fourth), 410);
        let (begin, end) = fourth.split_at(fourth.len() - 8);
        let mistyped: String = end.chars().rev().collect();
        assert_eq!(dead(&format!("{begin}{mistyped}")), 410);
        for made_up in ["/setup/x", "/setup/ksi_", "/setup/%00", "/setup/ksw_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            assert!(matches!(dead(made_up), 400 | 410), "{made_up}");
        }
    }

    // Covers: P9
    #[test]
    fn of_fifty_who_use_a_link_at_once_one_sets_the_password(backend) {
        let site = TestSite::new(backend);
        let jo = site.user("jo");
        let server = site.serve_with(|options| options.with("logins.hashing_queue", "100").with("listen.workers", "2"));
        let link = link(&site, jo);
        let start = Arc::new(Barrier::new(50));
        let set: Vec<String> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..50)
                .map(|number| {
                    let (link, start) = (link.as_str(), Arc::clone(&start));
                    let mut browser = Browser::new(&server);
                    let page = browser.get(link);
                    let token = field(&page.body, "csrf").expect("a token");
                    scope.spawn(move || {
                        let password = format!("horse battery {number}");
                        start.wait();
                        let answer = browser.post(link, &token, &[("password", &password)]);
                        assert!(matches!(answer.status, 303 | 410 | 503), "{}: {}", answer.status, answer.body);
                        (answer.status == 303).then_some(password)
                    })
                })
                .collect();
            all.into_iter().filter_map(|one| one.join().expect("an answer")).collect()
        });
        assert_eq!(set.len(), 1, "{set:?}");
        assert_eq!(Browser::new(&server).log_in("jo", &set[0]).status, 303);
    }

    #[test]
    fn a_person_has_to_be_one_who_logs_in_with_a_password(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo");
        let server = site.serve();
        let link = link(&site, jo);
        site.change(|change, deps| {
            let input = manage::spaces::EditSpace { sso_enabled: Some(true), ..manage::spaces::EditSpace::of(site.space) };
            manage::spaces::edit(change, deps, &Authority::OPERATOR, input)
        });
        assert_eq!(Browser::new(&server).get(&link).status, 410);
        assert_eq!(Browser::new(&server).log_in("jo", PASSWORD).status, 422);
    }
}
