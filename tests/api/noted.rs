//! What an auditor reads of callers of the API who were not let in, or not so far.

use std::time::Duration;

use keystead::domain::{api_key::Mode, authority::Authority};
use keystead::manage::{self, api_keys::EditApiKey};
use serde_json::json;

use crate::{caller::Caller, on_both, support::credential::key_id, support::site::TestSite};

on_both! {
    // Covers: L150
    #[test]
    fn each_denial_is_told_with_operation_code_key_pair_and_workspace(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let caller = Caller::with_key(&server, &key);
        server.write_notes(&site);
        let last = |status: u16, answer: crate::support::http::Response| {
            assert_eq!(answer.status, status, "{answer:?}");
            server.write_notes(&site);
            site.clock.advance(Duration::from_secs(1));
            site.noted().pop().expect("a row")
        };
        let row = last(403, caller.post("/spaces", &json!({ "name": "Another", "kind": "production" })));
        let detail = json!({ "reason": "missing_permission", "operation": "create_space" });
        assert_eq!((row.action.as_str(), &row.detail, &row.target), ("request.refuse", &detail, &key.client_id));
        let place = (row.pair.as_str(), row.address.as_str(), row.space.as_str());
        assert_eq!(place, (key.public_id.as_str(), "127.0.0.1", "Space"));
        let row = last(403, caller.post("/workspaces/1001/close", &json!({})));
        assert_eq!((row.what().1, row.workspace.as_str()), ("missing_permission", "1001"));
        assert!(site.noted_about("workspace:1001").contains(&row));

        let narrowed = EditApiKey { mode: Some(Mode::ReadOnly), ..EditApiKey::of(key_id(&key)) };
        site.change(|change, deps| manage::api_keys::edit(change, deps, &Authority::OPERATOR, narrowed));
        let row = last(403, caller.post("/workspaces/1001/close", &json!({})));
        assert_eq!(row.what().1, "insufficient_scope");

        site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
        let row = last(401, caller.get("/me"));
        assert_eq!((row.what().1, &row.target, &row.detail["operation"]), ("invalid_token", &key.client_id, &json!("who_am_i")));
        let row = last(401, server.client.get("/api/v1/me").bearer("garbage").send());
        assert_eq!((row.what().1, row.target.as_str()), ("invalid_token", "unknown client"));
    }

    // Covers: L150
    #[test]
    fn what_is_answered_or_not_there_is_no_denial(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let caller = Caller::admin(&site, &server);
        server.write_notes(&site);
        assert_eq!(caller.get("/me").status, 200);
        assert_eq!(caller.get(&format!("/keys/key_{}", "0".repeat(32))).status, 404);
        assert_eq!(caller.get("/me?nonsense=1").status, 400);
        assert_eq!(server.client.get("/api/v1/me").send().status, 401, "who shows nothing is denied nothing");
        assert!(server.notes.take().is_empty());
    }
}
