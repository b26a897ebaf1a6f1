//! Introspection: who may ask, what an active token is said to be, and how little is said of any other.
#![expect(clippy::string_slice, reason = "tokens, secrets and their JSON are ASCII")]

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead::{
    domain::{
        api_key::{Mode, Owner, UserKeyRoles},
        authority::Authority,
        key_pair::ExpiryPolicy,
    },
    manage,
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{
        backend::Backend,
        credential::key_id,
        http::Response,
        site::{AUDIENCE, Credential, ISSUER, Server, TestSite},
    },
};

const INACTIVE: &str = r#"{"active":false}"#;

fn ask(server: &Server, caller: &Credential, token: &str) -> Response {
    server.client.post_form("/oauth/introspect", caller.pair(), &[("token", token)])
}

/// The claims of a token, as its bearer can read them.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

// Covers: IN-01, IN-02, I1, T1
#[test]
fn only_a_client_that_proves_itself_gets_answers() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let token = server.mint(&key);
    let form = [("token", token.as_str())];
    let named = [("token", token.as_str()), ("client_id", key.client_id.as_str())];
    let post = || server.client.post("/oauth/introspect");
    let (id, secret) = site.resource_server.pair();
    let other = site.key("viewer", &[0]);

    let refused = [
        ("nothing", post().form(&form)),
        ("a public client's id", post().form(&named)),
        ("an empty secret", post().basic(id, "").form(&form)),
        ("another client's secret", post().basic(id, &other.secret).form(&form)),
        ("a secret without its last character", post().basic(id, &secret[..59]).form(&form)),
        ("an unknown client", post().basic("rsv_00000000000000000000000000000000", secret).form(&form)),
        ("the token itself", post().bearer(&token).form(&form)),
        ("another scheme", post().header("Authorization", "Digest username=\"x\"").form(&form)),
    ];
    for (what, request) in refused {
        let response = request.send();
        assert_eq!(response.status, 401, "{what}");
        assert_eq!(response.error(), "invalid_client", "{what}");
        assert_eq!(response.header("WWW-Authenticate"), Some(r#"Basic realm="keystead""#), "{what}");
        assert!(!response.body.contains("active"), "{what}: {}", response.body);
    }
}

// Covers: IN-03
#[test]
fn a_request_must_name_one_token() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint(&site.key("viewer", &[0]));
    let caller = site.resource_server.pair();
    let bodies: [&[(&str, &str)]; 3] = [&[], &[("token", "")], &[("token", &token), ("token", &token)]];
    for body in bodies {
        let response = server.client.post_form("/oauth/introspect", caller, body);
        assert_eq!((response.status, response.error()), (400, "invalid_request".to_owned()));
    }
}

// Covers: IN-10, I13
#[test]
fn a_token_in_a_url_is_not_read() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint(&site.key("viewer", &[0]));
    let (id, secret) = site.resource_server.pair();
    let path = format!("/oauth/introspect?token={token}");

    let got = server.client.get(&path).basic(id, secret).send();
    assert_eq!((got.status, got.header("Allow")), (405, Some("POST")));
    let posted = server.client.post(&path).basic(id, secret).form(&[]).send();
    assert_eq!((posted.status, posted.error()), (400, "invalid_request".to_owned()));
}

