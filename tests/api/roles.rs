//! Roles through the API: the catalogue, roles of a space, copies that are trimmed, and whom they let do what.

use serde_json::{Value, json};

use crate::{
    caller::{Caller, another_space, assert_refused},
    on_both,
    support::site::TestSite,
};

fn items(answer: &Value) -> Vec<Value> {
    answer["items"].as_array().expect("a list").clone()
}

on_both! {
    // Covers: L029, L146
    #[test]
    fn every_role_and_permission_says_what_it_is_for(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let nobody = Caller::nobody(&site, &server);
        let roles = items(&nobody.get(&format!("/spaces/{}/roles", site.space)).json());
        assert_eq!(roles.len(), 13);
        for role in &roles {
            assert!(role["description"].as_str().is_some_and(|text| !text.is_empty()), "{role}");
            assert_eq!((&role["built_in"], &role["space"]), (&json!(true), &Value::Null));
        }
        let datalink = roles.iter().find(|role| role["name"] == "datalink").expect("a role for bulk loading");
        assert_eq!(datalink["permissions"], json!(["data.transfer"]));
        let shown = nobody.get(&format!("/roles/{}", datalink["id"].as_str().expect("an id"))).json();
        assert_eq!(&shown, datalink);

        let permissions = items(&nobody.get("/permissions").json());
        assert!(permissions.iter().all(|one| one["description"].as_str().is_some_and(|text| !text.is_empty())));
        let reports = permissions.iter().find(|one| one["name"] == "reports.read").expect("a permission");
        assert_eq!((&reports["class"], &reports["implies"]), (&json!("read"), &json!(["data.read"])));
    }

    // Covers: L104
    #[test]
    fn a_key_with_one_small_role_may_do_just_that(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = format!("/spaces/{}/roles", site.space);
        let body = json!({ "name": "reporter", "level": "workspace", "permissions": ["pipelines.read"], "description": "Looks" });
        let made = admin.post(&path, &body);
        assert_eq!(made.status, 201, "{made:?}");
        let expected = json!({
            "id": made.text("id"), "name": "reporter", "description": "Looks", "level": "workspace", "integration": "none",
            "built_in": false, "space": site.space, "admin_class": false, "copied_from": null,
            "permissions": ["pipelines.read"],
        });
        assert_eq!(made.json(), expected);
        let key = site.key("reporter", &[0]);
        let token = server.mint(&key);
        let gateway = &site.resource_server;
        assert_eq!(server.introspect(gateway, &token)["workspaces"], json!({ "1001": ["reporter"] }));
        assert_eq!(server.verify(gateway, &token, "workspace=1001&role=reporter").status, 200);
        assert_eq!(server.verify(gateway, &token, "workspace=1001&role=viewer").status, 403);
        assert_eq!(server.verify(gateway, &token, "workspace=1002").status, 403);

        let role = format!("/roles/{}", made.text("id"));
        assert_refused(&admin.delete(&role), 409, "role_in_use");
        assert_refused(&admin.post(&path, &body), 409, "name_taken");
        assert_refused(&admin.post(&path, &json!({ "name": "viewer", "level": "workspace", "permissions": [] })), 409, "name_taken");
        assert_eq!(admin.delete(&format!("/keys/{}", key.client_id)).status, 204);
        assert_eq!(admin.delete(&role).status, 204);
        assert_refused(&admin.get(&role), 404, "not_found");
    }

    // Covers: L145
    #[test]
    fn a_copy_is_trimmed_and_tokens_notice_at_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let copy = format!("/spaces/{}/roles/copy", site.space);
        let made = admin.post(&copy, &json!({ "from": "space_admin", "name": "operator" }));
        assert_eq!(made.json()["copied_from"], "rol_00000000000000000000000000000002", "{made:?}");
        assert_eq!(made.json()["admin_class"], true);
        let role = format!("/roles/{}", made.text("id"));

        // Someone who holds the copy does what it says with a token that was made before it was trimmed.
        let holder = Caller::with_key(&server, &site.key("operator", &[]));
        let workspaces = format!("/spaces/{}/workspaces", site.space);
        assert_eq!(holder.post(&workspaces, &json!({ "name": "Third" })).status, 201);
        let trimmed = admin.patch(&role, &json!({ "permissions": ["users.manage", "data.read"] }));
        assert_eq!(trimmed.json()["permissions"], json!(["data.read", "users.manage"]));
        assert_refused(&holder.post(&workspaces, &json!({ "name": "Fourth" })), 403, "missing_permission");
        assert_eq!(holder.get(&format!("/spaces/{}/users", site.space)).status, 200);
        assert_eq!(admin.patch(&role, &json!({ "permissions": ["data.read"] })).json()["admin_class"], false);

        // The originals stay as they are.
        for path in ["/roles/rol_00000000000000000000000000000002", "/roles/rol_00000000000000000000000000000008"] {
            assert_refused(&admin.patch(path, &json!({ "permissions": [] })), 403, "built_in_role");
            assert_refused(&admin.delete(path), 403, "built_in_role");
        }
        for (body, status, code) in [
            (json!({ "from": "no_such", "name": "mine" }), 422, "unknown_role"),
            (json!({ "from": "bridge_service", "name": "mine" }), 403, "internal_role"),
            (json!({ "from": "site_admin", "name": "mine" }), 422, "site_role"),
            (json!({ "from": "viewer", "name": "operator" }), 409, "name_taken"),
        ] {
            assert_refused(&admin.post(&copy, &body), status, code);
        }
        let power = admin.post(&copy, &json!({ "from": "power_user", "name": "loader", "permissions": ["data.transfer"] }));
        assert_eq!(power.json()["permissions"], json!(["data.transfer"]));
    }

    // Covers: K2
    #[test]
    fn nobody_puts_a_permission_into_a_role_that_he_does_not_hold(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let roles_only = Caller::with_permission(&site, &server, &["roles.manage"]);
        let path = format!("/spaces/{}/roles", site.space);
        let body = |permission: &str| json!({ "name": "mine", "level": "space", "permissions": ["roles.manage", permission] });
        for permission in ["keys.manage", "space.manage", "users.manage", "audit.read", "data.read"] {
            let refused = roles_only.post(&path, &body(permission));
            assert_refused(&refused, 403, "exceeds_own_rights");
            assert_eq!(refused.text("permission"), permission);
        }
        let copy = json!({ "from": "space_admin", "name": "mine" });
        assert_refused(&roles_only.post(&format!("{path}/copy"), &copy), 403, "exceeds_own_rights");
        let small = roles_only.post(&path, &json!({ "name": "mine", "level": "space", "permissions": ["roles.manage"] }));
        assert_eq!(small.status, 201);
        let role = format!("/roles/{}", small.text("id"));
        assert_refused(&roles_only.patch(&role, &json!({ "permissions": ["keys.manage"] })), 403, "exceeds_own_rights");
        // What is in it already may stay: taking away needs no such right.
        let admin = Caller::admin(&site, &server);
        admin.patch(&role, &json!({ "permissions": ["keys.manage", "users.manage", "roles.manage"] }));
        let trimmed = roles_only.patch(&role, &json!({ "permissions": ["keys.manage"] }));
        assert_eq!(trimmed.json()["permissions"], json!(["keys.manage"]));
        // Even all of the space is not enough for what its administrators do not have.
        let audit = json!({ "name": "reader", "level": "space", "permissions": ["audit.read"] });
        assert_refused(&admin.post(&path, &audit), 403, "exceeds_own_rights");
        // An administrator of one workspace makes no roles.
        let first = Caller::with_key(&server, &site.key("workspace_admin", &[0]));
        let refused = first.post(&path, &json!({ "name": "theirs", "level": "workspace", "permissions": ["data.read"] }));
        assert_refused(&refused, 403, "missing_permission");
    }

    // Covers: K4
    #[test]
    fn values_that_do_not_fit_are_named(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = format!("/spaces/{}/roles", site.space);
        let long = "x".repeat(65);
        for name in ["", "x", "1st", "_role", "Role", "my role", "my-role", "rôle", "a\u{0}b", "a\u{202e}b", "\"a\"", &long] {
            let refused = admin.post(&path, &json!({ "name": name, "level": "workspace", "permissions": [] }));
            assert_refused(&refused, 422, "invalid_field");
            assert_eq!(refused.text("field"), "/name", "{name}");
        }
        let role = |level: &str, permissions: Value| json!({ "name": "mine", "level": level, "permissions": permissions });
        for (body, status, code) in [
            (role("planet", json!([])), 422, "invalid_field"),
            (role("site", json!([])), 422, "site_role"),
            (role("workspace", json!(["no.such"])), 422, "unknown_permission"),
            (role("workspace", json!(["keys.manage"])), 422, "permission_above_level"),
            (role("space", json!(["site.manage"])), 422, "permission_above_level"),
            (role("space", json!(["bridge.connect"])), 422, "integration_permission"),
            (role("workspace", json!("data.read")), 422, "invalid_field"),
            (json!({ "name": "mine", "level": "workspace" }), 422, "missing_field"),
            (json!({ "name": "mine", "level": "workspace", "permissions": [], "admin_class": true }), 400, "read_only_field"),
            (json!({ "name": "mine", "level": "workspace", "permissions": [], "integration": "ci_cd" }), 400, "unknown_field"),
            (json!({ "name": "mine", "level": "workspace", "permissions": [], "description": "a\u{202e}" }), 422, "invalid_field"),
        ] {
            assert_refused(&admin.post(&path, &body), status, code);
        }
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM roles WHERE space_id IS NOT NULL)"), 0);
    }

    // Covers: K3
    #[test]
    fn the_roles_of_another_space_do_not_exist(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let other = another_space(&site, "Other");
        let theirs = Caller::with_key(&server, &site.key_with(|key| {
            key.space = other;
            key.roles = vec![site.role("space_admin", &[])];
        }));
        let body = json!({ "name": "theirs", "level": "workspace", "permissions": ["data.read"] });
        let role = format!("/roles/{}", theirs.post(&format!("/spaces/{other}/roles"), &body).text("id"));
        for answer in [
            admin.get(&format!("/spaces/{other}/roles")),
            admin.post(&format!("/spaces/{other}/roles"), &body),
            admin.post(&format!("/spaces/{other}/roles/copy"), &json!({ "from": "viewer", "name": "mine" })),
            admin.get(&role),
            admin.patch(&role, &json!({ "permissions": [] })),
            admin.delete(&role),
        ] {
            assert_refused(&answer, 404, "not_found");
        }
        let copy = json!({ "from": "theirs", "name": "mine" });
        assert_refused(&admin.post(&format!("/spaces/{}/roles/copy", site.space), &copy), 422, "unknown_role");
        // The same name is free in each space.
        assert_eq!(admin.post(&format!("/spaces/{}/roles", site.space), &body).status, 201);
        assert_eq!(theirs.get(&role).json()["permissions"], json!(["data.read"]));
    }
}
