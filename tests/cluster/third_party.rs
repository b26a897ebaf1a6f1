//! Clients and resource servers that other people wrote.

use std::process::Command;

use oauth2::{
    AccessToken, AuthType, ClientId, ClientSecret, IntrospectionUrl, RevocationUrl, Scope, StandardRevocableToken,
    TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl, basic::BasicClient,
};
use serde_json::Value;
use ureq::http;

use crate::{
    support::{
        http::Client,
        process::{Finished, Running, finish, keystead},
        site::AUDIENCE,
    },
    tls::Https,
};

// Covers: CA-01, L003, IN-05, RV-01, MD-04
#[test]
fn the_oauth2_crate_gets_introspects_and_revokes_a_token() {
    let https = Https::start();
    let key = https.site.key("viewer@1001");
    let tls = https.client();
    let send = |request: http::Request<Vec<u8>>| {
        let basic = request.headers().get("Authorization").and_then(|value| value.to_str().ok());
        assert!(basic.is_some_and(|value| value.starts_with("Basic ")));
        tls.send(&request)
    };
    let metadata = http::Request::get(format!("{}/.well-known/oauth-authorization-server", https.issuer));
    let metadata = tls.send(&metadata.body(Vec::new()).expect("a request")).expect("an answer");
    let metadata: Value = serde_json::from_slice(metadata.body()).expect("JSON");
    let endpoint = |name: &str| metadata[name].as_str().expect("an endpoint").to_owned();
    let client = |id: &str, secret: &str| {
        BasicClient::new(ClientId::new(id.to_owned()))
            .set_client_secret(ClientSecret::new(secret.to_owned()))
            .set_auth_type(AuthType::BasicAuth)
            .set_token_uri(TokenUrl::new(endpoint("token_endpoint")).expect("a URL"))
            .set_introspection_url(IntrospectionUrl::new(endpoint("introspection_endpoint")).expect("a URL"))
            .set_revocation_url(RevocationUrl::new(endpoint("revocation_endpoint")).expect("a URL"))
    };
    let (integration, api) =
        (client(&key.client_id, &key.secret), client(&https.site.api.client_id, &https.site.api.secret));

    let scope = Scope::new("read".to_owned());
    let got = integration.exchange_client_credentials().add_scope(scope.clone()).request(&send).expect("a token");
    assert_eq!(got.scopes(), Some(&vec![scope]));
    assert!(got.expires_in().is_some_and(|left| left.as_secs() > 0) && got.refresh_token().is_none());
    let token: &AccessToken = got.access_token();
    let told = api.introspect(token).request(&send).expect("an answer");
    assert!(told.active());
    assert_eq!(told.client_id().map(|id| id.as_str()), Some(key.client_id.as_str()));
    assert_eq!(told.aud(), Some(&vec![AUDIENCE.to_owned()]));
    assert!(told.exp() > told.iat());

    let revocation =
        integration.revoke_token(StandardRevocableToken::AccessToken(token.clone())).expect("an HTTPS URL");
    revocation.request(&send).expect("revoked");
    assert!(!api.introspect(token).request(&send).expect("an answer").active());

    let wrong = client(&key.client_id, &https.site.api.secret);
    let refused = wrong.exchange_client_credentials().request(&send).expect_err("no token for a wrong secret");
    assert!(matches!(
        refused,
        oauth2::RequestTokenError::ServerResponse(answer) if *answer.error() == oauth2::basic::BasicErrorResponseType::InvalidClient
    ));
}

/// Verifies a token as the documentation of `PyJWT` shows it, and prints its claims. Python of Debian, whatever other comes
/// first in `PATH`.
const PYJWT: &str = r"
import json, sys, jwt
keys, token, algorithm, audience, issuer = sys.argv[1:]
key = jwt.PyJWKClient(keys).get_signing_key_from_jwt(token)
required = ['exp', 'iat', 'nbf', 'iss', 'aud', 'sub']
print(json.dumps(jwt.decode(token, key.key, algorithms=[algorithm], audience=audience, issuer=issuer,
                            options={'require': required})))
";

fn pyjwt(arguments: [&str; 5]) -> Finished {
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", PYJWT]).args(arguments).env("NO_PROXY", "*").env("no_proxy", "*");
    finish(&mut python)
}

// Covers: JW-01, JW-02, JW-03, JW-04, JK-01, JK-04
#[test]
fn pyjwt_verifies_our_tokens_of_every_algorithm_by_our_key_set() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let mut command = keystead(&["demo", "--json", "--port", "0", "--data-dir"]);
        command.arg(folder.path().join("demo")).env("KEYSTEAD_TOKENS__SIGNING_ALGORITHM", algorithm);
        let mut running = Running::spawn(&mut command);
        let printed: Value = serde_json::from_str(&running.wait_for_line(|_| true)).expect("JSON");
        let text = |pointer: &str| printed.pointer(pointer).and_then(Value::as_str).expect("a text");
        let issuer = text("/issuer");
        let key = (text("/api_key/client_id"), text("/api_key/client_secret"));
        let got = Client::new(issuer).post_form("/oauth/token", key, &[("grant_type", "client_credentials")]);
        let (token, keys) = (got.text("access_token"), format!("{issuer}/oauth/jwks"));

        let claims = pyjwt([&keys, &token, algorithm, AUDIENCE, issuer]).succeeded();
        let claims: Value = serde_json::from_str(&claims).expect("JSON");
        assert_eq!((claims["client_id"].as_str(), claims["scope"].as_str()), (Some(key.0), Some("read write")));

        let refused = |arguments, reason: &str| {
            let said = pyjwt(arguments);
            assert!(!said.status.success() && said.stderr.contains(reason), "{}", said.stderr);
        };
        refused([&keys, &token, algorithm, "https://other.example.com", issuer], "InvalidAudienceError");
        refused([&keys, &token, algorithm, AUDIENCE, "https://other.example.com"], "InvalidIssuerError");
        let other = if algorithm == "ES256" { "RS256" } else { "ES256" };
        refused([&keys, &token, other, AUDIENCE, issuer], "InvalidAlgorithmError");
    }
}
