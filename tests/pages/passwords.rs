//! New passwords: what they may be, and what ends when one is set.

use keystead::{
    domain::authority::Authority,
    manage::{self},
};

use crate::{
    browser::{Browser, PASSWORD, field, field_of_form, person, set_password},
    on_both,
    support::{
        log_in_with::Tokens,
        site::{Server, TestSite},
    },
};

const NEW: &str = "another horse battery";

fn change(browser: &mut Browser, current: &str, new: &str) -> (u16, Option<String>, String) {
    let page = browser.get("/account/password");
    let token = field_of_form(&page.body, "/account/password", "csrf");
    let answer = browser.post("/account/password", &token, &[("current", current), ("password", new)]);
    (answer.status, answer.header("location").map(str::to_owned), answer.body)
}

fn can_log_in(server: &Server, password: &str) -> bool {
    Browser::new(server).log_in("jo", password).status == 303
}

on_both! {
    // Covers: P5
    #[test]
    fn long_passwords_are_taken_whole_or_refused_before_they_cost_anything(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo");
        let server = site.serve();
        let long = "x y z ".repeat(12) + "!";
        assert_eq!(long.len(), 73);
        set_password(&site, jo, &long);
        assert!(!can_log_in(&server, long.strip_suffix("!").expect("it ends so")) && can_log_in(&server, &long));
        let longest = "xy z".repeat(256);
        set_password(&site, jo, &longest);
        assert!(can_log_in(&server, &longest));
        let before = server.logins.hasher().work_done();
        let mut browser = Browser::new(&server);
        for login in ["jo", "unknown"] {
            let answer = browser.log_in(login, &(longest.clone() + "z"));
            assert_eq!(answer.status, 400, "{}", answer.body);
        }
        assert_eq!(server.logins.hasher().work_done(), before);
        let page = browser.get("/login");
        let token = field(&page.body, "csrf").expect("a token");
        let answer = browser.post("/login", &token, &[("login", "jo"), ("password", &"x".repeat(20_000))]);
        assert_eq!(answer.status, 413);
    }

    // Covers: H7
    #[test]
    fn control_characters_and_broken_text_are_refused(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve();
        let mut browser = Browser::new(&server);
        let page = browser.get("/login");
        let token = field(&page.body, "csrf").expect("a token");
        for (login, password) in [("jo%00", "x"), ("jo", "a%00b"), ("jo%ff", "x"), ("jo", "%ff"), ("jo", "a%0ab"), ("jo", "%zz")] {
            let body = format!("csrf={token}&login={login}&password={password}");
            let answer = browser.request("POST", "/login").body("application/x-www-form-urlencoded", body).send();
            assert_eq!(answer.status, 400, "{login} {password}: {}", answer.body);
            assert!(!answer.body.contains('\u{FFFD}'));
        }
        assert_eq!(browser.log_in("jo", PASSWORD).status, 303);
    }

    // Covers: P6
    #[test]
    fn a_weak_password_is_refused_wherever_one_is_set(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo.doe");
        let server = site.serve();
        let mut browser = Browser::logged_in(&server, "jo.doe");
        let link = site.change(|change, deps| manage::setup_links::create(change, deps, &Authority::OPERATOR, jo));
        let link = link.expose().replace(crate::support::site::ISSUER, "");
        for weak in ["Password1!", "12345678", "short", "jo.doe123", "qwertyuiop"] {
            assert_eq!(change(&mut browser, PASSWORD, weak).0, 422, "{weak}");
            assert_eq!(browser.submit(&link, &link, &[("password", weak)]).status, 422, "{weak}");
        }
        assert_eq!(change(&mut browser, PASSWORD, PASSWORD).0, 422, "it is the present one");
        assert_eq!(change(&mut browser, PASSWORD, "fifteen letters").0, 303);
    }

    // Covers: P7
    #[test]
    fn a_password_is_changed_only_by_whoever_knows_it(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve_with(|options| options.with("logins.wrong_password_interval", "1h"));
        let mut browser = Browser::logged_in(&server, "jo");
        assert_eq!(change(&mut browser, "", NEW).0, 422);
        assert_eq!(change(&mut browser, NEW, NEW).0, 422);
        let page = browser.get("/account/password");
        let token = field_of_form(&page.body, "/account/password", "csrf");
        assert_eq!(browser.post("/account/password", &token, &[("password", NEW)]).status, 422);
        assert!(can_log_in(&server, PASSWORD) && !can_log_in(&server, NEW));
        // Whoever has the session alone guesses no faster than anybody, and stops nobody else.
        let statuses: Vec<u16> = (0..12).map(|_| change(&mut browser, "wrong horse battery", NEW).0).collect();
        assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
        assert!(can_log_in(&server, PASSWORD));
        // Without a session there is no page, and nothing to send.
        let mut stranger = Browser::new(&server);
        let answer = stranger.post("/account/password", &token, &[("current", PASSWORD), ("password", NEW)]);
        assert_eq!(answer.header("location"), Some("/login"));
        assert!(can_log_in(&server, PASSWORD));
    }

    // Covers: P8
    #[test]
    fn a_new_password_ends_all_that_was_made_with_the_old_one(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo");
        let shop = site.application();
        let server = site.serve();
        let mut other = Browser::logged_in(&server, "jo");
        let offline = shop.log_in(&server, &mut other, &[]);
        let mut browser = Browser::logged_in(&server, "jo");
        let online = shop.log_in(&server, &mut browser, &[("scope", "openid read"), ("prompt", "consent")]);
        let lives = |tokens: &Tokens| server.is_active(&site.resource_server, &tokens.access);
        assert!(lives(&offline) && lives(&online));
        let before = browser.clone();
        let (status, location, body) = change(&mut browser, PASSWORD, NEW);
        assert_eq!((status, location.as_deref()), (303, Some("/account/password?done=changed")), "{body}");

        assert!(browser.is_logged_in(), "this browser goes on");
        assert!(!before.clone().is_logged_in() && !other.is_logged_in());
        assert!(!lives(&offline) && !lives(&online));
        assert_eq!(shop.refresh(&server, &offline.refresh.expect("a refresh token")).status, 400);
        assert!(can_log_in(&server, NEW) && !can_log_in(&server, PASSWORD));
        // A reset does the same.
        set_password(&site, jo, PASSWORD);
        assert!(!browser.is_logged_in());
    }
}
