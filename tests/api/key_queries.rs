//! What lists and changes of keys ask of the database: as much for many as for one.

use serde_json::{Value, json};

use crate::{
    caller::Caller,
    key_world::{create, keys_of, user_with},
    on_both,
    support::{queries::count_queries, site::TestSite},
};

on_both! {
    // Covers: L110, L109
    #[test]
    fn the_length_of_a_list_does_not_show_in_its_queries(backend) {
        let site = TestSite::new(backend);
        let (server, log) = site.serve_logged();
        let admin = Caller::admin(&site, &server);
        let owner = user_with(&site, "jo", vec![site.role("viewer", &[0, 1])]);
        let roles = json!([{ "role": "viewer", "workspaces": [1001, 1002] }, { "role": "ci_cd_integration", "workspaces": [1001] }]);
        let make = |round: usize| {
            create(&admin, &site, &json!({ "name": format!("Key {round}"), "roles": roles }));
            assert_eq!(admin.post(&format!("/users/{owner}/keys"), &json!({ "name": "Key of Jo" })).status, 201);
        };
        let paths = [keys_of(&site), format!("{}?q=key&status=active", keys_of(&site)), format!("/users/{owner}/keys"), format!("/users/{owner}/grantable")];
        let ask = || paths.each_ref().map(|path| count_queries(&log, || assert_eq!(admin.get(path).status, 200)).1);
        make(0);
        let of_one = ask();
        (1..15).for_each(make);
        assert_eq!(ask(), of_one);
        assert!(of_one.iter().all(|queries| *queries <= 35), "{of_one:?}");
    }

    // Covers: L033, L035
    #[test]
    fn the_workspaces_of_a_role_are_found_at_once(backend) {
        let site = TestSite::new(backend);
        let (server, log) = site.serve_logged();
        let admin = Caller::admin(&site, &server);
        let asked = |numbers: Vec<i64>| {
            let roles: Value = json!([{ "role": "viewer", "workspaces": numbers }]);
            count_queries(&log, || admin.post(&keys_of(&site), &json!({ "name": "Key", "roles": roles })).status)
        };
        let few = asked(vec![1001, 9_000]);
        let many = asked([1001].into_iter().chain(9_000..9_500).collect());
        assert_eq!((few.0, few), (422, many));
    }
}
