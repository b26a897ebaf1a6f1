//! An application and its users, as tests of "Log in with" need them: from the button to the tokens.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead::{
    domain::{
        application::ApplicationKind,
        authority::Authority,
        key_pair::ExpiryPolicy,
        name::{Description, Name},
        redirect_uri::RedirectUri,
    },
    manage::{self, applications::CreateApplication},
};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{
    browser::{Browser, field_of_form},
    http::{Reachable, Response},
    site::TestSite,
};

/// Where test applications have their users sent back to.
pub const CALLBACK: &str = "https://app.example.com/callback";

/// A verifier that has the form of one.
pub const VERIFIER: &str = "0123456789-0123456789-0123456789-0123456789";

/// The challenge of [`VERIFIER`].
pub fn challenge() -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

/// An application that a test can act as.
#[derive(Debug, Clone)]
pub struct TestApplication {
    pub client_id: String,
    /// None if it is public.
    pub secret: Option<String>,
    pub redirect_uri: String,
}

/// Tokens that an application got.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: Option<String>,
    pub id: Option<String>,
    pub scope: String,
}

impl TestSite {
    /// A confidential application of the space that may ask for what is usual.
    pub fn application(&self) -> TestApplication {
        self.application_with(|_| {})
    }

    /// The same after `adjust` has had its say.
    pub fn application_with(&self, adjust: impl FnOnce(&mut CreateApplication)) -> TestApplication {
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
        let mut input = CreateApplication {
            space: self.space,
            owner: None,
            name: Name::parse("Shop").expect("a name"),
            description: Description::default(),
            kind: ApplicationKind::Confidential,
            first_party: false,
            redirect_uris: vec![RedirectUri::parse(CALLBACK).expect("a redirect URI")],
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            scopes: words(&["openid", "offline_access", "read", "write"]),
            optional_scopes: words(&["profile", "email"]),
            resources: Vec::new(),
            id_token_algorithm: None,
            expiry: ExpiryPolicy::Never,
        };
        adjust(&mut input);
        let redirect_uri = input.redirect_uris[0].as_str().to_owned();
        let made = self.change(|change, deps| manage::applications::create(change, deps, &Authority::OPERATOR, input));
        let secret = made.credential.map(|credential| credential.secret.expose().to_owned());
        TestApplication { client_id: made.id.to_string(), secret, redirect_uri }
    }
}

impl TestApplication {
    /// The path of an authorization request; `changes` replace parameters, an empty value leaves one out.
    pub fn authorize_path(&self, changes: &[(&str, &str)]) -> String {
        let challenge = challenge();
        let mut parameters = BTreeMap::from([
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", "openid offline_access read"),
            ("state", "state-1"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        parameters.extend(changes.iter().copied());
        let kept = parameters.into_iter().filter(|(_, value)| !value.is_empty());
        let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        format!("/oauth/authorize?{query}")
    }

    /// Asks for authorization and follows where that leads, at this site.
    pub fn authorize(&self, browser: &mut Browser, changes: &[(&str, &str)]) -> Response {
        let first = browser.get(&self.authorize_path(changes));
        follow(browser, first)
    }

    /// Asks, and says yes to everything; the user is logged in already. Answers with the code.
    pub fn code(&self, browser: &mut Browser, changes: &[(&str, &str)]) -> String {
        let answer = self.authorize(browser, changes);
        let answer = if answer.status == 200 { allow(browser, &answer) } else { answer };
        returned(&answer).get("code").unwrap_or_else(|| panic!("no code: {answer:?}")).clone()
    }

    /// A request at the token endpoint, authenticated as the application.
    pub fn token(&self, server: &impl Reachable, fields: &[(&str, &str)]) -> Response {
        if let Some(secret) = &self.secret {
            return server.client().post_form("/oauth/token", (&self.client_id, secret), fields);
        }
        let named = [("client_id", self.client_id.as_str())];
        let fields: Vec<_> = named.iter().chain(fields).copied().collect();
        server.client().post("/oauth/token").form(&fields).send()
    }

    /// Exchanges a code; whatever comes of it.
    pub fn exchange(&self, server: &impl Reachable, code: &str) -> Response {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        self.token(server, &fields)
    }

    /// Uses a refresh token; whatever comes of it.
    pub fn refresh(&self, server: &impl Reachable, token: &str) -> Response {
        self.token(server, &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Everything from the button to the tokens.
    pub fn log_in(&self, server: &impl Reachable, browser: &mut Browser, changes: &[(&str, &str)]) -> Tokens {
        let code = self.code(browser, changes);
        tokens(&self.exchange(server, &code))
    }
}

/// Follows redirects within this site; the first answer that is none, or that leads to the application.
pub fn follow(browser: &mut Browser, mut answer: Response) -> Response {
    for _ in 0..8 {
        match answer.header("location").map(str::to_owned) {
            Some(path) if path.starts_with('/') => answer = browser.get(&path),
            _ => return answer,
        }
    }
    panic!("the site sends the browser in circles: {answer:?}");
}

/// Says yes on the consent page, with all optional scopes ticked.
pub fn allow(browser: &mut Browser, page: &Response) -> Response {
    let ticked: Vec<String> = page
        .body
        .split("type=\"checkbox\"")
        .skip(1)
        .filter_map(|input| Some(quoted(input, "value=\"")?.to_owned()))
        .collect();
    let ticked: Vec<(&str, &str)> = ticked.iter().map(|value| ("scope", value.as_str())).collect();
    decide(browser, page, "allow", &ticked)
}

/// Answers on the consent page.
pub fn decide(browser: &mut Browser, page: &Response, decision: &str, ticked: &[(&str, &str)]) -> Response {
    let csrf = consent_field(page, "csrf");
    let request = consent_field(page, "request");
    let required = consent_field(page, "required");
    let known = [("request", request.as_str()), ("required", required.as_str()), ("decision", decision)];
    let fields: Vec<_> = known.iter().chain(ticked).copied().collect();
    browser.post("/consent", &csrf, &fields)
}

/// A hidden field of the consent form.
pub fn consent_field(page: &Response, name: &str) -> String {
    field_of_form(&page.body, "/consent", name)
}

fn quoted<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    text.split(before).nth(1)?.split('"').next()
}

/// What the application is told by a redirect.
pub fn returned(answer: &Response) -> BTreeMap<String, String> {
    let location = answer.header("location").unwrap_or_else(|| panic!("no redirect: {answer:?}"));
    Url::parse(location).expect("an absolute URL").query_pairs().into_owned().collect()
}

/// The tokens of an answer.
pub fn tokens(answer: &Response) -> Tokens {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    let text = |member: &str| body[member].as_str().map(str::to_owned);
    Tokens {
        access: text("access_token").expect("an access token"),
        refresh: text("refresh_token"),
        id: text("id_token"),
        scope: text("scope").expect("a scope"),
    }
}

/// What a token says, unverified.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}
