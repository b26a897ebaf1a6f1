//! What becomes of logins to applications when spaces, workspaces, roles, APIs and signing keys change.

use serde_json::{Value, json};

use super::{
    login::{Login, Works, application_from, application_of},
    scene::{Scene, role, viewer},
};
use crate::{installation::credential, on_both, support::log_in_with::CALLBACK};

const LOGINS: [&str; 2] = ["jo", "kim"];
const ORDERS: &str = "https://orders.example.com";

on_both! {
    // Covers: I10, I9
    #[test]
    fn the_space_of_the_user_is_closed_and_reopened(backend) {
        let scene = Scene::new(backend);
        let (manager, space) = (scene.site_manager(), scene.space.clone());
        for (way, name) in Scene::ways_of(&manager).into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[viewer(&[1001])]);
            scene.make(way, &format!("POST /spaces/{space}/close"), &json!({}), &["space", "close", "Acme"]);
            login.assert_works(Works::NONE);
            scene.make(way, &format!("POST /spaces/{space}/reopen"), &json!({}), &["space", "reopen", "Acme"]);
            login.assert_not_revived(Works::NONE);
        }
    }

    // Covers: I10, I9
    #[test]
    fn the_space_of_the_application_is_closed_and_reopened(backend) {
        let scene = Scene::new(backend);
        let manager = scene.site_manager();
        let made = scene.site.run(&["space", "create", "Shops"]);
        let space = made["id"].as_str().expect("an id").to_owned();
        for (way, name) in Scene::ways_of(&manager).into_iter().zip(LOGINS) {
            let mut create = vec!["application", "create", "--space", "Shops", "--redirect-uri", CALLBACK];
            create.extend(["openid", "offline_access", "read", "write"].iter().flat_map(|scope| ["--scope", scope]));
            create.push("Shop");
            let application = application_from(&scene.site.run(&create));
            let mut login = Login::at(&scene, name, &[viewer(&[1001])], application, "");
            let mut other = Login::new(&scene, &format!("{name}2"), &[]);
            scene.make(way, &format!("POST /spaces/{space}/close"), &json!({}), &["space", "close", "Shops"]);
            login.assert_works(Works::SESSION);
            other.assert_works(Works::ALL);
            scene.make(way, &format!("POST /spaces/{space}/reopen"), &json!({}), &["space", "reopen", "Shops"]);
            login.assert_not_revived(Works::SESSION);
        }
    }

    // Covers: L110, I9
    #[test]
    fn a_workspace_is_closed_and_reopened(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[viewer(&[1001, 1002])]);
            let roles = || login.introspection()["workspaces"].clone();
            let both = json!({ "1001": ["viewer"], "1002": ["viewer"] });
            assert_eq!(roles(), both);
            scene.make(way, "POST /workspaces/1001/close", &json!({}), &["workspace", "close", "1001"]);
            assert_eq!(roles(), json!({ "1002": ["viewer"] }));
            scene.make(way, "POST /workspaces/1001/reopen", &json!({}), &["workspace", "reopen", "1001"]);
            assert_eq!(scene.introspection(&login.refreshed().access)["workspaces"], both);
            login.assert_works(Works::ALL);
        }
    }

    // Covers: L104, I9
    #[test]
    fn a_role_permits_less(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(["loader", "loader_too"]) {
            let body = json!({ "name": name, "level": "workspace", "permissions": ["data.read", "data.write"] });
            let made = scene.administer(&format!("POST /spaces/{}/roles", scene.space), &body);
            let id = made["id"].as_str().expect("an id").to_owned();
            let mut login = Login::new(&scene, &format!("user_of_{name}"), &[role(name, &[1001])]);
            let permitted = || login.introspection()["permissions"]["workspaces"]["1001"].clone();
            assert_eq!(permitted(), json!(["data.read", "data.write"]));
            let command = ["role", "edit", "--space", "Acme", "--permission", "data.read", name];
            scene.make(way, &format!("PATCH /roles/{id}"), &json!({ "permissions": ["data.read"] }), &command);
            assert_eq!(permitted(), json!(["data.read"]));
            login.assert_works(Works::ALL);
        }
    }

    // Covers: T9, I9, IN-07
    #[test]
    fn a_resource_server_is_removed_and_another_takes_its_place(backend) {
        let scene = Scene::new(backend);
        let manager = scene.site_manager();
        for (way, name) in Scene::ways_of(&manager).into_iter().zip(LOGINS) {
            let create = ["resource-server", "create", "--audience", ORDERS, "Orders"];
            let server = credential(&scene.site.run(&create));
            let application = application_of(&scene, &json!([ORDERS]));
            let login = Login::at(&scene, name, &[viewer(&[1001])], application, ORDERS);
            let active = |server| -> Vec<bool> {
                scene.nodes().map(|node| node.is_active(server, &login.lasting.access)).collect()
            };
            let refresh = || -> Vec<(u16, String)> {
                let token = login.lasting.refresh.as_deref().expect("a token");
                let answers = scene.nodes().map(|node| login.application.refresh(&node.client, token));
                answers.map(|answer| (answer.status, answer.error())).collect()
            };
            assert!(active(&server).into_iter().all(|active| active));
            let id = server.client_id.as_str();
            let request = format!("DELETE /resource-servers/{id}");
            scene.make(way, &request, &Value::Null, &["resource-server", "delete", id]);
            let refused = (400, "invalid_target".to_owned());
            assert!(refresh().into_iter().all(|answer| answer == refused));
            let again = credential(&scene.site.run(&create));
            assert!(active(&again).into_iter().all(|active| !active), "old tokens are for nobody");
            assert!(refresh().into_iter().all(|answer| answer == refused));
            scene.site.run(&["resource-server", "delete", &again.client_id]);
        }
    }

    // Covers: J13, RT-09, I10, I9
    #[test]
    fn a_signing_key_is_revoked(backend) {
        let scene = Scene::new(backend);
        let mut login = Login::new(&scene, "jo", &[viewer(&[1001])]);
        let listed = scene.site.run(&["signing-key", "list"]);
        let kid = listed["signing_keys"][0]["kid"].as_str().unwrap_or_else(|| panic!("{listed}")).to_owned();
        scene.site.run(&["signing-key", "revoke", &kid]);
        assert_eq!(login.introspection(), json!({ "active": false }));
        // What is no signature goes on.
        let next = login.refreshed();
        assert_eq!(scene.introspection(&next.access)["active"], true);
        login.lasting = next;
        let passing = login.renew_passing();
        assert_eq!(scene.introspection(&passing)["active"], true);
        login.assert_works(Works::ALL);
    }
}
