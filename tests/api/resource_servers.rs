//! Resource servers through the API: what they see of tokens when they change, their pairs, and the permissions they register.

use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::{
        http::Response,
        site::{AUDIENCE, Credential, ISSUER, TestSite},
    },
};

fn credential(answer: &Response) -> Credential {
    assert_eq!(answer.status, 201, "{answer:?}");
    Credential {
        client_id: answer.text("client_id"),
        public_id: answer.text("public_id").parse().expect("a public id"),
        secret: answer.text("client_secret"),
    }
}

on_both! {
    // Covers: RA-10
    #[test]
    fn a_resource_server_sees_tokens_of_the_audiences_it_has_at_that_moment(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let root = Caller::site_admin(&site, &server);
        let (one, two) = ("https://one.example.com", "https://two.example.com");
        let made = root.post("/resource-servers", &json!({ "name": "Orders", "audiences": [two, one, one] }));
        let orders = credential(&made);
        let path = format!("/resource-servers/{}", orders.client_id);
        assert_eq!(made.header("Location"), Some(format!("{ISSUER}/api/v1{path}").as_str()));
        let shown = root.get(&path).json();
        assert_eq!((&shown["audiences"], &shown["pairs"][0]["public_id"]), (&json!([one, two]), &made.json()["public_id"]));
        assert!(!shown.to_string().contains(&orders.secret));

        let key = site.key("viewer", &[0]);
        let token = server.mint_with(&key, &[("resource", one)]);
        assert!(server.is_active(&orders, &token));
        assert_eq!(root.patch(&path, &json!({ "audiences": [two] })).json()["audiences"], json!([two]));
        assert!(!server.is_active(&orders, &token));
        assert_eq!(server.token_with(&key, &[("resource", one)]).error(), "invalid_target");
        assert_eq!(root.patch(&path, &json!({ "audiences": [one, two] })).status, 200);
        assert!(!server.is_active(&orders, &token), "what was inactive stays so");

        assert_eq!(root.post(&format!("{path}/disable"), &json!({})).text("state"), "disabled");
        assert_refused(&root.post(&format!("{path}/disable"), &json!({})), 409, "already_disabled");
        let asked = server.client.post_form("/oauth/introspect", orders.pair(), &[("token", &token)]);
        assert_eq!((asked.status, asked.error().as_str()), (401, "invalid_client"));
        assert_eq!(root.post(&format!("{path}/enable"), &json!({})).text("state"), "active");
        assert_refused(&root.post(&format!("{path}/enable"), &json!({})), 409, "not_disabled");
        let token = server.mint_with(&key, &[("resource", one)]);
        assert!(server.is_active(&orders, &token));

        assert_eq!(root.delete(&path).status, 204);
        assert_refused(&root.get(&path), 404, "not_found");
        let asked = server.client.post_form("/oauth/introspect", orders.pair(), &[("token", &token)]);
        assert_eq!(asked.status, 401);
        assert!(!server.is_active(&site.resource_server, &token));
        let again = root.post("/resource-servers", &json!({ "name": "Orders", "audiences": [one] }));
        assert!(server.is_active(&credential(&again), &server.mint_with(&key, &[("resource", one)])));
    }

    // Covers: RA-10, KM-03, K6
    #[test]
    fn its_secret_is_replaced_without_a_break(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let root = Caller::site_admin(&site, &server);
        let body = json!({ "name": "Orders", "audiences": ["https://orders.example.com"], "accepts_api_keys": true });
        let create = || root.call("POST", "/resource-servers").header("Idempotency-Key", "one").json(&body).send();
        let old = credential(&create());
        let again = create();
        assert_eq!((again.status, again.json().get("client_secret")), (200, None));
        assert_eq!(again.json()["secret_already_shown"], true);

        let pairs = format!("/resource-servers/{}/pairs", old.client_id);
        let past = root.post(&pairs, &json!({ "expires_at": "2020-01-01" }));
        assert_refused(&past, 422, "expiry_in_the_past");
        let new = credential(&root.post(&pairs, &json!({})));
        assert_refused(&root.post(&pairs, &json!({})), 409, "pair_limit");
        let token = server.mint_with(&site.key("viewer", &[0]), &[("resource", "https://orders.example.com")]);
        assert!(server.is_active(&old, &token) && server.is_active(&new, &token));
        assert_eq!(root.delete(&format!("{pairs}/{}", old.public_id)).status, 204);
        let asked = server.client.post_form("/oauth/introspect", old.pair(), &[("token", &token)]);
        assert_eq!(asked.status, 401);
        assert!(server.is_active(&new, &token));
        assert_refused(&root.delete(&format!("{pairs}/{}", old.public_id)), 404, "not_found");
        assert_refused(&root.delete(&format!("{pairs}/{}", new.public_id)), 409, "last_pair");
    }

    // Covers: RA-10, K4, JW-12
    #[test]
    fn values_that_do_not_fit_are_named(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let root = Caller::site_admin(&site, &server);
        let long = format!("https://example.com/{}", "x".repeat(500));
        for audience in ["", "api", "//example.com", "https://example.com/#x", "https://exa mple.com", "https://example.com\n", &long] {
            let refused = root.post("/resource-servers", &json!({ "name": "New", "audiences": [audience] }));
            assert_refused(&refused, 422, "invalid_field");
            assert_eq!(refused.text("field"), "/audiences/0", "{audience}");
        }
        let own = format!("{ISSUER}/api/v1");
        for (body, status, code) in [
            (json!({ "name": "New", "audiences": [] }), 422, "audience_required"),
            (json!({ "name": "New", "audiences": [own] }), 422, "reserved_audience"),
            (json!({ "name": "New", "audiences": [format!("{own}/")] }), 422, "reserved_audience"),
            (json!({ "name": "New", "audiences": [AUDIENCE] }), 409, "audience_taken"),
            (json!({ "name": "API", "audiences": ["https://new.example.com"] }), 409, "name_taken"),
            (json!({ "name": "N\u{202e}ew", "audiences": ["https://new.example.com"] }), 422, "invalid_field"),
            (json!({ "name": "New" }), 422, "missing_field"),
            (json!({ "name": "New", "audiences": ["https://new.example.com"], "client_secret": "x" }), 400, "read_only_field"),
        ] {
            assert_refused(&root.post("/resource-servers", &body), status, code);
        }
        let path = format!("/resource-servers/{}", site.resource_server.client_id);
        assert_refused(&root.patch(&path, &json!({ "audiences": [] })), 422, "audience_required");
        assert_refused(&root.patch(&path, &json!({ "audiences": [own] })), 422, "reserved_audience");
        assert_refused(&root.get("/resource-servers/rsv_1"), 404, "not_found");
        let admin = Caller::admin(&site, &server);
        assert_refused(&admin.get(&path), 403, "missing_permission");
        assert_refused(&admin.get("/resource-servers"), 403, "missing_permission");
        assert_eq!(root.get("/resource-servers").json()["items"].as_array().map(Vec::len), Some(1));
    }

    // Covers: RA-11
    #[test]
    fn a_registered_permission_comes_through_the_scope_of_its_class(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (root, admin) = (Caller::site_admin(&site, &server), Caller::admin(&site, &server));
        let path = format!("/resource-servers/{}/permissions", site.resource_server.client_id);
        for (name, class) in [("orders.list", "read"), ("orders.cancel", "write")] {
            let body = json!({ "name": name, "class": class, "level": "workspace", "description": "Orders" });
            let made = root.post(&path, &body);
            assert_eq!((made.status, made.text("class").as_str()), (201, class), "{made:?}");
            assert_refused(&root.post(&path, &body), 409, "already_exists");
        }
        let known: Vec<Value> = root.get(&path).json()["items"].as_array().expect("a list").clone();
        assert_eq!(known.iter().map(|one| one["name"].clone()).collect::<Vec<_>>(), ["orders.cancel", "orders.list"]);
        let all = admin.get("/permissions").json()["items"].as_array().expect("a list").clone();
        let of_server = all.iter().filter(|one| one["resource_server"] == site.resource_server.client_id.as_str());
        assert_eq!(of_server.count(), 2);

        let body = json!({ "name": "clerk", "level": "workspace", "permissions": ["orders.list", "orders.cancel"] });
        let role = admin.post(&format!("/spaces/{}/roles", site.space), &body);
        assert_eq!(role.status, 201, "{role:?}");
        let key = site.key("clerk", &[0]);
        let permissions = |scope: &str| {
            let token = server.mint_with(&key, &[("scope", scope)]);
            server.introspect(&site.resource_server, &token)["permissions"]["workspaces"].clone()
        };
        assert_eq!(permissions("read"), json!({ "1001": ["orders.list"] }));
        assert_eq!(permissions("write"), json!({ "1001": ["orders.cancel"] }));
        assert_eq!(permissions("read write"), json!({ "1001": ["orders.cancel", "orders.list"] }));

        assert_refused(&root.delete(&format!("{path}/orders.list")), 409, "permission_in_use");
        let server_path = format!("/resource-servers/{}", site.resource_server.client_id);
        assert_refused(&root.delete(&server_path), 409, "permissions_registered");
        let token = server.mint(&key);
        let trimmed = admin.patch(&format!("/roles/{}", role.text("id")), &json!({ "permissions": ["orders.cancel"] }));
        assert_eq!(trimmed.status, 200);
        let seen = server.introspect(&site.resource_server, &token)["permissions"]["workspaces"].clone();
        assert_eq!(seen, json!({ "1001": ["orders.cancel"] }));
        assert_eq!(root.delete(&format!("{path}/orders.list")).status, 204);
        assert_refused(&root.delete(&format!("{path}/orders.list")), 404, "not_found");

        for name in ["orders", "Orders.list", "orders..list", "orders.", ".list", "orders.li st", "orders.\u{202e}"] {
            let body = json!({ "name": name, "class": "read", "level": "workspace" });
            let refused = root.post(&path, &body);
            assert_refused(&refused, 422, "invalid_field");
            assert_eq!(refused.text("field"), "/name", "{name}");
        }
        for (name, class, level, code, status) in [
            ("data.read", "read", "workspace", "already_exists", 409),
            ("orders.all", "admin", "workspace", "invalid_field", 422),
            ("orders.all", "read", "site", "invalid_field", 422),
        ] {
            let body = json!({ "name": name, "class": class, "level": level });
            assert_refused(&root.post(&path, &body), status, code);
        }
    }
}

on_both! {
    // Covers: A20, K3
    #[test]
    fn a_scope_is_registered_for_the_tokens_of_its_resource_server(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let runs_site = Caller::site_admin(&site, &server);
        let path = format!("/resource-servers/{}/scopes", site.resource_server.client_id);
        let body = json!({ "name": "alm.read", "class": "read", "description": "Look" });
        assert_refused(&Caller::admin(&site, &server).post(&path, &body), 403, "missing_permission");
        assert_eq!(runs_site.post(&path, &body).status, 201);
        assert_refused(&runs_site.post(&path, &body), 409, "already_exists");
        assert_refused(&runs_site.post(&path, &json!({ "name": "ALM", "class": "read" })), 422, "invalid_field");
        assert_eq!(runs_site.get(&path).json()["items"], json!([body]));
        let token = server.mint_with(&site.key("editor", &[0]), &[("scope", "alm.read")]);
        let said = server.introspect(&site.resource_server, &token);
        assert_eq!(said["permissions"]["workspaces"]["1001"], json!(["data.read", "pipelines.read", "reports.read"]));
    }
}
