//! Pages of lists.

use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::site::TestSite,
};

fn numbers(page: &Value) -> Vec<i64> {
    page["items"].as_array().expect("a list").iter().map(|item| item["number"].as_i64().expect("a number")).collect()
}

on_both! {
    // Covers: K9
    #[test]
    fn pages_show_everything_once_and_in_order(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = format!("/spaces/{}/workspaces", site.space);
        for name in ["Third", "Fourth", "Fifth"] {
            assert_eq!(admin.post(&path, &json!({ "name": name })).status, 201);
        }
        let first = admin.get(&format!("{path}?limit=2")).json();
        assert_eq!(numbers(&first), [1001, 1002]);
        let cursor = first["next_cursor"].as_str().expect("a cursor");
        // Another node knows it, since the peppers are shared.
        let other = site.serve();
        let other = Caller { server: &other, token: admin.token.clone() };
        let second = other.get(&format!("{path}?limit=2&cursor={cursor}")).json();
        assert_eq!(numbers(&second), [1003, 1004]);
        let cursor = second["next_cursor"].as_str().expect("a cursor");
        let last = admin.get(&format!("{path}?cursor={cursor}&limit=2")).json();
        assert_eq!((numbers(&last), last.get("next_cursor")), (vec![1005], None));
    }

    // Covers: K9
    #[test]
    fn a_cursor_counts_as_it_was_given_and_where_it_was_given(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = format!("/spaces/{}/workspaces", site.space);
        let cursor = admin.get(&format!("{path}?limit=1")).text("next_cursor");
        for place in 0..cursor.len() {
            let mut edited = cursor.clone().into_bytes();
            edited[place] = if edited[place] == b'A' { b'B' } else { b'A' };
            let edited = String::from_utf8(edited).expect("ASCII");
            assert_refused(&admin.get(&format!("{path}?cursor={edited}")), 400, "invalid_cursor");
        }
        let id = site.workspaces[0].0.to_string();
        let (shorter, longer) = (cursor.split_at(1).1, format!("{cursor}A"));
        for other in [shorter, &longer, &id, "AAAA", "%27%3B--", "1'+OR+'1'='1"] {
            assert_refused(&admin.get(&format!("{path}?cursor={other}")), 400, "invalid_cursor");
        }
    }

    // Covers: K9
    #[test]
    fn parameters_are_known_given_once_and_within_bounds(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = format!("/spaces/{}/workspaces", site.space);
        for limit in ["0", "-1", "201", "2147483648", "1e2", "%2B5", "ten", "0x10"] {
            assert_refused(&admin.get(&format!("{path}?limit={limit}")), 400, "invalid_limit");
        }
        for query in ["sort=id;--", "limit=1&limit=1", "offset=1", "Limit=1"] {
            assert_refused(&admin.get(&format!("{path}?{query}")), 400, "unknown_parameter");
        }
        for query in ["limit=", "cursor", "limit=%zz", "limit=%00"] {
            assert_refused(&admin.get(&format!("{path}?{query}")), 400, "invalid_parameter");
        }
        assert_refused(&admin.get("/workspaces/1001?limit=1"), 400, "unknown_parameter");
        assert_eq!(admin.get(&format!("{path}?limit=200")).status, 200);
    }
}
