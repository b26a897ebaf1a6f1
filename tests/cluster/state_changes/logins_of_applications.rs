//! What becomes of logins to an application when something happens to the application, or to what was said of it.

use serde_json::{Value, json};

use super::{
    login::{Login, Works},
    scene::{Scene, viewer},
};
use crate::{
    installation::credential,
    on_both,
    support::{log_in_with::TestApplication, site::Credential},
};

const LOGINS: [&str; 2] = ["jo", "kim"];

on_both! {
    // Covers: I10, I9, T9
    #[test]
    fn an_application_is_disabled_and_enabled(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let (mut login, mut other) = (Login::new(&scene, name, &[]), Login::new(&scene, &format!("{name}2"), &[]));
            let id = login.application.client_id.clone();
            scene.make(way, &format!("POST /applications/{id}/disable"), &json!({}), &["application", "disable", &id]);
            login.assert_works(Works::SESSION);
            other.assert_works(Works::ALL);
            scene.make(way, &format!("POST /applications/{id}/enable"), &json!({}), &["application", "enable", &id]);
            login.assert_not_revived(Works::SESSION);
        }
    }

    // Covers: I10, I9
    #[test]
    fn an_application_is_deleted(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[]);
            let id = login.application.client_id.clone();
            scene.make(way, &format!("DELETE /applications/{id}"), &Value::Null, &["application", "delete", &id]);
            login.assert_works(Works::SESSION);
        }
    }

    // Covers: I10, I9, RT-07, L077
    #[test]
    fn a_consent_is_withdrawn_and_given_again(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[]);
            let (user, grant) = (login.user.clone(), login.grant());
            let request = format!("DELETE /users/{user}/authorized-applications/{grant}");
            scene.make(way, &request, &Value::Null, &["grant", "withdraw", &grant]);
            // The user may answer the question that is open, and thereby consents anew.
            login.assert_works(Works::BROWSER);
            login.assert_not_revived(Works::BROWSER);
        }
    }

    // Covers: I10, I9, T9
    #[test]
    fn a_pair_of_an_application_is_deleted(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[]);
            let id = login.application.client_id.clone();
            let shown = scene.site.run(&["application", "show", &id]);
            let pair = shown["pairs"][0]["public_id"].as_str().expect("a public id").to_owned();
            let made = scene.site.run(&["application", "add-pair", &id]);
            let Credential { secret, .. } = credential(&made);
            let request = format!("DELETE /applications/{id}/pairs/{pair}");
            scene.make(way, &request, &Value::Null, &["application", "delete-pair", &id, &pair]);
            login.assert_works(Works::BROWSER);
            // What the application got with it is dead; with the other one it goes on.
            login.application = TestApplication { secret: Some(secret), ..login.application };
            assert_eq!(login.introspection(), json!({ "active": false }));
            assert_eq!(scene.introspection(&login.refreshed().access)["active"], true);
        }
    }

    // Covers: I10, I9, T9
    #[test]
    fn a_space_stops_admitting_an_application_and_admits_it_again(backend) {
        let scene = Scene::new(backend);
        let space = scene.space.clone();
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[]);
            let id = login.application.client_id.clone();
            let approval = format!("/spaces/{space}/approved-applications/{id}");
            let approve = || {
                let command = ["application", "approve", "--space", "Acme", &id];
                scene.make(way, &format!("PUT {approval}"), &json!({}), &command);
            };
            let policy = |word: &str| {
                let body = json!({ "application_policy": word });
                let command = ["space", "edit", "--application-policy", word, "Acme"];
                scene.make(way, &format!("PATCH /spaces/{space}"), &body, &command);
            };
            approve();
            policy("approved");
            let mut approved = Login::at(&scene, &format!("{name}2"), &[], login.application.clone(), "");
            let command = ["application", "withdraw-approval", "--space", "Acme", &id];
            scene.make(way, &format!("DELETE {approval}"), &Value::Null, &command);
            for login in [&mut login, &mut approved] {
                login.assert_works(Works::SESSION);
            }
            approve();
            policy("any");
            for login in [&mut login, &mut approved] {
                login.assert_not_revived(Works::SESSION);
            }
            let mut third = Login::new(&scene, &format!("{name}3"), &[]);
            policy("none");
            third.assert_works(Works::SESSION);
            policy("any");
            third.assert_not_revived(Works::SESSION);
        }
    }

    // Covers: T9, I9, RT-03
    #[test]
    fn an_application_loses_a_scope_and_gets_it_back(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[viewer(&[1001])]);
            let id = login.application.client_id.clone();
            let edit = |scopes: &[&str]| {
                let mut command = vec!["application", "edit", &id];
                command.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
                scene.make(way, &format!("PATCH /applications/{id}"), &json!({ "scopes": scopes }), &command);
            };
            let says = || login.introspection()["scope"].clone();
            assert_eq!(says(), "openid offline_access read write");
            edit(&["openid", "offline_access"]);
            assert_eq!(says(), "openid offline_access");
            assert_eq!(login.introspection().get("workspaces"), None, "no role without a scope that carries it");
            edit(&["openid", "offline_access", "read", "write"]);
            assert_eq!(says(), "openid offline_access");
            assert_eq!(login.refreshed().scope, "openid offline_access");
            login.assert_works(Works::ALL);
        }
    }
}
