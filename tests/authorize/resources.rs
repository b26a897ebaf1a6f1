//! Tokens for one API of several (RFC 8707): what is asked for here is what the tokens are for.

use keystead::domain::authority::Authority;
use keystead::manage::{self, resource_servers::EditResourceServer};

use crate::{
    asking::{Way, ask, code_of, is_asked, is_refused, query},
    on_both,
    support::{
        browser::{Browser, person},
        credential::resource_server_id,
        log_in_with::{TestApplication, VERIFIER, allow, claims, follow, tokens},
        site::{AUDIENCE, ISSUER, Server, TestSite, audience},
    },
};

const OTHER: &str = "https://other.example.com";
const THIRD: &str = "https://third.example.com";

fn exchange(application: &TestApplication, server: &Server, code: &str, resources: &[&str]) -> (u16, String) {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", application.redirect_uri.as_str()),
        ("code_verifier", VERIFIER),
    ];
    fields.extend(resources.iter().map(|resource| ("resource", *resource)));
    let answer = application.token(server, &fields);
    match answer.status {
        200 => (200, claims(&answer.text("access_token"))["aud"].as_str().expect("one audience").to_owned()),
        status => (status, answer.error()),
    }
}

on_both! {
    // Covers: RI-01, RI-02, RI-03, RI-04, RI-05, RI-06
    #[test]
    fn tokens_are_for_the_api_that_was_asked_for(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (other, third) = (site.resource_server_for("Other", OTHER), site.resource_server_for("Third", THIRD));
        let application = site.application_with(|input| input.resources = vec![audience(AUDIENCE), audience(OTHER)]);
        let server = site.serve();
        let mut browser = Browser::logged_in(&server, "jo");

        for resource in [THIRD, "https://nobody.example.com", "other", "/other", "https://other.example.com#f",
            "https://other.example.com/", "HTTPS://other.example.com", &format!("{ISSUER}/api/v1")] {
            is_refused(&application.authorize(&mut browser, &[("resource", resource)]), "invalid_target");
        }
        let both = format!("{}&resource={OTHER}&resource={AUDIENCE}&resource={OTHER}", query(&application, &[]));
        let start = |browser: &mut Browser| {
            let first = browser.get(&format!("/oauth/authorize?{both}"));
            follow(browser, first)
        };
        let page = start(&mut browser);
        assert!(page.body.contains(OTHER) && page.body.contains(AUDIENCE), "it is said for which: {}", page.body);
        let code = code_of(&allow(&mut browser, &page));
        assert_eq!(exchange(&application, &server, &code, &[OTHER, AUDIENCE]), (400, "invalid_target".to_owned()));
        let mut next = || code_of(&start(&mut browser));
        assert_eq!(exchange(&application, &server, &next(), &[THIRD]), (400, "invalid_target".to_owned()));
        assert_eq!(exchange(&application, &server, &next(), &[AUDIENCE]), (200, AUDIENCE.to_owned()));
        assert_eq!(exchange(&application, &server, &next(), &[OTHER]), (200, OTHER.to_owned()));

        // One of them, and then the whole of what was granted is no more than that.
        let code = application.code(&mut browser, &[("resource", OTHER)]);
        assert_eq!(exchange(&application, &server, &code, &[AUDIENCE]), (400, "invalid_target".to_owned()));
        let got = application.log_in(&server, &mut browser, &[("resource", OTHER)]);
        assert_eq!(claims(&got.access)["aud"], OTHER);
        assert!(server.is_active(&other, &got.access) && !server.is_active(&third, &got.access));
        assert!(!server.is_active(&site.resource_server, &got.access));
        let next = tokens(&application.refresh(&server, got.refresh.as_deref().expect("a refresh token")));
        assert_eq!(claims(&next.access)["aud"], OTHER);
        let none = application.log_in(&server, &mut browser, &[]);
        assert_eq!(claims(&none.access)["aud"], AUDIENCE, "without one it is the site's default");
    }

    // Covers: RI-02
    #[test]
    fn a_further_api_is_asked_for(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let other = site.resource_server_for("Other", OTHER);
        let application = site.application_with(|input| input.resources = vec![audience(OTHER)]);
        let server = site.serve();
        let mut browser = Browser::logged_in(&server, "jo");
        application.code(&mut browser, &[]);
        let page = application.authorize(&mut browser, &[("resource", OTHER)]);
        assert!(is_asked(&page), "the user said nothing of that one");
        code_of(&allow(&mut browser, &page));
        assert!(!is_asked(&application.authorize(&mut browser, &[("resource", OTHER)])));
        assert!(!is_asked(&application.authorize(&mut browser, &[])));
        // The API is gone from the site.
        let input = EditResourceServer {
            id: resource_server_id(&other),
            name: None,
            audiences: Some(vec![audience("https://moved.example.com")]),
            accepts_api_keys: None,
        };
        site.change(|change, deps| manage::resource_servers::edit(change, deps, &Authority::OPERATOR, input));
        is_refused(&ask(&server, &application, &query(&application, &[("resource", OTHER)]), Way::Get), "invalid_target");
    }
}
