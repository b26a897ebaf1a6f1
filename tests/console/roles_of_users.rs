//! Roles of users at the console: given and taken, with what keys have of them, and those of guests.

use keystead::domain::{authority::Authority, ids::UserId};
use keystead::manage::{
    self,
    key_roles::{self, ChangeKeyRole},
};
use serde_json::{Value, json};

use crate::{
    on_both,
    people::{another_space, foreign_user, give_from_idp, key_of},
    person::{Person, give},
    support::site::{Credential, Server, TestSite},
};

/// The roles that a new token of the key carries, by workspace.
fn says(site: &TestSite, server: &Server, key: &Credential) -> Value {
    server.introspect(&site.resource_server, &server.mint(key))["workspaces"].clone()
}

fn page_of_user(id: UserId) -> String {
    format!("/users/{id}")
}

on_both! {
    // Covers: L131, L137
    #[test]
    fn a_role_is_given_and_taken_together_with_what_keys_have_of_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let jo = site.user("jo");
        let (path, first) = (page_of_user(jo), site.workspaces[0].0);
        let to = ada.carry_out(&format!("{path}/roles/new"), &[("role", "viewer@1001"), ("role", "editor@1002")]);
        assert_eq!(to, format!("{path}?done=role-given"));
        let key = key_of(&site, jo, "Laptop", Some(site.role("viewer", &[0])));
        let all = key_of(&site, jo, "Everything", None);
        let token = server.mint(&key);
        assert_eq!(says(&site, &server, &all), json!({ "1001": ["viewer"], "1002": ["editor"] }));

        let take = format!("{path}/workspaces/{first}/roles/viewer/take");
        assert!(ada.page(&path).contains(&format!("href=\"{take}\"")));
        let asks = ada.page(&take);
        assert!(asks.contains("2 keys of the user rest on it: Laptop, Everything"), "{asks}");
        let refused = ada.send(&take, &[]);
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains("2 of the user") && refused.body.contains("name=\"with_keys\""), "{}", refused.body);
        assert!(server.is_active(&site.resource_server, &token));
        assert_eq!(ada.carry_out(&take, &[("with_keys", "yes")]), format!("{path}?done=role-taken"));
        assert_eq!(server.introspect(&site.resource_server, &token)["workspaces"], Value::Null);
        assert_eq!(says(&site, &server, &all), json!({ "1002": ["editor"] }));
        assert_eq!((ada.status(&take), site.audited("user.take_role").len()), (409, 1));
        assert_eq!(ada.send(&format!("{path}/roles/new"), &[]).status, 422);
    }

    // Covers: L136
    #[test]
    fn what_an_identity_provider_gave_is_told_and_not_taken_here(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let jo = site.user("jo");
        give_from_idp(&site, jo, "viewer", 0);
        let (path, first) = (page_of_user(jo), site.workspaces[0].0);
        let take = format!("{path}/workspaces/{first}/roles/viewer/take");
        let page = ada.page(&path);
        assert!(page.contains("Identity provider") && !page.contains(&take), "{page}");
        let refused = ada.send(&take, &[("with_keys", "yes")]);
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains("comes from an identity provider"), "{}", refused.body);
        assert!(ada.page(&format!("/spaces/{}/users", site.space)).contains("identity provider"));
    }

    // Covers: L114
    #[test]
    fn roles_of_keys_are_given_and_taken_from_the_workspaces_of_their_user(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let (jo, kim) = (site.user("jo"), site.user("kim"));
        for role in ["viewer", "editor"] {
            give(&site, jo, role, &[site.workspaces[0].0]);
        }
        give_from_idp(&site, jo, "power_user", 0);
        give(&site, kim, "viewer", &[site.workspaces[0].0]);
        let key = key_of(&site, jo, "Laptop", Some(site.role("viewer", &[0])));
        let all = key_of(&site, jo, "Everything", None);
        let of_kim = key_of(&site, kim, "Phone", Some(site.role("viewer", &[0])));
        let (list, first) = (format!("{}/workspaces", page_of_user(jo)), site.workspaces[0].0);
        let page = ada.page(&list);
        assert!(page.contains("Laptop") && page.contains("Everything") && !page.contains("Phone"), "{page}");
        let at = |key: &Credential, role: &str| format!("{list}/{first}/keys/{}/roles/{role}/take", key.client_id);
        assert!(page.contains(&at(&key, "viewer")) && !page.contains(&at(&all, "viewer")));

        // Given from here, seen on the key's page and in its tokens.
        let give = format!("{list}/{first}/keys/give");
        let form = ada.page(&give);
        assert!(form.contains("value=\"editor\"") && !form.contains("value=\"power_user\""), "{form}");
        assert!(form.contains("from an identity provider alone") && !form.contains(&all.client_id));
        let to = ada.carry_out(&give, &[("key", &key.client_id), ("role", "editor")]);
        assert_eq!(to, format!("{list}?done=key-role-given"));
        assert_eq!(says(&site, &server, &key), json!({ "1001": ["editor", "viewer"] }));
        let of_key = format!("/keys/{}", key.client_id);
        assert!(ada.page(&of_key).contains(">editor<") && ada.page(&list).contains(&at(&key, "editor")));

        // Taken from here, and gone there.
        let token = server.mint(&key);
        assert_eq!(ada.carry_out(&at(&key, "editor"), &[]), format!("{list}?done=key-role-taken"));
        assert_eq!(server.introspect(&site.resource_server, &token)["workspaces"], json!({ "1001": ["viewer"] }));
        assert!(!ada.page(&of_key).contains(">editor<") && !ada.page(&list).contains(&at(&key, "editor")));
        // What is taken on the key's side is gone here.
        let gone = ChangeKeyRole { id: key.client_id.parse().expect("an id"), request: site.role("viewer", &[0]) };
        site.change(|change, deps| key_roles::take(change, deps, &Authority::OPERATOR, gone));
        assert!(!ada.page(&list).contains(&at(&key, "viewer")));

        assert_eq!(ada.status(&at(&of_kim, "viewer")), 404, "keys of others are on their own pages");
        assert_eq!(ada.send(&give, &[("key", &of_kim.client_id), ("role", "viewer")]).status, 404);
        assert_eq!(ada.status(&at(&all, "viewer")), 422);
    }

    #[test]
    fn a_guest_is_invited_shown_without_what_is_of_the_home_and_removed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let guest = foreign_user(&site, another_space(&site, "Theirs"), "theo");
        let list = format!("/spaces/{}/users", site.space);
        let (path, invite) = (page_of_user(guest), format!("/spaces/{}/guests/new", site.space));
        assert_eq!(ada.status(&path), 404, "nobody of this space yet");
        let unknown = ada.send(&invite, &[("login", "nobody"), ("role", "viewer@1001")]);
        assert_eq!(unknown.status, 422);
        assert!(unknown.body.contains("href=\"#login\"") && unknown.body.contains("value=\"nobody\""), "{}", unknown.body);
        assert_eq!(ada.send(&invite, &[("login", "ada"), ("role", "viewer@1001")]).status, 409);
        let to = ada.carry_out(&invite, &[("login", "theo"), ("role", "viewer@1001"), ("role", "editor@1001")]);
        assert_eq!(to, format!("{path}?done=guest-invited"));

        let page = ada.page(&path);
        assert!(page.contains("The user is a guest here") && page.contains(">viewer<") && page.contains(">editor<"));
        for hidden in ["Last login", "E-mail", "Sessions", "/disable\"", "/edit\"", "/keys/new", "Theirs"] {
            assert!(!page.contains(hidden), "{hidden}: {page}");
        }
        for form in ["edit", "disable", "delete", "invite", "setup-link", "keys/new"] {
            assert_eq!(ada.status(&format!("{path}/{form}")), 403, "{form}");
        }
        assert!(ada.page(&format!("{list}?show=guests")).contains(&path) && !ada.page(&list).contains(&path));

        let remove = format!("/spaces/{}/guests/{guest}/remove", site.space);
        assert!(page.contains(&remove) && ada.page(&remove).contains("2 now"));
        assert_eq!(ada.carry_out(&remove, &[]), format!("{list}?done=guest-removed"));
        assert_eq!(ada.status(&path), 404);
        let standing = site.store.snapshot(|tx| manage::facts::show_user(tx, &Authority::OPERATOR, guest));
        assert!(standing.is_ok_and(|facts| facts.roles.is_empty()), "the account stays, without roles here");
    }

    #[test]
    fn who_runs_a_workspace_gives_roles_there_and_sees_no_keys(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let jo = site.user("jo");
        let (first, second) = (site.workspaces[0].0, site.workspaces[1].0);
        give(&site, jo, "viewer", &[first, second]);
        key_of(&site, jo, "Laptop", Some(site.role("viewer", &[0])));
        let mut wim = Person::with_roles(&site, &server, "wim", &[]);
        give(&site, wim.id, "workspace_admin", &[first]);
        let path = page_of_user(jo);
        let page = wim.page(&path);
        assert!(page.contains("Give roles") && !page.contains("Laptop") && !page.contains("Last login"), "{page}");
        let take = |number| format!("{path}/workspaces/{number}/roles/viewer/take");
        assert!(page.contains(&take(first)) && !page.contains(&take(second)));
        assert_eq!(wim.status(&take(second)), 403);
        assert_eq!(wim.send(&format!("{path}/roles/new"), &[("role", "editor@1002")]).status, 403);
        wim.carry_out(&format!("{path}/roles/new"), &[("role", "editor@1001")]);
        assert_eq!(wim.send(&format!("{path}/roles/new"), &[("role", "space_admin")]).status, 403);
        let refused = wim.send(&take(first), &[]);
        assert!(refused.status == 409 && !refused.body.contains("Laptop"), "{}", refused.body);
        wim.carry_out(&take(first), &[("with_keys", "yes")]);
        assert!(!wim.page(&path).contains(&take(first)));
    }
}
