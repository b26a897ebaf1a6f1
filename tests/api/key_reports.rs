//! Which keys end soon, and which nobody uses.

use std::time::Duration;

use keystead::{domain::key_pair::PairUse, store};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{create, keys_of, user_with},
    on_both,
    support::credential::key_id,
    support::site::{Credential, TestSite},
};

const DAY: Duration = Duration::from_hours(24);

/// A key of the space whose pair ends after so many days, or never.
fn key_of_days(admin: &Caller<'_>, site: &TestSite, days: Option<u32>) -> Credential {
    let now = site.store.now().expect("the database answers");
    let expires = days.map_or_else(|| "none".to_owned(), |days| now.plus(DAY * days).to_string());
    create(admin, site, &json!({ "name": "Key", "expires": expires }))
}

/// Ids of the keys on all pages of this list.
fn listed(caller: &Caller<'_>, path: &str) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("{path}&limit=1{cursor}"));
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        ids.extend(
            page["items"].as_array().expect("items").iter().map(|key| key["id"].as_str().expect("an id").to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

fn ids(keys: &[&Credential]) -> Vec<String> {
    keys.iter().map(|key| key.client_id.clone()).collect()
}

on_both! {
    // Covers: L154
    #[test]
    fn keys_with_a_pair_that_ends_soon_are_found_until_it_has_ended(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let soon = key_of_days(&admin, &site, Some(5));
        key_of_days(&admin, &site, Some(60));
        key_of_days(&admin, &site, None);
        let also_soon = key_of_days(&admin, &site, Some(29));
        let list = |time: &str| listed(&admin, &format!("{}?expiring_within={time}", keys_of(&site)));
        assert_eq!(list("30d"), ids(&[&soon, &also_soon]));
        assert_eq!(list("1w"), ids(&[&soon]));
        assert_eq!(list("1h"), ids(&[]));
        let both = format!("{}?expiring_within=30d&status=disabled", keys_of(&site));
        assert_eq!(listed(&admin, &both), ids(&[]));

        let later = key_of_days(&admin, &site, Some(29));
        let second = admin.post(&format!("/keys/{}/pairs", later.client_id), &json!({ "expires": "none" }));
        assert_eq!(second.status, 201, "{second:?}");
        assert_eq!(list("30d"), ids(&[&soon, &also_soon, &later]), "one pair of two is enough");

        site.clock.advance(DAY * 6);
        let admin = Caller::admin(&site, &server);
        let list = |time: &str| listed(&admin, &format!("{}?expiring_within={time}", keys_of(&site)));
        assert_eq!(list("30d"), ids(&[&also_soon, &later]));
    }

    // Covers: L154
    #[test]
    fn the_keys_of_a_user_are_found_in_the_same_way(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let owner = user_with(&site, "jo", vec![site.role("viewer", &[0])]);
        key_of_days(&admin, &site, Some(5));
        let keys = format!("/users/{owner}/keys");
        for expires in ["90d", "none"] {
            assert_eq!(admin.post(&keys, &json!({ "name": "Key of Jo", "expires": expires })).status, 201);
        }
        assert_eq!(listed(&admin, &format!("{keys}?expiring_within=30d")).len(), 0);
        assert_eq!(listed(&admin, &format!("{keys}?expiring_within=91d")).len(), 1);
        assert_eq!(listed(&admin, &format!("{keys}?unused_for=1d")).len(), 0);
        assert_eq!(listed(&admin, &format!("{keys}?beyond_policy=true")).len(), 0);
    }

    // Covers: KM-29
    #[test]
    fn keys_that_nobody_used_for_long_are_found_and_young_ones_are_not(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (used, unused) = (key_of_days(&admin, &site, None), key_of_days(&admin, &site, None));
        site.clock.advance(DAY * 50);
        let admin = Caller::admin(&site, &server);
        let at = site.store.now().expect("the database answers");
        let one = PairUse { pair: used.public_id, key: key_id(&used), at, from: None, count: 1 };
        store::pair_uses::record(&site.store, &[one]).expect("it is noted");
        let young = key_of_days(&admin, &site, None);
        site.clock.advance(DAY * 45);
        let admin = Caller::admin(&site, &server);
        let found = |time: &str| {
            let mut found = listed(&admin, &format!("{}?unused_for={time}", keys_of(&site)));
            let ours = ids(&[&used, &unused, &young]);
            found.retain(|id| ours.contains(id));
            found
        };
        assert_eq!(found("90d"), ids(&[&unused]));
        assert_eq!(found("40d"), ids(&[&used, &unused, &young]));
        assert_eq!(found("100d"), ids(&[]));
    }

    // Covers: K9
    #[test]
    fn a_time_of_another_form_is_refused_and_a_cursor_of_another_time_too(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        key_of_days(&admin, &site, Some(5));
        key_of_days(&admin, &site, Some(5));
        for time in ["30", "d", "0d", "-1d", "30D", "1y"] {
            let answer = admin.get(&format!("{}?expiring_within={time}", keys_of(&site)));
            assert_refused(&answer, 400, "invalid_parameter");
            assert_eq!(answer.json()["parameter"], json!("expiring_within"));
        }
        let page = admin.get(&format!("{}?expiring_within=30d&limit=1", keys_of(&site))).json();
        let Value::String(cursor) = &page["next_cursor"] else { panic!("there is more: {page}") };
        let other = admin.get(&format!("{}?expiring_within=31d&limit=1&cursor={cursor}", keys_of(&site)));
        assert_refused(&other, 400, "invalid_cursor");
    }
}
