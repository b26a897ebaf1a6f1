//! How clients prove who they are (RFC 6749 section 2.3.1), the same way at every endpoint that asks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{
    decoded, on_both,
    support::{
        backend::Backend,
        http::{Request, Response, raw},
        site::{Credential, Server, TestSite},
    },
};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const ENDPOINTS: [&str; 3] = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"];

fn refused(answer: &Response, status: u16, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{answer:?}");
    assert!(!answer.body.contains("access_token"), "{answer:?}");
    let challenge = (status == 401).then_some(r#"Basic realm="keystead""#);
    assert_eq!(answer.header("WWW-Authenticate"), challenge, "{answer:?}");
}

/// A server that counts no wrong secrets, for tests that send many.
fn patient(site: &TestSite) -> Server {
    site.serve_with(|options| options.with("limits.wrong_secrets_per_minute", "1000"))
}

/// A request that every endpoint would answer with 200 if the client were let in.
fn post(server: &Server, endpoint: &str) -> Request {
    server.client.post(endpoint)
}

fn form<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [GRANT, ("token", "nothing")].iter().chain(more).copied().collect()
}

fn in_body(credential: &Credential) -> [(&str, &str); 2] {
    [("client_id", &credential.client_id), ("client_secret", &credential.secret)]
}

on_both! {
    // Covers: CA-01, CA-04, L003, L093
    #[test]
    fn header_and_body_work_at_every_endpoint_with_both_ids(backend) {
        let site = TestSite::new(backend);
        let (server, key) = (patient(&site), site.key("viewer", &[0]));
        let by_pair = Credential { client_id: key.public_id.to_string(), ..key.clone() };

        for endpoint in ENDPOINTS {
            for credential in [&key, &by_pair] {
                let (id, secret) = credential.pair();
                let basic = post(&server, endpoint).basic(id, secret).form(&form(&[])).send();
                assert_eq!(basic.status, 200, "{endpoint} {basic:?}");
                let named = post(&server, endpoint).basic(id, secret).form(&form(&[("client_id", id)])).send();
                assert_eq!(named.status, 200, "{endpoint} {named:?}");
                let body = post(&server, endpoint).form(&form(&in_body(credential))).send();
                assert_eq!(body.status, 200, "{endpoint} {body:?}");
            }
        }
        let claims = decoded::claims_of(&server.token(&by_pair));
        assert_eq!(claims["client_id"], key.client_id.as_str(), "client_id is always the key");
        assert_eq!(claims["sub"], key.client_id.as_str());
    }

    // Covers: CA-03, CA-04, T1, L002
    #[test]
    fn nobody_is_let_in_without_the_right_secret(backend) {
        let site = TestSite::new(backend);
        let (server, key, other) = (patient(&site), site.key("viewer", &[0]), site.key("viewer", &[1]));

        for endpoint in ENDPOINTS {
            let anonymous = post(&server, endpoint).form(&form(&[])).send();
            refused(&anonymous, 401, "invalid_client");
            for secret in ["", "wrong", other.secret.as_str()] {
                let basic = post(&server, endpoint).basic(&key.client_id, secret).form(&form(&[])).send();
                refused(&basic, 401, "invalid_client");
                let wrong = [("client_id", key.client_id.as_str()), ("client_secret", secret)];
                refused(&post(&server, endpoint).form(&form(&wrong)).send(), 401, "invalid_client");
            }
            let secret_alone = post(&server, endpoint).form(&form(&[("client_secret", &key.secret)])).send();
            refused(&secret_alone, 400, "invalid_request");
        }
    }
}