on_both! {
    // Covers: IN-05, IN-12, IN-15, T13
    #[test]
    fn an_active_token_is_described_in_full(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key_with(|key| {
            key.roles = vec![site.role("editor", &[0]), site.role("viewer", &[0, 1]), site.role("auditor", &[])];
        });
        let token = server.mint(&key);
        let response = ask(&server, &site.resource_server, &token);
        assert_eq!(response.status, 200);
        assert_eq!(response.header("Content-Type"), Some("application/json"));
        assert_eq!(response.header("Cache-Control"), Some("no-store"));

        let (said, claims) = (response.json(), claims(&token));
        let (exp, iat, nbf) = (said["exp"].as_i64(), said["iat"].as_i64(), said["nbf"].as_i64());
        assert_eq!((exp.is_some(), iat.is_some(), iat), (true, true, nbf));
        let expected = json!({
            "active": true,
            "scope": "read write",
            "client_id": key.client_id,
            "token_type": "Bearer",
            "exp": exp,
            "iat": iat,
            "nbf": nbf,
            "sub": key.client_id,
            "aud": AUDIENCE,
            "iss": ISSUER,
            "jti": claims["jti"],
            "seq": claims["seq"],
            "space": site.space,
            "roles": ["auditor"],
            "workspaces": { "1001": ["editor", "viewer"], "1002": ["viewer"] },
            "permissions": {
                "space": ["audit.read"],
                "workspaces": {
                    "1001": ["data.read", "data.write", "pipelines.read", "reports.read"],
                    "1002": ["data.read", "pipelines.read", "reports.read"],
                },
            },
            "key": { "pair": key.public_id, "owner": "space", "type": "third_party", "mode": "full" },
            "rls": false,
        });
        assert_eq!(said, expected);
        for (member, value) in claims.as_object().expect("an object") {
            assert_eq!(&said[member], value, "{member} of the token and of introspection");
        }
    }
}

// Covers: IN-05, IN-15
#[test]
fn permissions_are_those_of_the_catalogue_as_far_as_scope_and_mode_let_them_through() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let role = |role: &str, mode: Mode| {
        site.key_with(|key| {
            key.roles = vec![site.role(role, &[0])];
            key.mode = Some(mode);
        })
    };
    let looking = ["data.read", "pipelines.read", "reports.read"];
    let table: [(&str, Mode, &str, &str, &[&str]); 9] = [
        ("viewer", Mode::Full, "read write", "read write", &looking),
        ("viewer", Mode::Full, "write", "write", &[]),
        ("editor", Mode::Full, "read", "read", &looking),
        ("editor", Mode::Full, "write", "write", &["data.write"]),
        ("editor", Mode::ReadOnly, "", "read", &looking),
        ("power_user", Mode::Full, "write", "write", &["data.transfer", "data.write"]),
        ("ci_cd_integration", Mode::Full, "", "read write", &["pipelines.manage", "pipelines.read"]),
        ("ci_cd_integration", Mode::ReadOnly, "read", "read", &["pipelines.read"]),
        ("datalink", Mode::ReadOnly, "", "read", &[]),
    ];
    for (name, mode, asked, granted, permissions) in table {
        let token = server.mint_with(&role(name, mode), &[("scope", asked)]);
        let said = server.introspect(&site.resource_server, &token);
        assert_eq!(said["scope"], granted, "{name} {mode:?} {asked}");
        assert_eq!(said["workspaces"], json!({ "1001": [name] }), "{name} {mode:?} {asked}");
        let there = &said["permissions"]["workspaces"]["1001"];
        assert_eq!(*there, json!(permissions), "{name} {mode:?} {asked}");
    }
}

// Covers: IN-15
#[test]
fn a_token_for_one_workspace_speaks_of_no_other_place() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key_with(|key| key.roles = vec![site.role("viewer", &[0, 1]), site.role("auditor", &[])]);
    let token = server.mint_with(&key, &[("scope", "read workspace:1002")]);
    let said = server.introspect(&site.resource_server, &token);
    assert_eq!(said["scope"], "read workspace:1002");
    assert_eq!(said["roles"], json!([]));
    assert_eq!(said["workspaces"], json!({ "1002": ["viewer"] }));
    let permissions = ["data.read", "pipelines.read", "reports.read"];
    assert_eq!(said["permissions"], json!({ "space": [], "workspaces": { "1002": permissions } }));
}

