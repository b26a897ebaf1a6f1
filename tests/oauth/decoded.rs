//! What a token says, read as an API would read it that trusts nothing but the published key set.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use serde_json::Value;

use crate::support::{
    http::Response,
    site::{AUDIENCE, ISSUER, Server},
};

/// The header of a token.
pub(crate) fn header(token: &str) -> Value {
    part(token, 0)
}

/// The claims of a token.
pub(crate) fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The claims of the token in an answer.
pub(crate) fn claims_of(answer: &Response) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    claims(&answer.text("access_token"))
}

/// The names of the members of an object, sorted.
pub(crate) fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// The claims of a token for our default audience, after its signature was found right with the published key that its
/// header names.
pub(crate) fn verified(server: &Server, token: &str) -> Value {
    let keys: JwkSet = serde_json::from_str(&server.client.get("/oauth/jwks").send().body).expect("a key set");
    let header = jsonwebtoken::decode_header(token).expect("a header");
    let key = keys.find(header.kid.as_deref().expect("a kid")).expect("the key is published");
    let key = DecodingKey::from_jwk(key).expect("a usable key");
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let right = jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, header.alg);
    assert!(right.expect("a signature"), "the signature is wrong");
    let claims = claims(token);
    assert_eq!((&claims["iss"], &claims["aud"]), (&ISSUER.into(), &AUDIENCE.into()));
    claims
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("three parts");
    let json = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&json).expect("JSON")
}
