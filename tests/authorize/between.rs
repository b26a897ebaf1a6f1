//! What changes between the question and the answer counts: nobody consents with rights that are gone (L086).

use keystead::{
    domain::{authority::Authority, ids::UserId, redirect_uri::RedirectUri, space::ApplicationPolicy},
    manage::{self, spaces::EditSpace, users::EnableUser},
};

use crate::{
    asking::{code_of, edit, id_of, is_asked, is_login},
    on_both,
    support::{
        backend::Backend,
        browser::{Browser, PASSWORD, person, set_password},
        http::Response,
        log_in_with::{CALLBACK, TestApplication, allow, decide, tokens},
        site::{Server, TestSite},
    },
};

const OPERATOR: &Authority = &Authority::OPERATOR;

/// A user who looks at the consent page.
struct Asked {
    site: TestSite,
    server: Server,
    user: UserId,
    application: TestApplication,
    browser: Browser,
    page: Response,
}

impl Asked {
    fn new(backend: Backend) -> Self {
        let site = TestSite::new(backend);
        let user = person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut browser, &[("scope", "openid read email")]);
        assert!(is_asked(&page));
        Self { site, server, user, application, browser, page }
    }

    fn says_yes_in_vain(&mut self) {
        let answer = allow(&mut self.browser, &self.page);
        assert_eq!((answer.status, answer.header("location")), (403, None), "{answer:?}");
        assert_eq!(self.site.database.number("(SELECT COUNT(*) FROM authorization_codes)"), 0, "a code");
        assert_eq!(self.site.database.number("(SELECT COUNT(*) FROM grants)"), 0, "a consent");
    }
}

on_both! {
    // Covers: L086
    #[test]
    fn a_user_who_was_disabled_meanwhile_does_not_consent(backend) {
        let mut asked = Asked::new(backend);
        let id = asked.user;
        asked.site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, id));
        asked.says_yes_in_vain();
        let input = EnableUser { id, restore_keys: false };
        asked.site.change(|change, deps| manage::users::enable(change, deps, OPERATOR, input));
        asked.says_yes_in_vain();
        let login = asked.application.authorize(&mut asked.browser, &[]);
        assert!(is_login(&login), "the session does not come back with the user");
    }

    // Covers: L086
    #[test]
    fn a_session_that_has_ended_does_not_consent(backend) {
        let mut asked = Asked::new(backend);
        let user = asked.user;
        asked.site.change(|change, _| manage::sessions::end_all(change, OPERATOR, user, None));
        asked.says_yes_in_vain();
        asked.browser.log_in("jo", PASSWORD);
        asked.says_yes_in_vain();
        let page = asked.application.authorize(&mut asked.browser, &[]);
        code_of(&allow(&mut asked.browser, &page));
    }

    // Covers: L086
    #[test]
    fn a_session_from_before_the_password_changed_does_not_consent(backend) {
        let mut asked = Asked::new(backend);
        set_password(&asked.site, asked.user, "another battery of horses");
        asked.says_yes_in_vain();
    }

    // Covers: L086, AZ-02
    #[test]
    fn what_the_application_lost_meanwhile_it_does_not_get(backend) {
        let mut asked = Asked::new(backend);
        let id = id_of(&asked.application);
        asked.site.change(|change, deps| manage::applications::disable(change, deps, OPERATOR, id));
        asked.says_yes_in_vain();
        asked.site.change(|change, deps| manage::applications::enable(change, deps, OPERATOR, id));
        let space = EditSpace { application_policy: Some(ApplicationPolicy::None), ..EditSpace::of(asked.site.space) };
        asked.site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, space));
        asked.says_yes_in_vain();
        let space = EditSpace { application_policy: Some(ApplicationPolicy::Any), ..EditSpace::of(asked.site.space) };
        asked.site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, space));
        edit(&asked.site, &asked.application, |edit| {
            edit.redirect_uris = Some(vec![RedirectUri::parse("https://app.example.com/new").expect("a redirect URI")]);
        });
        asked.says_yes_in_vain();
        let denied = decide(&mut asked.browser, &asked.page, "deny", &[]);
        assert_eq!((denied.status, denied.header("location")), (403, None), "a no is not sent there either");
    }

    // Covers: AZ-02
    #[test]
    fn a_place_that_is_not_the_applications_any_more_gets_no_code(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        application.code(&mut browser, &[]);
        let pushed = crate::asking::push(&server, &application, &[]).text("request_uri");
        let uri = |text| RedirectUri::parse(text).expect("a redirect URI");
        edit(&site, &application, |edit| edit.redirect_uris = Some(vec![uri("https://app.example.com/new")]));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", &application.client_id).append_pair("request_uri", &pushed);
        let answer = browser.get(&format!("/oauth/authorize?{}", query.finish()));
        assert_eq!((answer.status, answer.header("location")), (403, None), "{answer:?}");
        edit(&site, &application, |edit| edit.redirect_uris = Some(vec![uri(CALLBACK)]));
        assert!(is_asked(&application.authorize(&mut browser, &[])), "a place was added since the consent");
    }

    // Covers: B5
    #[test]
    fn nobody_gives_what_became_required_after_it_was_shown_as_optional(backend) {
        let mut asked = Asked::new(backend);
        edit(&asked.site, &asked.application, |edit| {
            edit.scopes = Some(["openid", "offline_access", "read", "write", "email"].map(str::to_owned).to_vec());
        });
        let answer = decide(&mut asked.browser, &asked.page, "allow", &[]);
        assert_eq!(answer.status, 303);
        let to = answer.header("location").expect("a place").to_owned();
        assert!(to.starts_with("/consent?request=ksq_"), "{to}");
        assert_eq!(asked.site.database.number("(SELECT COUNT(*) FROM grants)"), 0);
        let page = asked.browser.get(&to);
        assert!(is_asked(&page) && !page.body.contains("type=\"checkbox\""), "{}", page.body);
        let code = code_of(&decide(&mut asked.browser, &page, "allow", &[]));
        assert_eq!(tokens(&asked.application.exchange(&asked.server, &code)).scope, "openid email read");
    }

    // Covers: B5
    #[test]
    fn what_the_application_may_not_ask_for_any_more_is_not_granted(backend) {
        let mut asked = Asked::new(backend);
        edit(&asked.site, &asked.application, |edit| {
            edit.scopes = Some(["openid", "read"].map(str::to_owned).to_vec());
            edit.optional_scopes = Some(Vec::new());
        });
        let code = code_of(&allow(&mut asked.browser, &asked.page));
        assert_eq!(tokens(&asked.application.exchange(&asked.server, &code)).scope, "openid read");
    }
}
