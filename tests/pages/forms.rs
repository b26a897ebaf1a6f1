//! Forms of other sites change nothing, and neither does a GET (B1, B2).

use std::collections::BTreeMap;

use keystead::domain::authority::Authority;

use crate::{
    browser::{Browser, PASSWORD, field, field_of_form, person},
    on_both,
    support::{
        backend::TestDatabase,
        http::Request,
        site::{ISSUER, TestSite},
    },
};

/// Rows of every table that logging in touches.
fn rows(database: &TestDatabase) -> BTreeMap<&'static str, i64> {
    ["changes", "sessions", "audit_events", "setup_links", "throttles", "families", "grants", "users"]
        .map(|table| (table, database.number(&format!("(SELECT count(*) FROM {table})"))))
        .into()
}

/// A form with its token and its fields.
type Form<'a> = (&'a str, String, Vec<(&'a str, &'a str)>);

fn posted(browser: &Browser, form: &Form<'_>, csrf: Option<&str>, adjust: impl FnOnce(Request) -> Request) -> u16 {
    let (path, _, fields) = form;
    let all: Vec<(&str, &str)> = csrf.map(|token| ("csrf", token)).into_iter().chain(fields.iter().copied()).collect();
    adjust(browser.request("POST", path)).form(&all).send().status
}

on_both! {
    // Covers: B1
    #[test]
    fn no_form_of_another_site_browser_session_or_page_changes_anything(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo");
        let server = site.serve();
        let link = site.change(|change, deps| keystead::manage::setup_links::create(change, deps, &Authority::OPERATOR, jo));
        let link = link.expose().replace(ISSUER, "");
        let mut browser = Browser::logged_in(&server, "jo");
        let mut stranger = Browser::logged_in(&server, "jo");
        let page = browser.get("/account/sessions").body;
        let session = field_of_form(&page, "/account/sessions/end", "session");
        let of_sessions = field_of_form(&page, "/account/sessions/end", "csrf");
        let of_password = field_of_form(&browser.get("/account/password").body, "/account/password", "csrf");
        let of_link = field(&browser.get(&link).body, "csrf").expect("a token");
        let new = "another horse battery";
        let forms: Vec<Form<'_>> = vec![
            ("/logout", browser.log_out_token(), vec![]),
            ("/account/sessions/end", of_sessions.clone(), vec![("session", &session)]),
            ("/account/sessions/end-others", of_sessions, vec![]),
            ("/account/password", of_password, vec![("current", PASSWORD), ("password", new)]),
            (link.as_str(), of_link, vec![("password", new)]),
        ];
        let of_stranger = stranger.log_out_token();
        let before = rows(&site.database);
        for form in &forms {
            let own = Some(form.1.as_str());
            let mine = |csrf, adjust: fn(Request) -> Request| posted(&browser, form, csrf, adjust);
            assert_eq!(mine(None, |it| it), 403, "{}: no token", form.0);
            assert_eq!(mine(Some("x"), |it| it), 403, "{}: garbage", form.0);
            assert_eq!(mine(Some(&of_stranger), |it| it), 403, "{}: the token of another browser", form.0);
            assert_eq!(mine(own, |it| it.header("Origin", "https://evil.example")), 403, "{}: a foreign origin", form.0);
            assert_eq!(mine(own, |it| it.header("Sec-Fetch-Site", "cross-site")), 403, "{}: a foreign site", form.0);
            assert_eq!(
                mine(own, |it| it.header("Origin", "null").header("Sec-Fetch-Site", "cross-site")),
                403,
                "{}: a sandbox of a foreign site",
                form.0
            );
            assert!(matches!(posted(&stranger, form, own, |it| it), 303 | 403), "{}", form.0);
        }
        for (other, form) in forms.iter().zip(forms.iter().skip(2)) {
            assert_eq!(posted(&browser, form, Some(&other.1), |it| it), 403, "{}: the token of another form", form.0);
        }
        assert_eq!(rows(&site.database), before);
        assert!(browser.is_logged_in() && stranger.is_logged_in());
        // With `Origin: null` alone, which Chromium sends under `no-referrer`, the token decides.
        assert_eq!(posted(&browser, &forms[1], Some(&forms[1].1), |it| it.header("Origin", "null")), 303);
        assert_eq!(posted(&browser, &forms[3], Some(&forms[3].1), |it| it.header("Origin", ISSUER)), 303);
    }

    // Covers: B1
    #[test]
    fn nobody_is_logged_in_by_a_form_of_another_site(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve();
        let mut browser = Browser::new(&server);
        let token = field(&browser.get("/login").body, "csrf").expect("a token");
        let form: Form<'_> = ("/login", token.clone(), vec![("login", "jo"), ("password", PASSWORD)]);
        let before = rows(&site.database);
        assert_eq!(posted(&browser, &form, None, |it| it), 403);
        assert_eq!(posted(&Browser::new(&server), &form, Some(&token), |it| it), 403, "a browser without its cookie");
        assert_eq!(posted(&browser, &form, Some(&token), |it| it.header("Origin", "https://evil.example")), 403);
        assert_eq!(posted(&browser, &form, Some(&token), |it| it.header("Sec-Fetch-Site", "same-site")), 403);
        assert_eq!(rows(&site.database), before);
        assert_eq!(server.logins.hasher().work_done(), 0);
        assert_eq!(posted(&browser, &form, Some(&token), |it| it.header("Sec-Fetch-Site", "same-origin")), 303);
    }

    // Covers: B2
    #[test]
    fn a_get_changes_nothing(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo");
        let server = site.serve();
        let link = site.change(|change, deps| keystead::manage::setup_links::create(change, deps, &Authority::OPERATOR, jo));
        let link = link.expose().replace(ISSUER, "");
        let mut browser = Browser::logged_in(&server, "jo");
        let token = browser.log_out_token();
        let before = rows(&site.database);
        let pages = [
            "/login", "/logout", "/logged-out", "/account", "/account/applications", "/account/applications/withdraw",
            "/account/sessions", "/account/sessions/end", "/account/sessions/end-others", "/account/password",
            "/password/forgotten", "/password/forgotten/sent", "/consent", link.as_str(),
        ];
        for path in pages {
            for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH"] {
                for query in [String::new(), format!("?csrf={token}&login=jo&password={PASSWORD}&session=x").replace(' ', "+")] {
                    let answer = browser.request(method, &format!("{path}{query}")).send();
                    assert!(answer.status < 500, "{method} {path}: {}", answer.status);
                }
            }
        }
        assert_eq!(rows(&site.database), before);
        assert!(browser.is_logged_in());
    }
}
