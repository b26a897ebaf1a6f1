//! Who manages applications: whoever may in the space, and nothing that acts for a user.

use keystead::{
    domain::{api_key::UserKeyRoles, authority::Authority, ids::UserId, page::PageRequest},
    manage::{self, Error, applications},
    store::application_registrations::ApplicationFilter,
};
use serde_json::json;

use crate::{
    applications::{applications_of, shop, shop_with},
    caller::{Caller, assert_refused, give, key_of},
    key_world::elsewhere,
    on_both,
    support::{
        applications::{application, application_of},
        site::TestSite,
    },
};

/// What a user does in person, as the pages let him.
fn as_user<T>(
    site: &TestSite,
    user: UserId,
    act: impl FnOnce(&mut keystead::store::Change<'_>, &manage::Deps, &Authority) -> Result<T, Error>,
) -> Result<T, Error> {
    site.try_change(|change, deps| {
        let authority = manage::authority::of_user(change, user)?;
        act(change, deps, &authority)
    })
}

on_both! {
    // Covers: K1, K2, K3
    #[test]
    fn what_acts_for_a_user_manages_no_application(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = applications_of(&site);
        let known = format!("/applications/{}", admin.post(&path, &shop()).text("client_id"));
        let boss = site.user("boss");
        give(&site, boss, "space_admin", &[]);
        let own = application(&site, |input| input.owner = Some(boss));
        let key = key_of(&site, boss, UserKeyRoles::Inherit, &[]);
        let delegate = Caller::with_key(&server, &key);
        let own = format!("/applications/{}", own.client_id);
        for refused in [
            delegate.get(&path),
            delegate.post(&path, &shop()),
            delegate.post(&path, &shop_with(&json!({ "owner": boss }))),
            delegate.get(&known),
            delegate.get(&own),
            delegate.patch(&own, &json!({ "name": "Mine" })),
            delegate.delete(&own),
            delegate.post(&format!("{own}/regenerate"), &json!({})),
            delegate.post(&format!("{own}/pairs"), &json!({})),
            delegate.get(&format!("/spaces/{}/approved-applications", site.space)),
        ] {
            assert_refused(&refused, 403, "delegate_cannot_manage_applications");
        }
        let narrow = Caller::with_permission(&site, &server, &["applications.manage"]);
        assert_eq!(narrow.post(&path, &shop_with(&json!({ "first_party": true }))).status, 201);
        assert_eq!(narrow.get(&known).status, 200);
        let keys_only = Caller::with_permission(&site, &server, &["keys.manage"]);
        assert_refused(&keys_only.get(&known), 403, "missing_permission");
        let stranger = elsewhere(&site);
        let stranger = Caller::with_key(&server, &stranger.admin);
        assert_refused(&stranger.get(&known), 404, "not_found");
        assert_refused(&stranger.get(&path), 404, "not_found");
        assert_refused(&stranger.post(&path, &shop()), 404, "not_found");
    }

    // Covers: L055, L088
    #[test]
    fn everybody_registers_applications_of_his_own(backend) {
        let site = TestSite::new(backend);
        let (ada, bob) = (site.user("ada"), site.user("bob"));
        let mut input = application_of(&site);
        input.owner = Some(ada);
        let made = as_user(&site, ada, |change, deps, by| applications::create(change, deps, by, input.clone()));
        let id = made.expect("her own").id;
        let shown = as_user(&site, ada, |change, _, by| applications::show(change, by, id)).expect("her own");
        assert_eq!((shown.application.owner, shown.application.first_party), (Some(ada), false));
        let filter = ApplicationFilter { owner: Some(ada), ..ApplicationFilter::default() };
        let list = |user, filter: &ApplicationFilter| {
            as_user(&site, user, |change, _, by| applications::list(change, by, site.space, filter, PageRequest::default()))
        };
        assert_eq!(list(ada, &filter).expect("her own").items.len(), 1);

        let code = |done: Result<(), Error>| done.expect_err("a refusal").code();
        for (user, filter) in [(bob, &filter), (ada, &ApplicationFilter::default())] {
            assert_eq!(code(list(user, filter).map(|_| ())), "missing_permission");
        }
        let create = |user, adjust: &dyn Fn(&mut applications::CreateApplication)| {
            let mut input = input.clone();
            adjust(&mut input);
            code(as_user(&site, user, |change, deps, by| applications::create(change, deps, by, input)).map(|_| ()))
        };
        assert_eq!(create(bob, &|_| {}), "missing_permission");
        assert_eq!(create(ada, &|input| input.owner = None), "missing_permission");
        assert_eq!(create(ada, &|input| input.first_party = true), "missing_permission");
        let edit = applications::EditApplication { first_party: Some(true), ..applications::EditApplication::of(id) };
        let edited = |user| as_user(&site, user, |change, deps, by| applications::edit(change, deps, by, edit.clone()));
        assert_eq!(code(edited(ada)), "missing_permission");
        give(&site, bob, "space_admin", &[]);
        assert_eq!(code(edited(bob)), "first_party_of_user", "an administrator does not lend her the space's name either");
        let removed = as_user(&site, ada, |change, deps, by| applications::disable(change, deps, by, id));
        removed.expect("her own");
    }

    // Covers: L084, K3
    #[test]
    fn an_application_belongs_to_an_active_user_of_the_space_or_to_nobody(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let path = applications_of(&site);
        let ada = site.user("ada");
        let of_ada = shop_with(&json!({ "owner": ada }));
        assert_refused(&admin.post(&path, &shop_with(&json!({ "owner": ada, "first_party": true }))), 422, "first_party_of_user");
        let made = admin.post(&path, &of_ada);
        assert_eq!(made.json()["application"]["owner"], json!(ada));
        let stranger = elsewhere(&site);
        assert_refused(&admin.post(&path, &shop_with(&json!({ "owner": stranger.user }))), 404, "not_found");
        assert_eq!(admin.post(&format!("/users/{ada}/disable"), &json!({})).status, 200);
        assert_refused(&admin.post(&path, &of_ada), 409, "owner_disabled");

        // Whoever goes leaves them to the space.
        let before = site.database.number("(SELECT COUNT(*) FROM changes WHERE kind = 'application')");
        assert_eq!(admin.delete(&format!("/users/{ada}")).status, 204);
        let shown = admin.get(&format!("/applications/{}", made.text("client_id")));
        assert_eq!((shown.status, shown.json().get("owner")), (200, None));
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM changes WHERE kind = 'application')"), before + 1);
        let root = Caller::site_admin(&site, &server);
        assert_eq!(root.post(&format!("/spaces/{}/close", site.space), &json!({})).status, 200);
        let closed = site.try_change(|change, deps| {
            applications::create(change, deps, &Authority::OPERATOR, application_of(&site)).map(|_| ())
        });
        assert_eq!(closed.expect_err("a refusal").code(), "space_closed");
    }
}
