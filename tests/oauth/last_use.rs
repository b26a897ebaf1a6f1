//! Which pairs were used, when and from where: noted beside the requests, never written by them.

use std::{net::IpAddr, time::Duration};

use keystead::{
    domain::{
        ids::{ApiKeyId, Id},
        key_pair::PairUse,
        time::Timestamp,
    },
    jobs::{
        Jobs,
        last_use::{LastUses, MOST_PAIRS},
    },
    store::{
        Error,
        pair_uses::{self, LastUse},
    },
};

use crate::{
    nodes::{Nodes, add_pair},
    on_both,
    presented_keys::{accepting_server, ask, serve, wrong_secrets},
    support::{
        backend::Backend,
        credential::key_id,
        site::{Server, TestSite},
    },
};

const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// The uses of the only pair that was used.
fn only_use(server: &Server) -> PairUse {
    let uses = server.pair_uses();
    let [one] = uses.as_slice() else { panic!("{uses:?}") };
    *one
}

fn nothing(server: &Server) -> bool {
    server.pair_uses().is_empty()
}

on_both! {
    // Covers: KM-13
    #[test]
    fn each_use_of_a_key_itself_is_noted_with_time_address_and_number(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let accepting = accepting_server(&site, "https://accepting.example.com");
        let key = site.key("viewer", &[0]);
        let expected = |at, from, count| PairUse { pair: key.public_id, key: key_id(&key), at, from, count };

        let token = server.mint(&key);
        let minted = only_use(&server);
        assert_eq!(minted, expected(minted.at, Some(LOCAL), 1));
        assert!(nothing(&server), "what was taken is gone");

        site.clock.advance(Duration::from_mins(1));
        assert_eq!(ask(&site, &server, "").header("zsessionid", &key.secret).send().status, 200);
        let verified = only_use(&server);
        assert_eq!(verified, expected(verified.at, Some(LOCAL), 1));
        assert!(verified.at >= minted.at.plus(Duration::from_mins(1)));

        assert!(server.is_active(&accepting, &key.secret));
        let introspected = only_use(&server);
        assert_eq!(introspected, expected(introspected.at, None, 1), "the holder's address is not the caller's");

        server.mint(&key);
        site.clock.advance(Duration::from_mins(1));
        assert!(server.is_active(&accepting, &key.secret));
        assert_eq!(ask(&site, &server, "").bearer(&key.secret).send().status, 200);
        assert!(server.is_active(&accepting, &key.secret));
        let together = only_use(&server);
        assert_eq!(together, expected(together.at, Some(LOCAL), 4));
        assert!(together.at >= introspected.at.plus(Duration::from_mins(1)));

        for _ in 0..3 {
            assert!(server.is_active(&site.resource_server, &token));
            assert_eq!(server.verify(&site.resource_server, &token, "").status, 200);
        }
        assert!(nothing(&server), "a token is not its key");
    }

    // Covers: KM-13
    #[test]
    fn what_was_refused_was_no_use(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let accepting = accepting_server(&site, "https://accepting.example.com");
        let key = site.key("viewer", &[0]);
        for (_, secret) in wrong_secrets(&site, &key) {
            assert_eq!(ask(&site, &server, "").bearer(&secret).send().status, 401);
            assert!(!server.is_active(&accepting, &secret));
        }
        assert!(!server.is_active(&site.resource_server, &key.secret));
        assert_eq!(ask(&site, &server, "?workspace=1002").bearer(&key.secret).send().status, 403);
        assert_eq!(server.token_with(&key, &[("scope", "nonsense")]).status, 400);
        assert_eq!(server.revoke(&key, "garbage").status, 200);
        site.clock.advance(Duration::from_mins(1));
        assert!(nothing(&server));
    }

    // Covers: KM-13
    #[test]
    fn the_job_writes_down_what_was_noted_and_when_it_stops_the_rest(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let accepting = accepting_server(&site, "https://accepting.example.com");
        let key = site.key("viewer", &[0]);
        let known = || {
            let known = site.store.snapshot(|tx| pair_uses::of_keys(tx, &[key_id(&key)])).expect("a snapshot");
            known[&key.public_id].clone()
        };
        let jobs = |server: &Server| Jobs::start(server.job_context(&site)).expect("threads");
        assert_eq!(known(), LastUse::default());
        server.mint(&key);
        drop(jobs(&server));
        let minted = known();
        assert_eq!((minted.count, minted.from.as_deref()), (1, Some("127.0.0.1")));

        let running = jobs(&server);
        site.clock.advance(Duration::from_mins(1));
        assert!(server.is_active(&accepting, &key.secret));
        assert_eq!(ask(&site, &server, "").bearer(&key.secret).send().status, 200);
        drop(running);
        let used = known();
        assert_eq!((used.count, used.from.as_deref()), (3, Some("127.0.0.1")));
        assert!(used.at.expect("a time") >= minted.at.expect("a time").plus(Duration::from_mins(1)));
    }

    // Covers: KM-13, IN-11
    #[test]
    fn a_request_with_a_key_writes_nothing_to_the_database(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let accepting = accepting_server(&site, "https://accepting.example.com");
        let key = site.key("viewer", &[0]);
        let use_it = || {
            server.mint(&key);
            assert!(server.is_active(&accepting, &key.secret));
            assert_eq!(ask(&site, &server, "").bearer(&key.secret).send().status, 200);
        };
        use_it();
        let files = || ["keystead.sqlite", "keystead.sqlite-wal"].map(|name| std::fs::read(site.database.path(name)).ok());
        let used = "(SELECT COUNT(*) FROM key_pairs WHERE uses > 0 OR last_used_at IS NOT NULL)";
        let state = || (site.database.number(used), site.database.number("(SELECT seq FROM change_head)"), files());
        let before = state();
        use_it();
        assert!(state() == before);
    }
}

