//! What the token endpoint answers when it does not give a token, and what every answer of it has in common
//! (RFC 6749 sections 3.2, 5.1 and 5.2).

use std::time::Duration;

use keystead::{
    config::{Config, Environment, Options},
    domain::{authority::Authority, key_pair::ExpiryPolicy},
    manage,
};

use crate::{
    on_both,
    support::{
        backend::Backend,
        credential::key_id,
        http::Response,
        site::{Credential, Server, TestSite},
    },
};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const FORM: &str = "application/x-www-form-urlencoded";

fn ask(server: &Server, key: &Credential, form: &[(&str, &str)]) -> Response {
    server.client.post_form("/oauth/token", key.pair(), form)
}

fn refused(answer: &Response, status: u16, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{answer:?}");
    assert!(!answer.body.contains("access_token"), "{answer:?}");
}

/// The same key with a secret that another key has: right in form and wrong here.
fn with_secret_of(key: &Credential, other: &Credential) -> Credential {
    Credential { secret: other.secret.clone(), ..key.clone() }
}

// Covers: TE-01
#[test]
fn a_get_is_refused_and_told_to_post() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("viewer", &[0]));

    let query = format!("grant_type=client_credentials&client_id={}&client_secret={}", key.client_id, key.secret);
    let answer = server.client.get(&format!("/oauth/token?{query}")).send();

    refused(&answer, 405, "method_not_allowed");
    assert_eq!(answer.header("Allow"), Some("POST"));
}

// Covers: TE-03, TE-04, TE-05, T4
#[test]
fn a_grant_type_that_is_missing_or_not_ours_gives_no_token() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("viewer", &[0]));

    refused(&ask(&server, &key, &[]), 400, "invalid_request");
    refused(&ask(&server, &key, &[("grant_type", "")]), 400, "invalid_request");
    let others = [
        "foo",
        "password",
        "implicit",
        "CLIENT_CREDENTIALS",
        "client_credentials ",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
    ];
    for grant in others {
        let form = [("grant_type", grant), ("username", "ada"), ("password", "secret"), ("code", "x")];
        refused(&ask(&server, &key, &form), 400, "unsupported_grant_type");
    }
    for of_users in ["authorization_code", "refresh_token"] {
        let form = [("grant_type", of_users), ("code", "x"), ("refresh_token", "x")];
        refused(&ask(&server, &key, &form), 400, "unauthorized_client");
    }
}

// Covers: TE-05, T4
#[test]
fn a_resource_server_gets_no_token_of_its_own() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();

    refused(&server.token(&site.resource_server), 400, "unauthorized_client");
}

// Covers: TE-06
#[test]
fn a_parameter_sent_twice_makes_the_request_invalid() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("viewer", &[0]));

    let twice = ["grant_type", "scope", "client_id", "client_secret", "code", "redirect_uri", "nobody_knows_it"];
    for name in twice {
        let form = [GRANT, ("scope", "read"), (name, "read"), (name, "read")];
        refused(&ask(&server, &key, &form), 400, "invalid_request");
        let empty = [GRANT, (name, ""), (name, "")];
        refused(&ask(&server, &key, &empty), 400, "invalid_request");
    }
    let body = "grant_type=client_credentials&grant%5Ftype=client_credentials";
    let [id, secret] = [&key.client_id, &key.secret];
    refused(&server.client.post("/oauth/token").basic(id, secret).body(FORM, body).send(), 400, "invalid_request");
}

// Covers: TE-07, TE-08
#[test]
fn empty_and_unknown_parameters_change_nothing() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("viewer", &[0]));

    let plain = server.token(&key);
    let empty = [("scope", ""), ("resource", ""), ("client_id", ""), ("client_secret", ""), ("client_assertion", "")];
    let unknown = [("x", "1"), ("token", "y"), ("username", "ada"), ("is_admin", "true")];
    for more in [&empty[..], &unknown[..]] {
        let answer = server.token_with(&key, more);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.text("scope"), plain.text("scope"));
    }
}

