//! Where browsers are sent to: to places that are registered, octet by octet, and nowhere else.

use keystead::domain::{application::ApplicationKind, redirect_uri::RedirectUri};

use crate::{
    asking::{WAYS, Way, ask, is_dead_end, query},
    support::{
        backend::Backend,
        browser::{Browser, person},
        log_in_with::{CALLBACK, TestApplication},
        site::{Server, TestSite},
    },
};

/// What is not `https://app.example.com/callback`, though somebody may think so.
const OTHERS: [&str; 58] = [
    "https://app.example.com/callback/",
    "https://app.example.com/callback?",
    "https://app.example.com/callback?x",
    "https://app.example.com/callback?x=1",
    "https://app.example.com/callback#",
    "https://app.example.com/callback#f",
    "https://app.example.com/callback;x",
    "https://app.example.com/callback%2f",
    "https://app.example.com/callback%2e%2e%2f",
    "https://app.example.com/callback%23",
    "https://app.example.com/%63allback",
    "https://app.example.com/CALLBACK",
    "https://app.example.com/Callback",
    "https://app.example.com/callbac",
    "https://app.example.com/callbackx",
    "https://app.example.com/",
    "https://app.example.com",
    "https://app.example.com/./callback",
    "https://app.example.com/a/../callback",
    "https://app.example.com/callback/../evil",
    "https://app.example.com/a/..;/callback",
    "https://app.example.com//callback",
    "https://app.example.com/\\callback",
    "https://app.example.com@evil.example/callback",
    "https://app.example.com\\@evil.example/callback",
    "https://app.example.com/@evil.example/callback",
    "https://app.example.com:443/callback",
    "https://app.example.com:8443/callback",
    "https://app.example.com:@evil.example/callback",
    "https://app.example.com.evil.example/callback",
    "https://app.example.com%00.evil.example/callback",
    "https://app.example.com%2eevil.example/callback",
    "https://app.example.com./callback",
    "https://evil.example/callback",
    "https://evil.example/?https://app.example.com/callback",
    "https://evil.example/#https://app.example.com/callback",
    "https://user@app.example.com/callback",
    "https://user:word@app.example.com/callback",
    "https://a\u{440}p.example.com/callback",
    "https://xn--ap-7lc.example.com/callback",
    "https://app\u{3002}example.com/callback",
    "https://app.example.com/callback\u{200b}",
    "HTTPS://app.example.com/callback",
    "https://APP.example.com/callback",
    "http://app.example.com/callback",
    "https:app.example.com/callback",
    "https:/app.example.com/callback",
    "https:///app.example.com/callback",
    "https:\\\\app.example.com\\callback",
    "//app.example.com/callback",
    "/callback",
    "callback",
    "javascript:location='https://app.example.com/callback'",
    "data:text/html,https://app.example.com/callback",
    " https://app.example.com/callback",
    "https://app.example.com/callback ",
    "https://app.example.com/callback,https://app.example.com/callback",
    "*",
];

/// The same with what no text has.
const NO_TEXTS: [&str; 4] = [
    "https://app.example.com/call\tback",
    "https://app.example.com/call\r\nLocation: https://evil.example",
    "https://app.example.com/callback\0",
    "https://app.example.com/callback\u{7f}",
];

fn leads_nowhere(server: &Server, application: &TestApplication, query: &str, code: &str) {
    for way in [Way::Get, Way::Post] {
        is_dead_end(&ask(server, application, query, way), 400, code);
    }
}

// Covers: AZ-02, A1, A2
#[test]
fn no_place_but_the_registered_one_is_led_to() {
    let site = TestSite::new(Backend::Sqlite);
    person(&site, "jo");
    let (application, server) = (site.application(), site.serve());
    let mut browser = Browser::logged_in(&server, "jo");
    for other in OTHERS {
        let query = query(&application, &[("redirect_uri", other)]);
        leads_nowhere(&server, &application, &query, "invalid_redirect_uri");
        is_dead_end(&browser.get(&format!("/oauth/authorize?{query}")), 400, "invalid_redirect_uri");
        let pushed = ask(&server, &application, &query, Way::Push);
        assert_eq!((pushed.status, pushed.error().as_str()), (400, "invalid_request"), "{other}");
    }
    for other in NO_TEXTS {
        let query = query(&application, &[("redirect_uri", other)]);
        leads_nowhere(&server, &application, &query, "invalid_request");
        assert_eq!(ask(&server, &application, &query, Way::Push).status, 400, "{other}");
    }
    assert_eq!(browser.get(&application.authorize_path(&[])).status, 303, "the registered one is led to");
}

// Covers: AZ-01, A2
#[test]
fn an_application_that_nobody_knows_leads_nowhere() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    let (key, other) = (site.key("viewer", &[0]), TestSite::new(Backend::Sqlite));
    let elsewhere = other.application().client_id;
    let upper = application.client_id.to_uppercase();
    let spaced = format!("{} ", application.client_id);
    let server_id = site.resource_server.client_id.clone();
    for unknown in ["", "nobody", "app_", &upper, &spaced, &key.client_id, &server_id, &elsewhere] {
        leads_nowhere(&server, &application, &query(&application, &[("client_id", unknown)]), "unknown_client");
    }
    leads_nowhere(&server, &application, "", "unknown_client");
}

