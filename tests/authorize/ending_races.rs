//! Refreshing while somebody ends what the token rests on: when both have their answer, nothing of the family is active, and
//! neither stood in the other's way.
//!
//! `KEYSTEAD_TEST_RACES=1000` runs so many rounds of each race instead of a few.

use std::{
    sync::{Barrier, mpsc::channel},
    thread,
    time::Instant,
};

use keystead::{
    domain::space::ApplicationPolicy,
    manage::{
        self, application_approvals::ApplicationInSpace, grants::ConsentOfUser, spaces::EditSpace, users::EnableUser,
    },
    store::{self, Writes as _},
};

use crate::{
    on_both,
    support::{
        backend::Backend,
        http::Response,
        log_in_with::{Tokens, tokens},
        site::Server,
    },
    world::{OPERATOR, Tally, World, hash, refused, rounds},
};

/// How many refresh while one ends.
const REFRESHING: usize = 4;

/// What ends the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Revocation,
    Withdrawal,
    DisabledUser,
    WithdrawnApproval,
    NewPassword,
    DeletedApplication,
    Logout,
}

/// Ends it, through this server where users and applications do so. Returns when it has been answered.
fn end(world: &World, server: &Server, end: End, got: &Tokens) {
    let (site, user, application) = (&world.site, world.user, world.application.id());
    match end {
        End::Revocation => {
            let secret = world.application.secret.as_deref().expect("a secret");
            let client = (world.application.client_id.as_str(), secret);
            let answer = server.client.post_form("/oauth/revoke", client, &[("token", got.refresh())]);
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        End::Withdrawal => {
            let input = ConsentOfUser { user, grant: got.claim("grant").parse().expect("an id") };
            site.change(|change, deps| manage::grants::withdraw(change, deps, OPERATOR, input));
        }
        End::DisabledUser => {
            site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, user).map(|_| ()));
        }
        End::WithdrawnApproval => {
            let input = ApplicationInSpace { space: site.space, application };
            site.change(|change, deps| manage::application_approvals::withdraw(change, deps, OPERATOR, input));
        }
        End::NewPassword => {
            let input = manage::users::SetPassword { id: user, password: hash(crate::support::browser::PASSWORD) };
            site.change(|change, deps| manage::users::set_password(change, deps, OPERATOR, input));
        }
        End::DeletedApplication => {
            site.change(|change, deps| manage::applications::remove(change, deps, OPERATOR, application));
        }
        End::Logout => {
            let mut browser = world.browser.at(server);
            let csrf = browser.log_out_token();
            let answer = browser.post("/logout", &csrf, &[]);
            assert_eq!(answer.status, 303, "{answer:?}");
        }
    }
}

/// Makes everything ready for the next round.
fn restore(world: &mut World, ended: End) {
    let (user, application) = (world.user, world.application.id());
    match ended {
        End::Revocation | End::Withdrawal => {}
        End::DisabledUser => {
            let input = EnableUser { id: user, restore_keys: false };
            world.site.change(|change, deps| manage::users::enable(change, deps, OPERATOR, input));
            world.log_in_again();
        }
        End::WithdrawnApproval => {
            let input = ApplicationInSpace { space: world.site.space, application };
            world.site.change(|change, deps| manage::application_approvals::approve(change, deps, OPERATOR, input));
        }
        End::NewPassword | End::Logout => world.log_in_again(),
        End::DeletedApplication => world.application = world.site.application(),
    }
}

/// Refreshes until it is refused. All that was got.
fn refresh_until_refused(world: &World, server: &Server, first: &Tokens) -> (Vec<Tokens>, Response) {
    let (mut all, mut current) = (Vec::new(), first.clone());
    loop {
        let answer = world.application.refresh(server, current.refresh());
        if answer.status != 200 {
            return (all, answer);
        }
        current = tokens(&answer);
        all.push(current.clone());
    }
}

fn assert_dead(world: &World, servers: &[&Server], all: &[Tokens], context: &str) {
    for &server in servers {
        for got in all {
            assert!(!server.is_active(&world.site.resource_server, &got.access), "{context}: a token is active");
        }
        // The last few are enough: all earlier ones are of the same family.
        for got in all.iter().rev().take(3).filter(|got| got.refresh.is_some()) {
            let answer = world.application.refresh(server, got.refresh());
            assert!([400, 401].contains(&answer.status), "{context}: {answer:?}");
        }
    }
}

