//! Mailing invitations, step by step: one node mails one, and what fails is seen and done again.

use std::{sync::Barrier, time::Duration};

use keystead::{
    domain::{
        authority::Authority,
        email::Email,
        ids::UserId,
        invitation::{Deliver, InvitationState},
    },
    jobs::cleanup,
    manage::{
        self,
        facts::HomeFacts,
        invitation_mail::{InvitationMail, Outcome, due, note, take},
        invitations::{InvitationFacts, InvitationRules, Invite, invite, resend},
        users::EditUser,
    },
};

use crate::{
    on_both,
    support::{
        browser::{Browser, set_password},
        site::{ISSUER, Server, TestSite},
    },
};

const OPERATOR: &Authority = &Authority::OPERATOR;
const DAY: Duration = Duration::from_hours(24);

fn by_mail(user: UserId) -> Invite {
    Invite { user, deliver: Deliver::Mail, rules: InvitationRules { life: 7 * DAY, by_mail: true } }
}

fn give_address(site: &TestSite, id: UserId, address: &str) {
    let emails = Some(vec![Email::parse(address).expect("an address")]);
    site.change(|change, deps| manage::users::edit(change, deps, OPERATOR, EditUser { emails, ..EditUser::of(id) }));
}

/// Somebody with an address, who is to be invited by mail.
fn invited(site: &TestSite, login: &str) -> UserId {
    let id = site.user(login);
    give_address(site, id, &format!("{login}@example.com"));
    let made = site.change(|change, deps| invite(change, deps, OPERATOR, by_mail(id)));
    assert!(made.link.is_none(), "nobody is shown what is mailed");
    id
}

fn facts(site: &TestSite, id: UserId) -> Option<InvitationFacts> {
    let facts = site.store.snapshot(|tx| manage::facts::show_user(tx, OPERATOR, id)).expect("the user is there");
    facts.at_home.and_then(|HomeFacts { invitation, .. }| invitation)
}

fn state(site: &TestSite, id: UserId) -> Option<InvitationState> {
    let now = site.store.now().expect("it answers");
    facts(site, id).map(|facts| facts.state(now))
}

/// Takes the one invitation that is due.
fn take_one(site: &TestSite) -> Option<InvitationMail> {
    let due = due(&site.store).expect("it answers");
    assert_eq!(due.len(), 1);
    take(&site.store, &site.deps, &due[0]).expect("it answers")
}

fn is_due(site: &TestSite) -> bool {
    !due(&site.store).expect("it answers").is_empty()
}

fn opens(server: &Server, mail: &InvitationMail) -> bool {
    let link = mail.link.expose();
    let path = link.strip_prefix(ISSUER).expect("a link to this site");
    match Browser::new(server).get(path).status {
        200 => true,
        410 => false,
        other => panic!("{other}"),
    }
}

