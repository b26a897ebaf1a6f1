//! OAuth clients: registered by users for themselves, with what their programs and their users notice; and the account as the
//! one place of all ways to authenticate.

use crate::{
    keys::{csrf_of, text_of},
    on_both,
    person::Person,
    support::{
        browser::field,
        http::Response,
        log_in_with::{CALLBACK, TestApplication},
        site::{Server, TestSite},
    },
};

const FIELDS: &[(&str, &str)] = &[
    ("name", "My shop"),
    ("description", "Sells"),
    ("kind", "confidential"),
    ("redirect_uris", "https://app.example.com/callback https://app.example.com/other"),
    ("scope", "openid"),
    ("scope", "read"),
    ("scope", "offline_access"),
    ("optional_scope", "email"),
];

/// The client of the page that shows its secret.
fn client_of(page: &Response) -> TestApplication {
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")), "{}", page.body);
    TestApplication {
        client_id: text_of(&page.body, "client-id").to_owned(),
        secret: Some(text_of(&page.body, "client-secret").to_owned()),
        redirect_uri: CALLBACK.to_owned(),
    }
}

/// Somebody without any role, and a client of theirs.
fn registered(site: &TestSite, server: &Server) -> (Person, TestApplication, String) {
    let mut bob = Person::with_roles(site, server, "bob", &[]);
    let client = client_of(&bob.send("/account/clients/new", FIELDS));
    let path = format!("/applications/{}", client.client_id);
    (bob, client, path)
}

