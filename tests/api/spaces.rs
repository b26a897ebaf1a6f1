//! The site and its spaces: made with whom runs them, their policies, their switch for keys, closed and reopened.

use keystead::domain::{api_key::UserKeyRoles, authority::Authority, key_pair::ExpiryPolicy, page::PageRequest};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, another_space, assert_refused, give, key_of, site_administrator},
    on_both,
    support::credential::key_id,
    support::site::{AUDIENCE, Credential, ISSUER, Server, TestSite},
};

fn make_space(root: &Caller<'_>, body: &Value) -> String {
    let made = root.post("/spaces", body);
    assert_eq!(made.status, 201, "{made:?}");
    made.text("id")
}

fn internal_keys(site: &TestSite, space: &str) -> i64 {
    let of_space = format!("internal IS NOT NULL AND space_id = (SELECT id FROM spaces WHERE name = '{space}')");
    site.database.number(&format!("(SELECT COUNT(*) FROM api_keys WHERE {of_space})"))
}

on_both! {
    // Covers: RA-08
    #[test]
    fn the_site_is_shown_and_changed_by_those_who_run_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let root = Caller::site_admin(&site, &server);
        let expected = json!({
            "issuer": ISSUER, "development": true, "default_audience": AUDIENCE, "service_admins_allowed": false,
        });
        assert_eq!(root.get("/site").json(), expected);
        let edited = root.patch("/site", &json!({ "service_admins_allowed": true }));
        assert_eq!(edited.json()["service_admins_allowed"], true);
        let own = root.patch("/site", &json!({ "default_audience": format!("{ISSUER}/api/v1") }));
        assert_refused(&own, 422, "reserved_audience");
        assert_refused(&root.patch("/site", &json!({ "default_audience": "api" })), 422, "invalid_field");
        assert_refused(&root.patch("/site", &json!({ "issuer": "https://x.example" })), 400, "unknown_field");

        let admin = Caller::admin(&site, &server);
        assert_refused(&admin.get("/site"), 403, "missing_permission");
        assert_refused(&admin.patch("/site", &json!({})), 403, "missing_permission");
        // A key that has all roles of somebody who runs the site does not run it: that is passed on by name only.
        let user = site.user("root2");
        give(&site, user, "site_admin", &[]);
        let inheriting = Caller::with_key(&server, &key_of(&site, user, UserKeyRoles::Inherit, &[]));
        assert_refused(&inheriting.get("/site"), 403, "missing_permission");
        // Nor does a token for anything but this API tell of it.
        let named = site_administrator(&site, "root3");
        let token = server.mint(&named);
        let said = server.introspect(&site.resource_server, &token);
        assert_eq!((&said["active"], &said["roles"]), (&json!(true), &json!([])));
    }

    // Covers: L019, RA-09
    #[test]
    fn a_space_is_made_with_the_person_who_runs_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let root = Caller::site_admin(&site, &server);
        let body = json!({
            "name": "Example", "internal_services": true,
            "administrator": { "login": "Jo", "full_name": "Jo Doe", "emails": ["jo@example.com"] },
        });
        let made = root.post("/spaces", &body);
        assert_eq!(made.status, 201, "{made:?}");
        let (space, jo) = (made.text("id"), made.text("administrator"));
        assert_eq!(made.header("Location"), Some(format!("{ISSUER}/api/v1/spaces/{space}").as_str()));
        make_space(&root, &json!({ "name": "Plain" }));
        assert_eq!((internal_keys(&site, "Example"), internal_keys(&site, "Plain")), (3, 0));

        // Jo runs the space, through whatever key is made for that.
        let (id, home) = (jo.parse().expect("an id"), space.parse().expect("an id"));
        let key = site.key_with(|key| {
            key.space = home;
            key.owner = keystead::domain::api_key::Owner::User { id, roles: UserKeyRoles::Inherit };
        });
        let jo_acts = Caller::with_key(&server, &key);
        assert_eq!(jo_acts.get(&format!("/users/{jo}")).text("login"), "jo");
        let user = json!({ "login": "kim", "full_name": "Kim" });
        assert_eq!(jo_acts.post(&format!("/spaces/{space}/users"), &user).status, 201);
        // The gift is the only one: whoever runs the site gives nothing in a space afterwards.
        let role = json!({ "role": "auditor", "space": space });
        assert_refused(&root.post(&format!("/users/{jo}/roles"), &role), 403, "missing_permission");

        // Either both or none.
        let taken = json!({ "name": "Third", "administrator": { "login": "JO", "full_name": "Other" } });
        assert_refused(&root.post("/spaces", &taken), 409, "login_taken");
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM spaces WHERE name = 'Third')"), 0);
        assert_refused(&root.post("/spaces", &json!({ "name": "Example" })), 409, "name_taken");
        let admin = Caller::admin(&site, &server);
        assert_refused(&admin.post("/spaces", &json!({ "name": "Mine" })), 403, "missing_permission");
    }

    // Covers: K3, RA-09
    #[test]
    fn everybody_lists_the_spaces_he_belongs_to(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let other = another_space(&site, "Other");
        let ids = |answer: &Value| {
            let items = answer["items"].as_array().expect("a list").clone();
            items.into_iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
        };
        let (own, other) = (site.space.to_string(), other.to_string());
        let nobody = Caller::nobody(&site, &server);
        assert_eq!(ids(&nobody.get("/spaces").json()), std::slice::from_ref(&own));
        let root = Caller::site_admin(&site, &server);
        let first = root.get("/spaces?limit=1").json();
        assert_eq!(ids(&first), [own]);
        let cursor = first["next_cursor"].as_str().expect("a cursor");
        assert_eq!(ids(&root.get(&format!("/spaces?limit=1&cursor={cursor}")).json()), std::slice::from_ref(&other));
        for answer in [
            nobody.get(&format!("/spaces/{other}")),
            nobody.patch(&format!("/spaces/{other}"), &json!({})),
            nobody.post(&format!("/spaces/{other}/close"), &json!({})),
            nobody.post(&format!("/spaces/{other}/reopen"), &json!({})),
        ] {
            assert_refused(&answer, 404, "not_found");
        }
    }

    // Covers: L025, L034
    #[test]
    fn a_new_workspace_reaches_the_synchronizer_and_no_ordinary_key(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = synchronizer(&site);
        let ordinary = site.key("viewer", &[0, 1]);
        let made = admin.post(&format!("/spaces/{}/workspaces", site.space), &json!({ "name": "Third" }));
        assert_eq!(made.json()["number"], 1003);
        let says = |key: &Credential| server.introspect(&site.resource_server, &server.mint(key))["workspaces"].clone();
        assert_eq!(says(&key), json!({ "*": ["synchronizer_service"] }));
        let gateway = &site.resource_server;
        assert_eq!(server.verify(gateway, &server.mint(&key), "workspace=1003").status, 200);
        assert_eq!(says(&ordinary), json!({ "1001": ["viewer"], "1002": ["viewer"] }));
        assert_eq!(server.verify(gateway, &server.mint(&ordinary), "workspace=1003").status, 403);
    }

    // Covers: L048, L049, C04
    #[test]
    fn where_the_kind_of_space_knows_no_keys_the_site_alone_says_otherwise(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let root = Caller::site_admin(&site, &server);
        for kind in ["sandbox", "on_premises"] {
            let space = make_space(&root, &json!({ "name": kind, "kind": kind, "internal_services": true }));
            assert_eq!(root.get(&format!("/spaces/{space}")).json()["api_keys_supported"], false);
        }
        let space = format!("/spaces/{}", site.space);
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        let admin = Caller::admin(&site, &server);
        let off = json!({ "api_keys_supported": false });
        assert_refused(&admin.patch(&space, &off), 403, "missing_permission");
        // The site's own administrator has a key in another space, so as not to saw off the branch.
        let elsewhere = another_space(&site, "Elsewhere");
        let root = elsewhere_root(&site, &server, elsewhere);
        assert_refused(&root.patch(&space, &json!({ "name": "Mine" })), 403, "missing_permission");
        assert_eq!(root.patch(&space, &off).json()["api_keys_supported"], false);
        assert_eq!(server.token(&key).error(), "invalid_client");
        assert!(!server.is_active(&site.resource_server, &token));
        assert_eq!(root.patch(&space, &json!({ "api_keys_supported": true })).status, 200);
        assert!(!server.is_active(&site.resource_server, &token));
        assert!(server.is_active(&site.resource_server, &server.mint(&key)));
    }

    // Covers: L052, L053, L054
    #[test]
    fn the_switch_of_a_space_stops_all_keys_and_loses_none(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let space = format!("/spaces/{}", site.space);
        let (key, other) = (site.key("viewer", &[0]), site.key("viewer", &[1]));
        let token = server.mint(&key);
        let switch = |on: bool| json!({ "api_keys_enabled": on });
        // Only those who run the space, and each attempt of others changes nothing.
        let keys_only = Caller::with_permission(&site, &server, &["keys.manage"]);
        for caller in [&Caller::nobody(&site, &server), &keys_only] {
            assert_refused(&caller.patch(&space, &switch(false)), 403, "missing_permission");
        }
        assert!(server.is_active(&site.resource_server, &token));
        // How many would stop is told to those who manage keys or the space.
        let ordinary = site.database.number("(SELECT COUNT(*) FROM api_keys WHERE internal IS NULL)");
        assert_eq!(keys_only.get(&space).json()["ordinary_keys"], ordinary);
        assert!(Caller::nobody(&site, &server).get(&space).json().get("ordinary_keys").is_none());

        // The switch stops the key that flips it, too: an internal one that manages the space goes on.
        let admin = internal_admin(&site, &server);
        let off = admin.patch(&space, &switch(false));
        assert_eq!((off.status, &off.json()["api_keys_enabled"]), (200, &json!(false)));
        assert_eq!(server.token(&key).error(), "invalid_client");
        assert!(!server.is_active(&site.resource_server, &token));
        assert_refused(&keys_only.get("/me"), 401, "invalid_token");
        let made = admin.post(&format!("{space}/keys"), &json!({ "name": "New", "roles": [] }));
        assert_refused(&made, 403, "keys_disabled");
        let longer = format!("/keys/{}/pairs/{}", key.client_id, key.public_id);
        assert_eq!(admin.patch(&longer, &json!({ "expires": "2098-01-01" })).status, 200);
        assert_refused(&admin.patch(&longer, &json!({ "expires": "none" })), 403, "keys_disabled");
        assert!(made.text("detail").contains("ask its administrator"));
        let edited = admin.patch(&format!("/keys/{}", key.client_id), &json!({ "name": "Other" }));
        assert_refused(&edited, 403, "keys_disabled");
        assert_eq!(admin.delete(&format!("/keys/{}", other.client_id)).status, 204);
        let audited = site.database.number("(SELECT COUNT(*) FROM audit_events WHERE action = 'space.edit')");
        assert_eq!(audited, 1);

        assert_eq!(admin.patch(&space, &switch(true)).json()["api_keys_enabled"], true);
        assert!(!server.is_active(&site.resource_server, &token));
        assert!(server.is_active(&site.resource_server, &server.mint(&key)));
    }

    // Covers: RA-09, K5
    #[test]
    fn a_closed_space_answers_nobody_and_its_keys_return_on_reopening(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let root = elsewhere_root(&site, &server, another_space(&site, "Elsewhere"));
        let space = format!("/spaces/{}", site.space);
        let keys = [site.key("viewer", &[0]), synchronizer(&site)];
        let tokens = keys.each_ref().map(|key| server.mint(key));
        let alive = || tokens.each_ref().map(|token| server.is_active(&site.resource_server, token));
        assert_eq!(alive(), [true, true]);
        assert_eq!(root.post(&format!("{space}/close"), &json!({})).text("state"), "closed");
        assert_refused(&root.post(&format!("{space}/close"), &json!({})), 409, "already_closed");
        assert_eq!(alive(), [false, false]);
        assert!(keys.iter().all(|key| server.token(key).error() == "invalid_client"));
        assert!(tokens.iter().all(|token| server.verify(&site.resource_server, token, "").status == 401));

        assert_eq!(root.post(&format!("{space}/reopen"), &json!({})).text("state"), "open");
        assert_refused(&root.post(&format!("{space}/reopen"), &json!({})), 409, "already_open");
        assert_eq!(alive(), [false, false]);
        assert!(keys.iter().all(|key| server.is_active(&site.resource_server, &server.mint(key))));
    }

    // Covers: RA-09
    #[test]
    fn policies_are_set_and_cleared_one_by_one(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let space = format!("/spaces/{}", site.space);
        let all = json!({
            "name": "Renamed", "key_creation_restricted": true, "token_life_seconds": 300, "pair_life_seconds": 86_400,
            "sso_enabled": true, "password_life_seconds": 7_776_000, "email_domains": ["B.example.com", "a.example.com"],
        });
        let set = admin.patch(&space, &all).json();
        for (name, value) in all.as_object().expect("an object").iter().filter(|(name, _)| *name != "email_domains") {
            assert_eq!(&set[name], value, "{name}");
        }
        assert_eq!(set["email_domains"], json!(["a.example.com", "b.example.com"]));
        assert_eq!(server.token(&site.key_with(|key| key.expiry = ExpiryPolicy::default())).json()["expires_in"], 300);
        let cleared = admin.patch(&space, &json!({ "token_life_seconds": null, "email_domains": [] })).json();
        assert_eq!((&cleared["token_life_seconds"], &cleared["email_domains"]), (&Value::Null, &json!([])));
        assert_eq!(cleared["pair_life_seconds"], 86_400);

        for (name, value) in [
            ("token_life_seconds", json!(0)),
            ("token_life_seconds", json!(-1)),
            ("pair_life_seconds", json!(1.5)),
            ("password_life_seconds", json!("90d")),
            ("password_life_seconds", json!(u64::MAX)),
            ("sso_enabled", json!(null)),
            ("api_keys_enabled", json!("no")),
            ("name", json!("a\u{202e}b")),
            ("name", json!(null)),
        ] {
            let refused = admin.patch(&space, &json!({ name: value }));
            assert_refused(&refused, 422, "invalid_field");
            assert_eq!(refused.text("field"), format!("/{name}"));
        }
        assert_refused(&admin.patch(&space, &json!({ "email_domains": ["nodot"] })), 422, "invalid_field");
        assert_refused(&admin.patch(&space, &json!({ "kind": "sandbox" })), 400, "unknown_field");
        assert_refused(&admin.patch(&space, &json!({ "state": "closed" })), 400, "read_only_field");
        assert_eq!(admin.get(&space).json(), cleared);
    }
}

