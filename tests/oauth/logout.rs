//! Logouts that applications ask for: who asks, and where the browser may go.

use std::{num::NonZeroUsize, time::Duration};

use keystead::{
    config::Issuer,
    crypto::password::PasswordHasher,
    domain::{redirect_uri::RedirectUri, signing_key::SigningAlgorithm},
    oauth::{
        OAuth, OAuthOptions,
        logout::{Leaving, LogoutRequest},
    },
};

use crate::{
    on_both,
    support::{
        browser::{Browser, person},
        log_in_with::{TestApplication, Tokens},
        site::{ISSUER, TestSite},
    },
};

const BYE: &str = "https://app.example.com/bye";
const WITH_QUERY: &str = "https://app.example.com/bye?from=keystead";

fn application(site: &TestSite) -> TestApplication {
    site.application_with(|input| {
        let uri = |text| RedirectUri::parse(text).expect("a URI");
        input.post_logout_redirect_uris = vec![uri(BYE), uri(WITH_QUERY)];
    })
}

fn log_in(site: &TestSite, application: &TestApplication) -> Tokens {
    person(site, "jo");
    let server = site.serve();
    let mut browser = Browser::logged_in(&server, "jo");
    application.log_in(&server, &mut browser, &[])
}

fn leaving(site: &TestSite, request: LogoutRequest<'_>) -> Leaving {
    let options = OAuthOptions {
        issuer: Issuer::parse(ISSUER).expect("an issuer"),
        access_token_life: Duration::from_mins(15),
        access_token_life_max: Duration::from_hours(1),
        signing_algorithm: SigningAlgorithm::Es256,
        wrong_secrets_per_minute: 10,
        refresh_idle: Duration::from_hours(24),
        refresh_life: Duration::from_hours(24),
        verified_tokens: 10,
    };
    let oauth = OAuth::new(site.live(), options, PasswordHasher::new(NonZeroUsize::MIN, 8)).expect("randomness");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(oauth.leaving(request)).expect("the database answers")
}

/// The client id of the application that asks, and the way back.
fn judged(site: &TestSite, request: LogoutRequest<'_>) -> (Option<String>, Option<String>) {
    let Leaving { application, back } = leaving(site, request);
    (application.map(|application| application.id.to_string()), back)
}

on_both! {
    // Covers: OC-06
    #[test]
    fn an_application_that_is_known_gets_the_browser_back_where_it_registered(backend) {
        let site = TestSite::new(backend);
        let application = application(&site);
        let id = log_in(&site, &application).id.expect("an id token");
        site.clock.advance(Duration::from_hours(2));
        let ways = [
            LogoutRequest { id_token_hint: Some(&id), ..LogoutRequest::default() },
            LogoutRequest { client_id: Some(&application.client_id), ..LogoutRequest::default() },
            LogoutRequest {
                id_token_hint: Some(&id),
                client_id: Some(&application.client_id),
                ..LogoutRequest::default()
            },
        ];
        for known in ways {
            let known_as = Some(application.client_id.clone());
            assert_eq!(judged(&site, known), (known_as.clone(), None), "nothing was asked for: {known:?}");
            for (uri, state, back) in [
                (BYE, None, BYE.to_owned()),
                (BYE, Some("a b&c=d#e"), format!("{BYE}?state=a+b%26c%3Dd%23e")),
                (WITH_QUERY, Some("s"), format!("{WITH_QUERY}&state=s")),
            ] {
                let request = LogoutRequest { post_logout_redirect_uri: Some(uri), state, ..known };
                assert_eq!(judged(&site, request), (known_as.clone(), Some(back)), "{request:?}");
            }
            for other in [
                "https://app.example.com/bye/",
                "https://app.example.com/bye?",
                "https://app.example.com/BYE",
                "https://app.example.com/bye?from=keystead&to=evil",
                "https://app.example.com:443/bye",
                "https://app.example.com/x/../bye",
                "https://app.example.com/callback",
                "https://evil.example/bye",
                "//evil.example",
                "",
            ] {
                let request = LogoutRequest { post_logout_redirect_uri: Some(other), ..known };
                assert_eq!(judged(&site, request), (known_as.clone(), None), "{other}");
            }
        }
    }

    // Covers: OC-06
    #[test]
    fn who_cannot_be_told_or_contradicts_himself_leaves_the_browser_here(backend) {
        let site = TestSite::new(backend);
        let (application, stranger) = (application(&site), site.application());
        let got = log_in(&site, &application);
        let id = got.id.expect("an id token");
        let asks = LogoutRequest { post_logout_redirect_uri: Some(BYE), ..LogoutRequest::default() };
        let own = Some(application.client_id.as_str());
        let tampered = format!("{id}A");
        for request in [
            asks,
            LogoutRequest { client_id: Some("app_0"), ..asks },
            LogoutRequest { client_id: Some("app_00000000000000000000000000000000"), ..asks },
            LogoutRequest { id_token_hint: Some(&id), client_id: Some(&stranger.client_id), ..asks },
            LogoutRequest { id_token_hint: Some(&id), client_id: Some("nobody"), ..asks },
            LogoutRequest { id_token_hint: Some(&got.access), client_id: own, ..asks },
            LogoutRequest { id_token_hint: Some(&tampered), client_id: own, ..asks },
            LogoutRequest { id_token_hint: Some("no token"), client_id: own, ..asks },
        ] {
            assert_eq!(judged(&site, request), (None, None), "{request:?}");
        }
        let request = LogoutRequest { client_id: Some(&stranger.client_id), ..asks };
        assert_eq!(judged(&site, request), (Some(stranger.client_id.clone()), None), "it registered nothing");
        site.database.execute("UPDATE applications SET state = 'disabled'");
        assert_eq!(judged(&site, LogoutRequest { id_token_hint: Some(&id), ..asks }), (None, None));
    }
}
