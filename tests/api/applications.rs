//! Applications through the API: registered, changed, given new secrets, stopped and deleted.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::{
        applications::{REDIRECT_URI, consent},
        http::Response,
        site::{ISSUER, TestSite},
    },
};

pub(crate) fn applications_of(site: &TestSite) -> String {
    format!("/spaces/{}/applications", site.space)
}

/// A body that registers an application.
pub(crate) fn shop() -> Value {
    json!({ "name": "Shop", "kind": "confidential", "redirect_uris": [REDIRECT_URI], "scopes": ["openid", "read"] })
}

/// The same with other members.
pub(crate) fn shop_with(members: &Value) -> Value {
    let mut body = shop();
    let (Value::Object(known), Value::Object(more)) = (&mut body, members) else { panic!("objects: {members}") };
    known.extend(more.clone());
    body
}

fn pairs(shown: &Value) -> Vec<Value> {
    let pairs = shown["pairs"].as_array().expect("pairs");
    pairs.iter().map(|pair| pair["public_id"].clone()).collect()
}

/// A number of the only application of the site.
fn seq(site: &TestSite, column: &str) -> i64 {
    site.database.number(&format!("(SELECT {column} FROM applications)"))
}

on_both! {
    // Covers: L088, K6
    #[test]
    fn an_application_is_registered_changed_and_deleted(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let made = admin.post(&applications_of(&site), &shop_with(&json!({
            "description": "Sells things", "optional_scopes": ["profile", "email"],
            "post_logout_redirect_uris": ["https://shop.example.com/bye"],
            "backchannel_logout_uri": "https://shop.example.com/logout",
            "resources": ["https://api.example.com", format!("{ISSUER}/api/v1")],
        })));
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.text("client_id");
        let path = format!("/applications/{id}");
        assert_eq!(made.header("Location"), Some(format!("{ISSUER}/api/v1{path}").as_str()));
        let secret = made.text("client_secret");
        assert!(secret.len() == 60 && secret.starts_with("kss_"), "{secret}");
        let shown = admin.get(&path);
        assert_eq!(shown.json(), made.json()["application"]);
        assert!(!shown.body.contains(&secret));
        let expected = json!({
            "client_id": id, "space": site.space, "name": "Shop", "description": "Sells things", "kind": "confidential",
            "state": "active", "first_party": false, "redirect_uris": [REDIRECT_URI],
            "post_logout_redirect_uris": ["https://shop.example.com/bye"],
            "backchannel_logout_uri": "https://shop.example.com/logout",
            "scopes": ["openid", "read"], "optional_scopes": ["profile", "email"],
            "resources": [AUDIENCES[0], AUDIENCES[1]], "id_token_algorithm": "ES256",
        });
        for (name, value) in expected.as_object().expect("an object") {
            assert_eq!(&shown.json()[name], value, "{name}");
        }

        let etag = shown.header("ETag").expect("a tag").to_owned();
        let edited = admin.call("PATCH", &path).header("If-Match", &etag).json(&json!({
            "name": "Store", "description": null, "redirect_uris": ["https://store.example.com/callback", REDIRECT_URI],
            "scopes": ["openid", "email"], "backchannel_logout_uri": null, "resources": [], "id_token_algorithm": "EdDSA",
            "first_party": true,
        })).send();
        assert_eq!(edited.status, 200, "{edited:?}");
        let now = edited.json();
        assert_eq!((&now["name"], &now["description"], &now["first_party"]), (&json!("Store"), &json!(""), &json!(true)));
        assert_eq!((&now["scopes"], &now["optional_scopes"]), (&json!(["openid", "email"]), &json!(["profile"])));
        assert_eq!((&now["backchannel_logout_uri"], &now["resources"]), (&Value::Null, &json!([])));
        assert_eq!(now["post_logout_redirect_uris"], json!(["https://shop.example.com/bye"]));
        let stale = admin.call("PATCH", &path).header("If-Match", &etag).json(&json!({ "name": "Lost" })).send();
        assert_refused(&stale, 412, "changed_meanwhile");

        assert_eq!(admin.delete(&path).status, 204);
        assert_refused(&admin.get(&path), 404, "not_found");
        assert_refused(&admin.delete(&path), 404, "not_found");
        for table in ["applications", "application_uris", "application_scopes", "application_resources", "application_pairs"] {
            assert_eq!(site.database.number(&format!("(SELECT COUNT(*) FROM {table})")), 0, "{table}");
        }
        let log = "(SELECT COUNT(*) FROM audit_events WHERE action LIKE 'application.%' AND target LIKE 'app_%')";
        assert_eq!(site.database.number(log), 3);
        let told = site.database.number(&format!("(SELECT COUNT(*) FROM audit_events WHERE detail LIKE '%{secret}%')"));
        assert_eq!(told, 0, "the log holds no secret");
    }

    // Covers: L088, KM-03, KM-19, K6
    #[test]
    fn its_secret_is_replaced_with_or_without_a_break(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let create = || {
            admin.call("POST", &applications_of(&site)).header("Idempotency-Key", "one").json(&shop()).send()
        };
        let made = create();
        let again = create();
        assert_eq!((again.status, again.json().get("client_secret"), &again.json()["secret_already_shown"]), (200, None, &json!(true)));
        assert_eq!((again.text("client_id"), site.database.number("(SELECT COUNT(*) FROM applications)")), (made.text("client_id"), 1));

        let path = format!("/applications/{}", made.text("client_id"));
        assert_refused(&admin.post(&format!("{path}/pairs"), &json!({ "expires": "2020-01-01" })), 422, "expiry_in_the_past");
        let second = admin.post(&format!("{path}/pairs"), &json!({ "expires": "90d" }));
        assert!(second.status == 201 && second.json()["expires_at"].is_string(), "{second:?}");
        assert_refused(&admin.post(&format!("{path}/pairs"), &json!({})), 409, "pair_limit");
        let both = [made.json()["public_id"].clone(), second.json()["public_id"].clone()];
        assert_eq!(pairs(&admin.get(&path).json()), both);
        let one = |response: &Response| format!("{path}/pairs/{}", response.text("public_id"));
        assert_eq!(admin.delete(&one(&made)).status, 204);
        assert_refused(&admin.delete(&one(&made)), 404, "not_found");
        assert_refused(&admin.delete(&one(&second)), 409, "last_pair");
        assert_eq!(seq(&site, "cut_off"), 0, "tokens of the other pair live on");

        let third = admin.post(&format!("{path}/regenerate"), &json!({}));
        assert_eq!((third.status, third.text("client_id")), (200, made.text("client_id")));
        assert_eq!(pairs(&third.json()["application"]), [third.json()["public_id"].clone()]);
        assert!(seq(&site, "cut_off") > 0, "tokens from before are dead");
        let secrets = [&made, &second, &third].map(|response| response.text("client_secret"));
        assert!(secrets[0] != secrets[1] && secrets[1] != secrets[2] && secrets[0] != secrets[2]);
    }

    // Covers: CA-10, L088
    #[test]
    fn a_public_application_has_no_secret(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let made = admin.post(&applications_of(&site), &json!({
            "name": "Desktop", "kind": "public", "scopes": ["openid"],
            "redirect_uris": ["http://127.0.0.1/callback", "com.example.desktop:/callback"],
        }));
        assert_eq!((made.status, made.json().get("client_secret"), made.json().get("public_id")), (201, None, None));
        assert_eq!(made.json()["application"]["pairs"], json!([]));
        let path = format!("/applications/{}", made.text("client_id"));
        for way in ["pairs", "regenerate"] {
            assert_refused(&admin.post(&format!("{path}/{way}"), &json!({})), 409, "public_application");
        }
        assert_refused(&admin.delete(&format!("{path}/pairs/0123456789abcdef")), 409, "public_application");
        assert_refused(&admin.patch(&path, &json!({ "kind": "confidential" })), 400, "unknown_field");
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM application_pairs)"), 0);
    }

    // Covers: K5, L088
    #[test]
    fn a_disabled_application_keeps_what_users_authorized_and_no_token(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let made = admin.post(&applications_of(&site), &shop());
        let id = made.text("client_id");
        let path = format!("/applications/{id}");
        let user = site.user("ada");
        consent(&site, user, id.parse().expect("an id"), &["openid"]);
        assert_eq!(admin.post(&format!("{path}/disable"), &json!({})).text("state"), "disabled");
        assert!(seq(&site, "cut_off") > 0);
        assert_refused(&admin.post(&format!("{path}/disable"), &json!({})), 409, "already_disabled");
        let listed = |caller: &Caller<'_>| caller.get(&format!("/users/{user}/authorized-applications")).json();
        assert_eq!(listed(&admin)["items"][0]["application"]["state"], "disabled");
        assert_eq!(admin.post(&format!("{path}/enable"), &json!({})).text("state"), "active");
        assert_refused(&admin.post(&format!("{path}/enable"), &json!({})), 409, "not_disabled");
        assert_eq!(listed(&admin)["items"].as_array().map(Vec::len), Some(1));
        assert!(seq(&site, "cut_off") > 0, "what was inactive stays so");

        assert_eq!(admin.delete(&path).status, 204);
        assert_eq!(listed(&admin)["items"], json!([]));
        let told = "(SELECT COUNT(*) FROM changes WHERE kind = 'grant')";
        assert_eq!(site.database.number(told), 2, "every node hears that the consent is gone");
    }

    // Covers: K9, L088
    #[test]
    fn applications_are_listed_in_pages_and_found_by_name(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (ada, path) = (site.user("ada"), applications_of(&site));
        for (name, owner) in [("Shop", None), ("Bishop 100%", Some(ada)), ("Library", None)] {
            let mut body = shop_with(&json!({ "name": name }));
            if let Some(owner) = owner {
                body["owner"] = json!(owner);
            }
            // Pages are in the order of ids, which are made of the time.
            site.clock.advance(Duration::from_millis(1));
            assert_eq!(admin.post(&path, &body).status, 201);
        }
        let names = |query: &str| {
            let items = admin.get(&format!("{path}?{query}")).json()["items"].clone();
            items.as_array().expect("a list").iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("limit=200"), ["Shop", "Bishop 100%", "Library"]);
        assert_eq!(names("q=SHOP"), ["Shop", "Bishop 100%"]);
        assert_eq!(names("q=0%25"), ["Bishop 100%"]);
        assert_eq!(names(&format!("owner={ada}")), ["Bishop 100%"]);
        assert_refused(&admin.get(&format!("{path}?owner=ada")), 400, "invalid_parameter");
        let first = admin.get(&format!("{path}?limit=2"));
        let rest = admin.get(&format!("{path}?limit=2&cursor={}", first.text("next_cursor")));
        assert_eq!((&rest.json()["items"][0]["name"], rest.json().get("next_cursor")), (&json!("Library"), None));
    }
}