fn race(backend: Backend, ending: End) {
    let mut world = World::new(backend);
    let other = (backend == Backend::Postgres).then(|| world.site.serve());
    if ending == End::WithdrawnApproval {
        let input = ApplicationInSpace { space: world.site.space, application: world.application.id() };
        world.site.change(|change, deps| manage::application_approvals::approve(change, deps, OPERATOR, input));
        let policy = Some(ApplicationPolicy::Approved);
        let input = EditSpace { application_policy: policy, ..EditSpace::of(world.site.space) };
        world.site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, input));
    }
    let mut tally = Tally::new(&format!("refreshing against {ending:?} on {backend:?}"));
    for round in 0..rounds() {
        let got = world.log_in(&[]);
        let servers: Vec<&Server> = [&world.server].into_iter().chain(other.as_ref()).collect();
        let start = Barrier::new(REFRESHING + 2);
        let began = Instant::now();
        let mut browser = world.browser.clone();
        let (mut all, authorized) = thread::scope(|scope| {
            let (world, got, start, servers) = (&world, &got, &start, &servers);
            let refreshing: Vec<_> = (0..REFRESHING)
                .map(|index| {
                    scope.spawn(move || {
                        start.wait();
                        refresh_until_refused(world, servers[index % servers.len()], got)
                    })
                })
                .collect();
            // Somebody is just logging in with the application again.
            let authorizing = scope.spawn(|| {
                start.wait();
                let answer = world.application.authorize(&mut browser, &[]);
                let code = answer.header("location").and_then(|to| to.split("code=").nth(1)).map(str::to_owned);
                assert!(answer.status < 500, "round {round}: {answer:?}");
                let code = code.map(|code| code.split('&').next().unwrap_or_default().to_owned());
                code.map(|code| world.application.exchange(servers[0], &code))
            });
            start.wait();
            end(world, servers[servers.len() - 1], ending, got);
            let mut all = vec![got.clone()];
            for thread in refreshing {
                let (more, refusal) = thread.join().expect("no panic");
                assert!([400, 401].contains(&refusal.status), "round {round}: {refusal:?}");
                all.extend(more);
            }
            (all, authorizing.join().expect("no panic"))
        });
        tally.note(began.elapsed());
        let family = |tokens: &Tokens| tokens.claim("family");
        let of_family = all.iter().map(family).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(of_family.len(), 1);
        if let Some(answer) = authorized {
            assert!(answer.status < 500, "round {round}: {answer:?}");
            // A login of its own outlives the end of another family, if it was made under the same consent.
            if answer.status == 200 && ending != End::Revocation {
                all.push(tokens(&answer));
            }
        }
        assert_dead(&world, &servers, &all, &format!("{ending:?}, round {round}"));
        restore(&mut world, ending);
    }
}

on_both! {
    // Covers: T8, RT-07, RV-07, RV-01
    #[test]
    fn a_refresh_token_is_revoked(backend) {
        race(backend, End::Revocation);
    }

    // Covers: T8, RT-07, T9, G4
    #[test]
    fn a_consent_is_withdrawn(backend) {
        race(backend, End::Withdrawal);
    }

    // Covers: T8, RT-07, L087, I10
    #[test]
    fn a_user_is_disabled(backend) {
        race(backend, End::DisabledUser);
    }

    // Covers: T8, RT-07, I10
    #[test]
    fn an_approval_is_withdrawn(backend) {
        race(backend, End::WithdrawnApproval);
    }

    // Covers: T8, RT-07, I10
    #[test]
    fn a_password_is_changed(backend) {
        race(backend, End::NewPassword);
    }

    // Covers: T8, RT-07, G4
    #[test]
    fn an_application_is_deleted(backend) {
        race(backend, End::DeletedApplication);
    }

    // Covers: T8, I10, G4
    #[test]
    fn a_user_logs_out_while_codes_of_the_session_are_exchanged(backend) {
        let mut world = World::new(backend);
        let other = (backend == Backend::Postgres).then(|| world.site.serve());
        let mut tally = Tally::new(&format!("exchanging against Logout on {backend:?}"));
        world.log_in(&[]);
        for round in 0..rounds() {
            let codes: Vec<String> = (0..REFRESHING).map(|_| world.code(&[("scope", "openid read")])).collect();
            let servers: Vec<&Server> = [&world.server].into_iter().chain(other.as_ref()).collect();
            let start = Barrier::new(REFRESHING + 1);
            let began = Instant::now();
            let all: Vec<Tokens> = thread::scope(|scope| {
                let (world, start, servers) = (&world, &start, &servers);
                let exchange = |(index, code): (usize, String)| {
                    scope.spawn(move || {
                        start.wait();
                        world.application.exchange(servers[index % servers.len()], &code)
                    })
                };
                let exchanging: Vec<_> = codes.into_iter().enumerate().map(exchange).collect();
                start.wait();
                let got = Tokens { access: String::new(), refresh: None, id: None, scope: String::new() };
                end(world, servers[servers.len() - 1], End::Logout, &got);
                let answers = exchanging.into_iter().map(|thread| thread.join().expect("no panic"));
                let answers: Vec<_> = answers.collect();
                for answer in &answers {
                    assert!([200, 400].contains(&answer.status), "round {round}: {answer:?}");
                }
                answers.iter().filter(|answer| answer.status == 200).map(tokens).collect()
            });
            tally.note(began.elapsed());
            assert_dead(&world, &servers, &all, &format!("logout, round {round}"));
            restore(&mut world, End::Logout);
        }
    }
}

// Covers: G4, T8
#[test]
fn whoever_withdraws_a_consent_waits_for_a_redemption_and_no_redemption_waits_for_that() {
    let world = World::new(Backend::Postgres);
    let got = world.log_in(&[]);
    let (family, grant) = (got.claim("family").parse().expect("an id"), got.claim("grant").parse().expect("an id"));
    let ((held, is_held), (go_on, goes_on)) = (channel(), channel());
    let (site, store) = (&world.site, world.site.store.clone());
    let waiting =
        "(SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())";
    thread::scope(|scope| {
        let redeeming = scope.spawn(move || {
            store.redeem(|redemption| {
                let there = store::families::hold(redemption, family)?;
                held.send(()).expect("the test waits");
                goes_on.recv().expect("the test says so");
                let now = redemption.now();
                store::grants::note_use(redemption, grant, now)?;
                Ok::<_, store::Error>(there)
            })
        });
        is_held.recv().expect("it holds the family");
        let withdrawing = scope.spawn(|| {
            let input = ConsentOfUser { user: world.user, grant };
            site.try_change(|change, deps| manage::grants::withdraw(change, deps, OPERATOR, input))
        });
        while world.site.database.number(waiting) == 0 {
            assert!(!withdrawing.is_finished(), "it did not wait for the redemption");
            thread::yield_now();
        }
        go_on.send(()).expect("it waits");
        assert!(redeeming.join().expect("no panic").expect("no deadlock"));
        withdrawing.join().expect("no panic").expect("no deadlock");
    });
    refused(&world.refresh(&got), 400, "invalid_grant");
}
