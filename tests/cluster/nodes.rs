//! Several servers on one PostgreSQL: whatever one of them acknowledged, all of them know.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use keystead::{
    domain::{authority::Authority, workspace::WorkspaceNumber},
    manage::{
        RoleRequest,
        key_roles::{self, ChangeKeyRole},
    },
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{
    installation::{Installation, Node, is_active},
    support::{backend::Backend, http::Response, site::Credential},
};

const THREADS: u64 = 8;
const OPERATIONS_OF_A_THREAD: usize = 400;

/// The history of one token as far as it decides what may be answered next.
struct History {
    token: String,
    /// Somebody asked for its revocation.
    asked: AtomicBool,
    /// A revocation returned, or somebody saw it inactive.
    dead: AtomicBool,
}

/// All tokens, and how many answers were judged.
#[derive(Default)]
struct Histories {
    tokens: Mutex<Vec<&'static History>>,
    checked: AtomicUsize,
}

/// Sends until there is an answer that is no 503: a machine under load may be too slow once, and a 503 promises nothing.
fn answered(send: impl Fn() -> Response) -> Response {
    let mut answers = (0..100).map(|_| send()).filter(|answer| answer.status != 503);
    let answer = answers.next().expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

impl Histories {
    fn mint(&self, node: &Node, key: &Credential) -> &'static History {
        let token = answered(|| node.token(key)).text("access_token");
        let history = History { token, asked: AtomicBool::new(false), dead: AtomicBool::new(false) };
        // Lives as long as the test process; threads pass it around.
        let history: &'static History = Box::leak(Box::new(history));
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).push(history);
        history
    }

    fn recent(&self, random: &mut StdRng) -> &'static History {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let first = tokens.len().saturating_sub(24);
        tokens[random.random_range(first..tokens.len())]
    }

    fn revoke(&self, node: &Node, key: &Credential, history: &History) {
        history.asked.store(true, Ordering::SeqCst);
        answered(|| node.revoke(key, &history.token));
        history.dead.store(true, Ordering::SeqCst);
        self.checked.fetch_add(1, Ordering::SeqCst);
    }

    /// Invoked after a revocation returned or after somebody saw it inactive: inactive. Before anybody asked for its
    /// revocation: active. In between: either.
    fn introspect(&self, node: &Node, api: &Credential, history: &History) {
        let dead = history.dead.load(Ordering::SeqCst);
        let active = is_active(&answered(|| node.introspect(api, &history.token)));
        let asked = history.asked.load(Ordering::SeqCst);
        assert!(!(active && dead), "a dead token is active");
        assert!(active || asked, "a token is dead that nobody revoked");
        if !active {
            history.dead.store(true, Ordering::SeqCst);
        }
        self.checked.fetch_add(1, Ordering::SeqCst);
    }

    fn run(&self, nodes: &[Node], site: &Installation, key: &Credential, mut random: StdRng) {
        for _ in 0..OPERATIONS_OF_A_THREAD {
            let node = &nodes[random.random_range(0..nodes.len())];
            match random.random_range(0..20) {
                0..3 => {
                    let history = self.mint(node, key);
                    self.introspect(&nodes[random.random_range(0..nodes.len())], &site.api, history);
                }
                3..6 => {
                    let history = self.recent(&mut random);
                    self.revoke(node, key, history);
                    for node in nodes {
                        self.introspect(node, &site.api, history);
                    }
                }
                _ => self.introspect(node, &site.api, self.recent(&mut random)),
            }
        }
    }
}

fn no_old_answer_in_a_random_history(count: usize, seed: u64) {
    let site = Installation::new(Backend::Postgres);
    let nodes: Vec<Node> = (0..count).map(|_| site.node()).collect();
    let key = site.key("viewer@1001,1002");
    let histories = Histories::default();
    histories.mint(&nodes[0], &key);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (histories, nodes, site, key) = (&histories, &nodes, &site, &key);
            scope.spawn(move || histories.run(nodes, site, key, StdRng::seed_from_u64(seed * THREADS + thread)));
        }
    });
    for history in histories.tokens.lock().expect("no thread failed").iter() {
        for node in &nodes {
            assert_eq!(node.is_active(&site.api, &history.token), !history.asked.load(Ordering::SeqCst));
        }
    }
    let checked = histories.checked.load(Ordering::SeqCst);
    assert!(checked >= 3_000, "only {checked} operations were checked");
    site.check_whole();
}

