//! What every answer of the pages carries, whatever its status (B4, B6, B9, T13, H1).

use std::collections::BTreeSet;

use keystead::domain::authority::Authority;

use crate::{
    browser::{Browser, PASSWORD, person, set_cookies},
    support::{
        backend::Backend,
        http::Response,
        site::{ISSUER, Server, TestSite},
    },
};

/// One answer of each kind.
fn answers(site: &TestSite, server: &Server) -> Vec<(String, Response)> {
    let jo = person(site, "jo");
    let link =
        site.change(|change, deps| keystead::manage::setup_links::create(change, deps, &Authority::OPERATOR, jo));
    let link = link.expose().rsplit("/setup/").next().map(|secret| format!("/setup/{secret}")).expect("a link");
    let mut browser = Browser::new(server);
    let mut all: Vec<(String, Response)> = Vec::new();
    let mut add = |what: &str, answer: Response| all.push((format!("{what}: {}", answer.status), answer));
    add("login", browser.get("/login"));
    add("wrong", browser.log_in("jo", "wrong horse battery"));
    add("too long", browser.log_in("jo", &"x".repeat(1025)));
    add("forged", browser.post("/login", "x", &[("login", "jo"), ("password", PASSWORD)]));
    add("foreign", browser.request("POST", "/login").header("Origin", "https://evil.example").form(&[]).send());
    add("no form", browser.request("POST", "/login").body("application/json", "{}").send());
    add("too large", browser.request("POST", "/login").form(&[("x", &"x".repeat(20_000))]).send());
    add("method", browser.request("DELETE", "/login").send());
    add("stranger", browser.get("/account/sessions"));
    add("nowhere to reset", browser.get("/password/forgotten"));
    add("link", browser.get(&link));
    add("dead link", browser.get("/setup/ksi_x"));
    add("logged in", browser.log_in("jo", PASSWORD));
    for page in ["/account", "/account/sessions", "/account/password", "/logged-out", "/login?x=%00"] {
        add(page, browser.get(page));
    }
    add("no consent", browser.get("/consent?request=x"));
    let token = browser.log_out_token();
    add("logged out", browser.post("/logout", &token, &[]));
    all
}

// Covers: B6, B9, T13
#[test]
fn every_answer_is_kept_by_nobody_and_framed_by_nobody() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let all = answers(&site, &server);
    let statuses: BTreeSet<u16> = all.iter().map(|(_, answer)| answer.status).collect();
    for expected in [200, 303, 400, 403, 404, 405, 410, 413, 422] {
        assert!(statuses.contains(&expected), "{expected} is missing: {statuses:?}");
    }
    for (what, answer) in &all {
        let header = |name| answer.header(name).unwrap_or_else(|| panic!("{what}: no {name}"));
        assert_eq!(header("cache-control"), "no-store", "{what}");
        assert_eq!(header("x-frame-options"), "DENY", "{what}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{what}");
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{what}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{what}: {policy}");
        if answer.status != 303 {
            assert_eq!(header("content-type"), "text/html; charset=utf-8", "{what}");
            assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{what}");
            assert!(policy.contains("base-uri 'none'") && policy.contains("form-action 'self'"), "{what}: {policy}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), None, "{what}");
    }
}

// Covers: B4
#[test]
fn every_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let mut seen = BTreeSet::new();
    for (what, answer) in answers(&site, &server) {
        for cookie in set_cookies(&answer) {
            let mut parts = cookie.split("; ");
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a pair");
            let attributes: BTreeSet<&str> = parts.collect();
            for needed in ["Path=/", "HttpOnly", "SameSite=Lax"] {
                assert!(attributes.contains(needed), "{what}: {cookie}");
            }
            assert!(attributes.iter().any(|attribute| attribute.starts_with("Max-Age=")), "{what}: {cookie}");
            assert!(attributes.len() == 4, "no Domain, and no Secure that Safari refuses from http: {cookie}");
            assert!(value.is_empty() || value.len() >= 43, "{what}: {cookie}");
            seen.insert(name.to_owned());
        }
    }
    assert_eq!(seen, ["keystead_browser", "keystead_device", "keystead_session"].map(str::to_owned).into());
    // What is kept of a session opens nothing.
    let mut browser = Browser::logged_in(&server, "jo");
    let cookie = browser.cookies["keystead_session"].clone();
    let kept = std::fs::read(site.database.path("keystead.sqlite")).expect("the database");
    let log = std::fs::read(site.database.path("keystead.sqlite-wal")).unwrap_or_default();
    let secret = &cookie.as_bytes()[20..54];
    assert!(![kept, log].iter().any(|bytes| bytes.windows(34).any(|part| part == secret)));
    assert!(browser.is_logged_in());
}

// Covers: H1
#[test]
fn what_a_request_says_of_its_host_reaches_no_page() {
    let site = TestSite::new(Backend::Sqlite);
    let jo = person(&site, "jo");
    let server = site.serve();
    let link =
        site.change(|change, deps| keystead::manage::setup_links::create(change, deps, &Authority::OPERATOR, jo));
    assert!(link.expose().starts_with(ISSUER));
    let mut browser = Browser::logged_in(&server, "jo");
    for page in ["/login", "/account", "/account/sessions", "/account/password", "/setup/ksi_x", "/logged-out"] {
        let answer = browser
            .request("GET", page)
            .header("X-Forwarded-Host", "evil.example")
            .header("X-Forwarded-Proto", "javascript")
            .header("Forwarded", "host=evil.example;proto=javascript")
            .send();
        let told: String = answer.headers.values().map(|value| value.to_str().unwrap_or_default()).collect();
        assert!(!answer.body.contains("evil") && !told.contains("evil") && !told.contains("javascript"), "{page}");
    }
    assert!(browser.is_logged_in());
    let raw = crate::support::http::raw(
        server.address,
        b"GET /login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    );
    assert!(raw.starts_with("HTTP/1.1 421") && !raw.contains("evil"), "{raw}");
}
