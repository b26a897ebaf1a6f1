//! The way back to the application: what it carries, and how.

use keystead::domain::{application::ApplicationKind, redirect_uri::RedirectUri};

use crate::{
    asking::{Way, ask, code_of, is_asked, is_refused, leads_nowhere_by_itself, log_in_there, query},
    on_both,
    support::{
        backend::Backend,
        browser::{Browser, person},
        log_in_with::{CALLBACK, TestApplication, allow, decide, follow, returned, tokens},
        site::{ISSUER, TestSite, name},
    },
};

fn metadata_issuer(server: &crate::support::site::Server) -> String {
    server.client.get("/.well-known/oauth-authorization-server").send().text("issuer")
}

on_both! {
    // Covers: AZ-12, AZ-13, AZ-19, A16, A17, A18
    #[test]
    fn yes_and_no_go_back_with_the_issuer_and_without_a_body(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::new(&server);
        let login = application.authorize(&mut browser, &[]);
        let page = log_in_there(&mut browser, &login, "jo");

        let denied = decide(&mut browser, &page, "deny", &[]);
        is_refused(&denied, "access_denied");
        let allowed = allow(&mut browser, &page);
        assert_eq!(allowed.status, 403, "the request was answered");
        assert_eq!(allowed.header("location"), None);

        let page = application.authorize(&mut browser, &[]);
        let allowed = allow(&mut browser, &page);
        assert_eq!((allowed.status, allowed.body.as_str()), (303, ""));
        let location = allowed.header("location").expect("a place");
        assert!(location.starts_with(&format!("{CALLBACK}?code=")) && location.ends_with("#_"), "{location}");
        let told = returned(&allowed);
        assert_eq!((told["iss"].as_str(), told["state"].as_str()), (metadata_issuer(&server).as_str(), "state-1"));
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(allowed.header("cache-control"), Some("no-store"));

        let again = application.authorize(&mut browser, &[]);
        assert_eq!((again.status, returned(&again)["iss"].as_str()), (303, ISSUER), "nobody is asked twice");
        for answer in [&denied, &allowed, &again] {
            let location = answer.header("location").expect("a place");
            assert!(!location.contains("correct") && !location.contains("horse"), "a password went on: {location}");
        }
    }

    // Covers: AZ-10
    #[test]
    fn a_form_that_another_site_sends_is_the_same_as_a_link(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let changes = [("nonce", "n-1"), ("login_hint", "jo"), ("state", "s 1")];
        // The browser brings no cookie along with the form, and brings them with the redirect that answers it.
        let mut browser = Browser::new(&server);
        let sent = ask(&server, &application, &query(&application, &changes), Way::Post);
        assert_eq!((sent.status, sent.header("set-cookie")), (303, None));
        let login = follow(&mut browser, sent);
        assert!(login.body.contains("value=\"jo\""), "{}", login.body);
        let page = log_in_there(&mut browser, &login, "jo");
        let back = allow(&mut browser, &page);
        assert_eq!(returned(&back)["state"], "s 1");
        let got = tokens(&application.exchange(&server, &code_of(&back)));
        let id = crate::support::log_in_with::claims(&got.id.expect("an id token"));
        assert_eq!(id["nonce"], "n-1");

        let sent = ask(&server, &application, &query(&application, &changes), Way::Post);
        assert!(!is_asked(&follow(&mut browser, sent)), "the browser is known, and the user consented");
        // The same form, sent by the same browser together with all its cookies.
        let sent = browser.request("POST", "/oauth/authorize");
        let body = query(&application, &changes);
        let sent = sent.header("Origin", "https://app.example.com").header("Sec-Fetch-Site", "cross-site");
        let sent = sent.body("application/x-www-form-urlencoded", body).send();
        assert!(!is_asked(&follow(&mut browser, sent)));
    }
}

// Covers: AZ-10
#[test]
fn a_form_is_read_as_strictly_as_everywhere() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    let good = query(&application, &[]);
    let post =
        |content_type: &str| server.client.post("/oauth/authorize").body(content_type, good.clone()).send().status;
    assert_eq!(post("application/x-www-form-urlencoded"), 303);
    assert_eq!(post("application/x-www-form-urlencoded; charset=UTF-8"), 303);
    assert_eq!(
        (post("application/json"), post("text/plain"), post("multipart/form-data; boundary=x")),
        (400, 400, 400)
    );
    let in_url = server.client.post(&format!("/oauth/authorize?{good}")).form(&[("x", "1")]).send();
    assert_eq!(in_url.status, 400, "a form's parameters stand in its body");
    let json = server.client.get(&format!("/oauth/authorize?{good}")).send();
    assert_eq!(json.status, 303);
    for method in ["PUT", "DELETE", "PATCH", "HEAD"] {
        assert_eq!(server.client.request(method, &format!("/oauth/authorize?{good}")).send().status, 405, "{method}");
    }
}

