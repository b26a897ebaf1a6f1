//! What an application cannot be registered with.

use serde_json::{Value, json};

use crate::{
    applications::{applications_of, shop, shop_with},
    caller::{Caller, assert_refused},
    on_both,
    support::site::{ISSUER, TestSite},
};

const BAD: &[&str] = &[
    "",
    "callback",
    "/callback",
    "//shop.example.com/callback",
    "JaVaScRiPt:alert(1)",
    "data:text/html,hello",
    "vbscript:x",
    "http://shop.example.com/",
    "http://127.1/callback",
    "https://*.example.com/",
    "https://shop.example.com/#fragment",
    "https://user@shop.example.com/",
    "https://shop.example.com/a/../b",
    "https://SHOP.example.com/",
    "https://shop.example.com:443/",
    "https://shop.example.com/a b",
    "https://shop.example.com/\n",
    "https://shop.example.com/\u{202e}",
    "app:/callback",
];

on_both! {
    // Covers: AZ-04, A4
    #[test]
    fn a_place_that_could_be_somebody_elses_is_never_registered(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = applications_of(&site);
        let known = format!("/applications/{}", admin.post(&path, &shop()).text("client_id"));
        for bad in BAD {
            for body in [
                json!({ "redirect_uris": [bad] }),
                json!({ "redirect_uris": ["https://shop.example.com/callback", bad] }),
                json!({ "post_logout_redirect_uris": [bad] }),
                json!({ "backchannel_logout_uri": bad }),
            ] {
                assert_refused(&admin.post(&path, &shop_with(&body)), 400, "invalid_redirect_uri");
                assert_refused(&admin.patch(&known, &body), 400, "invalid_redirect_uri");
            }
        }
        // A private scheme leads to a user's device, where no secret is kept; and Keystead calls none.
        let private = "com.example.shop:/callback";
        assert_refused(&admin.post(&path, &shop_with(&json!({ "redirect_uris": [private] }))), 400, "invalid_redirect_uri");
        let public = shop_with(&json!({ "kind": "public", "redirect_uris": [private] }));
        assert_eq!(admin.post(&path, &public).status, 201);
        let called = shop_with(&json!({ "kind": "public", "backchannel_logout_uri": private }));
        assert_refused(&admin.post(&path, &called), 400, "invalid_redirect_uri");
        assert_refused(&admin.patch(&known, &json!({ "redirect_uris": [private] })), 400, "invalid_redirect_uri");

        for none in [json!({ "redirect_uris": [] }), json!({ "redirect_uris": null })] {
            let refused = admin.patch(&known, &none);
            assert!([(422, "redirect_uri_required"), (422, "invalid_field")].contains(&(refused.status, refused.text("code").as_str())));
        }
        let many: Vec<String> = (0..21).map(|number| format!("https://shop.example.com/{number}")).collect();
        for name in ["redirect_uris", "post_logout_redirect_uris"] {
            assert_refused(&admin.patch(&known, &json!({ name: many })), 422, "too_many");
            assert_eq!(admin.patch(&known, &json!({ name: many[1..] })).status, 200);
        }
    }

    // Covers: A20, B14, K4
    #[test]
    fn values_that_mean_nothing_are_named(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let root = Caller::site_admin(&site, &server);
        let scopes = format!("/resource-servers/{}/scopes", site.resource_server.client_id);
        assert_eq!(root.post(&scopes, &json!({ "name": "alm.read", "class": "read" })).status, 201);
        let path = applications_of(&site);
        let all = ["openid", "profile", "email", "offline_access", "read", "write", "alm.read"];
        let made = admin.post(&path, &shop_with(&json!({ "scopes": all })));
        assert_eq!(made.json()["application"]["scopes"], json!(["openid", "profile", "email", "offline_access", "read", "write", "alm.read"]));
        let known = format!("/applications/{}", made.text("client_id"));
        for unknown in ["", "admin", "roles", "workspace:1001", "alm.write", "openid profile", "OPENID", "openid\u{202e}"] {
            for name in ["scopes", "optional_scopes"] {
                let refused = admin.patch(&known, &json!({ name: ["read", unknown] }));
                assert_refused(&refused, 422, "unknown_scope");
                assert!(refused.text("detail").contains(&format!("`{unknown}`")), "{refused:?}");
            }
        }
        for (body, status, code) in [
            (json!({ "scopes": [], "optional_scopes": [] }), 422, "scope_required"),
            (json!({ "scopes": ["read"], "optional_scopes": ["read"] }), 422, "scope_given_twice"),
            (json!({ "scopes": [], "optional_scopes": ["openid"] }), 422, "openid_not_optional"),
            (json!({ "resources": ["https://elsewhere.example.com"] }), 422, "unknown_audience"),
            (json!({ "resources": [format!("{ISSUER}/api/v1/")] }), 422, "unknown_audience"),
            (json!({ "resources": ["api"] }), 422, "invalid_field"),
            (json!({ "id_token_algorithm": "RS256" }), 422, "algorithm_without_key"),
            (json!({ "id_token_algorithm": "none" }), 422, "invalid_field"),
            (json!({ "name": "Sh\u{202e}op" }), 422, "invalid_field"),
            (json!({ "name": "Sh\u{200b}op" }), 422, "invalid_field"),
            (json!({ "name": " " }), 422, "invalid_field"),
            (json!({ "client_secret": "x" }), 400, "read_only_field"),
            (json!({ "logo": "x" }), 400, "unknown_field"),
        ] {
            assert_refused(&admin.post(&path, &shop_with(&body)), status, code);
            assert_refused(&admin.patch(&known, &body), status, code);
        }
        for missing in ["name", "kind", "redirect_uris"] {
            let mut body = shop();
            body.as_object_mut().expect("an object").remove(missing);
            assert_refused(&admin.post(&path, &body), 422, "missing_field");
        }
        assert_refused(&admin.post(&path, &shop_with(&json!({ "kind": "spa" }))), 422, "invalid_field");
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM applications)"), 1);
        let unchanged: Value = admin.get(&known).json();
        assert_eq!(unchanged, made.json()["application"]);
    }
}
