//! Workspaces through the API.

use keystead::{
    domain::{authority::Authority, space::SpaceKind},
    manage::{self, spaces::CreateSpace, workspaces::CreateWorkspace},
};
use serde_json::json;

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::site::{TestSite, name},
};

on_both! {
    // Covers: RA-07
    #[test]
    fn a_workspace_is_made_renamed_closed_reopened_and_removed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let made = admin.post(&format!("/spaces/{}/workspaces", site.space), &json!({ "name": " Production " }));
        assert_eq!(made.status, 201);
        let expected = json!({ "number": 1003, "space": site.space, "name": "Production", "state": "open" });
        assert_eq!((made.json(), admin.get("/workspaces/1003").json()), (expected.clone(), expected));

        assert_eq!(admin.patch("/workspaces/1003", &json!({ "name": "Staging" })).text("name"), "Staging");
        assert_refused(&admin.patch("/workspaces/1003", &json!({ "name": "First" })), 409, "name_taken");
        assert_eq!(admin.call("POST", "/workspaces/1003/close").send().text("state"), "closed");
        assert_refused(&admin.post("/workspaces/1003/close", &json!({})), 409, "already_closed");
        assert_eq!(admin.post("/workspaces/1003/reopen", &json!({})).text("state"), "open");
        assert_refused(&admin.post("/workspaces/1003/reopen", &json!({})), 409, "already_open");
        assert_refused(&admin.post("/workspaces/1003/reopen", &json!({ "now": true })), 400, "unknown_field");
        assert_eq!(admin.delete("/workspaces/1003").status, 204);
        assert_refused(&admin.get("/workspaces/1003"), 404, "not_found");
        assert_refused(&admin.delete("/workspaces/1003"), 404, "not_found");
    }

    // Covers: K3, RA-07
    #[test]
    fn the_workspaces_of_another_space_do_not_exist(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (other, number) = site.change(|change, deps| {
            let new = CreateSpace { name: name("Other"), kind: SpaceKind::Production, internal_services: false };
            let space = manage::spaces::create(change, deps, &Authority::OPERATOR, new)?.id;
            let new = CreateWorkspace { space, name: name("Theirs") };
            Ok((space, manage::workspaces::create(change, deps, &Authority::OPERATOR, new)?.number))
        });
        let body = json!({ "name": "Mine" });
        let answers = [
            admin.get(&format!("/spaces/{other}/workspaces")),
            admin.post(&format!("/spaces/{other}/workspaces"), &body),
            admin.get(&format!("/workspaces/{number}")),
            admin.patch(&format!("/workspaces/{number}"), &body),
            admin.delete(&format!("/workspaces/{number}")),
            admin.post(&format!("/workspaces/{number}/close"), &json!({})),
            admin.post(&format!("/workspaces/{number}/reopen"), &json!({})),
        ];
        for answer in answers {
            assert_refused(&answer, 404, "not_found");
        }
        let theirs = site.database.number("(SELECT COUNT(*) FROM workspaces WHERE name = 'Theirs' AND state = 'open')");
        assert_eq!(theirs, 1);
    }
}
