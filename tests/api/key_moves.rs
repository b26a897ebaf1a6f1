//! Moving keys of people who leave to a service account.

use std::time::Duration;

use keystead::{
    domain::{
        api_key::UserKeyRoles,
        authority::Authority,
        ids::UserId,
        user::{AccountType, Login},
    },
    manage::{self, users::CreateUser},
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused, give, key_of},
    key_world::{is_active, new_role, path_of, secret_of},
    on_both,
    support::{
        http::Response,
        site::{Credential, TestSite, name},
    },
};

fn service(site: &TestSite, login: &str) -> UserId {
    let person = CreateUser::person(site.space, Login::parse(login).expect("a login"), name(login));
    let input = CreateUser { account_type: AccountType::Service, ..person };
    site.change(|change, deps| manage::users::create(change, deps, &Authority::OPERATOR, input)).id
}

fn to_move(keys: &[&Credential], to: UserId) -> Value {
    let keys: Vec<&str> = keys.iter().map(|key| key.client_id.as_str()).collect();
    json!({ "keys": keys, "to": to, "overlap_hours": 2 })
}

fn move_keys(caller: &Caller<'_>, from: UserId, body: &Value) -> Response {
    caller.post(&format!("/users/{from}/keys/move"), body)
}

/// A person with a key that inherits and one that has a subset.
struct Leaver {
    id: UserId,
    inheriting: Credential,
    subset: Credential,
}

fn leaver(site: &TestSite) -> Leaver {
    let id = site.user("jo");
    give(site, id, "editor", &[0]);
    give(site, id, "viewer", &[1]);
    Leaver {
        id,
        inheriting: key_of(site, id, UserKeyRoles::Inherit, &[]),
        subset: key_of(site, id, UserKeyRoles::Subset, &[("viewer", &[1])]),
    }
}

fn new_keys(moved: &Response) -> Vec<Credential> {
    let moved = moved.json()["moved"].as_array().expect("a list").clone();
    let secret = |one: &Value| Credential {
        client_id: one["to"]["client_id"].as_str().expect("an id").to_owned(),
        public_id: one["to"]["public_id"].as_str().expect("an id").parse().expect("a public id"),
        secret: one["to"]["client_secret"].as_str().expect("a secret").to_owned(),
    };
    moved.iter().map(secret).collect()
}

fn counts(site: &TestSite) -> (i64, i64, i64) {
    let count = |what: &str| site.database.number(&format!("(SELECT COUNT(*) FROM {what})"));
    (count("api_keys"), count("api_keys WHERE moved_to IS NOT NULL"), count("user_roles"))
}