/// Somebody who runs the site and is at home in this space.
pub(crate) fn elsewhere_root<'a>(
    site: &TestSite,
    server: &'a Server,
    space: keystead::domain::ids::SpaceId,
) -> Caller<'a> {
    use keystead::{domain::api_key::Owner, domain::user::Login, manage};
    let request = || manage::RoleRequest { role: "site_admin".to_owned(), workspaces: Vec::new() };
    let login = Login::parse("root.elsewhere").expect("a login");
    let input = manage::users::CreateUser::person(space, login, crate::support::site::name("Root"));
    let id = site.change(|change, deps| manage::users::create(change, deps, &Authority::OPERATOR, input)).id;
    let input = manage::user_roles::GiveUserRole { id, space, request: request() };
    site.change(|change, deps| manage::user_roles::give(change, deps, &Authority::OPERATOR, input));
    let key = site.key_with(|key| {
        key.space = space;
        key.owner = Owner::User { id, roles: UserKeyRoles::Subset };
        key.roles = vec![request()];
    });
    Caller::with_key(server, &key)
}

/// The synchronizer's key with a secret.
fn synchronizer(site: &TestSite) -> Credential {
    internal(site, "Synchronizer service")
}

fn internal(site: &TestSite, title: &str) -> Credential {
    use keystead::manage::{self, api_keys::RegenerateApiKey};
    let made = site.change(|change, deps| {
        let filter = keystead::store::api_keys::KeyFilter {
            space: Some(site.space),
            text: Some(title.to_owned()),
            ..Default::default()
        };
        let ids = keystead::store::api_keys::page(change, &filter, PageRequest::default())?.items;
        let input = RegenerateApiKey { id: ids[0], expiry: ExpiryPolicy::Never };
        manage::api_keys::regenerate(change, deps, &Authority::OPERATOR, input)
    });
    Credential {
        client_id: made.client_id.to_string(),
        public_id: made.public_id,
        secret: made.secret.expose().to_owned(),
    }
}

/// An internal key ignores the switch; here one has been given the role of an administrator, which no use case does.
fn internal_admin<'a>(site: &TestSite, server: &'a Server) -> Caller<'a> {
    use keystead::{
        domain::assignment::{Assignment, AssignmentSource, Reach},
        store,
    };
    let key = internal(site, "Product to bridge");
    site.change(|change, _| {
        let role = store::roles::find_by_name(change, site.space, "space_admin")?.expect("a built-in role");
        let (source, reach, since) = (AssignmentSource::Local, Reach::Space, change.seq());
        let given = Assignment { space: site.space, role: role.id, reach, source, since };
        Ok(store::api_key_roles::give(change, key_id(&key), &role, &given)?)
    });
    Caller::with_key(server, &key)
}
