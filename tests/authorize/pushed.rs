//! Pushed authorization requests (RFC 9126): left by the application, fetched by one browser, once, within a minute.

use std::time::Duration;

use keystead::domain::application::ApplicationKind;

use crate::{
    asking::{code_of, is_asked, is_dead_end, push},
    on_both,
    support::{
        backend::Backend,
        browser::{Browser, person},
        http::Response,
        log_in_with::{TestApplication, allow, follow, returned, tokens},
        site::TestSite,
    },
};

const URN: &str = "urn:ietf:params:oauth:request_uri:ksq_";

fn pushed(answer: &Response) -> String {
    assert_eq!(answer.status, 201, "{answer:?}");
    let uri = answer.text("request_uri");
    assert!(uri.starts_with(URN), "{uri}");
    uri
}

fn come(browser: &mut Browser, client_id: &str, uri: &str) -> Response {
    let first = browser.get(&path(client_id, uri));
    follow(browser, first)
}

fn path(client_id: &str, uri: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", client_id), ("request_uri", uri)].iter().filter(|(_, value)| !value.is_empty()))
        .finish();
    format!("/oauth/authorize?{query}")
}

on_both! {
    // Covers: A23
    #[test]
    fn a_pushed_request_is_good_for_one_browser_of_its_application_within_a_minute(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, other, server) = (site.application(), site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        let answer = push(&server, &application, &[("state", "pushed"), ("nonce", "n")]);
        assert_eq!((answer.json()["expires_in"].as_u64(), answer.header("cache-control")), (Some(60), Some("no-store")));
        let uri = pushed(&answer);
        let cut: String = uri.chars().take(uri.len() - 1).collect();

        for (client_id, uri) in [
            (other.client_id.as_str(), uri.as_str()),
            ("", &uri),
            ("app_unknown", &uri),
            (&application.client_id, &cut),
            (&application.client_id, &format!("{uri}x")),
            (&application.client_id, &uri.replace("ksq_", "ksc_")),
            (&application.client_id, URN.strip_suffix("ksq_").expect("the urn")),
        ] {
            is_dead_end(&browser.get(&path(client_id, uri)), 400, "invalid_request_uri");
        }
        let page = come(&mut browser, &application.client_id, &uri);
        assert!(is_asked(&page), "no wrong guess used it up");
        is_dead_end(&browser.get(&path(&application.client_id, &uri)), 400, "invalid_request_uri");
        is_dead_end(&Browser::new(&server).get(&path(&application.client_id, &uri)), 400, "invalid_request_uri");
        let back = allow(&mut browser, &page);
        assert_eq!(returned(&back)["state"], "pushed");
        tokens(&application.exchange(&server, &code_of(&back)));
        is_dead_end(&browser.get(&path(&application.client_id, &uri)), 400, "invalid_request_uri");

        let (in_time, late) = (push(&server, &application, &[]), push(&server, &application, &[]));
        site.clock.advance(Duration::from_secs(58));
        assert!(!is_asked(&come(&mut browser, &application.client_id, &pushed(&in_time))));
        site.clock.advance(Duration::from_secs(3));
        is_dead_end(&browser.get(&path(&application.client_id, &pushed(&late))), 400, "invalid_request_uri");
    }

    // Covers: A23
    #[test]
    fn what_stands_beside_a_pushed_request_is_passed_over(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        let uri = pushed(&push(&server, &application, &[("scope", "openid")]));
        let more = "scope=openid+read+write&redirect_uri=https%3A%2F%2Fevil.example&state=evil&prompt=none&code_challenge=x";
        let first = browser.get(&format!("{}&{more}", path(&application.client_id, &uri)));
        let page = follow(&mut browser, first);
        let back = allow(&mut browser, &page);
        assert_eq!(returned(&back)["state"], "state-1");
        assert_eq!(tokens(&application.exchange(&server, &code_of(&back))).scope, "openid");
        // The same as a form.
        let uri = pushed(&push(&server, &application, &[("scope", "openid")]));
        let fields = [("client_id", application.client_id.as_str()), ("request_uri", uri.as_str())];
        let sent = server.client.post("/oauth/authorize").form(&fields).send();
        assert!(!is_asked(&follow(&mut browser, sent)));
    }

    // Covers: A23
    #[test]
    fn applications_alone_push_and_prove_who_they_are(backend) {
        let site = TestSite::new(backend);
        let (application, server) = (site.application(), site.serve());
        let key = site.key("viewer", &[0]);
        let public = site.application_with(|input| input.kind = ApplicationKind::Public);
        pushed(&push(&server, &public, &[]));
        let refusals = [
            (TestApplication { secret: None, ..application.clone() }, 401, "invalid_client"),
            (TestApplication { secret: Some("wrong".to_owned()), ..application.clone() }, 401, "invalid_client"),
            (TestApplication { client_id: "app_unknown".to_owned(), secret: None, ..application.clone() }, 401, "invalid_client"),
            (
                TestApplication { client_id: key.client_id.clone(), secret: Some(key.secret), ..application.clone() },
                400,
                "unauthorized_client",
            ),
        ];
        for (caller, status, error) in refusals {
            let answer = push(&server, &caller, &[]);
            assert_eq!((answer.status, answer.error().as_str()), (status, error), "{answer:?}");
        }
        let named_otherwise = push(&server, &application, &[("client_id", &public.client_id)]);
        assert!((400..=401).contains(&named_otherwise.status), "{named_otherwise:?}");
        let again = pushed(&push(&server, &application, &[]));
        let nested = push(&server, &application, &[("request_uri", &again)]);
        assert_eq!((nested.status, nested.error().as_str()), (400, "invalid_request"));
        let elsewhere = push(&server, &application, &[("redirect_uri", "https://evil.example/")]);
        assert_eq!((elsewhere.status, elsewhere.error().as_str()), (400, "invalid_request"));
    }

    // Covers: A23
    #[test]
    fn no_handle_of_another_browser_and_no_pushed_one_opens_a_page(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let uri = pushed(&push(&server, &application, &[]));
        let handle = uri.strip_prefix("urn:ietf:params:oauth:request_uri:").expect("a handle");
        let mut browser = Browser::logged_in(&server, "jo");
        let answer = browser.get(&format!("/consent?request={handle}"));
        assert_eq!((answer.status, answer.header("location")), (403, None), "no browser came with it: {answer:?}");
        // A handle of a link that waits in a browser is no pushed request.
        let asked = browser.get(&application.authorize_path(&[]));
        let waiting = asked.header("location").expect("a place").split_once("request=").expect("a handle").1.to_owned();
        let as_pushed = format!("urn:ietf:params:oauth:request_uri:{waiting}");
        is_dead_end(&browser.get(&path(&application.client_id, &as_pushed)), 400, "invalid_request_uri");
        assert!(is_asked(&browser.get(&format!("/consent?request={waiting}"))));
    }
}

// Covers: A23
#[test]
fn pushing_is_a_post_of_a_form() {
    let site = TestSite::new(Backend::Sqlite);
    let (application, server) = (site.application(), site.serve());
    let get = server.client.get("/oauth/par").send();
    assert_eq!((get.status, get.header("allow")), (405, Some("POST")));
    let secret = application.secret.as_deref().expect("a secret");
    let json = server.client.post("/oauth/par").basic(&application.client_id, secret);
    let json = json.json(&serde_json::json!({ "response_type": "code" })).send();
    assert_eq!((json.status, json.error().as_str()), (400, "invalid_request"));
}