// Covers: G2, I9, IN-09
#[test]
fn two_nodes_never_answer_from_before_a_revocation() {
    no_old_answer_in_a_random_history(2, 1);
}

// Covers: G2, I9, IN-09
#[test]
fn three_nodes_never_answer_from_before_a_revocation() {
    no_old_answer_in_a_random_history(3, 2);
}

// Covers: G2, I9, L113, L040
#[test]
fn every_node_knows_at_once_what_the_command_line_did_to_a_key() {
    let site = Installation::new(Backend::Postgres);
    let nodes = [site.node(), site.node(), site.node()];
    let key = site.key("viewer@1001");
    for round in 0..4 {
        let tokens: Vec<_> = nodes.iter().map(|node| node.mint(&key)).collect();
        assert!(nodes.iter().all(|node| tokens.iter().all(|token| node.is_active(&site.api, token))));
        let last = round == 3;
        site.run(&["key", if last { "revoke" } else { "disable" }, &key.client_id]);
        for node in &nodes {
            assert!(tokens.iter().all(|token| !node.is_active(&site.api, token)));
            assert_eq!(node.token(&key).status, 401);
        }
        if !last {
            site.run(&["key", "enable", &key.client_id]);
        }
    }
}

// Covers: G2, IN-15, L092
#[test]
fn every_node_knows_at_once_which_roles_a_key_was_given_and_lost() {
    let site = Installation::new(Backend::Postgres);
    let nodes = [site.node(), site.node()];
    let (store, deps) = (site.store(), site.deps());
    let key = site.key("viewer@1001,1002");
    let number = WorkspaceNumber::parse("1002").expect("a number");
    let change = || ChangeKeyRole {
        id: key.client_id.parse().expect("an id"),
        request: RoleRequest { role: "viewer".to_owned(), workspaces: vec![number] },
    };
    let roles_in = |node: &Node, token: &str, workspace: &str| {
        let answer = node.introspect(&site.api, token).json();
        assert_eq!(answer["active"], true, "{answer}");
        answer["workspaces"][workspace].to_string()
    };
    for _ in 0..4 {
        let token = nodes[0].mint(&key);
        let before = roles_in(&nodes[1], &token, "1002");
        assert!(before.contains("viewer"), "{before}");
        let done = store.change(|tx| key_roles::take(tx, &deps, &Authority::OPERATOR, change()));
        done.expect("the role is taken");
        for node in &nodes {
            assert!(!roles_in(node, &token, "1002").contains("viewer"));
            assert!(roles_in(node, &token, "1001").contains("viewer"));
        }
        let given = store.change(|tx| key_roles::give(tx, &deps, &Authority::OPERATOR, change()));
        given.expect("the role is given");
        for node in &nodes {
            assert!(
                !roles_in(node, &token, "1002").contains("viewer"),
                "a role given again does not return to an old token"
            );
            assert!(roles_in(node, &node.mint(&key), "1002").contains("viewer"));
        }
    }
}

// Covers: G2, I9
#[test]
fn a_node_that_was_frozen_during_a_revocation_answers_rightly_at_once() {
    let site = Installation::new(Backend::Postgres);
    let (awake, frozen) = (site.node(), site.node());
    let key = site.key("viewer@1001,1002");
    let over = AtomicBool::new(false);
    let background = awake.mint(&key);
    thread::scope(|scope| {
        // Something is always under way in the node when it is frozen.
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    let answer = frozen.introspect(&site.api, &background);
                    assert!(answer.status == 503 || is_active(&answer), "{}", answer.body);
                }
            });
        }
        let _stop = Stop(&over);
        for round in 0..20 {
            let token = frozen.mint(&key);
            assert!(is_active(&answered(|| frozen.introspect(&site.api, &token))));
            frozen.process.signal("STOP");
            let tokens: Vec<_> = (0..=round % 4).map(|_| awake.mint(&key)).collect();
            for token in tokens.iter().chain([&token]) {
                assert_eq!(awake.revoke(&key, token).status, 200);
            }
            let first = thread::scope(|scope| {
                let asking = scope.spawn(|| frozen.introspect(&site.api, &token));
                frozen.process.signal("CONT");
                asking.join().expect("an answer")
            });
            assert!(first.status == 503 || !is_active(&first), "a frozen node woke up in the past");
            for token in tokens.iter().chain([&token]) {
                assert!(!is_active(&answered(|| frozen.introspect(&site.api, token))));
            }
        }
    });
}

/// Ends the threads in the background also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
