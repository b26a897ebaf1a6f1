//! The metadata document (RFC 8414): where it stands, that it tells the truth, and that no request can change it.

use keystead::{
    config::Options,
    domain::{application::ApplicationKind, signing_key::SigningAlgorithm, text_enum::TextEnum},
};
use serde_json::{Value, json};

use crate::{
    decoded, on_both,
    support::{
        backend::Backend,
        http::{Request, Response, raw},
        site::{ISSUER, Server, TestSite},
    },
};

const PATH: &str = "/.well-known/oauth-authorization-server";
const OPENID_PATH: &str = "/.well-known/openid-configuration";
const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn metadata(server: &Server) -> Value {
    let answer = server.client.get(PATH).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

// Covers: MD-03, JK-03
#[test]
fn documents_answer_head_without_a_body() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    for path in [PATH, OPENID_PATH, "/oauth/jwks"] {
        let (get, head) = (server.client.get(path).send(), server.client.request("HEAD", path).send());
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        for name in ["Content-Type", "Content-Length", "Cache-Control", "ETag"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        let post = server.client.post(path).form(&[GRANT]).send();
        assert_eq!((post.status, post.header("Allow")), (405, Some("GET, HEAD")));
    }
}

/// The path of an endpoint that the document names.
fn path_of(document: &Value, endpoint: &str) -> String {
    let url = document[endpoint].as_str().expect("a URL");
    let path = url.strip_prefix("http://127.0.0.1:8080").expect("a URL of this site");
    path.to_owned()
}

fn words(document: &Value, member: &str) -> Vec<String> {
    let list = document[member].as_array().unwrap_or_else(|| panic!("no list {member}: {document}"));
    list.iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
}

// Covers: MD-01, MD-03, MD-07, MD-08, AZ-13, AZ-15
#[test]
fn the_document_says_exactly_what_works() {
    let site = TestSite::with_algorithms(Backend::Sqlite, SigningAlgorithm::ALL.to_vec());
    let server = site.serve();
    let answer = server.client.get(PATH).send();

    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(answer.header("Cache-Control"), Some("public, max-age=300"));
    let with_secret = json!(["client_secret_basic", "client_secret_post"]);
    let with_or_without = json!(["client_secret_basic", "client_secret_post", "none"]);
    let expected = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/oauth/authorize"),
        "pushed_authorization_request_endpoint": format!("{ISSUER}/oauth/par"),
        "token_endpoint": format!("{ISSUER}/oauth/token"),
        "userinfo_endpoint": format!("{ISSUER}/oauth/userinfo"),
        "introspection_endpoint": format!("{ISSUER}/oauth/introspect"),
        "revocation_endpoint": format!("{ISSUER}/oauth/revoke"),
        "end_session_endpoint": format!("{ISSUER}/oauth/logout"),
        "jwks_uri": format!("{ISSUER}/oauth/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "scopes_supported": ["openid", "profile", "email", "offline_access", "read", "write"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256", "EdDSA"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "amr", "name",
            "preferred_username", "email", "email_verified",
        ],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": with_or_without,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "revocation_endpoint_auth_methods_supported": with_or_without,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    assert_eq!(answer.json(), expected);
    let openid = server.client.get(OPENID_PATH).send();
    assert_eq!((openid.status, &openid.body), (200, &answer.body), "one document under two paths");
    assert_eq!(openid.header("Content-Type"), Some("application/json"));
    let token = server.mint(&site.key("viewer", &[0]));
    assert_eq!(decoded::claims(&token)["iss"], answer.json()["issuer"]);
    let keys = server.client.get("/oauth/jwks").send().json();
    for algorithm in words(&answer.json(), "id_token_signing_alg_values_supported") {
        let has_key = keys["keys"].as_array().expect("keys").iter().any(|key| key["alg"] == algorithm.as_str());
        assert!(has_key, "{algorithm}: {keys}");
    }
}

// Covers: MD-02, MD-03, MD-04
#[test]
fn an_issuer_with_a_path_has_its_document_in_front_of_the_path() {
    let issuer = format!("{ISSUER}/t/acme");
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve_with(|options| options.with("issuer", &issuer));
    let key = site.key("viewer", &[0]);

    let answer = server.client.get(&format!("{PATH}/t/acme")).send();
    assert_eq!(server.client.get(&format!("/t/acme{OPENID_PATH}")).send().body, answer.body);
    assert_eq!((answer.status, &answer.json()["issuer"]), (200, &issuer.as_str().into()));
    assert_eq!(answer.json()["token_endpoint"], format!("{issuer}/oauth/token"));
    assert_eq!(answer.json()["jwks_uri"], format!("{issuer}/oauth/jwks"));
    let minted = server.client.post_form("/t/acme/oauth/token", key.pair(), &[GRANT]);
    assert_eq!(decoded::claims_of(&minted)["iss"], issuer);
    let token = minted.text("access_token");
    let asked = server.client.post_form("/t/acme/oauth/introspect", site.resource_server.pair(), &[("token", &token)]);
    assert_eq!(asked.json()["active"], true);
    assert_eq!(server.client.get("/t/acme/oauth/jwks").send().status, 200);

    let elsewhere = [
        PATH.to_owned(),
        format!("{PATH}/t/other"),
        format!("{PATH}/t/acme/"),
        format!("/t/acme{PATH}"),
        OPENID_PATH.to_owned(),
        format!("{OPENID_PATH}/t/acme"),
        "/oauth/authorize".to_owned(),
        "/oauth/userinfo".to_owned(),
        "/oauth/jwks".to_owned(),
        "/t/other/oauth/jwks".to_owned(),
    ];
    for path in elsewhere {
        let answer = server.client.get(&path).send();
        assert_eq!((answer.status, answer.error().as_str()), (404, "not_found"), "{path}");
    }
    assert_eq!(server.token(&key).status, 404);
}

// Covers: MD-04, MD-08
#[test]
fn what_is_named_answers_and_what_is_not_named_is_not_there() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key, application) = (site.serve(), site.key("editor", &[0]), site.application());
    let document = metadata(&server);

    let named = document.as_object().expect("an object").keys().filter(|name| name.ends_with("_endpoint"));
    let named: Vec<&str> = named.map(String::as_str).collect();
    for endpoint in &named {
        let (path, form) = (path_of(&document, endpoint), [GRANT, ("token", "unknown")]);
        let answer = match *endpoint {
            "token_endpoint" | "introspection_endpoint" | "revocation_endpoint" => {
                let answer = server.client.post_form(&path, key.pair(), &form);
                assert_eq!(answer.status, 200, "{endpoint} {answer:?}");
                continue;
            }
            "pushed_authorization_request_endpoint" => server.client.post(&path).form(&form).send(),
            "authorization_endpoint" | "userinfo_endpoint" | "end_session_endpoint" => {
                let posted = server.client.post(&path).form(&form).send();
                assert!(posted.status < 500 && !matches!(posted.status, 404 | 405), "{endpoint} {posted:?}");
                server.client.get(&path).send()
            }
            other => panic!("nothing is known of {other}"),
        };
        assert!(answer.status < 500 && !matches!(answer.status, 404 | 405), "{endpoint} {answer:?}");
    }
    assert_eq!(named.len(), 7, "{named:?}");
    assert_eq!(server.client.get(&path_of(&document, "jwks_uri")).send().status, 200);
    for grant in words(&document, "grant_types_supported") {
        let form = [("grant_type", grant.as_str()), ("code", "unknown"), ("refresh_token", "unknown")];
        let (by_key, by_application) =
            (server.client.post_form("/oauth/token", key.pair(), &form), application.token(&server, &form));
        let (works, fails) = if grant == "client_credentials" {
            (by_key.status == 200, by_application.error() == "unauthorized_client")
        } else {
            (by_application.error() == "invalid_grant", by_key.error() == "unauthorized_client")
        };
        assert!(works && fails, "{grant}: {by_key:?} {by_application:?}");
    }

    let absent = [
        "/oauth/register",
        "/oauth/device_authorization",
        "/oauth/logout/all",
        "/.well-known/jwks.json",
        "/.well-known/webfinger",
        "/token",
        "/authorize",
        "/index.html",
    ];
    for path in absent {
        assert_eq!(server.client.get(path).send().status, 404, "{path}");
        assert_eq!(server.client.post(path).form(&[GRANT]).send().status, 404, "{path}");
    }
}

