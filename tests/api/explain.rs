//! The inspector at the API: who gets an explanation, and what is said to everybody else.

use keystead::{
    crypto::secret_text::{NewSecret, SecretKind},
    domain::authority::Authority,
    manage,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    rights_table::administrator_elsewhere,
    support::{canary, credential::key_id, site::TestSite},
};

/// The first 54 characters of a secret with the checksum that makes it well formed.
fn with_checksum(text: &str) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut sum = [0; 6];
    for digit in sum.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 62).expect("a digit")];
        rest /= 62;
    }
    format!("{text}{}", std::str::from_utf8(&sum).expect("ASCII"))
}

fn part(text: &str, range: std::ops::Range<usize>) -> &str {
    text.get(range).expect("ASCII")
}

fn text(body: &Value) -> String {
    body["detail"].as_str().expect("a sentence").to_owned()
}

on_both! {
    // Covers: EX-03, I3
    #[test]
    fn only_those_who_manage_the_key_learn_anything(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let (token, pair) = (server.mint(&key), key.public_id.to_string());
        let admin = Caller::admin(&site, &server);
        let strangers = [
            Caller::nobody(&site, &server),
            Caller::with_key(&server, &administrator_elsewhere(&site)),
            Caller::with_key(&server, &key),
        ];
        let unknown = [
            ("token", NewSecret::generate(SecretKind::ApiKey).expect("randomness").text.expose().to_owned()),
            ("id", "key_00000000000000000000000000000001".to_owned()),
            ("id", "0000000000000000".to_owned()),
            ("id", "usr_00000000000000000000000000000001".to_owned()),
        ];
        let known = [
            ("token", token.clone()),
            ("token", key.secret.clone()),
            ("id", key.client_id.clone()),
            ("id", pair.clone()),
        ];
        for (member, value) in &known {
            let answer = admin.post("/explain", &json!({ *member: value }));
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!((&answer.json()["active"], &answer.json()["about"][0]["id"]), (&json!(true), &json!(key.client_id)));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
        for stranger in &strangers {
            let asked = |(member, value): &(&str, String)| stranger.post("/explain", &json!({ *member: value }));
            let nobodys = asked(&unknown[1]);
            assert_refused(&nobodys, 404, "not_found");
            for thing in known.iter().chain(&unknown) {
                let answer = asked(thing);
                assert_refused(&answer, 404, "not_found");
                assert_eq!(text(&answer.json()), text(&nobodys.json()), "{thing:?}");
            }
            // What has not the form of a secret is nobody's, and says so to everybody.
            let cut = stranger.post("/explain", &json!({ "token": part(&key.secret, 0..59) }));
            assert_eq!(cut.json()["steps"][0]["question"], json!("well_formed"));
        }
    }

    // Covers: EX-03
    #[test]
    fn a_wrong_secret_of_a_known_pair_is_unknown_also_to_its_manager(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (one, other) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
        let admin = Caller::admin(&site, &server);
        assert_eq!(admin.post("/explain", &json!({ "token": other.secret })).status, 200);
        let mixed = with_checksum(&[part(&one.secret, 0..20), part(&other.secret, 20..54)].concat());
        assert_refused(&admin.post("/explain", &json!({ "token": mixed })), 404, "not_found");
    }

    // Covers: EX-03, EX-04
    #[test]
    fn what_no_key_of_ours_signed_is_judged_by_its_form_alone(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let token = server.mint(&site.key("viewer", &[0]));
        let (head, rest) = token.split_once('.').expect("a JWT");
        let (claims, signature) = rest.split_once('.').expect("a JWT");
        let swapped: String = signature.chars().rev().collect();
        let nobody = Caller::nobody(&site, &server);
        let events = || site.database.number("(SELECT count(*) FROM audit_events WHERE last_at IS NULL)");
        let before = events();
        let cases = [
            (format!("{head}.{claims}.{swapped}"), ""),
            ("eyJhbGciOiJub25lIn0.e30.".to_owned(), "other members"),
            ("no token".to_owned(), "neither a signed token"),
            ("a.b".to_owned(), "neither a signed token"),
            (format!("{head}.{claims}.{signature}{}", "A".repeat(8000)), "longer"),
        ];
        for (forged, says) in cases.iter().filter(|(forged, _)| forged.len() <= 8192) {
            let answer = nobody.post("/explain", &json!({ "token": forged }));
            assert_eq!(answer.status, 200, "{}", answer.body);
            let said = answer.json();
            assert_eq!((&said["kind"], &said["active"]), (&json!("not_of_this_site"), &json!(false)));
            assert_eq!((&said["about"], said["steps"].as_array().map(Vec::len)), (&json!([]), Some(1)), "{said}");
            assert!(said["steps"][0]["text"].as_str().is_some_and(|text| text.contains(says)), "{said}");
            assert!(!answer.body.contains(forged.as_str()) || forged.len() < 10, "it is not told again");
        }
        assert_eq!(events(), before, "looking leaves no trace");
    }

    // Covers: EX-04
    #[test]
    fn a_request_names_one_thing_and_no_answer_repeats_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let (admin, token) = (Caller::admin(&site, &server), server.mint(&key));
        assert_refused(&admin.post("/explain", &json!({})), 422, "missing_field");
        assert_refused(&admin.post("/explain", &json!({ "token": token, "id": key.client_id })), 422, "invalid_field");
        assert_refused(&admin.post("/explain", &json!({ "token": "" })), 422, "invalid_field");
        assert_refused(&admin.post("/explain", &json!({ "id": "x".repeat(65) })), 422, "invalid_field");
        assert_refused(&admin.post("/explain", &json!({ "secret": token })), 400, "unknown_field");
        for value in [&token, &key.secret] {
            let answer = admin.post("/explain", &json!({ "token": value }));
            canary::assert_none("the answer", answer.body.as_bytes());
        }
        site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
        let said = admin.post("/explain", &json!({ "token": token })).json();
        let failed: Vec<&Value> = said["steps"].as_array().expect("steps").iter().filter(|step| step["outcome"] == "fails").collect();
        assert_eq!((&said["active"], &failed[0]["question"]), (&json!(false), &json!("key_enabled")));
        assert_eq!(said["token"]["audience"], json!(crate::support::site::AUDIENCE));
    }
}
