//! What an auditor reads of applications that got tokens for a user, and of those that did not.

use crate::{
    on_both,
    support::{http::Response, log_in_with::VERIFIER, noted::NotedRow},
    world::{OPERATOR, World},
};
use keystead::manage;
use serde_json::json;

/// The newest row after everything was written.
#[track_caller]
fn last(world: &World) -> NotedRow {
    world.server.write_notes(&world.site);
    world.site.noted().pop().expect("a row")
}

/// The request was refused, and the audit log says why.
#[track_caller]
fn assert_denied(world: &World, answer: &Response, reason: &str) -> NotedRow {
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{answer:?}");
    let row = last(world);
    assert_eq!((row.what(), &row.detail["operation"]), (("request.refuse", reason), &json!("token")));
    assert_eq!(row.address, "127.0.0.1");
    world.advance(1);
    row
}

on_both! {
    // Covers: L150
    #[test]
    fn tokens_for_a_user_are_told_with_application_pair_consent_and_user(backend) {
        let world = World::new(backend);
        let first = world.log_in(&[]);
        let row = last(&world);
        assert_eq!((row.what(), &row.target), (("token.issue", "authorization_code"), &world.application.client_id));
        let grant = first.claim("grant");
        let secret = world.application.secret.as_deref().expect("a secret");
        let pair = secret.get(4..20).expect("a public id");
        assert_eq!((row.pair.as_str(), row.address.as_str(), row.space.as_str()), (pair, "127.0.0.1", "Space"));
        for subject in [&grant, &world.user.to_string(), &world.application.client_id] {
            assert!(row.about.contains(subject) && world.site.noted_about(subject).contains(&row), "{subject}");
        }
        world.advance(60);
        assert_eq!(world.refresh(&first).status, 200);
        let row = last(&world);
        assert_eq!((row.what(), row.count), (("token.issue", "refresh_token"), 1));
    }

    // Covers: L150, T11
    #[test]
    fn each_reason_for_which_a_code_or_refresh_token_does_not_count_is_told(backend) {
        let world = World::new(backend);
        let other = world.site.application();
        let user = world.user.to_string();

        let code = world.code(&[]);
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &world.application.redirect_uri)];
        let with = |verifier| world.application.token(&world.server, &[fields.as_slice(), &[("code_verifier", verifier)]].concat());
        let row = assert_denied(&world, &with(&VERIFIER.replace('0', "1")), "grant_mismatch");
        assert!(row.about.contains(&user) && row.about.contains(&world.application.client_id));
        assert_eq!(world.exchange(&code).status, 200);
        assert_denied(&world, &world.exchange(&code), "grant_reused");

        let row = assert_denied(&world, &other.exchange(&world.server, &world.code(&[])), "grant_of_another_client");
        assert_eq!(row.target, other.client_id);
        assert!(!row.about.contains(&user), "whoever stole a code acts for nobody");
        assert_denied(&world, &world.exchange("nonsense"), "grant_unknown");
        assert_denied(&world, &world.application.refresh(&world.server, "nonsense"), "grant_unknown");

        let got = world.log_in(&[]);
        assert_denied(&world, &other.refresh(&world.server, got.refresh()), "grant_of_another_client");
        assert_eq!(world.audited("refresh_token.foreign_client"), 1);
        assert_denied(&world, &world.refresh(&got), "grant_unknown");
        let late = world.code(&[]);
        world.advance(3_600);
        assert_denied(&world, &world.exchange(&late), "grant_ended");

        let got = world.log_in(&[]);
        assert_eq!(world.refresh(&got).status, 200);
        world.advance(60);
        assert_denied(&world, &world.refresh(&got), "grant_reused");

        let row = last(&world);
        assert!(!format!("{row:?}").contains(got.refresh()));
        let got = world.log_in(&[]);
        world.site.change(|change, deps| manage::applications::disable(change, deps, OPERATOR, world.application.id()));
        assert_eq!(world.refresh(&got).status, 401);
        assert_eq!(last(&world).what(), ("client.refuse", "client_disabled"));
    }

    // Covers: L150
    #[test]
    fn a_token_that_may_not_ask_who_its_user_is_is_told(backend) {
        let world = World::new(backend);
        let got = world.log_in(&[("scope", "offline_access read")]);
        let ask = |token: &str| world.server.client.get("/oauth/userinfo").bearer(token).send().status;
        assert_eq!(ask(&got.access), 403);
        let row = last(&world);
        assert_eq!((row.what(), &row.detail["operation"]), (("request.refuse", "insufficient_scope"), &json!("userinfo")));
        assert!(row.about.contains(&world.user.to_string()));
        assert_eq!(ask("garbage"), 401);
        assert_eq!(last(&world).what(), ("request.refuse", "invalid_token"));
    }
}