// Covers: CA-02
#[test]
fn both_halves_of_basic_are_form_decoded_after_the_split() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (patient(&site), site.key("viewer", &[0]));
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let ask = |credentials: String| {
        let header = format!("Basic {}", STANDARD.encode(credentials));
        server.client.post("/oauth/token").header("Authorization", &header).form(&[GRANT]).send()
    };

    let (id, secret) = key.pair();
    assert_eq!(ask(format!("{}:{}", escaped(id), escaped(secret))).status, 200);
    assert_eq!(ask(format!("{id}:{}", escaped(secret).to_uppercase())).status, 200);
    refused(&ask(format!("{id}%3A{secret}")), 401, "invalid_client");
    refused(&ask(format!("{id}:{secret}:")), 401, "invalid_client");
    refused(&ask(format!("{id}:{secret}+")), 401, "invalid_client");
    refused(&ask(format!("{id}:{}", escaped(&escaped(secret)))), 401, "invalid_client");
}

// Covers: CA-05, T2
#[test]
fn two_ways_of_authenticating_are_one_too_many() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (patient(&site), site.key("viewer", &[0]));
    let (id, secret) = key.pair();
    let assertion = [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "a.b.c"),
    ];

    for endpoint in ENDPOINTS {
        let basic = || post(&server, endpoint).basic(id, secret);
        refused(&basic().form(&form(&in_body(&key))).send(), 400, "invalid_request");
        refused(&basic().form(&form(&[("client_secret", secret)])).send(), 400, "invalid_request");
        refused(&basic().form(&form(&assertion)).send(), 400, "invalid_request");
        refused(&basic().basic(id, secret).form(&form(&[])).send(), 400, "invalid_request");
        refused(&basic().bearer("x").form(&form(&[])).send(), 400, "invalid_request");
        let both: Vec<_> = in_body(&key).into_iter().chain(assertion).collect();
        refused(&post(&server, endpoint).form(&form(&both)).send(), 400, "invalid_request");
    }
}

// Covers: CA-06
#[test]
fn the_body_cannot_name_another_client_than_the_header() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key, other) = (patient(&site), site.key("viewer", &[0]), site.key("viewer", &[0]));
    let (id, secret) = key.pair();

    for endpoint in ENDPOINTS {
        for another in [other.client_id.as_str(), key.public_id.as_str(), "nobody"] {
            let answer = post(&server, endpoint).basic(id, secret).form(&form(&[("client_id", another)])).send();
            refused(&answer, 400, "invalid_request");
        }
    }
}

// Covers: CA-07, T2
#[test]
fn the_id_of_one_pair_does_not_go_with_the_secret_of_another() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key, other) = (patient(&site), site.key("viewer", &[0]), site.key("viewer", &[0]));
    let mixed = |id: &str, secret: &str| server.client.post_form("/oauth/token", (id, secret), &[GRANT]);

    refused(&mixed(key.public_id.as_str(), &other.secret), 401, "invalid_client");
    refused(&mixed(&other.client_id, &key.secret), 401, "invalid_client");
    refused(&mixed(&site.resource_server.client_id, &key.secret), 401, "invalid_client");
    refused(&mixed(site.resource_server.public_id.as_str(), &key.secret), 401, "invalid_client");
    refused(&mixed(&key.client_id, &site.resource_server.secret), 401, "invalid_client");
    refused(&mixed(&key.client_id.to_uppercase(), &key.secret), 401, "invalid_client");
    refused(&mixed(&format!("{} ", key.client_id), &key.secret), 401, "invalid_client");
}

// Covers: CA-08
#[test]
fn another_scheme_is_not_taken_for_basic() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (patient(&site), site.key("viewer", &[0]));
    let token = server.mint(&key);
    let credentials = STANDARD.encode(format!("{}:{}", key.client_id, key.secret));

    for endpoint in ENDPOINTS {
        let schemes = [
            format!("Bearer {credentials}"),
            format!("Bearer {token}"),
            format!("Digest {credentials}"),
            format!("Basicx {credentials}"),
            credentials.clone(),
            "Basic".to_owned(),
        ];
        for header in &schemes {
            let post = post(&server, endpoint).header("Authorization", header);
            refused(&post.form(&form(&[])).send(), 401, "invalid_client");
        }
        let bearer = post(&server, endpoint).bearer(&token);
        refused(&bearer.form(&form(&in_body(&key))).send(), 401, "invalid_client");
        let lower = post(&server, endpoint).header("Authorization", &format!("bASIC  {credentials}"));
        assert_eq!(lower.form(&form(&[])).send().status, 200);
    }
}

