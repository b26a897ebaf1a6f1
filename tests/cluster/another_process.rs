//! The command line changes the site in a second process; the very next request of the running server knows it.

use crate::{
    installation::{Installation, Node, credential},
    on_both,
    support::site::{Credential, ISSUER},
};

const REFUSED: u16 = 401;

/// A key that works, and a token of it, both known to the server from requests of before.
fn warmed(site: &Installation, node: &Node) -> (Credential, String) {
    let key = site.key("viewer@1001,1002");
    let token = node.mint(&key);
    assert!(node.is_active(&site.api, &token));
    (key, token)
}

on_both! {
    // Covers: G2, I9, IN-09, L040, L042, L043, L046
    #[test]
    fn the_server_knows_at_once_that_a_key_was_revoked_and_regenerated(backend) {
        let site = Installation::new(backend);
        let node = site.node();
        let (key, token) = warmed(&site, &node);

        site.run(&["key", "revoke", &key.client_id]);
        assert!(!node.is_active(&site.api, &token));
        assert_eq!(node.token(&key).status, REFUSED);

        let again = credential(&site.run(&["key", "regenerate", &key.client_id]));
        let newer = node.mint(&again);
        assert_eq!(node.token(&key).status, REFUSED);
        assert!(node.is_active(&site.api, &newer) && !node.is_active(&site.api, &token));

        let once_more = credential(&site.run(&["key", "regenerate", &key.client_id]));
        assert_eq!(once_more.client_id, key.client_id);
        assert!(!node.is_active(&site.api, &newer));
        assert_eq!(node.token(&again).status, REFUSED);
        node.mint(&once_more);
    }

    // Covers: L113, KM-06, IN-09
    #[test]
    fn the_server_knows_at_once_that_a_key_was_disabled_and_enabled(backend) {
        let site = Installation::new(backend);
        let node = site.node();
        let (key, token) = warmed(&site, &node);

        for _ in 0..3 {
            site.run(&["key", "disable", &key.client_id]);
            assert!(!node.is_active(&site.api, &token));
            assert_eq!(node.token(&key).status, REFUSED);
            site.run(&["key", "enable", &key.client_id]);
            let newer = node.mint(&key);
            assert!(node.is_active(&site.api, &newer) && !node.is_active(&site.api, &token));
        }
    }

    // Covers: L093, L096, CC-01, KM-05
    #[test]
    fn the_server_knows_at_once_that_a_pair_was_added_and_another_deleted(backend) {
        let site = Installation::new(backend);
        let node = site.node();
        let (first, token) = warmed(&site, &node);

        let second = credential(&site.run(&["key", "add-pair", &first.client_id, "--expires", "none"]));
        let of_second = node.mint(&second);
        site.run(&["key", "delete-pair", &first.client_id, &first.public_id.to_string()]);
        assert!(!node.is_active(&site.api, &token));
        assert_eq!(node.token(&first).status, REFUSED);
        assert!(node.is_active(&site.api, &of_second));
        node.mint(&second);
    }

    // Covers: J13, IN-09
    #[test]
    fn the_server_knows_at_once_that_a_signing_key_was_revoked(backend) {
        let site = Installation::new(backend);
        let node = site.node();
        let (key, token) = warmed(&site, &node);
        let listed = site.run(&["signing-key", "list"]);
        let all = listed["signing_keys"].as_array().expect("a list");
        let active = all.iter().find(|one| one["state"] == "active").expect("one that signs");
        let kid = active["kid"].as_str().expect("a kid");
        assert!(node.client.get("/oauth/jwks").send().body.contains(kid));

        site.run(&["signing-key", "revoke", kid]);
        assert!(!node.is_active(&site.api, &token));
        let newer = node.mint(&key);
        assert!(node.is_active(&site.api, &newer));
        assert!(!node.client.get("/oauth/jwks").send().body.contains(kid));
    }

    // Covers: IN-02, I1
    #[test]
    fn the_server_knows_at_once_that_a_resource_server_was_made(backend) {
        let site = Installation::new(backend);
        let node = site.node();
        let (_, token) = warmed(&site, &node);
        let made = site.run(&["resource-server", "create", "--audience", "https://other.example.com", "Other"]);
        let other = credential(&made);
        assert!(!node.is_active(&other, &token), "the token is for another audience");
        let impostor = Credential { secret: site.api.secret.clone(), ..other };
        assert_eq!(node.introspect(&impostor, &token).status, REFUSED);
    }

    // Covers: K8
    #[test]
    fn a_key_of_the_administrator_reaches_routes_of_the_site_and_the_management_key_does_not(backend) {
        let site = Installation::new(backend);
        let node = site.node();
        let of_site = ["key", "create", "--space", "Acme", "--owner", "admin", "--role", "site_admin", "Site"];
        let of_space = ["key", "create", "--space", "Acme", "--role", "space_admin", "Space"];
        let api = format!("{ISSUER}/api/v1");
        for (command, expected) in [(of_site.as_slice(), 200), (&of_space, 403)] {
            let key = credential(&site.run(command));
            let fields = [("grant_type", "client_credentials"), ("resource", api.as_str())];
            let token = node.client.post_form("/oauth/token", key.pair(), &fields);
            let answer = node.client.get("/api/v1/site").bearer(&token.text("access_token")).send();
            assert_eq!(answer.status, expected, "{}", answer.body);
        }
    }
}
