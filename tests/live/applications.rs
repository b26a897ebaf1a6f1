//! Every node knows at once what was changed of an application, an approval or a consent, also if it knew the old state.

use std::sync::Arc;

use keystead::{
    domain::{
        authority::Authority,
        grant_standing::{Admission, NotAdmitted},
        ids::{ApplicationId, GrantId, UserId},
        space::ApplicationPolicy,
    },
    live::Live,
    manage::{
        application_approvals::{self, ApplicationInSpace},
        application_pairs::{self, DeleteApplicationPair, NewApplicationPair},
        applications::{self, EditApplication},
        grants::{self, ConsentOfUser},
        spaces::{self, EditSpace},
    },
};

use crate::{
    on_both,
    support::{
        applications::{application, consent, id_of},
        site::TestSite,
    },
};

const BY: &Authority = &Authority::OPERATOR;

/// Two processes that answer from what they know.
struct Nodes {
    lives: [Arc<Live>; 2],
    runtime: tokio::runtime::Runtime,
}

impl Nodes {
    fn new(site: &TestSite) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { lives: [site.live(), site.live()], runtime }
    }

    /// What decides whether the user may authorize the application, as both see it.
    #[track_caller]
    fn admission(&self, id: ApplicationId, user: UserId) -> Option<Admission> {
        let [one, other] = self.lives.each_ref().map(|live| {
            let decided = self.runtime.block_on(live.decide(async |view| view.admission(id, user).await));
            decided.expect("it is decided")
        });
        let facts = |found: &Option<Admission>| {
            found.as_ref().map(|found| ((*found.application).clone(), found.approval, found.home.application_policy))
        };
        assert_eq!(facts(&one), facts(&other));
        one
    }

    /// Whether the consent is there and stands, as both see it.
    #[track_caller]
    fn stands(&self, id: GrantId) -> bool {
        let [one, other] = self.lives.each_ref().map(|live| {
            let decided = self.runtime.block_on(live.decide(async |view| {
                let (site, moment) = (view.site().await?, *view.moment());
                let found = view.grant_standing(id).await?;
                Ok(found.is_some_and(|composed| composed.standing.consent_stands(site.cut_off, moment.seq)))
            }));
            decided.expect("it is decided")
        });
        assert_eq!(one, other);
        one
    }
}

on_both! {
    // Covers: I9, AP-02
    #[test]
    fn what_a_space_says_of_an_application_counts_at_once_on_every_node(backend) {
        let site = TestSite::new(backend);
        let nodes = Nodes::new(&site);
        let (ada, shop) = (site.user("ada"), id_of(&application(&site, |_| {})));
        let grant = consent(&site, ada, shop, &["openid"]);
        let refusal = || nodes.admission(shop, ada).expect("both are there").check().err();
        let said = ApplicationInSpace { space: site.space, application: shop };
        let set = |policy| site.change(|change, deps| {
            spaces::edit(change, deps, BY, EditSpace { application_policy: Some(policy), ..EditSpace::of(site.space) })
        });
        assert_eq!((refusal(), nodes.stands(grant)), (None, true));
        site.change(|change, deps| application_approvals::approve(change, deps, BY, said));
        set(ApplicationPolicy::Approved);
        assert_eq!((refusal(), nodes.stands(grant)), (None, true));
        site.change(|change, deps| application_approvals::withdraw(change, deps, BY, said));
        assert_eq!((refusal(), nodes.stands(grant)), (Some(NotAdmitted::NotApproved), false));
        site.change(|change, deps| application_approvals::approve(change, deps, BY, said));
        assert_eq!((refusal(), nodes.stands(grant)), (None, false));
        let other = site.user("bob");
        let later = consent(&site, other, shop, &["openid"]);
        assert!(nodes.stands(later));
        set(ApplicationPolicy::None);
        assert_eq!((refusal(), nodes.stands(later)), (Some(NotAdmitted::NotApproved), false));
        set(ApplicationPolicy::Any);
        assert_eq!((refusal(), nodes.stands(later)), (None, false));
    }

    // Covers: I9, L088
    #[test]
    fn what_is_changed_of_an_application_counts_at_once_on_every_node(backend) {
        let site = TestSite::new(backend);
        let nodes = Nodes::new(&site);
        let ada = site.user("ada");
        let made = application(&site, |input| input.owner = Some(ada));
        let (id, bob) = (id_of(&made), site.user("bob"));
        let [kept, withdrawn] = [bob, ada].map(|user| consent(&site, user, id, &["openid"]));
        let seen = || nodes.admission(id, bob).expect("both are there").application;
        assert_eq!((seen().pairs.len(), seen().owner, seen().cut_off.get()), (1, Some(ada), 0));

        let second = site.change(|change, deps| {
            let new = NewApplicationPair { id, expiry: keystead::domain::key_pair::ExpiryPolicy::Never };
            application_pairs::add(change, deps, BY, new)
        });
        assert!(seen().pair(second.public_id).is_some());
        site.change(|change, deps| {
            application_pairs::delete(change, deps, BY, DeleteApplicationPair { id, pair: made.public_id })
        });
        assert!(seen().pair(made.public_id).is_none() && seen().pairs.len() == 1);
        let edit = EditApplication { scopes: Some(vec!["openid".to_owned()]), ..EditApplication::of(id) };
        site.change(|change, deps| applications::edit(change, deps, BY, edit));
        assert_eq!(seen().scopes.len(), 2);
        site.change(|change, deps| applications::disable(change, deps, BY, id));
        let refusal = nodes.admission(id, bob).expect("both are there").check();
        assert_eq!((refusal, nodes.stands(kept)), (Err(NotAdmitted::ApplicationDisabled), true));
        site.change(|change, deps| applications::enable(change, deps, BY, id));

        site.change(|change, deps| grants::withdraw(change, deps, BY, ConsentOfUser { user: ada, grant: withdrawn }));
        assert!(!nodes.stands(withdrawn) && nodes.stands(kept));
        site.change(|change, deps| keystead::manage::users::remove(change, deps, BY, ada));
        assert_eq!(seen().owner, None);
        site.change(|change, deps| applications::remove(change, deps, BY, id));
        assert!(nodes.admission(id, bob).is_none() && !nodes.stands(kept));
    }
}
