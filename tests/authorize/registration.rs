//! Places that applications are registered with over the API, so that browsers are sent there: none may be somebody else's.

use serde_json::{Value, json};

use crate::support::{
    backend::Backend,
    http::Response,
    site::{ISSUER, TestSite},
};

struct Registrar {
    site: TestSite,
    server: crate::support::site::Server,
    token: String,
}

impl Registrar {
    fn new() -> Self {
        let site = TestSite::new(Backend::Sqlite);
        let server = site.serve();
        let key = site.key("space_admin", &[]);
        let token = server.mint_with(&key, &[("resource", &format!("{ISSUER}/api/v1"))]);
        Self { site, server, token }
    }

    fn register(&self, changes: &Value) -> Response {
        let mut body = json!({
            "name": "Shop",
            "kind": "public",
            "redirect_uris": ["https://app.example.com/callback"],
            "scopes": ["openid"],
        });
        for (member, value) in changes.as_object().expect("an object") {
            body[member] = value.clone();
        }
        let path = format!("/api/v1/spaces/{}/applications", self.site.space);
        self.server.client.post(&path).bearer(&self.token).json(&body).send()
    }

    fn code(&self, changes: &Value) -> (u16, Value) {
        let answer = self.register(changes);
        (answer.status, answer.json()["code"].clone())
    }
}

// Covers: AZ-04, A4, A5
#[test]
fn no_place_is_registered_that_may_be_somebody_elses() {
    let registrar = Registrar::new();
    let bad = [
        "JaVaScRiPt:alert(1)",
        "javascript:alert(1)",
        "javascript://app.example.com/%0aalert(1)",
        "data:text/html,hello",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://app.example.com/x",
        "intent:x",
        "app:/callback",
        "http://c/",
        "http://app.example.com/callback",
        "http://127.0.0.1.evil.example/cb",
        "http://localhost.evil.example/cb",
        "http://127.0.0.1@evil.example/cb",
        "http://127.1/cb",
        "http://0x7f.1/cb",
        "http://2130706433/cb",
        "http://10.0.0.1/cb",
        "https://*.example.com/",
        "https://app.example.com/*",
        "https://app.example.com/#f",
        "https://app.example.com/#",
        "https://u@app.example.com/",
        "https://u:p@app.example.com/",
        "https://APP.example.com/",
        "https://app.example.com:443/",
        "https://app.example.com/a/../b",
        "https://app.example.com/%2e%2e/b",
        "https:/app.example.com/",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com/a b",
        "https://app.example.com/\ta",
        "https://app.example.com/\r\nx",
        "https://\u{430}pp.example.com/",
        "https://app.example.com/\u{202e}",
        "//app.example.com/callback",
        "/callback",
        "callback",
        "https://",
        " https://app.example.com/",
    ];
    for uri in bad {
        for member in ["redirect_uris", "post_logout_redirect_uris"] {
            let answer = registrar.code(&json!({ member: [uri] }));
            assert_eq!(answer, (400, "invalid_redirect_uri".into()), "{member} {uri}");
        }
        let with_good = json!({ "redirect_uris": ["https://app.example.com/callback", uri] });
        assert_eq!(registrar.code(&with_good).0, 400, "{uri}");
    }
    for private in ["com.example.app:/callback", "com.example.app:callback"] {
        let confidential = json!({ "kind": "confidential", "redirect_uris": [private] });
        assert_eq!(registrar.code(&confidential), (400, "invalid_redirect_uri".into()), "it keeps no secret");
    }
    let good = [
        "https://app.example.com/callback",
        "https://app.example.com/callback?tenant=1",
        "https://xn--bcher-kva.example/callback",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:8123/cb",
        "http://[::1]/cb",
        "http://localhost:3000/cb",
        "com.example.app:/callback",
    ];
    for uri in good {
        let answer = registrar.register(&json!({ "redirect_uris": [uri] }));
        assert_eq!(answer.status, 201, "{uri}: {}", answer.body);
    }
    assert_eq!(registrar.code(&json!({ "redirect_uris": [] })), (422, "redirect_uri_required".into()));
    assert_eq!(registrar.code(&json!({ "redirect_uris": [""] })), (400, "invalid_redirect_uri".into()));
}
