//! Refresh tokens: they turn over at each use, belong to one application, and end with all that they rest on.

use keystead::{
    domain::signing_key::SigningAlgorithm,
    manage::{
        self,
        signing_keys::{NewSigningKey, RevokeSigningKey},
    },
};
use serde_json::Value;

use crate::{
    on_both,
    support::{
        backend::Backend,
        log_in_with::{claims, tokens},
    },
    world::{OPERATOR, World, public, refused},
};

/// How long a repeated use is answered as the first was.
const GRACE: u64 = 10;

on_both! {
    // Covers: RT-04, RT-05, T6
    #[test]
    fn an_old_token_that_comes_back_ends_the_family(backend) {
        for adjust in [|_: &mut _| {}, public] {
            let world = World::with(backend, adjust);
            let first = world.log_in(&[]);
            let second = tokens(&world.refresh(&first));
            assert_ne!(first.refresh(), second.refresh(), "each use gives another one");
            assert!(world.is_active(&first.access), "what was given before goes on (ruling 35)");
            let third = tokens(&world.refresh(&second));
            world.advance(GRACE + 1);
            refused(&world.refresh(&first), 400, "invalid_grant");
            for token in [&first.access, &second.access, &third.access] {
                assert!(!world.is_active(token));
            }
            for tokens in [&second, &third] {
                refused(&world.refresh(tokens), 400, "invalid_grant");
            }
            assert_eq!(world.audited("refresh_token.reuse"), 1);
        }
    }

    // Covers: RT-06, T7
    #[test]
    fn a_use_that_is_repeated_at_once_is_answered_as_the_first(backend) {
        let world = World::new(backend);
        let first = world.log_in(&[]);
        let second = tokens(&world.refresh(&first));
        world.advance(GRACE - 2);
        let repeated = tokens(&world.refresh(&first));
        assert_eq!(repeated.refresh(), second.refresh());
        assert!(world.is_active(&second.access) && world.is_active(&repeated.access));
        // Also when the successor has been used meanwhile.
        let third = tokens(&world.refresh(&repeated));
        assert_eq!(tokens(&world.refresh(&first)).refresh(), second.refresh());
        tokens(&world.refresh(&third));
        let kept = "(SELECT count(*) FROM refresh_tokens)";
        assert_eq!(world.site.database.number(kept), 4, "no repeat made a token");
    }

    // Covers: RT-05, RT-08, T6
    #[test]
    fn an_old_token_tells_of_theft_even_when_its_own_life_is_over(backend) {
        let world = World::new(backend);
        let first = world.log_in(&[]);
        world.advance(10 * 24 * 3600);
        let second = tokens(&world.refresh(&first));
        world.advance(25 * 24 * 3600);
        let third = tokens(&world.refresh(&second));
        refused(&world.refresh(&first), 400, "invalid_grant");
        refused(&world.refresh(&third), 400, "invalid_grant");
        assert!(!world.is_active(&third.access));
    }

    // Covers: RT-01, T11
    #[test]
    fn a_token_of_another_application_is_refused_and_its_family_ends(backend) {
        let world = World::new(backend);
        let (other, public) = (world.site.application(), world.site.application_with(public));
        for thief in [&other, &public] {
            let got = world.log_in(&[]);
            refused(&thief.refresh(&world.server, got.refresh()), 400, "invalid_grant");
            refused(&world.refresh(&got), 400, "invalid_grant");
            assert!(!world.is_active(&got.access));
        }
        assert_eq!(world.audited("refresh_token.foreign_client"), 2);
    }

    // Covers: RT-08, T12
    #[test]
    fn a_token_ends_when_it_is_not_used(backend) {
        let world = World::new(backend);
        let got = world.log_in(&[]);
        world.advance(29 * 24 * 3600);
        let next = tokens(&world.refresh(&got));
        world.advance(30 * 24 * 3600 + 1);
        refused(&world.refresh(&next), 400, "invalid_grant");
        assert_eq!(world.audited("refresh_token.reuse"), 0, "nobody had used it");
    }

    // Covers: RT-08, T12
    #[test]
    fn turning_over_does_not_lengthen_the_whole_life(backend) {
        let world = World::new(backend);
        let mut got = world.log_in(&[]);
        let began = claims(&got.access)["iat"].as_i64().expect("a number");
        let mut refreshed = 0;
        let refusal = loop {
            world.advance(20 * 24 * 3600);
            let answer = world.refresh(&got);
            if answer.status != 200 {
                break answer;
            }
            got = tokens(&answer);
            let end = claims(&got.access)["exp"].as_i64().expect("a number");
            assert!(end <= began + 180 * 24 * 3600 + 1, "an access token outlives the authorization");
            refreshed += 1;
        };
        refused(&refusal, 400, "invalid_grant");
        assert_eq!(refreshed, 8, "180 days");
    }

    // Covers: RT-09
    #[test]
    fn an_old_token_gets_what_the_new_key_signs(backend) {
        let world = World::new(backend);
        let got = world.log_in(&[]);
        let old = kid(&got.access);
        let new = new_key(&world);
        world.site.change(|change, deps| manage::signing_keys::rotate_now(change, deps, OPERATOR, new));
        let next = tokens(&world.refresh(&got));
        assert_ne!(kid(&next.access), old);
        assert!(world.is_active(&next.access) && world.is_active(&got.access));
        let keys = world.server.client.get("/oauth/jwks").send().json();
        let published = keys["keys"].as_array().expect("keys").iter().any(|key| key["kid"] == kid(&next.access).as_str());
        assert!(published);
        assert_eq!((&claims(next.id())["sub"], next.claim("sub")), (&claims(got.id())["sub"], got.claim("sub")), "OC-09");

        let replacement = new_key(&world);
        let id = old.parse().expect("a kid");
        let input = RevokeSigningKey { id, replacement };
        world.site.change(|change, deps| manage::signing_keys::revoke(change, deps, OPERATOR, input));
        assert!(!world.is_active(&got.access) && world.is_active(&next.access));
        tokens(&world.refresh(&next));
    }

    // Covers: OC-09, OC-04
    #[test]
    fn a_refresh_tells_the_same_subject_and_the_time_of_the_login(backend) {
        let world = World::new(backend);
        let got = world.log_in(&[("nonce", "n-1")]);
        world.advance(3600);
        let next = tokens(&world.refresh(&got));
        let (before, after) = (claims(got.id()), claims(next.id()));
        for claim in ["sub", "auth_time", "aud", "iss", "sid"] {
            assert_eq!(before[claim], after[claim], "{claim}");
        }
        assert_eq!(after.get("nonce"), None);
        assert_ne!(before["iat"], after["iat"]);
    }
}

