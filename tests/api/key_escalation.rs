//! A key gives nobody, itself least of all, more than it has (K2, ruling 27).

use std::time::Duration;

use keystead::domain::{
    api_key::{Owner, UserKeyRoles},
    catalogue::BUILT_IN_ROLES,
    permission::Level,
    role::Integration,
};
use serde_json::json;

use crate::{
    caller::{Caller, assert_refused},
    key_world::{
        Target, call, create, key_manager, keys_of, new_role, operations_on_keys, path_of, rights, secret_of,
        user_with, with_role,
    },
    on_both,
    support::site::TestSite,
};

on_both! {
    // Covers: K2, L001
    #[test]
    fn a_key_with_every_role_but_the_administrators_has_no_way_to_keys(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let roles = BUILT_IN_ROLES.iter().filter(|role| role.integration != Integration::Internal && role.name != "integration_bridge");
        let roles: Vec<_> = roles
            .filter_map(|role| match role.level {
                Level::Workspace => Some(site.role(role.name, &[0, 1])),
                Level::Space if role.name != "space_admin" => Some(site.role(role.name, &[])),
                _ => None,
            })
            .collect();
        assert!(roles.len() >= 7, "{roles:?}");
        let key = site.key_with(|key| key.roles = roles);
        let caller = Caller::with_key(&server, &key);
        let user = site.user("jo");
        for target in [&key, &site.key("viewer", &[0])] {
            for row in operations_on_keys() {
                let answer = call(&caller, &row, &Target { space: site.space, user, key: target });
                assert_refused(&answer, 403, "missing_permission");
                assert_eq!(answer.text("permission"), "keys.manage", "{}", row.id);
            }
        }
        assert_eq!(server.token(&key).status, 200);
    }

    // Covers: KM-11
    #[test]
    fn the_key_of_an_administrator_manages_no_keys(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let user = user_with(&site, "boss", vec![site.role("space_admin", &[])]);
        let inheriting = site.key_with(|key| key.owner = Owner::User { id: user, roles: UserKeyRoles::Inherit });
        let chosen = site.key_with(|key| {
            key.owner = Owner::User { id: user, roles: UserKeyRoles::Subset };
            key.roles = vec![site.role("space_admin", &[])];
        });
        for key in [&inheriting, &chosen] {
            let caller = Caller::with_key(&server, key);
            for target in [key, &site.key("viewer", &[0])] {
                for row in operations_on_keys() {
                    let answer = call(&caller, &row, &Target { space: site.space, user, key: target });
                    assert_refused(&answer, 403, "user_key_cannot_manage_keys");
                }
            }
        }
        assert_eq!((server.token(&inheriting).status, server.token(&chosen).status), (200, 200));
    }

    // Covers: K2, KM-11
    #[test]
    fn who_manages_keys_and_nothing_else_gets_no_more_through_them(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (manager, own) = key_manager(&site, &server);
        let refused = |answer| assert_refused(&answer, 403, "exceeds_own_rights");
        for (role, workspaces) in [("space_admin", &[][..]), ("workspace_admin", &[1001]), ("viewer", &[1001, 1002]), ("auditor", &[])] {
            let given = json!({ "role": role, "workspaces": workspaces });
            refused(manager.post(&keys_of(&site), &with_role(role, workspaces)));
            refused(manager.post(&format!("{}/roles", path_of(&own)), &given));
            refused(manager.call("PUT", &format!("{}/roles", path_of(&own))).json(&json!({ "roles": [given] })).send());
        }
        // A secret of a key that has more is as good as its roles.
        for key in [site.key("space_admin", &[]), site.key("viewer", &[0])] {
            refused(manager.post(&format!("{}/regenerate", path_of(&key)), &json!({})));
            refused(manager.post(&format!("{}/pairs", path_of(&key)), &json!({})));
            assert_eq!(manager.get(&path_of(&key)).status, 200, "it may see what it manages");
            assert_eq!(server.token(&key).status, 200);
        }
        let user = user_with(&site, "jo", vec![site.role("viewer", &[0])]);
        refused(manager.post(&format!("/users/{user}/keys"), &json!({ "name": "Key" })));
        let empty = secret_of(&manager.post(&format!("/users/{user}/keys"), &json!({ "name": "Key", "roles": [] })));
        refused(manager.patch(&path_of(&empty), &json!({ "user_roles": "inherit" })));
        assert_eq!(rights(&site, &server, &server.mint(&own)).0, json!(["key_manager"]));

        // What it has itself, and what integrations do, it passes on.
        create(&manager, &site, &with_role("key_manager", &[]));
        let ci = create(&manager, &site, &json!({ "name": "Bridge", "roles": [{ "role": "integration_bridge" }] }));
        assert_eq!(manager.post(&format!("{}/disable", path_of(&ci)), &json!({})).status, 200);
    }

    // Covers: K2
    #[test]
    fn a_role_that_sleeps_in_a_closed_workspace_counts_as_one(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (manager, _) = key_manager(&site, &server);
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("editor", &[1001]));
        assert_eq!(admin.post("/workspaces/1001/close", &json!({})).status, 200);
        assert_eq!(manager.get(&path_of(&key)).json()["roles"], json!([]));
        for verb in ["regenerate", "pairs"] {
            let refused = manager.post(&format!("{}/{verb}", path_of(&key)), &json!({}));
            assert_refused(&refused, 403, "exceeds_own_rights");
        }
        assert_eq!(admin.post(&format!("{}/regenerate", path_of(&key)), &json!({})).status, 200);
    }

    // Covers: K2
    #[test]
    fn rights_that_are_gone_give_nothing(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (admin_key, other) = (site.key("space_admin", &[]), Caller::admin(&site, &server));
        let admin = Caller::with_key(&server, &admin_key);
        create(&admin, &site, &with_role("viewer", &[1001]));
        assert_eq!(other.delete(&format!("{}/roles/space_admin", path_of(&admin_key))).status, 204);
        assert_refused(&admin.post(&keys_of(&site), &with_role("viewer", &[1001])), 403, "missing_permission");

        // One workspace of a token is not the space.
        new_role(&site, "second_manager", Level::Space, &["keys.manage"]);
        let key = site.key_with(|key| key.roles = vec![site.role("space_admin", &[]), site.role("viewer", &[0])]);
        let scope = [("resource", crate::caller::RESOURCE), ("scope", "read write workspace:1001")];
        let narrowed = Caller { server: &server, token: server.mint_with(&key, &scope) };
        assert_refused(&narrowed.get(&keys_of(&site)), 403, "missing_permission");
        site.clock.advance(Duration::from_mins(16));
        assert_refused(&narrowed.get(&keys_of(&site)), 401, "invalid_token");
    }
}
