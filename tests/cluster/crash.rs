//! `kill -9` at random points: what was acknowledged is there after the restart, and nothing is there by half.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{
    installation::{Installation, Node, credential},
    on_both,
    support::{process::Running, site::Credential},
};

const ROUNDS: u64 = 20;
const CLIENTS: u64 = 3;

/// What a client knows of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Nobody asked for its revocation.
    Kept,
    /// Its revocation was asked for and not answered: it may be either.
    Unanswered,
    /// Its revocation was acknowledged.
    Revoked,
}

#[derive(Default)]
struct Ledger(Mutex<BTreeMap<String, Known>>);

impl Ledger {
    fn note(&self, token: &str, known: Known) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned(), known);
    }

    fn count(&self, known: Known) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().filter(|one| **one == known).count()
    }

    /// Every client is right about every token. What was unanswered is settled by now and stays so.
    fn check(&self, node: &Node, api: &Credential) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (token, known) in tokens.iter_mut() {
            match (*known, node.is_active(api, token)) {
                (Known::Revoked, false) | (Known::Kept, true) => {}
                (Known::Unanswered, active) => *known = if active { Known::Kept } else { Known::Revoked },
                (known, active) => panic!("{known:?} before the crash, and now active: {active}"),
            }
        }
    }
}

/// Gets tokens and revokes most of them until the server is gone.
fn load(node: &Node, key: &Credential, ledger: &Ledger, mut random: StdRng, done: &mpsc::Sender<()>) {
    let form = [("grant_type", "client_credentials")];
    loop {
        let mint = node.client.post("/oauth/token").basic(&key.client_id, &key.secret).form(&form);
        let Ok(answer) = mint.try_send() else { return };
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token = answer.text("access_token");
        if random.random_ratio(2, 3) {
            ledger.note(&token, Known::Unanswered);
            let form = [("token", token.as_str())];
            let revoke = node.client.post("/oauth/revoke").basic(&key.client_id, &key.secret).form(&form);
            let Ok(answer) = revoke.try_send() else { return };
            assert_eq!(answer.status, 200, "{}", answer.body);
            ledger.note(&token, Known::Revoked);
        } else {
            ledger.note(&token, Known::Kept);
        }
        // Whoever counts may have stopped.
        let _ = done.send(());
    }
}

on_both! {
    // Covers: G1, RV-10, I6, I11, IN-09
    #[test]
    fn no_acknowledged_revocation_is_lost_by_twenty_kills(backend) {
        let site = Installation::new(backend);
        let key = site.key("viewer@1001,1002");
        let all = Ledger::default();
        let mut random = StdRng::seed_from_u64(2);
        let mut last = Ledger::default();
        for round in 0..ROUNDS {
            let mut node = site.node();
            last.check(&node, &site.api);
            site.check_whole();
            for (token, known) in std::mem::take(&mut last).0.into_inner().unwrap() {
                all.note(&token, known);
            }
            let requests = random.random_range(1..60);
            let (done, counted) = mpsc::channel();
            let pid = node.process.id();
            thread::scope(|scope| {
                for client in 0..CLIENTS {
                    let (node, key, last, done) = (&node, &key, &last, done.clone());
                    scope.spawn(move || load(node, key, last, StdRng::seed_from_u64(round * CLIENTS + client), &done));
                }
                assert_eq!(counted.iter().take(requests).count(), requests);
                node.process.signal("KILL");
            });
            assert!(!node.process.wait().success(), "{pid} was killed");
        }
        let node = site.node();
        last.check(&node, &site.api);
        all.check(&node, &site.api);
        site.check_whole();
        assert!(all.count(Known::Revoked) > 100 && all.count(Known::Kept) > 50);
    }

    // Covers: G1, L040
    #[test]
    fn a_key_that_was_revoked_right_before_a_kill_stays_revoked(backend) {
        let site = Installation::new(backend);
        let mut node = site.node();
        for _ in 0..3 {
            let key = site.key("viewer@1001");
            let token = node.mint(&key);
            site.run(&["key", "revoke", &key.client_id]);
            node.process.kill();
            node = site.node();
            assert!(!node.is_active(&site.api, &token));
            assert_eq!(node.token(&key).status, 401);
        }
        site.check_whole();
    }

    // Covers: KM-19, G1
    #[test]
    fn a_killed_command_has_regenerated_the_key_or_left_it_as_it_was(backend) {
        let site = Installation::new(backend);
        let node = site.node();
        let mut random = StdRng::seed_from_u64(19);
        let mut key = site.key("viewer@1001");
        let mut regenerated = 0;
        for _ in 0..12 {
            let token = node.mint(&key);
            let mut command = Running::spawn(&mut site.command(&["key", "regenerate", &key.client_id, "--expires", "none", "--json"]));
            // The only clock here: requests, which take about as long as the steps of the command.
            for _ in 0..random.random_range(0..60) {
                node.is_active(&site.api, &token);
            }
            command.kill();
            let shown = site.run(&["key", "show", &key.client_id]);
            let pairs = shown["pairs"].as_array().expect("a list");
            assert_eq!((pairs.len(), shown["status"].as_str()), (1, Some("active")));
            let replaced = pairs[0]["public_id"] != key.public_id.to_string();
            regenerated += i64::from(replaced);
            assert_eq!(site.number("SELECT count(*) FROM audit_events WHERE action = 'api_key.regenerate'"), regenerated);
            assert_eq!(node.is_active(&site.api, &token), !replaced);
            assert_eq!(node.token(&key).status == 200, !replaced);
            if replaced {
                // Its secret was lost with the killed command; the way out is the documented one.
                key = credential(&site.run(&["key", "regenerate", &key.client_id, "--expires", "none"]));
                regenerated += 1;
                assert_eq!(site.run(&["key", "show", &key.client_id])["pairs"].as_array().map(Vec::len), Some(1));
            }
        }
        site.check_whole();
    }
}
