//! Forms that are unambiguous, and those that are not.

use keystead::http::form::{Form, FormError};

fn get(body: &str, name: &str) -> Option<String> {
    Form::parse(body.as_bytes()).unwrap().get(name).map(str::to_owned)
}

// Covers: TE-07, TE-08
#[test]
fn values_are_decoded_and_empty_ones_are_absent() {
    for (body, expected) in [
        ("scope=read", Some("read")),
        ("scope=read+write", Some("read write")),
        ("scope=%72ead%20%2B", Some("read +")),
        ("scope=%C3%A4", Some("ä")),
        ("sc%6Fpe=a", Some("a")),
        ("scope=a=b", Some("a=b")),
        ("&&scope=a&", Some("a")),
        ("scope=", None),
        ("scope", None),
        ("", None),
        ("unknown=1", None),
    ] {
        assert_eq!(get(body, "scope").as_deref(), expected, "{body}");
    }
}

// Covers: TE-06, RI-03
#[test]
fn a_repeated_parameter_is_an_error_unless_it_is_resource() {
    for body in ["scope=a&scope=a", "scope=a&scope=", "scope&scope", "x=1&x=2", "scope=a&sc%6fpe=b", "token=a&token=b"]
    {
        assert_eq!(Form::parse(body.as_bytes()).err(), Some(FormError::RepeatedParameter), "{body}");
    }
    let body = b"resource=https%3A%2F%2Fa&resource=&resource=https://b";
    let form = Form::parse(body).unwrap();
    assert_eq!(form.all("resource").collect::<Vec<_>>(), ["https://a", "https://b"]);
    assert_eq!(form.get("resource"), Some("https://a"));
}

// Covers: H7
#[test]
fn what_is_no_text_is_an_error() {
    for body in
        ["scope=%ff", "scope=%00", "scope=%0a", "scope=%7f", "scope=%C2%85", "scope=%C3", "s%00=a", "scope=a\u{1}"]
    {
        assert_eq!(Form::parse(body.as_bytes()).err(), Some(FormError::NotText), "{body}");
    }
    assert_eq!(Form::parse(b"scope=\xff").err(), Some(FormError::NotText));
    for body in ["scope=%", "scope=%4", "scope=%zz", "scope=%+1", "%=a", "token=%g0", "scope=a%2"] {
        assert_eq!(Form::parse(body.as_bytes()).err(), Some(FormError::BadEscape), "{body}");
    }
}

// Covers: H7, IN-04
#[test]
fn a_token_that_is_no_text_is_present_and_unknown() {
    for body in ["token=%ff", "token=%00", "token=a%0ab"] {
        let value = get(body, "token").unwrap();
        assert!(value.chars().all(char::is_control), "{body}: {value:?}");
    }
    assert_eq!(get("token=", "token"), None);
}

// Covers: H5
#[test]
fn a_form_has_at_most_64_parameters() {
    let body = |count: usize| (0..count).map(|number| format!("p{number}=")).collect::<Vec<_>>().join("&");
    assert!(Form::parse(body(64).as_bytes()).is_ok());
    assert_eq!(Form::parse(body(65).as_bytes()).err(), Some(FormError::TooManyParameters));
}
