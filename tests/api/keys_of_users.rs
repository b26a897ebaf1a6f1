//! Keys that act for users: with all roles that the user can pass on, or with some of them.

use keystead::{
    domain::{
        assignment::{Assignment, AssignmentSource, Reach},
        authority::Authority,
        ids::UserId,
    },
    manage::{
        self, RoleRequest,
        users::{EditUser, EnableUser},
    },
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{elsewhere, give, is_active, keys_of, path_of, rights, secret_of, user_with},
    on_both,
    support::{
        http::Response,
        site::{Credential, TestSite},
    },
};

fn create(caller: &Caller<'_>, user: UserId, body: &Value) -> Response {
    caller.post(&format!("/users/{user}/keys"), body)
}

fn key(caller: &Caller<'_>, user: UserId) -> Credential {
    secret_of(&create(caller, user, &json!({ "name": "Key" })))
}

/// What an identity provider says of the user.
fn give_by_provider(site: &TestSite, user: UserId, role: &str, workspace: usize) {
    site.change(|change, _| {
        let role = store::roles::find_by_name(change, site.space, role)?.expect("a role");
        let (reach, source) = (Reach::Workspace(site.workspaces[workspace].1), AssignmentSource::IdentityProvider);
        let given = Assignment { space: site.space, role: role.id, reach, source, since: change.seq() };
        Ok(store::user_roles::give(change, user, &role, &given)?)
    });
}

