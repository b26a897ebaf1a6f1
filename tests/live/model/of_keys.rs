//! Steps that change keys, their roles and their pairs.

use std::time::Duration;

use keystead::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{Mode, Owner, UserKeyRoles},
        key_pair::{ExpiryPolicy, PublicId},
        name::Description,
    },
    manage::{
        RoleRequest,
        api_keys::{self, CreateApiKey, EditApiKey, RegenerateApiKey},
        key_pairs::{self, AddPair, DeletePair, SetExpiry},
        key_roles::{self, ChangeKeyRole, SetKeyRoles},
    },
    store,
};

use super::{Step, world::Walk};
use crate::support::site::name;

const HOUR: Duration = Duration::from_hours(1);
const MOST_KEYS: usize = 9;

pub(super) const STEPS: &[Step] = &[
    (5, create),
    (1, edit_name),
    (4, edit_mode),
    (4, edit_user_roles),
    (3, set_roles),
    (6, give),
    (4, take),
    (2, revoke),
    (4, regenerate),
    (2, disable),
    (5, enable),
    (2, revoke_tokens),
    (1, remove),
    (4, add_pair),
    (2, delete_pair),
    (3, set_expiry),
    (1, revoke_token),
];

impl Walk {
    /// Some role, mostly in workspaces.
    pub(super) fn request(&mut self) -> RoleRequest {
        let in_workspaces = ["viewer", "editor", "ci_cd_integration", "datalink", "workspace_admin"];
        let in_space = ["auditor", "integration_bridge", "space_admin", "site_admin", "bridge_service"];
        let own = if self.roles.is_empty() { None } else { Some(self.pick(self.roles.len())) };
        let (role, mut count) = match (self.pick(10), own) {
            (0..=1, _) => (self.one_of(&in_space).to_owned(), 0),
            (2..=4, Some(index)) => (self.roles[index].1.clone(), self.pick(3)),
            _ => (self.one_of(&in_workspaces).to_owned(), 1 + self.pick(2)),
        };
        let mut workspaces = Vec::new();
        while count > 0 {
            workspaces.push(self.workspace());
            count -= 1;
        }
        RoleRequest { role, workspaces }
    }

    fn requests(&mut self) -> Vec<RoleRequest> {
        (0..self.pick(3)).map(|_| self.request()).collect()
    }

    fn expiry(&mut self) -> ExpiryPolicy {
        let soon = self.site.store.now().expect("the database answers").plus(HOUR);
        self.one_of(&[ExpiryPolicy::Never, ExpiryPolicy::Usual, ExpiryPolicy::NinetyDays, ExpiryPolicy::At(soon)])
    }

    /// A pair of this key, if it has any.
    fn pair_of(&mut self, key: keystead::domain::ids::ApiKeyId) -> Option<PublicId> {
        let read = self.site.store.snapshot(|tx| store::key_pairs::of_api_key(tx, key)).expect("the database answers");
        (!read.is_empty()).then(|| read[self.pick(read.len())].public_id)
    }
}

fn create(walk: &mut Walk) {
    if walk.keys.len() >= MOST_KEYS {
        return remove(walk);
    }
    let user = walk.user();
    let owner = match walk.pick(3) {
        0 => Owner::Space,
        1 => Owner::User { id: user, roles: UserKeyRoles::Inherit },
        _ => Owner::User { id: user, roles: UserKeyRoles::Subset },
    };
    let roles =
        if matches!(owner, Owner::User { roles: UserKeyRoles::Inherit, .. }) { Vec::new() } else { walk.requests() };
    let input = CreateApiKey {
        space: walk.space(),
        owner,
        name: name("Key"),
        description: Description::default(),
        mode: walk.one_of(&[None, Some(Mode::Full), Some(Mode::ReadOnly)]),
        roles,
        expiry: walk.expiry(),
        row_level_acknowledged: false,
        allowed_networks: AllowedNetworks::default(),
    };
    let what = format!("create key of {:?} in {:?} with {:?}, {:?}", owner, input.space, input.roles, input.expiry);
    if let Some(made) = walk.act(what, |tx, deps, by| api_keys::create(tx, deps, by, input)) {
        walk.keys.push(made.client_id);
        walk.keep(&made);
    }
}

fn edit_name(walk: &mut Walk) {
    let id = walk.key();
    let input =
        EditApiKey { name: Some(name(&walk.new_word("Key "))), row_level_acknowledged: true, ..EditApiKey::of(id) };
    walk.act(format!("rename {id}"), |tx, deps, by| api_keys::edit(tx, deps, by, input));
}

fn edit_mode(walk: &mut Walk) {
    let (id, mode) = (walk.key(), walk.one_of(&[Mode::Full, Mode::Full, Mode::ReadOnly]));
    let input = EditApiKey { mode: Some(mode), ..EditApiKey::of(id) };
    walk.act(format!("make {id} {mode:?}"), |tx, deps, by| api_keys::edit(tx, deps, by, input));
}

