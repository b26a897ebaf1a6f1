//! Requests about keys that are sent twice, or too late.

use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{create, is_active, keys_of, path_of, secret_of, with_role},
    on_both,
    support::{http::Response, site::TestSite},
};

fn once(caller: &Caller<'_>, path: &str, key: &str, body: &Value) -> Response {
    caller.call("POST", path).header("Idempotency-Key", key).json(body).send()
}

/// The answer without its secret, as a repeated request gets it.
fn without_secret(answer: &Response) -> Value {
    let mut answer = answer.json();
    let members = answer.as_object_mut().expect("an object");
    members.remove("client_secret").expect("a secret");
    members.insert("secret_already_shown".to_owned(), json!(true));
    answer
}

on_both! {
    // Covers: KM-19, L007
    #[test]
    fn a_repeated_request_makes_no_second_secret(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let count = |table: &str| site.database.number(&format!("(SELECT COUNT(*) FROM {table})"));
        let body = with_role("viewer", &[1001]);
        let made = once(&admin, &keys_of(&site), "one", &body);
        let key = secret_of(&made);
        let before = (count("api_keys"), count("key_pairs"));
        let again = once(&admin, &keys_of(&site), "one", &body);
        assert_eq!((made.status, again.status, again.json()), (201, 200, without_secret(&made)));
        assert_eq!(again.header("Location"), made.header("Location"));
        assert_refused(&once(&admin, &keys_of(&site), "one", &json!({ "name": "Other" })), 422, "idempotency_key_reused");
        assert_eq!((count("api_keys"), count("key_pairs")), before);

        let pairs = format!("{}/pairs", path_of(&key));
        let added = once(&admin, &pairs, "two", &json!({}));
        let second = secret_of(&added);
        let again = once(&admin, &pairs, "two", &json!({}));
        assert_eq!((again.status, again.json()), (200, without_secret(&added)));
        assert_eq!((server.token(&key).status, server.token(&second).status), (200, 200));

        let regenerate = format!("{}/regenerate", path_of(&key));
        let regenerated = once(&admin, &regenerate, "three", &json!({}));
        let token = server.mint(&secret_of(&regenerated));
        let again = once(&admin, &regenerate, "three", &json!({}));
        assert_eq!((regenerated.status, again.status, again.json()), (200, 200, without_secret(&regenerated)));
        assert!(is_active(&site, &server, &token), "it was not regenerated again");
        let kept = "(SELECT COUNT(*) FROM idempotent_answers WHERE answer LIKE '%client_secret%')";
        assert_eq!(site.database.number(kept), 0);
    }

    // Covers: RA-02
    #[test]
    fn who_read_another_state_changes_nothing(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("viewer", &[1001]));
        let path = path_of(&key);
        let tag = |path: &str| admin.get(path).header("ETag").expect("a tag").to_owned();
        let (stale, stale_roles) = (tag(&path), tag(&format!("{path}/roles")));
        let role = json!({ "role": "editor", "workspaces": [1001] });
        let given = admin.call("POST", &format!("{path}/roles")).header("If-Match", &stale_roles).json(&role).send();
        assert_eq!(given.status, 200);
        let pair = format!("{path}/pairs/{}", key.public_id);
        let calls = [
            ("PATCH", path.clone(), &stale, json!({ "name": "Other" })),
            ("DELETE", path.clone(), &stale, json!({})),
            ("POST", format!("{path}/revoke"), &stale, json!({})),
            ("POST", format!("{path}/disable"), &stale, json!({})),
            ("POST", format!("{path}/regenerate"), &stale, json!({})),
            ("PATCH", pair.clone(), &stale, json!({ "expires": "none" })),
            ("DELETE", format!("{pair}?even_if_last=true"), &stale, json!({})),
            ("PUT", format!("{path}/roles"), &stale_roles, json!({ "roles": [] })),
            ("DELETE", format!("{path}/roles/viewer?workspace=1001"), &stale_roles, json!({})),
        ];
        for (method, path, tag, body) in calls {
            let answer = admin.call(method, &path).header("If-Match", tag).json(&body).send();
            assert_refused(&answer, 412, "changed_meanwhile");
        }
        assert_eq!(server.token(&key).status, 200);
        let edited = admin.call("PATCH", &path).header("If-Match", &tag(&path)).json(&json!({ "name": "Other" })).send();
        assert_eq!((edited.status, edited.text("name").as_str()), (200, "Other"));
        let known = admin.call("GET", &path).header("If-None-Match", &tag(&path)).send();
        assert_eq!(known.status, 304);
    }
}
