//! API keys that requests present to gateways by themselves: in which forms, and what happens to those that are none.

use keystead::domain::api_key::Mode;

use crate::{
    on_both,
    presented_keys::{FORMS, ask, identity, refusal, serve, serve_with, wrong_secrets},
    support::{
        backend::Backend,
        site::{Credential, TestSite},
    },
};

const ASKS_FOR_BEARER: &str = r#"Bearer realm="keystead""#;
const INVALID: &str = r#"Bearer realm="keystead", error="invalid_token""#;
const INSUFFICIENT: &str = r#"Bearer realm="keystead", error="insufficient_scope""#;

on_both! {
    // Covers: L061, L062, L066, L068, L092, L093
    #[test]
    fn a_key_passes_in_each_of_its_forms_at_once_and_without_cookies(backend) {
        let site = TestSite::new(backend);
        for (form, put) in FORMS {
            let server = serve(&site);
            let key = site.key_with(|key| key.roles = vec![site.role("editor", &[0]), site.role("auditor", &[])]);
            let (id, space) = (key.client_id.as_str(), site.space.to_string());
            let first = put(ask(&site, &server, "?workspace=1001"), &key).send();
            let permitted = "data.read data.write pipelines.read reports.read";
            assert_eq!(identity(&first), [id, id, &space, "read write", "editor", permitted], "{form}");
            for _ in 0..20 {
                let next = put(ask(&site, &server, ""), &key).send();
                assert_eq!(identity(&next), [id, id, &space, "read write", "auditor", "audit.read"], "{form}");
                assert_eq!((next.header("Set-Cookie"), next.header("Cache-Control")), (None, Some("no-store")));
            }
        }
    }

    // Covers: L062, L092
    #[test]
    fn a_key_is_told_apart_from_its_token_by_nothing_that_a_gateway_sees(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        for mode in [Mode::Full, Mode::ReadOnly] {
            let key = site.key_with(|key| {
                key.roles = vec![site.role("editor", &[0]), site.role("viewer", &[1]), site.role("auditor", &[])];
                key.mode = Some(mode);
            });
            let token = server.mint(&key);
            for query in ["", "?workspace=1001", "?workspace=1002&role=viewer", "?scope=read", "?permission=audit.read"] {
                let by_token = ask(&site, &server, query).bearer(&token).send();
                let by_key = ask(&site, &server, query).bearer(&key.secret).send();
                assert_eq!(identity(&by_key), identity(&by_token), "{query}");
                let in_header = ask(&site, &server, query).header("zsessionid", &token).send();
                assert_eq!(identity(&in_header), identity(&by_token), "{query}");
            }
        }
    }
}

