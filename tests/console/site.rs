//! Running the site: spaces made and closed, signing keys, health, and numbers of keys that end.

use std::{collections::BTreeSet, time::Duration};

use keystead::{
    domain::{authority::Authority, key_pair::ExpiryPolicy, user::Login},
    manage::{
        RoleRequest,
        spaces::{self, CreateSpace},
        user_roles::{self, GiveUserRole},
        users::{self, CreateUser},
    },
};

use crate::{
    keys::csrf_of,
    on_both,
    person::{Person, give},
    support::{
        backend::Backend,
        browser::{Browser, PASSWORD, set_password},
        log_in_with::claims,
        site::{Server, TestSite, name},
    },
};

const DAY: Duration = Duration::from_hours(24);

/// Somebody who runs the site, and nothing else.
fn root(site: &TestSite, server: &Server) -> Person {
    let root = Person::with_roles(site, server, "root", &[]);
    give(site, root.id, "site_admin", &[]);
    root
}

fn kids(server: &Server) -> BTreeSet<String> {
    let keys = server.client.get("/oauth/jwks").send().json()["keys"].as_array().expect("a list").clone();
    keys.iter().map(|key| key["kid"].as_str().expect("a text").to_owned()).collect()
}

/// The key that signed the token.
fn kid_of(token: &str) -> String {
    let header = token.split('.').next().expect("a header");
    // The header stands before the claims, in the same form.
    let kid = claims(&format!(".{header}"))["kid"].clone();
    kid.as_str().expect("a kid").to_owned()
}