// Covers: IN-05
#[test]
fn a_key_without_roles_has_an_active_token_that_permits_nothing() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let said = server.introspect(&site.resource_server, &server.mint(&site.key_with(|_| {})));
    assert_eq!(said["active"], true);
    assert_eq!((&said["roles"], &said["permissions"]), (&json!([]), &json!({ "space": [] })));
    assert_eq!(said.get("workspaces"), None);
}

// Covers: IN-06, I5
#[test]
fn a_hint_changes_no_answer() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint(&site.key("viewer", &[0]));
    let plain = ask(&server, &site.resource_server, &token).body;
    for hint in ["access_token", "refresh_token", "api_key", "nonsense", ""] {
        let form = [("token", token.as_str()), ("token_type_hint", hint)];
        let hinted = server.client.post_form("/oauth/introspect", site.resource_server.pair(), &form);
        assert_eq!((hinted.status, &hinted.body), (200, &plain), "{hint}");
    }
}

// Covers: IN-07, I2
#[test]
fn a_caller_sees_only_what_is_meant_for_it_or_was_issued_to_it() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let other_audience = "https://other.example.com";
    let other_api = site.resource_server_for("Other API", other_audience);
    let (key, other_key) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
    let default = server.mint(&key);
    let foreign = server.mint_with(&key, &[("resource", other_audience)]);

    let table = [
        ("the API of the default audience", &site.resource_server, [true, false]),
        ("the other API", &other_api, [false, true]),
        ("the key itself", &key, [true, true]),
        ("another key of the same space", &other_key, [false, false]),
    ];
    for (who, caller, expected) in table {
        let seen = [&default, &foreign].map(|token| server.is_active(caller, token));
        assert_eq!(seen, expected, "{who}");
    }
}

// Covers: I12
#[test]
fn two_callers_get_their_own_answers_about_one_token_in_either_order() {
    let site = TestSite::new(Backend::Sqlite);
    let stranger = site.resource_server_for("Stranger", "https://stranger.example.com");
    let key = site.key("viewer", &[0]);
    for strangers_turn in [0, 1] {
        let server = site.serve();
        let token = server.mint(&key);
        let mut callers = [(&site.resource_server, true), (&stranger, false)];
        callers.rotate_left(strangers_turn);
        for (caller, sees) in callers.into_iter().cycle().take(6) {
            assert_eq!(server.is_active(caller, &token), sees);
        }
    }
}

// Covers: I12
#[test]
fn a_token_that_differs_in_its_last_character_has_an_answer_of_its_own() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint(&site.key("viewer", &[0]));
    let changed = {
        let (kept, last) = token.split_at(token.len() - 1);
        format!("{kept}{}", if last == "A" { "Q" } else { "A" })
    };
    for _ in 0..3 {
        assert!(server.is_active(&site.resource_server, &token));
        assert!(!server.is_active(&site.resource_server, &changed));
    }
}

on_both! {
    // Covers: IN-04, IN-08, I2, I3, I4, K5
    #[test]
    fn all_inactive_answers_are_the_same_bytes(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let soon = || ExpiryPolicy::At(site.change(|change, _| Ok(change.now())).plus(Duration::from_mins(5)));
        let mint = || server.mint(&site.key("viewer", &[0]));
        let other_audience = "https://other.example.com";
        site.resource_server_for("Other API", other_audience);
        let key = site.key("viewer", &[0]);

        let revoked = server.mint(&key);
        assert_eq!(server.revoke(&key, &revoked).status, 200);
        let foreign = server.mint_with(&key, &[("resource", other_audience)]);
        let of_disabled = {
            let key = site.key("viewer", &[0]);
            let token = server.mint(&key);
            site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
            token
        };
        let of_expired_pair = server.mint(&site.key_with(|key| key.expiry = soon()));
        let expired = mint();
        site.clock.advance(Duration::from_mins(16));
        let live = mint();
        assert!(server.is_active(&site.resource_server, &live), "the clock is no cause");

        let truncated = &live[..live.len() - 1];
        let causes = [
            ("unknown", "AAAA.BBBB.CCCC"),
            ("no token at all", "garbage"),
            ("control characters", "\u{1}\u{0}"),
            ("other letters", "тoken"),
            ("very long", &"a.".repeat(20_000)),
            ("truncated", truncated),
            ("expired", &expired),
            ("revoked", &revoked),
            ("for another audience", &foreign),
            ("of a disabled key", &of_disabled),
            ("of an expired pair", &of_expired_pair),
            ("an API key", &key.secret),
            ("the caller's own secret", &site.resource_server.secret),
            ("a public id", key.public_id.as_str()),
            ("like a refresh token", "ksr_0123456789abcdef0123456789abcdef0123456789abcdef"),
        ];
        let without_names = |response: &Response| -> BTreeMap<String, String> {
            let told = response.headers.iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
            told.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned())).collect()
        };
        let plain = ask(&server, &site.resource_server, "x");
        assert_eq!((plain.status, plain.body.as_str()), (200, INACTIVE));
        for (cause, token) in causes {
            let response = ask(&server, &site.resource_server, token);
            assert_eq!((response.status, response.body.as_str()), (200, INACTIVE), "{cause}");
            assert_eq!(without_names(&response), without_names(&plain), "{cause}");
        }
    }
}