// Covers: CA-09, CA-19
#[test]
fn signed_assertions_are_not_a_way_in() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (patient(&site), site.key("viewer", &[0]));
    let own_token = server.mint(&key);
    let kind = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";

    for endpoint in ENDPOINTS {
        for assertion in [own_token.as_str(), none, "a.b.c", "x"] {
            let sent = [kind, ("client_assertion", assertion), ("client_id", &key.client_id)];
            refused(&post(&server, endpoint).form(&form(&sent)).send(), 401, "invalid_client");
            refused(&post(&server, endpoint).form(&form(&sent[..2])).send(), 401, "invalid_client");
            refused(&post(&server, endpoint).form(&form(&sent[1..])).send(), 401, "invalid_client");
        }
        refused(&post(&server, endpoint).form(&form(&[kind])).send(), 401, "invalid_client");
    }
}

// Covers: CA-10
#[test]
fn a_client_that_only_names_itself_gets_nothing() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (patient(&site), site.key("viewer", &[0]));

    for id in [key.client_id.as_str(), key.public_id.as_str(), &site.resource_server.client_id, "an-application"] {
        refused(&server.client.post("/oauth/token").form(&form(&[("client_id", id)])).send(), 401, "invalid_client");
        let basic = server.client.post("/oauth/token").basic(id, "");
        refused(&basic.form(&form(&[])).send(), 401, "invalid_client");
    }
}

// Covers: T3
#[test]
fn malformed_headers_are_refused_cleanly() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, key) = (patient(&site), site.key("viewer", &[0]));
    let encode = |bytes: &[u8]| STANDARD.encode(bytes).into_bytes();
    let good = encode(format!("{}:{}", key.client_id, key.secret).as_bytes());
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };

    let malformed: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("not base64", b"!!!!".to_vec()),
        ("cut", with(&|text| text.truncate(text.len() - 1))),
        ("two tokens", with(&|text| text.extend(b" x"))),
        ("a comma", with(&|text| text.extend(b",x"))),
        ("too much padding", with(&|text| text.extend(b"===="))),
        ("no colon", encode(b"key_without_secret")),
        ("no id", encode(format!(":{}", key.secret).as_bytes())),
        ("only a colon", encode(b":")),
        ("a bad escape", encode(format!("{}:%zz{}", key.client_id, key.secret).as_bytes())),
        ("a cut escape", encode(format!("{}:{}%", key.client_id, key.secret).as_bytes())),
        ("NUL", encode(format!("{}\0:{}", key.client_id, key.secret).as_bytes())),
        ("an escaped NUL", encode(format!("{}:{}%00", key.client_id, key.secret).as_bytes())),
        ("a line break", encode(format!("{}:{}\r\n", key.client_id, key.secret).as_bytes())),
        ("an escaped half of UTF-8", encode(format!("{}:{}%c3", key.client_id, key.secret).as_bytes())),
        ("not UTF-8", encode(b"\xff\xfe:\xff")),
        ("raw bytes", b"\xff\xfe\xfd".to_vec()),
        ("ten kilobytes", encode(&[b'a'; 10 * 1024])),
    ];
    for (what, token) in malformed {
        for endpoint in ENDPOINTS {
            let body = "grant_type=client_credentials&token=x";
            let mut request = format!(
                "POST {endpoint} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nAuthorization: Basic ",
                server.address,
                body.len(),
            )
            .into_bytes();
            request.extend(&token);
            request.extend(format!("\r\n\r\n{body}").bytes());
            let answer = raw(server.address, &request);
            let refused = answer.starts_with("HTTP/1.1 401 ") && answer.contains(r#""error":"invalid_client""#);
            assert!(refused, "{what} at {endpoint}: {answer}");
            assert!(answer.contains("www-authenticate: Basic realm="), "{what}: {answer}");
        }
    }
    assert_eq!(server.token(&key).status, 200);
}