on_both! {
    // Covers: PE-07, PE-09
    #[test]
    fn a_moved_key_has_a_successor_with_its_roles_and_both_name_each_other(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let jo = leaver(&site);
        let robot = service(&site, "robot");
        let old_token = server.mint(&jo.inheriting);
        let mut wanted = to_move(&[&jo.inheriting, &jo.subset], robot);
        let refused = move_keys(&admin, jo.id, &wanted);
        assert_refused(&refused, 409, "roles_missing");
        assert!(refused.text("detail").contains("editor@1001"), "{refused:?}");
        wanted["give_missing_roles"] = json!(true);
        let moved = move_keys(&admin, jo.id, &wanted);
        assert_eq!(moved.status, 201, "{moved:?}");
        let new = new_keys(&moved);
        let described = server.introspect(&site.resource_server, &server.mint(&new[0]));
        assert_eq!((&described["sub"], &described["client_id"]), (&json!(robot), &json!(new[0].client_id)));
        assert_eq!(described["workspaces"], json!({ "1001": ["editor"], "1002": ["viewer"] }));
        let described = server.introspect(&site.resource_server, &server.mint(&new[1]));
        assert_eq!(described["workspaces"], json!({ "1002": ["viewer"] }));
        assert!(is_active(&site, &server, &old_token) && server.token(&jo.inheriting).status == 200);

        let (old, shown) = (admin.get(&path_of(&jo.inheriting)).json(), admin.get(&path_of(&new[0])).json());
        assert_eq!((&old["moved_to"], &shown["moved_from"]), (&shown["id"], &old["id"]));
        assert_eq!((&old["name"], &old["description"], &old["mode"]), (&shown["name"], &shown["description"], &shown["mode"]));
        assert_eq!(shown["owner"], json!({ "kind": "user", "user": robot, "roles": "subset" }));
        assert_eq!(old["pairs"][0]["expires_at"], moved.json()["moved"][0]["old_ends_at"]);
        for (key, other) in [(&jo.inheriting, &new[0]), (&new[0], &jo.inheriting)] {
            let events = site.store.snapshot(|tx| store::audit::of_target(tx, &key.client_id)).expect("events");
            let event = events.iter().find(|event| event.action == "api_key.move").expect("it is noted");
            assert!(event.detail.contains(&other.client_id) && !event.detail.contains(&new[0].secret), "{event:?}");
        }
        assert_refused(&move_keys(&admin, jo.id, &wanted), 409, "already_moved");
        // The hours of the old key are counted, by whatever way somebody would prolong them.
        let old = path_of(&jo.inheriting);
        assert_refused(&admin.post(&format!("{old}/pairs"), &json!({})), 409, "already_moved");
        assert_refused(&admin.post(&format!("{old}/regenerate"), &json!({})), 409, "already_moved");
        let pair = format!("{old}/pairs/{}", jo.inheriting.public_id);
        assert_refused(&admin.patch(&pair, &json!({ "expires": "none" })), 409, "already_moved");
        let reach = admin.get(&format!("/users/{}/reach", jo.id)).json();
        assert_eq!(reach["keys_on_overlap"], 2, "{reach}");
        // What has taken the place can be deleted, and the key be moved again.
        assert_eq!(admin.delete(&path_of(&new[1])).status, 204);
        assert_eq!(move_keys(&admin, jo.id, &to_move(&[&jo.subset], robot)).status, 201);
    }

    // Covers: PE-07
    #[test]
    fn a_key_that_works_no_more_is_not_moved(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let jo = leaver(&site);
        let robot = service(&site, "robot");
        give(&site, robot, "viewer", &[1]);
        let pair = format!("{}/pairs/{}", path_of(&jo.subset), jo.subset.public_id);
        assert_eq!(admin.patch(&pair, &json!({ "expires": site.store.now().expect("a clock").plus(Duration::from_mins(1)) })).status, 200);
        site.clock.advance(Duration::from_secs(61));
        let before = counts(&site);
        let refused = move_keys(&admin, jo.id, &to_move(&[&jo.subset], robot));
        assert_refused(&refused, 409, "key_does_not_work");
        assert!(refused.text("detail").contains(&jo.subset.client_id), "{refused:?}");
        assert_eq!(counts(&site), before);
    }

    // Covers: PE-07
    #[test]
    fn keys_are_moved_all_or_none(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let jo = leaver(&site);
        let robot = service(&site, "robot");
        give(&site, robot, "viewer", &[0, 1]);
        let first = key_of(&site, jo.id, UserKeyRoles::Subset, &[("viewer", &[1])]);
        let mut keys = [&first, &jo.subset];
        keys.sort_by_key(|key| key.client_id.clone());
        let before = counts(&site);
        // The caller may give what the one key has, and not what the other has.
        new_role(&site, "mover", keystead::domain::permission::Level::Space, &["keys.manage"]);
        let narrow = site.key_with(|key| key.roles = vec![site.role("mover", &[]), site.role("viewer", &[0])]);
        let narrow = Caller::with_key(&server, &narrow);
        let in_first = site.user("lo");
        give(&site, in_first, "viewer", &[0, 1]);
        let reachable = key_of(&site, in_first, UserKeyRoles::Subset, &[("viewer", &[0])]);
        let beyond = key_of(&site, in_first, UserKeyRoles::Subset, &[("viewer", &[1])]);
        let before_narrow = counts(&site);
        assert_refused(&move_keys(&narrow, in_first, &to_move(&[&reachable, &beyond], robot)), 403, "exceeds_own_rights");
        assert_eq!(counts(&site), before_narrow);
        assert_eq!(move_keys(&narrow, in_first, &to_move(&[&reachable], robot)).status, 201);
        assert!(before.0 < counts(&site).0);

        assert_eq!(admin.post(&format!("{}/revoke", path_of(&first)), &json!({})).status, 200);
        let before = counts(&site);
        assert_refused(&move_keys(&admin, jo.id, &to_move(&keys, robot)), 409, "key_revoked");
        assert_eq!(admin.post(&format!("{}/disable", path_of(&jo.subset)), &json!({})).status, 200);
        assert_refused(&move_keys(&admin, jo.id, &to_move(&[&jo.subset], robot)), 409, "key_disabled");
        assert_refused(&move_keys(&admin, jo.id, &to_move(&[&reachable], robot)), 422, "not_a_key_of_user");
        assert_refused(&move_keys(&admin, jo.id, &to_move(&[&jo.inheriting], in_first)), 422, "not_a_service_account");
        assert_refused(&move_keys(&admin, jo.id, &to_move(&[&jo.inheriting], jo.id)), 422, "same_owner");
        assert_refused(&move_keys(&admin, jo.id, &json!({ "keys": [], "to": robot, "overlap_hours": 1 })), 422, "invalid_field");
        let long = json!({ "keys": [jo.inheriting.client_id], "to": robot, "overlap_hours": 721 });
        assert_refused(&move_keys(&admin, jo.id, &long), 422, "invalid_field");
        assert_eq!(counts(&site), before);
    }

    // Covers: PE-07, L144, KM-19
    #[test]
    fn no_administrator_is_made_of_a_machine_and_secrets_are_shown_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let jo = site.user("jo");
        give(&site, jo, "space_admin", &[]);
        let (key, robot) = (key_of(&site, jo, UserKeyRoles::Inherit, &[]), service(&site, "robot"));
        let mut wanted = to_move(&[&key], robot);
        wanted["give_missing_roles"] = json!(true);
        assert_refused(&move_keys(&admin, jo, &wanted), 422, "admin_role_on_service_account");
        let of_jo = Caller::with_key(&server, &key);
        assert_refused(&move_keys(&of_jo, jo, &wanted), 403, "user_key_cannot_manage_keys");

        let kim = site.user("kim");
        give(&site, kim, "viewer", &[0]);
        let key = key_of(&site, kim, UserKeyRoles::Inherit, &[]);
        let mut wanted = to_move(&[&key], robot);
        wanted["give_missing_roles"] = json!(true);
        let ask = || {
            let call = admin.call("POST", &format!("/users/{kim}/keys/move")).header("Idempotency-Key", "one");
            call.json(&wanted).send()
        };
        let moved = ask();
        let secret = new_keys(&moved)[0].secret.clone();
        let again = ask();
        assert_eq!((again.status, &again.json()["secret_already_shown"]), (200, &json!(true)), "{again:?}");
        assert!(!again.body.contains(&secret) && moved.body.contains(&secret));
        // A pair that is added later shows its secret as always.
        let id = moved.json()["moved"][0]["to"]["client_id"].as_str().expect("an id").to_owned();
        secret_of(&admin.post(&format!("/keys/{id}/pairs"), &json!({})));
    }
}