// Covers: IN-04
#[test]
fn bytes_that_are_no_text_are_an_unknown_token() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    for body in ["token=%ff%fe", "token=%00", "token=a%0d%0ab"] {
        let (id, secret) = site.resource_server.pair();
        let request = server.client.post("/oauth/introspect").basic(id, secret);
        let response = request.body("application/x-www-form-urlencoded", body).send();
        assert_eq!((response.status, response.body.as_str()), (200, INACTIVE), "{body}");
    }
}

// Covers: IN-08, J6
#[test]
fn a_token_ends_in_the_second_that_it_names() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint(&site.key("viewer", &[0]));
    let exp = claims(&token)["exp"].as_i64().expect("a number");
    let now = site.change(|change, _| Ok(change.now()));
    let left = Duration::from_micros(u64::try_from(exp * 1_000_000 - now.as_micros()).expect("it lies ahead"));

    site.clock.advance(left.saturating_sub(Duration::from_mins(1)));
    assert!(server.is_active(&site.resource_server, &token));
    site.clock.advance(Duration::from_mins(1));
    assert!(!server.is_active(&site.resource_server, &token));
    site.clock.step_back(Duration::from_mins(1));
    assert!(!server.is_active(&site.resource_server, &token), "a clock that goes back revives nothing");
}

// Covers: L098
#[test]
fn nothing_that_a_users_key_shows_or_yields_logs_anyone_in_as_the_user() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let user = site.user("jo.parker");
    let key = site.key_with(|key| key.owner = Owner::User { id: user, roles: UserKeyRoles::Inherit });
    let token = server.mint(&key);
    let said = server.introspect(&site.resource_server, &token);
    assert_eq!(said["sub"], json!(user));
    for text in [said.to_string(), claims(&token).to_string()] {
        assert!(!text.contains("parker") && !text.contains('@'), "{text}");
    }

    let of_user = user.to_string();
    let tries = [
        (of_user.as_str(), key.secret.as_str()),
        ("jo.parker", key.secret.as_str()),
        (key.client_id.as_str(), token.as_str()),
        (of_user.as_str(), token.as_str()),
        ("jo.parker", token.as_str()),
    ];
    for credentials in tries {
        let form = [("grant_type", "client_credentials")];
        let response = server.client.post_form("/oauth/token", credentials, &form);
        assert_eq!((response.status, response.error()), (401, "invalid_client".to_owned()), "{}", credentials.0);
    }
    let form = [("grant_type", "password"), ("username", "jo.parker"), ("password", key.secret.as_str())];
    let response = server.client.post_form("/oauth/token", key.pair(), &form);
    assert_eq!((response.status, response.error()), (400, "unsupported_grant_type".to_owned()));
}
