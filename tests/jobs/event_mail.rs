//! Events by mail: to the owner of what they are about, or to those who manage it; lost by nobody's fault.

use std::{collections::BTreeSet, time::Duration};

use keystead::{
    config::{Config, Environment, Options},
    domain::{
        api_key::{Owner, UserKeyRoles},
        authority::Authority,
        email::Email,
        event::{DeliveryState, EventOwner},
        ids::{EventId, UserId},
        user::{AccountType, Login},
    },
    jobs::{
        counts::JobCounts,
        courier::Courier,
        event_mail::MailErrand,
        mail::{MailContext, event_errand},
    },
    manage::{
        self,
        outbox::outbox,
        user_roles::GiveUserRole,
        users::{CreateUser, EditUser},
    },
    store::event_deliveries::EventDelivery,
};

use crate::{
    event_world::{OPERATOR, announce, deliver, expiring, told},
    on_both,
    support::{
        site::{Credential, ISSUER, TestSite, name},
        smtp::{Delivered, MailServer},
    },
};

/// Whoever sends mail on a node that has just started.
fn courier(site: &TestSite, mail: &str) -> Courier<MailErrand> {
    let options = Options { data_dir: Some(site.database.path("data")), ..Options::default() }
        .with("issuer", ISSUER)
        .with("database.url", site.database.url_text())
        .with("mail.url", format!("smtp://{mail}"))
        .with("mail.from", "Example login <login@example.com>")
        .with("mail.starttls", "false");
    let config = Config::load(&options, &Environment::new(std::iter::empty::<(String, String)>()));
    let config = config.expect("the settings fit");
    let (_, letters) = outbox();
    let context = MailContext {
        live: site.live(),
        deps: site.deps.clone(),
        mail: config.mail.expect("a mail server"),
        issuer: config.issuer,
        letters,
        counts: JobCounts::default(),
    };
    Courier::sent_for(event_errand(&context).expect("it can be reached"))
}

/// A person with these addresses.
fn person(site: &TestSite, login: &str, addresses: &[&str]) -> UserId {
    let id = site.user(login);
    let emails = addresses.iter().map(|text| Email::parse(text).expect("an address")).collect();
    let input = EditUser { emails: Some(emails), ..EditUser::of(id) };
    site.change(|change, deps| manage::users::edit(change, deps, OPERATOR, input));
    id
}

fn give(site: &TestSite, user: UserId, role: &str) {
    let input = GiveUserRole { id: user, space: site.space, request: site.role(role, &[]) };
    site.change(|change, deps| manage::user_roles::give(change, deps, OPERATOR, input));
}

fn key_of(site: &TestSite, owner: UserId) -> Credential {
    site.key_with(|key| key.owner = Owner::User { id: owner, roles: UserKeyRoles::Inherit })
}

fn mails(site: &TestSite, event: EventId) -> Vec<EventDelivery> {
    site.store.snapshot(|tx| manage::events::show(tx, &Authority::OPERATOR, site.space, event)).expect("it is there").1
}

fn receivers(letters: &[Delivered]) -> BTreeSet<String> {
    letters.iter().map(|letter| letter.to.concat()).collect()
}

fn message_id(letter: &Delivered) -> &str {
    letter.text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("an id")
}