// Covers: AZ-05
#[test]
fn the_only_place_need_not_be_named_and_one_of_several_must() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let one = site.application();
    let several = site.application_with(|input| {
        input.redirect_uris.push(RedirectUri::parse("https://app.example.com/other").expect("a redirect URI"));
    });
    let unnamed = [("redirect_uri", "")];
    for way in [Way::Get, Way::Post] {
        assert_eq!(ask(&server, &one, &query(&one, &unnamed), way).status, 303);
    }
    assert_eq!(ask(&server, &one, &query(&one, &unnamed), Way::Push).status, 201);
    leads_nowhere(&server, &several, &query(&several, &unnamed), "invalid_redirect_uri");
    assert_eq!(ask(&server, &several, &query(&several, &unnamed), Way::Push).status, 400);
    for way in WAYS {
        let named = query(&several, &[("redirect_uri", CALLBACK)]);
        assert!(ask(&server, &several, &named, way).status < 400, "each of several can be named");
    }
}

// Covers: AZ-03, A5
#[test]
fn programs_on_the_device_choose_their_port_and_nothing_else() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let native = |uri: &str| {
        site.application_with(|input| {
            input.kind = ApplicationKind::Public;
            input.redirect_uris = vec![RedirectUri::parse(uri).expect("a redirect URI")];
        })
    };
    let (four, six) = (native("http://127.0.0.1/cb"), native("http://[::1]/cb"));
    let fixed = native("http://127.0.0.1:4000/cb");
    let asked = |application: &TestApplication, uri: &str| query(application, &[("redirect_uri", uri)]);
    for (application, uri) in [
        (&four, "http://127.0.0.1/cb"),
        (&four, "http://127.0.0.1:49152/cb"),
        (&four, "http://127.0.0.1:1/cb"),
        (&six, "http://[::1]:65535/cb"),
        (&fixed, "http://127.0.0.1:4000/cb"),
    ] {
        for way in WAYS {
            assert!(ask(&server, application, &asked(application, uri), way).status < 400, "{uri}");
        }
    }
    for (application, uri) in [
        (&four, "http://127.0.0.1:49152/cb/"),
        (&four, "http://127.0.0.1:49152/CB"),
        (&four, "http://127.0.0.1:49152/cb?x"),
        (&four, "http://127.0.0.1:49152/"),
        (&four, "http://127.0.0.1:0/cb"),
        (&four, "http://127.0.0.1:65536/cb"),
        (&four, "http://127.0.0.1:+80/cb"),
        (&four, "http://127.0.0.1:/cb"),
        (&four, "http://127.0.0.1.evil.example/cb"),
        (&four, "http://localhost.evil.example/cb"),
        (&four, "http://127.0.0.1@evil.example/cb"),
        (&four, "http://127.0.0.1:80@evil.example/cb"),
        (&four, "http://127.1/cb"),
        (&four, "http://127.0.0.2:49152/cb"),
        (&four, "http://2130706433:49152/cb"),
        (&four, "http://0x7f000001:49152/cb"),
        (&four, "http://localhost:49152/cb"),
        (&four, "http://[::1]:49152/cb"),
        (&four, "http://[::ffff:127.0.0.1]:49152/cb"),
        (&four, "https://127.0.0.1:49152/cb"),
        (&six, "http://[0:0:0:0:0:0:0:1]:49152/cb"),
        (&fixed, "http://127.0.0.1:4001/cb"),
        (&fixed, "http://127.0.0.1/cb"),
    ] {
        leads_nowhere(&server, application, &asked(application, uri), "invalid_redirect_uri");
    }
    // An application on a server knows its port.
    let confidential = site
        .application_with(|input| input.redirect_uris = vec![RedirectUri::parse("http://127.0.0.1/cb").expect("one")]);
    leads_nowhere(&server, &confidential, &asked(&confidential, "http://127.0.0.1:49152/cb"), "invalid_redirect_uri");
}

// Covers: AZ-25
#[test]
fn no_page_leads_where_a_request_wants() {
    let site = TestSite::new(Backend::Sqlite);
    person(&site, "jo");
    let server = site.serve();
    for evil in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "https:evil.example",
        "%2f%2fevil.example",
        "javascript:alert(1)",
        "ksq_https://evil.example",
    ] {
        for name in ["next", "request", "redirect_uri", "return_to", "post_logout_redirect_uri"] {
            for path in ["/login", "/consent", "/logged-out", "/account", "/oauth/logout", "/nowhere"] {
                let mut browser = Browser::new(&server);
                let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, evil).finish();
                let answer = browser.get(&format!("{path}?{query}"));
                let to = answer.header("location").unwrap_or("/");
                assert!(to.starts_with('/') && !to.starts_with("//"), "{path} {name}: {to}");
                assert!(!answer.body.contains("evil.example\"") && !to.contains("evil"), "{path} {name}: {answer:?}");
            }
            let mut browser = Browser::new(&server);
            let there = [("login", "jo"), ("password", crate::support::browser::PASSWORD), (name, evil)];
            let answer = browser.submit("/login", "/login", &there);
            assert_eq!(answer.header("location"), Some("/"), "{name}={evil} {answer:?}");
        }
    }
}