fn edit_user_roles(walk: &mut Walk) {
    let (id, kind) = (walk.key(), walk.one_of(&[UserKeyRoles::Inherit, UserKeyRoles::Subset]));
    let input = EditApiKey { user_roles: Some(kind), ..EditApiKey::of(id) };
    walk.act(format!("make {id} {kind:?}"), |tx, deps, by| api_keys::edit(tx, deps, by, input));
}

fn set_roles(walk: &mut Walk) {
    let input = SetKeyRoles { id: walk.key(), roles: walk.requests() };
    walk.act(format!("set roles of {} to {:?}", input.id, input.roles), |tx, deps, by| {
        key_roles::set(tx, deps, by, input)
    });
}

fn give(walk: &mut Walk) {
    let input = ChangeKeyRole { id: walk.key(), request: walk.request() };
    walk.act(format!("give {} {:?}", input.id, input.request), |tx, deps, by| key_roles::give(tx, deps, by, input));
}

fn take(walk: &mut Walk) {
    let id = walk.key();
    let input = ChangeKeyRole { id, request: walk.request() };
    walk.act(format!("take from {id} {:?}", input.request), |tx, deps, by| key_roles::take(tx, deps, by, input));
}

fn revoke(walk: &mut Walk) {
    let id = walk.key();
    walk.act(format!("revoke {id}"), |tx, deps, by| api_keys::revoke(tx, deps, by, id));
}

fn regenerate(walk: &mut Walk) {
    let input = RegenerateApiKey { id: walk.key(), expiry: walk.expiry() };
    let what = format!("regenerate {}, {:?}", input.id, input.expiry);
    if let Some(made) = walk.act(what, |tx, deps, by| api_keys::regenerate(tx, deps, by, input)) {
        walk.keep(&made);
    }
}

fn disable(walk: &mut Walk) {
    let id = walk.key();
    walk.act(format!("disable {id}"), |tx, deps, by| api_keys::disable(tx, deps, by, id));
}

fn enable(walk: &mut Walk) {
    let id = walk.key();
    walk.act(format!("enable {id}"), |tx, deps, by| api_keys::enable(tx, deps, by, id));
}

fn revoke_tokens(walk: &mut Walk) {
    let id = walk.key();
    if walk.act(format!("revoke tokens of {id}"), |tx, deps, by| api_keys::revoke_tokens(tx, deps, by, id)).is_some() {
        for token in walk.tokens.iter_mut().filter(|token| token.key() == id) {
            token.lives = false;
        }
    }
}

fn remove(walk: &mut Walk) {
    let id = walk.key();
    // Its secrets are tried on.
    if walk.act(format!("delete {id}"), |tx, deps, by| api_keys::remove(tx, deps, by, id)).is_some()
        && walk.keys.len() > 1
    {
        walk.keys.retain(|known| *known != id);
    }
}

fn add_pair(walk: &mut Walk) {
    let retire_other_after = walk.one_of(&[None, Some(HOUR)]);
    let input = AddPair { key: walk.key(), expiry: walk.expiry(), retire_other_after };
    let what = format!("add a pair: {input:?}");
    if let Some(made) = walk.act(what, |tx, deps, by| key_pairs::add(tx, deps, by, input)) {
        walk.keep(&made);
    }
}

fn delete_pair(walk: &mut Walk) {
    let key = walk.key();
    let Some(pair) = walk.pair_of(key) else { return };
    let input = DeletePair { key, pair, even_if_last: walk.chance(20) };
    walk.act(format!("delete a pair: {input:?}"), |tx, deps, by| key_pairs::delete(tx, deps, by, input));
}

fn set_expiry(walk: &mut Walk) {
    let key = walk.key();
    let Some(pair) = walk.pair_of(key) else { return };
    let input = SetExpiry { key, pair, expiry: walk.expiry() };
    walk.act(format!("set an expiry: {input:?}"), |tx, deps, by| key_pairs::set_expiry(tx, deps, by, input));
}

/// By its own key, on a node that nobody else uses.
fn revoke_token(walk: &mut Walk) {
    if walk.tokens.is_empty() {
        return;
    }
    let index = walk.pick(walk.tokens.len());
    let pair = walk.tokens[index].pair();
    let Some((id, key)) = walk.secrets.iter().find(|(_, secret)| secret.public_id == pair).cloned() else { return };
    let node = walk.fresh();
    let done = node.revoke(&key, &walk.tokens[index].text);
    walk.history.note(format!("{id} revokes a token: {done:?}"));
    if done.is_ok() {
        walk.tokens[index].lives = false;
    }
}
