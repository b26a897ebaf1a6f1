//! Which applications the users of a space may authorize, and what ends when that changes.

use keystead::{
    domain::{authority::Authority, space::ApplicationPolicy},
    manage::{self, application_approvals::ApplicationInSpace, spaces::EditSpace},
};

use crate::{
    asking::{code_of, id_of, is_asked, is_dead_end, is_refused},
    on_both,
    support::{
        backend::Backend,
        browser::{Browser, person},
        log_in_with::{TestApplication, Tokens},
        site::{Server, TestSite},
    },
};

const OPERATOR: &Authority = &Authority::OPERATOR;

struct World {
    site: TestSite,
    server: Server,
    application: TestApplication,
    browser: Browser,
}

impl World {
    fn new(backend: Backend) -> Self {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let browser = Browser::logged_in(&server, "jo");
        Self { site, server, application, browser }
    }

    fn set(&self, policy: ApplicationPolicy) {
        let input = EditSpace { application_policy: Some(policy), ..EditSpace::of(self.site.space) };
        self.site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, input));
    }

    fn this(&self) -> ApplicationInSpace {
        ApplicationInSpace { space: self.site.space, application: id_of(&self.application) }
    }

    fn approve(&self) {
        self.site.change(|change, deps| manage::application_approvals::approve(change, deps, OPERATOR, self.this()));
    }

    fn withdraw(&self) {
        self.site.change(|change, deps| manage::application_approvals::withdraw(change, deps, OPERATOR, self.this()));
    }

    fn is_shut_out(&mut self) {
        is_dead_end(&self.application.authorize(&mut self.browser, &[]), 403, "application_not_allowed");
        is_refused(&self.application.authorize(&mut self.browser, &[("prompt", "none")]), "access_denied");
    }

    fn log_in(&mut self) -> Tokens {
        self.application.log_in(&self.server, &mut self.browser, &[])
    }

    fn is_asked(&mut self) -> bool {
        is_asked(&self.application.authorize(&mut self.browser, &[]))
    }

    fn works(&self, tokens: &Tokens) -> bool {
        self.server.is_active(&self.site.resource_server, &tokens.access)
    }

    fn is_dead(&self, tokens: &Tokens) {
        assert!(!self.works(tokens), "the access token works");
        let refreshed = self.application.refresh(&self.server, tokens.refresh.as_deref().expect("a refresh token"));
        assert_eq!((refreshed.status, refreshed.error().as_str()), (400, "invalid_grant"));
    }
}

on_both! {
    // Covers: I10, IN-08
    #[test]
    fn a_space_that_admits_approved_applications_admits_no_other(backend) {
        let mut world = World::new(backend);
        world.set(ApplicationPolicy::Approved);
        world.is_shut_out();
        world.approve();
        assert!(world.is_asked(), "approved is not consented to");
        let tokens = world.log_in();
        assert!(world.works(&tokens) && !world.is_asked());
        let page = world.application.authorize(&mut world.browser, &[("prompt", "consent")]);
        assert!(page.body.contains("Approved by"), "{}", page.body);
    }

    // Covers: I10, IN-08
    #[test]
    fn an_approval_that_is_withdrawn_ends_everything_for_good(backend) {
        let mut world = World::new(backend);
        world.set(ApplicationPolicy::Approved);
        world.approve();
        let tokens = world.log_in();
        let code = world.application.code(&mut world.browser, &[]);
        assert!(world.works(&tokens));

        world.withdraw();
        world.is_dead(&tokens);
        world.is_shut_out();
        let exchanged = world.application.exchange(&world.server, &code);
        assert_eq!((exchanged.status, exchanged.error().as_str()), (400, "invalid_grant"));

        world.approve();
        world.is_dead(&tokens);
        assert_eq!(world.application.exchange(&world.server, &code).status, 400);
        assert!(world.is_asked(), "the consent did not come back");
        let fresh = world.log_in();
        assert!(world.works(&fresh));
        world.is_dead(&tokens);
    }

    // Covers: I10, IN-08
    #[test]
    fn a_space_that_admits_none_ends_what_there_is(backend) {
        let mut world = World::new(backend);
        world.approve();
        let tokens = world.log_in();
        world.set(ApplicationPolicy::Approved);
        assert!(world.works(&tokens) && !world.is_asked(), "it is approved");
        world.withdraw();
        world.is_dead(&tokens);
        world.set(ApplicationPolicy::Any);
        world.is_dead(&tokens);
        assert!(world.is_asked());

        let tokens = world.log_in();
        world.approve();
        world.withdraw();
        assert!(world.works(&tokens), "nobody needs the approval");
        world.set(ApplicationPolicy::None);
        world.is_dead(&tokens);
        world.is_shut_out();
        world.set(ApplicationPolicy::Any);
        world.is_dead(&tokens);
        assert!(world.is_asked());
        code_of(&{
            let page = world.application.authorize(&mut world.browser, &[]);
            crate::support::log_in_with::allow(&mut world.browser, &page)
        });
    }
}
