//! The ways to ask, and what is to be seen of the answers.

use keystead::{
    domain::{
        authority::Authority,
        ids::{ApplicationId, SpaceId},
        space::SpaceKind,
    },
    manage::{self, applications::EditApplication, spaces::CreateSpace},
};

use crate::support::{
    browser::Browser,
    http::Response,
    log_in_with::{CALLBACK, TestApplication, returned},
    site::{ISSUER, Server, TestSite, name},
};

/// Three ways that a request comes in.
pub(crate) const WAYS: [Way; 3] = [Way::Get, Way::Post, Way::Push];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Get,
    /// A form on the application's site: no cookie comes with it.
    Post,
    Push,
}

/// Changes `edit` of an application.
pub(crate) fn edit(site: &TestSite, application: &TestApplication, edit: impl FnOnce(&mut EditApplication)) {
    let mut input = EditApplication::of(id_of(application));
    edit(&mut input);
    site.change(|change, deps| manage::applications::edit(change, deps, &Authority::OPERATOR, input));
}

/// A further space of the site.
pub(crate) fn another_space(site: &TestSite) -> SpaceId {
    let input = CreateSpace { name: name("Elsewhere"), kind: SpaceKind::Production, internal_services: true };
    site.change(|change, deps| manage::spaces::create(change, deps, &Authority::OPERATOR, input)).id
}

pub(crate) fn id_of(application: &TestApplication) -> ApplicationId {
    application.client_id.parse().expect("the id of an application")
}

/// The request as a query.
pub(crate) fn query(application: &TestApplication, changes: &[(&str, &str)]) -> String {
    let path = application.authorize_path(changes);
    path.split_once('?').expect("a query").1.to_owned()
}

/// The request with this text behind its query, which may be wrong in any way.
pub(crate) fn ask(server: &Server, application: &TestApplication, query: &str, way: Way) -> Response {
    const FORM: &str = "application/x-www-form-urlencoded";
    let client = &server.client;
    match (way, &application.secret) {
        (Way::Get, _) => client.get(&format!("/oauth/authorize?{query}")).send(),
        (Way::Post, _) => client.post("/oauth/authorize").body(FORM, query).send(),
        (Way::Push, None) => client.post("/oauth/par").body(FORM, query).send(),
        (Way::Push, Some(secret)) => {
            client.post("/oauth/par").basic(&application.client_id, secret).body(FORM, query).send()
        }
    }
}

/// Pushes a request.
pub(crate) fn push(server: &Server, application: &TestApplication, changes: &[(&str, &str)]) -> Response {
    ask(server, application, &query(application, changes), Way::Push)
}

/// The browser is told something and led nowhere: no redirect, no refresh, no form, no script, no link to another site (A2).
pub(crate) fn is_dead_end(answer: &Response, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("location"), None, "{answer:?}");
    assert_eq!(answer.header("refresh"), None, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.body.contains(&format!("<code>{code}</code>")), "{code}: {}", answer.body);
    leads_nowhere_by_itself(answer);
    let body = answer.body.to_lowercase();
    for leading in ["href=\"http", "href=\"//", "evil"] {
        assert!(!body.contains(leading), "{leading}: {}", answer.body);
    }
}

/// Nothing on the page acts without a click; its one script is the one that all pages have, and comes from here.
pub(crate) fn leads_nowhere_by_itself(page: &Response) {
    let body = page.body.to_lowercase();
    for leading in ["http-equiv", "<form", "<iframe"] {
        assert!(!body.contains(leading), "{leading}: {}", page.body);
    }
    assert_eq!((body.matches("<script").count(), body.matches("<script src=\"/").count()), (1, 1), "{}", page.body);
}

/// The application hears of an error, with its own state and our issuer, and of no code (AZ-06, AZ-13, A18, A19).
pub(crate) fn is_refused(answer: &Response, error: &str) {
    let location = answer.header("location").unwrap_or_else(|| panic!("{error}: {answer:?}"));
    assert_eq!((answer.status, answer.body.as_str()), (303, ""), "{answer:?}");
    assert!(location.starts_with(&format!("{CALLBACK}?")) && location.ends_with("#_"), "{location}");
    let told = returned(answer);
    assert_eq!((told["error"].as_str(), told["iss"].as_str()), (error, ISSUER), "{location}");
    assert_eq!(told["state"], "state-1");
    assert!(!told.contains_key("code") && told.contains_key("error_description"), "{location}");
}

/// A code came back; answers with it.
pub(crate) fn code_of(answer: &Response) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    returned(answer).get("code").unwrap_or_else(|| panic!("no code: {answer:?}")).clone()
}

/// The consent page is shown.
pub(crate) fn is_asked(answer: &Response) -> bool {
    match (answer.status, answer.header("location")) {
        (200, _) => {
            assert!(answer.body.contains("action=\"/consent\""), "another page: {}", answer.body);
            true
        }
        (303, Some(_)) => {
            code_of(answer);
            false
        }
        _ => panic!("neither asked nor answered: {answer:?}"),
    }
}

/// The login page is shown for a request.
pub(crate) fn is_login(answer: &Response) -> bool {
    answer.status == 200 && answer.body.contains("action=\"/login\"") && answer.body.contains("name=\"request\"")
}

/// Logs in on the login page that waits for it.
pub(crate) fn log_in_there(browser: &mut Browser, page: &Response, login: &str) -> Response {
    use crate::support::{
        browser::{PASSWORD, field_of_form},
        log_in_with::follow,
    };
    let csrf = field_of_form(&page.body, "/login", "csrf");
    let request = field_of_form(&page.body, "/login", "request");
    let fields = [("request", request.as_str()), ("login", login), ("password", PASSWORD)];
    let answer = browser.post("/login", &csrf, &fields);
    assert_eq!(answer.status, 303, "{}", answer.body);
    follow(browser, answer)
}
