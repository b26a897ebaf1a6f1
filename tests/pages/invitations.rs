//! Invitations: a person sets a first password with a link that works for days, once.

use std::{
    sync::{Arc, Barrier},
    time::Duration,
};

use keystead::{
    config::Options,
    domain::{authority::Authority, email::Email, ids::UserId, invitation::Deliver},
    manage::{
        self, Error,
        invitations::{InvitationRules, Invite, Invited},
        users::EditUser,
    },
};

use crate::{
    browser::{Browser, PASSWORD, field, set_password},
    on_both,
    support::{
        site::{ISSUER, TestSite},
        smtp::MailServer,
    },
};

const OPERATOR: &Authority = &Authority::OPERATOR;

fn invite_to(user: UserId, deliver: Deliver) -> Invite {
    Invite { user, deliver, rules: InvitationRules { life: Duration::from_hours(7 * 24), by_mail: true } }
}

fn path_of(invited: &Invited) -> String {
    let link = invited.link.as_ref().expect("it is shown").expose();
    link.strip_prefix(ISSUER).expect("a link to this site").to_owned()
}

fn invite(site: &TestSite, user: UserId) -> String {
    let input = invite_to(user, Deliver::Show);
    path_of(&site.change(|change, deps| manage::invitations::invite(change, deps, OPERATOR, input)))
}

fn try_resend(site: &TestSite, user: UserId) -> Result<String, Error> {
    let input = invite_to(user, Deliver::Show);
    let invited = site.try_change(|change, deps| manage::invitations::resend(change, deps, OPERATOR, input))?;
    Ok(path_of(&invited))
}

fn with_mail(mail: &MailServer) -> impl FnOnce(Options) -> Options {
    let url = format!("smtp://{}", mail.address);
    move |options| options.with("mail.url", url).with("mail.from", "login@example.com").with("mail.starttls", "false")
}