// Covers: MD-08
#[test]
fn what_an_authorization_request_may_say_is_what_is_listed() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key, application) = (site.serve(), site.key("editor", &[0]), site.application());
    let document = metadata(&server);
    let asked = |parameter: &str, value: &str| {
        let answer = server.client.get(&application.authorize_path(&[(parameter, value)])).send();
        let location = answer.header("location").expect("a place");
        // A request that may be is answered by a page, or with what the silence asks for.
        location.starts_with("/login?request=") || location.contains("error=login_required")
    };
    let lists = [
        ("response_type", "response_types_supported", "token"),
        ("response_mode", "response_modes_supported", "fragment"),
        ("prompt", "prompt_values_supported", "create"),
        ("code_challenge_method", "code_challenge_methods_supported", "plain"),
        ("scope", "scopes_supported", "address"),
    ];
    for (parameter, list, other) in lists {
        assert!(words(&document, list).iter().all(|value| asked(parameter, value)), "{list}");
        assert!(!asked(parameter, other), "{parameter}={other}");
    }
    for scope in ["read", "write"] {
        assert_eq!(server.token_with(&key, &[("scope", scope)]).text("scope"), scope);
    }
    for scope in ["openid", "profile", "email", "offline_access"] {
        assert_eq!(server.token_with(&key, &[("scope", scope)]).error(), "invalid_scope", "nobody logs in there");
    }
}