on_both! {
    #[test]
    fn a_client_of_a_user_logs_people_in_and_its_secret_is_shown_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut bob = Person::with_roles(&site, &server, "bob", &[]);
        assert!(bob.page("/account/clients").contains("No client yet"));
        let page = bob.page("/account/clients/new");
        let form = page.split("<main").nth(1).expect("a main part").to_owned();
        let (csrf, once) = (field(&form, "csrf").expect("a token"), field(&form, "once").expect("another"));
        let fields: Vec<_> = FIELDS.iter().copied().chain([("once", once.as_str())]).collect();
        let client = client_of(&bob.browser.post("/account/clients/new", &csrf, &fields));
        let secret = client.secret.clone().expect("a secret");

        let tokens = client.log_in(&server, &mut bob.browser, &[]);
        assert!(server.is_active(&site.resource_server, &tokens.access));

        let again = bob.browser.post("/account/clients/new", &csrf, &fields);
        let path = format!("/applications/{}", client.client_id);
        assert_eq!(again.header("location"), Some(format!("{path}?done=shown-before").as_str()), "{}", again.body);
        let shown = bob.page(&path);
        assert!(!shown.contains(&secret) && shown.contains(&client.client_id) && shown.contains("1 user"), "{shown}");
        for told in ["https://app.example.com/callback", "https://app.example.com/other", "offline_access", "Sells"] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
        assert_eq!(bob.page("/account/clients").matches(">My shop<").count(), 1);
        let made = site.audited("application.create");
        assert!(made.len() == 1 && made[0].origin.actor.to_string() == bob.id.to_string(), "{made:?}");
    }

    #[test]
    fn a_public_client_has_no_secret_and_is_given_none(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut bob = Person::with_roles(&site, &server, "bob", &[]);
        let fields = [("name", "On the phone"), ("kind", "public"), ("redirect_uris", "com.example.app:/back"), ("scope", "openid")];
        let way = bob.carry_out("/account/clients/new", &fields);
        let shown = bob.page(&way);
        assert!(shown.contains("The client is registered.") && !shown.contains("Add a secret"), "{shown}");
        let path = way.split('?').next().expect("a path").to_owned();
        assert_eq!(bob.status(&format!("{path}/secret")), 409);
        let csrf = csrf_of(&mut bob, &format!("{path}/edit"));
        let once = [("once", "AAAAAAAAAAAAAAAAAAAAAA")];
        assert_eq!(bob.browser.post(&format!("{path}/secret"), &csrf, &once).status, 409);
    }

    #[test]
    fn what_does_not_fit_is_said_and_what_was_typed_is_kept(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut bob = Person::with_roles(&site, &server, "bob", &[]);
        let wrong = [
            ("redirect_uris", "http://app.example.com/callback"), ("redirect_uris", "javascript:alert(1)"),
            ("redirect_uris", ""), ("scope", ""), ("scope", "space.manage"), ("kind", "secret"), ("name", ""),
        ];
        for (name, value) in wrong {
            let kept = FIELDS.iter().copied().filter(|(field, _)| *field != name);
            let scopes = kept.filter(|(field, _)| !(name == "scope" && *field == "optional_scope"));
            let fields: Vec<_> = scopes.chain([(name, value)]).filter(|(_, value)| !value.is_empty()).collect();
            let answer = bob.send("/account/clients/new", &fields);
            assert!([400, 422].contains(&answer.status), "{name} {value}: {} {}", answer.status, answer.body);
            assert!(name == "name" || answer.body.contains("value=\"My shop\""), "{name} {value}: {}", answer.body);
        }
        assert!(site.audited("application.create").is_empty());
        // Whatever somebody calls a client, it is text.
        let hostile = [("name", "<script>alert(1)</script>"), ("kind", "public"), ("redirect_uris", CALLBACK), ("scope", "openid")];
        bob.carry_out("/account/clients/new", &hostile);
        assert!(!bob.page("/account/clients").contains("<script>alert"));
    }

    #[test]
    fn a_disabled_client_is_out_until_it_is_enabled_and_a_deleted_one_for_ever(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (mut bob, client, path) = registered(&site, &server);
        let mut user = Person::with_roles(&site, &server, "eve", &[]);
        let tokens = client.log_in(&server, &mut user.browser, &[]);
        let refresh = tokens.refresh.expect("a refresh token");
        let question = bob.page(&format!("{path}/disable"));
        assert!(question.contains("1 user has authorized it"), "{question}");
        bob.carry_out(&format!("{path}/disable"), &[]);
        assert!(!server.is_active(&site.resource_server, &tokens.access));
        assert_ne!(client.refresh(&server, &refresh).status, 200);
        bob.carry_out(&format!("{path}/enable"), &[]);
        assert!(!server.is_active(&site.resource_server, &tokens.access));
        let fresh = client.log_in(&server, &mut user.browser, &[]);
        assert!(server.is_active(&site.resource_server, &fresh.access));

        let way = bob.carry_out(&format!("{path}/delete"), &[]);
        assert_eq!(way, "/account/clients?done=client-deleted");
        assert!(!server.is_active(&site.resource_server, &fresh.access));
        assert_eq!((bob.status(&path), bob.status(&format!("{path}/edit"))), (404, 404));
    }

    #[test]
    fn a_second_secret_works_beside_the_first_and_a_new_one_alone(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (mut bob, first, path) = registered(&site, &server);
        let second = client_of(&bob.send(&format!("{path}/secret"), &[]));
        assert_ne!(first.secret, second.secret);
        for client in [&first, &second] {
            let tokens = client.log_in(&server, &mut bob.browser, &[]);
            assert!(server.is_active(&site.resource_server, &tokens.access));
        }
        let third = bob.send(&format!("{path}/secret"), &[]);
        assert_eq!(third.status, 409, "{}", third.body);
        // The first one goes; the pairs stand in the order in which they were made.
        let shown = bob.page(&path);
        let pair = shown.split("<tr id=\"").nth(1).and_then(|row| row.get(..16)).expect("a pair").to_owned();
        bob.carry_out(&format!("{path}/pairs/{pair}/delete"), &[]);
        let code = first.code(&mut bob.browser, &[]);
        assert_eq!(first.exchange(&server, &code).status, 401);
        let tokens = second.log_in(&server, &mut bob.browser, &[]);
        assert_eq!(bob.status(&format!("{path}/pairs/{}/delete", "A".repeat(16))), 404);

        let last = client_of(&bob.send(&format!("{path}/regenerate"), &[]));
        assert!(!server.is_active(&site.resource_server, &tokens.access));
        let code = second.code(&mut bob.browser, &[]);
        assert_eq!(second.exchange(&server, &code).status, 401);
        let tokens = last.log_in(&server, &mut bob.browser, &[]);
        assert!(server.is_active(&site.resource_server, &tokens.access));
    }

    #[test]
    fn what_a_client_loses_its_tokens_lose_at_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (mut bob, client, path) = registered(&site, &server);
        let tokens = client.log_in(&server, &mut bob.browser, &[]);
        let said = server.introspect(&site.resource_server, &tokens.access);
        assert!(said["scope"].as_str().is_some_and(|scope| scope.contains("read")), "{said}");
        let form = bob.page(&format!("{path}/edit"));
        assert!(form.contains("https://app.example.com/callback https://app.example.com/other"), "{form}");
        assert_eq!(form.matches(" checked").count(), 4, "{form}");
        let fields = [("name", "Renamed"), ("redirect_uris", CALLBACK), ("scope", "openid"), ("scope", "offline_access")];
        bob.carry_out(&format!("{path}/edit"), &fields);
        let said = server.introspect(&site.resource_server, &tokens.access);
        assert!(!said["scope"].as_str().unwrap_or_default().split(' ').any(|scope| scope == "read"), "{said}");
        let shown = bob.page(&path);
        assert!(shown.contains("Renamed") && !shown.contains("/other"), "{shown}");
    }

    #[test]
    fn a_client_of_somebody_else_is_not_shown_or_touched(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (mut bob, client, path) = registered(&site, &server);
        let mut eve = Person::with_roles(&site, &server, "eve", &[]);
        let own = csrf_of(&mut eve, "/account/clients/new");
        let pair = bob.page(&path).split("<tr id=\"").nth(1).and_then(|row| row.get(..16)).expect("a pair").to_owned();
        let fields = [("once", "AAAAAAAAAAAAAAAAAAAAAA"), ("name", "Eve's"), ("redirect_uris", "https://eve.example.com/"), ("scope", "openid")];
        let steps = ["/edit", "/disable", "/delete", "/secret", "/regenerate"].map(|step| format!("{path}{step}"));
        for step in steps.into_iter().chain([format!("{path}/enable"), format!("{path}/pairs/{pair}/delete")]) {
            assert_eq!(eve.status(&step), 403, "{step}");
            assert_eq!(eve.browser.post(&step, &own, &fields).status, 403, "{step}");
        }
        assert_eq!(eve.status(&path), 403);
        assert!(!eve.page("/account/clients").contains(&client.client_id));
        // Whoever manages the applications of the space manages those of its users.
        let mut ada = Person::admin(&site, &server);
        assert!(ada.page(&path).contains("My shop"));
        let tokens = client.log_in(&server, &mut bob.browser, &[]);
        assert!(server.is_active(&site.resource_server, &tokens.access));
    }

    // Covers: L047
    #[test]
    fn the_account_is_one_place_for_all_ways_to_authenticate(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut bob = Person::with_roles(&site, &server, "bob", &[]);
        let tabs = [
            ("applications", "Authorized applications"), ("keys", "API keys"), ("clients", "OAuth clients"),
            ("sessions", "Sessions"), ("password", "Password"),
        ];
        for (here, title) in tabs {
            let page = bob.page(&format!("/account/{here}"));
            for (path, text) in tabs {
                let mark = if path == here { " aria-current=\"page\"" } else { "" };
                assert!(page.contains(&format!("<a href=\"/account/{path}\"{mark}>{text}</a>")), "{here} {text}: {page}");
            }
            assert!(page.contains(title) && page.contains("aria-label=\"My account\""), "{here}");
        }
    }
}
