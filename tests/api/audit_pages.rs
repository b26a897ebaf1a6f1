//! The audit log as auditors read it: whose events they see, in which order, and by which filters.

use std::time::Duration;

use keystead::domain::api_key::UserKeyRoles;
use serde_json::{Value, json};

use crate::{
    caller::{Caller, another_space, assert_refused, give, key_of},
    on_both,
    support::site::TestSite,
};

fn ids(page: &Value) -> Vec<String> {
    items(page).iter().map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a list")
}

fn actions(page: &Value) -> Vec<&str> {
    items(page).iter().map(|event| event["action"].as_str().expect("an action")).collect()
}

fn auditor<'a>(site: &TestSite, server: &'a crate::support::site::Server) -> Caller<'a> {
    Caller::with_key(server, &site.key("auditor", &[]))
}

on_both! {
    // Covers: L151, L150
    #[test]
    fn auditors_read_the_log_of_their_space_and_nobody_else_does(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let path = format!("/spaces/{}/audit", site.space);
        let auditor = auditor(&site, &server);
        let page = auditor.get(&path).json();
        assert_eq!(actions(&page)[0], "api_key.create");
        assert!(items(&page).iter().all(|event| event["space"] == site.space.to_string()));
        let event = format!("{path}/{}", ids(&page)[0]);
        assert_eq!(auditor.get(&event).json(), items(&page)[0]);

        for refused in [Caller::admin(&site, &server), Caller::site_admin(&site, &server), Caller::nobody(&site, &server)] {
            for path in [&path, &event, &format!("{path}/export")] {
                assert_refused(&refused.get(path), 403, "missing_permission");
            }
        }
        let elsewhere = another_space(&site, "Elsewhere");
        for there in ["audit".to_owned(), "audit/export".to_owned(), format!("audit/{}", ids(&page)[0])] {
            assert_refused(&auditor.get(&format!("/spaces/{elsewhere}/{there}")), 404, "not_found");
        }
    }

    // Covers: L151
    #[test]
    fn events_of_the_site_are_read_by_those_who_run_it_and_events_of_spaces_are_not_among_them(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let manager = Caller::site_admin(&site, &server);
        let page = manager.get("/audit?limit=200").json();
        assert!(actions(&page).contains(&"resource_server.create") && actions(&page).contains(&"site.init"));
        assert!(items(&page).iter().all(|event| event["space"].is_null()));
        let of_site = ids(&page)[0].clone();
        assert_eq!(manager.get(&format!("/audit/{of_site}")).status, 200);

        let auditor = auditor(&site, &server);
        assert_refused(&auditor.get("/audit"), 403, "missing_permission");
        // An event of another stream is none of this one, for either.
        let of_space = ids(&auditor.get(&format!("/spaces/{}/audit", site.space)).json())[0].clone();
        assert_refused(&manager.get(&format!("/audit/{of_space}")), 404, "not_found");
        assert_refused(&auditor.get(&format!("/spaces/{}/audit/{of_site}", site.space)), 404, "not_found");
    }

    // Covers: K9
    #[test]
    fn pages_go_back_in_time_and_show_each_event_once_while_others_are_written(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let auditor = auditor(&site, &server);
        let path = format!("/spaces/{}/audit", site.space);
        let all = ids(&auditor.get(&format!("{path}?limit=200")).json());
        let (mut turned, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = auditor.get(&format!("{path}?limit=3{cursor}")).json();
            turned.extend(ids(&page));
            // What comes meanwhile is not looked back to.
            site.user(&format!("user{}", turned.len()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(turned, all);
        let times: Vec<String> =
            items(&auditor.get(&path).json()).iter().map(|event| event["at"].as_str().expect("a time").to_owned()).collect();
        assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
    }

    // Covers: L102, L150, L151
    #[test]
    fn events_are_found_by_everything_they_are_about(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let auditor = auditor(&site, &server);
        let owner = site.user("owner");
        give(&site, owner, "viewer", &[0]);
        let key = key_of(&site, owner, UserKeyRoles::Inherit, &[]);
        let admin_key = site.key("space_admin", &[]);
        let admin = Caller::with_key(&server, &admin_key);
        assert_eq!(admin.post(&format!("/keys/{}/disable", key.client_id), &json!({})).status, 200);
        site.clock.advance(Duration::from_hours(2));
        let admin = Caller::with_key(&server, &admin_key);
        assert_eq!(admin.patch(&format!("/workspaces/{}", site.workspaces[1].0), &json!({ "name": "Other" })).status, 200);
        let auditor_again = auditor_after(&site, &server, auditor);

        let find = |query: &str| {
            let page = auditor_again.get(&format!("/spaces/{}/audit?{query}", site.space)).json();
            actions(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(find(&format!("key={}", key.client_id)), ["api_key.disable", "api_key.create"]);
        assert_eq!(find(&format!("pair={}", key.public_id)), ["api_key.disable", "api_key.create"]);
        // The owner of the key is found by what happens to it.
        let of_owner = ["api_key.disable", "api_key.create", "user.give_role", "user.create"];
        assert_eq!(find(&format!("user={owner}")), of_owner);
        // The pair that was used to make a change finds it too.
        let by_admin = ["workspace.rename", "api_key.disable", "api_key.create"];
        assert_eq!(find(&format!("pair={}", admin_key.public_id)), by_admin);
        assert_eq!(find(&format!("workspace={}", site.workspaces[1].0)), ["workspace.rename", "workspace.create"]);

        // Filters narrow each other.
        assert_eq!(find(&format!("pair={}&user={owner}", admin_key.public_id)), ["api_key.disable"]);
        assert_eq!(find(&format!("user={owner}&action=user.")), ["user.give_role", "user.create"]);
        assert_eq!(find(&format!("user={owner}&action=api_key.create")), ["api_key.create"]);
        assert_eq!(find("action=workspace."), ["workspace.rename", "workspace.create", "workspace.create"]);
        let renamed = auditor_again.get(&format!("/spaces/{}/audit?action=workspace.rename", site.space)).json();
        let at = items(&renamed)[0]["at"].as_str().expect("a time");
        assert_eq!(find(&format!("from={at}&action=workspace.")), ["workspace.rename"]);
        assert_eq!(find(&format!("to={at}&action=workspace.")), ["workspace.create", "workspace.create"]);
        let event = &items(&renamed)[0];
        assert_eq!(event["detail"], json!({ "name": { "from": "Second", "to": "Other" } }));
        assert_eq!((&event["workspace"], &event["count"]), (&json!(site.workspaces[1].0), &json!(1)));
    }

    // Covers: K9
    #[test]
    fn a_filter_that_names_nothing_is_refused(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let auditor = auditor(&site, &server);
        let path = format!("/spaces/{}/audit", site.space);
        for query in ["user=jo", "key=usr_1", "pair=x", "workspace=0", "action=api_key.%25", "action=key", "from=today", "to=1"] {
            assert_refused(&auditor.get(&format!("{path}?{query}")), 400, "invalid_parameter");
        }
        for query in ["actor=x", "order=asc"] {
            assert_refused(&auditor.get(&format!("{path}?{query}")), 400, "unknown_parameter");
        }
        let cursor = auditor.get(&format!("{path}?limit=1")).text("next_cursor");
        assert_refused(&auditor.get(&format!("{path}?action=user.&cursor={cursor}")), 400, "invalid_cursor");
    }
}

/// The same auditor with a new token: the old one has expired.
fn auditor_after<'a>(site: &TestSite, server: &'a crate::support::site::Server, before: Caller<'a>) -> Caller<'a> {
    drop(before);
    auditor(site, server)
}
