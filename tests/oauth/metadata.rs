//! The metadata document (RFC 8414): where it stands, that it tells the truth, and that no request can change it.

use keystead::config::Options;
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
    for path in [PATH, "/oauth/jwks"] {
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

// Covers: MD-01, MD-03, MD-08
#[test]
fn the_document_says_exactly_what_works() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let answer = server.client.get(PATH).send();

    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(answer.header("Cache-Control"), Some("public, max-age=300"));
    let methods = json!(["client_secret_basic", "client_secret_post"]);
    let expected = json!({
        "issuer": ISSUER,
        "token_endpoint": format!("{ISSUER}/oauth/token"),
        "introspection_endpoint": format!("{ISSUER}/oauth/introspect"),
        "revocation_endpoint": format!("{ISSUER}/oauth/revoke"),
        "jwks_uri": format!("{ISSUER}/oauth/jwks"),
        // The one list that RFC 8414 section 2 requires even if it is empty.
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": ["read", "write"],
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
    });
    assert_eq!(answer.json(), expected);
    let token = server.mint(&site.key("viewer", &[0]));
    assert_eq!(decoded::claims(&token)["iss"], answer.json()["issuer"]);
}

// Covers: MD-02, MD-03, MD-04
#[test]
fn an_issuer_with_a_path_has_its_document_in_front_of_the_path() {
    let issuer = format!("{ISSUER}/t/acme");
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve_with(|options| options.with("issuer", &issuer));
    let key = site.key("viewer", &[0]);

    let answer = server.client.get(&format!("{PATH}/t/acme")).send();
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
    let (server, key) = (site.serve(), site.key("editor", &[0]));
    let document = metadata(&server);

    for endpoint in ["token_endpoint", "introspection_endpoint", "revocation_endpoint"] {
        let form = [GRANT, ("token", "unknown")];
        let answer = server.client.post_form(&path_of(&document, endpoint), key.pair(), &form);
        assert_eq!(answer.status, 200, "{endpoint} {answer:?}");
    }
    assert_eq!(server.client.get(&path_of(&document, "jwks_uri")).send().status, 200);
    for grant in words(&document, "grant_types_supported") {
        let form = [("grant_type", grant.as_str())];
        assert_eq!(server.client.post_form("/oauth/token", key.pair(), &form).status, 200);
    }
    for scope in words(&document, "scopes_supported") {
        assert_eq!(server.token_with(&key, &[("scope", &scope)]).text("scope"), scope);
    }
    assert!(words(&document, "response_types_supported").is_empty());

    let absent = [
        "/oauth/authorize",
        "/oauth/userinfo",
        "/oauth/register",
        "/oauth/par",
        "/oauth/device_authorization",
        "/oauth/logout",
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
        "/token",
        "/",
    ];
    for path in absent {
        assert_eq!(server.client.get(path).send().status, 404, "{path}");
        assert_eq!(server.client.post(path).form(&[GRANT]).send().status, 404, "{path}");
    }
}

// Covers: MD-05, MD-06, MD-08
#[test]
fn the_listed_ways_to_authenticate_are_those_that_work() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (site.serve(), site.key("editor", &[0]));
    let document = metadata(&server);
    let (id, secret) = key.pair();
    let assertion = ("client_assertion", "a.b.c");
    let assertion_type = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let send = |request: Request, more: &[(&str, &str)]| -> Response {
        let form: Vec<_> = [GRANT, ("token", "unknown")].iter().chain(more).copied().collect();
        request.form(&form).send()
    };

    for endpoint in ["token", "introspection", "revocation"] {
        let listed = words(&document, &format!("{endpoint}_endpoint_auth_methods_supported"));
        let path = path_of(&document, &format!("{endpoint}_endpoint"));
        let post = || server.client.post(&path);
        let answers = [
            ("client_secret_basic", send(post().basic(id, secret), &[])),
            ("client_secret_post", send(post(), &[("client_id", id), ("client_secret", secret)])),
            ("none", send(post(), &[("client_id", id)])),
            ("private_key_jwt", send(post(), &[("client_id", id), assertion, assertion_type])),
            ("client_secret_jwt", send(post(), &[assertion, assertion_type])),
        ];
        for (method, answer) in &answers {
            let works = listed.iter().any(|listed| listed == method);
            assert_eq!(answer.status, if works { 200 } else { 401 }, "{endpoint} {method} {answer:?}");
        }
        assert!(listed.iter().all(|listed| answers.iter().any(|(method, _)| method == listed)));
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
    let paths = [PATH, "/oauth/jwks", "/oauth/token", "/oauth/verify", "/oauth/introspect", "/nowhere"];
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

        for path in [PATH, "/oauth/jwks"] {
            assert_eq!(one.client.get(path).send().body, other.client.get(path).send().body);
        }
    }
}
