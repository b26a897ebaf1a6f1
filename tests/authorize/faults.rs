//! What applications ask for and cannot have: they hear of it, with their own state, at the place that is registered.

use std::net::TcpListener;

use keystead::{domain::authority::Authority, manage};

use crate::{
    asking::{WAYS, Way, ask, id_of, is_dead_end, is_refused, query},
    support::{
        backend::Backend,
        browser::person,
        log_in_with::{CALLBACK, challenge, returned},
        site::{AUDIENCE, ISSUER, TestSite},
    },
};

/// What is changed of a good request, and what the application is told.
const FAULTS: &[(&str, &str, &str)] = &[
    ("response_type", "", "invalid_request"),
    ("response_type", "token", "unsupported_response_type"),
    ("response_type", "id_token", "unsupported_response_type"),
    ("response_type", "id_token token", "unsupported_response_type"),
    ("response_type", "code token", "unsupported_response_type"),
    ("response_type", "code id_token", "unsupported_response_type"),
    ("response_type", "code code", "unsupported_response_type"),
    ("response_type", "none", "unsupported_response_type"),
    ("response_type", "CODE", "unsupported_response_type"),
    ("response_mode", "fragment", "invalid_request"),
    ("response_mode", "form_post", "invalid_request"),
    ("response_mode", "web_message", "invalid_request"),
    ("response_mode", "query.jwt", "invalid_request"),
    ("scope", "bogus", "invalid_scope"),
    ("scope", "openid bogus", "invalid_scope"),
    ("scope", "openid alm.read", "invalid_scope"),
    ("scope", "openid workspace:1001", "invalid_scope"),
    ("scope", "openid  read", "invalid_scope"),
    ("scope", " openid", "invalid_scope"),
    ("scope", "OPENID", "invalid_scope"),
    ("scope", "openid \"read\"", "invalid_scope"),
    ("code_challenge", "", "invalid_request"),
    ("code_challenge_method", "", "invalid_request"),
    ("code_challenge_method", "plain", "invalid_request"),
    ("code_challenge_method", "s256", "invalid_request"),
    ("code_challenge_method", "S512", "invalid_request"),
    ("code_challenge_method", "foo", "invalid_request"),
    ("code_challenge", "x", "invalid_request"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", "invalid_request"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMM", "invalid_request"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "invalid_request"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=", "invalid_request"),
    ("prompt", "never", "invalid_request"),
    ("prompt", "create", "invalid_request"),
    ("prompt", "login never", "invalid_request"),
    ("prompt", "none login", "invalid_request"),
    ("prompt", "login none", "invalid_request"),
    ("prompt", "none consent", "invalid_request"),
    ("max_age", "-1", "invalid_request"),
    ("max_age", "+1", "invalid_request"),
    ("max_age", "1.5", "invalid_request"),
    ("max_age", "soon", "invalid_request"),
    ("max_age", "99999999999", "invalid_request"),
    ("resource", "https://unknown.example.com", "invalid_target"),
    ("resource", "https://api.example.com", "invalid_target"),
    ("resource", "https://api.example.com#f", "invalid_target"),
    ("resource", "/relative", "invalid_target"),
    ("resource", "api", "invalid_target"),
    ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
];

// Covers: AZ-06, AZ-07, AZ-13, AZ-14, AZ-16, AZ-17, AZ-18, AZ-24, A7, A15, A20, OC-03, RI-01, RI-02
#[test]
fn applications_hear_what_they_cannot_have() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    for (name, value, error) in FAULTS {
        let query = query(&application, &[(name, value)]);
        for way in [Way::Get, Way::Post] {
            is_refused(&ask(&server, &application, &query, way), error);
        }
        let pushed = ask(&server, &application, &query, Way::Push);
        assert_eq!((pushed.status, pushed.error().as_str()), (400, *error), "{name}={value}");
        assert_eq!(pushed.header("cache-control"), Some("no-store"));
    }
    for name in ["nonce", "login_hint"] {
        let (fits, long) = ("x".repeat(1024), "x".repeat(1025));
        is_refused(&ask(&server, &application, &query(&application, &[(name, &long)]), Way::Get), "invalid_request");
        assert_eq!(ask(&server, &application, &query(&application, &[(name, &fits)]), Way::Push).status, 201);
    }
    let long = "E".repeat(129);
    is_refused(
        &ask(&server, &application, &query(&application, &[("code_challenge", &long)]), Way::Get),
        "invalid_request",
    );
    for way in WAYS {
        assert!(ask(&server, &application, &query(&application, &[]), way).status < 400, "the good request is good");
    }
}

