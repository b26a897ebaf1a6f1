//! Forgotten passwords: the same answer for everybody, a link for whoever is meant (P1, P9).

use std::time::Duration;

use keystead::{
    config::Options,
    domain::{authority::Authority, email::Email, ids::UserId},
    manage::{self, users::EditUser},
};

use crate::{
    browser::{Browser, PASSWORD, field, person},
    on_both,
    support::{
        site::{ISSUER, TestSite},
        smtp::MailServer,
    },
};

fn with_mail(mail: &MailServer) -> impl FnOnce(Options) -> Options {
    let url = format!("smtp://{}", mail.address);
    move |options| {
        options
            .with("mail.url", url)
            .with("mail.from", "Example login <login@example.com>")
            .with("mail.starttls", "false")
    }
}

fn give_address(site: &TestSite, id: UserId, addresses: &[&str]) {
    let emails = addresses.iter().map(|text| Email::parse(text).expect("an address")).collect();
    site.change(|change, deps| {
        let input = EditUser { emails: Some(emails), ..EditUser::of(id) };
        manage::users::edit(change, deps, &Authority::OPERATOR, input)
    });
}

/// The link in a message.
fn link(text: &str) -> String {
    let flowing = text.replace("=\n", "");
    let link = flowing.lines().find(|line| line.starts_with("http")).unwrap_or_else(|| panic!("no link: {text}"));
    link.trim().to_owned()
}

on_both! {
    // Covers: P9
    #[test]
    fn whoever_forgot_a_password_gets_a_link_that_works_once(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo");
        give_address(&site, jo, &["Jo@example.com"]);
        let mail = MailServer::start();
        let server = site.serve_with(with_mail(&mail));
        let mut other = Browser::logged_in(&server, "jo");
        let mut browser = Browser::new(&server);
        assert!(browser.get("/login").body.contains("/password/forgotten"));
        let page = browser.get("/password/forgotten");
        let token = field(&page.body, "csrf").expect("a token");
        // What the request says of its host reaches no letter (H1).
        let request = browser
            .request("POST", "/password/forgotten")
            .header("X-Forwarded-Host", "evil.example")
            .header("Forwarded", "host=evil.example")
            .form(&[("csrf", &token), ("login", "JO")]);
        let answer = request.send();
        assert_eq!((answer.status, answer.header("location")), (303, Some("/password/forgotten/sent")));
        assert_eq!(browser.get("/password/forgotten/sent").status, 200);

        let letter = mail.next();
        assert_eq!(letter.to, ["Jo@example.com"]);
        assert!(letter.text.contains("Subject: ") && letter.text.contains("Message-ID: "), "{}", letter.text);
        assert!(!letter.text.contains("evil"));
        let link = link(&letter.text);
        let path = link.strip_prefix(ISSUER).unwrap_or_else(|| panic!("not of this site: {link}")).to_owned();
        assert!(other.is_logged_in(), "asking ends nothing");
        let answer = browser.submit(&path, &path, &[("password", "another horse battery")]);
        assert_eq!(answer.header("location"), Some("/"), "{}", answer.body);
        assert!(browser.is_logged_in() && !other.is_logged_in());
        assert_eq!(browser.get(&path).status, 410);
        assert_eq!(Browser::new(&server).log_in("jo", PASSWORD).status, 422);
    }

    // Covers: P1
    #[test]
    fn nobody_learns_from_it_who_exists(backend) {
        let site = TestSite::new(backend);
        let (jo, kim) = (person(&site, "jo"), person(&site, "kim"));
        give_address(&site, jo, &["jo@example.com", "shared@example.com"]);
        give_address(&site, kim, &["shared@example.com"]);
        let gone = person(&site, "gone");
        give_address(&site, gone, &["gone@example.com"]);
        site.change(|change, deps| manage::users::disable(change, deps, &Authority::OPERATOR, gone));
        let mail = MailServer::start();
        let server = site.serve_with(with_mail(&mail));
        let mut browser = Browser::new(&server);
        let token = field(&browser.get("/password/forgotten").body, "csrf").expect("a token");
        let mut ask = |login: &str| {
            let answer = browser.post("/password/forgotten", &token, &[("login", login)]);
            let mut headers: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            headers.retain(|header| !header.starts_with("date") && !header.starts_with("x-request-id"));
            headers.sort();
            (answer.status, headers, answer.body)
        };
        let expected = ask("unknown");
        assert_eq!(expected.0, 303);
        for login in ["shared@example.com", "gone", "gone@example.com", "kim@example.com", "two words", ""] {
            assert_eq!(ask(login), expected, "{login}");
        }
        assert!(mail.is_quiet(), "nobody is meant");
        for _ in 0..5 {
            assert_eq!(ask("jo@example.com"), expected);
        }
        let letters: Vec<String> = (0..3).map(|_| mail.next().to.concat()).collect();
        assert!(letters.iter().all(|to| to == "jo@example.com"), "{letters:?}");
        assert!(mail.is_quiet(), "nobody is flooded with letters");
    }

    // Covers: P9
    #[test]
    fn a_link_by_mail_works_for_a_quarter_of_an_hour(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo");
        give_address(&site, jo, &["jo@example.com"]);
        let mail = MailServer::start();
        let server = site.serve_with(with_mail(&mail));
        let mut browser = Browser::new(&server);
        browser.submit("/password/forgotten", "/password/forgotten", &[("login", "jo")]);
        let path = link(&mail.next().text).replace(ISSUER, "");
        site.clock.advance(Duration::from_mins(14));
        assert_eq!(browser.get(&path).status, 200);
        site.clock.advance(Duration::from_mins(1));
        assert_eq!(browser.get(&path).status, 410);
    }

    #[test]
    fn without_a_mail_server_nothing_is_offered(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let server = site.serve();
        let mut browser = Browser::new(&server);
        assert!(!browser.get("/login").body.contains("/password/forgotten"));
        let token = field(&browser.get("/login").body, "csrf").expect("a token");
        assert_eq!(browser.get("/password/forgotten").status, 404);
        assert_eq!(browser.get("/password/forgotten/sent").status, 404);
        assert_eq!(browser.post("/password/forgotten", &token, &[("login", "jo")]).status, 404);
    }
}
