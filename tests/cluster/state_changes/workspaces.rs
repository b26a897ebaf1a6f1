//! What becomes of roles when their workspace is closed, reopened or removed.

use serde_json::{Value, json};

use super::scene::{Scene, Watched, viewer};
use crate::on_both;

/// A new workspace; gives its number.
fn workspace(scene: &Scene, name: &str) -> i64 {
    let made = scene.administer(&format!("POST /spaces/{}/workspaces", scene.space), &json!({ "name": name }));
    made["number"].as_i64().expect("a number")
}

/// A key of the space with these roles, and two of a user who has them: with all that the user has, and with just these.
fn keys_with(scene: &Scene, login: &str, given: &[Value]) -> [Watched; 3] {
    let (user, chosen) = (scene.user(login, given), json!(given));
    [scene.key_with(&chosen), scene.key_of(&user, None), scene.key_of(&user, Some(&chosen))]
}

on_both! {
    // Covers: L034, I9, IN-15
    #[test]
    fn a_workspace_is_closed_and_reopened(backend) {
        let scene = Scene::new(backend);
        for (way, login) in scene.ways().into_iter().zip(["jo", "kim"]) {
            let number = workspace(&scene, login);
            let text = number.to_string();
            let given = [viewer(&[1001, number])];
            let keys = keys_with(&scene, login, &given);
            let query = format!("?workspace={number}");
            let close = format!("POST /workspaces/{number}/close");
            scene.make(way, &close, &json!({}), &["workspace", "close", &text]);
            for key in &keys {
                scene.assert_has(key, &json!({ "1001": ["viewer"] }));
                assert_eq!(scene.at_gateways(key, &query), [403, 403]);
                assert_eq!(scene.renewed(key).roles, json!({ "1001": ["viewer"] }));
            }
            scene.assert_others_live();

            let reopen = format!("POST /workspaces/{number}/reopen");
            scene.make(way, &reopen, &json!({}), &["workspace", "reopen", &text]);
            for key in &keys {
                let new = scene.renewed(key);
                assert_eq!(new.roles, json!({ "1001": ["viewer"], text.clone(): ["viewer"] }));
                assert_eq!(scene.at_gateways(&new, &query), [200, 200]);
            }
            scene.assert_others_live();
        }
    }

    // Covers: L034, I9, IN-15
    #[test]
    fn a_workspace_is_removed_and_its_number_never_given_again(backend) {
        let scene = Scene::new(backend);
        let mut numbers = Vec::new();
        for (way, login) in scene.ways().into_iter().zip(["jo", "kim"]) {
            let number = workspace(&scene, "Short-lived");
            let text = number.to_string();
            let given = [viewer(&[1001, number])];
            let keys = keys_with(&scene, login, &given);
            let query = format!("?workspace={number}");
            let remove = format!("DELETE /workspaces/{number}");
            scene.make(way, &remove, &Value::Null, &["workspace", "remove", &text]);
            for key in &keys {
                scene.assert_has(key, &json!({ "1001": ["viewer"] }));
                assert_eq!(scene.at_gateways(key, &query), [403, 403]);
            }
            scene.assert_others_live();

            let next = workspace(&scene, "Short-lived");
            for key in &keys {
                assert_eq!(scene.renewed(key).roles, json!({ "1001": ["viewer"] }), "a new workspace is in no old key");
                assert_eq!(scene.at_gateways(key, &format!("?workspace={next}")), [403, 403]);
            }
            scene.administer(&format!("DELETE /workspaces/{next}"), &Value::Null);
            numbers.extend([number, next]);
        }
        assert!(numbers.is_sorted_by(|one, other| one < other), "{numbers:?}");
    }
}
