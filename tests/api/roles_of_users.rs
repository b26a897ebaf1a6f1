//! Roles of users through the API: who gives and takes them, what that does to their keys, guests, and who works where.

use keystead::{
    domain::{
        api_key::UserKeyRoles,
        assignment::{Assignment, AssignmentSource, Reach},
        authority::Authority,
        ids::{SpaceId, UserId},
        user::Login,
        workspace::WorkspaceNumber,
    },
    manage::{self, users::CreateUser, workspaces::CreateWorkspace},
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, another_space, assert_refused, give, key_of},
    on_both,
    support::site::{Credential, Server, TestSite, name},
};

const OPERATOR: &Authority = &Authority::OPERATOR;

fn says(site: &TestSite, server: &Server, token: &str) -> Value {
    server.introspect(&site.resource_server, token)["workspaces"].clone()
}

/// An identity provider gives a role in a workspace, as none does yet.
fn give_from_idp(site: &TestSite, id: UserId, role: &str, workspace: usize) {
    site.change(|change, _| {
        let role = store::roles::find_by_name(change, site.space, role)?.expect("a role");
        let given = Assignment {
            space: site.space,
            role: role.id,
            reach: Reach::Workspace(site.workspaces[workspace].1),
            source: AssignmentSource::IdentityProvider,
            since: change.seq(),
        };
        Ok(store::user_roles::give(change, id, &role, &given)?)
    });
}

fn foreign_user(site: &TestSite, space: SpaceId, login: &str) -> UserId {
    let input = CreateUser::person(space, Login::parse(login).expect("a login"), name(login));
    site.change(|change, deps| manage::users::create(change, deps, OPERATOR, input)).id
}

fn foreign_workspace(site: &TestSite, space: SpaceId) -> WorkspaceNumber {
    let input = CreateWorkspace { space, name: name("Theirs") };
    site.change(|change, deps| manage::workspaces::create(change, deps, OPERATOR, input)).number
}

/// An administrator of another space.
fn foreign_admin<'a>(site: &TestSite, server: &'a Server, space: SpaceId) -> Caller<'a> {
    let key = site.key_with(|key| {
        key.space = space;
        key.roles = vec![site.role("space_admin", &[])];
    });
    Caller::with_key(server, &key)
}

fn names(answer: &Value, member: &str) -> Vec<String> {
    let items = answer["items"].as_array().expect("a list");
    items.iter().map(|item| item[member].to_string().trim_matches('"').to_owned()).collect()
}