// Covers: AZ-11
#[test]
fn a_query_of_the_registered_place_is_kept() {
    let site = TestSite::new(Backend::Sqlite);
    person(&site, "jo");
    let server = site.serve();
    let mut browser = Browser::logged_in(&server, "jo");
    let at = |uri: &str, kind| {
        site.application_with(|input| {
            input.kind = kind;
            input.redirect_uris = vec![RedirectUri::parse(uri).expect("a redirect URI")];
        })
    };
    for (uri, kind) in [
        ("https://app.example.com/callback?x=1", ApplicationKind::Confidential),
        ("https://app.example.com/callback?x=a%26b&y", ApplicationKind::Confidential),
        ("com.example.app:/callback?x=1", ApplicationKind::Public),
    ] {
        let application = at(uri, kind);
        let page = application.authorize(&mut browser, &[]);
        for answer in [allow(&mut browser, &page), application.authorize(&mut browser, &[("scope", "bogus")])] {
            let location = answer.header("location").expect("a place");
            let rest = location.strip_prefix(&format!("{uri}&")).unwrap_or_else(|| panic!("{location}"));
            assert!(rest.contains("state=state-1") && rest.contains("iss=http"), "{location}");
        }
    }
    let bare = at("com.example.app:/callback", ApplicationKind::Public);
    let page = bare.authorize(&mut browser, &[]);
    assert!(page.body.contains("com.example.app"), "it is said where the user returns to: {}", page.body);
    let back = allow(&mut browser, &page);
    assert!(back.header("location").expect("a place").starts_with("com.example.app:/callback?code="));
}

on_both! {
    // Covers: A3
    #[test]
    fn applications_that_users_registered_send_nobody_anywhere_by_a_mistake(backend) {
        let site = TestSite::new(backend);
        let owner = person(&site, "jo");
        let server = site.serve();
        let own = site.application_with(|input| {
            input.owner = Some(owner);
            input.name = name("Own");
        });
        let of_space = site.application();
        let bogus = [("scope", "bogus")];
        for way in [Way::Get, Way::Post] {
            let answer = ask(&server, &own, &query(&own, &bogus), way);
            assert_eq!((answer.status, answer.header("location")), (400, None), "{answer:?}");
            assert!(answer.body.contains("<code>invalid_scope</code>"), "{}", answer.body);
            let link = link_to_application(&answer.body);
            assert!(link.contains("error=invalid_scope") && link.contains("state=state-1") && link.contains("iss="), "{link}");
            leads_nowhere_by_itself(&answer);
            is_refused(&ask(&server, &of_space, &query(&of_space, &bogus), way), "invalid_scope");
            // Nobody sees a page who is not to see one.
            let silent = query(&own, &[("scope", "bogus"), ("prompt", "none")]);
            is_refused(&ask(&server, &own, &silent, way), "invalid_scope");
        }
        assert_eq!(ask(&server, &own, &query(&own, &bogus), Way::Push).error(), "invalid_scope");
        let mut browser = Browser::logged_in(&server, "jo");
        let page = own.authorize(&mut browser, &[]);
        is_refused(&decide(&mut browser, &page, "deny", &[]), "access_denied");
    }
}

fn link_to_application(page: &str) -> String {
    let link = page.split(&format!("href=\"{CALLBACK}")).nth(1).expect("a link to the application");
    link.split('"').next().expect("an end").replace("&amp;", "&").replace("&#38;", "&")
}

// Covers: AZ-13
#[test]
fn every_error_after_the_request_was_taken_carries_the_issuer() {
    let site = TestSite::new(Backend::Sqlite);
    person(&site, "jo");
    let (application, server) = (site.application(), site.serve());
    let silent =
        |application: &TestApplication, browser: &mut Browser| application.authorize(browser, &[("prompt", "none")]);
    is_refused(&silent(&application, &mut Browser::new(&server)), "login_required");
    is_refused(&silent(&application, &mut Browser::logged_in(&server, "jo")), "consent_required");
}
