//! What integrations rely on: which type a key has, where its tokens reach, how long they last, and for whom it acts.

use keystead::{
    domain::{
        assignment::{Assignment, AssignmentSource, Reach},
        authority::Authority,
    },
    manage::{
        self,
        user_roles::{IfKeys, TakeUserRole},
    },
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::Caller,
    key_world::{create, path_of, rights, secret_of, user_with, with_role},
    on_both,
    support::site::{Credential, Server, TestSite},
};

fn shown(caller: &Caller<'_>, key: &Credential) -> Value {
    caller.get(&path_of(key)).json()
}

fn verify(site: &TestSite, server: &Server, token: &str, needs: &str) -> u16 {
    server.verify(&site.resource_server, token, needs).status
}

on_both! {
    // Covers: L013, L014, C05
    #[test]
    fn one_login_of_a_ci_server_reaches_the_workspaces_that_it_was_given_and_no_other(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let third = admin.post(&format!("/spaces/{}/workspaces", site.space), &json!({ "name": "Third" }));
        let third = third.json()["number"].as_i64().expect("a number");
        let key = create(&admin, &site, &with_role("ci_cd_integration", &[1001, 1002]));
        assert_eq!(shown(&admin, &key)["integration_type"], "ci_cd");
        let roles = admin.get(&format!("/spaces/{}/roles", site.space)).json();
        let of_ci = roles["items"].as_array().expect("roles").iter().find(|role| role["name"] == "ci_cd_integration");
        assert!(of_ci.is_some_and(|role| role["description"].as_str().is_some_and(|text| text.contains("CI"))));

        let token = server.mint(&key);
        let both = json!({ "1001": ["ci_cd_integration"], "1002": ["ci_cd_integration"] });
        assert_eq!(rights(&site, &server, &token), (json!([]), both));
        for workspace in [1001, 1002] {
            assert_eq!(verify(&site, &server, &token, &format!("workspace={workspace}&permission=pipelines.manage")), 200);
        }
        assert_eq!(verify(&site, &server, &token, &format!("workspace={third}")), 403);
    }

    // Covers: L017, C20
    #[test]
    fn a_bridge_acts_at_the_space_and_its_token_outlasts_a_poll_of_a_minute(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &json!({ "name": "Bridge", "roles": [{ "role": "integration_bridge" }] }));
        assert_eq!(shown(&admin, &key)["integration_type"], "integration_bridge");
        let answer = server.token(&key);
        assert!(answer.json()["expires_in"].as_i64().is_some_and(|seconds| seconds > 60), "{answer:?}");
        let token = answer.text("access_token");
        assert_eq!(rights(&site, &server, &token), (json!(["integration_bridge"]), Value::Null));
        assert_eq!(verify(&site, &server, &token, "permission=bridge.connect"), 200);
        let of_key = admin.get(&format!("{}/roles", path_of(&key)));
        assert_eq!(of_key.status, 200, "a key without workspaces has an answer too");
        site.clock.advance(std::time::Duration::from_mins(1));
        assert!(server.is_active(&site.resource_server, &token), "the poll has ended");
    }

    // Covers: L058, L059, C01
    #[test]
    fn what_a_users_key_does_is_done_by_the_user_and_what_a_key_of_the_space_does_by_the_key(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = user_with(&site, "jo", vec![site.role("editor", &[0])]);
        let of_user = secret_of(&admin.post(&format!("/users/{user}/keys"), &json!({ "name": "Nightly" })));
        let other = secret_of(&admin.post(&format!("/users/{user}/keys"), &json!({ "name": "Weekly" })));
        let of_space = create(&admin, &site, &with_role("viewer", &[1001]));
        let said = |key: &Credential| server.introspect(&site.resource_server, &server.mint(key));
        let (nightly, weekly, space) = (said(&of_user), said(&other), said(&of_space));
        assert_eq!(nightly["sub"], json!(user));
        assert_eq!((&nightly["sub"], &nightly["space"]), (&weekly["sub"], &weekly["space"]), "whichever key it was");
        assert_eq!(nightly["key"]["owner"], "user");
        assert_eq!(space["sub"], json!(of_space.client_id));
        assert_eq!(space["key"]["owner"], "space");
        let names = ["name", "email", "login", "username"];
        assert!(names.iter().all(|name| nightly.get(name).is_none()), "no personal data rides along");
    }

    // Covers: KM-09, L133
    #[test]
    fn a_role_that_an_identity_provider_takes_over_is_gone_from_the_keys_of_its_user(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = user_with(&site, "jo", vec![site.role("editor", &[0])]);
        let body = json!({ "name": "Key", "roles": [{ "role": "editor", "workspaces": [1001] }] });
        let key = secret_of(&admin.post(&format!("/users/{user}/keys"), &body));
        let token = server.mint(&key);
        let given_there = |change: &mut store::Change<'_>| {
            let role = store::roles::find_by_name(change, site.space, "editor")?.expect("a built-in role");
            let given = Assignment {
                space: site.space,
                role: role.id,
                reach: Reach::Workspace(site.workspaces[0].1),
                source: AssignmentSource::IdentityProvider,
                since: change.seq(),
            };
            Ok::<_, manage::Error>(store::user_roles::give(change, user, &role, &given)?)
        };
        site.change(|change, deps| {
            given_there(change)?;
            let request = site.role("editor", &[0]);
            let input = TakeUserRole { id: user, space: site.space, request, if_keys: IfKeys::Cascade };
            manage::user_roles::take(change, deps, &Authority::OPERATOR, input)
        });
        assert_eq!(rights(&site, &server, &token), (json!([]), Value::Null), "at once");
        assert_eq!(rights(&site, &server, &server.mint(&key)), (json!([]), Value::Null));
        let grantable = admin.get(&format!("{}/grantable", path_of(&key))).json();
        let items = grantable["items"].as_array().expect("items");
        let editor = items.iter().find(|item| item["role"] == "editor" && item["workspace"] == 1001);
        assert_eq!(editor.expect("it is listed")["reason"], "idp_role");
    }
}
