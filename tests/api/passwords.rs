//! What the age of a password does to the keys of its owner, with and without single sign-on.

use std::{num::NonZeroUsize, time::Duration};

use keystead::{
    crypto::password::{PasswordHash, PasswordHasher},
    domain::{api_key::UserKeyRoles, authority::Authority, ids::UserId},
    manage::{self, users::SetPassword},
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused, give, key_of},
    on_both,
    support::site::{Credential, Server, TestSite},
};

/// What is kept of some password.
pub(crate) fn hash() -> PasswordHash {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let hasher = PasswordHasher::new(NonZeroUsize::MIN, 0);
    runtime.block_on(hasher.hash("correct horse".to_owned().into())).expect("a hash")
}

/// Sets a password for this user.
pub(crate) fn set(site: &TestSite, id: UserId) {
    let password = hash();
    site.change(|change, deps| {
        manage::users::set_password(change, deps, &Authority::OPERATOR, SetPassword { id, password })
    });
}

struct Owner<'a> {
    site: &'a TestSite,
    server: &'a Server,
    id: UserId,
    key: Credential,
}

impl<'a> Owner<'a> {
    fn new(site: &'a TestSite, server: &'a Server, login: &str) -> Self {
        let id = site.user(login);
        give(site, id, "viewer", &[0]);
        Self { site, server, id, key: key_of(site, id, UserKeyRoles::Inherit, &[]) }
    }

    fn with_password(site: &'a TestSite, server: &'a Server, login: &str) -> Self {
        let owner = Self::new(site, server, login);
        set(site, owner.id);
        owner
    }

    fn works(&self) -> bool {
        let answer = self.server.token(&self.key);
        assert!(answer.status == 200 || (answer.status, answer.error().as_str()) == (401, "invalid_client"));
        answer.status == 200
    }

    fn is_active(&self, token: &str) -> bool {
        self.server.is_active(&self.site.resource_server, token)
    }
}

/// Tokens end after fifteen minutes, so an administrator of the test asks for a new one each time.
fn policy(site: &TestSite, server: &Server, admin: &Credential, body: &Value) {
    let answer = Caller::with_key(server, admin).patch(&format!("/spaces/{}", site.space), body);
    assert_eq!(answer.status, 200, "{answer:?}");
}

const HOUR: Duration = Duration::from_hours(1);

on_both! {
    // Covers: L072
    #[test]
    fn an_expired_password_stops_the_keys_until_it_is_renewed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = site.key("space_admin", &[]);
        let owner = Owner::with_password(&site, &server, "jo");
        let old = server.mint(&owner.key);
        policy(&site, &server, &admin, &json!({ "password_life_seconds": 600 }));
        assert!(owner.works() && owner.is_active(&old));
        site.clock.advance(Duration::from_mins(10));
        assert!(!owner.works() && !owner.is_active(&old));
        assert_eq!(server.verify(&site.resource_server, &old, "").status, 401);

        set(&site, owner.id);
        assert!(owner.works());
        assert!(!owner.is_active(&old), "it lives for five more minutes, and stays dead");
        let new = server.mint(&owner.key);
        set(&site, owner.id);
        assert!(owner.is_active(&new), "a password that had not stopped anything revives nothing");
    }

    // Covers: L069, L071
    #[test]
    fn with_single_sign_on_only_those_who_are_exempt_need_a_fresh_password(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = site.key("space_admin", &[]);
        policy(&site, &server, &admin, &json!({ "password_life_seconds": 3600, "sso_enabled": true }));
        let (person, exempt) = (Owner::with_password(&site, &server, "jo"), Owner::with_password(&site, &server, "kim"));
        let without = Owner::new(&site, &server, "sso.only");
        let exempted = |exempt: &Owner<'_>, is: bool| {
            let admin = Caller::with_key(&server, &admin);
            let answer = admin.patch(&format!("/users/{}", exempt.id), &json!({ "sso_exempt": is }));
            assert_eq!(answer.json()["sso_exempt"], is);
        };
        exempted(&exempt, true);
        site.clock.advance(2 * HOUR);
        assert!(person.works() && without.works() && !exempt.works());

        // Without single sign-on every password counts, and whoever has none is not stopped for it.
        let old = server.mint(&person.key);
        policy(&site, &server, &admin, &json!({ "sso_enabled": false }));
        assert!(!person.works() && without.works() && !exempt.works());
        assert!(!person.is_active(&old));
        policy(&site, &server, &admin, &json!({ "sso_enabled": true }));
        assert!(person.works() && !exempt.works());
        assert!(!person.is_active(&old), "it stays dead although its key works again");
        exempted(&exempt, false);
        assert!(exempt.works());
    }

    // Covers: L072
    #[test]
    fn no_policy_means_no_end(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = site.key("space_admin", &[]);
        let owner = Owner::with_password(&site, &server, "jo");
        site.clock.advance(24 * 400 * HOUR);
        assert!(owner.works());
        let old = server.mint(&owner.key);
        policy(&site, &server, &admin, &json!({ "password_life_seconds": 3600 }));
        assert!(!owner.works() && !owner.is_active(&old));
        policy(&site, &server, &admin, &json!({ "password_life_seconds": null }));
        assert!(owner.works());
        assert!(!owner.is_active(&old), "a longer policy revives keys and no tokens");
    }

    // Covers: L073
    #[test]
    fn what_a_directory_does_changes_nothing_here_until_somebody_acts_here(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = site.key("space_admin", &[]);
        policy(&site, &server, &admin, &json!({ "sso_enabled": true }));
        // Nobody can log in as this user: there is no password here, and the directory would refuse.
        let owner = Owner::new(&site, &server, "jo");
        let token = server.mint(&owner.key);
        assert!(owner.works() && owner.is_active(&token));
        let acting = Caller::with_key(&server, &admin);
        assert_eq!(acting.post(&format!("/users/{}/disable", owner.id), &json!({})).status, 200);
        assert!(!owner.works() && !owner.is_active(&token));
    }

    // Covers: L074
    #[test]
    fn an_administrator_sees_resets_and_deletes_the_keys_of_a_user(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let owner = Owner::new(&site, &server, "jo");
        // Nobody hands out a secret to what he does not hold himself; this administrator holds all that a viewer does.
        let listed = admin.get(&format!("/users/{}/keys", owner.id)).json();
        assert_eq!(listed["items"][0]["client_id"], owner.key.client_id.as_str(), "{listed}");
        let key = format!("/keys/{}", owner.key.client_id);
        assert_eq!(admin.post(&format!("{key}/regenerate"), &json!({})).status, 200);
        assert!(!owner.works());
        assert_eq!(admin.delete(&key).status, 204);
        assert_refused(&admin.get(&key), 404, "not_found");
    }
}
