//! The exchange of a code: once, in time, by whom it was made for, with what it was made with.

use crate::{
    on_both,
    support::{
        backend::Backend,
        log_in_with::{CALLBACK, VERIFIER, claims, tokens},
    },
    world::{World, public, refused},
};

const GRANT: (&str, &str) = ("grant_type", "authorization_code");

on_both! {
    // Covers: AC-01, OC-01, RI-06, AC-11
    #[test]
    fn a_code_with_its_verifier_and_redirect_uri_gives_tokens(backend) {
        let world = World::new(backend);
        let code = world.code(&[("nonce", "n-1")]);
        assert_eq!(code.len(), 60);
        let answer = world.exchange(&code);
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        let got = tokens(&answer);
        assert_eq!(answer.json()["token_type"], "Bearer");
        assert_eq!(answer.json()["expires_in"], 900);
        assert_eq!(got.scope, "openid offline_access read");
        assert!(world.is_active(&got.access));
        let (access, id) = (claims(&got.access), claims(got.id()));
        assert_eq!(access["client_id"], world.application.client_id.as_str());
        for (claim, value) in [("iss", &access["iss"]), ("sub", &access["sub"]), ("iat", &access["iat"])] {
            assert_eq!(&id[claim], value, "{claim}");
        }
        assert_eq!((&id["aud"], &id["nonce"]), (&world.application.client_id.as_str().into(), &"n-1".into()));
        let again = world.log_in(&[]);
        assert_eq!(claims(again.id()).get("nonce"), None, "it is repeated exactly when it was sent");
        let without = world.log_in(&[("scope", "read")]);
        assert_eq!((without.id, without.refresh), (None, None));
    }

    // Covers: AC-02, A9
    #[test]
    fn a_second_exchange_ends_what_the_first_gave(backend) {
        let world = World::new(backend);
        let other = world.log_in(&[]);
        let code = world.code(&[]);
        let got = tokens(&world.exchange(&code));
        let next = tokens(&world.refresh(&got));
        refused(&world.exchange(&code), 400, "invalid_grant");
        for token in [&got.access, &next.access] {
            assert!(!world.is_active(token));
        }
        refused(&world.refresh(&got), 400, "invalid_grant");
        refused(&world.refresh(&next), 400, "invalid_grant");
        assert_eq!(world.audited("authorization_code.reuse"), 1);
        // Another login of the same consent is another matter (ruling 30).
        assert!(world.is_active(&other.access));
        tokens(&world.refresh(&other));
    }

    // Covers: AC-02, A9
    #[test]
    fn a_second_exchange_that_comes_after_the_end_of_the_code_does_too(backend) {
        let world = World::new(backend);
        let code = world.code(&[]);
        let got = tokens(&world.exchange(&code));
        world.advance(120);
        assert!(world.is_active(&got.access));
        refused(&world.exchange(&code), 400, "invalid_grant");
        assert!(!world.is_active(&got.access));
        refused(&world.refresh(&got), 400, "invalid_grant");
    }

    // Covers: AC-03, A11
    #[test]
    fn a_code_lives_for_a_minute(backend) {
        let world = World::new(backend);
        let (early, late) = (world.code(&[]), world.code(&[]));
        world.advance(55);
        tokens(&world.exchange(&early));
        world.advance(6);
        refused(&world.exchange(&late), 400, "invalid_grant");
        assert_eq!(world.audited("authorization_code.reuse"), 0, "nobody had used it");
    }

    // Covers: AC-04, A12
    #[test]
    fn a_code_of_another_application_is_refused_and_burnt(backend) {
        let world = World::new(backend);
        let (other, public) = (world.site.application(), world.site.application_with(public));
        for thief in [&other, &public] {
            let code = world.code(&[]);
            refused(&thief.exchange(&world.server, &code), 400, "invalid_grant");
            refused(&world.exchange(&code), 400, "invalid_grant");
        }
        assert_eq!(world.audited("authorization_code.foreign_client"), 2);
    }

    // Covers: AC-05
    #[test]
    fn the_redirect_uri_is_that_of_the_request(backend) {
        let world = World::new(backend);
        let code = world.code(&[]);
        let ask = |code: &str, uri: Option<&str>| {
            let mut form = vec![GRANT, ("code", code), ("code_verifier", VERIFIER)];
            form.extend(uri.map(|uri| ("redirect_uri", uri)));
            world.application.token(&world.server, &form)
        };
        let longer = format!("{CALLBACK}/");
        for wrong in [None, Some(""), Some("https://app.example.com/"), Some(longer.as_str())] {
            refused(&ask(&code, wrong), 400, "invalid_grant");
        }
        tokens(&ask(&code, Some(CALLBACK)));
    }

    // Covers: AC-07, AC-09, AC-10, A8
    #[test]
    fn the_verifier_is_the_one_that_the_challenge_was_made_of(backend) {
        let world = World::new(backend);
        let code = world.code(&[]);
        let ask = |verifier: Option<&str>| {
            let mut form = vec![GRANT, ("code", code.as_str()), ("redirect_uri", CALLBACK)];
            form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
            world.application.token(&world.server, &form)
        };
        let flipped = VERIFIER.replacen('0', "1", 1);
        let (short, long, space) = (VERIFIER.split_at(42).0, VERIFIER.repeat(4), VERIFIER.replacen('-', " ", 1));
        let challenge = crate::support::log_in_with::challenge();
        let wrong = [&flipped, short, &long, &space, &challenge, "", "ünïcödé-ünïcödé-ünïcödé-ünïcödé-ünïcödé-ünï"];
        refused(&ask(None), 400, "invalid_grant");
        for wrong in wrong {
            refused(&ask(Some(wrong)), 400, "invalid_grant");
        }
        // None of these took the code from whoever it belongs to.
        tokens(&ask(Some(VERIFIER)));
    }
}

