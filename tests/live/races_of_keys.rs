//! Callers that change the same key, its owner or their own rights at the same time: changes run one by one, and each reads
//! what the one before it left.

use std::{collections::BTreeMap, sync::Barrier};

use keystead::{
    domain::{
        api_key::{Owner, UserKeyRoles},
        authority::Authority,
        ids::{ApiKeyId, UserId},
        key_pair::ExpiryPolicy,
        sequence::Seq,
    },
    manage::{
        self, Deps,
        api_keys::{self, EditApiKey},
        authority::{Purpose, TokenCaller, of_token, of_user},
        key_pairs::{self, AddPair},
        key_roles::{self, ChangeKeyRole, SetKeyRoles},
        user_roles::{self, GiveUserRole, IfKeys, TakeUserRole},
        users,
    },
    store::{self, Change},
};

use crate::{
    deciding::{self, Node},
    on_both,
    support::credential::key_id,
    support::site::{TestSite, name},
};

const OPERATOR: &Authority = &Authority::OPERATOR;

/// What eight callers are told who do the same at once: how often each answer was given.
fn eight_times<T>(
    site: &TestSite,
    body: impl Fn(&mut Change<'_>, &Deps) -> Result<T, manage::Error> + Sync,
) -> BTreeMap<&'static str, usize> {
    let start = Barrier::new(8);
    let answers: Vec<&'static str> = std::thread::scope(|scope| {
        let call = || {
            start.wait();
            site.try_change(&body).map_or_else(|error| error.code(), |_| "done")
        };
        let callers: Vec<_> = (0..8).map(|_| scope.spawn(call)).collect();
        callers.into_iter().map(|caller| caller.join().expect("no panic")).collect()
    });
    answers.into_iter().fold(BTreeMap::new(), |mut counted, answer| {
        *counted.entry(answer).or_default() += 1;
        counted
    })
}

