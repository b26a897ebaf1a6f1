//! Nobody learns from a login who exists (P1).

use keystead::{
    domain::{
        authority::Authority,
        user::{AccountType, Login},
    },
    manage::{
        self,
        spaces::{CreateSpace, EditSpace},
        users::{CreateUser, EditUser},
    },
};

use crate::{
    browser::{Browser, PASSWORD, person, set_password},
    on_both,
    support::{
        http::Response,
        site::{TestSite, name},
    },
};

/// Everything of an answer that does not differ from one answer to the next anyway.
fn seen(answer: &Response, login: &str) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("visible ASCII").to_owned()))
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id" | "content-length"))
        .collect();
    headers.sort();
    (answer.status, headers, answer.body.replace(login, "LOGIN"))
}

on_both! {
    // Covers: P1
    #[test]
    fn unknown_wrong_disabled_and_the_rest_cost_and_answer_the_same(backend) {
        let site = TestSite::new(backend);
        let everybody = Authority::OPERATOR;
        person(&site, "xq.wrong");
        let disabled = person(&site, "xq.disabled");
        site.change(|change, deps| manage::users::disable(change, deps, &everybody, disabled));
        let without = site.user("xq.nopassword");
        assert_ne!(without, disabled);
        site.change(|change, deps| {
            let machine = CreateUser::person(site.space, Login::parse("xq.machine").expect("a login"), name("Machine"));
            manage::users::create(change, deps, &everybody, CreateUser { account_type: AccountType::Service, ..machine })
        });
        let other_space = |title: &str, login: &str| {
            let kind = keystead::domain::space::SpaceKind::Production;
            let input = CreateSpace { name: name(title), kind, internal_services: false };
            let space = site.change(|change, deps| manage::spaces::create(change, deps, &everybody, input)).id;
            let input = CreateUser::person(space, Login::parse(login).expect("a login"), name(login));
            let id = site.change(|change, deps| manage::users::create(change, deps, &everybody, input)).id;
            set_password(&site, id, PASSWORD);
            (space, id)
        };
        let (elsewhere, _) = other_space("Single sign-on", "xq.ssouser");
        let (_, exempt) = {
            let input = CreateUser::person(elsewhere, Login::parse("xq.exempt").expect("a login"), name("Exempt"));
            let id = site.change(|change, deps| manage::users::create(change, deps, &everybody, input)).id;
            set_password(&site, id, PASSWORD);
            (elsewhere, id)
        };
        site.change(|change, deps| {
            let input = EditUser { sso_exempt: Some(true), ..EditUser::of(exempt) };
            manage::users::edit(change, deps, &everybody, input)?;
            let input = EditSpace { sso_enabled: Some(true), ..EditSpace::of(elsewhere) };
            manage::spaces::edit(change, deps, &everybody, input)
        });
        let (closed, _) = other_space("Closed", "xq.closedspace");
        site.change(|change, deps| manage::spaces::close(change, deps, &everybody, closed));

        let server = site.serve_with(|options| options.with("logins.wrong_passwords", "1000"));
        let mut browser = Browser::new(&server);
        let token = {
            let page = browser.get("/login");
            crate::browser::field(&page.body, "csrf").expect("a token")
        };
        let mut attempt = |login: &str, password: &str| {
            let before = server.logins.hasher().work_done();
            let answer = browser.post("/login", &token, &[("login", login), ("password", password)]);
            assert_eq!(server.logins.hasher().work_done() - before, 1, "{login}: one hash, of the kept one or a dummy");
            seen(&answer, login)
        };
        let expected = attempt("xq.wrong", "wrong horse battery");
        assert_eq!(expected.0, 422, "{expected:?}");
        let nobody = ["xq.unknown", "xq.unknown@example.com", "xq two words", "xq.disabled", "xq.nopassword", "xq.machine", "xq.ssouser", "xq.closedspace"];
        for _ in 0..3 {
            for login in nobody {
                assert_eq!(attempt(login, PASSWORD), expected, "{login}");
            }
        }
        assert_eq!(Browser::new(&server).log_in("xq.exempt", PASSWORD).status, 303);
    }
}