// Covers: MD-05, MD-06, MD-08
#[test]
fn the_listed_ways_to_authenticate_are_those_that_work() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("editor", &[0]));
    let public = site.application_with(|input| input.kind = ApplicationKind::Public).client_id;
    let document = metadata(&server);
    let (id, secret) = key.pair();
    let assertion = ("client_assertion", "a.b.c");
    let assertion_type = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let send = |request: Request, grant: &str, more: &[(&str, &str)]| -> Response {
        let fields = [("grant_type", grant), ("token", "unknown"), ("code", "unknown")];
        let form: Vec<_> = fields.iter().chain(more).copied().collect();
        request.form(&form).send()
    };

    for endpoint in ["token", "introspection", "revocation"] {
        let listed = words(&document, &format!("{endpoint}_endpoint_auth_methods_supported"));
        let path = path_of(&document, &format!("{endpoint}_endpoint"));
        let post = || server.client.post(&path);
        let machine = "client_credentials";
        let answers = [
            ("client_secret_basic", send(post().basic(id, secret), machine, &[])),
            ("client_secret_post", send(post(), machine, &[("client_id", id), ("client_secret", secret)])),
            ("none", send(post(), "authorization_code", &[("client_id", &public)])),
            ("private_key_jwt", send(post(), machine, &[("client_id", id), assertion, assertion_type])),
            ("client_secret_jwt", send(post(), machine, &[assertion, assertion_type])),
        ];
        for (method, answer) in &answers {
            let works = listed.iter().any(|listed| listed == method);
            // A public application is let in, and told that its code is unknown.
            let let_in = if endpoint == "token" && *method == "none" { 400 } else { 200 };
            assert_eq!(answer.status, if works { let_in } else { 401 }, "{endpoint} {method} {answer:?}");
        }
        assert!(listed.iter().all(|listed| answers.iter().any(|(method, _)| method == listed)));
        let nobody = send(post(), machine, &[("client_id", id)]);
        assert_eq!(nobody.status, 401, "whoever has a secret shows it: {endpoint} {nobody:?}");
    }
}

