//! What a key gets when it logs in (RFC 6749 section 4.4) and what its token says of itself (RFC 9068 section 2.2).

use std::{collections::BTreeSet, time::Duration};

use keystead::{
    domain::{
        api_key::{Mode, Owner, UserKeyRoles},
        authority::Authority,
        ids::{Id, TokenId},
        signing_key::SigningAlgorithm,
        time::Timestamp,
    },
    manage::{self, user_roles::GiveUserRole},
};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    decoded, on_both,
    support::{
        backend::Backend,
        site::{AUDIENCE, Credential, ISSUER, TestSite},
    },
};

const CLAIMS: [&str; 15] = [
    "aud",
    "client_id",
    "exp",
    "iat",
    "iss",
    "jti",
    "key",
    "nbf",
    "rls",
    "roles",
    "scope",
    "seq",
    "space",
    "sub",
    "workspaces",
];

/// A key of a user who is an editor of the first workspace.
fn key_of_a_user(site: &TestSite, login: &str) -> (String, Credential) {
    let user = site.user(login);
    let input = GiveUserRole { id: user, space: site.space, request: site.role("editor", &[0]) };
    site.change(|change, deps| manage::user_roles::give(change, deps, &Authority::OPERATOR, input));
    let key = site.key_with(|key| key.owner = Owner::User { id: user, roles: UserKeyRoles::Inherit });
    (user.to_string(), key)
}