const AUDIENCES: [&str; 2] = ["http://127.0.0.1:8080/api/v1", "https://api.example.com"];

on_both! {
    // Covers: L088
    #[test]
    fn what_an_application_keeps_it_has_without_interruption(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let made = admin.post(&applications_of(&site), &shop_with(&json!({ "resources": [AUDIENCES[0]] })));
        let path = format!("/applications/{}", made.text("client_id"));
        let since = |scope: &str| {
            site.database.number(&format!("(SELECT since FROM application_scopes WHERE scope = '{scope}')"))
        };
        let registered = since("openid");
        let redirects = seq(&site, "redirects_since");
        assert_eq!(redirects, registered);
        let edit = |body: Value| assert_eq!(admin.patch(&path, &body).status, 200, "{body}");
        edit(json!({ "name": "Store", "post_logout_redirect_uris": ["https://shop.example.com/bye"] }));
        edit(json!({ "optional_scopes": ["read", "email"], "resources": AUDIENCES }));
        assert_eq!((since("openid"), since("read")), (registered, registered), "also one that users may leave out now");
        assert!(since("email") > registered);
        let resource = |audience: &str| {
            site.database.number(&format!("(SELECT since FROM application_resources WHERE audience = '{audience}')"))
        };
        assert!(resource(AUDIENCES[0]) == registered && resource(AUDIENCES[1]) > registered);
        edit(json!({ "optional_scopes": ["email"] }));
        edit(json!({ "optional_scopes": ["email", "read"] }));
        assert!(since("read") > since("email"), "what was lost and came back is new");

        assert_eq!(seq(&site, "redirects_since"), redirects);
        edit(json!({ "redirect_uris": [REDIRECT_URI, "https://shop.example.com/other"] }));
        let later = seq(&site, "redirects_since");
        assert!(later > redirects, "consents from before are asked for again");
        edit(json!({ "redirect_uris": ["https://shop.example.com/other"] }));
        assert_eq!(seq(&site, "redirects_since"), later, "nobody is sent to a further place");
    }
}
