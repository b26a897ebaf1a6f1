//! The report of what can act for a user.

use keystead::{
    domain::{api_key::UserKeyRoles, authority::Authority},
    manage::{self},
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused, give, key_of},
    on_both,
    support::{
        browser::{Browser, person},
        site::TestSite,
    },
};

fn items(reach: &Value, list: &str) -> Option<usize> {
    reach[list]["items"].as_array().map(Vec::len)
}

on_both! {
    // Covers: PE-06
    #[test]
    fn the_report_tells_of_all_that_can_act_for_a_user(backend) {
        let site = TestSite::new(backend);
        let (application, server) = (site.application(), site.serve());
        let admin = Caller::admin(&site, &server);
        let id = person(&site, "jo");
        give(&site, id, "viewer", &[0]);
        let key = key_of(&site, id, UserKeyRoles::Inherit, &[]);
        server.mint(&key);
        let mut browser = Browser::logged_in(&server, "jo");
        application.log_in(&server, &mut browser, &[]);
        site.change(|change, deps| manage::setup_links::create(change, deps, &Authority::OPERATOR, id));
        let path = format!("/users/{id}/reach");
        let reach = admin.get(&path).json();
        let counts = ["keys", "keys_made_for_others", "authorized_applications", "applications"].map(|list| items(&reach, list));
        assert_eq!(counts, [Some(1), Some(0), Some(1), Some(0)], "{reach}");
        assert_eq!(reach["authorized_applications"]["items"][0]["authorizations"], 1);
        assert_eq!(reach["sessions"].as_array().map(Vec::len), Some(1));
        assert!(reach["setup_link_expires_at"].is_string());
        assert_eq!(reach["user"]["roles"].as_array().map(Vec::len), Some(1));
        assert_eq!((&reach["keys_on_overlap"], reach.get("cannot_log_in")), (&json!(0), None));
        assert_eq!(reach["keys"]["items"][0]["client_id"], key.client_id);

        site.change(|change, deps| manage::users::disable(change, deps, &Authority::OPERATOR, id));
        let reach = admin.get(&path).json();
        assert_eq!((&reach["user"]["state"], &reach["sessions"]), (&json!("disabled"), &json!([])));
        assert_eq!(reach["keys"]["items"][0]["status"], "disabled");
        assert_eq!(reach["setup_link_expires_at"], Value::Null);
        assert_eq!(items(&reach, "authorized_applications"), Some(0), "{reach}");
    }

    // Covers: PE-06
    #[test]
    fn whoever_does_not_manage_keys_sees_none_and_whoever_manages_no_users_sees_nothing(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let id = site.user("jo");
        give(&site, id, "viewer", &[0]);
        let path = format!("/users/{id}/reach");
        let manager = Caller::with_permission(&site, &server, &["users.manage"]);
        let reach = manager.get(&path).json();
        for hidden in ["keys", "keys_on_overlap", "keys_made_for_others", "applications"] {
            assert_eq!(reach.get(hidden), None, "{reach}");
        }
        assert_eq!(reach["cannot_log_in"]["reason"], "no_password");
        assert_refused(&Caller::with_permission(&site, &server, &["keys.manage"]).get(&path), 403, "missing_permission");
        let elsewhere = crate::key_world::elsewhere(&site);
        assert_refused(&Caller::with_key(&server, &elsewhere.admin).get(&path), 404, "not_found");
    }
}
