//! When users are asked again, and when they are not.

use std::time::Duration;

use keystead::domain::{application::ApplicationKind, name::Description, redirect_uri::RedirectUri};

use crate::{
    asking::{code_of, edit, is_asked, is_refused},
    on_both,
    support::{
        browser::{Browser, person},
        log_in_with::{TestApplication, allow, decide, tokens},
        site::{Server, TestSite},
    },
};

const ALL: &str = "openid read profile email";

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|&word| word.to_owned()).collect()
}

fn uris(list: &[&str]) -> Vec<RedirectUri> {
    list.iter().map(|text| RedirectUri::parse(text).expect("a redirect URI")).collect()
}

/// What is granted without a question; none if there is one.
fn granted(application: &TestApplication, server: &Server, browser: &mut Browser, scope: &str) -> Option<String> {
    let answer = application.authorize(browser, &[("scope", scope)]);
    (!is_asked(&answer)).then(|| tokens(&application.exchange(server, &code_of(&answer))).scope)
}

on_both! {
    // Covers: L076, B5
    #[test]
    fn what_was_left_out_is_not_granted_and_not_asked_for_again(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut browser, &[("scope", ALL)]);
        let ticked = page.body.matches("type=\"checkbox\"").count();
        assert_eq!((ticked, page.body.matches(" checked").count()), (2, 2), "optional ones are ticked at first: {}", page.body);
        let back = decide(&mut browser, &page, "allow", &[("scope", "email")]);
        assert_eq!(tokens(&application.exchange(&server, &code_of(&back))).scope, "openid email read");
        assert_eq!(granted(&application, &server, &mut browser, ALL).as_deref(), Some("openid email read"));
        assert_eq!(granted(&application, &server, &mut browser, "openid profile").as_deref(), Some("openid"));
        assert_eq!(granted(&application, &server, &mut browser, "openid").as_deref(), Some("openid"), "less can be asked for");

        // It may be given later on the application's own wish, and taken back in the same way.
        let page = application.authorize(&mut browser, &[("scope", ALL), ("prompt", "consent")]);
        code_of(&decide(&mut browser, &page, "allow", &[("scope", "profile")]));
        assert_eq!(granted(&application, &server, &mut browser, ALL).as_deref(), Some("openid profile read"));

        // Nobody can leave out what the application needs.
        edit(&site, &application, |edit| edit.scopes = Some(words(&["openid", "offline_access", "read", "write", "email"])));
        let page = application.authorize(&mut browser, &[("scope", ALL)]);
        assert!(is_asked(&page) && page.body.matches("type=\"checkbox\"").count() == 1, "{}", page.body);
        code_of(&decide(&mut browser, &page, "allow", &[]));
        assert_eq!(granted(&application, &server, &mut browser, ALL).as_deref(), Some("openid email read"));
    }

    // Covers: AZ-12, B5
    #[test]
    fn to_give_nothing_is_a_no(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve();
        let application = site.application_with(|input| {
            input.scopes = Vec::new();
            input.optional_scopes = words(&["read", "profile"]);
        });
        let mut browser = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut browser, &[("scope", "read profile")]);
        is_refused(&decide(&mut browser, &page, "allow", &[]), "access_denied");
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM grants)"), 0);
        let page = application.authorize(&mut browser, &[("scope", "read profile")]);
        code_of(&decide(&mut browser, &page, "allow", &[("scope", "read")]));
        assert_eq!(granted(&application, &server, &mut browser, "read profile").as_deref(), Some("read"));
        let page = application.authorize(&mut browser, &[("scope", "profile")]);
        assert!(is_asked(&page), "it asks for nothing but what was left out");
        let silent = application.authorize(&mut browser, &[("scope", "profile"), ("prompt", "none")]);
        is_refused(&silent, "consent_required");
    }

    // Covers: L076, KM-18
    #[test]
    fn users_are_asked_again_for_more_and_not_for_less(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut browser, &[("scope", "openid read")]);
        assert!(!page.body.contains("badge new"), "nothing is new at the first time");
        code_of(&allow(&mut browser, &page));
        let page = application.authorize(&mut browser, &[("scope", "openid read write")]);
        assert!(is_asked(&page) && page.body.matches("badge new").count() == 1, "{}", page.body);
        assert_eq!(granted(&application, &server, &mut browser, "openid read").as_deref(), Some("openid read"), "a page that was left behind changes nothing");
        code_of(&allow(&mut browser, &page));
        assert_eq!(granted(&application, &server, &mut browser, "openid read write").as_deref(), Some("openid read write"));

        // What the application lost is not granted. It was not the user who took it back.
        edit(&site, &application, |edit| edit.scopes = Some(words(&["openid", "read"])));
        assert_eq!(granted(&application, &server, &mut browser, "openid read").as_deref(), Some("openid read"));
        edit(&site, &application, |edit| edit.scopes = Some(words(&["openid", "read", "write"])));
        assert_eq!(granted(&application, &server, &mut browser, "openid read write").as_deref(), Some("openid read write"));
    }

    // Covers: KM-18
    #[test]
    fn users_are_asked_again_when_they_may_be_sent_to_a_further_place(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        application.code(&mut browser, &[]);
        let (first, second) = ("https://app.example.com/callback", "https://app.example.com/second");
        let set = |list: &[&str]| edit(&site, &application, |edit| edit.redirect_uris = Some(uris(list)));
        let mut asked = || is_asked(&application.authorize(&mut browser, &[]));
        assert!(!asked());
        set(&[first, second]);
        assert!(asked() && asked(), "also at the old place, until the user has answered");
        let page = application.authorize(&mut browser, &[]);
        code_of(&allow(&mut browser, &page));
        let mut asked = || is_asked(&application.authorize(&mut browser, &[]));
        set(&[first]);
        assert!(!asked(), "one less is no reason");
        edit(&site, &application, |edit| edit.description = Some(Description::parse("other words").expect("a description")));
        assert!(!asked(), "nor are other words");
        set(&[first, second]);
        assert!(asked(), "nor does anybody remember that it was there once");
    }

    // Covers: A24
    #[test]
    fn programs_on_the_device_are_asked_for_every_time(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve();
        let mut browser = Browser::logged_in(&server, "jo");
        let public = |uri: &str, first_party| {
            site.application_with(|input| {
                input.kind = ApplicationKind::Public;
                input.first_party = first_party;
                input.redirect_uris = uris(&[uri]);
            })
        };
        for uri in ["com.example.app:/callback", "http://127.0.0.1/callback", "http://localhost:4000/callback"] {
            for first_party in [false, true] {
                let application = public(uri, first_party);
                for _ in 0..2 {
                    let page = application.authorize(&mut browser, &[]);
                    assert!(is_asked(&page), "{uri}");
                    assert!(page.body.contains("This is a program on your device."), "{}", page.body);
                    code_of(&allow(&mut browser, &page));
                    site.clock.advance(Duration::from_secs(1));
                }
                let silent = application.authorize(&mut browser, &[("prompt", "none")]);
                let told = crate::support::log_in_with::returned(&silent);
                assert_eq!(told["error"], "consent_required", "{uri}");
            }
        }
        let on_the_web = public("https://app.example.com/callback", false);
        on_the_web.code(&mut browser, &[]);
        assert!(!is_asked(&on_the_web.authorize(&mut browser, &[])), "a web site owns its address");
    }
}