on_both! {
    // Covers: TE-11, CC-02, CC-03, L091
    #[test]
    fn a_login_yields_a_token_that_says_when_it_ends_and_nothing_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (_, of_user) = key_of_a_user(&site, "ada");

        for key in [site.key("viewer", &[0]), of_user] {
            let answer = server.token(&key);
            let json = answer.json();
            assert_eq!(decoded::members(&json), ["access_token", "expires_in", "scope", "token_type"]);
            assert_eq!(json["token_type"], "Bearer");
            assert_eq!(json["expires_in"], 900);
            let claims = decoded::claims_of(&answer);
            let (exp, iat) = (claims["exp"].as_i64().expect("a number"), claims["iat"].as_i64().expect("a number"));
            assert_eq!(exp - iat, 900);
            assert!(answer.headers.get("set-cookie").is_none());
        }
    }

    // Covers: JW-01, JW-02, JW-11, T14, J11
    #[test]
    fn a_token_says_what_it_is_and_has_known_claims_only(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("ci_cd_integration", &[0, 1]);

        let before = server.live.present().now.as_seconds();
        let token = server.mint(&key);
        let after = server.live.present().now.as_seconds();
        let header = decoded::header(&token);
        assert_eq!(decoded::members(&header), ["alg", "kid", "typ"]);
        assert_eq!((&header["typ"], &header["alg"]), (&"at+jwt".into(), &"ES256".into()));

        let claims = decoded::verified(&server, &token);
        assert_eq!(decoded::members(&claims), CLAIMS);
        assert_eq!((&claims["iss"], &claims["aud"]), (&ISSUER.into(), &AUDIENCE.into()));
        assert_eq!((&claims["scope"], &claims["rls"]), (&"read write".into(), &false.into()));
        assert_eq!(claims["client_id"], key.client_id.as_str());
        assert_eq!(claims["space"], site.space.to_string());
        assert_eq!(decoded::members(&claims["key"]), ["mode", "owner", "pair", "type"]);
        assert_eq!(claims["key"]["pair"], key.public_id.as_str());
        let iat = claims["iat"].as_i64().expect("a number");
        assert!((before..=after).contains(&iat), "{before} {iat} {after}");
        assert_eq!(claims["nbf"], claims["iat"]);
        let _: TokenId = claims["jti"].as_str().expect("a string").parse().expect("the id of a token");
    }

    // Covers: CC-04, T5, T14
    #[test]
    fn the_subject_is_the_user_or_the_key_and_never_ambiguous(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (user, of_user) = key_of_a_user(&site, "ada.lovelace");
        let of_space = site.key("editor", &[0]);

        let claims = decoded::claims_of(&server.token(&of_space));
        assert_eq!(claims["sub"], of_space.client_id.as_str());
        assert!(of_space.client_id.starts_with("key_"));
        assert_eq!(claims["key"]["owner"], "space");

        let answer = server.token(&of_user);
        let claims = decoded::claims_of(&answer);
        assert_eq!(claims["sub"], user);
        assert!(user.starts_with("usr_"));
        assert_eq!(claims["client_id"], of_user.client_id.as_str(), "the client is always the key");
        assert_eq!(claims["key"]["owner"], "user");
        assert_eq!(decoded::members(&claims), CLAIMS);
        assert!(!claims.to_string().contains("lovelace"), "no personal data");
        let described = server.introspect(&site.resource_server, &answer.text("access_token"));
        assert!(!described.to_string().contains("lovelace"), "no personal data");

        let as_user = Credential { client_id: user, ..of_user.clone() };
        assert_eq!(server.token(&as_user).status, 401, "a user is not a client");
    }

    // Covers: TE-12, TE-13, TE-14, CC-05
    #[test]
    fn scope_is_granted_as_asked_or_refused_by_name(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let full = site.key("editor", &[0, 1]);
        let read_only = site.key_with(|key| {
            key.roles = vec![site.role("editor", &[0])];
            key.mode = Some(Mode::ReadOnly);
        });

        let granted: [(&Credential, Option<&str>, &str); 11] = [
            (&full, None, "read write"),
            (&full, Some(""), "read write"),
            (&full, Some("read"), "read"),
            (&full, Some("write"), "write"),
            (&full, Some("write read"), "read write"),
            (&full, Some("read read"), "read"),
            (&full, Some("workspace:1001"), "read write workspace:1001"),
            (&full, Some("workspace:1002 read"), "read workspace:1002"),
            (&read_only, None, "read"),
            (&read_only, Some("read"), "read"),
            (&read_only, Some("workspace:1001"), "read workspace:1001"),
        ];
        for (key, asked, expected) in granted {
            let form: Vec<_> = asked.map(|scope| ("scope", scope)).into_iter().collect();
            let answer = server.token_with(key, &form);
            assert_eq!(answer.status, 200, "{asked:?} {answer:?}");
            assert_eq!(answer.text("scope"), expected, "{asked:?}");
            assert_eq!(decoded::claims_of(&answer)["scope"], expected);
        }

        let many = vec!["read"; 101].join(" ");
        let long = "a".repeat(5_000);
        let refused = [
            (&full, "admin"),
            (&full, "openid"),
            (&full, "offline_access"),
            (&full, "*"),
            (&full, "READ"),
            (&full, "read admin"),
            (&full, "read  write"),
            (&full, " read"),
            (&full, "read "),
            (&full, "read,write"),
            (&full, "re\"ad"),
            (&full, "re\\ad"),
            (&full, "r\u{e9}ad"),
            (&full, many.as_str()),
            (&full, long.as_str()),
            (&full, "workspace:"),
            (&full, "workspace:0"),
            (&full, "workspace:-1"),
            (&full, "workspace:+1001"),
            (&full, "workspace:01001"),
            (&full, "workspace:*"),
            (&full, "workspace:99999999999999999999"),
            (&full, "workspace:1001 workspace:1002"),
            (&full, "workspace:1003"),
            (&read_only, "write"),
            (&read_only, "read write"),
            (&read_only, "workspace:1002"),
        ];
        for (key, asked) in refused {
            let answer = server.token_with(key, &[("scope", asked)]);
            assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_scope"), "{asked:?}");
            assert!(!answer.body.contains("access_token"));
        }
        let named = server.token_with(&read_only, &[("scope", "write")]);
        assert!(named.text("error_description").contains("read-only"), "{named:?}");
    }

    // Covers: JW-04, JW-05, JW-12
    #[test]
    fn the_audience_is_the_requested_resource_else_the_default(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let reports = "https://reports.example.com/v1";
        let another = site.resource_server_for("Reports", reports);
        let key = site.key("editor", &[0]);

        for (asked, audience, caller) in
            [(None, AUDIENCE, &site.resource_server), (Some(AUDIENCE), AUDIENCE, &site.resource_server),
             (Some(reports), reports, &another)]
        {
            for scope in ["read", "read write", "workspace:1001"] {
                let resource = asked.map(|resource| ("resource", resource));
                let form: Vec<_> = resource.into_iter().chain([("scope", scope)]).collect();
                let answer = server.token_with(&key, &form);
                assert_eq!(decoded::claims_of(&answer)["aud"], audience);
                let described = server.introspect(caller, &answer.text("access_token"));
                assert_eq!((&described["aud"], &described["active"]), (&audience.into(), &true.into()));
                assert_eq!(described["scope"], answer.text("scope"), "every scope means the same at every audience");
            }
        }

        let unknown = [
            "https://unknown.example.com", "https://reports.example.com/v1/", "https://REPORTS.example.com/v1",
            "https://reports.example.com/v1#x", "reports", "*", "/v1", ISSUER,
        ];
        for resource in unknown {
            let answer = server.token_with(&key, &[("resource", resource)]);
            assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_target"), "{resource}");
        }
        let two = server.token_with(&key, &[("resource", AUDIENCE), ("resource", reports)]);
        assert_eq!((two.status, two.error().as_str()), (400, "invalid_target"));

        let taken = manage::resource_servers::CreateResourceServer {
            name: crate::support::site::name("Twin"),
            audiences: vec![crate::support::site::audience(reports)],
            accepts_api_keys: false,
        };
        let twin = site.try_change(|change, deps| {
            manage::resource_servers::create(change, deps, &Authority::OPERATOR, taken)
        });
        assert!(twin.is_err(), "no two resources share an audience");
    }
}