fn one_and_the_others(refusal: &'static str) -> BTreeMap<&'static str, usize> {
    BTreeMap::from([("done", 1), (refusal, 7)])
}

on_both! {
    // Covers: L040, KM-06
    #[test]
    fn of_eight_who_end_a_key_at_once_one_does_and_the_others_are_told(backend) {
        let site = TestSite::new(backend);
        for _ in 0..5 {
            let id = key_id(&site.key("viewer", &[0]));
            let revoked = eight_times(&site, |change, deps| api_keys::revoke(change, deps, OPERATOR, id));
            assert_eq!(revoked, one_and_the_others("already_revoked"));
            let removed = eight_times(&site, |change, deps| api_keys::remove(change, deps, OPERATOR, id));
            assert_eq!(removed, one_and_the_others("not_found"));
        }
    }

    // Covers: L113, KM-06
    #[test]
    fn of_eight_who_switch_a_key_at_once_one_does_and_the_others_are_told(backend) {
        let site = TestSite::new(backend);
        let id = key_id(&site.key("viewer", &[0]));
        for _ in 0..5 {
            let disabled = eight_times(&site, |change, deps| api_keys::disable(change, deps, OPERATOR, id));
            assert_eq!(disabled, one_and_the_others("already_disabled"));
            let enabled = eight_times(&site, |change, deps| api_keys::enable(change, deps, OPERATOR, id));
            assert_eq!(enabled, one_and_the_others("not_disabled"));
        }
    }

    // Covers: L094, KM-03
    #[test]
    fn of_eight_who_add_a_pair_at_once_one_finds_the_free_place(backend) {
        let site = TestSite::new(backend);
        for _ in 0..5 {
            let id = key_id(&site.key("viewer", &[0]));
            let input = AddPair { key: id, expiry: ExpiryPolicy::Never, retire_other_after: None };
            let added = eight_times(&site, |change, deps| key_pairs::add(change, deps, OPERATOR, input));
            assert_eq!(added, one_and_the_others("pair_limit"));
            let pairs = site.store.snapshot(|tx| store::key_pairs::of_api_key(tx, id)).expect("the database answers");
            assert_eq!(pairs.len(), 2);
        }
    }

    // Covers: L132
    #[test]
    fn a_role_that_is_taken_from_the_owner_while_the_key_gets_it_is_not_left_on_the_key(backend) {
        let site = TestSite::new(backend);
        let owner = site.user("owner");
        let id = key_id(&site.key_with(|key| key.owner = Owner::User { id: owner, roles: UserKeyRoles::Subset }));
        let request = || site.role("viewer", &[0]);
        for round in 0..20 {
            let given = GiveUserRole { id: owner, space: site.space, request: request() };
            site.change(|change, deps| user_roles::give(change, deps, OPERATOR, given));
            let start = Barrier::new(3);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    start.wait();
                    let input = ChangeKeyRole { id, request: request() };
                    site.try_change(|change, deps| key_roles::give(change, deps, OPERATOR, input))
                });
                scope.spawn(|| {
                    start.wait();
                    let input = SetKeyRoles { id, roles: vec![request()] };
                    site.try_change(|change, deps| key_roles::set(change, deps, OPERATOR, input))
                });
                start.wait();
                let input = TakeUserRole { id: owner, space: site.space, request: request(), if_keys: IfKeys::Cascade };
                site.change(|change, deps| user_roles::take(change, deps, OPERATOR, input));
            });
            let key = site.store.snapshot(|tx| store::api_keys::find(tx, id)).expect("the database answers");
            assert_eq!(key.expect("the key is there").roles, [], "round {round}");
        }
    }

    // Covers: I9
    #[test]
    fn an_administrator_who_was_disabled_commits_nothing_afterwards(backend) {
        let site = TestSite::new(backend);
        let key = key_id(&site.key("viewer", &[0]));
        for round in 0..5 {
            let admin = administrator(&site, &format!("admin{round}"));
            let (committed, refusal, ended) = change_until_refused(
                || rename(&site, key, |change| of_user(change, admin)),
                || site.change(|change, deps| users::disable(change, deps, OPERATOR, admin).map(|_| change.seq())),
            );
            assert!(committed.iter().all(|seq| *seq < ended), "{committed:?} and the end at {ended:?}");
            assert_eq!(refusal, "not_authenticated");
        }
    }

    // Covers: I9
    #[test]
    fn a_key_that_was_disabled_commits_nothing_afterwards_with_a_token_of_its_own(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let key = key_id(&site.key("viewer", &[0]));
        for _ in 0..5 {
            let manager = site.key("space_admin", &[]);
            let token = deciding::facts_of(&node.mint(&manager).expect("an active key"));
            let moment = node.now();
            let caller = TokenCaller { token, address: None, head: moment.seq, now: moment.now };
            let (committed, refusal, ended) = change_until_refused(
                || rename(&site, key, |change| of_token(change, &caller, Purpose::Change)),
                || {
                    let id = key_id(&manager);
                    site.change(|change, deps| api_keys::disable(change, deps, OPERATOR, id).map(|()| change.seq()))
                },
            );
            assert!(committed.iter().all(|seq| *seq < ended), "{committed:?} and the end at {ended:?}");
            assert_eq!(refusal, "not_authenticated");
        }
    }
}

fn administrator(site: &TestSite, login: &str) -> UserId {
    let id = site.user(login);
    let input = GiveUserRole { id, space: site.space, request: site.role("space_admin", &[]) };
    site.change(|change, deps| user_roles::give(change, deps, OPERATOR, input));
    id
}

/// A change on somebody's authority, which is found out in that change. Answers its number.
fn rename(
    site: &TestSite,
    key: ApiKeyId,
    authority: impl FnOnce(&mut Change<'_>) -> Result<Authority, manage::Error>,
) -> Result<Seq, manage::Error> {
    site.try_change(|change, deps| {
        let authority = authority(change)?;
        let input = EditApiKey { name: Some(name("Renamed")), ..EditApiKey::of(key) };
        api_keys::edit(change, deps, &authority, input)?;
        Ok(change.seq())
    })
}

/// Somebody changes something again and again while `end` takes the right to it away. Answers the numbers of the changes,
/// how they were refused at last, and the number of the end.
fn change_until_refused(
    change: impl Fn() -> Result<Seq, manage::Error> + Sync,
    end: impl FnOnce() -> Seq,
) -> (Vec<Seq>, &'static str, Seq) {
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| {
            let mut committed = vec![change().expect("it may still")];
            start.wait();
            loop {
                match change() {
                    Ok(seq) => committed.push(seq),
                    Err(refusal) => return (committed, refusal.code()),
                }
            }
        });
        start.wait();
        let ended = end();
        let (committed, refusal) = changing.join().expect("no panic");
        (committed, refusal, ended)
    })
}
