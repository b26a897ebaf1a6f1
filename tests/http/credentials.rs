//! In which shapes clients present themselves.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use keystead::http::{
    credentials::{BearerError, CredentialsError, Presented, bearer_token},
    error::oauth::{Challenge, OAuthError},
    form::Form,
};

fn headers(authorizations: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in authorizations {
        headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn basic(text: impl AsRef<[u8]>) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

/// The shape in a few words, with everything that the endpoint would see.
fn shape(authorizations: &[&str], body: &str) -> Result<String, CredentialsError> {
    let form = Form::parse(body.as_bytes()).unwrap();
    Presented::collect(&headers(authorizations), &form).map(|presented| match presented {
        Presented::Basic(basic) => format!("basic {} {}", basic.id(), basic.secret()),
        Presented::Body { id, secret } => format!("body {id} {secret}"),
        Presented::PublicClient { id } => format!("public {id}"),
        Presented::None => "none".to_owned(),
        Presented::Assertion => "assertion".to_owned(),
        Presented::OtherScheme => "other scheme".to_owned(),
        Presented::Malformed => "malformed".to_owned(),
    })
}

// Covers: CA-01, CA-02
#[test]
fn basic_credentials_are_split_at_the_first_colon_and_then_form_decoded() {
    for (sent, expected) in [
        ("id:secret", "basic id secret"),
        ("id:a:b", "basic id a:b"),
        ("a%3Ab:x%25%2B+%3A%2F%3D", "basic a:b x%+ :/="),
        ("id:", "basic id "),
    ] {
        assert_eq!(shape(&[&basic(sent)], "").unwrap(), expected, "{sent}");
    }
    for scheme in ["basic", "BASIC", "bAsIc"] {
        let header = basic("id:secret").replace("Basic", scheme);
        assert_eq!(shape(&[&header], "client_id=id").unwrap(), "basic id secret", "{scheme}");
    }
}

// Covers: T3
#[test]
fn a_basic_header_that_says_nothing_readable_is_malformed() {
    let long = basic("a".repeat(10 * 1024));
    let cases = [
        "Basic".to_owned(),
        "Basic ".to_owned(),
        "Basic !!!".to_owned(),
        "Basic aWQ6c2VjcmV0 x".to_owned(),
        basic("no colon"),
        basic(":secret"),
        basic("id:%zz"),
        basic("i\0d:secret"),
        basic("id:sec\0ret"),
        basic("id:%00"),
        basic(b"id:\xff"),
        long,
    ];
    for header in cases {
        assert_eq!(shape(&[&header], "").unwrap(), "malformed", "{header:.40}");
    }
}

// Covers: CA-08
#[test]
fn another_scheme_is_not_taken_for_basic() {
    for header in ["Bearer aWQ6c2VjcmV0", "Digest username=\"id\"", "Basicx aWQ6c2VjcmV0", "aWQ6c2VjcmV0", ""] {
        assert_eq!(shape(&[header], "client_id=id&client_secret=s").unwrap(), "other scheme", "{header}");
    }
}

// Covers: CA-05, CA-06, T2
#[test]
fn credentials_that_contradict_each_other_are_an_error() {
    let header = basic("id:secret");
    let header = header.as_str();
    for (authorizations, body, expected) in [
        (vec![header, header], "", CredentialsError::SeveralHeaders),
        (vec![header, "Bearer a"], "", CredentialsError::SeveralHeaders),
        (vec![header], "client_secret=s", CredentialsError::SeveralMethods),
        (vec![header], "client_id=id&client_secret=secret", CredentialsError::SeveralMethods),
        (vec![header], "client_assertion=a", CredentialsError::SeveralMethods),
        (vec!["Basic !"], "client_secret=s", CredentialsError::SeveralMethods),
        (vec![header], "client_id=other", CredentialsError::OtherClient),
        (vec![], "client_id=id&client_secret=s&client_assertion=a", CredentialsError::SeveralMethods),
        (vec![], "client_secret=s", CredentialsError::SecretWithoutClient),
    ] {
        assert_eq!(shape(&authorizations, body).unwrap_err(), expected, "{authorizations:?} {body}");
    }
}

// Covers: CA-04, CA-09
#[test]
fn without_a_header_the_body_says_who_the_client_is() {
    for (body, expected) in [
        ("", "none"),
        ("client_id=&client_secret=", "none"),
        ("client_id=id", "public id"),
        ("client_id=id&client_secret=", "public id"),
        ("client_id=id&client_secret=s", "body id s"),
        ("client_assertion=a", "assertion"),
        ("client_id=id&client_assertion=a", "assertion"),
    ] {
        assert_eq!(shape(&[], body).unwrap(), expected, "{body}");
    }
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let form = Form::parse(b"client_id=id&client_secret=hidden").unwrap();
    let body = Presented::collect(&headers(&[]), &form).unwrap();
    let empty = Form::parse(b"").unwrap();
    let header = Presented::collect(&headers(&[&basic("id:hidden")]), &empty).unwrap();
    let shown = format!("{body:?} {header:?}");
    assert!(shown.contains("id") && !shown.contains("hidden"), "{shown}");
}

// Covers: RS-04, RS-05, RS-06, T17
#[test]
fn a_bearer_token_is_taken_from_exactly_one_header() {
    assert_eq!(bearer_token(&headers(&[]), ""), Ok(None));
    assert_eq!(bearer_token(&headers(&["Basic aWQ6c2VjcmV0"]), ""), Ok(None));
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(bearer_token(&headers(&[&format!("{scheme} a.b-c_d~+/==")]), "x=1"), Ok(Some("a.b-c_d~+/==")));
    }
    assert_eq!(bearer_token(&headers(&["Bearer a", "Bearer a"]), ""), Err(BearerError::SeveralHeaders));
    for header in ["Bearer", "Bearer ", "Bearer a b", "Bearer a=b", "Bearer =", "Bearer a,b", "Bearer ä"] {
        assert_eq!(bearer_token(&headers(&[header]), ""), Err(BearerError::Malformed), "{header}");
    }
    for query in ["access_token=a", "x=1&access_token=a", "access%5Ftoken=a", "access_token"] {
        assert_eq!(bearer_token(&headers(&["Bearer a"]), query), Err(BearerError::InQuery), "{query}");
    }
}

// Covers: TE-10, CA-03
#[test]
fn an_error_is_rendered_with_its_challenge_and_never_with_characters_outside_the_grammar() {
    let refused = OAuthError::invalid_client("Client authentication failed").with_retry_after(3).response();
    let header = |name: &str| refused.headers().get(name).map(|value| value.to_str().unwrap());
    assert_eq!(refused.status(), 401);
    assert_eq!(header("www-authenticate"), Some("Basic realm=\"keystead\""));
    assert_eq!((header("retry-after"), header("pragma")), (Some("3"), Some("no-cache")));

    let challenged = OAuthError::invalid_request("a \"quoted\" thing").with_challenge(Challenge::BearerInvalidToken);
    let body = actix_web::rt::System::new().block_on(actix_web::body::to_bytes(challenged.response().into_body()));
    assert_eq!(body.unwrap(), r#"{"error":"invalid_request"}"#);
}
