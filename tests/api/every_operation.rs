//! What is true of every operation of the table, also of those that are added tomorrow.

use keystead::http::api::{
    READ_ONLY,
    operation::{Needs, Operation},
    operations,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused, code},
    on_both,
    support::site::TestSite,
};

/// The path of an operation on things of the site.
fn path_of(site: &TestSite, row: &Operation) -> String {
    let parts = row.path.split('/').map(|part| match part {
        "{space}" => site.space.to_string(),
        "{workspace}" => site.workspaces[0].0.to_string(),
        "{user}" => "usr_00000000000000000000000000000001".to_owned(),
        "{role}" => "rol_00000000000000000000000000000007".to_owned(),
        "{role_name}" => "auditor".to_owned(),
        "{key}" => "key_00000000000000000000000000000001".to_owned(),
        "{pair}" => "0000000000000000".to_owned(),
        "{resource_server}" => site.resource_server.client_id.clone(),
        "{application}" => "app_00000000000000000000000000000001".to_owned(),
        "{grant}" => "gra_00000000000000000000000000000001".to_owned(),
        "{session}" => "ses_00000000000000000000000000000001".to_owned(),
        "{webhook}" => "whk_00000000000000000000000000000001".to_owned(),
        "{event}" => "evt_00000000000000000000000000000001".to_owned(),
        "{audit_event}" => "aud_00000000000000000000000000000001".to_owned(),
        "{name}" => "data.read".to_owned(),
        fixed => fixed.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

fn example(row: &Operation) -> Option<Value> {
    row.handler.takes_body().then(|| serde_json::from_str(row.example).expect("an example is JSON"))
}

on_both! {
    // Covers: K1, RS-01
    #[test]
    fn nothing_is_answered_without_a_token(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        for row in operations().into_iter().filter(|row| row.needs != Needs::Nobody) {
            let path = format!("/api/v1{}", path_of(&site, &row));
            let request = server.client.request(row.verb.as_str(), &path);
            let answer = match example(&row) {
                Some(body) => request.json(&body).send(),
                None => request.send(),
            };
            assert_refused(&answer, 401, "no_token");
        }
    }

    // Covers: K1, RA-05
    #[test]
    fn what_needs_no_token_says_so_in_the_document_and_asks_for_none(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let document = keystead::http::api::openapi::document();
        let mut open = Vec::new();
        for row in operations() {
            let described = &document["paths"][row.path][row.verb.as_str().to_ascii_lowercase()];
            assert_eq!(described["security"] == json!([]), row.needs == Needs::Nobody, "{}", row.id);
            if row.needs == Needs::Nobody {
                let body = example(&row).expect("a body");
                let path = format!("/api/v1{}", path_of(&site, &row));
                assert_eq!(server.client.request(row.verb.as_str(), &path).json(&body).send().status, 202);
                open.push(row.id);
            }
        }
        assert_eq!(open, ["report_leak"]);
    }

    // Covers: K1
    #[test]
    fn a_key_without_a_role_gets_nothing_but_what_its_row_allows(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let nobody = Caller::nobody(&site, &server);
        for row in operations() {
            let call = nobody.call(row.verb.as_str(), &path_of(&site, &row));
            let answer = match example(&row) {
                Some(body) => call.json(&body).send(),
                None => call.send(),
            };
            let allowed = match row.needs {
                Needs::Nobody => [202, 202],
                Needs::Token | Needs::Membership(_) => [200, 404],
                Needs::OneOf(..) | Needs::User => [403, 404],
            };
            assert!(allowed.contains(&answer.status), "{}: {answer:?}", row.id);
        }
    }

    // Covers: K1, K8
    #[test]
    fn no_change_is_made_with_a_token_for_looking(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("space_admin", &[]);
        let parameters = [("resource", crate::caller::RESOURCE), ("scope", "read")];
        let reader = Caller { server: &server, token: server.mint_with(&key, &parameters) };
        for row in operations().into_iter().filter(|row| row.scope() == Some("write")) {
            let call = reader.call(row.verb.as_str(), &path_of(&site, &row));
            let answer = match example(&row) {
                Some(body) => call.json(&body).send(),
                None => call.send(),
            };
            assert_refused(&answer, 403, "insufficient_scope");
        }
    }

    // Covers: K4
    #[test]
    fn no_body_sets_what_only_keystead_sets(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        for row in operations() {
            let Some(Value::Object(body)) = example(&row) else { continue };
            let members = members_of(&row);
            for name in READ_ONLY.iter().filter(|name| !members.contains(&(**name).to_owned())) {
                let mut body = body.clone();
                body.insert((*name).to_owned(), json!("x"));
                let answer = admin.call(row.verb.as_str(), &path_of(&site, &row)).json(&Value::Object(body)).send();
                assert_eq!((answer.status, code(&answer).as_str()), (400, "read_only_field"), "{}: {name}", row.id);
            }
        }
    }
}

/// The members that the document says a body may have.
fn members_of(row: &Operation) -> Vec<String> {
    let document = keystead::http::api::openapi::document();
    let verb = row.verb.as_str().to_ascii_lowercase();
    let schema = &document["paths"][row.path][verb]["requestBody"]["content"]["application/json"]["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("a schema"),
        None => schema,
    };
    schema["properties"].as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default()
}
