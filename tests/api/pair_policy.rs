//! A space that lets pairs live less long than before says whom that meets, and touches nobody who was not meant.

use std::time::Duration;

use keystead::{
    domain::{key_pair::ExpiryPolicy, permission::Level, time::Timestamp},
    jobs::expiry_notices::{self, Told},
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{new_role, path_of},
    on_both,
    support::{
        backend::Backend,
        http::Response,
        site::{Credential, TestSite},
    },
};

const DAY: u64 = 24 * 60 * 60;

struct World {
    site: TestSite,
    never: Credential,
    year: Credential,
    week: Credential,
}

/// A space with pairs that never end, end in a year and end in a week.
fn world(backend: Backend) -> World {
    let site = TestSite::new(backend);
    let now = site.store.now().expect("the database answers");
    let after = |days: u64| ExpiryPolicy::At(now.plus(Duration::from_secs(days * DAY)));
    let key = |expiry| site.key_with(|key| key.expiry = expiry);
    let (never, year, week) = (key(ExpiryPolicy::Never), key(after(365)), key(after(7)));
    World { site, never, year, week }
}

fn edit(caller: &Caller<'_>, site: &TestSite, query: &str, body: &Value) -> Response {
    caller.patch(&format!("/spaces/{}{query}", site.space), body)
}

fn ends(site: &TestSite) -> Vec<Option<i64>> {
    let rows = site.store.snapshot(|tx| {
        let ids = store::api_keys::ids_of_space(tx, site.space)?;
        store::api_keys::find_many(tx, &ids)
    });
    let keys = rows.expect("the database answers");
    keys.iter().flat_map(|key| &key.pairs).map(|pair| pair.expires_at.map(Timestamp::as_seconds)).collect()
}

on_both! {
    // Covers: KM-07, C11
    #[test]
    fn a_shorter_life_is_told_with_the_pairs_that_live_longer_and_changes_none(backend) {
        let World { site, never, year, week } = world(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let before = ends(&site);
        let answer = edit(&admin, &site, "", &json!({ "pair_life_seconds": 30 * DAY }));
        assert_eq!(answer.status, 200, "{answer:?}");
        let told = answer.json();
        assert_eq!(told["pair_life_seconds"], json!(30 * DAY));
        let beyond = &told["beyond_policy"];
        // The administrator of the test is a key that never ends, too.
        assert_eq!((&beyond["pairs"], &beyond["keys"], &beyond["shortened"]), (&json!(3), &json!(3), &json!(0)));
        let first: Vec<_> = beyond["first"].as_array().expect("pairs").iter().map(|pair| pair["key"].clone()).collect();
        assert_eq!(first[..2], [json!(never.client_id), json!(year.client_id)]);
        assert_eq!(ends(&site), before);

        let list = admin.get(beyond["list"].as_str().expect("a path")).json();
        let listed: Vec<_> = list["items"].as_array().expect("keys").iter().map(|key| key["id"].clone()).collect();
        assert_eq!(listed, first);
        assert!(!listed.contains(&json!(week.client_id)));

        let tag = admin.get(&format!("/spaces/{}", site.space)).header("ETag").map(str::to_owned);
        assert_eq!(answer.header("ETag").map(str::to_owned), tag, "what is told is no part of the space");
        let longer = edit(&admin, &site, "", &json!({ "pair_life_seconds": 60 * DAY })).json();
        assert_eq!(longer.get("beyond_policy"), None, "a longer life meets nobody");
        let none = edit(&admin, &site, "", &json!({ "pair_life_seconds": null })).json();
        assert_eq!(none.get("beyond_policy"), None);
        assert_eq!(ends(&site), before);
    }

    // Covers: KM-07, C11
    #[test]
    fn a_rehearsal_tells_the_same_and_changes_nothing(backend) {
        let World { site, .. } = world(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let state = || (ends(&site), admin.get(&format!("/spaces/{}", site.space)).json());
        let before = state();
        let audited = || site.store.snapshot(|tx| store::audit::of_target(tx, &site.space.to_string())).expect("it answers").len();
        let written = audited();
        let body = json!({ "pair_life_seconds": 30 * DAY, "apply_to_existing": true });
        let rehearsed = edit(&admin, &site, "?dry_run=true", &body);
        assert_eq!(rehearsed.status, 200, "{rehearsed:?}");
        assert_eq!(rehearsed.json()["beyond_policy"]["shortened"], json!(3));
        assert_eq!((state(), audited()), (before, written));
        assert_refused(&edit(&admin, &site, "?dry_run=true", &json!({ "name": "" })), 422, "invalid_field");
        assert_refused(&edit(&admin, &site, "?dry_run=perhaps", &body), 400, "invalid_parameter");
        let done = edit(&admin, &site, "?dry_run=false", &body).json();
        assert_eq!(done["beyond_policy"], rehearsed.json()["beyond_policy"]);
    }

    // Covers: KM-07, C11
    #[test]
    fn a_life_that_is_to_count_for_existing_pairs_ends_them_sooner_and_none_later(backend) {
        let World { site, never, year, week } = world(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let of = |key: &Credential| admin.get(&path_of(key)).json()["pairs"][0]["expires_at"].clone();
        let (week_before, internal) = (of(&week), ends(&site).len());
        let told = edit(&admin, &site, "", &json!({ "pair_life_seconds": 10 * DAY, "apply_to_existing": true })).json();
        let beyond = &told["beyond_policy"];
        assert_eq!((&beyond["pairs"], &beyond["shortened"], &beyond["first"]), (&json!(0), &json!(3), &json!([])));
        assert_eq!(of(&week), week_before);
        assert_eq!(of(&never), of(&year), "both end as late as one that is made now");
        assert_eq!(ends(&site).len(), internal);
        let now = site.store.now().expect("it answers").as_seconds();
        let latest = ends(&site).into_iter().flatten().max().expect("an end");
        assert!((now + 10 * 24 * 60 * 60 - 60..=now + 10 * 24 * 60 * 60).contains(&latest));
        let audited = site.store.snapshot(|tx| store::audit::of_target(tx, &never.client_id)).expect("it answers");
        let last = audited.last().expect("an event");
        assert_eq!(last.action, "key_pair.set_expiry");
        assert!(last.detail.contains(r#""by":"pair_life_seconds""#), "{}", last.detail);

        // Their owners hear of it: ten days are between a week and a fortnight.
        let told = |announced, passed_over| Told { announced, passed_over, more: false };
        assert_eq!(expiry_notices::run_once(&site.store).expect("it answers"), told(0, 4));
        site.clock.advance(Duration::from_secs(4 * DAY));
        assert_eq!(expiry_notices::run_once(&site.store).expect("it answers"), told(3, 0));
    }

    // Covers: KM-07, C11, K1
    #[test]
    fn who_manages_the_space_and_no_keys_hears_how_many_and_ends_none(backend) {
        let World { site, .. } = world(backend);
        let server = site.serve();
        new_role(&site, "policy_maker", Level::Space, &["space.manage"]);
        let maker = Caller::with_key(&server, &site.key("policy_maker", &[]));
        let told = edit(&maker, &site, "", &json!({ "pair_life_seconds": 30 * DAY })).json();
        assert_eq!((&told["beyond_policy"]["pairs"], &told["beyond_policy"]["first"]), (&json!(3), &json!([])));
        let before = ends(&site);
        let refused = edit(&maker, &site, "", &json!({ "apply_to_existing": true }));
        assert_refused(&refused, 403, "missing_permission");
        assert_eq!(refused.json()["permission"], json!("keys.manage"));
        assert_eq!(ends(&site), before);
    }
}
