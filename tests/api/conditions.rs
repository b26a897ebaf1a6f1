//! Entity tags.

use serde_json::json;

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::site::TestSite,
};

on_both! {
    // Covers: RA-01
    #[test]
    fn whoever_has_the_present_state_is_told_so_and_nothing_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let shown = admin.get("/workspaces/1001");
        let etag = shown.header("ETag").expect("a tag").to_owned();
        assert!(etag.starts_with('"'), "{etag}");
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let answer = admin.call("GET", "/workspaces/1001").header("If-None-Match", &known).send();
            assert_eq!((answer.status, answer.body.as_str(), answer.header("ETag")), (304, "", Some(etag.as_str())));
        }
        let edited = admin.patch("/workspaces/1001", &json!({ "name": "Renamed" }));
        assert_ne!(edited.header("ETag"), Some(etag.as_str()));
        let answer = admin.call("GET", "/workspaces/1001").header("If-None-Match", &etag).send();
        assert_eq!((answer.status, answer.header("ETag")), (200, edited.header("ETag")));
    }

    // Covers: RA-02
    #[test]
    fn a_change_of_what_somebody_else_changed_is_refused(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let stale = admin.get("/workspaces/1001").header("ETag").expect("a tag").to_owned();
        admin.patch("/workspaces/1001", &json!({ "name": "Renamed" }));

        let lost = |method: &str, path: &str, tag: &str| {
            let answer = admin.call(method, path).header("If-Match", tag).json(&json!({})).send();
            assert_refused(&answer, 412, "changed_meanwhile");
        };
        lost("PATCH", "/workspaces/1001", &stale);
        lost("POST", "/workspaces/1001/close", &stale);
        lost("PATCH", "/workspaces/1001", "nonsense");
        let present = admin.get("/workspaces/1001").header("ETag").expect("a tag").to_owned();
        lost("PATCH", "/workspaces/1001", &format!("W/{present}"));
        let removal = admin.call("DELETE", "/workspaces/1001").header("If-Match", &stale).send();
        assert_refused(&removal, 412, "changed_meanwhile");
        assert_eq!(admin.get("/workspaces/1001").text("state"), "open");

        let edit = admin.call("PATCH", "/workspaces/1001").header("If-Match", &present);
        let edited = edit.json(&json!({ "name": "Again" })).send();
        assert_eq!((edited.status, edited.text("name").as_str()), (200, "Again"));
        let present = edited.header("ETag").expect("a tag");
        let removal = admin.call("DELETE", "/workspaces/1001").header("If-Match", present);
        assert_eq!(removal.send().status, 204);
        let gone = admin.call("PATCH", "/workspaces/1001").header("If-Match", "*").json(&json!({})).send();
        assert_refused(&gone, 404, "not_found");
    }
}
