//! Many who use the same code or the same refresh token at the same moment, at one server and at two.
//!
//! `KEYSTEAD_TEST_RACES=1000` runs so many rounds of each race instead of a few.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Barrier,
    time::Instant,
};

use crate::{
    on_both,
    support::{
        backend::Backend,
        browser::{Browser, person},
        http::Response,
        log_in_with::{TestApplication, tokens},
        site::{Server, TestSite},
    },
    world::{Tally, refused, rounds},
};

/// How many ask at once.
const CROWD: usize = 200;

/// A site that two servers serve on PostgreSQL, and one on SQLite.
struct Nodes {
    site: TestSite,
    servers: Vec<Server>,
    application: TestApplication,
    browser: Browser,
}

impl Nodes {
    fn new(backend: Backend) -> Self {
        let site = TestSite::new(backend);
        person(&site, "jo");
        let application = site.application();
        let count = if backend == Backend::Sqlite { 1 } else { 2 };
        let servers: Vec<Server> = (0..count).map(|_| site.serve()).collect();
        let browser = Browser::logged_in(&servers[0], "jo");
        Self { site, servers, application, browser }
    }

    /// Answers to all of the crowd, who begin together.
    fn crowd(&self, ask: impl Fn(&Server) -> Response + Sync) -> Vec<Response> {
        let start = Barrier::new(CROWD);
        std::thread::scope(|scope| {
            let (start, ask) = (&start, &ask);
            let one = |index: usize| {
                let server = &self.servers[index % self.servers.len()];
                move || {
                    start.wait();
                    ask(server)
                }
            };
            let asking: Vec<_> = (0..CROWD).map(|index| scope.spawn(one(index))).collect();
            asking.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        })
    }

    fn is_active_anywhere(&self, token: &str) -> bool {
        self.servers.iter().any(|server| server.is_active(&self.site.resource_server, token))
    }
}

fn statuses(answers: &[Response]) -> BTreeMap<u16, usize> {
    answers.iter().fold(BTreeMap::new(), |mut counted, answer| {
        *counted.entry(answer.status).or_default() += 1;
        counted
    })
}

on_both! {
    // Covers: AC-02, A10
    #[test]
    fn of_many_who_exchange_one_code_at_once_one_succeeds_and_gains_nothing(backend) {
        let mut nodes = Nodes::new(backend);
        let mut tally = Tally::new(&format!("{CROWD} exchanges of one code on {backend:?}"));
        for round in 0..rounds() {
            let mut browser = nodes.browser.clone();
            let code = nodes.application.code(&mut browser, &[]);
            nodes.browser = browser;
            let began = Instant::now();
            let answers = nodes.crowd(|server| nodes.application.exchange(server, &code));
            tally.note(began.elapsed());
            let expected = BTreeMap::from([(200, 1), (400, CROWD - 1)]);
            assert_eq!(statuses(&answers), expected, "round {round}: {:?}", answers.iter().find(|a| a.status >= 500));
            let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            for answer in lost {
                refused(answer, 400, "invalid_grant");
            }
            let won = tokens(won[0]);
            assert!(!nodes.is_active_anywhere(&won.access), "round {round}: the family outlived its code");
            for server in &nodes.servers {
                refused(&nodes.application.refresh(server, won.refresh()), 400, "invalid_grant");
            }
        }
    }

    // Covers: RT-06, T7
    #[test]
    fn many_who_use_one_refresh_token_at_once_get_one_and_the_same_successor(backend) {
        let mut nodes = Nodes::new(backend);
        let mut tally = Tally::new(&format!("{CROWD} uses of one refresh token on {backend:?}"));
        let mut browser = nodes.browser.clone();
        let mut current = nodes.application.log_in(&nodes.servers[0], &mut browser, &[]);
        nodes.browser = browser;
        for round in 0..rounds() {
            let began = Instant::now();
            let answers = nodes.crowd(|server| nodes.application.refresh(server, current.refresh()));
            tally.note(began.elapsed());
            let refusal = answers.iter().find(|answer| answer.status != 200);
            assert_eq!(statuses(&answers), BTreeMap::from([(200, CROWD)]), "round {round}: {refusal:?}");
            let got: Vec<_> = answers.iter().map(tokens).collect();
            let successors: BTreeSet<&str> = got.iter().map(crate::support::log_in_with::Tokens::refresh).collect();
            assert_eq!(successors.len(), 1, "round {round}");
            let different: BTreeSet<&str> = got.iter().map(|tokens| tokens.access.as_str()).collect();
            assert_eq!(different.len(), CROWD, "each is a token of its own");
            for tokens in [&got[0], &got[CROWD - 1]] {
                assert!(nodes.is_active_anywhere(&tokens.access), "round {round}");
            }
            current = got[round % CROWD].clone();
        }
        let kept = nodes.site.database.number("(SELECT count(*) FROM refresh_tokens)");
        assert_eq!(kept, i64::try_from(rounds()).expect("few") + 1, "no third token was made");
    }
}