// Covers: AZ-07
#[test]
fn a_disabled_application_is_told_so() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    let id = id_of(&application);
    site.change(|change, deps| manage::applications::disable(change, deps, &Authority::OPERATOR, id));
    for way in [Way::Get, Way::Post] {
        is_refused(&ask(&server, &application, &query(&application, &[]), way), "unauthorized_client");
    }
    let pushed = ask(&server, &application, &query(&application, &[]), Way::Push);
    assert_eq!((pushed.status, pushed.error().as_str()), (401, "invalid_client"));
}

// Covers: AZ-08, A6, RI-03
#[test]
fn what_stands_twice_makes_a_request_worthless() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application_with(|input| input.resources = vec![site_audience()]), site.serve());
    let good = query(&application, &[]);
    let client = format!("client_id={}", application.client_id);
    let doubles = [
        format!("{client}&{good}"),
        format!("{good}&client_id=app_other"),
        format!("{good}&redirect_uri=https%3A%2F%2Fevil.example"),
        format!("redirect_uri=https%3A%2F%2Fevil.example&{good}"),
        format!("{good}&state=state-1"),
        format!("{good}&scope=openid"),
        format!("{good}&%73cope=openid"),
        format!("{good}&response_type=code"),
        format!("{good}&code_challenge={}", challenge()),
        format!("{good}&foo=1&foo=2"),
        format!("{good}&foo&foo"),
        format!("{good}&nonce=&nonce="),
    ];
    for double in &doubles {
        for way in [Way::Get, Way::Post] {
            is_dead_end(&ask(&server, &application, double, way), 400, "invalid_request");
        }
        let pushed = ask(&server, &application, double, Way::Push);
        assert_eq!((pushed.status, pushed.error().as_str()), (400, "invalid_request"), "{double}");
    }
    let resources = format!("{good}&resource={AUDIENCE}&resource={AUDIENCE}");
    for way in WAYS {
        assert!(ask(&server, &application, &resources, way).status < 400, "resource may be repeated");
    }
}

fn site_audience() -> keystead::domain::audience::Audience {
    crate::support::site::audience(AUDIENCE)
}

// Covers: AZ-09
#[test]
fn what_nobody_knows_changes_nothing_and_what_is_empty_is_absent() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    let good = query(&application, &[]);
    let passed_over = [
        "foo=1&display=popup&ui_locales=fr&claims=%7B%7D&acr_values=0&id_token_hint=x",
        "nonce=&prompt=&max_age=&response_mode=&resource=&request=&request_uri=&login_hint=",
    ];
    for more in passed_over {
        for way in WAYS {
            let answer = ask(&server, &application, &format!("{good}&{more}"), way);
            assert!(matches!((way, answer.status), (Way::Push, 201) | (Way::Get | Way::Post, 303)), "{answer:?}");
            let to = answer.header("location").unwrap_or("/");
            assert!(to.starts_with('/'), "it is asked: {to}");
        }
    }
    // No scope at all is everything that the application may ask for.
    person(&site, "jo");
    let mut browser = crate::support::browser::Browser::logged_in(&server, "jo");
    let page = application.authorize(&mut browser, &[("scope", "")]);
    for value in ["profile", "email"] {
        assert!(page.body.contains(&format!("value=\"{value}\"")), "{}", page.body);
    }
}

