//! The whole way once.

use crate::{
    on_both,
    support::{
        browser::{Browser, field_of_form, person},
        log_in_with::{allow, claims, returned, tokens},
        site::{ISSUER, TestSite},
    },
};

const WITHDRAW: &str = "/account/applications/withdraw";

on_both! {
    // Covers: AC-01, AZ-13, L076, L078
    #[test]
    fn a_user_logs_in_to_an_application_and_withdraws_it(backend) {
        let site = TestSite::new(backend);
        let user = person(&site, "jo");
        let application = site.application();
        let server = site.serve();
        let mut browser = Browser::logged_in(&server, "jo");

        let page = application.authorize(&mut browser, &[("nonce", "n-1")]);
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains("Shop"), "{}", page.body);
        let back = allow(&mut browser, &page);
        assert_eq!(back.status, 303, "{back:?}");
        let back = returned(&back);
        assert_eq!((back["state"].as_str(), back["iss"].as_str()), ("state-1", ISSUER));

        let got = tokens(&application.exchange(&server, &back["code"]));
        assert_eq!(got.scope, "openid offline_access read");
        let (access, id) = (claims(&got.access), claims(got.id.as_deref().expect("an id token")));
        assert_eq!((&access["sub"], &id["sub"]), (&user.to_string().into(), &user.to_string().into()));
        assert_eq!((&id["aud"], &id["nonce"]), (&application.client_id.as_str().into(), &"n-1".into()));
        assert!(server.is_active(&site.resource_server, &got.access));
        let next = tokens(&application.refresh(&server, got.refresh.as_deref().expect("a refresh token")));

        let list = browser.get("/account/applications");
        let grant = access["grant"].as_str().expect("a grant");
        let csrf = field_of_form(&list.body, WITHDRAW, "csrf");
        let done = browser.post(WITHDRAW, &csrf, &[("grant", grant)]);
        assert_eq!(done.status, 303, "{done:?}");
        for token in [&got.access, &next.access] {
            assert!(!server.is_active(&site.resource_server, token), "a token outlived its consent");
        }
        let refused = application.refresh(&server, next.refresh.as_deref().expect("a refresh token"));
        assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_grant"));
        assert_eq!(application.authorize(&mut browser, &[]).status, 200, "the user is asked again");
    }
}
