//! Tokens of users at Keystead's own API: they act with the roles of the user and never hand out what acts by itself.

use serde_json::{Value, json};

use crate::{
    on_both,
    support::{backend::Backend, http::Response, log_in_with::tokens, site::audience},
    world::{World, api},
};

fn world(backend: Backend) -> World {
    World::with(backend, |input| input.resources = vec![audience(&api())])
}

fn call(world: &World, token: &str, request: &str, body: &Value) -> Response {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let request = world.server.client.request(method, &format!("/api/v1{path}")).bearer(token);
    if ["GET", "DELETE"].contains(&method) { request } else { request.json(body) }.send()
}

on_both! {
    // Covers: L083, L081, RS-03
    #[test]
    fn an_application_acts_with_the_roles_of_its_user(backend) {
        let world = world(backend);
        let (resource, all) = (api(), "openid offline_access read write");
        let path = format!("/spaces/{}/users", world.site.space);
        let kim = json!({ "login": "kim", "full_name": "Kim" });
        let weak = world.log_in(&[("resource", &resource), ("scope", all)]);
        assert_eq!(call(&world, &weak.access, &format!("POST {path}"), &kim).status, 403, "the user may not");
        world.give("space_admin", &[]);
        assert_eq!(call(&world, &weak.access, &format!("POST {path}"), &kim).status, 403, "not with an old token");
        let strong = tokens(&world.refresh(&weak));
        let me = call(&world, &strong.access, "GET /me", &Value::Null).json();
        assert_eq!((&me["user"], &me["client_id"]), (&json!(world.user.to_string()), &json!(world.application.client_id)));
        let new = call(&world, &strong.access, &format!("POST {path}"), &kim);
        assert_eq!(new.status, 201, "{new:?}");

        let read = world.log_in(&[("resource", &resource), ("scope", "read")]);
        let id = new.text("id");
        assert_eq!(call(&world, &read.access, &format!("GET /users/{id}"), &Value::Null).status, 200);
        let edit = call(&world, &read.access, &format!("PATCH /users/{id}"), &json!({ "full_name": "Kim Two" }));
        assert_eq!(edit.status, 403, "{edit:?}");
        let challenge = edit.header("WWW-Authenticate").expect("a challenge");
        assert!(challenge.contains("insufficient_scope") && challenge.contains("write"), "{challenge}");

        let openid = world.log_in(&[("resource", &resource), ("scope", "openid")]);
        assert_eq!(call(&world, &openid.access, &format!("GET /users/{id}"), &Value::Null).status, 403);
    }

    // Covers: K2, KM-11, L081
    #[test]
    fn an_application_manages_neither_keys_nor_applications(backend) {
        let world = world(backend);
        world.give("space_admin", &[]);
        let got = world.log_in(&[("resource", &api()), ("scope", "openid offline_access read write")]);
        let (space, id) = (world.site.space, world.application.client_id.clone());
        let key = world.site.key("viewer", &[0]);
        let new = json!({ "name": "Mine", "kind": "public", "redirect_uris": ["https://evil.example.com/"], "scopes": ["openid"] });
        let requests = [
            (format!("POST /spaces/{space}/keys"), json!({ "name": "Key", "roles": [] })),
            (format!("POST /users/{}/keys", world.user), json!({ "name": "Key" })),
            (format!("POST /keys/{}/regenerate", key.client_id), json!({ "expires": "none" })),
            (format!("POST /keys/{}/pairs", key.client_id), json!({ "expires": "none" })),
            (format!("POST /spaces/{space}/applications"), new),
            (format!("PATCH /applications/{id}"), json!({ "name": "Other" })),
            (format!("POST /applications/{id}/pairs"), json!({})),
            (format!("POST /applications/{id}/regenerate"), json!({})),
            (format!("DELETE /applications/{id}"), Value::Null),
            (format!("PUT /spaces/{space}/approved-applications/{id}"), json!({})),
        ];
        for (request, body) in requests {
            let answer = call(&world, &got.access, &request, &body);
            assert_eq!(answer.status, 403, "{request}: {answer:?}");
        }
        world.server.mint(&key);
        tokens(&world.refresh(&got));
    }
}

// Covers: RS-01, RS-02, RS-04, RS-05, RS-06, RS-07
#[test]
fn the_api_takes_tokens_of_users_as_it_takes_those_of_keys() {
    let world = world(Backend::Sqlite);
    let got = world.log_in(&[("resource", &api())]);
    let elsewhere = world.log_in(&[("prompt", "consent")]);
    let client = &world.server.client;
    let me = |token: &str| client.get("/api/v1/me").bearer(token).send();
    assert_eq!(me(&got.access).status, 200);
    assert_eq!(client.get("/api/v1/me").header("Authorization", &format!("bEaReR {}", got.access)).send().status, 200);
    let nothing = client.get("/api/v1/me").send();
    let challenge = nothing.header("WWW-Authenticate").expect("a challenge");
    assert_eq!(nothing.status, 401);
    assert!(challenge.starts_with("Bearer realm=") && !challenge.contains("error"), "{challenge}");
    for bad in [elsewhere.access.as_str(), got.id(), got.refresh(), "x"] {
        let answer = me(bad);
        assert_eq!(answer.status, 401);
        assert!(answer.header("WWW-Authenticate").is_some_and(|value| value.contains("error=\"invalid_token\"")));
    }
    let query = client.get(&format!("/api/v1/me?access_token={}", got.access)).send();
    assert!([400, 401].contains(&query.status), "{query:?}");
    assert_eq!(client.get("/api/v1/me").bearer(&got.access).bearer(&got.access).send().status, 400);
    world.application.refresh(&world.server, got.refresh());
    let form = [("token", got.refresh())];
    let secret = world.application.secret.as_deref().expect("a secret");
    let done = client.post_form("/oauth/revoke", (&world.application.client_id, secret), &form);
    assert_eq!(done.status, 200);
    assert_eq!(me(&got.access).status, 401);
}
