//! What becomes of keys when roles change: those of their user, or the definition of a role.

use keystead::{
    domain::{
        assignment::{Assignment, AssignmentSource, Reach},
        ids::UserId,
        workspace::WorkspaceNumber,
    },
    manage,
    store::{self, Change},
};
use serde_json::{Value, json};

use super::scene::{Scene, role, viewer};
use crate::{installation::credential, on_both};

on_both! {
    // Covers: L131, L129, L083, C07, KM-08, I9, IN-15
    #[test]
    fn a_role_is_taken_from_a_user_and_given_again(backend) {
        let scene = Scene::new(backend);
        for (way, login) in scene.ways().into_iter().zip(["jo", "kim"]) {
            let user = scene.user(login, &[viewer(&[1001, 1002])]);
            let inheriting = scene.key_of(&user, None);
            let subset = scene.key_of(&user, Some(&json!([viewer(&[1001])])));
            let [first, second] = ["1001", "1002"].map(|number| json!({ number: ["viewer"] }));
            let both = json!({ "1001": ["viewer"], "1002": ["viewer"] });
            assert_eq!((&inheriting.roles, &subset.roles), (&both, &first));

            let taken = format!("DELETE /users/{user}/roles/viewer?workspace=1001");
            assert_eq!(scene.refused(&format!("{taken}&if_keys=refuse"), &Value::Null), "role_on_keys");
            scene.assert_lives(&subset);
            let answer = scene.make(way, &taken, &Value::Null, &["user", "take-role", &user, "viewer@1001"]);
            scene.assert_has(&subset, &Value::Null);
            scene.assert_has(&inheriting, &second);
            assert_eq!(scene.at_gateways(&inheriting, "?workspace=1001"), [403, 403]);
            assert_eq!(scene.at_gateways(&subset, "?workspace=1001"), [403, 403]);
            scene.assert_others_live();
            for key in [&subset, &inheriting] {
                assert!(answer["keys"].to_string().contains(key.id()), "{answer}");
            }
            assert_eq!(scene.shown(subset.id())["roles"], json!([]));

            let given = viewer(&[1001]);
            scene.make(way, &format!("POST /users/{user}/roles"), &given, &["user", "give-role", &user, "viewer@1001"]);
            scene.assert_has(&inheriting, &second);
            scene.assert_has(&subset, &Value::Null);
            assert_eq!(scene.renewed(&inheriting).roles, both);
            assert_eq!(scene.renewed(&subset).roles, Value::Null, "what was chosen has to be chosen again");
            scene.administer(&format!("POST /keys/{}/roles", subset.id()), &given);
            assert_eq!(scene.renewed(&subset).roles, first);
        }
    }

    // Covers: L104, I9
    #[test]
    fn a_role_permits_less_and_permits_it_again(backend) {
        let scene = Scene::new(backend);
        for (way, name) in scene.ways().into_iter().zip(["loader", "loader_too"]) {
            let body = json!({ "name": name, "level": "workspace", "permissions": ["data.read", "data.write"] });
            let made = scene.administer(&format!("POST /spaces/{}/roles", scene.space), &body);
            let id = made["id"].as_str().expect("an id").to_owned();
            let user = scene.user(&format!("user_of_{name}"), &[role(name, &[1001])]);
            let keys = [scene.key_with(&json!([role(name, &[1001])])), scene.key_of(&user, None)];
            let writing = "?workspace=1001&permission=data.write";
            let permitted = |token: &str| scene.introspection(token)["permissions"]["workspaces"]["1001"].clone();
            for key in &keys {
                assert_eq!(permitted(&key.token), json!(["data.read", "data.write"]));
                assert_eq!(scene.at_gateways(key, writing), [200, 200]);
            }

            let edit = |permissions: &[&str]| {
                let mut command = vec!["role", "edit", "--space", "Acme"];
                for permission in permissions {
                    command.extend(["--permission", permission]);
                }
                command.push(name);
                scene.make(way, &format!("PATCH /roles/{id}"), &json!({ "permissions": permissions }), &command);
            };
            edit(&["data.read"]);
            for key in &keys {
                assert_eq!(scene.at_gateways(key, writing), [403, 403]);
                assert_eq!(permitted(&key.token), json!(["data.read"]));
                scene.assert_lives(key);
            }
            scene.assert_others_live();

            edit(&["data.read", "data.write"]);
            for key in &keys {
                let new = scene.renewed(key);
                assert_eq!(permitted(&new.token), json!(["data.read", "data.write"]));
                assert_eq!(scene.at_gateways(&new, writing), [200, 200]);
            }
        }
    }

    // Covers: L128, L134, C02, I9
    #[test]
    fn a_guest_is_removed_and_keys_at_home_do_not_notice(backend) {
        let scene = Scene::new(backend);
        scene.site.run(&["space", "create", "Abroad"]);
        let made = scene.site.run(&["workspace", "create", "--space", "Abroad", "There"]);
        let number = made["number"].to_string();
        let at_home = format!("viewer@{number}");
        let create = ["user", "create", "--space", "Abroad", "--full-name", "Visitor", "--role", &at_home, "visitor"];
        let user = scene.site.run(&create)["id"].as_str().expect("an id").to_owned();
        let create = ["key", "create", "--space", "Abroad", "--owner", "visitor", "--expires", "none", "Key"];
        let key = scene.watch(credential(&scene.site.run(&create)));
        let roles = json!({ number: ["viewer"] });
        assert_eq!(key.roles, roles);
        let guests = || scene.administer(&format!("GET /spaces/{}/users?guests=true", scene.space), &Value::Null);
        for way in scene.ways() {
            let body = json!({ "login": "visitor", "role": "editor", "workspaces": [1001] });
            let command = ["user", "invite-guest", "--space", "Acme", "visitor", "editor@1001"];
            scene.make(way, &format!("POST /spaces/{}/guests", scene.space), &body, &command);
            assert!(guests().to_string().contains(&user));
            scene.assert_lives(&key);
            assert_eq!(scene.renewed(&key).roles, roles);
            assert_eq!(scene.at_gateways(&key, "?workspace=1001"), [403, 403]);

            let request = format!("DELETE /spaces/{}/guests/{user}", scene.space);
            scene.make(way, &request, &Value::Null, &["user", "remove-guest", "--space", "Acme", "visitor"]);
            scene.assert_lives(&key);
            assert_eq!(scene.renewed(&key).roles, roles);
            assert_eq!(guests()["items"], json!([]));
            scene.assert_others_live();
        }
    }

    // Covers: L133, I9
    #[test]
    fn an_identity_provider_gives_and_withdraws_a_role_and_keys_do_not_notice(backend) {
        let scene = Scene::new(backend);
        let user = scene.user("jo", &[viewer(&[1001]), role("editor", &[1002])]);
        let keys = [scene.key_of(&user, None), scene.key_of(&user, Some(&json!([viewer(&[1001])])))];
        let id: UserId = user.parse().expect("an id");
        // Nothing that is public writes such roles yet; the process that does is this one.
        let store = scene.site.store();
        let write = |body: fn(&mut Change<'_>, UserId)| {
            store.change(|change| { body(change, id); Ok::<_, manage::Error>(()) }).expect("the change succeeds");
        };
        for _ in 0..2 {
            write(|change, id| {
                for (name, number) in [("viewer", "1002"), ("editor", "1002")] {
                    let (role, given) = of_identity_provider(change, id, name, number);
                    store::user_roles::give(change, id, &role, &given).expect("it is given");
                }
            });
            for key in &keys {
                scene.assert_lives(key);
                assert_eq!(scene.renewed(key).roles, key.roles);
            }
            write(|change, id| {
                for (name, number) in [("viewer", "1002"), ("editor", "1002")] {
                    let (_, given) = of_identity_provider(change, id, name, number);
                    store::user_roles::take(change, id, &given).expect("it is taken");
                }
            });
            for key in &keys {
                scene.assert_lives(key);
                assert_eq!(scene.renewed(key).roles, key.roles);
            }
        }
        scene.assert_others_live();
    }
}

/// A role that an identity provider says the user has in this workspace.
fn of_identity_provider(
    change: &mut Change<'_>,
    user: UserId,
    name: &str,
    number: &str,
) -> (keystead::domain::role::Role, Assignment) {
    let home = store::users::find(change, user).expect("rows").expect("the user").home;
    let role = store::roles::find_by_name(change, home, name).expect("rows").expect("a built-in role");
    let number = WorkspaceNumber::parse(number).expect("a number");
    let workspace = store::workspaces::find_numbered(change, number).expect("rows").expect("the workspace");
    let source = AssignmentSource::IdentityProvider;
    let reach = Reach::Workspace(workspace.id);
    let given = Assignment { space: home, role: role.id, reach, source, since: change.seq() };
    (role, given)
}
