//! Roles of keys: which fit, where they count, and how they change.

use keystead::domain::{catalogue::BUILT_IN_ROLES, permission::Level, role::Integration};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{create, elsewhere, is_active, keys_of, new_role, path_of, rights, secret_of, with_role},
    on_both,
    support::{http::Response, site::TestSite},
};

/// An administrator who may also give what administrators do not have.
fn admin_of_all<'a>(site: &TestSite, server: &'a crate::support::site::Server) -> Caller<'a> {
    let key = site.key_with(|key| key.roles = vec![site.role("space_admin", &[]), site.role("auditor", &[])]);
    Caller::with_key(server, &key)
}

fn roles(path: &str) -> String {
    format!("{path}/roles")
}

on_both! {
    // Covers: L010, L015, L018, L030, L031
    #[test]
    fn every_role_that_people_may_give_fits_a_key_and_decides_its_type(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = admin_of_all(&site, &server);
        for role in BUILT_IN_ROLES {
            let workspaces: &[i64] = if role.level == Level::Workspace { &[1001] } else { &[] };
            let answer = admin.post(&keys_of(&site), &with_role(role.name, workspaces));
            match (role.level, role.integration) {
                (_, Integration::Internal) => assert_refused(&answer, 403, "internal_role"),
                (Level::Site, _) => assert_refused(&answer, 422, "site_role"),
                (_, integration) => {
                    let key = secret_of(&answer);
                    let kind = match integration {
                        Integration::CiCd => "ci_cd",
                        Integration::Bridge => "integration_bridge",
                        _ => "third_party",
                    };
                    assert_eq!(answer.json()["key"]["integration_type"], kind, "{}", role.name);
                    let token = server.mint(&key);
                    let described = server.introspect(&site.resource_server, &token);
                    let (of_space, in_workspaces) = match role.level {
                        Level::Workspace => (json!([]), json!({ "1001": [role.name] })),
                        _ => (json!([role.name]), Value::Null),
                    };
                    assert_eq!((&described["roles"], &described["workspaces"]), (&of_space, &in_workspaces));
                    let permitted = described["permissions"].to_string();
                    assert_eq!(permitted.contains("pipelines.manage"), integration == Integration::CiCd, "{}", role.name);
                    assert_eq!(permitted.contains("bridge.connect"), integration == Integration::Bridge, "{}", role.name);
                }
            }
        }
    }

    // Covers: L016, L032, L033, L035
    #[test]
    fn roles_stand_where_they_belong_and_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = admin_of_all(&site, &server);
        let other = elsewhere(&site);
        let given = |roles: Value| admin.post(&keys_of(&site), &json!({ "name": "Key", "roles": roles }));
        let before = site.database.number("(SELECT COUNT(*) FROM api_keys)");
        let cases = [
            (json!([{ "role": "integration_bridge", "workspaces": [1001] }]), "space_level_role"),
            (json!([{ "role": "viewer" }]), "workspace_required"),
            (json!([{ "role": "viewer", "workspaces": [other.workspace] }]), "foreign_workspace"),
            (json!([{ "role": "viewer", "workspaces": [999_999] }]), "foreign_workspace"),
            (json!([{ "role": "nobody" }]), "unknown_role"),
            (json!([{ "role": "' OR 1=1 --" }]), "unknown_role"),
            (json!([{ "role": "integration_bridge" }, { "role": "viewer", "workspaces": [1001] }]), "bridge_mixed"),
        ];
        for (roles, code) in cases {
            assert_refused(&given(roles), 422, code);
        }
        let many = vec![json!({ "role": "viewer", "workspaces": [1001] }); 101];
        assert_refused(&given(json!(many)), 422, "invalid_field");
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM api_keys)"), before);

        let mixed = given(json!([
            { "role": "viewer", "workspaces": [1001, 1002, 1001] },
            { "role": "ci_cd_integration", "workspaces": [1001] },
            { "role": "viewer", "workspaces": [1002] },
            { "role": "auditor" },
        ]));
        let token = server.mint(&secret_of(&mixed));
        let in_workspaces = json!({ "1001": ["ci_cd_integration", "viewer"], "1002": ["viewer"] });
        assert_eq!(rights(&site, &server, &token), (json!(["auditor"]), in_workspaces));
        assert_eq!(mixed.json()["key"]["roles"].as_array().map(Vec::len), Some(4));
    }

    // Covers: L011, L039, L112
    #[test]
    fn roles_are_given_taken_and_set_later(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("viewer", &[1001]));
        let (path, old) = (roles(&path_of(&key)), server.mint(&key));
        let kind = || admin.get(&path_of(&key)).text("integration_type");

        let given = admin.post(&path, &json!({ "role": "ci_cd_integration", "workspaces": [1001, 1002] }));
        assert_eq!((given.status, given.json()["roles"].as_array().map(Vec::len), kind().as_str()), (200, Some(3), "ci_cd"));
        assert_eq!(rights(&site, &server, &old).1, json!({ "1001": ["viewer"] }), "growth is for new tokens");
        let new = server.mint(&key);
        let both = json!({ "1001": ["ci_cd_integration", "viewer"], "1002": ["ci_cd_integration"] });
        assert_eq!(rights(&site, &server, &new).1, both);
        let again = admin.post(&path, &json!({ "role": "viewer", "workspaces": [1001] }));
        assert_refused(&again, 409, "already_given");

        assert_eq!(admin.delete(&format!("{path}/ci_cd_integration?workspace=1001")).status, 204);
        assert_eq!(rights(&site, &server, &new).1, json!({ "1001": ["viewer"], "1002": ["ci_cd_integration"] }));
        assert_refused(&admin.delete(&format!("{path}/ci_cd_integration?workspace=1001")), 409, "not_assigned");
        assert_refused(&admin.delete(&format!("{path}/ci_cd_integration")), 422, "workspace_required");
        assert_refused(&admin.delete(&format!("{path}/ci_cd_integration?workspace=x")), 400, "invalid_parameter");

        let set = admin.call("PUT", &path).json(&json!({ "roles": [{ "role": "viewer", "workspaces": [1001] }] })).send();
        assert_eq!((set.status, kind().as_str()), (200, "third_party"));
        assert_eq!(rights(&site, &server, &old).1, json!({ "1001": ["viewer"] }), "what is kept counts on");
        assert_eq!(admin.get(&path).json(), set.json());
        let none = admin.call("PUT", &path).json(&json!({ "roles": [] })).send();
        assert_eq!(none.json(), json!({ "roles": [], "own_roles": [] }));
        assert_eq!(rights(&site, &server, &old), (json!([]), Value::Null));
        assert!(is_active(&site, &server, &old));
    }

    // Covers: L034, RA-01
    #[test]
    fn a_new_workspace_is_in_no_key_and_a_closed_one_comes_back(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("viewer", &[1001, 1002]));
        let made = admin.post(&format!("/spaces/{}/workspaces", site.space), &json!({ "name": "Third" }));
        assert_eq!(made.status, 201);
        let seen = || rights(&site, &server, &server.mint(&key)).1;
        let before = json!({ "1001": ["viewer"], "1002": ["viewer"] });
        assert_eq!(seen(), before);

        let close = |verb: &str| admin.post(&format!("/workspaces/1002/{verb}"), &json!({})).status;
        assert_eq!((close("close"), seen()), (200, json!({ "1001": ["viewer"] })));
        let refused = admin.post(&roles(&path_of(&key)), &json!({ "role": "editor", "workspaces": [1002] }));
        assert_refused(&refused, 422, "closed_workspace");
        // What sleeps there is shown, and kept by whoever sets what was shown.
        let shown = admin.get(&roles(&path_of(&key))).json();
        let number = |roles: &Value| roles.as_array().map(Vec::len);
        assert_eq!((number(&shown["roles"]), number(&shown["own_roles"])), (Some(1), Some(2)));
        let same = json!({ "roles": [{ "role": "viewer", "workspaces": [1001, 1002] }] });
        assert_eq!(admin.call("PUT", &roles(&path_of(&key))).json(&same).send().json(), shown);
        assert_eq!((close("reopen"), seen()), (200, before));
    }

    // Covers: L115, L116
    #[test]
    fn what_roles_do_not_say_is_noted_and_may_be_acknowledged(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        new_role(&site, "reporter", Level::Workspace, &["reports.read"]);
        let key = create(&admin, &site, &with_role("reporter", &[1001]));
        let described = server.introspect(&site.resource_server, &server.mint(&key));
        assert_eq!(described["rls"], false);
        let permitted = described["permissions"].to_string();
        assert!(permitted.contains("data.read") && permitted.contains("reports.read"), "{permitted}");

        let noted = |answer: &Response| (answer.json()["notices"].clone(), answer.json()["row_level_acknowledged"].clone());
        let both = json!(["row_level_restrictions_do_not_apply", "reports_imply_data"]);
        assert_eq!(noted(&admin.get(&path_of(&key))), (both.clone(), json!(false)));
        let edited = admin.patch(&path_of(&key), &json!({ "acknowledge_row_level": true }));
        assert_eq!(noted(&edited), (both, json!(true)));
        let ci = admin.post(&keys_of(&site), &json!({ "name": "Key", "acknowledge_row_level": true, "roles": [{ "role": "ci_cd_integration", "workspaces": [1001] }] }));
        let shown = ci.json()["key"].clone();
        assert_eq!((&shown["notices"], &shown["row_level_acknowledged"]), (&json!(["row_level_restrictions_do_not_apply"]), &json!(true)));
        let bare = create(&admin, &site, &json!({ "name": "Key" }));
        assert_eq!(noted(&admin.get(&path_of(&bare))), (json!([]), json!(false)));
    }
}