// Covers: KM-13, CC-01
#[test]
fn the_pairs_of_a_key_are_told_apart() {
    let nodes = Nodes::new(Backend::Sqlite);
    let first = nodes.site.key("viewer", &[0]);
    let second = add_pair(&nodes, &first, keystead::domain::key_pair::ExpiryPolicy::Never);
    nodes.near.mint(&first);
    nodes.near.mint(&second);
    nodes.near.mint(&second);
    let mut counts: Vec<_> = nodes.near.pair_uses().iter().map(|used| (used.pair, used.count)).collect();
    counts.sort_unstable_by_key(|(_, count)| *count);
    assert_eq!(counts, [(first.public_id, 1), (second.public_id, 2)]);
    assert!(nothing(&nodes.far), "each process notes what it was asked");
}

// Covers: KM-13, H2
#[test]
fn the_address_is_the_clients_if_a_trusted_proxy_names_it() {
    let site = TestSite::new(Backend::Sqlite);
    let key = site.key("viewer", &[0]);
    let forwarded = "198.51.100.7";
    let address_noted = |server: &Server| {
        let request = ask(&site, server, "").bearer(&key.secret).header("X-Forwarded-For", forwarded);
        assert_eq!(request.send().status, 200);
        only_use(server).from
    };
    let behind_a_proxy = site.serve_with(|options| options.with("proxy.trusted", "127.0.0.1"));
    assert_eq!(address_noted(&behind_a_proxy), forwarded.parse().ok());
    assert_eq!(address_noted(&site.serve()), Some(LOCAL));
}

fn a_use(number: usize, seconds: i64, from: Option<IpAddr>) -> PairUse {
    PairUse {
        pair: format!("{number:016}").parse().expect("a public id"),
        key: ApiKeyId::from_uuid(uuid::Uuid::from_u128(1)),
        at: Timestamp::from_seconds(seconds),
        from,
        count: 1,
    }
}

// Covers: KM-13
#[test]
fn time_never_moves_back_and_a_known_address_is_kept() {
    let other: IpAddr = "2001:db8::1".parse().expect("an address");
    let mut uses = LastUses::default();
    for (seconds, from) in [(5, Some(LOCAL)), (9, None), (7, Some(other)), (8, None)] {
        uses.add(a_use(1, seconds, from));
    }
    let taken = uses.take();
    assert_eq!(taken, [PairUse { count: 4, ..a_use(1, 9, Some(LOCAL)) }]);
    uses.add(a_use(1, 10, Some(other)));
    for used in taken {
        uses.add(used);
    }
    assert_eq!(uses.take(), [PairUse { count: 5, ..a_use(1, 10, Some(other)) }]);
}

// Covers: KM-13
#[test]
fn memory_is_bounded_whatever_is_used_and_pairs_that_are_known_go_on_counting() {
    let mut uses = LastUses::default();
    for number in 0..MOST_PAIRS + 10 {
        uses.add(a_use(number, 1, None));
    }
    uses.add(a_use(0, 2, None));
    uses.add(a_use(MOST_PAIRS, 2, None));
    let taken = uses.take();
    assert_eq!(taken.len(), MOST_PAIRS);
    assert!(taken.contains(&PairUse { count: 2, ..a_use(0, 2, None) }));
    uses.add(a_use(MOST_PAIRS, 3, None));
    assert_eq!(uses.take().len(), 1, "there is room again");
}

// Covers: KM-13
#[test]
fn what_could_not_be_written_is_written_in_the_next_round() {
    let mut uses = LastUses::default();
    uses.add(a_use(1, 1, Some(LOCAL)));
    let outage = |_: &[PairUse]| Err(Error::Unavailable("the test says so".to_owned()));
    assert!(uses.write(outage).is_err());
    uses.add(a_use(1, 2, None));
    let mut written = Vec::new();
    let record = |taken: &[PairUse]| {
        written.extend_from_slice(taken);
        Ok(())
    };
    assert_eq!(uses.write(record).expect("it is written"), 1);
    assert_eq!(written, [PairUse { count: 2, ..a_use(1, 2, Some(LOCAL)) }]);
    let unasked = |_: &[PairUse]| panic!("nothing is left to write");
    assert_eq!(uses.write(unasked).expect("nothing happens"), 0);
}

// Covers: KM-13
#[test]
fn many_pairs_are_written_in_parts_and_none_is_lost_between_them() {
    let mut uses = LastUses::default();
    (0..1_200).for_each(|number| uses.add(a_use(number, 1, None)));
    let mut parts = Vec::new();
    let mut fails_once = true;
    let mut round = || {
        uses.write(|part| {
            if parts.len() == 1 && std::mem::take(&mut fails_once) {
                return Err(Error::Unavailable("the test says so".to_owned()));
            }
            parts.push(part.to_vec());
            Ok(())
        })
    };
    assert!(round().is_err());
    let rest = round().expect("the rest is written");
    let mut written = parts.concat();
    assert!(parts.iter().all(|part| part.len() <= 500), "no transaction is long");
    written.sort_unstable_by_key(|used| used.pair);
    written.dedup();
    assert_eq!((written.len(), parts[0].len() + rest), (1_200, 1_200));
}
