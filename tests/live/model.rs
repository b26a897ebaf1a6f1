//! A random walk through changes, after each of which the warm view of two processes is compared with a plain
//! re-computation from the tables: a view that has just been made and remembers nothing.

use keystead::{
    domain::{
        api_key::{Mode, Owner, UserKeyRoles},
        authority::Authority,
        ids::UserId,
        key_pair::ExpiryPolicy,
    },
    manage::{
        self,
        api_keys::{EditApiKey, RegenerateApiKey},
        key_roles::ChangeKeyRole,
        user_roles::GiveUserRole,
        users::EnableUser,
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    deciding::Node,
    on_both,
    support::site::{Credential, TestSite, key_id},
};

const ROLES: [&str; 3] = ["viewer", "editor", "ci_cd_integration"];
const STEPS: usize = 60;

struct Walk {
    site: TestSite,
    random: StdRng,
    user: UserId,
    keys: Vec<Credential>,
    tokens: Vec<(String, bool)>,
}

impl Walk {
    fn new(site: TestSite, seed: u64) -> Self {
        let user = site.user("owner");
        for role in ROLES {
            let request = site.role(role, &[0, 1]);
            let input = GiveUserRole { id: user, space: site.space, request };
            site.change(|change, deps| manage::user_roles::give(change, deps, &Authority::OPERATOR, input));
        }
        let owned = |roles| Owner::User { id: user, roles };
        let keys = vec![
            site.key("viewer", &[0]),
            site.key("editor", &[0, 1]),
            site.key_with(|key| key.owner = owned(UserKeyRoles::Inherit)),
            site.key_with(|key| {
                key.owner = owned(UserKeyRoles::Subset);
                key.roles = vec![site.role("viewer", &[1])];
            }),
        ];
        Self { site, random: StdRng::seed_from_u64(seed), user, keys, tokens: Vec::new() }
    }

    fn pick(&mut self, most: usize) -> usize {
        self.random.random_range(0..most)
    }

    /// One random change. Those that the rules refuse change nothing, which is compared as well.
    fn step(&mut self) {
        let index = self.pick(self.keys.len());
        let id = key_id(&self.keys[index]);
        let origin = &Authority::OPERATOR;
        let (role, place, choice) = (ROLES[self.pick(3)], self.pick(2), self.pick(14));
        let site = &self.site;
        let workspace = site.workspaces[place].0;
        let request = site.role(role, &[place]);
        match choice {
            0 => drop(site.try_change(|tx, deps| manage::api_keys::disable(tx, deps, origin, id))),
            1 | 2 => drop(site.try_change(|tx, deps| manage::api_keys::enable(tx, deps, origin, id))),
            3 => drop(site.try_change(|tx, deps| manage::api_keys::revoke(tx, deps, origin, id))),
            4 | 5 => {
                let input = RegenerateApiKey { id, expiry: ExpiryPolicy::Never };
                if let Ok(new) = site.try_change(|tx, deps| manage::api_keys::regenerate(tx, deps, origin, input)) {
                    let (public_id, secret) = (new.public_id, new.secret.expose().to_owned());
                    self.keys[index] = Credential { client_id: id.to_string(), public_id, secret };
                }
            }
            6 => {
                let input = ChangeKeyRole { id, request };
                drop(site.try_change(|tx, deps| manage::key_roles::give(tx, deps, origin, input)));
            }
            7 => {
                let input = ChangeKeyRole { id, request };
                drop(site.try_change(|tx, deps| manage::key_roles::take(tx, deps, origin, input)));
            }
            8 => {
                let mode = if place == 0 { Mode::Full } else { Mode::ReadOnly };
                drop(site.try_change(|tx, deps| {
                    manage::api_keys::edit(tx, deps, origin, EditApiKey { mode: Some(mode), ..EditApiKey::of(id) })
                }));
            }
            9 => drop(site.try_change(|tx, deps| manage::workspaces::close(tx, deps, origin, workspace))),
            10 => drop(site.try_change(|tx, deps| manage::workspaces::reopen(tx, deps, origin, workspace))),
            11 => drop(site.try_change(|tx, deps| manage::users::disable(tx, deps, origin, self.user))),
            12 => {
                let input = EnableUser { id: self.user, restore_keys: true };
                drop(site.try_change(|tx, deps| manage::users::enable(tx, deps, origin, input)));
            }
            _ => {
                let input = GiveUserRole { id: self.user, space: site.space, request };
                drop(site.try_change(|tx, deps| manage::user_roles::give(tx, deps, origin, input)));
            }
        }
    }

    /// What two warm processes say of every key and every token so far is what a fresh one says, and nothing that was
    /// inactive is active again.
    fn compare(&mut self, warm: &[Node; 2]) {
        let fresh = Node::new(self.site.live());
        let caller = &self.site.resource_server;
        for (index, key) in self.keys.iter().enumerate() {
            let expected = fresh.mint(key);
            for node in warm {
                assert_eq!(node.mint(key).is_ok(), expected.is_ok(), "key {index}");
            }
            if let Ok(token) = expected {
                self.tokens.push((token, true));
            }
        }
        for (token, was_active) in &mut self.tokens {
            let expected = fresh.introspect(caller, token);
            for node in warm {
                assert_eq!(node.introspect(caller, token), expected);
            }
            assert!(*was_active || expected.is_none(), "once inactive, never active again");
            *was_active = expected.is_some();
        }
        // Dead tokens stay interesting, but not for ever.
        let surplus = self.tokens.len().saturating_sub(24);
        self.tokens.drain(..surplus);
    }
}

on_both! {
    // Covers: I9, I10, IN-08, IN-09
    #[test]
    fn after_every_change_the_view_answers_what_the_tables_say(backend) {
        for seed in 0..2 {
            let mut walk = Walk::new(TestSite::new(backend), seed);
            let warm = [Node::new(walk.site.live()), Node::new(walk.site.live())];
            for _ in 0..STEPS {
                walk.step();
                walk.compare(&warm);
            }
        }
    }
}