// Covers: TE-09, T15
#[test]
fn only_a_form_is_read() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("viewer", &[0]));
    let form = "grant_type=client_credentials";
    let json = r#"{"grant_type":"client_credentials"}"#;
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n--b--\r\n";

    let others = [
        ("application/json", json),
        ("multipart/form-data; boundary=b", multipart),
        ("text/plain", form),
        ("application/x-www-form-urlencodedx", form),
        ("application/x-www-form-urlencoded; charset=utf-7", form),
        (FORM, json),
    ];
    for (kind, body) in others {
        let post = server.client.post("/oauth/token").basic(&key.client_id, &key.secret);
        refused(&post.body(kind, body).send(), 400, "invalid_request");
    }
    let post = || server.client.post("/oauth/token").basic(&key.client_id, &key.secret);
    for kind in [FORM, "application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"] {
        assert_eq!(post().body(kind, form).send().status, 200, "{kind}");
    }
    let two = post().header("Content-Type", "application/json").body(FORM, form).send();
    refused(&two, 400, "invalid_request");
}

// Covers: TE-02, TE-10, T13
#[test]
fn every_answer_is_json_that_no_cache_keeps_and_repeats_nothing() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("viewer", &[0]));
    let evil = "zq\"<script>\\\u{e9}";

    let answers = [
        server.token(&key),
        ask(&server, &key, &[("grant_type", evil)]),
        ask(&server, &key, &[GRANT, ("scope", evil)]),
        ask(&server, &key, &[GRANT, ("scope", "zq")]),
        ask(&server, &key, &[GRANT, ("resource", evil)]),
        ask(&server, &key, &[GRANT, ("client_id", evil)]),
        ask(&server, &key, &[(evil, "1"), (evil, "2")]),
        server.client.post_form("/oauth/token", (evil, evil), &[GRANT]),
        server.client.post("/oauth/token").form(&[GRANT, ("client_id", evil), ("client_secret", evil)]).send(),
        server.client.post("/oauth/token").body("application/zq", "x").send(),
        server.client.get("/oauth/token?zq=1").send(),
    ];
    for answer in &answers {
        assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{answer:?}");
        assert_eq!(answer.header("Content-Type"), Some("application/json"), "{answer:?}");
        assert_eq!(answer.header("Set-Cookie"), None);
        let json = answer.json();
        if answer.status != 405 {
            assert_eq!(answer.header("Pragma"), Some("no-cache"), "{answer:?}");
        }
        if answer.status == 200 {
            continue;
        }
        assert!(!answer.body.contains("zq") && !answer.body.contains('<'), "{answer:?}");
        for member in ["error", "error_description"] {
            let text = json.get(member).map_or("", |text| text.as_str().expect("a string"));
            let plain = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
            assert!(text.bytes().all(plain), "{text}");
        }
        assert!(json["error"].is_string(), "{answer:?}");
    }
}

// Covers: TE-15, T15, T17
#[test]
fn nothing_in_the_url_is_read() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("viewer", &[0]));
    let credentials = format!("client_id={}&client_secret={}", key.client_id, key.secret);

    let unauthenticated = server.client.post(&format!("/oauth/token?{credentials}")).form(&[GRANT]).send();
    refused(&unauthenticated, 401, "invalid_client");
    let post = server.client.post("/oauth/token?grant_type=client_credentials").basic(&key.client_id, &key.secret);
    refused(&post.form(&[("x", "1")]).send(), 400, "invalid_request");
    let token = server.mint(&key);
    let with_token = server.client.post(&format!("/oauth/token?access_token={token}")).form(&[GRANT]).send();
    refused(&with_token, 401, "invalid_client");

    let narrowed = server.client.post("/oauth/token?scope=read&client_id=key_0").basic(&key.client_id, &key.secret);
    let narrowed = narrowed.form(&[GRANT]).send();
    assert_eq!(narrowed.text("scope"), "read write", "the body alone counts");
}

