//! Authorized applications: listed for the user and for administrators, withdrawn, and never made by hand.

use keystead::domain::{api_key::UserKeyRoles, ids::GrantId};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused, give, key_of},
    key_world::elsewhere,
    on_both,
    support::{
        applications::{application, consent, id_of},
        site::{TestSite, name},
    },
};

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

on_both! {
    // Covers: L075, L077
    #[test]
    fn an_entry_tells_who_got_what_and_when(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (ada, bob) = (site.user("ada"), site.user("bob"));
        let shop = application(&site, |input| (input.owner, input.name) = (Some(bob), name("Shop of Bob")));
        let before = site.store.now().expect("the time");
        let grant = consent(&site, ada, id_of(&shop), &["openid", "profile"]);
        let listed = admin.get(&format!("/users/{ada}/authorized-applications")).json();
        let entry = &listed["items"][0];
        let first = entry["first_authorized_at"].as_str().expect("a time").to_owned();
        assert!(first >= before.in_whole_seconds().to_string(), "{first}");
        let expected = json!({
            "id": grant, "user": { "id": ada, "login": "ada", "full_name": "ada" },
            "application": {
                "client_id": shop.client_id, "name": "Shop of Bob", "state": "active",
                "run_by": { "space": "Space", "user": "bob" },
            },
            "scopes": ["openid", "profile"], "resources": [], "first_authorized_at": first, "last_used_at": null,
        });
        assert_eq!((entry, listed["items"].as_array().map(Vec::len)), (&expected, Some(1)));
        assert_eq!(admin.get(&format!("/spaces/{}/authorized-applications", site.space)).json(), listed);

        // What the application may not ask for any more, it cannot do.
        let path = format!("/applications/{}", shop.client_id);
        assert_eq!(admin.patch(&path, &json!({ "optional_scopes": [] })).status, 200);
        let listed = admin.get(&format!("/users/{ada}/authorized-applications")).json();
        assert_eq!(listed["items"][0]["scopes"], json!(["openid"]));

        for path in ["/me", &format!("/users/{ada}"), &format!("/spaces/{}", site.space)] {
            let refused = admin.post(&format!("{path}/authorized-applications"), &json!({ "application": shop.client_id }));
            assert_refused(&refused, 405, "method_not_allowed");
        }
    }

    // Covers: L077, K3
    #[test]
    fn whoever_acts_for_the_user_or_manages_users_withdraws_one(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (ada, bob) = (site.user("ada"), site.user("bob"));
        give(&site, ada, "editor", &[0]);
        let of_ada = Caller::with_key(&server, &key_of(&site, ada, UserKeyRoles::Inherit, &[]));
        let shops: Vec<_> = (0..3).map(|_| application(&site, |_| {})).collect();
        let grants: Vec<GrantId> = shops.iter().map(|shop| consent(&site, ada, id_of(shop), &["openid"])).collect();
        let of_bob = consent(&site, bob, id_of(&shops[0]), &["openid"]);
        let me = "/me/authorized-applications";
        let mine = |listed: Value| ids(&listed);
        let texts = |grants: &[GrantId]| grants.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(mine(of_ada.get(me).json()), texts(&grants));

        assert_refused(&of_ada.delete(&format!("{me}/{of_bob}")), 404, "not_found");
        assert_refused(&of_ada.delete(&format!("/users/{bob}/authorized-applications/{of_bob}")), 403, "missing_permission");
        assert_refused(&of_ada.get(&format!("/users/{bob}/authorized-applications")), 403, "missing_permission");
        assert_refused(&of_ada.get(&format!("/spaces/{}/authorized-applications", site.space)), 403, "missing_permission");
        assert_refused(&admin.delete(&format!("/users/{bob}/authorized-applications/{}", grants[0])), 404, "not_found");
        assert_eq!(of_ada.delete(&format!("{me}/{}", grants[0])).status, 204);
        assert_refused(&of_ada.delete(&format!("{me}/{}", grants[0])), 404, "not_found");
        assert_eq!(of_ada.delete(&format!("/users/{ada}/authorized-applications/{}", grants[1])).status, 204);
        assert_eq!(mine(of_ada.get(me).json()), texts(&grants[2..]));
        assert_eq!(admin.delete(&format!("/users/{ada}/authorized-applications/{}", grants[2])).status, 204);
        assert_eq!(mine(of_ada.get(me).json()), Vec::<String>::new());
        let log = "(SELECT COUNT(*) FROM audit_events WHERE action = 'grant.withdraw' AND detail LIKE '%app_%')";
        assert_eq!(site.database.number(log), 3);

        // A key of the space acts for nobody.
        assert_refused(&admin.get(me), 403, "no_user");
        assert_refused(&admin.delete(&format!("{me}/{of_bob}")), 403, "no_user");
        let stranger = elsewhere(&site);
        let stranger = Caller::with_key(&server, &stranger.admin);
        assert_refused(&stranger.get(&format!("/users/{bob}/authorized-applications")), 404, "not_found");
        assert_refused(&stranger.delete(&format!("/users/{bob}/authorized-applications/{of_bob}")), 404, "not_found");
        let narrow = Caller::with_permission(&site, &server, &["applications.manage"]);
        assert_eq!(mine(narrow.get(&format!("/spaces/{}/authorized-applications", site.space)).json()), texts(&[of_bob]));
        assert_refused(&narrow.delete(&format!("/users/{bob}/authorized-applications/{of_bob}")), 403, "missing_permission");
    }

    // Covers: L077, K9
    #[test]
    fn a_consent_that_does_not_count_is_not_listed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (ada, bob) = (site.user("ada"), site.user("bob"));
        let shop = application(&site, |_| {});
        let [of_ada, of_bob] = [ada, bob].map(|user| consent(&site, user, id_of(&shop), &["openid"]));
        let all = format!("/spaces/{}/authorized-applications", site.space);
        let first = admin.get(&format!("{all}?limit=1")).json();
        assert_eq!(ids(&first), [of_ada.to_string()]);
        let rest = admin.get(&format!("{all}?limit=1&cursor={}", first["next_cursor"].as_str().expect("more"))).json();
        assert_eq!((ids(&rest), rest.get("next_cursor")), (vec![of_bob.to_string()], None));

        assert_eq!(admin.post(&format!("/users/{ada}/disable"), &json!({})).status, 200);
        assert_eq!(ids(&admin.get(&all).json()), [of_bob.to_string()]);
        assert_eq!(admin.post(&format!("/users/{ada}/enable"), &json!({ "restore_keys": true })).status, 200);
        assert_eq!(ids(&admin.get(&all).json()), [of_bob.to_string()], "what ended does not come back");
    }
}
