//! Keys that work on although their owner cannot log in: seen in the key, found by the filter, and otherwise left alone.

use std::time::Duration;

use keystead::{
    domain::{api_key::UserKeyRoles, authority::Authority},
    manage::{self, spaces::EditSpace},
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, give, key_of},
    on_both,
    support::{
        browser::{Browser, person},
        site::{Server, TestSite},
    },
};

const DAY: Duration = Duration::from_hours(24);

/// The logins of owners with what the keys say of them; the filter finds the same keys.
fn reported(site: &TestSite, server: &Server) -> Vec<(String, Value)> {
    let admin = Caller::admin(site, server);
    let names = |path: &str| -> Vec<Value> {
        let list = admin.get(&format!("/spaces/{}/keys?limit=200&{path}", site.space)).json();
        list["items"].as_array().expect("a list").clone()
    };
    let of = |keys: &[Value]| keys.iter().map(|key| key["id"].clone()).collect::<Vec<_>>();
    let (flagged, clear): (Vec<Value>, Vec<Value>) =
        names("").into_iter().partition(|key| key.get("owner_cannot_log_in").is_some());
    assert_eq!(of(&names("owner_cannot_log_in=true")), of(&flagged));
    assert_eq!(of(&names("owner_cannot_log_in=false")), of(&clear));
    let login = |key: &Value| {
        let owner = key["owner"]["user"].as_str().expect("an owner").to_owned();
        admin.get(&format!("/users/{owner}")).text("login")
    };
    flagged.iter().map(|key| (login(key), key["owner_cannot_log_in"]["reason"].clone())).collect()
}

on_both! {
    // Covers: L073
    #[test]
    fn a_key_says_why_its_owner_cannot_log_in_and_works_on(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let user_with_key = |login: &str, with_password: bool| {
            let id = if with_password { person(&site, login) } else { site.user(login) };
            give(&site, id, "viewer", &[0]);
            key_of(&site, id, UserKeyRoles::Inherit, &[])
        };
        let without = user_with_key("al", false);
        let with = user_with_key("bo", true);
        assert_eq!(reported(&site, &server), [("al".to_owned(), json!("no_password"))]);
        assert_eq!(server.token(&without).status, 200, "it is a report and no refusal");

        site.clock.advance(89 * DAY);
        Browser::logged_in(&server, "bo");
        site.clock.advance(DAY);
        assert_eq!(reported(&site, &server), [("al".to_owned(), json!("no_password"))]);
        site.clock.advance(89 * DAY);
        let bo = ("bo".to_owned(), json!("not_lately"));
        assert_eq!(reported(&site, &server), [("al".to_owned(), json!("no_password")), bo.clone()]);
        assert_eq!(server.token(&with).status, 200);

        let old = EditSpace { password_life: Some(Some(30 * DAY)), ..EditSpace::of(site.space) };
        site.change(|change, deps| manage::spaces::edit(change, deps, &Authority::OPERATOR, old));
        let expired = ("bo".to_owned(), json!("password_expired"));
        assert_eq!(reported(&site, &server), [("al".to_owned(), json!("no_password")), expired]);

        // Where people log in elsewhere, passwords do not count; how long ago the last login was does.
        let sso = EditSpace { sso_enabled: Some(true), ..EditSpace::of(site.space) };
        site.change(|change, deps| manage::spaces::edit(change, deps, &Authority::OPERATOR, sso));
        assert_eq!(reported(&site, &server), [("al".to_owned(), json!("not_lately")), bo]);
    }

    // Covers: L073
    #[test]
    fn the_last_login_is_seen_by_whoever_manages_the_user(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let id = person(&site, "jo");
        let last = || admin.get(&format!("/users/{id}")).json().get("last_logged_in_at").cloned();
        assert_eq!(last(), None);
        assert_eq!(Browser::new(&server).log_in("jo", "wrong horse battery").status, 422);
        assert_eq!(last(), None, "a wrong password is no login");
        Browser::logged_in(&server, "jo");
        let first = last().expect("it is noted");
        site.clock.advance(Duration::from_secs(30));
        Browser::logged_in(&server, "jo");
        assert_eq!(last(), Some(first.clone()), "to the minute");
        site.clock.advance(Duration::from_secs(30));
        Browser::logged_in(&server, "jo");
        assert_ne!(last(), Some(first));
    }
}