on_both! {
    // Covers: L083, L129, L131, L137, L138
    #[test]
    fn a_role_that_is_taken_leaves_the_users_keys_too(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = site.user("jo");
        let path = format!("/users/{user}/roles");
        let viewer = json!({ "role": "viewer", "workspaces": [1001, 1002] });
        let given = admin.post(&path, &viewer);
        assert_eq!(given.json()["roles"].as_array().map(Vec::len), Some(2), "{given:?}");
        assert_refused(&admin.post(&path, &viewer), 409, "already_given");
        let keys = [
            key_of(&site, user, UserKeyRoles::Inherit, &[]),
            key_of(&site, user, UserKeyRoles::Subset, &[("viewer", &[0])]),
            key_of(&site, user, UserKeyRoles::Subset, &[("viewer", &[1])]),
        ];
        let tokens = keys.each_ref().map(|key| server.mint(key));
        let seen = || tokens.each_ref().map(|token| says(&site, &server, token));
        let (one, two) = (json!({ "1001": ["viewer"] }), json!({ "1002": ["viewer"] }));
        let both = json!({ "1001": ["viewer"], "1002": ["viewer"] });
        assert_eq!(seen(), [both, one.clone(), two.clone()]);

        // With `refuse` nothing happens, and the answer names the keys.
        let place = format!("{path}/viewer?workspace=1001");
        let refused = admin.delete(&format!("{place}&if_keys=refuse"));
        assert_refused(&refused, 409, "role_on_keys");
        assert_eq!(refused.json()["keys"], json!([keys[0].client_id, keys[1].client_id]));
        assert_eq!(seen()[1], one);

        let taken = admin.delete(&format!("{place}&if_keys=cascade&space={}", site.space)).json();
        assert_eq!(taken["keys"], json!([keys[0].client_id, keys[1].client_id]));
        assert_eq!(taken["user"]["roles"][0]["workspace"], 1002);
        assert_eq!(seen(), [two.clone(), Value::Null, two.clone()]);
        assert_eq!(server.verify(&site.resource_server, &tokens[1], "workspace=1001").status, 403);
        assert_refused(&admin.delete(&place), 409, "not_assigned");

        // Given again, it does not return to keys that chose it, nor to old tokens.
        assert_eq!(admin.post(&path, &json!({ "role": "viewer", "workspaces": [1001] })).status, 200);
        assert_eq!(seen(), [two.clone(), Value::Null, two]);
        let fresh = |key: &Credential| says(&site, &server, &server.mint(key));
        assert_eq!(fresh(&keys[0]), json!({ "1001": ["viewer"], "1002": ["viewer"] }));
        assert_eq!(fresh(&keys[1]), Value::Null);
    }

    // Covers: L136
    #[test]
    fn what_an_identity_provider_gave_is_not_taken_here(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = site.user("jo");
        give_from_idp(&site, user, "viewer", 0);
        let path = format!("/users/{user}/roles/viewer?workspace=1001");
        assert_refused(&admin.delete(&path), 409, "idp_role_elsewhere");
        assert_eq!(admin.get(&format!("/users/{user}")).json()["roles"][0]["source"], "idp");
        // Given here as well, it is taken here, and the other stays.
        give(&site, user, "viewer", &[0]);
        assert_eq!(admin.delete(&path).json()["user"]["roles"][0]["source"], "idp");
        assert_refused(&admin.delete(&path), 409, "idp_role_elsewhere");
    }

    // Covers: L114, L138
    #[test]
    fn it_is_seen_who_works_where_and_with_which_keys(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (jo, kim) = (site.user("jo"), site.user("kim"));
        give(&site, jo, "viewer", &[0, 1]);
        give(&site, jo, "auditor", &[]);
        give(&site, kim, "editor", &[1]);
        give_from_idp(&site, jo, "editor", 1);
        let key = key_of(&site, jo, UserKeyRoles::Subset, &[("viewer", &[1])]);
        let first = json!({
            "number": 1001, "space": site.space, "name": "First", "state": "open",
            "roles": [{ "role": "viewer", "source": "local" }], "keys": [],
        });
        let second = json!({
            "number": 1002, "space": site.space, "name": "Second", "state": "open",
            "roles": [{ "role": "editor", "source": "idp" }, { "role": "viewer", "source": "local" }],
            "keys": [{ "client_id": key.client_id, "name": "Key", "roles": ["viewer"] }],
        });
        let path = format!("/users/{jo}/workspaces");
        assert_eq!(admin.get(&path).json()["items"], json!([first, second]));
        let page = admin.get(&format!("{path}?limit=1")).json();
        assert_eq!(page["items"], json!([first]));
        let next = page["next_cursor"].as_str().expect("a cursor").to_owned();
        assert_eq!(admin.get(&format!("{path}?limit=1&cursor={next}")).json(), json!({ "items": [second] }));
        // Keys are shown to those who manage keys.
        let people = Caller::with_permission(&site, &server, &["users.manage"]);
        assert!(people.get(&path).json()["items"][0].get("keys").is_none());

        let users = admin.get("/workspaces/1002/users").json();
        assert_eq!(names(&users, "login"), ["jo", "kim"]);
        assert_eq!(users["items"][0]["roles"].as_array().map(Vec::len), Some(2), "{users}");
        assert_eq!(names(&admin.get("/workspaces/1001/users").json(), "login"), ["jo"]);
        // A role of a key is taken from this side too.
        let taken = admin.delete(&format!("/keys/{}/roles/viewer?workspace=1002", key.client_id));
        assert!([200, 204].contains(&taken.status), "{taken:?}");
        assert_eq!(admin.get(&path).json()["items"][1]["keys"], json!([]));
        assert_eq!(says(&site, &server, &server.mint(&key)), Value::Null);
    }

    // Covers: C02, L128, K3
    #[test]
    fn a_guest_has_roles_abroad_that_no_key_gets_and_loses_them_at_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let abroad = another_space(&site, "Abroad");
        let number = foreign_workspace(&site, abroad);
        let (admin, theirs) = (Caller::admin(&site, &server), foreign_admin(&site, &server, abroad));
        let user = site.user("jo");
        give(&site, user, "viewer", &[0]);
        let key = key_of(&site, user, UserKeyRoles::Inherit, &[]);
        let guests = format!("/spaces/{abroad}/guests");
        assert_refused(&theirs.get(&format!("/users/{user}")), 404, "not_found");

        let invited = theirs.post(&guests, &json!({ "login": "JO", "role": "editor", "workspaces": [number] }));
        assert_eq!((invited.status, invited.text("home_space")), (201, site.space.to_string()), "{invited:?}");
        // There they see what was given there, and no address; at home everything abroad stays unseen.
        let seen = theirs.get(&format!("/users/{user}")).json();
        assert_eq!((seen["roles"].as_array().map(Vec::len), seen.get("emails")), (Some(1), None), "{seen}");
        assert_eq!(seen["roles"][0]["role"], "editor");
        assert_eq!(admin.get(&format!("/users/{user}")).json()["roles"][0]["role"], "viewer");
        let listed = theirs.get(&format!("/spaces/{abroad}/users?guests=true")).json();
        assert_eq!(names(&listed, "login"), ["jo"]);
        assert_refused(&theirs.patch(&format!("/users/{user}"), &json!({ "full_name": "X" })), 403, "missing_permission");

        assert_eq!(says(&site, &server, &server.mint(&key)), json!({ "1001": ["viewer"] }));
        let chosen = json!({ "name": "New", "roles": [{ "role": "editor", "workspaces": [number] }] });
        assert_refused(&admin.post(&format!("/users/{user}/keys"), &chosen), 422, "foreign_domain");

        assert_eq!(theirs.delete(&format!("{guests}/{user}")).status, 204);
        assert_refused(&theirs.get(&format!("/users/{user}")), 404, "not_found");
        assert_refused(&theirs.delete(&format!("{guests}/{user}")), 404, "not_found");
        assert_eq!(admin.get(&format!("/users/{user}")).json()["roles"].as_array().map(Vec::len), Some(1));
        let at_home = admin.post(&format!("/spaces/{}/guests", site.space), &json!({ "login": "jo", "role": "auditor" }));
        assert_refused(&at_home, 409, "guest_at_home");
        let unknown = theirs.post(&guests, &json!({ "login": "nobody", "role": "viewer", "workspaces": [number] }));
        assert_refused(&unknown, 404, "not_found");
    }

    // Covers: K2
    #[test]
    fn nobody_gives_what_he_does_not_hold_there(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let user = site.user("jo");
        let path = format!("/users/{user}/roles");
        let role = |name: &str, workspaces: &[i64]| json!({ "role": name, "workspaces": workspaces });
        // Who manages roles and nothing else gives nothing that does more.
        let roles_only = Caller::with_permission(&site, &server, &["roles.manage"]);
        for asked in [role("space_admin", &[]), role("workspace_admin", &[1001]), role("viewer", &[1001])] {
            assert_refused(&roles_only.post(&path, &asked), 403, "exceeds_own_rights");
        }
        assert_eq!(roles_only.post(&path, &role("roles_manage", &[])).status, 200);
        let guest = json!({ "login": "theirs", "role": "space_admin" });
        foreign_user(&site, another_space(&site, "Other"), "theirs");
        assert_refused(&roles_only.post(&format!("/spaces/{}/guests", site.space), &guest), 403, "exceeds_own_rights");

        // An administrator of a workspace gives there and nowhere else.
        let first = Caller::with_key(&server, &site.key("workspace_admin", &[0]));
        assert_eq!(first.post(&path, &role("editor", &[1001])).status, 200);
        assert_eq!(first.post(&path, &role("workspace_admin", &[1001])).status, 200);
        assert_refused(&first.post(&path, &role("editor", &[1002])), 403, "missing_permission");
        assert_refused(&first.post(&path, &role("editor", &[1001, 1002])), 403, "missing_permission");
        assert_refused(&first.post(&path, &role("space_admin", &[])), 403, "missing_permission");
        assert_refused(&first.delete(&format!("{path}/roles_manage")), 403, "missing_permission");
        assert_refused(&first.get("/workspaces/1002/users"), 403, "missing_permission");
        assert_eq!(first.delete(&format!("{path}/editor?workspace=1001")).status, 200);

        // An administrator of the space does not read the audit log, so that is not his to give.
        let admin = Caller::admin(&site, &server);
        let refused = admin.post(&path, &role("auditor", &[]));
        assert_refused(&refused, 403, "exceeds_own_rights");
        assert_eq!(refused.text("permission"), "audit.read");
        // Taking needs no such right.
        give(&site, user, "auditor", &[]);
        assert_eq!(admin.delete(&format!("{path}/auditor")).status, 200);

        // Who runs the site makes others run it, and gives nothing inside spaces.
        let root = Caller::site_admin(&site, &server);
        assert_refused(&admin.post(&path, &role("site_admin", &[])), 403, "missing_permission");
        let elsewhere = json!({ "role": "site_admin", "space": another_space(&site, "Elsewhere") });
        assert_refused(&root.post(&path, &elsewhere), 422, "site_role");
        assert_eq!(root.post(&path, &role("site_admin", &[])).status, 200);
        assert_refused(&root.post(&path, &role("viewer", &[1001])), 403, "missing_permission");
        assert_eq!(root.delete(&format!("{path}/site_admin")).status, 200);
        let held = site.database.number("(SELECT COUNT(*) FROM user_roles)");
        assert_eq!(held, 3, "site_admin of the caller, roles_manage and workspace_admin of jo");
    }

    // Covers: K3, K4
    #[test]
    fn roles_and_workspaces_that_do_not_fit_are_refused_by_name(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let other = another_space(&site, "Other");
        let number = foreign_workspace(&site, other);
        let theirs = foreign_admin(&site, &server, other);
        let made = json!({ "name": "their_role", "level": "workspace", "permissions": [] });
        assert_eq!(theirs.post(&format!("/spaces/{other}/roles"), &made).status, 201);
        let user = site.user("jo");
        let path = format!("/users/{user}/roles");
        admin.post("/workspaces/1002/close", &json!({}));
        for (body, status, code) in [
            (json!({ "role": "no_such_role" }), 422, "unknown_role"),
            (json!({ "role": "their_role", "workspaces": [1001] }), 422, "unknown_role"),
            (json!({ "role": "viewer", "workspaces": [number] }), 422, "foreign_workspace"),
            (json!({ "role": "viewer", "workspaces": [999_999] }), 422, "foreign_workspace"),
            (json!({ "role": "viewer", "workspaces": [1002] }), 422, "closed_workspace"),
            (json!({ "role": "viewer" }), 422, "workspace_required"),
            (json!({ "role": "space_admin", "workspaces": [1001] }), 422, "space_level_role"),
            (json!({ "role": "synchronizer_service", "workspaces": [1001] }), 403, "internal_role"),
            (json!({ "role": "viewer", "workspaces": [0] }), 422, "invalid_field"),
            (json!({ "role": "viewer", "workspaces": "all" }), 422, "invalid_field"),
            (json!({ "role": "viewer", "workspaces": [1001], "source": "idp" }), 400, "read_only_field"),
            (json!({ "role": "viewer", "workspaces": [1001], "space": "spc_1" }), 422, "invalid_field"),
            (json!({ "role": "viewer", "workspaces": [1001], "space": other }), 404, "not_found"),
            (json!({ "workspaces": [1001] }), 422, "missing_field"),
        ] {
            assert_refused(&admin.post(&path, &body), status, code);
        }
        for (query, status, code) in [
            ("", 422, "workspace_required"),
            (&format!("?workspace={number}"), 422, "foreign_workspace"),
            (&format!("?space={other}&workspace={number}"), 404, "not_found"),
            ("?workspace=x", 400, "invalid_parameter"),
            ("?space=x", 400, "invalid_parameter"),
            ("?workspace=1001&workspace=1002", 400, "unknown_parameter"),
            ("?workspace=1001&if_keys=maybe", 400, "invalid_parameter"),
        ] {
            assert_refused(&admin.delete(&format!("{path}/viewer{query}")), status, code);
        }
        assert_refused(&admin.get(&format!("/workspaces/{number}/users")), 404, "not_found");
        assert_refused(&admin.delete(&format!("/spaces/{other}/guests/{user}")), 404, "not_found");
        let guest = json!({ "login": "jo", "role": "viewer", "workspaces": [number] });
        assert_refused(&admin.post(&format!("/spaces/{other}/guests"), &guest), 404, "not_found");
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM user_roles)"), 0);
    }
}