// Covers: MD-09, H1
#[test]
fn no_header_of_a_request_changes_an_answer() {
    let site = TestSite::new(Backend::Sqlite);
    nothing_spoofed_comes_back(&site, &site.serve());
    let behind_proxy = site.serve_with(|options| options.with("proxy.trusted", "127.0.0.1/32"));
    nothing_spoofed_comes_back(&site, &behind_proxy);
}

fn nothing_spoofed_comes_back(site: &TestSite, server: &Server) {
    let key = site.key("viewer", &[0]);
    let honest = site.serve().client.get(PATH).send().body;
    let spoofed = [
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "javascript"),
        ("X-Forwarded-Port", "6666"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Forwarded-For", "6.6.6.6"),
        ("X-Original-URL", "/evil"),
        ("X-Rewrite-URL", "/evil"),
        ("Forwarded", "host=evil.example;proto=javascript"),
        ("Origin", "https://evil.example"),
        ("Referer", "https://evil.example/"),
    ];
    let spoof = |request: Request| spoofed.iter().fold(request, |request, (name, value)| request.header(name, value));

    assert_eq!(spoof(server.client.get(PATH)).send().body, honest);
    let minted = spoof(server.client.post("/oauth/token").basic(&key.client_id, &key.secret)).form(&[GRANT]).send();
    assert_eq!(decoded::claims_of(&minted)["iss"], ISSUER);
    let paths = [
        PATH,
        OPENID_PATH,
        "/oauth/jwks",
        "/oauth/token",
        "/oauth/verify",
        "/oauth/introspect",
        "/oauth/authorize",
        "/oauth/par",
        "/oauth/userinfo",
        "/oauth/logout",
        "/login",
        "/account",
        "/nowhere",
    ];
    for path in paths {
        let answers = [spoof(server.client.get(path)).send(), spoof(server.client.post(path)).send()];
        for answer in answers {
            let all = format!("{answer:?}");
            assert!(!all.contains("evil") && !all.contains("6666") && !all.contains("javascript"), "{path}: {all}");
        }
    }
}

// Covers: H1, MD-09
#[test]
fn a_host_that_is_not_ours_is_misdirected() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let send = |target: &str, headers: &str| {
        raw(server.address, format!("GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").as_bytes())
    };

    for host in ["127.0.0.1:8080", "127.0.0.1", "localhost", "LOCALHOST:99"] {
        assert!(send(PATH, &format!("Host: {host}\r\n")).starts_with("HTTP/1.1 200 "), "{host}");
    }
    let strangers = [
        "evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1:8080.evil.example",
        "evil.example:8080",
        "127.0.0.1@evil.example",
        "",
    ];
    for host in strangers {
        let answer = send(PATH, &format!("Host: {host}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 421 ") || answer.starts_with("HTTP/1.1 400 "), "{host}: {answer}");
        assert!(!answer.contains("evil"), "{answer}");
    }
    assert!(send(PATH, "").starts_with("HTTP/1.1 4"), "no host at all");
    let absolute = send(&format!("http://evil.example{PATH}"), "Host: 127.0.0.1:8080\r\n");
    assert!(absolute.starts_with("HTTP/1.1 421 ") && !absolute.contains("evil"), "{absolute}");
    for hosts in ["Host: 127.0.0.1\r\nHost: evil.example\r\n", "Host: evil.example\r\nHost: 127.0.0.1\r\n"] {
        let two = send(PATH, hosts);
        assert!(two.starts_with("HTTP/1.1 4") && !two.contains("evil"), "{two}");
    }
    let login = server.client.post("/oauth/token").header("Host", "evil.example");
    assert_eq!(login.basic(&key.client_id, &key.secret).form(&[GRANT]).send().status, 421);
}

on_both! {
    // Covers: MD-09
    #[test]
    fn every_node_shows_the_same_documents(backend) {
        let site = TestSite::new(backend);
        let same = |options: Options| options;
        let (one, other) = (site.serve(), site.serve_with(same));

        for path in [PATH, OPENID_PATH, "/oauth/jwks"] {
            assert_eq!(one.client.get(path).send().body, other.client.get(path).send().body);
        }
    }
}