// Covers: L092, RS-03
#[test]
fn a_key_that_does_not_reach_that_far_is_known_and_refused() {
    let site = TestSite::new(Backend::Sqlite);
    let server = serve(&site);
    let key = site.key_with(|key| {
        key.roles = vec![site.role("editor", &[0])];
        key.mode = Some(Mode::ReadOnly);
    });
    let table = [
        ("workspace=1001", true),
        ("workspace=1001&role=editor", true),
        ("workspace=1001&permission=data.read", true),
        ("scope=read", true),
        ("workspace=1001&permission=data.write", false),
        ("workspace=1002", false),
        ("workspace=9999", false),
        ("role=editor", false),
        ("scope=workspace:1001", false),
    ];
    for (needs, passes) in table {
        for (form, put) in FORMS {
            let response = put(ask(&site, &server, &format!("?{needs}")), &key).send();
            if passes {
                assert_eq!(identity(&response)[3], "read", "{form}: {needs}");
            } else {
                let (status, challenge) = refusal(&response);
                assert_eq!(status, 403, "{form}: {needs}");
                assert!(challenge.starts_with(INSUFFICIENT), "{challenge}");
            }
        }
    }
    let refused = ask(&site, &server, "?scope=write").bearer(&key.secret).send();
    assert_eq!(refusal(&refused), (403, format!(r#"{INSUFFICIENT}, scope="write""#).as_str()));
}

on_both! {
    // Covers: L092, RS-02, KM-02
    #[test]
    fn what_is_no_secret_of_a_key_is_invalid_in_every_form(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        for (why, secret) in wrong_secrets(&site, &key) {
            let wrong = Credential { secret, ..key.clone() };
            for (form, put) in FORMS {
                let response = put(ask(&site, &server, "?workspace=1001"), &wrong).send();
                assert_eq!(refusal(&response), (401, INVALID), "{form}: {why}");
                assert_eq!(response.error(), "invalid_token", "{form}: {why}");
            }
        }
    }
}

// Covers: L093
#[test]
fn an_id_and_a_secret_must_belong_together() {
    let site = TestSite::new(Backend::Sqlite);
    let server = serve(&site);
    let (key, other) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
    let server_id = site.resource_server.client_id.as_str();
    let ids = [&other.client_id, other.public_id.as_str(), server_id, "jo", "key_00000000000000000000000000000000"];
    for id in ids {
        let response = ask(&site, &server, "").basic(id, &key.secret).send();
        assert_eq!(refusal(&response), (401, INVALID), "{id}");
    }
    for (id, secret) in [(key.client_id.as_str(), "password"), (&key.client_id, &site.resource_server.secret)] {
        assert_eq!(refusal(&ask(&site, &server, "").basic(id, secret).send()), (401, INVALID));
    }
    let as_gateway = ask(&site, &server, "").header("Authorization", &site.resource_server.basic()).send();
    assert_eq!(refusal(&as_gateway), (401, INVALID), "the gateway itself is no key");
}

// Covers: L065
#[test]
fn beside_a_key_a_user_name_and_a_password_are_not_tried() {
    let site = TestSite::new(Backend::Sqlite);
    let server = serve(&site);
    let key = site.key("viewer", &[0]);
    let with_person = |secret: &str, value: &str| {
        ask(&site, &server, "").header("zsessionid", secret).header("Authorization", value).send()
    };
    for (password, value) in
        [("good", "Basic am86Z29vZA=="), ("none", "Basic am86"), ("garbage", "Basic !"), ("other", "Digest x")]
    {
        assert_eq!(identity(&with_person(&key.secret, value))[0], key.client_id, "{password}");
        for (why, secret) in wrong_secrets(&site, &key) {
            assert_eq!(refusal(&with_person(&secret, value)), (401, INVALID), "{password}, {why}");
        }
    }
    let alone = ask(&site, &server, "").basic("jo", "good").send();
    assert_eq!(refusal(&alone), (401, ASKS_FOR_BEARER));
}

// Covers: RS-04, L065
#[test]
fn two_credentials_in_one_request_are_invalid_even_if_they_are_the_same() {
    let site = TestSite::new(Backend::Sqlite);
    let server = serve(&site);
    let (key, other) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
    let token = server.mint(&key);
    let ask = || ask(&site, &server, "");
    let in_header = |value: &str| ask().header("zsessionid", value);
    let requests = [
        ("a token and a key", in_header(&key.secret).bearer(&token)),
        ("a key and a token", in_header(&token).bearer(&key.secret)),
        ("the same key", in_header(&key.secret).bearer(&key.secret)),
        ("a key and a bad one", in_header("garbage").bearer(&key.secret)),
        ("a key alone as user name", in_header(&key.secret).basic(&other.secret, "")),
        ("a key with its id", in_header(&key.secret).basic(&key.client_id, &key.secret)),
        ("both named headers", in_header(&key.secret).header("apptio-opentoken", &key.secret)),
        ("one header twice", in_header(&key.secret).header("ZSESSIONID", &key.secret)),
        ("Authorization twice", ask().bearer(&key.secret).basic(&key.client_id, &key.secret)),
    ];
    for (what, request) in requests {
        let response = request.send();
        assert_eq!((refusal(&response), response.error()), ((400, ""), "invalid_request".to_owned()), "{what}");
    }
    for value in ["a b", "\"quoted\"", "a,b", "ksk=x"] {
        assert_eq!(refusal(&in_header(value).send()), (400, ""), "{value}");
    }
    let beside_an_empty_one = in_header("").header("apptio-opentoken", " ").bearer(&key.secret).send();
    assert_eq!(identity(&beside_an_empty_one)[0], key.client_id);
}

// Covers: L062
#[test]
fn only_headers_that_the_site_names_carry_keys() {
    let site = TestSite::new(Backend::Sqlite);
    let (named, plain) = (serve(&site), site.serve());
    let key = site.key("viewer", &[0]);
    let token = named.mint(&key);
    for (server, header) in
        [(&plain, "zsessionid"), (&plain, "apptio-opentoken"), (&named, "x-api-key"), (&named, "cookie")]
    {
        for value in [&key.secret, &token] {
            let response = ask(&site, server, "").header(header, value).send();
            assert_eq!(refusal(&response), (401, ASKS_FOR_BEARER), "{header}");
        }
    }
    let cookie = ask(&site, &named, "").header("Cookie", &format!("ZSESSIONID={}", key.secret)).send();
    assert_eq!(refusal(&cookie), (401, ASKS_FOR_BEARER));
    assert_eq!(ask(&site, &plain, "").header("zsessionid", "ignored").bearer(&key.secret).send().status, 200);
}

// Covers: L051, RS-05, T17
#[test]
fn a_key_in_the_url_is_no_key() {
    let site = TestSite::new(Backend::Sqlite);
    let server = serve(&site);
    let key = site.key("viewer", &[0]);
    for name in ["key", "loginKey", "access_token", "zsessionid", "apptio-opentoken", "api_key", "client_secret"] {
        let query = format!("?{name}={}", key.secret);
        assert_eq!(refusal(&ask(&site, &server, &query).send()), (400, ""), "{name}");
        assert_eq!(refusal(&ask(&site, &server, &query).bearer(&key.secret).send()), (400, ""), "{name}");
        let elsewhere =
            server.client.post(&format!("/oauth/token{query}")).form(&[("grant_type", "client_credentials")]);
        assert_eq!(elsewhere.send().status, 401, "{name}");
    }
    let as_a_need = ask(&site, &server, &format!("?role={}", key.secret)).send();
    assert_eq!(refusal(&as_a_need), (401, ASKS_FOR_BEARER));
}

on_both! {
    // Covers: TE-17
    #[test]
    fn wrong_secrets_slow_the_guesser_down_and_not_the_holder(backend) {
        let site = TestSite::new(backend);
        let server = serve_with(&site, "3");
        let (key, other) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
        let guess = |id: &str| ask(&site, &server, "").basic(id, &other.secret).send();
        for id in [key.client_id.as_str(), key.public_id.as_str()] {
            for _ in 0..3 {
                assert_eq!(refusal(&guess(id)), (401, INVALID));
            }
            let slowed = guess(id);
            assert_eq!((slowed.status, slowed.error()), (429, "invalid_token".to_owned()));
            let wait: u32 = slowed.header("Retry-After").expect("a time to wait").parse().expect("seconds");
            assert!((1..=60).contains(&wait), "{wait}");
        }
        let (_, unknown) = wrong_secrets(&site, &key).pop().expect("nobody's secret");
        let statuses = [(); 4].map(|()| ask(&site, &server, "").header("zsessionid", &unknown).send().status);
        assert_eq!(statuses, [401, 401, 401, 429]);
        for (form, put) in FORMS {
            assert_eq!(put(ask(&site, &server, ""), &key).send().status, 200, "{form}");
        }
        for _ in 0..5 {
            let mistyped = ask(&site, &server, "").bearer(key.secret.get(..59).expect("sixty characters")).send();
            assert_eq!(refusal(&mistyped), (401, INVALID), "what cannot be a secret belongs to nobody");
        }
    }
}

// Covers: I1
#[test]
fn a_key_does_not_stand_in_for_the_gateway() {
    let site = TestSite::new(Backend::Sqlite);
    let server = serve(&site);
    let key = site.key("viewer", &[0]);
    for (form, put) in FORMS {
        let requests = [
            server.client.get("/oauth/verify"),
            server.client.get("/oauth/verify").header("X-Keystead-Gateway", &key.basic()),
            server.client.get("/oauth/verify").header("X-Keystead-Gateway", &format!("Bearer {}", key.secret)),
        ];
        for request in requests {
            let response = put(request, &key).send();
            assert_eq!((refusal(&response).0, response.error()), (401, "invalid_client".to_owned()), "{form}");
        }
    }
}
