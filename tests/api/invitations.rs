//! Inviting people through the API.

use keystead::{
    domain::{api_key::UserKeyRoles, authority::Authority, ids::UserId},
    manage::{self, spaces::EditSpace},
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused, give, key_of},
    on_both,
    passwords::set,
    support::site::{ISSUER, TestSite},
};

fn invite(caller: &Caller<'_>, user: UserId, verb: &str, deliver: &str) -> crate::support::http::Response {
    caller.post(&format!("/users/{user}/{verb}"), &json!({ "deliver": deliver }))
}

fn user_of(answer: &Value) -> UserId {
    answer["id"].as_str().expect("an id").parse().expect("the id of a user")
}

on_both! {
    // Covers: PE-01, H1, KM-19
    #[test]
    fn the_link_is_in_the_one_answer_and_nowhere_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let users = format!("/spaces/{}/users", site.space);
        let body = json!({ "login": "jo", "full_name": "Jo", "invite": "show" });
        let ask = || {
            let call = admin.call("POST", &users).header("Idempotency-Key", "one").json(&body);
            call.header("X-Forwarded-Host", "evil.example").send()
        };
        let made = ask();
        assert_eq!(made.status, 201, "{made:?}");
        let link = made.text("invitation_link");
        assert!(link.starts_with(&format!("{ISSUER}/setup/ksi_")), "{link}");
        let secret = link.rsplit('/').next().expect("a secret");
        let (_, hidden) = secret.split_at(20);
        let shown = made.json()["invitation"].clone();
        assert_eq!((&shown["state"], &shown["deliver"]), (&json!("waiting"), &json!("show")));
        let again = ask();
        assert_eq!((again.status, &again.json()["secret_already_shown"]), (200, &json!(true)));
        let id = user_of(&made.json());
        let answers = [again, admin.get(&users), admin.get(&format!("/users/{id}")), admin.get(&format!("/users/{id}/reach"))];
        for answer in &answers {
            assert!(!answer.body.contains(hidden), "{answer:?}");
        }
        assert_eq!(answers[2].json()["invitation"], shown);
        let events = site.store.snapshot(|tx| store::audit::of_target(tx, &id.to_string())).expect("events");
        assert!(events.iter().any(|event| event.action == "user.invite"), "{events:?}");
        assert!(events.iter().all(|event| !event.detail.contains(hidden)), "{events:?}");
    }

    // Covers: PE-02, PE-03
    #[test]
    fn an_invitation_is_made_once_resent_and_revoked(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let jo = site.user("jo");
        assert_refused(&invite(&admin, jo, "invitation/resend", "show"), 409, "not_invited");
        assert_refused(&admin.delete(&format!("/users/{jo}/invitation")), 409, "not_invited");
        let first = invite(&admin, jo, "invite", "show").text("invitation_link");
        assert_refused(&invite(&admin, jo, "invite", "show"), 409, "already_invited");
        let second = invite(&admin, jo, "invitation/resend", "show").text("invitation_link");
        assert_ne!(first, second);
        assert_eq!(admin.delete(&format!("/users/{jo}/invitation")).status, 204);
        assert_eq!(admin.get(&format!("/users/{jo}")).json().get("invitation"), None);
        assert_refused(&invite(&admin, jo, "invite", "mail"), 409, "mail_not_configured");
        assert_refused(&invite(&admin, jo, "invite", "pigeon"), 422, "invalid_field");
    }

    // Covers: PE-03, KM-11
    #[test]
    fn only_whoever_may_set_the_password_invites_and_only_a_person_without_one(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let jo = site.user("jo");
        give(&site, jo, "space_admin", &[]);
        let manager = Caller::with_permission(&site, &server, &["users.manage"]);
        assert_refused(&invite(&manager, jo, "invite", "show"), 403, "exceeds_own_rights");
        let kim = site.user("kim");
        assert_eq!(invite(&manager, kim, "invite", "show").status, 200);
        let of_admin = Caller::with_key(&server, &key_of(&site, jo, UserKeyRoles::Inherit, &[]));
        let mo = site.user("mo");
        assert_refused(&invite(&of_admin, mo, "invite", "show"), 403, "delegate_cannot_invite");
        assert_refused(&of_admin.delete(&format!("/users/{kim}/invitation")), 403, "delegate_cannot_invite");
        for person in [kim, jo] {
            let taking_over = of_admin.patch(&format!("/users/{person}"), &json!({ "emails": ["al@example.com"] }));
            assert_refused(&taking_over, 403, "delegate_cannot_set_logins");
        }
        let with_address = json!({ "login": "al", "full_name": "Al", "emails": ["al@example.com"] });
        let made = of_admin.post(&format!("/spaces/{}/users", site.space), &with_address);
        assert_refused(&made, 403, "delegate_cannot_set_logins");
        let nobody = Caller::nobody(&site, &server);
        assert_refused(&invite(&nobody, mo, "invite", "show"), 403, "missing_permission");

        set(&site, mo);
        assert_refused(&invite(&admin, mo, "invite", "show"), 409, "has_password");
        let body = json!({ "login": "robot", "full_name": "Service", "account_type": "service", "invite": "show" });
        assert_refused(&admin.post(&format!("/spaces/{}/users", site.space), &body), 422, "service_password");
        let al = site.user("al");
        site.change(|change, deps| manage::users::disable(change, deps, &Authority::OPERATOR, al));
        assert_refused(&invite(&admin, al, "invite", "show"), 409, "owner_disabled");
        let input = EditSpace { sso_enabled: Some(true), ..EditSpace::of(site.space) };
        site.change(|change, deps| manage::spaces::edit(change, deps, &Authority::OPERATOR, input));
        assert_refused(&invite(&admin, site.user("bo"), "invite", "show"), 409, "logs_in_elsewhere");
        assert_eq!(admin.get(&format!("/users/{kim}")).json()["invitation"]["state"], "cut_off");
    }
}

#[test]
fn a_user_without_address_is_not_mailed() {
    let site = TestSite::new(crate::support::backend::Backend::Sqlite);
    let server = site.serve_with(|options| {
        options.with("mail.url", "smtp://127.0.0.1:9").with("mail.from", "a@example.com").with("mail.starttls", "false")
    });
    let admin = Caller::admin(&site, &server);
    assert_refused(&invite(&admin, site.user("jo"), "invite", "mail"), 409, "no_address");
    let body = json!({ "login": "kim", "full_name": "Kim", "emails": ["kim@example.com"], "invite": "mail" });
    let made = admin.post(&format!("/spaces/{}/users", site.space), &body).json();
    assert_eq!((made.get("invitation_link"), &made["invitation"]["deliver"]), (None, &json!("mail")));
}
