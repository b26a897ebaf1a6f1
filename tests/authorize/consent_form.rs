//! The consent form: it says yes or no to what was shown, in the browser and the session in which it was shown.

use keystead::domain::redirect_uri::RedirectUri;

use crate::{
    asking::{code_of, edit, is_asked, log_in_there},
    on_both,
    support::{
        browser::{Browser, person},
        http::Response,
        log_in_with::{allow, claims, consent_field, decide, returned, tokens},
        site::{TestSite, name},
    },
};

/// Whether the form was refused without any effect.
fn nothing_came_of(site: &TestSite, answer: &Response) {
    assert_eq!((answer.status, answer.header("location")), (403, None), "{answer:?}");
    assert_eq!(site.database.number("(SELECT COUNT(*) FROM authorization_codes)"), 0, "a code");
    assert_eq!(site.database.number("(SELECT COUNT(*) FROM grants)"), 0, "a consent");
}

on_both! {
    // Covers: B5, AZ-23
    #[test]
    fn what_is_granted_is_what_was_shown_whatever_the_form_says(backend) {
        let site = TestSite::new(backend);
        let user = person(&site, "jo");
        let (application, other, server) = (site.application(), site.application(), site.serve());
        edit(&site, &application, |edit| {
            let uri = |text| RedirectUri::parse(text).expect("a redirect URI");
            edit.redirect_uris = Some(vec![uri(&application.redirect_uri), uri("https://app.example.com/other")]);
        });
        let mut browser = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut browser, &[("scope", "openid read email"), ("nonce", "n")]);
        let tampered = [
            ("scope", "email"),
            ("scope", "write"),
            ("scope", "offline_access"),
            ("scope", "profile"),
            ("scope", "bogus"),
            ("client_id", other.client_id.as_str()),
            ("redirect_uri", "https://app.example.com/other"),
            ("code_challenge", "x"),
            ("state", "evil"),
            ("nonce", "evil"),
            ("user", "usr_evil"),
            ("resource", "https://evil.example"),
            ("prompt", "none"),
        ];
        let back = decide(&mut browser, &page, "allow", &tampered);
        let location = back.header("location").expect("a place");
        assert!(location.starts_with(&format!("{}?", application.redirect_uri)) && !location.contains("evil"), "{location}");
        assert_eq!(returned(&back)["state"], "state-1");
        assert_eq!(other.exchange(&server, &code_of(&back)).status, 400, "it is not the other one's code");

        let page = application.authorize(&mut browser, &[("scope", "openid read email"), ("nonce", "n"), ("prompt", "consent")]);
        let back = decide(&mut browser, &page, "allow", &tampered);
        let got = tokens(&application.exchange(&server, &code_of(&back)));
        assert_eq!(got.scope, "openid email read");
        let (access, id) = (claims(&got.access), claims(&got.id.expect("an id token")));
        assert_eq!((&access["sub"], &id["nonce"]), (&user.to_string().into(), &"n".into()));
        let shown = browser.get("/account/applications").body;
        assert!(!shown.contains("Create, change and delete"), "{shown}");
    }

    // Covers: AZ-22, B1, B5
    #[test]
    fn a_form_without_its_token_or_from_elsewhere_is_refused(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut browser, &[]);
        let second = application.authorize(&mut browser, &[]);
        let mut elsewhere = Browser::logged_in(&server, "jo");
        let foreign = application.authorize(&mut elsewhere, &[]);
        let (request, required) = (consent_field(&page, "request"), consent_field(&page, "required"));
        let fields = [("request", request.as_str()), ("required", required.as_str()), ("decision", "allow")];
        let (good, of_second) = (consent_field(&page, "csrf"), consent_field(&second, "csrf"));
        let log_out = browser.log_out_token();
        let (of_foreign, cut) = (consent_field(&foreign, "csrf"), good.chars().skip(1).collect::<String>());
        for wrong in ["", "x", &of_foreign, &of_second, &log_out, &cut, &request] {
            nothing_came_of(&site, &browser.post("/consent", wrong, &fields));
        }
        let headers = [
            ("Origin", "https://evil.example"),
            ("Origin", "https://app.example.com"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
        ];
        let form: Vec<_> = [("csrf", good.as_str())].iter().chain(&fields).copied().collect();
        for (header, value) in headers {
            nothing_came_of(&site, &browser.request("POST", "/consent").header(header, value).form(&form).send());
        }
        for (decision, status) in [("", 400), ("maybe", 400), ("ALLOW", 400)] {
            let fields = [("request", request.as_str()), ("required", required.as_str()), ("decision", decision)];
            let answer = browser.post("/consent", &good, &fields);
            assert_eq!((answer.status, answer.header("location")), (status, None), "{decision}");
        }
        let twice: Vec<_> = form.iter().chain(&[("request", request.as_str())]).copied().collect();
        assert_eq!(browser.request("POST", "/consent").form(&twice).send().status, 400);
        // Under this policy Chromium says where a form comes from without saying it: that alone is no reason.
        let sent = browser.request("POST", "/consent").header("Origin", "null").header("Sec-Fetch-Site", "same-origin");
        code_of(&sent.form(&form).send());
    }

    // Covers: A25
    #[test]
    fn what_began_in_one_browser_is_not_finished_in_another(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut browser, &[]);
        let (request, csrf) = (consent_field(&page, "request"), consent_field(&page, "csrf"));
        let required = consent_field(&page, "required");
        let fields = [("request", request.as_str()), ("required", required.as_str()), ("decision", "allow")];

        let mut same_user = Browser::logged_in(&server, "jo");
        nothing_came_of(&site, &same_user.post("/consent", &csrf, &fields));
        let own = application.authorize(&mut same_user, &[]);
        nothing_came_of(&site, &same_user.post("/consent", &consent_field(&own, "csrf"), &fields));
        nothing_came_of(&site, &same_user.get(&format!("/consent?request={request}")));
        // A stolen session without the browser that the request belongs to.
        let mut thief = browser.clone();
        thief.cookies.remove("keystead_browser");
        nothing_came_of(&site, &thief.post("/consent", &csrf, &fields));
        nothing_came_of(&site, &Browser::new(&server).post("/consent", &csrf, &fields));
        let login = Browser::new(&server).get(&format!("/login?request={request}"));
        assert!(!login.body.contains("Shop"), "another browser is not even told what waits: {}", login.body);
        code_of(&allow(&mut browser, &page));
    }

    // Covers: AZ-26
    #[test]
    fn two_users_do_not_finish_each_others_requests(backend) {
        let site = TestSite::new(backend);
        let (jo, kim) = (person(&site, "jo"), person(&site, "kim"));
        let (application, server) = (site.application(), site.serve());
        let (mut one, mut two) = (Browser::logged_in(&server, "jo"), Browser::logged_in(&server, "kim"));
        let (of_one, of_two) = (application.authorize(&mut one, &[]), application.authorize(&mut two, &[]));
        for csrf in [&of_one, &of_two].map(|page| consent_field(page, "csrf")) {
            let (request, required) = (consent_field(&of_one, "request"), consent_field(&of_one, "required"));
            let fields = [("request", request.as_str()), ("required", required.as_str()), ("decision", "allow")];
            nothing_came_of(&site, &two.post("/consent", &csrf, &fields));
        }
        // The same browser, in which somebody else has logged in meanwhile.
        let login = application.authorize(&mut one, &[("prompt", "login")]);
        let of_kim = log_in_there(&mut one, &login, "kim");
        assert!(is_asked(&of_kim));
        nothing_came_of(&site, &allow(&mut one, &of_one));
        let subject = |back: &Response| {
            let got = tokens(&application.exchange(&server, &code_of(back)));
            claims(&got.access)["sub"].as_str().expect("a subject").to_owned()
        };
        assert_eq!(subject(&allow(&mut one, &of_kim)), kim.to_string());
        assert_eq!(subject(&application.authorize(&mut two, &[])), kim.to_string(), "who consented in the other browser");
        let mut one = Browser::logged_in(&server, "jo");
        let page = application.authorize(&mut one, &[]);
        assert_eq!(subject(&allow(&mut one, &page)), jo.to_string());
    }

    // Covers: AZ-23
    #[test]
    fn no_parameter_of_a_request_skips_the_question(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let (application, server) = (site.application_with(|input| input.name = name("Stranger")), site.serve());
        let mut browser = Browser::logged_in(&server, "jo");
        for (parameter, value) in [
            ("prompt", "login"),
            ("decision", "allow"),
            ("consent", "true"),
            ("approval_prompt", "auto"),
            ("first_party", "true"),
            ("csrf", "x"),
            ("skip_consent", "1"),
            ("access_type", "offline"),
        ] {
            let page = application.authorize(&mut browser, &[(parameter, value)]);
            let page = if parameter == "prompt" { log_in_there(&mut browser, &page, "jo") } else { page };
            assert!(is_asked(&page), "{parameter}={value}");
            let request = consent_field(&page, "request");
            let csrf = consent_field(&page, "csrf");
            let again = browser.get(&format!("/consent?request={request}&token={csrf}&answer=allow"));
            assert!(is_asked(&again), "reading is not consenting");
        }
    }
}