on_both! {
    // Covers: L127, L129, L125, L123
    #[test]
    fn an_administrator_makes_and_manages_keys_of_the_users_of_the_space(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = user_with(&site, "jo", vec![site.role("viewer", &[0])]);
        let made: Vec<Credential> = (0..3).map(|_| key(&admin, user)).collect();
        let seconds: Vec<Credential> =
            made.iter().map(|key| secret_of(&admin.post(&format!("{}/pairs", path_of(key)), &json!({})))).collect();
        let tokens: Vec<String> = made.iter().chain(&seconds).map(|key| server.mint(key)).collect();
        for token in &tokens {
            let described = server.introspect(&site.resource_server, token);
            assert_eq!((&described["sub"], &described["workspaces"]), (&json!(user), &json!({ "1001": ["viewer"] })));
        }
        let list = admin.get(&format!("/users/{user}/keys")).json();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(3));
        assert_eq!(list["items"][0]["owner"], json!({ "kind": "user", "user": user, "roles": "inherit" }));
        for (key, verb) in made.iter().zip(["disable", "revoke"]) {
            assert_eq!(admin.post(&format!("{}/{verb}", path_of(key)), &json!({})).status, 200);
        }
        assert_eq!(admin.post(&format!("{}/enable", path_of(&made[0])), &json!({})).status, 200);
        assert_eq!(admin.delete(&path_of(&made[2])).status, 204);
        let works: Vec<bool> = made.iter().map(|key| server.token(key).status == 200).collect();
        assert_eq!(works, [true, false, false]);
    }

    // Covers: L129, L108, L112
    #[test]
    fn a_key_inherits_or_has_what_was_chosen(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = user_with(&site, "jo", vec![site.role("viewer", &[0, 1])]);
        let inheriting = key(&admin, user);
        let chosen = json!({ "name": "Key", "roles": [{ "role": "viewer", "workspaces": [1001] }] });
        let subset = secret_of(&create(&admin, user, &chosen));
        let later = secret_of(&create(&admin, user, &json!({ "name": "Key", "roles": [] })));
        let seen = |key: &Credential| rights(&site, &server, &server.mint(key)).1;
        assert_eq!((seen(&inheriting), seen(&subset)), (json!({ "1001": ["viewer"], "1002": ["viewer"] }), json!({ "1001": ["viewer"] })));
        let token = server.mint(&later);
        assert_eq!(rights(&site, &server, &token), (json!([]), Value::Null));
        assert_eq!(server.verify(&site.resource_server, &token, "").status, 200);
        assert_eq!(server.verify(&site.resource_server, &token, "workspace=1001").status, 403);

        give(&site, user, site.space, site.role("editor", &[0]));
        assert_eq!((seen(&inheriting)["1001"].clone(), seen(&subset)), (json!(["editor", "viewer"]), json!({ "1001": ["viewer"] })));
        let role = json!({ "role": "editor", "workspaces": [1001] });
        assert_refused(&admin.post(&format!("{}/roles", path_of(&inheriting)), &role), 422, "inherits_roles");
        assert_eq!(admin.post(&format!("{}/roles", path_of(&later)), &role).status, 200);
        assert_eq!(seen(&later), json!({ "1001": ["editor"] }));

        let changed = admin.patch(&path_of(&inheriting), &json!({ "user_roles": "subset" }));
        assert_eq!((changed.json()["owner"]["roles"].clone(), seen(&inheriting)), (json!("subset"), Value::Null));
        assert_eq!(admin.patch(&path_of(&later), &json!({ "user_roles": "inherit" })).status, 200);
        assert_eq!(seen(&later), json!({ "1001": ["editor", "viewer"], "1002": ["viewer"] }));
    }

    // Covers: L056, L057
    #[test]
    fn whoever_only_reads_has_keys_that_only_read(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let viewer = user_with(&site, "viewer", vec![site.role("viewer", &[0])]);
        assert_refused(&create(&admin, viewer, &json!({ "name": "Key", "mode": "full" })), 403, "exceeds_own_rights");
        let made = create(&admin, viewer, &json!({ "name": "Key" }));
        assert_eq!(made.json()["key"]["mode"], "read_only");
        assert_eq!(server.token(&secret_of(&made)).text("scope"), "read");
        let widened = admin.patch(&path_of(&secret_of(&made)), &json!({ "mode": "full" }));
        assert_refused(&widened, 403, "exceeds_own_rights");

        let editor = user_with(&site, "editor", vec![site.role("editor", &[0])]);
        assert_eq!(create(&admin, editor, &json!({ "name": "Key" })).json()["key"]["mode"], "full");
        let read_only = secret_of(&create(&admin, editor, &json!({ "name": "Key", "mode": "read_only" })));
        let token = server.mint(&read_only);
        let permitted = server.introspect(&site.resource_server, &token)["permissions"].to_string();
        assert!(permitted.contains("data.read") && !permitted.contains("data.write"), "{permitted}");
        let denied = server.verify(&site.resource_server, &token, "workspace=1001&scope=write");
        assert_eq!(denied.status, 403);
    }

    // Covers: L109, L132, L133, L134, L128, L135
    #[test]
    fn what_a_key_may_get_is_listed_with_the_reason_for_the_rest(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let other = elsewhere(&site);
        let user = user_with(&site, "jo", vec![site.role("viewer", &[0, 1])]);
        give(&site, user, other.space, RoleRequest { role: "editor".to_owned(), workspaces: vec![other.workspace] });
        give_by_provider(&site, user, "editor", 0);
        assert_eq!(admin.post("/workspaces/1002/close", &json!({})).status, 200);

        let list = admin.get(&format!("/users/{user}/grantable")).json();
        let reason = |role: &str, workspace: Option<i64>| {
            let items = list["items"].as_array().expect("a list");
            let fits = |item: &&Value| item["role"] == role && item.get("workspace").and_then(Value::as_i64) == workspace;
            let item = items.iter().find(fits).unwrap_or_else(|| panic!("{role} in {workspace:?}: {list}"));
            assert_eq!(item["grantable"] == true, item.get("reason").is_none());
            item["reason"].as_str().unwrap_or("none").to_owned()
        };
        let asked = |role: &str, workspace: Option<i64>| {
            let workspaces: Vec<i64> = workspace.into_iter().collect();
            create(&admin, user, &json!({ "name": "Key", "roles": [{ "role": role, "workspaces": workspaces }] }))
        };
        let foreign = other.workspace.get();
        let cases = [
            ("viewer", Some(1001), "none", 201),
            ("editor", Some(1001), "idp_role", 422),
            ("power_user", Some(1001), "not_held", 422),
            ("viewer", Some(1002), "closed_workspace", 422),
            ("editor", Some(foreign), "foreign_domain", 422),
            ("bridge_service", None, "internal_role", 403),
            ("space_admin", None, "not_held", 422),
        ];
        for (role, workspace, expected, status) in cases {
            assert_eq!(reason(role, workspace), expected, "{role}");
            let answer = asked(role, workspace);
            match status {
                201 => assert_eq!(answer.status, 201, "{answer:?}"),
                _ => assert_refused(&answer, status, expected),
            }
        }
        // Held both ways, it can be passed on.
        give(&site, user, site.space, site.role("editor", &[0]));
        assert_eq!(asked("editor", Some(1001)).status, 201);
        assert_eq!(rights(&site, &server, &server.mint(&key(&admin, user))).1, json!({ "1001": ["editor", "viewer"] }));

        let of_key = admin.get(&format!("{}/grantable?limit=1", path_of(&key(&admin, user)))).json();
        assert!(of_key["next_cursor"].is_string() && of_key["items"][0]["space"] == json!(site.space));
    }

    // Covers: L085, L126, L130
    #[test]
    fn a_user_who_may_not_act_has_no_keys_that_do(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = user_with(&site, "jo", vec![site.role("viewer", &[0])]);
        let (owned, of_space) = (key(&admin, user), site.key("viewer", &[0]));
        let token = server.mint(&owned);
        let listed = |status: &str| admin.get(&format!("{}?q=Key&status={status}", keys_of(&site))).body.contains(&owned.client_id);
        site.change(|change, deps| manage::users::disable(change, deps, &Authority::OPERATOR, user));
        let shown = admin.get(&path_of(&owned));
        assert_eq!((shown.text("status").as_str(), shown.text("status_reason").as_str()), ("disabled", "owner_disabled"));
        assert!(listed("disabled") && !listed("active"), "lists agree with what is shown");
        assert!(!is_active(&site, &server, &token) && server.token(&owned).status == 401);
        assert_refused(&create(&admin, user, &json!({ "name": "Key" })), 409, "owner_disabled");
        let regenerated = admin.post(&format!("{}/regenerate", path_of(&owned)), &json!({}));
        assert_refused(&regenerated, 409, "owner_disabled");

        site.change(|change, deps| {
            manage::users::enable(change, deps, &Authority::OPERATOR, EnableUser { id: user, restore_keys: false })
        });
        assert_eq!(server.token(&owned).status, 401);
        assert_eq!(admin.post(&format!("{}/enable", path_of(&owned)), &json!({})).text("status"), "active");
        assert!(listed("active") && server.token(&owned).status == 200 && server.token(&of_space).status == 200);

        let edit = EditUser { api_keys_enabled: Some(false), ..EditUser::of(user) };
        site.change(|change, deps| manage::users::edit(change, deps, &Authority::OPERATOR, edit));
        assert_refused(&create(&admin, user, &json!({ "name": "Key" })), 403, "owner_keys_disabled");
        assert_eq!(server.token(&owned).status, 401);
    }
}
