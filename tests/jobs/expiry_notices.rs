//! People are told in time that a key pair ends: once for each pair, end and period, whatever else happens.

use std::time::Duration;

use keystead::{
    domain::{
        api_key::{Owner, UserKeyRoles},
        authority::Authority,
        event::{Event, EventKind, EventOwner, EventSubject},
        ids::ApiKeyId,
        key_pair::ExpiryPolicy,
        page::{PageRequest, PageSize},
    },
    jobs::{
        cleanup,
        expiry_notices::{Told, run_once},
    },
    manage::{self, api_keys::RegenerateApiKey, application_pairs::NewApplicationPair, key_pairs::SetExpiry},
    store::{self, Store},
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{
        applications::{application, id_of},
        credential::key_id,
        site::{Credential, TestSite, name},
    },
};

const OPERATOR: &Authority = &Authority::OPERATOR;
const DAY: Duration = Duration::from_hours(24);
const ANY: &str = "the database answers";

/// A key whose pair ends after so many days.
fn key_of_days(site: &TestSite, days: u32) -> Credential {
    key_of(site, days, Owner::Space)
}

fn key_of(site: &TestSite, days: u32, owner: Owner) -> Credential {
    let end = site.store.now().expect(ANY).plus(DAY * days);
    site.key_with(|key| {
        key.expiry = ExpiryPolicy::At(end);
        key.owner = owner;
    })
}

fn round(site: &TestSite) -> Told {
    run_once(&site.store).expect(ANY)
}

/// The events of the space, oldest first.
fn events(site: &TestSite) -> Vec<Event> {
    let all = PageRequest { after: None, size: PageSize::LARGEST };
    let page = site.store.snapshot(|tx| manage::events::list(tx, OPERATOR, site.space, None, all)).expect(ANY);
    let mut events = page.items;
    events.reverse();
    events
}

fn days_left(site: &TestSite) -> Vec<Value> {
    events(site).iter().map(|event| event.told.detail["days_left"].clone()).collect()
}

/// Moves the clock day by day, with a round on each.
fn live_through(site: &TestSite, days: u32) {
    for _ in 0..days {
        site.clock.advance(DAY);
        round(site);
        round(site);
    }
}

