//! What the audit log says of consents, and of codes and refresh tokens that are misused.

use keystead::domain::audit_event::{Actor, Credential};

use crate::{
    on_both,
    world::{World, refused},
};

on_both! {
    // Covers: L102, KM-16
    #[test]
    fn a_consent_is_told_with_the_session_in_which_it_was_given(backend) {
        let world = World::new(backend);
        world.log_in(&[]);
        let [login] = world.site.audited("session.begin").try_into().expect("one login");
        let [consent] = world.site.audited("grant.consent").try_into().expect("one consent");
        let session = login.origin.credential.session().expect("a session");
        assert_eq!(consent.origin.credential, Credential::Session(session));
        assert_eq!((consent.origin.actor, consent.origin.authority), (Actor::User(world.user), Some(world.user)));
        assert_eq!((consent.space, consent.origin.address), (Some(world.site.space), Some([127, 0, 0, 1].into())));
        assert!(consent.about.contains(&world.application.client_id));
    }

    // Covers: A12, T11, L102
    #[test]
    fn whoever_presents_what_is_anothers_is_told_as_who_it_is(backend) {
        let world = World::new(backend);
        let tokens = world.log_in(&[]);
        let thief = world.site.application_with(|_| {});
        refused(&thief.refresh(&world.server, tokens.refresh()), 400, "invalid_grant");
        let [event] = world.site.audited("refresh_token.foreign_client").try_into().expect("one event");
        assert_eq!(event.origin.actor, Actor::Application(thief.id()));
        assert!(matches!(event.origin.credential, Credential::Pair(_)), "{event:?}");
        // The user did not let this application do anything.
        assert_eq!(event.origin.authority, None);
        // The user's space has it, and it is found by the user, by the right application and by the wrong one.
        assert_eq!(event.space, Some(world.site.space));
        for named in [world.user.to_string(), world.application.client_id.clone(), thief.client_id] {
            assert!(event.about.contains(&named), "{named} in {event:?}");
        }
    }

    // Covers: T6, L102
    #[test]
    fn an_application_that_misuses_its_own_is_told_with_consent_and_pair(backend) {
        let world = World::new(backend);
        let code = world.code(&[]);
        assert_eq!(world.exchange(&code).status, 200);
        refused(&world.exchange(&code), 400, "invalid_grant");
        let [event] = world.site.audited("authorization_code.reuse").try_into().expect("one event");
        let [consent] = world.site.audited("grant.consent").try_into().expect("one consent");
        assert_eq!(event.origin.actor, Actor::Application(world.application.id()));
        let Credential::Grant { grant, pair: Some(_) } = event.origin.credential else { panic!("{event:?}") };
        assert_eq!((grant.to_string(), event.origin.authority), (consent.target, Some(world.user)));
    }
}
