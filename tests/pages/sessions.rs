//! Sessions: listed, ended, and ended by time (B12).

use std::time::Duration;

use keystead::{
    domain::{authority::Authority, redirect_uri::RedirectUri},
    jobs::session_ends,
    manage::{self},
};
use serde_json::Value;

use crate::{
    browser::{Browser, PASSWORD, field_of_form, person},
    on_both,
    support::{
        log_in_with::Tokens,
        site::{Credential, Server, TestSite},
    },
};

fn admin_token(site: &TestSite, server: &Server) -> (Credential, String) {
    let key = site.key("space_admin", &[]);
    let resource = format!("{}/api/v1", crate::support::site::ISSUER);
    let token = server.mint_with(&key, &[("resource", &resource)]);
    (key, token)
}

fn listed(server: &Server, token: &str, user: &str) -> Vec<Value> {
    let answer = server.client.get(&format!("/api/v1/users/{user}/sessions")).bearer(token).send();
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["items"].as_array().expect("a list").clone()
}

on_both! {
    // Covers: B12
    #[test]
    fn a_session_ends_when_it_is_unused_or_old(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve_with(|options| {
            options.with("logins.session_idle", "1h").with("logins.session_life", "5h")
        });
        let mut used = Browser::logged_in(&server, "jo");
        let mut unused = Browser::logged_in(&server, "jo");
        for _ in 0..5 {
            site.clock.advance(Duration::from_mins(59));
            assert!(used.is_logged_in());
        }
        assert!(!unused.is_logged_in());
        site.clock.advance(Duration::from_mins(6));
        assert!(!used.is_logged_in(), "five hours are over");
    }

    // Covers: B12
    #[test]
    fn a_user_sees_and_ends_sessions_on_every_node(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        person(&site, "kim");
        let (one, two) = (site.serve(), site.serve());
        let mut first = Browser::logged_in(&one, "jo");
        let mut second = Browser::logged_in(&two, "jo");
        let mut of_kim = Browser::logged_in(&one, "kim");
        let page = first.get("/account/sessions").body;
        assert!(page.contains("This session"), "{page}");
        let session = field_of_form(&page, "/account/sessions/end", "session");
        let token = field_of_form(&page, "/account/sessions/end", "csrf");

        // Nobody ends what is somebody else's.
        let _other = Browser::logged_in(&one, "kim");
        let token_of_kim = field_of_form(&of_kim.get("/account/sessions").body, "/account/sessions/end", "csrf");
        let answer = of_kim.post("/account/sessions/end", &token_of_kim, &[("session", &session)]);
        assert_eq!(answer.status, 404);
        assert!(second.is_logged_in());

        let answer = first.post("/account/sessions/end", &token, &[("session", &session)]);
        assert_eq!(answer.header("location"), Some("/account/sessions?done=ended"), "{}", answer.body);
        assert!(first.is_logged_in() && !second.is_logged_in() && !second.at(&one).is_logged_in());
        assert!(first.get("/account/sessions?done=ended").body.contains("ended"));

        let mut third = Browser::logged_in(&two, "jo");
        let mut fourth = Browser::logged_in(&one, "jo");
        let page = first.get("/account/sessions").body;
        let token = field_of_form(&page, "/account/sessions/end-others", "csrf");
        assert_eq!(first.post("/account/sessions/end-others", &token, &[]).status, 303);
        assert!(first.is_logged_in() && !third.is_logged_in() && !fourth.is_logged_in());
        assert!(of_kim.is_logged_in());
    }

    // Covers: B12
    #[test]
    fn an_administrator_lists_and_ends_them(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo");
        let server = site.serve();
        let (_, token) = admin_token(&site, &server);
        let user = jo.to_string();
        assert!(listed(&server, &token, &user).is_empty());
        let mut one = Browser::logged_in(&server, "jo");
        let mut two = Browser::logged_in(&server, "jo");
        let sessions = listed(&server, &token, &user);
        assert_eq!(sessions.len(), 2);
        assert_eq!(sessions[0]["address"], "127.0.0.1");
        assert!(sessions.iter().all(|session| !session.to_string().contains("ksw_")));
        let id = sessions[0]["id"].as_str().expect("an id");
        let path = format!("/api/v1/users/{user}/sessions/{id}");
        assert_eq!(server.client.request("DELETE", &path).bearer(&token).send().status, 204);
        assert_eq!(server.client.request("DELETE", &path).bearer(&token).send().status, 404);
        assert!(!one.is_logged_in() && two.is_logged_in());

        site.change(|change, deps| manage::users::disable(change, deps, &Authority::OPERATOR, jo));
        assert!(!two.is_logged_in());
        assert!(listed(&server, &token, &user).is_empty());
        site.change(|change, deps| {
            let input = manage::users::EnableUser { id: jo, restore_keys: false };
            manage::users::enable(change, deps, &Authority::OPERATOR, input)
        });
        assert!(!two.is_logged_in(), "once ended, never active again");
        assert_eq!(two.log_in("jo", PASSWORD).status, 303);
    }

    // Covers: B11
    #[test]
    fn what_applications_got_in_a_session_ends_with_it_unless_it_outlasts_logouts(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let shop = site.application();
        let hears = site.application_with(|input| {
            input.name = crate::support::site::name("Listener");
            input.backchannel_logout_uri = Some(RedirectUri::parse("https://app.example.com/logout").expect("a URI"));
        });
        let server = site.serve();
        let mut browser = Browser::logged_in(&server, "jo");
        let lives = |tokens: &Tokens| server.is_active(&site.resource_server, &tokens.access);
        let bound = hears.log_in(&server, &mut browser, &[("scope", "openid read")]);
        let lasting = shop.log_in(&server, &mut browser, &[]);
        assert!(lives(&bound) && lives(&lasting));
        let token = browser.log_out_token();
        assert_eq!(browser.post("/logout", &token, &[]).status, 303);
        assert!(!lives(&bound) && lives(&lasting));
        assert_eq!(site.database.number("(SELECT count(*) FROM logout_notices)"), 1);

        // A session that nobody uses any more ends the same way.
        let mut browser = Browser::logged_in(&server, "jo");
        let bound = hears.log_in(&server, &mut browser, &[("scope", "openid read")]);
        assert!(lives(&bound));
        assert_eq!(session_ends::run_once(&site.store, Duration::from_hours(12)).expect("a round"), 0);
        site.clock.advance(Duration::from_mins(10));
        assert_eq!(session_ends::run_once(&site.store, Duration::from_mins(9)).expect("a round"), 1);
        assert!(!lives(&bound) && !browser.is_logged_in());
        assert_eq!(site.database.number("(SELECT count(*) FROM logout_notices)"), 2);
    }

    // Covers: P1
    #[test]
    fn a_user_who_is_disabled_while_logging_in_is_not_logged_in(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("logins.wrong_passwords", "1000"));
        for round in 0..12_u64 {
            let login = format!("user{round}");
            let id = person(&site, &login);
            let mut browser = Browser::new(&server);
            std::thread::scope(|scope| {
                let attempt = scope.spawn(|| browser.log_in(&login, PASSWORD).status);
                std::thread::park_timeout(Duration::from_millis(round * 4));
                site.change(|change, deps| manage::users::disable(change, deps, &Authority::OPERATOR, id));
                assert!(matches!(attempt.join().expect("an answer"), 303 | 422));
            });
            assert!(!browser.is_logged_in());
        }
    }
}
