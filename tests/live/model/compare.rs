//! What every node and the formula must agree on after each step.

use std::{collections::BTreeSet, sync::Arc};

use keystead::{
    domain::api_key::{Mode, Owner},
    live::{Live, LiveOptions},
    oauth::verify::Needs,
    store::Executor,
};
use serde_json::Value;

use super::{
    formula::{Named, Rights, Truth, named_in},
    world::{OTHER_AUDIENCE, Remembered, Walk},
};
use crate::{
    deciding::{Node, claims_of},
    support::site::{AUDIENCE, Credential},
};

const MOST_TOKENS: usize = 14;
const MOST_SECRETS: usize = 10;

impl Walk {
    /// Answers the rows that everything was compared with.
    pub(super) fn compare(&mut self, warm: &[Node; 2]) -> Truth {
        let fresh = self.fresh();
        let truth = Truth::read(self);
        Self::check_rows(&truth);
        let mut minted = self.check_logins(&truth, &fresh, warm);
        self.check_presented(&truth, &fresh, warm);
        self.check_tokens(&truth, &fresh, warm);
        // A few of the new tokens are kept, so that tokens of many ages are about.
        for _ in 0..2.min(minted.len()) {
            let index = self.pick(minted.len());
            self.tokens.push(Remembered::new(minted.swap_remove(index), &truth));
        }
        while self.tokens.len() > MOST_TOKENS {
            // Dead ones stay interesting, but not for ever.
            let dead = self.tokens.iter().position(|token| !token.lives).filter(|_| self.chance(70));
            let index = dead.unwrap_or_else(|| self.pick(self.tokens.len()));
            drop(self.tokens.remove(index));
        }
        while self.secrets.len() > MOST_SECRETS {
            let dead = self
                .secrets
                .iter()
                .position(|(id, secret)| truth.key(*id).is_none_or(|key| key.pair(secret.public_id).is_none()));
            drop(self.secrets.remove(dead.unwrap_or_default()));
        }
        truth
    }

    /// A node that remembers nothing, and has little room to.
    pub(super) fn fresh(&self) -> Node {
        let (executor, master) = (Executor::new(self.site.store.clone()), Arc::clone(&self.site.deps.master));
        let options = LiveOptions { records: 1_000, head_readers: 1, ..LiveOptions::default() };
        Node::new(Arc::new(Live::start(executor, master, options).expect("the view starts")))
    }

    /// At most two pairs, and no row of a user's key beyond its owner.
    fn check_rows(truth: &Truth) {
        for key in truth.keys() {
            assert!(key.pairs.len() <= 2, "{} has {} pairs", key.id, key.pairs.len());
            let rows: Rights = key.roles.iter().map(|held| (held.role, held.reach)).collect();
            match key.owner {
                Owner::Space => {}
                Owner::User { id, .. } => {
                    assert!(rows.is_subset(&truth.delegable(id)), "{} has rows that its owner has not", key.id);
                }
            }
        }
    }

    /// Each secret ever handed out gets a token from all nodes or from none, as the formula says. Answers the new tokens.
    fn check_logins(&mut self, truth: &Truth, fresh: &Node, warm: &[Node; 2]) -> Vec<String> {
        let served = [AUDIENCE, AUDIENCE, OTHER_AUDIENCE];
        let mut minted = Vec::new();
        for (id, secret) in self.secrets.clone() {
            let audience = self.one_of(&served);
            let expected = fresh.mint_for(&secret, audience);
            for node in warm {
                let told = node.mint_for(&secret, audience);
                assert_eq!(told.as_deref().map(claims), expected.as_deref().map(claims), "login of {id}");
            }
            let works = truth.is_usable(id, secret.public_id);
            match expected {
                Ok(token) => {
                    assert!(works, "{id} must not log in");
                    check_claims(truth, &token);
                    minted.push(token);
                }
                Err("invalid_target") => assert!(works && audience == OTHER_AUDIENCE, "{id} asks for a known resource"),
                Err(code) => assert!(!works && code == "invalid_client", "{id} must log in: {code}"),
            }
        }
        minted
    }

    /// A secret presented alone, at introspection and verify.
    fn check_presented(&self, truth: &Truth, fresh: &Node, warm: &[Node; 2]) {
        for (id, secret) in &self.secrets {
            let expected = fresh.introspect(&self.steady, &secret.secret);
            let verified = fresh.verify(&self.steady, &secret.secret, Needs::default());
            for node in warm {
                assert_eq!(node.introspect(&self.steady, &secret.secret), expected, "{id} presented");
                assert_eq!(node.verify(&self.steady, &secret.secret, Needs::default()), verified, "{id} presented");
            }
            assert_eq!(expected.is_some(), truth.is_usable(*id, secret.public_id), "{id} presented");
            assert_eq!(expected.is_some(), verified.starts_with("Identity"), "{id} presented: {verified}");
            let (Some(said), Some(key)) = (expected, truth.key(*id)) else { continue };
            let base = truth.counting(&truth.given(key));
            check_rights(truth, &said, &base, key.mode);
            if let Owner::User { id: owner, .. } = key.owner {
                let of_owner = truth.permissions(&truth.counting(&truth.delegable(owner)), Mode::Full);
                let of_key = named_in(&said["permissions"]["space"], &said["permissions"]["workspaces"]);
                assert!(is_within(&of_key, &of_owner), "{id} exceeds its owner: {of_key:?}, {of_owner:?}");
            }
        }
    }

