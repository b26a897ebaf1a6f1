//! Bodies that are not what an operation takes.

use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::site::TestSite,
};

on_both! {
    // Covers: K4, H5, H7, T16
    #[test]
    fn a_body_is_one_plain_json_object_of_moderate_size(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = format!("/spaces/{}/workspaces", site.space);
        let post = |kind: &str, body: &[u8]| admin.call("POST", &path).body(kind, body).send();
        let good = br#"{"name":"New"}"#;

        let form = "application/x-www-form-urlencoded";
        for kind in ["text/plain", form, "application/json; charset=latin1", "application/problem+json"] {
            assert_refused(&post(kind, good), 415, "unsupported_media_type");
        }
        let compressed = admin.call("POST", &path).header("Content-Encoding", "gzip");
        let compressed = compressed.body("application/json", good.as_slice()).unchecked();
        assert_refused(&compressed, 415, "unsupported_content_encoding");
        let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(70 * 1024));
        assert_refused(&post("application/json", large.as_bytes()), 413, "body_too_large");

        let deep = format!(r#"{{"name":{}{}}}"#, "[".repeat(9), "]".repeat(9));
        let malformed: [&[u8]; 9] = [
            b"",
            b"name=New",
            b"[]",
            b"\"New\"",
            b"null",
            br#"{"name":"New"} {}"#,
            br#"{"name":"New","name":"Old"}"#,
            b"{\"name\":\"\xff\"}",
            deep.as_bytes(),
        ];
        for body in malformed {
            assert_refused(&post("application/json", body), 400, "malformed_json");
        }
        assert_eq!(post("application/json; charset=UTF-8", good).status, 201);
    }

    // Covers: K4
    #[test]
    fn a_member_that_does_not_fit_is_named(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = format!("/spaces/{}/workspaces", site.space);
        let cases: [(Value, u16, &str, &str); 7] = [
            (json!({}), 422, "missing_field", "/name"),
            (json!({ "name": "New", "nick": "n" }), 400, "unknown_field", "/nick"),
            (json!({ "name": "New", "Name": "n" }), 400, "unknown_field", "/Name"),
            (json!({ "name": "New", "space": site.space }), 400, "read_only_field", "/space"),
            (json!({ "name": "" }), 422, "invalid_field", "/name"),
            (json!({ "name": "New\u{202e}" }), 422, "invalid_field", "/name"),
            (json!({ "name": 5 }), 422, "invalid_field", "/name"),
        ];
        for (body, status, code, field) in cases {
            let answer = admin.post(&path, &body);
            assert_refused(&answer, status, code);
            assert_eq!(answer.text("field"), field, "{answer:?}");
        }
        let null = admin.patch("/workspaces/1001", &json!({ "name": null }));
        assert_refused(&null, 422, "invalid_field");
        assert_eq!(admin.patch("/workspaces/1001", &json!({})).text("name"), "First");
    }

    // Covers: K8
    #[test]
    fn a_stranger_learns_nothing_about_bodies(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let path = format!("/api/v1/spaces/{}/workspaces", site.space);
        for body in ["", "{", "{\"nick\":1}"] {
            let answer = server.client.post(&path).bearer("abc").body("text/plain", body).send();
            assert_refused(&answer, 401, "invalid_token");
        }
    }
}