on_both! {
    // Covers: KM-07, L154
    #[test]
    fn the_end_of_a_pair_is_announced_thirty_fourteen_seven_days_and_a_day_before_once_each(backend) {
        let site = TestSite::new(backend);
        let key = key_of_days(&site, 40);
        assert_eq!(round(&site), Told::default());
        live_through(&site, 41);
        assert_eq!(days_left(&site), [30, 14, 7, 1].map(Value::from));
        let first = &events(&site)[0];
        assert_eq!(first.told.kind, EventKind::KeyPairExpiring);
        assert_eq!(first.told.subject, EventSubject::ApiKey(key_id(&key), Some(key.public_id)));
        assert_eq!(first.told.owner, EventOwner::Space(site.space));
        assert_eq!((&first.told.detail["name"], &first.told.detail["another_pair_lives_on"]), (&json!("Key"), &json!(false)));
        assert_eq!((&first.told.detail["last_used_at"], first.told.detail.len()), (&Value::Null, 5));
    }

    // Covers: KM-07
    #[test]
    fn a_pair_of_ten_days_is_announced_a_week_and_a_day_before(backend) {
        let site = TestSite::new(backend);
        key_of_days(&site, 10);
        assert_eq!(round(&site), Told { announced: 0, passed_over: 1, more: false });
        live_through(&site, 11);
        assert_eq!(days_left(&site), [7, 1].map(Value::from));
    }

    // Covers: KM-07
    #[test]
    fn a_server_that_was_down_for_weeks_announces_the_nearest_alone(backend) {
        let site = TestSite::new(backend);
        key_of_days(&site, 90);
        site.clock.advance(DAY * 84);
        assert_eq!(round(&site), Told { announced: 1, passed_over: 0, more: false });
        assert_eq!(days_left(&site), [6].map(Value::from));
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM expiry_notices WHERE NOT announced)"), 2);
        site.clock.step_back(DAY * 20);
        assert_eq!(round(&site), Told::default(), "what was passed over is not announced later");
        site.clock.advance(DAY * 20);
        live_through(&site, 7);
        assert_eq!(days_left(&site), [6, 1].map(Value::from));
    }

    // Covers: KM-07
    #[test]
    fn a_pair_that_is_moved_to_a_later_end_is_announced_anew(backend) {
        let site = TestSite::new(backend);
        let key = key_of_days(&site, 20);
        live_through(&site, 6);
        assert_eq!(days_left(&site), [14].map(Value::from));
        let end = site.store.now().expect(ANY).plus(DAY * 15);
        let input = SetExpiry { key: key_id(&key), pair: key.public_id, expiry: ExpiryPolicy::At(end) };
        site.change(|change, deps| manage::key_pairs::set_expiry(change, deps, OPERATOR, input));
        live_through(&site, 16);
        assert_eq!(days_left(&site), [14, 14, 7, 1].map(Value::from));
    }

    // Covers: KM-07
    #[test]
    fn nobody_is_told_of_what_does_not_work_and_everybody_when_it_works_again(backend) {
        let site = TestSite::new(backend);
        let user = site.user("jo");
        let key = key_id(&key_of_days(&site, 40));
        let own = Owner::User { id: user, roles: UserKeyRoles::Inherit };
        key_of(&site, 40, own);
        let revoked = key_id(&key_of_days(&site, 40));
        site.change(|change, deps| manage::api_keys::revoke(change, deps, OPERATOR, revoked));
        site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key));
        site.change(|change, deps| {
            manage::users::disable(change, deps, OPERATOR, user)
        });
        site.clock.advance(DAY * 11);
        assert_eq!(round(&site), Told::default());
        site.change(|change, deps| manage::api_keys::enable(change, deps, OPERATOR, key));
        assert_eq!(round(&site).announced, 1);

        site.change(|change, deps| manage::spaces::close(change, deps, OPERATOR, site.space));
        site.clock.advance(DAY * 20);
        assert_eq!(round(&site), Told::default());
        site.change(|change, deps| manage::spaces::reopen(change, deps, OPERATOR, site.space));
        assert_eq!(round(&site).announced, 1);
        assert_eq!(days_left(&site), [29, 9].map(Value::from));
    }

    // Covers: KM-07
    #[test]
    fn of_two_nodes_at_once_one_announces(backend) {
        let site = TestSite::new(backend);
        for _ in 0..8 {
            key_of_days(&site, 60);
        }
        site.clock.advance(DAY * 40);
        let nodes: Vec<Store> = (0..4).map(|_| site.database.open(&site.clock)).collect();
        let told: usize = std::thread::scope(|threads| {
            let running: Vec<_> = nodes.iter().map(|node| threads.spawn(|| run_once(node).expect(ANY).announced)).collect();
            running.into_iter().map(|node| node.join().expect("nobody panics")).sum()
        });
        assert_eq!((told, events(&site).len()), (8, 8));
        assert_eq!(round(&site), Told::default());
    }

    // Covers: KM-07
    #[test]
    fn keys_of_services_applications_and_resource_servers_are_announced_to_whom_they_belong(backend) {
        let site = TestSite::new(backend);
        let end = ExpiryPolicy::At(site.store.now().expect(ANY).plus(DAY * 40));
        let internal = site.store.snapshot(|tx| store::api_keys::ids_of_space(tx, site.space)).expect(ANY);
        let service: ApiKeyId = internal[0];
        site.change(|change, deps| {
            manage::api_keys::regenerate(change, deps, OPERATOR, RegenerateApiKey { id: service, expiry: end })
        });
        let app = id_of(&application(&site, |_| {}));
        site.change(|change, deps| {
            manage::application_pairs::add(change, deps, OPERATOR, NewApplicationPair { id: app, expiry: end })
        });
        site.change(|change, _| {
            let mut pair = store::key_pairs::of_resource_server(change, server_id(&site))?.remove(0);
            store::key_pairs::delete_of_resource_server(change, server_id(&site), &pair)?;
            pair.expires_at = Some(change.now().plus(DAY * 40));
            Ok(store::key_pairs::insert_for_resource_server(change, server_id(&site), &pair)?)
        });
        site.clock.advance(DAY * 12);
        assert_eq!(round(&site).announced, 3);
        let mut told: Vec<String> = events(&site).into_iter().map(|event| event.told.subject.to_string()).collect();
        told.sort_unstable();
        assert_eq!(told, [app.to_string(), service.to_string()]);
        let of_site = site.database.number("(SELECT COUNT(*) FROM events WHERE space_id IS NULL)");
        assert_eq!(of_site, 1, "the resource server is the site's");
    }

    // Covers: KM-07
    #[test]
    fn a_round_announces_a_bounded_number_and_the_next_goes_on(backend) {
        let site = TestSite::new(backend);
        let end = site.store.now().expect(ANY).plus(DAY * 40);
        site.change(|change, deps| {
            for number in 0..120 {
                let input = manage::api_keys::CreateApiKey {
                    space: site.space,
                    owner: Owner::Space,
                    name: name(&format!("Key {number}")),
                    description: keystead::domain::name::Description::default(),
                    mode: None,
                    roles: Vec::new(),
                    expiry: ExpiryPolicy::At(end),
                    row_level_acknowledged: false,
                    allowed_networks: keystead::domain::allowed_networks::AllowedNetworks::default(),
                };
                manage::api_keys::create(change, deps, OPERATOR, input)?;
            }
            Ok(())
        });
        site.clock.advance(DAY * 11);
        let rounds: Vec<Told> = (0..4).map(|_| round(&site)).collect();
        assert_eq!(rounds.iter().map(|told| (told.announced, told.more)).collect::<Vec<_>>(), [(50, true), (50, true), (20, false), (0, false)]);
        let told = events(&site);
        let mut pairs: Vec<_> = told.iter().filter_map(|event| event.told.subject.pair()).collect();
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), 120);

        site.clock.advance(DAY * 60);
        assert_eq!(cleanup::run_once(&site.store).expect(ANY).expiry_notices, 120);
    }
}

fn server_id(site: &TestSite) -> keystead::domain::ids::ResourceServerId {
    crate::support::credential::resource_server_id(&site.resource_server)
}