// Covers: RT-01, AC-06
#[test]
fn a_confidential_application_authenticates_to_refresh() {
    let world = World::new(Backend::Sqlite);
    let got = world.log_in(&[]);
    let form = [("grant_type", "refresh_token"), ("refresh_token", got.refresh())];
    let named = [form[0], form[1], ("client_id", &world.application.client_id)];
    refused(&world.server.client.post("/oauth/token").form(&named).send(), 401, "invalid_client");
    refused(&world.server.client.post("/oauth/token").form(&form).send(), 400, "invalid_request");
    let answer = world.application.token(&world.server, &[form[0]]);
    refused(&answer, 400, "invalid_request");
    refused(&world.application.token(&world.server, &[form[0], ("refresh_token", "nonsense")]), 400, "invalid_grant");
    tokens(&world.refresh(&got));
}

fn kid(token: &str) -> String {
    let head = token.split('.').next().expect("a header");
    let text = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, head).expect("base64url");
    serde_json::from_slice::<Value>(&text).expect("JSON")["kid"].as_str().expect("a kid").to_owned()
}

fn new_key(world: &World) -> NewSigningKey {
    let now = world.server.live.present().now;
    NewSigningKey::generate(&world.site.deps, SigningAlgorithm::Es256, now).expect("a key")
}