on_both! {
    // Covers: EV-05
    #[test]
    fn the_owner_of_a_key_is_told_at_each_address(backend) {
        let site = TestSite::new(backend);
        let mail = MailServer::start();
        let jo = person(&site, "jo", &["jo.doe@example.com", "jo.other@example.com"]);
        let boss = person(&site, "boss", &["boss@example.com"]);
        give(&site, boss, "space_admin");
        let key = key_of(&site, jo);
        let event = announce(&site, expiring(&site, &key, Some(jo)));
        let mut node = courier(&site, &mail.address.to_string());
        assert_eq!(node.run_once().expect("it answers"), told(2, 0, 0));
        let letters = mail.taken();
        let wanted = ["jo.doe@example.com", "jo.other@example.com"].map(str::to_owned).into();
        assert_eq!(receivers(&letters), wanted);
        let letter = &letters[0];
        assert!(letter.text.contains("Subject: A key pair expires soon: 127.0.0.1:8080"), "{}", letter.text);
        for said in [&key.client_id, &key.public_id.to_string(), "days left: 7", "name: Key", &event.to_string()] {
            assert!(letter.text.contains(said), "{said}: {}", letter.text);
        }
        assert!(!letter.text.contains(&key.secret));
        assert!(message_id(letter).starts_with(&format!("<{event}.")), "{}", letter.text);
        assert!(mails(&site, event).iter().all(|mail| mail.state == DeliveryState::Delivered));
        site.clock.advance(Duration::from_hours(24));
        assert_eq!(node.run_once().expect("it answers"), told(0, 0, 0), "once is enough");
    }

    // Covers: EV-05
    #[test]
    fn those_who_manage_keys_are_told_of_a_key_of_the_space(backend) {
        let site = TestSite::new(backend);
        let mail = MailServer::start();
        let [boss, _, disabled] = ["boss", "viewer", "disabled"].map(|login| person(&site, login, &[&format!("{login}@example.com")]));
        for (user, role) in [(boss, "space_admin"), (disabled, "space_admin")] {
            give(&site, user, role);
        }
        let service = site.change(|change, deps| {
            let login = Login::parse("robot").expect("a login");
            let input = CreateUser {
                account_type: AccountType::Service,
                ..CreateUser::person(site.space, login, name("Robot"))
            };
            Ok(manage::users::create(change, deps, OPERATOR, input)?.id)
        });
        site.database.execute("UPDATE users SET state = 'disabled' WHERE login = 'disabled'");
        let event = announce(&site, expiring(&site, &site.key("viewer", &[0]), None));
        assert_eq!(courier(&site, &mail.address.to_string()).run_once().expect("it answers"), told(1, 0, 0));
        assert_eq!(receivers(&mail.taken()), ["boss@example.com".to_owned()].into());
        let told_of = mails(&site, event);
        assert_eq!(told_of.len(), 1);
        assert_eq!(told_of[0].receiver, boss.to_string());
        assert_ne!(told_of[0].receiver, service.to_string());
    }

    // Covers: EV-05
    #[test]
    fn an_address_that_is_refused_or_none_keeps_no_letter_from_the_others(backend) {
        let site = TestSite::new(backend);
        let mail = MailServer::start();
        let jo = person(&site, "jo", &["a@example.com", "b@example.com", "c@example.com"]);
        site.database.execute("UPDATE user_emails SET email = 'nonsense' WHERE email = 'c@example.com'");
        mail.refuse("a@example.com");
        let event = announce(&site, expiring(&site, &key_of(&site, jo), Some(jo)));
        let mut node = courier(&site, &mail.address.to_string());
        for _ in 0..4 {
            node.run_once().expect("it answers");
            site.clock.advance(Duration::from_mins(30));
        }
        assert_eq!(mail.taken().iter().map(|letter| letter.to.concat()).collect::<Vec<_>>(), ["b@example.com"]);
        let states: BTreeSet<DeliveryState> = mails(&site, event).iter().map(|mail| mail.state).collect();
        assert_eq!(states, [DeliveryState::Waiting, DeliveryState::Delivered].into());
        let error = mails(&site, event).iter().find_map(|mail| mail.last_error.clone()).expect("a reason");
        assert_eq!(error, "the mail server answered 550", "an address is never kept with an error");
        mail.refuse_nobody();
        site.clock.advance(Duration::from_hours(2));
        assert_eq!(node.run_once().expect("it answers"), told(1, 0, 0));
        assert_eq!(receivers(&mail.taken()), ["a@example.com".to_owned()].into());
    }

    // Covers: EV-05
    #[test]
    fn a_letter_stays_with_its_address_whatever_others_come_and_go(backend) {
        let site = TestSite::new(backend);
        let mail = MailServer::start();
        let jo = person(&site, "jo", &["b@example.com", "c@example.com", "d@example.com"]);
        mail.refuse("b@example.com");
        mail.refuse("c@example.com");
        announce(&site, expiring(&site, &key_of(&site, jo), Some(jo)));
        let mut node = courier(&site, &mail.address.to_string());
        for _ in 0..4 {
            node.run_once().expect("it answers");
            site.clock.advance(Duration::from_mins(30));
        }
        assert_eq!(receivers(&mail.taken()), ["d@example.com".to_owned()].into());

        let emails = ["a@example.com", "c@example.com", "d@example.com"].map(|text| Email::parse(text).expect("an address"));
        let input = EditUser { emails: Some(emails.into()), ..EditUser::of(jo) };
        site.change(|change, deps| manage::users::edit(change, deps, OPERATOR, input));
        mail.refuse_nobody();
        for _ in 0..3 {
            site.clock.advance(Duration::from_hours(2));
            node.run_once().expect("it answers");
        }
        assert_eq!(mail.taken().iter().map(|letter| letter.to.concat()).collect::<Vec<_>>(), ["c@example.com"]);
    }

    // Covers: EV-05
    #[test]
    fn letters_outlive_a_mail_server_that_is_down_and_nodes_share_them(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo", &["jo.doe@example.com"]);
        let key = key_of(&site, jo);
        let events: Vec<EventId> = (0..5).map(|_| announce(&site, expiring(&site, &key, Some(jo)))).collect();
        assert_eq!(courier(&site, "127.0.0.1:9").run_once().expect("it answers"), told(0, 1, 0));
        site.clock.advance(Duration::from_hours(2));
        let mail = MailServer::start();
        let address = mail.address.to_string();
        let mut nodes = [courier(&site, &address), courier(&site, &address)];
        let delivered: usize = std::thread::scope(|scope| {
            let threads = nodes.each_mut().map(|node| {
                scope.spawn(move || node.run_once().expect("the database answers").delivered)
            });
            threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
        });
        assert_eq!(delivered, 5);
        let letters = mail.taken();
        let ids: BTreeSet<&str> = letters.iter().map(message_id).collect();
        assert_eq!((letters.len(), ids.len()), (5, 5));
        for event in events {
            assert!(ids.iter().any(|id| id.contains(&event.to_string())), "{event}");
        }
    }

    // Covers: EV-05
    #[test]
    fn without_a_mail_server_nothing_waits_for_one(backend) {
        let site = TestSite::new(backend);
        let jo = person(&site, "jo", &["jo.doe@example.com"]);
        let key = key_of(&site, jo);
        let event = announce(&site, expiring(&site, &key, Some(jo)));
        assert_eq!(deliver(&site), told(0, 0, 0));
        assert!(mails(&site, event).is_empty());
        // Whoever configures one days later does not write of what is long over.
        site.clock.advance(Duration::from_hours(5 * 24));
        let mail = MailServer::start();
        let mut node = courier(&site, &mail.address.to_string());
        assert_eq!(node.run_once().expect("it answers"), told(0, 0, 0));
        assert!(mail.taken().is_empty());
    }

    // Covers: EV-05
    #[test]
    fn those_who_run_the_site_are_told_of_what_is_the_sites(backend) {
        let site = TestSite::new(backend);
        let mail = MailServer::start();
        let runs = person(&site, "runs", &["runs@example.com"]);
        let admin = person(&site, "admin", &["admin@example.com"]);
        give(&site, admin, "space_admin");
        give(&site, runs, "site_admin");
        let mut of_site = expiring(&site, &site.key("viewer", &[0]), None);
        of_site.owner = EventOwner::Site;
        announce(&site, of_site);
        courier(&site, &mail.address.to_string()).run_once().expect("it answers");
        assert_eq!(receivers(&mail.taken()), ["runs@example.com".to_owned()].into());
    }
}
