//! Codes, refresh tokens, sessions, requests and the rest: none is taken for another, none can be read from the database.

use std::collections::BTreeSet;

use keystead::config::DatabaseUrl;

use crate::{
    on_both,
    support::{
        backend::Backend,
        browser::Browser,
        log_in_with::{VERIFIER, tokens},
    },
    world::{World, refused},
};

/// One of each kind, by name.
fn one_of_each(world: &mut World) -> Vec<(&'static str, String)> {
    let got = world.log_in(&[]);
    let code = world.code(&[]);
    let waiting = world.browser.get(&world.application.authorize_path(&[("prompt", "consent")]));
    let waiting = waiting.header("location").expect("it leads on").to_owned();
    let request = waiting.split("request=").nth(1).expect("a request").to_owned();
    let session = world.browser.cookies["keystead_session"].clone();
    let anonymous = world.browser.cookies["keystead_browser"].clone();
    let secret = world.application.secret.clone().expect("a secret");
    let key = world.site.key("viewer", &[0]).secret;
    vec![
        ("code", code),
        ("refresh token", got.refresh().to_owned()),
        ("request", request),
        ("session", session),
        ("browser", anonymous),
        ("secret of the application", secret),
        ("API key", key),
        ("access token", got.access.clone()),
        ("id token", got.id().to_owned()),
    ]
}

on_both! {
    // Covers: A13, I4, J4, OC-08
    #[test]
    fn nothing_is_taken_for_something_else(backend) {
        let mut world = World::new(backend);
        let accepting = crate::user_tokens::accepting_server(&world.site, "https://keys.example.com");
        let all = one_of_each(&mut world);
        for (name, text) in &all {
            if *name != "code" {
                refused(&world.exchange(text), 400, "invalid_grant");
            }
            if *name != "refresh token" {
                refused(&world.application.refresh(&world.server, text), 400, "invalid_grant");
            }
            if *name != "access token" {
                assert!(!world.is_active(text), "{name} is no access token");
                assert_eq!(world.server.verify(&world.site.resource_server, text, "").status == 200, *name == "API key");
                assert_eq!(world.server.is_active(&accepting, text), *name == "API key", "{name}");
                let answer = world.server.client.get("/oauth/userinfo").bearer(text).send();
                refused(&answer, 401, "invalid_token");
                assert_eq!(world.server.client.get("/api/v1/me").bearer(text).send().status, 401, "{name}");
            }
            if *name != "session" {
                let mut browser = Browser::new(&world.server);
                browser.cookies.insert("keystead_session".to_owned(), text.clone());
                assert!(!browser.is_logged_in(), "{name} is no session");
            }
            if *name != "request" {
                let answer = world.browser.get(&format!("/consent?request={text}"));
                assert_ne!(answer.status, 200, "{name} is no request");
            }
            if *name != "secret of the application" {
                let form = [("token", "x")];
                let client = (world.application.client_id.as_str(), text.as_str());
                refused(&world.server.client.post_form("/oauth/revoke", client, &form), 401, "invalid_client");
            }
        }
        // And each is still what it is.
        let text = |wanted: &str| all.iter().find(|(name, _)| *name == wanted).expect("it is there").1.clone();
        assert!(world.is_active(&text("access token")));
        tokens(&world.exchange(&text("code")));
        tokens(&world.application.refresh(&world.server, &text("refresh token")));
        assert!(world.browser.is_logged_in());
    }

    // Covers: A14, AC-11
    #[test]
    fn the_database_holds_nothing_that_could_be_used(backend) {
        let mut world = World::new(backend);
        let all = one_of_each(&mut world);
        tokens(&world.refresh(&world.application.log_in(&world.server, &mut world.browser.clone(), &[])));
        let stored = dump(&world);
        let contains = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(contains("openid offline_access read"), "the dump shows what is stored");
        for (name, text) in &all {
            assert!(!contains(text), "{name} is stored as it is");
            // The secret half is as good as the whole.
            assert!(!contains(text.split_at(text.len().saturating_sub(36)).1), "the secret half of {name} is stored");
        }
        assert!(!contains(VERIFIER), "the verifier is stored");
    }
}

/// Everything that is stored, byte for byte.
fn dump(world: &World) -> Vec<u8> {
    match &world.site.database.url {
        DatabaseUrl::Sqlite(file) => {
            let beside = |suffix: &str| std::fs::read(format!("{}{suffix}", file.display())).unwrap_or_default();
            ["", "-wal"].iter().flat_map(|suffix| beside(suffix)).collect()
        }
        DatabaseUrl::Postgres(_) => {
            let tables = "database_to_xml(true, false, '')::text";
            let hex = world.site.database.text(&format!("(SELECT set_config('xmlbinary', 'hex', false)) || {tables}"));
            let base =
                world.site.database.text(&format!("(SELECT set_config('xmlbinary', 'base64', false)) || {tables}"));
            (hex + &base).into_bytes()
        }
    }
}

// Covers: A14, AC-11
#[test]
fn no_two_codes_and_no_two_refresh_tokens_are_alike() {
    let world = World::new(Backend::Sqlite);
    let mut seen = BTreeSet::new();
    let mut prefixes = BTreeSet::new();
    for _ in 0..40 {
        let code = world.code(&[]);
        let got = tokens(&world.exchange(&code));
        for text in [code, got.refresh().to_owned()] {
            let (prefix, rest) = text.split_at(4);
            prefixes.insert(prefix.to_owned());
            for half in <[&str; 2]>::from(rest.split_at(16)) {
                assert!(seen.insert(half.to_owned()), "{half} came twice");
            }
        }
    }
    assert_eq!(prefixes.into_iter().collect::<Vec<_>>(), ["ksc_", "ksr_"]);
    let shared = seen.iter().map(|text| text.as_bytes()[0]).collect::<BTreeSet<_>>();
    assert!(shared.len() > 10, "all begin alike: {shared:?}");
}
