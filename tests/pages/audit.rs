//! What people do on the pages of their account is told with the session that they did it in.

use keystead::domain::audit_event::{Actor, Credential};

use crate::{
    browser::{Browser, PASSWORD, field_of_form, person},
    on_both,
    support::site::TestSite,
};

on_both! {
    // Covers: L102, KM-16
    #[test]
    fn what_is_done_on_pages_carries_the_session(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo");
        let server = site.serve();
        let mut browser = Browser::logged_in(&server, "jo");
        let [login] = site.audited("session.begin").try_into().expect("one login");
        let this = Credential::Session(login.origin.credential.session().expect("a session"));
        let _other = Browser::logged_in(&server, "jo");

        let page = browser.get("/account/sessions").body;
        let token = field_of_form(&page, "/account/sessions/end-others", "csrf");
        assert_eq!(browser.post("/account/sessions/end-others", &token, &[]).status, 303);
        let [ended] = site.audited("session.end").try_into().expect("one end");
        assert_eq!((ended.origin.actor, ended.origin.credential), (Actor::User(jo), this));
        // The session that ended is another one, and is told too.
        assert!(ended.about.iter().filter(|about| about.starts_with("ses_")).count() == 2, "{ended:?}");

        let page = browser.get("/account/password").body;
        let token = field_of_form(&page, "/account/password", "csrf");
        let form = [("current", PASSWORD), ("password", "another horse battery")];
        assert_eq!(browser.post("/account/password", &token, &form).status, 303);
        let [changed] = site.audited("user.change_password").try_into().expect("one change");
        assert_eq!((changed.origin.actor, changed.origin.credential), (Actor::User(jo), this));
        assert_eq!((changed.origin.address, changed.space), (Some([127, 0, 0, 1].into()), Some(site.space)));
        assert!(!changed.to_line().expect("a line").contains("horse"));
    }
}