on_both! {
    // Covers: PE-04
    #[test]
    fn of_twenty_nodes_that_look_at_once_one_mails_an_invitation(backend) {
        let site = TestSite::new(backend);
        let jo = invited(&site, "jo");
        assert_eq!(state(&site, jo), Some(InvitationState::MailWaiting));
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM invitations WHERE public_id IS NULL)"), 1);
        let kept = due(&site.store).expect("it answers").remove(0);
        let start = Barrier::new(20);
        let taken = std::thread::scope(|scope| {
            let node = || {
                start.wait();
                take(&site.store, &site.deps, &kept).expect("it answers")
            };
            let nodes: Vec<_> = (0..20).map(|_| scope.spawn(node)).collect();
            nodes.into_iter().filter_map(|node| node.join().expect("an answer")).collect::<Vec<_>>()
        });
        assert_eq!(taken.len(), 1, "{taken:?}");
        assert_eq!((taken[0].to.as_str(), taken[0].login.as_str()), ("jo@example.com", "jo"));
        assert!(!is_due(&site));
        note(&site.store, &taken[0], Outcome::Sent).expect("it answers");
        assert_eq!(state(&site, jo), Some(InvitationState::Waiting));
        assert!(opens(&site.serve(), &taken[0]));
    }

    // Covers: PE-04
    #[test]
    fn a_mail_that_cannot_be_sent_is_tried_again_then_given_up_and_an_administrator_sees_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let jo = invited(&site, "jo");
        for minutes in [1, 5, 15, 60] {
            let mail = take_one(&site).expect("it is taken");
            note(&site.store, &mail, Outcome::NotNow).expect("it answers");
            assert_eq!(state(&site, jo), Some(InvitationState::MailWaiting));
            site.clock.advance(Duration::from_secs(minutes * 60 - 1));
            assert!(!is_due(&site), "{minutes}");
            site.clock.advance(Duration::from_secs(1));
        }
        let last = take_one(&site).expect("it is taken");
        note(&site.store, &last, Outcome::NotNow).expect("it answers");
        assert_eq!(state(&site, jo), Some(InvitationState::MailFailed));
        site.clock.advance(Duration::from_hours(2));
        assert!(!is_due(&site));
        assert!(!opens(&server, &last), "nobody has this link");

        site.change(|change, deps| resend(change, deps, OPERATOR, by_mail(jo)));
        let mail = take_one(&site).expect("it is taken");
        note(&site.store, &mail, Outcome::Refused).expect("it answers");
        assert_eq!(state(&site, jo), Some(InvitationState::MailFailed), "a refusal is final");
    }

    // Covers: PE-04
    #[test]
    fn an_invitation_survives_the_process_that_mails_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        invited(&site, "jo");
        let lost = take_one(&site).expect("it is taken");
        site.clock.advance(Duration::from_mins(5) - Duration::from_secs(1));
        assert!(!is_due(&site) && opens(&server, &lost));
        site.clock.advance(Duration::from_secs(1));
        let mail = take_one(&site).expect("it is taken again");
        assert!(opens(&server, &mail) && !opens(&server, &lost), "one link works, the last");
    }

    // Covers: PE-02, PE-04
    #[test]
    fn what_is_sent_again_meanwhile_is_not_taken_for_sent(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let jo = invited(&site, "jo");
        let first = take_one(&site).expect("it is taken");
        site.change(|change, deps| resend(change, deps, OPERATOR, by_mail(jo)));
        note(&site.store, &first, Outcome::Sent).expect("it answers");
        assert_eq!(state(&site, jo), Some(InvitationState::MailWaiting));
        assert!(!opens(&server, &first));
        let second = take_one(&site).expect("it is taken");
        assert!(opens(&server, &second));
        set_password(&site, jo, "correct horse battery");
        note(&site.store, &second, Outcome::Sent).expect("it answers");
        assert_eq!(state(&site, jo), None, "whoever has a password is not invited any more");
        assert!(!opens(&server, &second));
    }

    // Covers: PE-05
    #[test]
    fn an_invitation_by_mail_ends_with_the_address_that_it_went_to(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let jo = invited(&site, "jo");
        let mail = take_one(&site).expect("it is taken");
        note(&site.store, &mail, Outcome::Sent).expect("it answers");
        give_address(&site, jo, "other@example.com");
        assert_eq!(state(&site, jo), None);
        assert!(!opens(&server, &mail));

        let kim = invited(&site, "kim");
        give_address(&site, kim, "other@example.com");
        assert!(!is_due(&site), "the mail is not even sent");
    }

    // Covers: PE-02
    #[test]
    fn nobody_is_mailed_who_was_stopped_meanwhile(backend) {
        let site = TestSite::new(backend);
        let (jo, kim) = (invited(&site, "jo"), invited(&site, "kim"));
        site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, jo));
        site.change(|change, deps| manage::spaces::close(change, deps, OPERATOR, site.space));
        assert_eq!(state(&site, kim), Some(InvitationState::CutOff));
        assert!(take_one(&site).is_none());
        assert!(!is_due(&site));
    }

    // Covers: PE-02
    #[test]
    fn an_invitation_is_seen_for_a_month_after_its_end(backend) {
        let site = TestSite::new(backend);
        let jo = invited(&site, "jo");
        let clean = || cleanup::run_once(&site.store).expect("it cleans up").invitations;
        site.clock.advance(7 * DAY);
        assert_eq!((state(&site, jo), clean()), (Some(InvitationState::Expired), 0));
        assert!(take_one(&site).is_none(), "what has expired is not mailed");
        site.clock.advance(29 * DAY);
        assert_eq!((state(&site, jo), clean()), (Some(InvitationState::Expired), 0));
        site.clock.advance(DAY);
        assert_eq!((clean(), state(&site, jo)), (1, None));
    }
}