// Covers: TE-16
#[test]
fn clear_text_beyond_loopback_is_refused_at_the_start() {
    let load = |settings: &[(&str, &str)]| {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { data_dir: Some(folder.path().join("data")), ..Options::default() };
        let options = settings.iter().fold(options, |options, (key, value)| options.with(key, *value));
        Config::load(&options, &Environment::new(std::iter::empty::<(String, String)>()))
    };
    let public = ("issuer", "https://id.example.com");

    assert!(load(&[("issuer", "http://id.example.com")]).is_err());
    assert!(load(&[public, ("listen.address", "0.0.0.0:8080")]).is_err());
    assert!(load(&[public, ("listen.address", "0.0.0.0:8080"), ("proxy.trusted", "10.0.0.0/8")]).is_ok());
    let local = ("issuer", "http://127.0.0.1:8080");
    assert!(load(&[local, ("listen.address", "0.0.0.0:8080")]).is_err());
    assert!(load(&[local, ("listen.address", "127.0.0.1:8080")]).is_ok());
}

on_both! {
    // Covers: TE-18, CA-07, CC-06, L002
    #[test]
    fn all_failed_logins_look_the_same(backend) {
        let (site, elsewhere) = (TestSite::new(backend), TestSite::new(backend));
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let (other, foreign) = (site.key("viewer", &[0]), elsewhere.key("viewer", &[0]));

        let disabled = site.key("viewer", &[0]);
        site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&disabled)));
        let revoked = site.key("viewer", &[0]);
        site.change(|change, deps| manage::api_keys::revoke(change, deps, &Authority::OPERATOR, key_id(&revoked)));
        let expired = site.key_with(|key| {
            key.roles = vec![site.role("viewer", &[0])];
            key.expiry = ExpiryPolicy::NinetyDays;
        });
        site.clock.advance(Duration::from_hours(91 * 24));
        let mut mistyped = key.clone();
        let replacement = if key.secret.as_bytes()[30] == b'x' { "y" } else { "x" };
        mistyped.secret.replace_range(30..31, replacement);
        let unknown = Credential { client_id: format!("key_{}", "0".repeat(32)), ..other.clone() };
        let named = |id: &str| Credential { client_id: id.to_owned(), ..key.clone() };

        let failures = [
            with_secret_of(&key, &other),
            unknown,
            foreign,
            disabled,
            revoked,
            expired,
            mistyped,
            with_secret_of(&key, &site.resource_server),
            with_secret_of(&site.resource_server, &key),
            named("nobody"),
            named("usr_00000000000000000000000000000000"),
            Credential { secret: String::new(), ..key.clone() },
            Credential { secret: "short".to_owned(), ..key.clone() },
        ];
        assert_eq!(server.token(&key).status, 200);
        let look = |answer: &Response| {
            let mut headers = answer.headers.clone();
            headers.remove("x-request-id");
            headers.remove("date");
            // It says how often this client was refused, not why.
            assert!(headers.remove("ratelimit").is_some(), "{answer:?}");
            (answer.status, headers, answer.body.clone())
        };
        let expected = look(&server.token(&failures[0]));
        assert_eq!((expected.0, server.token(&failures[0]).error().as_str()), (401, "invalid_client"));
        for failure in &failures {
            assert_eq!(look(&server.token(failure)), expected, "{failure:?}");
        }
    }

    // Covers: TE-17
    #[test]
    fn wrong_secrets_slow_their_guesser_and_nobody_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("limits.wrong_secrets_per_minute", "3"));
        let (key, other) = (site.key("viewer", &[0]), site.key("editor", &[1]));
        let guess = with_secret_of(&key, &other);

        for _ in 0..3 {
            refused(&server.token(&guess), 401, "invalid_client");
        }
        for _ in 0..2 {
            let slowed = server.token(&guess);
            refused(&slowed, 429, "invalid_client");
            let wait: u64 = slowed.header("Retry-After").expect("advice").parse().expect("seconds");
            assert!((1..=60).contains(&wait), "{wait}");
            assert_eq!(slowed.header("Cache-Control"), Some("no-store"));
        }
        assert_eq!(server.token(&key).status, 200, "the right secret always passes");
        assert_eq!(server.token(&other).status, 200);
        refused(&server.token(&with_secret_of(&other, &key)), 401, "invalid_client");
        refused(&server.token(&guess), 429, "invalid_client");

        let asked = server.client.post_form("/oauth/introspect", guess.pair(), &[("token", "x")]);
        refused(&asked, 429, "invalid_client");

        site.clock.advance(Duration::from_secs(61));
        assert_eq!(server.token(&key).status, 200);
        refused(&server.token(&guess), 401, "invalid_client");
    }
}
