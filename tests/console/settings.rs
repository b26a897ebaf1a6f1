//! Settings of a space: its policies read and changed, the switch for keys, and who may touch them.

use std::time::Duration;

use keystead::{
    domain::{
        api_key::{Owner, UserKeyRoles},
        authority::Authority,
        key_pair::ExpiryPolicy,
        name::Description,
        permission::Level,
        role::RoleName,
        time::Timestamp,
    },
    manage::roles::{self, CreateRole},
    store,
};

use crate::{
    on_both,
    person::Person,
    support::{
        browser::Browser,
        site::{Credential, TestSite},
    },
};

fn settings(site: &TestSite, form: &str) -> String {
    format!("/spaces/{}/settings{form}", site.space)
}

/// When the pairs of this key end.
fn ends(site: &TestSite, key: &Credential) -> Vec<Option<Timestamp>> {
    let id = key.client_id.parse().expect("an id");
    let found = site.store.snapshot(|tx| store::api_keys::find(tx, id)).expect("it answers").expect("a key");
    found.pairs.iter().map(|pair| pair.expires_at).collect()
}

on_both! {
    // Covers: L052, L053, L054
    #[test]
    fn the_switch_says_what_it_stops_and_stops_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let of_space = site.key("editor", &[0]);
        let of_ada = site.key_with(|key| key.owner = Owner::User { id: ada.id, roles: UserKeyRoles::Inherit });
        let (token, other) = (server.mint(&of_space), server.mint(&of_ada));

        let question = ada.page(&settings(&site, "/keys/off"));
        assert!(question.contains("2 keys of people stop at once"), "{question}");
        let way = ada.carry_out(&settings(&site, "/keys/off"), &[]);
        assert_eq!(way, settings(&site, "?done=keys-off"));
        let told = ada.page(&way);
        assert!(told.contains("API keys are switched off.") && told.contains("Switch on"), "{told}");
        assert!(!server.is_active(&site.resource_server, &token) && !server.is_active(&site.resource_server, &other));
        assert_eq!(server.token(&of_space).status, 401);
        let refused = ada.send(&format!("/spaces/{}/keys/new", site.space), &[("name", "Late"), ("expiry", "usual")]);
        assert_eq!(refused.status, 403, "{}", refused.body);

        // On again, the keys are revived and no token is.
        ada.carry_out(&settings(&site, "/keys/on"), &[]);
        assert!(!server.is_active(&site.resource_server, &token) && !server.is_active(&site.resource_server, &other));
        let fresh = server.mint(&of_space);
        assert!(server.is_active(&site.resource_server, &fresh));
        let edits = site.audited("space.edit");
        assert!(edits.len() == 2 && edits.iter().all(|edit| edit.origin.actor.to_string() == ada.id.to_string()), "{edits:?}");
    }

    // Covers: L053
    #[test]
    fn only_who_runs_the_space_changes_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let mut bob = Person::with_roles(&site, &server, "bob", &[]);
        let read = bob.page(&settings(&site, ""));
        assert!(read.contains("Whoever manages the space can change it.") && !read.contains("/settings/"), "{read}");
        assert!(!read.contains("Internal services"), "{read}");
        let csrf = crate::keys::csrf_of(&mut ada, &settings(&site, "/name"));
        let own = crate::keys::csrf_of(&mut bob, "/account/keys/new");
        for form in ["/name", "/keys/off", "/keys/on", "/rules", "/pair-life", "/logins", "/applications"] {
            let path = settings(&site, form);
            assert_eq!(bob.status(&path), 403, "{form}");
            assert_eq!(bob.browser.post(&path, &own, &[("name", "Mine"), ("policy", "none")]).status, 403, "{form}");
            assert_eq!(bob.browser.post(&path, &csrf, &[("name", "Mine")]).status, 403, "{form}: a token of somebody else");
            let mut nobody = Browser::new(&server);
            assert_eq!(nobody.get(&path).status, 303, "{form}");
        }
        assert!(site.audited("space.edit").is_empty());
        // Who is at home elsewhere finds nothing.
        let elsewhere = settings(&site, "").replace(&site.space.to_string(), &format!("spc_{}", "0".repeat(32)));
        assert_eq!(ada.status(&elsewhere), 404);
    }

    // Covers: C04
    #[test]
    fn policies_are_told_in_words_and_changed_by_their_forms(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let rules = [("restricted", "yes"), ("revoke_leaked", "yes"), ("token_life", "5m")];
        ada.carry_out(&settings(&site, "/rules"), &rules);
        let logins = [("sso", "yes"), ("password_life", "90d"), ("domains", "Example.org, example.com")];
        ada.carry_out(&settings(&site, "/logins"), &logins);
        ada.carry_out(&settings(&site, "/name"), &[("name", "<b>Æther</b>")]);
        let told = ada.page(&settings(&site, ""));
        for words in [
            "Whoever manages keys", "5 minutes", "End at once when somebody reports them", "People log in elsewhere",
            "90 days", "example.com, example.org", "&#60;b&#62;Æther&#60;/b&#62;",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let key = server.token(&site.key("editor", &[0]));
        assert_eq!(key.json()["expires_in"], 300);
        // Each form shows what is there, and what is not ticked is switched off.
        let form = ada.page(&settings(&site, "/rules"));
        assert!(form.contains("value=\"5m\"") && form.matches("checked").count() == 2, "{form}");
        ada.carry_out(&settings(&site, "/rules"), &[]);
        assert!(ada.page(&settings(&site, "")).contains("As long as the site lets them"));
    }

    #[test]
    fn what_cannot_be_is_said_at_its_field_and_kept(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let wrong = [
            ("/rules", "token_life", "soon", 422),
            ("/rules", "token_life", "999999w", 422),
            ("/pair-life", "pair_life", "0d", 422),
            ("/logins", "domains", "not a domain", 422),
            ("/applications", "policy", "some", 422),
            ("/name", "name", "", 422),
        ];
        for (form, field, typed, status) in wrong {
            let answer = ada.send(&settings(&site, form), &[(field, typed)]);
            assert_eq!(answer.status, status, "{form} {typed}: {}", answer.body);
            assert!(answer.body.contains(&format!("href=\"#{field}\"")), "{form} {typed}: {}", answer.body);
        }
        assert!(site.audited("space.edit").is_empty());
    }

    // Covers: C11, KM-07
    #[test]
    fn what_a_shorter_life_means_is_told_before_anything_is_saved(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let never = site.key("editor", &[0]);
        let now = site.store.now().expect("it answers");
        let soon = now.plus(Duration::from_hours(48));
        let short = site.key_with(|key| key.expiry = ExpiryPolicy::At(soon));
        let form = settings(&site, "/pair-life");

        let told = ada.send(&form, &[("pair_life", "30d"), ("check", "yes")]);
        assert_eq!(told.status, 200, "{}", told.body);
        assert!(told.body.contains("1 pair of 1 key would live longer and stay as they are."), "{}", told.body);
        assert!(told.body.contains("value=\"30d\"") && !told.body.contains("Problem:"), "{}", told.body);
        let told = ada.send(&form, &[("pair_life", "30d"), ("apply", "yes"), ("check", "yes")]);
        assert!(told.body.contains("1 pair would end sooner."), "{}", told.body);
        assert!(site.audited("space.edit").is_empty() && ends(&site, &never) == [None]);

        ada.carry_out(&form, &[("pair_life", "30d")]);
        assert_eq!(ends(&site, &never), [None]);
        let overview = ada.page(&settings(&site, ""));
        assert!(overview.contains("1 pair lives longer than this space allows now."), "{overview}");

        ada.carry_out(&form, &[("pair_life", "30d"), ("apply", "yes")]);
        let end = ends(&site, &never)[0].expect("an end");
        assert!(end > soon && end <= site.store.now().expect("it answers").plus(Duration::from_hours(30 * 24)));
        assert_eq!(ends(&site, &short)[0].map(Timestamp::as_seconds), Some(soon.as_seconds()));
        assert!(!ada.page(&settings(&site, "")).contains("longer than this space allows"));
    }

    // Covers: KM-07
    #[test]
    fn who_does_not_manage_keys_ends_none_sooner(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let input = CreateRole {
            space: site.space,
            name: RoleName::parse("settings_only").expect("a name"),
            description: Description::default(),
            level: Level::Space,
            permissions: vec!["space.manage".to_owned()],
        };
        site.change(|change, deps| roles::create(change, deps, &Authority::OPERATOR, input));
        let mut sam = Person::with_roles(&site, &server, "sam", &["settings_only"]);
        let never = site.key("editor", &[0]);
        let form = settings(&site, "/pair-life");
        assert!(!sam.page(&form).contains("name=\"apply\""));
        let answer = sam.send(&form, &[("pair_life", "30d"), ("apply", "yes")]);
        assert_eq!((answer.status, ends(&site, &never)), (403, vec![None]), "{}", answer.body);
        sam.carry_out(&form, &[("pair_life", "30d")]);
    }

    #[test]
    fn applications_that_are_not_admitted_any_more_lose_their_access(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let shop = site.application();
        let tokens = shop.log_in(&server, &mut ada.browser, &[]);
        assert!(server.is_active(&site.resource_server, &tokens.access));
        let way = ada.carry_out(&settings(&site, "/applications"), &[("policy", "none")]);
        assert!(ada.page(&way).contains("No application"));
        assert!(!server.is_active(&site.resource_server, &tokens.access));
    }

    // Covers: L019, L021
    #[test]
    fn keys_of_internal_services_are_listed_with_why_they_cannot_be_changed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        site.key("editor", &[0]);
        let page = ada.page(&settings(&site, ""));
        let (_, internal) = page.split_once("Internal services").expect("a part of its own");
        for service in ["Bridge service", "Synchronizer service", "Product to bridge service"] {
            assert!(internal.contains(&format!("<bdi>{service}</bdi>")), "{service}: {internal}");
        }
        assert!(internal.contains("cannot be changed") && internal.matches("href=\"/keys/key_").count() == 3);
    }
}
