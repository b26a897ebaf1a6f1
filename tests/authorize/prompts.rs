//! What the user is asked again because the application wants it, and what nobody is asked (OpenID Connect Core 3.1.2.1).

use std::time::Duration;

use crate::{
    asking::{code_of, is_asked, is_login, is_refused, log_in_there},
    on_both,
    support::{
        browser::{Browser, person},
        http::Response,
        log_in_with::{TestApplication, allow, claims, tokens},
        site::{Server, TestSite},
    },
};

fn auth_time(application: &TestApplication, server: &Server, back: &Response) -> i64 {
    let got = tokens(&application.exchange(server, &code_of(back)));
    claims(&got.id.expect("an id token"))["auth_time"].as_i64().expect("a time")
}

on_both! {
    // Covers: OC-02
    #[test]
    fn nobody_is_asked_who_is_not_to_be_asked(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let silent = |browser: &mut Browser, more: &[(&str, &str)]| {
            let changes: Vec<_> = [("prompt", "none")].iter().chain(more).copied().collect();
            browser.get(&application.authorize_path(&changes))
        };
        is_refused(&silent(&mut Browser::new(&server), &[]), "login_required");
        let mut browser = Browser::logged_in(&server, "jo");
        is_refused(&silent(&mut browser, &[]), "consent_required");
        application.code(&mut browser, &[]);
        code_of(&silent(&mut browser, &[]));
        is_refused(&silent(&mut browser, &[("scope", "openid write")]), "consent_required");
        site.clock.advance(Duration::from_secs(100));
        is_refused(&silent(&mut browser, &[("max_age", "99")]), "login_required");
        code_of(&silent(&mut browser, &[("max_age", "200")]));
        code_of(&silent(&mut browser, &[("max_age", "9999999999")]));
        is_refused(&silent(&mut browser, &[("max_age", "0")]), "login_required");
        let token = browser.log_out_token();
        browser.post("/logout", &token, &[]);
        is_refused(&silent(&mut browser, &[]), "login_required");
    }

    // Covers: OC-04
    #[test]
    fn an_old_login_is_repeated_and_the_application_hears_when(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut browser, &[("max_age", "60")]);
        assert!(is_asked(&page), "the login is new");
        let first = auth_time(&application, &server, &allow(&mut browser, &page));

        site.clock.advance(Duration::from_secs(59));
        let back = application.authorize(&mut browser, &[("max_age", "60")]);
        assert_eq!(auth_time(&application, &server, &back), first, "the same login");
        site.clock.advance(Duration::from_secs(10));
        let login = application.authorize(&mut browser, &[("max_age", "60")]);
        assert!(is_login(&login), "{login:?}");
        let back = log_in_there(&mut browser, &login, "jo");
        let second = auth_time(&application, &server, &back);
        assert!(second >= first + 69, "{first} {second}");
        let back = application.authorize(&mut browser, &[]);
        assert_eq!(auth_time(&application, &server, &back), second, "it is told without being asked for");
    }

    // Covers: OC-04
    #[test]
    fn a_login_that_was_made_for_the_request_is_never_too_old_for_it(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        site.clock.advance(Duration::from_secs(1));
        for max_age in ["0", "5"] {
            let login = application.authorize(&mut browser, &[("max_age", max_age), ("prompt", "consent")]);
            let login = if max_age == "5" && !is_login(&login) {
                site.clock.advance(Duration::from_secs(6));
                application.authorize(&mut browser, &[("max_age", max_age), ("prompt", "consent")])
            } else {
                login
            };
            assert!(is_login(&login), "{login:?}");
            site.clock.advance(Duration::from_mins(1));
            let page = log_in_there(&mut browser, &login, "jo");
            assert!(is_asked(&page), "max_age={max_age}: the login does not count");
            // The user reads for longer than the login may be old.
            site.clock.advance(Duration::from_mins(10));
            code_of(&allow(&mut browser, &page));
        }
    }

    // Covers: OC-04
    #[test]
    fn a_login_and_a_consent_are_repeated_when_asked_for(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        person(&site, "kim");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        application.code(&mut browser, &[]);

        for prompt in ["login", "select_account"] {
            let login = application.authorize(&mut browser, &[("prompt", prompt)]);
            assert!(is_login(&login), "{prompt}: {login:?}");
            // Going on without a login leads back to it.
            let request = crate::support::browser::field_of_form(&login.body, "/login", "request");
            let skipped = browser.get(&format!("/consent?request={request}"));
            assert_eq!(skipped.header("location"), Some(format!("/login?request={request}").as_str()), "{skipped:?}");
            site.clock.advance(Duration::from_secs(2));
            code_of(&log_in_there(&mut browser, &login, "jo"));
        }
        let page = application.authorize(&mut browser, &[("prompt", "consent")]);
        assert!(is_asked(&page));
        code_of(&allow(&mut browser, &page));
        let login = application.authorize(&mut browser, &[("prompt", "login consent")]);
        assert!(is_login(&login));
        assert!(is_asked(&log_in_there(&mut browser, &login, "jo")));

        // Somebody else may log in there, and is asked: consent is each user's own.
        let login = application.authorize(&mut browser, &[("prompt", "select_account")]);
        let page = log_in_there(&mut browser, &login, "kim");
        assert!(is_asked(&page) && page.body.contains("kim"), "{}", page.body);
        let got = tokens(&application.exchange(&server, &code_of(&allow(&mut browser, &page))));
        let sub = &claims(&got.access)["sub"];
        assert_ne!(*sub, claims(&tokens(&application.exchange(&server, &application.code(&mut Browser::logged_in(&server, "jo"), &[]))).access)["sub"]);
    }

    // Covers: OC-01, OC-04
    #[test]
    fn a_pushed_request_wants_a_login_from_after_its_browser_came(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let pushed = crate::asking::push(&server, &application, &[("prompt", "login"), ("nonce", "n\"1")]);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", &application.client_id).append_pair("request_uri", &pushed.text("request_uri"));
        // The login is newer than the request was when it was pushed, and older than its arrival.
        site.clock.advance(Duration::from_secs(10));
        let mut browser = Browser::logged_in(&server, "jo");
        site.clock.advance(Duration::from_secs(10));
        let first = browser.get(&format!("/oauth/authorize?{}", query.finish()));
        let login = crate::support::log_in_with::follow(&mut browser, first);
        assert!(is_login(&login), "{login:?}");
        let page = log_in_there(&mut browser, &login, "jo");
        let got = tokens(&application.exchange(&server, &code_of(&allow(&mut browser, &page))));
        let id = claims(&got.id.expect("an id token"));
        assert_eq!((&id["nonce"], &id["aud"]), (&"n\"1".into(), &application.client_id.as_str().into()));
    }
}
