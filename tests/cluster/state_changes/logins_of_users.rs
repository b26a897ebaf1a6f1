//! What becomes of logins to applications when something happens to the user: each thing that came of them.

use serde_json::{Value, json};

use super::{
    login::{Login, Works, set_password},
    scene::{Scene, viewer},
};
use crate::on_both;

const LOGINS: [&str; 2] = ["jo", "kim"];

on_both! {
    // Covers: L087, L086, C08, I10, I9, RT-07
    #[test]
    fn a_user_is_disabled_and_enabled(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[viewer(&[1001])]);
            let user = login.user.clone();
            scene.make(way, &format!("POST /users/{user}/disable"), &json!({}), &["user", "disable", &user]);
            login.assert_works(Works::NONE);
            scene.assert_others_live();
            scene.make(way, &format!("POST /users/{user}/enable"), &json!({}), &["user", "enable", &user]);
            login.assert_not_revived(Works::NONE);
        }
    }

    // Covers: L087, I10, I9
    #[test]
    fn a_user_is_deleted(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[]);
            let user = login.user.clone();
            scene.make(way, &format!("DELETE /users/{user}"), &Value::Null, &["user", "delete", &user]);
            login.assert_works(Works::NONE);
            scene.user(name, &[]);
            login.assert_not_revived(Works::NONE);
        }
    }

    // Covers: I10, I9, RT-07
    #[test]
    fn a_password_is_set_anew(backend) {
        let scene = Scene::new(backend);
        let mut login = Login::new(&scene, "jo", &[viewer(&[1001])]);
        let mut other = Login::new(&scene, "kim", &[]);
        set_password(&scene, &login.user);
        login.assert_works(Works::NONE);
        other.assert_works(Works::ALL);
        scene.assert_others_live();
    }

    // Covers: I10, I9
    #[test]
    fn a_session_is_ended(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[]);
            let (user, session) = (login.user.clone(), login.session());
            let request = format!("DELETE /users/{user}/sessions/{session}");
            scene.make(way, &request, &Value::Null, &["user", "end-sessions", "--session", &session, &user]);
            // What was given to outlast logouts does.
            login.assert_works(Works { passing: false, session: false, question: false, ..Works::ALL });
        }
    }

    // Covers: L083, L131, C07, I9, T9
    #[test]
    fn a_role_is_taken_from_a_user_and_given_again(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[viewer(&[1001, 1002])]);
            let user = login.user.clone();
            let roles = || login.introspection()["workspaces"].clone();
            let (both, second) = (json!({ "1001": ["viewer"], "1002": ["viewer"] }), json!({ "1002": ["viewer"] }));
            assert_eq!(roles(), both);
            let taken = format!("DELETE /users/{user}/roles/viewer?workspace=1001");
            scene.make(way, &taken, &Value::Null, &["user", "take-role", &user, "viewer@1001"]);
            assert_eq!(roles(), second);
            let given = viewer(&[1001]);
            scene.make(way, &format!("POST /users/{user}/roles"), &given, &["user", "give-role", &user, "viewer@1001"]);
            assert_eq!(roles(), second, "the old token does not get it back");
            assert_eq!(scene.introspection(&login.refreshed().access)["workspaces"], both);
            login.assert_works(Works::ALL);
        }
    }

    // Covers: L082, L130, L052, I9
    #[test]
    fn keys_are_switched_off_for_a_user_and_for_the_space(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(LOGINS) {
            let mut login = Login::new(&scene, name, &[viewer(&[1001])]);
            let user = login.user.clone();
            let key = scene.key_of(&user, None);
            let body = json!({ "api_keys_enabled": false });
            scene.make(way, &format!("PATCH /users/{user}"), &body, &["user", "edit", "--api-keys", "off", &user]);
            scene.assert_dead(&key);
            login.assert_works(Works::ALL);
        }
        let mut login = Login::new(&scene, "lee", &[viewer(&[1001])]);
        scene.site.run(&["space", "edit", "--api-keys", "off", "Acme"]);
        login.assert_works(Works::ALL);
    }
}