// Covers: A21
#[test]
fn masses_of_scopes_are_refused_at_once() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    let repeated = |count: usize| vec!["a"; count].join(" ");
    let (many, long) = (repeated(2_048), "read ".repeat(101));
    for scope in [many.as_str(), long.trim_end(), &"a".repeat(4_097)] {
        is_refused(&ask(&server, &application, &query(&application, &[("scope", scope)]), Way::Post), "invalid_scope");
    }
    let huge = query(&application, &[("scope", &repeated(8_192))]);
    for way in WAYS {
        let answer = ask(&server, &application, &huge, way);
        assert!((400..500).contains(&answer.status) && answer.header("location").is_none(), "{answer:?}");
    }
    let hundred = vec!["read"; 100].join(" ");
    assert_eq!(ask(&server, &application, &query(&application, &[("scope", &hundred)]), Way::Push).status, 201);
}

// Covers: A22
#[test]
fn a_request_that_lies_elsewhere_is_not_fetched() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("it does not wait");
    let there = format!("http://{}/request", listener.local_addr().expect("an address"));
    let jwt = "eyJhbGciOiJub25lIn0.e30.";
    for uri in [there.as_str(), "https://app.example.com/request", "file:///etc/hostname", "urn:other:1"] {
        let query = query(&application, &[("request_uri", uri)]);
        for way in [Way::Get, Way::Post] {
            is_refused(&ask(&server, &application, &query, way), "request_uri_not_supported");
        }
        assert_eq!(ask(&server, &application, &query, Way::Push).error(), "invalid_request");
        // Without a place that is known to be the application's, nobody is sent anywhere.
        let alone = format!("client_id=app_unknown&request_uri={uri}");
        is_dead_end(&ask(&server, &application, &alone, Way::Get), 400, "unknown_client");
    }
    let with_both = query(&application, &[("request", jwt), ("request_uri", &there)]);
    is_refused(&ask(&server, &application, &with_both, Way::Get), "request_not_supported");
    assert!(listener.accept().is_err(), "somebody came to fetch the request");
}

// Covers: H7
#[test]
fn what_is_no_text_is_refused_in_every_field() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    let fields = [
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
        "login_hint",
        "resource",
        "request_uri",
        "request",
        "foo",
    ];
    for field in fields {
        let rest = query(&application, &[(field, "")]);
        for garbage in ["%00", "x%00y", "%ff", "%c3%28", "%ed%a0%80", "%0a", "%1b", "%7f", "%c2%85", "%zz", "%"] {
            let query = format!("{rest}&{field}={garbage}");
            for way in [Way::Get, Way::Post] {
                is_dead_end(&ask(&server, &application, &query, way), 400, "invalid_request");
            }
            let pushed = ask(&server, &application, &query, Way::Push);
            assert_eq!((pushed.status, pushed.error().as_str()), (400, "invalid_request"), "{field}={garbage}");
        }
    }
}

// Covers: AZ-06, A19
#[test]
fn state_comes_back_as_it_was_sent() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    let longest = "\u{1f511}".repeat(256);
    let states = [
        " ",
        "a+b c",
        "%0d%0aSet-Cookie: a=b",
        "%",
        "&error=none",
        "=",
        "#fragment",
        "\"><script>alert(1)</script>",
        "\u{1f511} \u{e9}\u{202e}",
        "a&state=b",
        "{\"a\":[1,2]}",
        "../..//",
        &longest,
    ];
    for state in states {
        let changes = [("state", state), ("response_type", "token")];
        for way in [Way::Get, Way::Post] {
            let answer = ask(&server, &application, &query(&application, &changes), way);
            let told = returned(&answer);
            assert_eq!((told["state"].as_str(), told["iss"].as_str()), (state, ISSUER));
            assert_eq!(told.len(), 4, "nothing else is told: {told:?}");
            assert!(answer.header("location").expect("a place").starts_with(CALLBACK));
            assert!(!answer.header("set-cookie").is_some_and(|cookie| cookie.contains("a=b")));
        }
    }
    let long = query(&application, &[("state", &"x".repeat(1025))]);
    for way in [Way::Get, Way::Post] {
        is_dead_end(&ask(&server, &application, &long, way), 400, "invalid_request");
    }
    assert_eq!(ask(&server, &application, &long, Way::Push).error(), "invalid_request");
    let none = ask(&server, &application, &query(&application, &[("state", ""), ("scope", "bogus")]), Way::Get);
    assert!(!returned(&none).contains_key("state"), "none was sent");
}