    /// What is said of every token, and that none comes back or grows.
    fn check_tokens(&mut self, truth: &Truth, fresh: &Node, warm: &[Node; 2]) {
        let (steady, index) = (self.site.resource_server.clone(), self.pick(self.changing.len()));
        let callers = [steady.clone(), self.changing[index].clone()];
        let workspace = self.workspace();
        let needs = Needs { workspace: Some(workspace), permission: Some("data.read"), ..Needs::default() };
        for token in &mut self.tokens {
            token.update(truth);
            let of = token.key();
            for caller in &callers {
                let expected = fresh.ask(caller, &token.text);
                for node in warm {
                    assert_eq!(node.ask(caller, &token.text), expected, "a token of {of}");
                }
                token.check(truth, caller, &steady, expected);
            }
            let expected = fresh.verify(&steady, &token.text, needs);
            for node in warm {
                assert_eq!(node.verify(&steady, &token.text, needs), expected, "a token of {of}");
            }
        }
    }
}

impl Remembered {
    /// What was away at one step is away for good (ruling 17).
    fn update(&mut self, truth: &Truth) {
        self.lives &= truth.is_usable(self.key(), self.pair()) && !truth.is_past(self.facts.expires_at);
        match truth.key(self.key()) {
            Some(key) => {
                let given = truth.given(key);
                self.carries.retain(|held| given.contains(held));
                self.writes &= key.mode == Mode::Full;
            }
            None => self.carries.clear(),
        }
    }

    fn check(&self, truth: &Truth, caller: &Credential, steady: &Credential, said: Result<Option<Value>, &str>) {
        let of = self.key();
        let is_steady = caller.client_id == steady.client_id;
        let said = match said {
            Ok(said) => said,
            Err(code) => return assert!(!is_steady, "the steady resource server is unknown: {code}"),
        };
        if is_steady && self.audience == AUDIENCE {
            assert_eq!(said.is_some(), self.lives, "a token of {of}");
        }
        let Some(said) = said else { return };
        assert!(self.lives, "a token of {of} came back");
        let key = truth.key(of).expect("it is usable");
        let mode = if self.writes { Mode::Full } else { Mode::ReadOnly };
        check_rights(truth, &said, &truth.counting(&self.carries), mode);
        let of_key = truth.permissions(&truth.counting(&truth.given(key)), key.mode);
        let of_token = named_in(&said["permissions"]["space"], &said["permissions"]["workspaces"]);
        assert!(is_within(&of_token, &of_key), "a token of {of} exceeds its key: {of_token:?}, {of_key:?}");
    }
}

/// Roles and permissions that are said are exactly those of these rights.
fn check_rights(truth: &Truth, said: &Value, rights: &Rights, mode: Mode) {
    assert_eq!(named_in(&said["roles"], &said["workspaces"]), truth.names(rights), "{said}");
    let permissions = named_in(&said["permissions"]["space"], &said["permissions"]["workspaces"]);
    assert_eq!(permissions, truth.permissions(rights, mode), "{said}");
    assert_eq!(said["scope"], if mode == Mode::Full { "read write" } else { "read" });
}

/// A new token names what its key holds, and ends in time.
fn check_claims(truth: &Truth, token: &str) {
    let made = Remembered::new(token.to_owned(), truth);
    let key = truth.key(made.key()).expect("it logged in");
    let claims = claims_of(token);
    let base = truth.counting(&truth.given(key));
    assert_eq!(named_in(&claims["roles"], &claims["workspaces"]), truth.names(&base), "{claims}");
    let life = claims["exp"].as_i64().expect("a number") - claims["iat"].as_i64().expect("a number");
    let most =
        truth.space(key.space).token_life.map_or(900, |life| i64::try_from(life.as_secs()).expect("it is short"));
    assert!(life <= most, "a life of {life} s instead of {most}");
    let end_of_pair = key.pair(made.pair()).expect("it logged in").expires_at;
    assert!(end_of_pair.is_none_or(|end| made.facts.expires_at <= end), "a token outlives its pair");
}

fn is_within(inner: &Named, outer: &Named) -> bool {
    let nothing = BTreeSet::new();
    inner.iter().all(|(place, words)| {
        let here = outer.get(place).unwrap_or(&nothing);
        words.is_subset(here)
    })
}

/// What two tokens that were made at the same moment for the same key must agree on.
fn claims(token: &str) -> Value {
    let mut claims = claims_of(token);
    let members = claims.as_object_mut().expect("an object");
    for of_its_own in ["jti", "iat", "nbf", "exp"] {
        members.remove(of_its_own).expect("every token has it");
    }
    claims
}
