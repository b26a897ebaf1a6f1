//! The jobs, step by step, with a clock that the test moves.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod application;
mod audit_folds;
mod audit_keeper;
mod cleanup_of_logins;
mod event_mail;
mod event_world;
mod expiry_notices;
mod invitation_mail;
mod logout_notices;
mod outgoing;
mod webhook_ends;
mod webhook_outages;
mod webhooks;

use std::{sync::Arc, time::Duration};

use keystead::{
    config::{DatabaseUrl, Issuer},
    crypto::{install_provider, sealed::MasterKey},
    domain::{
        audience::Audience,
        authority::Authority,
        change::Subject,
        ids::{Id, SpaceId, TokenId},
        signing_key::{SigningAlgorithm, SigningKeyState},
    },
    jobs::{JobContext, cleanup, counts::JobCounts, key_rotation},
    live::{Live, LiveOptions},
    manage::{
        Deps, Error,
        signing_keys::{self, Schedule},
        site::{self, InitInput},
    },
    store::{self, Executor, Store, StoreOptions, clock::Clock, revoked_tokens::RevokedToken},
};
use uuid::Uuid;

use crate::support::canary::TestFolder;

const MINUTE: Duration = Duration::from_mins(1);

struct Fixture {
    store: Store,
    clock: Clock,
    context: JobContext,
    _folder: TestFolder,
}

fn fixture() -> Fixture {
    install_provider();
    let folder = TestFolder::new();
    let clock = Clock::default();
    let url = DatabaseUrl::Sqlite(folder.path().join("site.sqlite"));
    let store = Store::open(StoreOptions { clock: clock.clone(), ..StoreOptions::new(url) }).unwrap();
    store.migrate().unwrap();
    let deps = Deps { master: Arc::new(MasterKey::generate().unwrap()) };
    let input = InitInput {
        issuer: Issuer::parse("https://id.example.com").unwrap(),
        development: true,
        default_audience: Audience::parse("https://api.example.com").unwrap(),
        algorithms: vec![SigningAlgorithm::Es256],
    };
    site::init(&store, &deps, &Authority::OPERATOR, input).unwrap();
    let executor = Executor::new(store.clone());
    let live = Arc::new(Live::start(executor, Arc::clone(&deps.master), LiveOptions::default()).unwrap());
    let schedule = Schedule { rotation_interval: 60 * MINUTE, publish_lead: 10 * MINUTE, passive_life: 30 * MINUTE };
    let algorithms = vec![SigningAlgorithm::Es256];
    let context = JobContext {
        live,
        deps,
        schedule,
        algorithms,
        notes: Arc::default(),
        session_idle: Duration::from_hours(12),
        counts: JobCounts::default(),
        issuer: Issuer::parse("https://id.example.com").unwrap(),
    };
    Fixture { store, clock, context, _folder: folder }
}

impl Fixture {
    fn states(&self) -> Vec<SigningKeyState> {
        let keys = self.store.snapshot(|tx| signing_keys::list(tx)).unwrap();
        keys.into_iter().map(|key| key.state).collect()
    }

    fn round(&self) -> key_rotation::Stepped {
        key_rotation::run_once(&self.context).unwrap()
    }
}

// Covers: J12, JK-02
#[test]
fn a_signing_key_is_succeeded_in_time_and_retires_after_its_last_token() {
    use SigningKeyState::{Active, Passive, Pending, Retired};
    let site = fixture();
    site.round();
    assert_eq!(site.states(), [Active]);
    site.clock.advance(50 * MINUTE);
    site.round();
    assert_eq!(site.states(), [Active, Pending]);
    site.clock.advance(9 * MINUTE);
    site.round();
    assert_eq!(site.states(), [Active, Pending], "published, but not for long enough");
    site.clock.advance(MINUTE);
    site.round();
    assert_eq!(site.states(), [Passive, Active]);
    site.clock.advance(30 * MINUTE);
    site.round();
    assert_eq!(site.states(), [Retired, Active]);
}

#[test]
fn a_second_process_finds_nothing_left_to_do() {
    let site = fixture();
    site.clock.advance(50 * MINUTE);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| site.round());
        }
    });
    assert_eq!(site.states(), [SigningKeyState::Active, SigningKeyState::Pending]);
    assert_eq!(site.round(), key_rotation::Stepped::default());
}

#[test]
fn an_algorithm_that_was_added_to_the_settings_gets_a_key_that_signs() {
    let mut site = fixture();
    site.context.algorithms.push(SigningAlgorithm::EdDsa);
    site.round();
    assert_eq!(site.states(), [SigningKeyState::Active, SigningKeyState::Active]);
}

#[test]
fn revoked_tokens_are_forgotten_only_after_their_end() {
    let site = fixture();
    let expires_at = site.store.now().unwrap().plus(5 * MINUTE);
    let token = RevokedToken { id: TokenId::from_uuid(Uuid::from_u128(1)), expires_at };
    site.store.change(|change| store::revoked_tokens::insert(change, token)).unwrap();
    let kept = || site.store.snapshot(|tx| store::revoked_tokens::all(tx)).unwrap().len();

    site.clock.advance(14 * MINUTE);
    assert_eq!(cleanup::run_once(&site.store).unwrap().revoked_tokens, 0);
    assert_eq!(kept(), 1);
    site.clock.advance(2 * MINUTE);
    assert_eq!(cleanup::run_once(&site.store).unwrap().revoked_tokens, 1);
    assert_eq!(kept(), 0);
}

#[test]
fn the_change_log_keeps_what_is_young_and_the_last_rows() {
    let site = fixture();
    let touch = |number: u128| {
        let subject = Subject::Space(SpaceId::from_uuid(Uuid::from_u128(number)));
        site.store.change(|change| change.touch(subject)).unwrap();
    };
    (0..5).for_each(touch);
    let week = 8 * 24 * 60 * MINUTE;
    let delete = |kept| {
        let before = |now: keystead::domain::time::Timestamp| now.minus(7 * 24 * 60 * MINUTE);
        let deleted = site.store.upkeep(|upkeep| {
            let before = before(upkeep.now());
            store::change_log::delete_old(upkeep, before, kept)
        });
        deleted.unwrap()
    };
    assert_eq!(delete(2), 1, "the row that the tables begin with has no time; all others are young");
    site.clock.advance(week);
    assert_eq!(delete(1_000), 0, "all rows are among the last");
    assert!(delete(2) > 0);
    assert_eq!(delete(2), 0);
    touch(9);
    assert!(site.store.snapshot(|tx| Ok::<_, Error>(tx.stamp())).is_ok());
}
