//! Logging in and out: what cookies it takes and leaves, and where it leads.

use std::time::Duration;

use keystead::{
    domain::{authority::Authority, email::Email},
    manage::{self, spaces::EditSpace, users::EditUser},
};

use crate::{
    browser::{Browser, PASSWORD, person},
    on_both,
    support::site::TestSite,
};

on_both! {
    // Covers: B3, B11
    #[test]
    fn somebody_logs_in_and_out(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve();
        let mut browser = Browser::new(&server);
        assert!(!browser.is_logged_in());
        let answer = browser.log_in("jo", PASSWORD);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{}", answer.body);
        assert!(browser.is_logged_in());
        assert_eq!(browser.get("/login").header("location"), Some("/"));

        let before = browser.clone();
        let token = browser.log_out_token();
        let answer = browser.post("/logout", &token, &[]);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/logged-out")), "{}", answer.body);
        assert!(!browser.is_logged_in());
        assert!(!before.clone().is_logged_in(), "the old cookie opens nothing");
        assert_eq!(browser.get("/logged-out").status, 200);
    }

    // Covers: B3
    #[test]
    fn no_cookie_of_before_outlasts_a_login(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        person(&site, "kim");
        let server = site.serve();
        // A cookie that somebody else put there is nobody's, and is not taken over.
        let mut browser = Browser::new(&server);
        let planted = format!("ksw_{}", "0".repeat(56));
        browser.cookies.insert("keystead_session".to_owned(), planted.clone());
        assert_eq!(browser.log_in("jo", PASSWORD).status, 303);
        let first = browser.clone();
        assert_ne!(first.cookies["keystead_session"], planted);

        // The same person again: another cookie, the same session.
        let token = csrf_of_login(&mut browser);
        assert_eq!(browser.post("/login", &token, &[("login", "jo"), ("password", PASSWORD)]).status, 303);
        assert_ne!(browser.cookies["keystead_session"], first.cookies["keystead_session"]);
        assert!(browser.is_logged_in() && !first.clone().is_logged_in());
        let listed = browser.get("/account/sessions").body;
        assert_eq!(listed.matches("This session").count(), 1);
        assert!(!listed.contains("/account/sessions/end\""), "there is no other session: {listed}");

        // Somebody else: the session of before has ended.
        let second = browser.clone();
        let token = csrf_of_login(&mut browser);
        assert_eq!(browser.post("/login", &token, &[("login", "kim"), ("password", PASSWORD)]).status, 303);
        assert!(browser.is_logged_in() && !second.clone().is_logged_in());
        assert!(browser.get("/account/sessions").body.contains("kim"));
    }

    // Covers: B10
    #[test]
    fn a_login_leads_nowhere_that_the_request_names(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve();
        let elsewhere = [
            "//evil.example", "/\\evil.example", "/%09/evil.example", "https:evil.example", "/%2f%2fevil.example",
            "javascript:alert(1)", "https://evil.example/", "ksq_x",
        ];
        for target in elsewhere {
            let mut browser = Browser::new(&server);
            let encoded: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
            let page = format!("/login?request={encoded}&next={encoded}&return_to={encoded}");
            let fields = [("login", "jo"), ("password", PASSWORD), ("request", target), ("next", target)];
            let answer = browser.submit(&page, "/login", &fields);
            assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{target}");
        }
        // A page of this site is where somebody was on the way to.
        let ours = format!("/spaces/{}/keys?q=a", site.space);
        let mut browser = Browser::new(&server);
        let sent_away = browser.get(&ours).header("location").expect("the login").to_owned();
        let answer = browser.submit(&sent_away, "/login", &[("login", "jo"), ("password", PASSWORD), ("next", &ours)]);
        assert_eq!((answer.status, answer.header("location")), (303, Some(ours.as_str())));
    }

    #[test]
    fn an_address_names_one_user_or_nobody(backend) {
        let site = TestSite::new(backend);
        let (jo, kim) = (person(&site, "jo"), person(&site, "kim"));
        let server = site.serve();
        let give = |id, addresses: &[&str]| {
            let emails = addresses.iter().map(|text| Email::parse(text).expect("an address")).collect();
            site.change(|change, deps| {
                let input = EditUser { emails: Some(emails), ..EditUser::of(id) };
                manage::users::edit(change, deps, &Authority::OPERATOR, input)
            });
        };
        give(jo, &["Jo.Doe@example.com", "shared@example.com"]);
        give(kim, &["shared@example.com"]);
        for name in ["jo.doe@EXAMPLE.com", "JO", " jo ", "ｊｏ"] {
            assert_eq!(Browser::new(&server).log_in(name, PASSWORD).status, 303, "{name}");
        }
        assert_eq!(Browser::new(&server).log_in("shared@example.com", PASSWORD).status, 422);
    }

    // Covers: L072
    #[test]
    fn a_password_that_is_too_old_opens_nothing_but_the_way_to_a_new_one(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        site.change(|change, deps| {
            let input = EditSpace { password_life: Some(Some(Duration::from_hours(1))), ..EditSpace::of(site.space) };
            manage::spaces::edit(change, deps, &Authority::OPERATOR, input)
        });
        let server = site.serve();
        site.clock.advance(Duration::from_hours(2));
        let mut browser = Browser::new(&server);
        let answer = browser.log_in("jo", PASSWORD);
        let link = answer.header("location").expect("a place").to_owned();
        assert!(answer.status == 303 && link.starts_with("/setup/ksi_"), "{answer:?}");
        assert!(!browser.is_logged_in());
        assert_eq!(browser.submit(&link, &link, &[("password", PASSWORD)]).status, 422, "the old one is no new one");
        let answer = browser.submit(&link, &link, &[("password", "another horse battery")]);
        assert_eq!(answer.header("location"), Some("/"), "{}", answer.body);
        assert!(browser.is_logged_in());
        assert_eq!(Browser::new(&server).log_in("jo", PASSWORD).status, 422);
        assert_eq!(Browser::new(&server).log_in("jo", "another horse battery").status, 303);
    }
}

/// The token of the login form for somebody who is logged in already, and wants to log in again.
fn csrf_of_login(browser: &mut Browser) -> String {
    let page = browser.get("/login?another=1");
    crate::browser::field_of_form(&page.body, "/login", "csrf")
}