// Covers: JW-03, JW-01
#[test]
fn tokens_can_be_signed_with_each_algorithm() {
    let all = vec![SigningAlgorithm::Es256, SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa];
    let site = TestSite::with_algorithms(Backend::Sqlite, all);
    let key = site.key("viewer", &[0]);

    for algorithm in ["ES256", "RS256", "EdDSA"] {
        let server = site.serve_with(|options| options.with("tokens.signing_algorithm", algorithm));
        let token = server.mint(&key);
        assert_eq!(decoded::header(&token)["alg"], algorithm);
        assert_eq!(decoded::header(&token)["typ"], "at+jwt");
        assert_eq!(decoded::verified(&server, &token)["sub"], key.client_id.as_str());
        assert!(server.is_active(&site.resource_server, &token));
    }
}

// Covers: JW-02
#[test]
fn no_two_tokens_share_an_id() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("viewer", &[0]));
    let minted: BTreeSet<String> = (0..2_000)
        .map(|_| decoded::claims_of(&server.token(&key))["jti"].as_str().expect("a string").to_owned())
        .collect();
    assert_eq!(minted.len(), 2_000);

    let mut random = StdRng::seed_from_u64(1);
    let at = Timestamp::from_seconds(1_800_000_000);
    let mut made: Vec<u128> = (0..1_000_000).map(|_| TokenId::generate(at, &mut random).as_uuid().as_u128()).collect();
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), 1_000_000, "in one and the same millisecond");
}

// Covers: T14
#[test]
fn the_life_that_a_space_sets_is_capped_by_the_site() {
    for (life, expected) in [(60, 60), (900, 900), (86_400, 1_200)] {
        let site = TestSite::new(Backend::Sqlite);
        site.database.execute(&format!("UPDATE spaces SET token_life_seconds = {life}"));
        let server = site.serve_with(|options| options.with("tokens.access_token_life_max", "20m"));

        let answer = server.token(&site.key("viewer", &[0]));
        assert_eq!(answer.json()["expires_in"], expected, "{life}");
    }
}

// Covers: T14
#[test]
fn life_is_what_the_settings_say_and_capped() {
    let site = TestSite::new(Backend::Sqlite);
    let key = site.key("viewer", &[0]);
    let server = site.serve_with(|options| options.with("tokens.access_token_life", "90s"));

    let answer = server.token(&key);
    assert_eq!(answer.json()["expires_in"], 90);
    let token = answer.text("access_token");
    site.clock.advance(Duration::from_mins(1));
    assert!(server.is_active(&site.resource_server, &token));
    site.clock.advance(Duration::from_secs(30));
    assert!(!server.is_active(&site.resource_server, &token));
}