on_both! {
    #[test]
    fn pages_of_the_site_are_for_those_who_run_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (mut ada, mut root) = (Person::admin(&site, &server), root(&site, &server));
        let own = csrf_of(&mut ada, "/account/keys/new");
        let kid = kids(&server).pop_first().expect("a key");
        let (close, revoke) = (format!("/site/spaces/{}/close", site.space), format!("/site/signing-keys/{kid}/revoke"));
        let looked = ["/site/spaces", "/site/signing-keys", "/site/health", "/site/expiring-keys"];
        let sent = ["/site/spaces/new", "/site/signing-keys/rotate", close.as_str(), revoke.as_str()];
        for path in looked.iter().chain(&sent) {
            assert_eq!((ada.status(path), root.status(path)), (403, 200), "{path}");
        }
        let fields = [("name", "Mine"), ("kind", "production"), ("algorithm", "ES256"), ("when", "now")];
        for path in sent {
            assert_eq!(ada.browser.post(path, &own, &fields).status, 403, "{path}");
        }
        assert_eq!(ada.status("/site"), 403);
        assert_eq!(root.browser.get("/site").header("location"), Some("/site/spaces"));
        assert!(site.audited("signing_key.rotate_now").is_empty() && site.audited("space.close").is_empty());
        assert_eq!(site.audited("space.create").len(), 1);
    }

    #[test]
    fn a_closed_space_is_refused_and_its_tokens_stay_dead_when_it_is_reopened(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("editor", &[0]);
        let token = server.mint(&key);
        // Whoever closes the own home is logged out, so root is at home elsewhere.
        let mut root = root_elsewhere(&site, &server);
        let question = root.page(&format!("/site/spaces/{}/close", site.space));
        assert!(question.contains("Everything in it is refused at once"), "{question}");
        let way = root.carry_out(&format!("/site/spaces/{}/close", site.space), &[]);
        assert!(root.page(&way).contains("The space is closed."));
        assert!(!server.is_active(&site.resource_server, &token));
        assert_eq!(server.token(&key).status, 401);
        let again = root.send(&format!("/site/spaces/{}/close", site.space), &[]);
        assert_eq!(again.status, 409, "{}", again.body);

        root.carry_out(&format!("/site/spaces/{}/reopen", site.space), &[]);
        assert!(!server.is_active(&site.resource_server, &token));
        let fresh = server.mint(&key);
        assert!(server.is_active(&site.resource_server, &fresh));
    }

    // Covers: L048, L049
    #[test]
    fn a_new_space_has_its_kind_its_services_and_somebody_who_runs_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut root = root(&site, &server);
        let fields = [
            ("name", "Blue & Co"), ("kind", "sandbox"), ("internal_services", "yes"), ("login", "jo"),
            ("full_name", "Jo Doe"), ("email", "jo@example.com"),
        ];
        let way = root.carry_out("/site/spaces/new", &fields);
        let list = root.page(&way);
        assert!(list.contains("Blue &#38; Co") && list.contains("Not supported"), "{list}");
        let services = site.audited("api_key.create").iter().filter(|made| made.space != Some(site.space)).count();
        assert_eq!((services, site.audited("user.give_role").len()), (3, 2));

        let twice = root.send("/site/spaces/new", &fields);
        assert!(twice.status == 409 && twice.body.contains("href=\"#name\""), "{}", twice.body);
        let taken = root.send("/site/spaces/new", &[("name", "Red"), ("kind", "production"), ("login", "jo"), ("full_name", "J")]);
        assert!(taken.status == 409 && taken.body.contains("href=\"#login\""), "{}", taken.body);
        assert!(!root.page("/site/spaces").contains(">Red<"));

        // Keys are supported there once those who run the site say so.
        let (_, line) = list.split_once("Blue &#38; Co").expect("its line");
        let (_, support) = line.split_once("/site/spaces/").expect("a way");
        let path = format!("/site/spaces/{}", support.split('"').next().expect("its end"));
        assert!(path.ends_with("/keys/support"), "{path}");
        let way = root.carry_out(&path, &[]);
        assert!(!root.page(&way).contains("Not supported"));
    }

    #[test]
    fn a_rotated_key_is_published_first_and_signs_when_that_is_asked_for(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut root = root(&site, &server);
        let key = site.key("editor", &[0]);
        let (before, old) = (kids(&server), server.mint(&key));
        let rotate = "/site/signing-keys/rotate";
        root.carry_out(rotate, &[("algorithm", "ES256"), ("when", "later")]);
        let published = kids(&server);
        let new = published.difference(&before).next().expect("a new key").clone();
        assert_eq!((published.len(), kid_of(&server.mint(&key)) == new), (3, false));
        assert!(root.page("/site/signing-keys").contains("Published, and begins to sign"));
        let twice = root.send(rotate, &[("algorithm", "ES256"), ("when", "later")]);
        assert_eq!(twice.status, 409, "{}", twice.body);
        let unknown = root.send(rotate, &[("algorithm", "HS256"), ("when", "now")]);
        assert_eq!(unknown.status, 422, "{}", unknown.body);

        let way = root.carry_out(rotate, &[("algorithm", "ES256"), ("when", "now")]);
        assert!(root.page(&way).contains("signs from now on"));
        let fresh = server.mint(&key);
        assert_eq!(kid_of(&fresh), new);
        assert!(server.is_active(&site.resource_server, &fresh) && server.is_active(&site.resource_server, &old));
    }

    // Covers: J13
    #[test]
    fn a_revoked_signing_key_kills_its_tokens_and_another_one_signs(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut root = root(&site, &server);
        let key = site.key("editor", &[0]);
        let token = server.mint(&key);
        let kid = kid_of(&token);
        let revoke = format!("/site/signing-keys/{kid}/revoke");
        let question = root.page(&revoke);
        assert!(question.contains("Every token that it signed is dead at once"), "{question}");
        let way = root.carry_out(&revoke, &[]);
        let list = root.page(&way);
        assert!(list.contains("The signing key is revoked") && list.contains("Out of use"), "{list}");
        assert!(!server.is_active(&site.resource_server, &token) && !kids(&server).contains(&kid));
        let fresh = server.mint(&key);
        assert!(server.is_active(&site.resource_server, &fresh));
        assert_eq!(root.send(&revoke, &[]).status, 409);
        for unknown in ["sig_nothing", "key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4", &format!("sig_{}", "0".repeat(32))] {
            assert_eq!(root.status(&format!("/site/signing-keys/{unknown}/revoke")), 404, "{unknown}");
        }
    }

    #[test]
    fn health_tells_what_is_wrong_and_no_secret(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut root = root(&site, &server);
        let page = root.page("/site/health");
        let database = match backend {
            Backend::Sqlite => "SQLite ",
            Backend::Postgres => "PostgreSQL ",
        };
        for told in ["Nothing is wrong.", database, "They fit this program", "One signs each algorithm"] {
            assert!(page.contains(told), "{told}: {page}");
        }
        assert!(!page.contains(site.database.url_text().as_str()), "{page}");

        // The next step of the keys is a month away; nobody takes it here.
        site.clock.advance(40 * DAY);
        let mut root = Person { browser: Browser::logged_in(&server, "root"), ..root };
        let page = root.page("/site/health");
        assert!(page.contains("Due for their next step"), "{page}");
    }

    #[test]
    fn numbers_of_keys_that_end_are_told_without_their_names(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut root = root(&site, &server);
        assert!(root.page("/site/expiring-keys").contains("Nothing ends"));
        let now = site.store.now().expect("it answers");
        for days in [3, 5, 20, 400] {
            site.key_with(|key| {
                key.name = name("Hidden name");
                key.expiry = ExpiryPolicy::At(now.plus(days * DAY));
            });
        }
        let numbers = |page: &str| {
            let cells = page.split("<td>").skip(1).map(|cell| cell.split("</span>").nth(1).expect("a number"));
            cells.map(|cell| cell.split('<').next().unwrap_or_default().trim().to_owned()).collect::<Vec<_>>()
        };
        let page = root.page("/site/expiring-keys");
        assert_eq!(numbers(&page), ["0", "2", "3"], "{page}");
        assert!(!page.contains("Hidden name") && !page.contains("key_"), "{page}");
        site.clock.advance(4 * DAY);
        let mut root = Person { browser: Browser::logged_in(&server, "root"), ..root };
        assert_eq!(numbers(&root.page("/site/expiring-keys")), ["1", "1", "2"]);
    }
}

/// Somebody who runs the site and is at home in another space.
fn root_elsewhere(site: &TestSite, server: &Server) -> Person {
    let operator = Authority::OPERATOR;
    let input = CreateSpace::production(name("Headquarters"));
    let space = site.change(|change, deps| spaces::create(change, deps, &operator, input)).id;
    let input = CreateUser::person(space, Login::parse("root").expect("a login"), name("Root"));
    let id = site.change(|change, deps| users::create(change, deps, &operator, input)).id;
    let request = RoleRequest { role: "site_admin".to_owned(), workspaces: Vec::new() };
    let input = GiveUserRole { id, space, request };
    site.change(|change, deps| user_roles::give(change, deps, &operator, input));
    set_password(site, id, PASSWORD);
    Person { id, browser: Browser::logged_in(server, "root") }
}