// Covers: AC-08, A8
#[test]
fn no_code_comes_without_a_challenge() {
    let mut world = World::new(Backend::Sqlite);
    for challenge in [("code_challenge", ""), ("code_challenge_method", "plain")] {
        let answer = world.application.authorize(&mut world.browser, &[challenge]);
        let told = answer.header("location").unwrap_or_default();
        assert!(told.contains("error=invalid_request") && !told.contains("code="), "{answer:?}");
    }
    assert_eq!(world.site.database.number("(SELECT count(*) FROM authorization_codes)"), 0);
}

// Covers: AC-06, T1
#[test]
fn the_client_says_who_it_is_and_proves_it_if_it_can() {
    let mut world = World::new(Backend::Sqlite);
    let code = world.code(&[]);
    let form = [GRANT, ("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let post = |more: &[(&str, &str)]| {
        let form: Vec<_> = form.iter().chain(more).copied().collect();
        world.server.client.post("/oauth/token").form(&form).send()
    };
    refused(&post(&[("client_id", &world.application.client_id)]), 401, "invalid_client");
    refused(&post(&[]), 400, "invalid_request");
    let wrong = world.site.application();
    let secret = wrong.secret.as_deref().expect("a secret");
    let answer = world.server.client.post_form("/oauth/token", (&world.application.client_id, secret), &form);
    refused(&answer, 401, "invalid_client");
    assert!(answer.header("WWW-Authenticate").is_some_and(|value| value.starts_with("Basic")));
    tokens(&world.exchange(&code));

    let public = world.site.application_with(public);
    let code = public.code(&mut world.browser, &[]);
    let form = [GRANT, ("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    refused(&world.server.client.post("/oauth/token").form(&form).send(), 400, "invalid_request");
    tokens(&public.exchange(&world.server, &code));
}

// Covers: T4, T5
#[test]
fn each_kind_of_client_has_its_own_grants() {
    let world = World::new(Backend::Sqlite);
    let (code, key) = (world.code(&[]), world.site.key("viewer", &[0]));
    for application in [&world.application, &world.site.application_with(public)] {
        let answer = application.token(&world.server, &[("grant_type", "client_credentials")]);
        refused(&answer, 400, "unauthorized_client");
    }
    for client in [&key, &world.site.resource_server] {
        let form = [GRANT, ("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
        let answer = world.server.client.post_form("/oauth/token", client.pair(), &form);
        refused(&answer, 400, "unauthorized_client");
        let form = [("grant_type", "refresh_token"), ("refresh_token", code.as_str())];
        let answer = world.server.client.post_form("/oauth/token", client.pair(), &form);
        refused(&answer, 400, "unauthorized_client");
    }
    for unknown in ["password", "implicit", "urn:ietf:params:oauth:grant-type:token-exchange"] {
        let form = [("grant_type", unknown), ("username", "jo"), ("password", "correct horse battery")];
        refused(&world.application.token(&world.server, &form), 400, "unsupported_grant_type");
    }
    assert_eq!(world.server.token(&key).json().get("refresh_token"), None);
    tokens(&world.exchange(&code));
}
