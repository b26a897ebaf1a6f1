//! What ends with a session, a password, a pair, an approval or a space, and what does not.

use keystead::{
    crypto::secret_text::PresentedSecret,
    domain::{key_pair::ExpiryPolicy, space::ApplicationPolicy},
    manage::{
        self,
        application_approvals::ApplicationInSpace,
        application_pairs::{DeleteApplicationPair, NewApplicationPair},
        spaces::EditSpace,
    },
};

use crate::{
    on_both,
    support::{
        browser::{Browser, PASSWORD, set_password},
        log_in_with::{TestApplication, tokens},
    },
    world::{OPERATOR, World, refused},
};

on_both! {
    // Covers: RT-07, I10
    #[test]
    fn logging_out_ends_what_was_not_given_to_last(backend) {
        let mut world = World::new(backend);
        let (lasting, passing) = (world.log_in(&[]), world.log_in(&[("scope", "openid read")]));
        let codes = [world.code(&[]), world.code(&[("scope", "openid read")])];
        let elsewhere = Browser::logged_in(&world.server, "jo");
        let csrf = world.browser.log_out_token();
        assert_eq!(world.browser.post("/logout", &csrf, &[]).status, 303);
        assert!(!world.is_active(&passing.access));
        assert!(world.is_active(&lasting.access));
        tokens(&world.refresh(&lasting));
        tokens(&world.exchange(&codes[0]));
        refused(&world.exchange(&codes[1]), 400, "invalid_grant");
        assert!(elsewhere.clone().is_logged_in());
    }

    // Covers: RT-07, I10
    #[test]
    fn a_new_password_ends_all_logins(backend) {
        let mut world = World::new(backend);
        let (lasting, passing, code) = (world.log_in(&[]), world.log_in(&[("scope", "read")]), world.code(&[]));
        set_password(&world.site, world.user, PASSWORD);
        for token in [&lasting.access, &passing.access] {
            assert!(!world.is_active(token));
        }
        refused(&world.refresh(&lasting), 400, "invalid_grant");
        refused(&world.exchange(&code), 400, "invalid_grant");
        assert!(!world.browser.clone().is_logged_in());
        world.log_in_again();
        let code = world.application.authorize(&mut world.browser, &[]);
        assert_eq!(code.status, 303, "the consent stays: {code:?}");
        assert!(!world.is_active(&lasting.access));
    }

    // Covers: I10, T9
    #[test]
    fn a_pair_takes_its_access_tokens_along_and_nothing_else(backend) {
        let world = World::new(backend);
        let (old, code) = (world.log_in(&[]), world.code(&[]));
        let id = world.application.id();
        let input = NewApplicationPair { id, expiry: ExpiryPolicy::Never };
        let made = world.site.change(|change, deps| manage::application_pairs::add(change, deps, OPERATOR, input));
        let second = TestApplication { secret: Some(made.secret.expose().to_owned()), ..world.application.clone() };
        let new = tokens(&second.refresh(&world.server, old.refresh()));
        let secret = world.application.secret.clone().expect("a secret");
        let pair = PresentedSecret::parse(&secret).expect("a secret").public_id();
        let input = DeleteApplicationPair { id, pair };
        world.site.change(|change, deps| manage::application_pairs::delete(change, deps, OPERATOR, input));
        assert!(!world.is_active(&old.access) && world.is_active(&new.access));
        refused(&world.refresh(&new), 401, "invalid_client");
        refused(&world.exchange(&code), 401, "invalid_client");
        tokens(&second.refresh(&world.server, new.refresh()));
        tokens(&second.exchange(&world.server, &code));
    }

    // Covers: I10, T9
    #[test]
    fn a_disabled_application_keeps_its_consents_and_loses_its_tokens(backend) {
        let mut world = World::new(backend);
        let (got, code, id) = (world.log_in(&[]), world.code(&[]), world.application.id());
        world.site.change(|change, deps| manage::applications::disable(change, deps, OPERATOR, id));
        refused(&world.refresh(&got), 401, "invalid_client");
        assert!(!world.is_active(&got.access));
        world.site.change(|change, deps| manage::applications::enable(change, deps, OPERATOR, id));
        refused(&world.refresh(&got), 400, "invalid_grant");
        refused(&world.exchange(&code), 400, "invalid_grant");
        assert!(!world.is_active(&got.access));
        assert_eq!(world.application.authorize(&mut world.browser, &[]).status, 303, "nobody is asked again");
    }

    // Covers: I10, T9
    #[test]
    fn an_approval_that_is_withdrawn_ends_consents_too(backend) {
        let mut world = World::new(backend);
        let input = ApplicationInSpace { space: world.site.space, application: world.application.id() };
        let policy = |policy| {
            let input = EditSpace { application_policy: Some(policy), ..EditSpace::of(world.site.space) };
            world.site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, input));
        };
        world.site.change(|change, deps| manage::application_approvals::approve(change, deps, OPERATOR, input));
        policy(ApplicationPolicy::Approved);
        let mut browser = world.browser.clone();
        let got = world.application.log_in(&world.server, &mut browser, &[]);
        let code = world.application.code(&mut browser, &[]);
        world.site.change(|change, deps| manage::application_approvals::withdraw(change, deps, OPERATOR, input));
        let dead = || {
            refused(&world.refresh(&got), 400, "invalid_grant");
            refused(&world.exchange(&code), 400, "invalid_grant");
            assert!(!world.is_active(&got.access));
        };
        dead();
        assert_ne!(world.application.authorize(&mut browser, &[]).status, 303);
        world.site.change(|change, deps| manage::application_approvals::approve(change, deps, OPERATOR, input));
        dead();
        policy(ApplicationPolicy::Any);
        dead();
        assert_eq!(world.application.authorize(&mut browser, &[]).status, 200, "consent is asked again");
        world.browser = browser;
        world.log_in(&[]);
    }
}
