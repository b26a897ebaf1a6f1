//! Userinfo: what an application may know of its user.

use keystead::manage;

use crate::{
    on_both,
    support::{backend::Backend, http::Response, log_in_with::claims, site::AUDIENCE},
    world::{OPERATOR, World, api, refused},
};

const PATH: &str = "/oauth/userinfo";

fn ask(world: &World, token: &str) -> Response {
    world.server.client.get(PATH).bearer(token).send()
}

on_both! {
    // Covers: OC-05, L081, IN-15
    #[test]
    fn it_tells_what_was_consented_to_and_no_more(backend) {
        let world = World::new(backend);
        world.site.database.execute(
            "INSERT INTO user_emails (user_id, email) SELECT id, 'jo@example.com' FROM users WHERE login = 'jo'",
        );
        let sub = world.user.to_string();
        let known: [(&str, serde_json::Value); 4] = [
            ("openid", serde_json::json!({ "sub": sub })),
            ("openid profile", serde_json::json!({ "sub": sub, "name": "jo", "preferred_username": "jo" })),
            ("openid email read", serde_json::json!({ "sub": sub, "email": "jo@example.com", "email_verified": false })),
            ("openid profile email", serde_json::json!({ "sub": sub, "name": "jo", "preferred_username": "jo",
                "email": "jo@example.com", "email_verified": false })),
        ];
        for (scope, told) in known {
            let got = world.log_in(&[("scope", scope)]);
            let answer = ask(&world, &got.access);
            assert_eq!(answer.header("Cache-Control"), Some("no-store"));
            assert_eq!((answer.status, answer.json()), (200, told), "{scope}");
            assert_eq!(claims(got.id())["sub"], sub.as_str());
        }
    }

    // Covers: OC-05, L079
    #[test]
    fn any_token_with_openid_does_and_no_other(backend) {
        let world = World::with(backend, |input| {
            input.resources = vec![crate::support::site::audience(AUDIENCE), crate::support::site::audience(&api())];
        });
        for resource in ["", AUDIENCE, &api()] {
            let got = world.log_in(&[("scope", "openid"), ("resource", resource)]);
            assert_eq!(ask(&world, &got.access).status, 200, "{resource}");
        }
        let without = world.log_in(&[("scope", "read profile")]);
        let key = world.site.key("viewer", &[0]);
        for token in [&without.access, &world.server.mint(&key)] {
            let answer = ask(&world, token);
            refused(&answer, 403, "insufficient_scope");
            let challenge = answer.header("WWW-Authenticate").expect("a challenge");
            assert!(challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"openid\""), "{challenge}");
        }
    }

    // Covers: RS-07, OC-05, L087
    #[test]
    fn it_asks_as_introspection_does_whether_the_token_is_active(backend) {
        let world = World::new(backend);
        let got = world.log_in(&[]);
        assert_eq!(ask(&world, &got.access).status, 200);
        let form = [("token", got.access.as_str())];
        let secret = world.application.secret.as_deref().expect("a secret");
        let client = (world.application.client_id.as_str(), secret);
        assert_eq!(world.server.client.post_form("/oauth/revoke", client, &form).status, 200);
        refused(&ask(&world, &got.access), 401, "invalid_token");
        let next = world.log_in(&[]);
        world.advance(901);
        refused(&ask(&world, &next.access), 401, "invalid_token");
        let last = world.log_in(&[]);
        world.site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, world.user));
        refused(&ask(&world, &last.access), 401, "invalid_token");
    }
}

// Covers: RS-01, RS-02, RS-04, RS-05, RS-06, OC-05
#[test]
fn the_token_comes_in_one_place_that_is_not_the_address() {
    let world = World::new(Backend::Sqlite);
    let token = world.log_in(&[]).access;
    let client = &world.server.client;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let get = client.get(PATH).header("Authorization", &format!("{scheme} {token}")).send();
        let post = client.post(PATH).header("Authorization", &format!("{scheme} {token}")).send();
        assert_eq!((get.status, post.status), (200, 200), "{scheme}");
    }
    assert_eq!(client.post(PATH).form(&[("access_token", &token)]).send().status, 200);

    let nothing = [client.get(PATH).send(), client.post(PATH).send(), client.post(PATH).form(&[("a", "b")]).send()];
    for answer in nothing {
        assert_eq!(answer.status, 401);
        let challenge = answer.header("WWW-Authenticate").expect("a challenge");
        assert!(challenge.starts_with("Bearer realm=") && !challenge.contains("error"), "{challenge}");
    }
    for bad in ["x", "a.b.c", &format!("{token}x")] {
        let answer = client.get(PATH).bearer(bad).send();
        refused(&answer, 401, "invalid_token");
        assert!(answer.header("WWW-Authenticate").is_some_and(|value| value.contains("error=\"invalid_token\"")));
    }
    let twice = client.post(PATH).bearer(&token).form(&[("access_token", &token)]).send();
    let headers = client.get(PATH).bearer(&token).bearer(&token).send();
    for answer in [twice, headers] {
        refused(&answer, 400, "invalid_request");
    }
    let in_query = format!("{PATH}?access_token={token}");
    for answer in
        [client.get(&in_query).send(), client.post(&in_query).send(), client.get(&in_query).bearer(&token).send()]
    {
        assert!([400, 401].contains(&answer.status), "{answer:?}");
        assert!(!answer.body.contains("sub"));
    }
    assert_eq!(client.request("PUT", PATH).bearer(&token).send().status, 405);
}
