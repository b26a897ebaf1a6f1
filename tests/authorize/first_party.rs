//! Applications that a space vouches for: its own users are not asked, and all others are.

use keystead::{
    domain::{authority::Authority, ids::UserId, user::Login},
    manage::{self, users::CreateUser},
};

use crate::{
    asking::{another_space, code_of, edit, is_asked},
    on_both,
    support::{
        browser::{Browser, PASSWORD, field_of_form, person, set_password},
        log_in_with::{allow, decide, tokens},
        site::{TestSite, name},
    },
};

/// A user who is at home in another space.
fn stranger(site: &TestSite, login: &str) -> UserId {
    let input = CreateUser::person(another_space(site), Login::parse(login).expect("a login"), name(login));
    let user = site.change(|change, deps| manage::users::create(change, deps, &Authority::OPERATOR, input));
    set_password(site, user.id, PASSWORD);
    user.id
}

on_both! {
    // Covers: AZ-23
    #[test]
    fn a_space_vouches_for_its_own_people_alone(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        stranger(&site, "kim");
        let (application, server) = (site.application_with(|input| input.first_party = true), site.serve());
        let (mut jo, mut kim) = (Browser::logged_in(&server, "jo"), Browser::logged_in(&server, "kim"));

        let back = application.authorize(&mut jo, &[("scope", "openid read email")]);
        assert!(!is_asked(&back), "{back:?}");
        let got = tokens(&application.exchange(&server, &code_of(&back)));
        assert_eq!(got.scope, "openid email read");
        assert!(server.is_active(&site.resource_server, &got.access));
        assert!(is_asked(&application.authorize(&mut kim, &[])), "another space vouches for nobody there");
        // It stands among the authorized applications as any other does, and is withdrawn as any other is.
        let list = jo.get("/account/applications");
        let csrf = field_of_form(&list.body, "/account/applications/withdraw", "csrf");
        let grant = field_of_form(&list.body, "/account/applications/withdraw", "grant");
        assert_eq!(jo.post("/account/applications/withdraw", &csrf, &[("grant", &grant)]).status, 303);
        assert!(!server.is_active(&site.resource_server, &got.access));

        let silent = application.authorize(&mut jo, &[("prompt", "none")]);
        code_of(&silent);
        assert!(is_asked(&application.authorize(&mut jo, &[("prompt", "consent")])), "it may want the question itself");
        edit(&site, &application, |edit| edit.first_party = Some(false));
        assert!(!is_asked(&application.authorize(&mut jo, &[])), "what was given without a question stays given");
        assert!(is_asked(&application.authorize(&mut jo, &[("scope", "openid write")])), "and is all that was given");
    }

    // Covers: AZ-23
    #[test]
    fn what_a_user_left_out_stays_out_though_the_space_vouches(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve();
        let application = site.application_with(|input| {
            input.first_party = true;
            input.scopes = ["openid", "read"].map(str::to_owned).to_vec();
            input.optional_scopes = ["offline_access", "email"].map(str::to_owned).to_vec();
        });
        let mut jo = Browser::logged_in(&server, "jo");
        let all = [("scope", "openid read email offline_access")];
        let page = application.authorize(&mut jo, &[all[0], ("prompt", "consent")]);
        code_of(&decide(&mut jo, &page, "allow", &[]));
        let got = tokens(&application.exchange(&server, &code_of(&application.authorize(&mut jo, &all))));
        assert_eq!((got.scope.as_str(), got.refresh), ("openid read", None));
        // It ends with the session, as everything does that was given without access while away.
        let token = jo.log_out_token();
        jo.post("/logout", &token, &[]);
        assert!(!server.is_active(&site.resource_server, &got.access), "the session has ended");

        let mut jo = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut jo, &[all[0], ("prompt", "consent")]);
        code_of(&allow(&mut jo, &page));
        let got = tokens(&application.exchange(&server, &code_of(&application.authorize(&mut jo, &all))));
        assert!(got.refresh.is_some(), "{got:?}");
    }
}
