//! Logging in and out.

use crate::{
    browser::{Browser, PASSWORD, person},
    on_both,
    support::site::TestSite,
};

on_both! {
    // Covers: B3, B10, B11
    #[test]
    fn somebody_logs_in_and_out(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve();
        let mut browser = Browser::new(&server);
        assert!(!browser.is_logged_in());
        let answer = browser.log_in("jo", PASSWORD);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/account/applications")), "{}", answer.body);
        assert!(browser.is_logged_in());
        assert_eq!(browser.get("/login").header("location"), Some("/account/applications"));

        let before = browser.clone();
        let token = browser.sign_out_token();
        let answer = browser.post("/logout", &token, &[]);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/signed-out")), "{}", answer.body);
        assert!(!browser.is_logged_in());
        assert!(!before.clone().is_logged_in(), "the old cookie opens nothing");
        assert_eq!(browser.get("/signed-out").status, 200);
    }
}
