//! Which applications the users of a space may authorize, and what ends when a space stops admitting one.

use keystead::{
    domain::{
        grant_standing::NotAdmitted,
        ids::{ApplicationId, UserId},
    },
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::elsewhere,
    on_both,
    support::{
        applications::{application, consent, id_of},
        site::TestSite,
    },
};

/// Why the user may not authorize the application now.
fn refusal(site: &TestSite, user: UserId, id: ApplicationId) -> Option<NotAdmitted> {
    let found = site.store.snapshot(|tx| store::admissions::find(tx, id, user));
    found.expect("it is read").expect("both are there").check().err()
}

fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

on_both! {
    // Covers: AP-01, K3
    #[test]
    fn a_space_approves_applications_of_whichever_space(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (own, there) = (application(&site, |_| {}), elsewhere(&site));
        let admin = Caller::with_key(&server, &there.admin);
        let approved = format!("/spaces/{}/approved-applications", there.space);
        let path = format!("{approved}/{}", own.client_id);
        assert_refused(&admin.delete(&path), 409, "not_approved");
        let made = admin.put(&path, &json!({}));
        assert_eq!(made.status, 200, "{made:?}");
        let entry = json!({
            "client_id": own.client_id, "name": "Shop", "state": "active", "run_by": { "space": "Space" },
        });
        assert_eq!(made.json(), entry);
        assert_refused(&admin.put(&path, &json!({})), 409, "already_approved");
        assert_eq!(admin.get(&approved).json()["items"], json!([entry]));
        assert_refused(&admin.put(&format!("{approved}/app_00000000000000000000000000000001"), &json!({})), 404, "not_found");
        // To approve it is not to see what its owners see.
        assert_refused(&admin.get(&format!("/applications/{}", own.client_id)), 404, "not_found");
        let at_home = Caller::admin(&site, &server);
        assert_refused(&at_home.put(&path, &json!({})), 404, "not_found");
        assert_eq!(admin.delete(&path).status, 204);
        assert_refused(&admin.delete(&path), 409, "not_approved");
        assert_eq!(names(&admin.get(&approved).json()), Vec::<String>::new());
    }

    // Covers: AP-02
    #[test]
    fn what_a_space_stops_admitting_is_dead_for_good(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (ada, shop, store) = (site.user("ada"), application(&site, |_| {}), application(&site, |_| {}));
        for one in [&shop, &store] {
            consent(&site, ada, id_of(one), &["openid"]);
        }
        let space = format!("/spaces/{}", site.space);
        let approval = |one: &crate::support::site::Credential| format!("{space}/approved-applications/{}", one.client_id);
        let set = |policy: &str| assert_eq!(admin.patch(&space, &json!({ "application_policy": policy })).text("application_policy"), policy);
        let entries = || {
            let listed = admin.get(&format!("/users/{ada}/authorized-applications")).json();
            let items = listed["items"].as_array().expect("a list").clone();
            items.iter().map(|one| one["application"]["client_id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(admin.get(&space).text("application_policy"), "any");
        assert_eq!(entries(), [shop.client_id.as_str(), store.client_id.as_str()]);

        // While any application is admitted, an approval and its end change nothing.
        assert_eq!(admin.put(&approval(&shop), &json!({})).status, 200);
        assert_eq!(admin.delete(&approval(&shop)).status, 204);
        assert_eq!(entries().len(), 2);

        assert_eq!(admin.put(&approval(&shop), &json!({})).status, 200);
        set("approved");
        assert_eq!(entries(), [shop.client_id.as_str()]);
        assert_eq!((refusal(&site, ada, id_of(&shop)), refusal(&site, ada, id_of(&store))), (None, Some(NotAdmitted::NotApproved)));
        set("any");
        assert_eq!(entries(), [shop.client_id.as_str()], "what ended does not come back");
        assert_eq!(refusal(&site, ada, id_of(&store)), None, "but users may consent anew");
        set("approved");
        assert_eq!(entries(), [shop.client_id.as_str()]);

        assert_eq!(admin.delete(&approval(&shop)).status, 204);
        assert_eq!(entries(), Vec::<String>::new());
        assert_eq!(admin.put(&approval(&shop), &json!({})).status, 200);
        assert_eq!(entries(), Vec::<String>::new(), "to approve it again revives nothing");
        assert_eq!(refusal(&site, ada, id_of(&shop)), None);
    }

    // Covers: AP-02
    #[test]
    fn none_admits_not_even_what_is_approved_and_concerns_users_at_home(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let there = elsewhere(&site);
        let (ada, shop) = (site.user("ada"), application(&site, |_| {}));
        for user in [ada, there.user] {
            consent(&site, user, id_of(&shop), &["openid"]);
        }
        let space = format!("/spaces/{}", site.space);
        let path = format!("{space}/approved-applications/{}", shop.client_id);
        assert_eq!(admin.put(&path, &json!({})).status, 200);
        assert_eq!(admin.patch(&space, &json!({ "application_policy": "none" })).status, 200);
        assert_eq!(refusal(&site, ada, id_of(&shop)), Some(NotAdmitted::NotApproved));
        assert_eq!(admin.get(&format!("{space}/authorized-applications")).json()["items"], json!([]));
        assert_eq!(refusal(&site, there.user, id_of(&shop)), None);
        let others = Caller::with_key(&server, &there.admin);
        let listed = others.get(&format!("/spaces/{}/authorized-applications", there.space)).json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
        assert_refused(&admin.patch(&space, &json!({ "application_policy": "some" })), 422, "invalid_field");
        let narrow = Caller::with_permission(&site, &server, &["applications.manage"]);
        assert_refused(&narrow.patch(&space, &json!({ "application_policy": "any" })), 403, "missing_permission");
    }
}