on_both! {
    // Covers: PE-01
    #[test]
    fn an_invitation_sets_a_first_password_once_and_logs_in_on_every_node(backend) {
        let site = TestSite::new(backend);
        let jo = site.user("jo");
        let (near, far) = (site.serve(), site.serve());
        let link = invite(&site, jo);
        let mut browser = Browser::new(&far);
        for _ in 0..2 {
            let page = browser.get(&link);
            assert!(page.status == 200 && page.body.contains("Welcome"), "{}", page.body);
        }
        let answer = browser.submit(&link, &link, &[("password", PASSWORD)]);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{}", answer.body);
        assert!(browser.is_logged_in());
        assert_eq!((Browser::new(&near).get(&link).status, Browser::new(&far).get(&link).status), (410, 410));
        assert_eq!(Browser::new(&near).log_in("jo", PASSWORD).status, 303);
    }

    // Covers: PE-02
    #[test]
    fn an_invitation_works_for_days_and_dies_with_what_ends_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let status = |link: &str| Browser::new(&server).get(link).status;
        let (jo, kim, mo) = (site.user("jo"), site.user("kim"), site.user("mo"));
        let first = invite(&site, jo);
        site.clock.advance(Duration::from_hours(7 * 24) - Duration::from_secs(1));
        assert_eq!(status(&first), 200);
        site.clock.advance(Duration::from_secs(1));
        assert_eq!(status(&first), 410);

        let second = try_resend(&site, jo).expect("it is made");
        let third = try_resend(&site, jo).expect("it is made");
        assert_eq!((status(&second), status(&third)), (410, 200));
        site.change(|change, deps| manage::invitations::revoke(change, deps, OPERATOR, jo));
        assert_eq!(status(&third), 410);

        let of_kim = invite(&site, kim);
        set_password(&site, kim, PASSWORD);
        assert_eq!(status(&of_kim), 410, "the password was set otherwise");
        assert!(try_resend(&site, kim).is_err_and(|error| error.code() == "has_password"));

        let of_mo = invite(&site, mo);
        site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, mo));
        assert_eq!(status(&of_mo), 410);
        let enable = manage::users::EnableUser { id: mo, restore_keys: true };
        site.change(|change, deps| manage::users::enable(change, deps, OPERATOR, enable));
        assert_eq!(status(&of_mo), 410, "once dead, never alive again");
    }

    // Covers: PE-02
    #[test]
    fn whoever_says_that_a_password_is_forgotten_ends_no_invitation(backend) {
        let site = TestSite::new(backend);
        let jo = site.user("jo");
        let emails = Some(vec![Email::parse("jo@example.com").expect("an address")]);
        site.change(|change, deps| {
            manage::users::edit(change, deps, OPERATOR, EditUser { emails, ..EditUser::of(jo) })
        });
        let mail = MailServer::start();
        let server = site.serve_with(with_mail(&mail));
        let link = invite(&site, jo);
        Browser::new(&server).submit("/password/forgotten", "/password/forgotten", &[("login", "jo")]);
        mail.next();
        assert_eq!(Browser::new(&server).get(&link).status, 200);
    }

    // Covers: PE-01, PE-05, H1
    #[test]
    fn an_invitation_is_mailed_to_the_address_of_the_user(backend) {
        let site = TestSite::new(backend);
        let jo = site.user("jo");
        let emails = Some(vec![Email::parse("jo@example.com").expect("an address")]);
        site.change(|change, deps| {
            manage::users::edit(change, deps, OPERATOR, EditUser { emails, ..EditUser::of(jo) })
        });
        let mail = MailServer::start();
        let server = site.serve_with(with_mail(&mail));
        let input = invite_to(jo, Deliver::Mail);
        site.change(|change, deps| manage::invitations::invite(change, deps, OPERATOR, input));
        let letter = mail.next();
        assert_eq!(letter.to, ["jo@example.com"]);
        let text = letter.text.replace("=\n", "");
        assert!(text.contains("Your login is: jo"), "{text}");
        let link = text.lines().find(|line| line.starts_with("http")).expect("a link").trim().to_owned();
        let path = link.strip_prefix(ISSUER).unwrap_or_else(|| panic!("not of this site: {link}"));
        let mut browser = Browser::new(&server);
        assert_eq!(browser.submit(path, path, &[("password", PASSWORD)]).status, 303);
        assert!(browser.is_logged_in());
        assert!(mail.is_quiet(), "one letter is enough");
    }

    // Covers: PE-01
    #[test]
    fn of_twenty_who_use_an_invitation_at_once_one_sets_the_password(backend) {
        let site = TestSite::new(backend);
        let jo = site.user("jo");
        let server = site.serve_with(|options| options.with("logins.hashing_queue", "100").with("listen.workers", "2"));
        let link = invite(&site, jo);
        let start = Arc::new(Barrier::new(20));
        let set = std::thread::scope(|scope| {
            let all: Vec<_> = (0..20)
                .map(|number| {
                    let (link, start) = (link.as_str(), Arc::clone(&start));
                    let mut browser = Browser::new(&server);
                    let token = field(&browser.get(link).body, "csrf").expect("a token");
                    scope.spawn(move || {
                        start.wait();
                        let answer = browser.post(link, &token, &[("password", &format!("horse battery {number}"))]);
                        assert!(matches!(answer.status, 303 | 410 | 503), "{}: {}", answer.status, answer.body);
                        answer.status == 303
                    })
                })
                .collect();
            all.into_iter().map(|one| one.join().expect("an answer")).filter(|set| *set).count()
        });
        assert_eq!(set, 1);
    }

    // Covers: PE-02
    #[test]
    fn of_using_an_invitation_and_resending_it_at_once_one_succeeds(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        for round in 0..5 {
            let login = format!("user{round}");
            let id = site.user(&login);
            let link = invite(&site, id);
            let mut browser = Browser::new(&server);
            let token = field(&browser.get(&link).body, "csrf").expect("a token");
            let start = Barrier::new(2);
            let (used, resent) = std::thread::scope(|scope| {
                let user = scope.spawn(|| {
                    start.wait();
                    browser.post(&link, &token, &[("password", PASSWORD)]).status
                });
                start.wait();
                let resent = try_resend(&site, id);
                (user.join().expect("an answer"), resent)
            });
            match resent {
                Ok(new) => {
                    assert_eq!(used, 410, "the link was dead");
                    assert_eq!(Browser::new(&server).get(&new).status, 200);
                }
                Err(error) => assert_eq!((used, error.code()), (303, "has_password")),
            }
        }
    }
}
