//! How users get in: made and invited at the console, by links that are shown once or mailed; and put out again.

use crate::{
    keys::text_of,
    on_both,
    person::Person,
    support::{
        browser::{self, Browser, PASSWORD},
        site::{ISSUER, TestSite},
    },
};

/// The path of the link on this page.
fn link_on(page: &str) -> String {
    text_of(page, "link").strip_prefix(ISSUER).expect("a link to this site").to_owned()
}

on_both! {
    // Covers: L139
    #[test]
    fn a_person_is_made_here_invited_once_and_logs_in(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let new = format!("/spaces/{}/users/new", site.space);
        let page = ada.page(&new);
        let form = page.split("<main").nth(1).expect("a main part").to_owned();
        let token = |name: &str| browser::field(&form, name).expect("a token");
        let (csrf, once) = (token("csrf"), token("once"));
        let fields = [
            ("once", once.as_str()),
            ("login", "Jo"),
            ("full_name", "Jo <b>Doe</b>"),
            ("emails", "jo@example.com, jo.doe@example.com"),
            ("account_type", "standard"),
            ("invite", "show"),
        ];
        let made = ada.browser.post(&new, &csrf, &fields);
        assert_eq!((made.status, made.header("cache-control")), (200, Some("no-store")), "{}", made.body);
        let link = link_on(&made.body);

        // Reloading the answer makes nobody twice and shows no link again.
        let again = ada.browser.post(&new, &csrf, &fields);
        let path = again.header("location").and_then(|path| path.strip_suffix("?done=shown-before")).expect("a way on").to_owned();
        let shown = ada.page(&path);
        assert!(!shown.contains("/setup/ksi_") && shown.contains("Waiting for the person"), "{shown}");
        assert!(shown.contains("jo.doe@example.com") && shown.contains("Jo &#60;b&#62;Doe") && !shown.contains("<b>Doe"));
        assert!(shown.contains("has no password and cannot log in"));

        let mut jo = Browser::new(&server);
        let set = jo.submit(&link, &link, &[("password", PASSWORD)]);
        assert_eq!(set.status, 303, "{}", set.body);
        assert!(jo.is_logged_in() && Browser::new(&server).log_in("jo", PASSWORD).status == 303);
        let shown = ada.page(&path);
        assert!(!shown.contains("Waiting for the person") && !shown.contains("cannot log in"));
        let found = ada.page(&format!("/spaces/{}/users?q=jo", site.space));
        assert!(found.contains(&path) && !found.contains(&ada.id.to_string()), "{found}");
        assert_eq!(site.audited("user.create").len(), 2, "ada and jo");

        let twice = ada.send(&new, &[("login", "jo"), ("full_name", "Another"), ("invite", "show")]);
        assert_eq!(twice.status, 409, "{}", twice.body);
        assert!(twice.body.contains("This login is taken") && twice.body.contains("value=\"Another\""));
        for (field, wrong) in [("login", "two words"), ("emails", "nobody")] {
            let fields = [("login", "kim"), ("full_name", "Kim"), ("emails", "")];
            let fields = fields.map(|(name, value)| if name == field { (name, wrong) } else { (name, value) });
            let refused = ada.send(&new, &fields);
            assert_eq!(refused.status, 422, "{field}");
            assert!(refused.body.contains(&format!("href=\"#{field}\"")), "{}", refused.body);
        }
    }

    #[test]
    fn an_invitation_is_sent_again_and_revoked_and_a_setup_link_is_made(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let path = format!("/users/{}", site.user("jo"));
        let dead = |link: &str| Browser::new(&server).get(link).status == 410;
        let first = link_on(&ada.send(&format!("{path}/invite"), &[("invite", "show")]).body);
        let refused = ada.send(&format!("{path}/invite"), &[("invite", "show")]);
        assert_eq!(refused.status, 409, "{}", refused.body);
        let second = link_on(&ada.send(&format!("{path}/invitation/resend"), &[("invite", "show")]).body);
        assert!(dead(&first) && !dead(&second));
        let to = ada.carry_out(&format!("{path}/invitation/revoke"), &[]);
        assert_eq!(to, format!("{path}?done=invitation-revoked"));
        assert!(dead(&second) && ada.page(&to).contains("Its link opens nothing"));
        // This site sends no mail, so nobody is offered any, and nobody gets any.
        assert!(!ada.page(&format!("{path}/invite")).contains("By mail"));
        assert_eq!(ada.send(&format!("{path}/invite"), &[("invite", "mail")]).status, 409);

        let setup = ada.send(&format!("{path}/setup-link"), &[]);
        assert_eq!((setup.status, setup.header("cache-control")), (200, Some("no-store")), "{}", setup.body);
        let link = link_on(&setup.body);
        assert_eq!(Browser::new(&server).submit(&link, &link, &[("password", PASSWORD)]).status, 303);
        assert!(dead(&link) && Browser::new(&server).log_in("jo", PASSWORD).status == 303);
    }

    #[test]
    fn an_invitation_goes_by_mail_where_the_site_sends_any(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| {
            options.with("mail.url", "smtp://127.0.0.1:9").with("mail.from", "a@example.com").with("mail.starttls", "false")
        });
        let mut ada = Person::admin(&site, &server);
        let new = format!("/spaces/{}/users/new", site.space);
        assert!(ada.page(&new).contains("By mail to the first address"));
        let fields = [("login", "jo"), ("full_name", "Jo"), ("invite", "mail")];
        let refused = ada.send(&new, &fields);
        assert_eq!(refused.status, 409, "{}", refused.body);
        assert!(refused.body.contains("href=\"#emails\"") && refused.body.contains("value=\"mail\" checked"));
        assert_eq!(site.audited("user.create").len(), 1, "nobody but ada is made");
        let fields = fields.into_iter().chain([("emails", "jo@example.com")]).collect::<Vec<_>>();
        let to = ada.carry_out(&new, &fields);
        assert!(to.ends_with("?done=invitation-mailed"), "{to}");
        let page = ada.page(&to);
        assert!(page.contains("on its way by mail") && page.contains("Mail is on its way"), "{page}");
    }

    #[test]
    fn a_session_of_somebody_is_ended(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let mut jo = Person::with_roles(&site, &server, "jo", &[]);
        let mut elsewhere = Browser::logged_in(&server, "jo");
        let path = format!("/users/{}", jo.id);
        let page = ada.page(&path);
        let ends: Vec<&str> = page.split(&format!("{path}/sessions/")).skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(ends.len(), 3, "two sessions, and all: {ends:?}");
        let to = ada.carry_out(&format!("{path}/sessions/{}", ends[0]), &[]);
        assert_eq!(to, format!("{path}?done=session-ended"));
        assert!(jo.browser.is_logged_in() != elsewhere.is_logged_in(), "one of both ended");
        ada.carry_out(&format!("{path}/sessions/end"), &[]);
        assert!(!jo.browser.is_logged_in() && !elsewhere.is_logged_in());
        assert!(ada.page(&path).contains("logged in nowhere"));
        // The session of one user is not ended over another.
        let mut kim = Person::with_roles(&site, &server, "kim", &[]);
        let page = ada.page(&format!("/users/{}", kim.id));
        let end = page.split(&format!("/users/{}/sessions/", kim.id)).nth(1).and_then(|rest| rest.split('"').next()).expect("one");
        assert_eq!(ada.status(&format!("{path}/sessions/{end}")), 404);
        assert!(kim.browser.is_logged_in());
    }
}
