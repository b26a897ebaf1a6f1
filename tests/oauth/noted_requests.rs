//! What an auditor reads of requests: which were denied to clients that were let in, and which keys passed a gateway or were
//! introspected.

use std::time::Duration;

use keystead::manage;
use serde_json::json;

use crate::{
    nodes::OPERATOR,
    noted::{noted, only},
    on_both,
    presented_keys::{accepting_server, serve},
    support::credential::{key_id, resource_server_id},
    support::site::TestSite,
};

on_both! {
    // Covers: L150
    #[test]
    fn the_token_endpoint_tells_why_a_client_that_was_let_in_got_nothing(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let gateway = &site.resource_server;
        let asked = [
            (&key, ("scope", "nonsense!"), "invalid_scope"),
            (&key, ("scope", "workspace:1002"), "no_role_in_workspace"),
            (&key, ("resource", "https://elsewhere.example.com"), "invalid_target"),
            (gateway, ("scope", "read"), "unauthorized_client"),
        ];
        for (client, parameter, reason) in asked {
            assert_eq!(server.token_with(client, &[parameter]).status, 400);
            let row = noted(&site, &server).pop().expect("a row");
            site.clock.advance(Duration::from_secs(1));
            let told = (row.what(), &row.detail["operation"], &row.target, row.address.as_str());
            assert_eq!(told, (("request.refuse", reason), &json!("token"), &client.client_id, "127.0.0.1"));
            assert_eq!(row.pair == key.public_id.as_str(), client.client_id == key.client_id);
        }
        let token = server.mint(&site.key("viewer", &[0]));
        assert_eq!(server.revoke(&key, &token).status, 400);
        site.clock.advance(Duration::from_secs(1));
        assert_eq!(server.client.post_form("/oauth/par", key.pair(), &[("client_id", &key.client_id)]).status, 400);
        assert_eq!(server.token_with(&key, &[("scope", "workspace:1001")]).status, 200);
        let rows = noted(&site, &server);
        let about = |what: (&str, &str)| rows.iter().rfind(|row| row.what() == what).expect("a row").clone();
        assert_eq!(about(("request.refuse", "token_of_another_client")).detail["operation"], "revoke");
        assert!(rows.iter().any(|row| row.detail == json!({ "reason": "unauthorized_client", "operation": "par" })));
        assert_eq!(about(("token.issue", "client_credentials")).workspace, "1001");
        assert!(site.noted_about("workspace:1001").iter().any(|row| row.target == key.client_id));
    }

    // Covers: L150
    #[test]
    fn a_gateway_leaves_behind_who_was_turned_away_and_which_keys_passed(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        server.write_notes(&site);
        let last = || {
            let row = noted(&site, &server).pop().expect("a row");
            site.clock.advance(Duration::from_secs(1));
            row
        };

        for _ in 0..3 {
            assert_eq!(server.verify(&site.resource_server, &token, "workspace=1001").status, 200);
            assert!(server.is_active(&site.resource_server, &token));
        }
        assert!(server.notes.take().is_empty(), "that a token is used is not noted");

        assert_eq!(server.verify(&site.resource_server, &token, "workspace=1002").status, 403);
        let row = last();
        assert_eq!((row.what(), row.workspace.as_str()), (("request.refuse", "insufficient_scope"), "1002"));
        assert_eq!((&row.target, row.pair.as_str()), (&key.client_id, key.public_id.as_str()));

        assert_eq!(server.verify(&site.resource_server, &key.secret, "workspace=1001").status, 200);
        assert_eq!(last().what(), ("key_pair.use", "gateway"));
        assert!(server.is_active(&accepting_server(&site, "https://accepting.example.com"), &key.secret));
        let row = last();
        assert_eq!((row.what(), row.address.as_str()), (("key_pair.use", "introspection"), ""));

        site.change(|change, deps| manage::api_keys::revoke(change, deps, OPERATOR, key_id(&key)));
        assert_eq!(server.verify(&site.resource_server, &token, "").status, 401);
        let row = last();
        assert_eq!((row.what(), &row.target, row.pair.as_str()), (("request.refuse", "invalid_token"), &key.client_id, key.public_id.as_str()));
        assert_eq!((row.space.as_str(), &row.detail["operation"]), ("Space", &json!("verify")));

        assert_eq!(server.verify(&site.resource_server, "garbage", "workspace=1001").status, 401);
        let row = last();
        assert_eq!((row.target.as_str(), row.workspace.as_str()), ("unknown client", ""), "a stranger's word is not kept");
        assert_eq!(server.verify(&site.resource_server, &key.secret, "").status, 401);
        assert_eq!(last().what(), ("client.refuse", "unknown_client"), "a revoked key has lost its pairs");
        assert_eq!(server.verify(&key, &token, "").status, 401);
        assert_eq!((last().what(), last().target), (("client.refuse", "key_revoked"), key.client_id));
    }

    // Covers: L150
    #[test]
    fn whoever_may_not_introspect_is_told_and_an_inactive_token_is_not(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let accepting = accepting_server(&site, "https://accepting.example.com");
        let key = site.key("viewer", &[0]);
        assert!(!server.is_active(&site.resource_server, "garbage"));
        assert!(server.notes.take().is_empty());

        site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&key)));
        assert!(!server.is_active(&accepting, &key.secret));
        let row = only(&noted(&site, &server));
        assert_eq!((row.what(), &row.target, row.address.as_str()), (("client.refuse", "key_disabled"), &key.client_id, ""));

        site.clock.advance(Duration::from_secs(1));
        let id = resource_server_id(&site.resource_server);
        site.change(|change, deps| manage::resource_servers::disable(change, deps, OPERATOR, id));
        let form = [("token", "garbage")];
        assert_eq!(server.client.post_form("/oauth/introspect", site.resource_server.pair(), &form).status, 401);
        let row = noted(&site, &server).pop().expect("a row");
        assert_eq!((row.what(), &row.target), (("client.refuse", "client_disabled"), &site.resource_server.client_id));
        assert_eq!((row.pair.as_str(), row.space.as_str()), (site.resource_server.public_id.as_str(), ""));
    }
}
