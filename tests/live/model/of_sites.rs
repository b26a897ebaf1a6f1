//! Steps that change spaces, workspaces, roles, resource servers and the time.

use std::time::Duration;

use keystead::{
    domain::key_pair::ExpiryPolicy,
    domain::{
        ids::ResourceServerId,
        name::Description,
        permission::{Level, PermissionClass, PermissionName, RegisteredPermission},
        role::RoleName,
    },
    manage::{
        resource_servers::{self, AddServerPair, DeleteServerPair, EditResourceServer, ForgetPermission},
        roles::{self, CopyRole, CreateRole, EditRole},
        spaces::{self, EditSpace},
        workspaces::{self, CreateWorkspace, RenameWorkspace},
    },
};

use super::{
    Step,
    world::{OTHER_AUDIENCE, Walk},
};
use crate::support::credential::resource_server_id;
use crate::support::site::{Credential, audience, name};

const DAY: Duration = Duration::from_hours(24);
const MINUTE: Duration = Duration::from_mins(1);
const REGISTERED: [&str; 2] = ["orders.see", "orders.ship"];
const MOST_WORKSPACES: usize = 6;
const MOST_ROLES: usize = 4;

pub(super) const STEPS: &[Step] = &[
    (3, edit_switches),
    (3, edit_lives),
    (3, edit_passwords),
    (1, close_space),
    (3, reopen_space),
    (2, create_workspace),
    (2, close_workspace),
    (4, reopen_workspace),
    (1, rename_workspace),
    (1, remove_workspace),
    (3, create_role),
    (2, copy_role),
    (4, edit_role),
    (1, remove_role),
    (2, edit_audiences),
    (1, edit_acceptance),
    (1, disable_server),
    (2, enable_server),
    (1, add_server_pair),
    (1, delete_server_pair),
    (2, register),
    (1, forget),
    (4, wait),
];

fn edit(walk: &mut Walk, input: EditSpace) -> bool {
    let what = format!("edit space: {input:?}");
    walk.act(what, |tx, deps, by| spaces::edit(tx, deps, by, input)).is_some()
}

fn edit_switches(walk: &mut Walk) {
    let input = EditSpace {
        api_keys_supported: walk.chance(30).then_some(true).or(walk.chance(10).then_some(false)),
        api_keys_enabled: Some(walk.chance(70)),
        key_creation_restricted: Some(walk.chance(30)),
        ..EditSpace::of(walk.space())
    };
    edit(walk, input);
}

fn edit_lives(walk: &mut Walk) {
    let token_life = walk.one_of(&[None, Some(5 * MINUTE), Some(20 * MINUTE)]);
    let pair_life = walk.one_of(&[None, None, Some(30 * DAY), Some(120 * DAY)]);
    let input = EditSpace {
        token_life: Some(token_life),
        pair_life: Some(pair_life),
        name: Some(name(&walk.new_word("Space "))),
        email_domains: Some(Vec::new()),
        ..EditSpace::of(walk.space())
    };
    edit(walk, input);
}

fn edit_passwords(walk: &mut Walk) {
    let life = walk.one_of(&[None, Some(30 * MINUTE), Some(30 * DAY), Some(60 * DAY)]);
    let input =
        EditSpace { sso_enabled: Some(walk.chance(50)), password_life: Some(life), ..EditSpace::of(walk.space()) };
    edit(walk, input);
}

fn close_space(walk: &mut Walk) {
    let id = walk.space();
    walk.act(format!("close {id}"), |tx, deps, by| spaces::close(tx, deps, by, id));
}

fn reopen_space(walk: &mut Walk) {
    let id = walk.space();
    walk.act(format!("reopen {id}"), |tx, deps, by| spaces::reopen(tx, deps, by, id));
}

fn create_workspace(walk: &mut Walk) {
    if walk.workspaces.len() >= MOST_WORKSPACES {
        return remove_workspace(walk);
    }
    let input = CreateWorkspace { space: walk.space(), name: name(&walk.new_word("Workspace ")) };
    let what = format!("create a workspace in {}", input.space);
    if let Some(made) = walk.act(what, |tx, deps, by| workspaces::create(tx, deps, by, input)) {
        walk.workspaces.push(made.number);
    }
}

fn close_workspace(walk: &mut Walk) {
    let number = walk.workspace();
    walk.act(format!("close {number}"), |tx, deps, by| workspaces::close(tx, deps, by, number));
}

fn reopen_workspace(walk: &mut Walk) {
    let number = walk.workspace();
    walk.act(format!("reopen {number}"), |tx, deps, by| workspaces::reopen(tx, deps, by, number));
}

fn rename_workspace(walk: &mut Walk) {
    let input = RenameWorkspace { number: walk.workspace(), name: name(&walk.new_word("Workspace ")) };
    walk.act(format!("rename {}", input.number), |tx, deps, by| workspaces::rename(tx, deps, by, input));
}

fn remove_workspace(walk: &mut Walk) {
    let number = walk.workspace();
    let done = walk.act(format!("remove {number}"), |tx, deps, by| workspaces::remove(tx, deps, by, number));
    // Now and then somebody still asks for one that is gone.
    if done.is_some() && walk.workspaces.len() > 2 {
        walk.workspaces.retain(|known| *known != number);
    }
}

fn permissions(walk: &mut Walk) -> Vec<String> {
    let known = [
        "data.read",
        "data.write",
        "reports.read",
        "pipelines.read",
        "pipelines.manage",
        "workspace.manage",
        "keys.manage",
        "users.manage",
        "roles.manage",
        REGISTERED[0],
        REGISTERED[1],
    ];
    (0..=walk.pick(2)).map(|_| walk.one_of(&known).to_owned()).collect()
}

fn create_role(walk: &mut Walk) {
    if walk.roles.len() >= MOST_ROLES {
        return remove_role(walk);
    }
    let word = walk.new_word("role_");
    let input = CreateRole {
        space: walk.space(),
        name: RoleName::parse(&word).expect("a name"),
        description: Description::default(),
        level: walk.one_of(&[Level::Workspace, Level::Workspace, Level::Space]),
        permissions: permissions(walk),
    };
    let what = format!("create {word}, {:?}, {:?}", input.level, input.permissions);
    if let Some(id) = walk.act(what, |tx, deps, by| roles::create(tx, deps, by, input)) {
        walk.roles.push((id, word));
    }
}

fn copy_role(walk: &mut Walk) {
    let word = walk.new_word("copy_");
    let from = walk.request().role;
    let permissions = walk.chance(30).then(|| permissions(walk));
    let what = format!("copy {from} to {word}, {permissions:?}");
    let input = CopyRole {
        space: walk.space(),
        from,
        name: RoleName::parse(&word).expect("a name"),
        description: None,
        permissions,
    };
    if let Some(id) = walk.act(what, |tx, deps, by| roles::copy(tx, deps, by, input)) {
        walk.roles.push((id, word));
    }
}

fn edit_role(walk: &mut Walk) {
    if walk.roles.is_empty() {
        return create_role(walk);
    }
    let index = walk.pick(walk.roles.len());
    let (id, word) = walk.roles[index].clone();
    let permissions = permissions(walk);
    let what = format!("edit {word}: {permissions:?}");
    let input = EditRole { id, description: None, permissions: Some(permissions) };
    walk.act(what, |tx, deps, by| roles::edit(tx, deps, by, input));
}

fn remove_role(walk: &mut Walk) {
    if walk.roles.is_empty() {
        return;
    }
    let index = walk.pick(walk.roles.len());
    let (id, word) = walk.roles[index].clone();
    if walk.act(format!("remove {word}"), |tx, deps, by| roles::remove(tx, deps, by, id)).is_some() {
        walk.roles.remove(index);
    }
}

fn server(walk: &Walk) -> ResourceServerId {
    resource_server_id(&walk.changing[0])
}

fn edit_audiences(walk: &mut Walk) {
    let mut audiences = vec![audience("https://third.example.com")];
    if walk.chance(75) {
        audiences.push(audience(OTHER_AUDIENCE));
    }
    let input = EditResourceServer { id: server(walk), name: None, audiences: Some(audiences), accepts_api_keys: None };
    let what = format!("edit audiences: {:?}", input.audiences);
    walk.act(what, |tx, deps, by| resource_servers::edit(tx, deps, by, input));
}

fn edit_acceptance(walk: &mut Walk) {
    let accepts_api_keys = Some(walk.chance(60));
    let input = EditResourceServer { id: server(walk), name: None, audiences: None, accepts_api_keys };
    walk.act(format!("accepts keys: {accepts_api_keys:?}"), |tx, deps, by| resource_servers::edit(tx, deps, by, input));
}

fn disable_server(walk: &mut Walk) {
    let id = server(walk);
    walk.act(format!("disable {id}"), |tx, deps, by| resource_servers::disable(tx, deps, by, id));
}

fn enable_server(walk: &mut Walk) {
    let id = server(walk);
    walk.act(format!("enable {id}"), |tx, deps, by| resource_servers::enable(tx, deps, by, id));
}

fn add_server_pair(walk: &mut Walk) {
    let input =
        AddServerPair { id: server(walk), expiry: walk.one_of(&[ExpiryPolicy::Never, ExpiryPolicy::NinetyDays]) };
    let made =
        walk.act(format!("add a pair: {input:?}"), |tx, deps, by| resource_servers::add_pair(tx, deps, by, input));
    if let Some(made) = made {
        let secret = made.secret.expose().to_owned();
        walk.changing.push(Credential { client_id: made.client_id.to_string(), public_id: made.public_id, secret });
        // The first one is always kept: it tells which server it is.
        if walk.changing.len() > 4 {
            walk.changing.remove(1);
        }
    }
}

fn delete_server_pair(walk: &mut Walk) {
    let index = walk.pick(walk.changing.len());
    let input = DeleteServerPair { id: server(walk), pair: walk.changing[index].public_id };
    walk.act(format!("delete a pair: {input:?}"), |tx, deps, by| resource_servers::delete_pair(tx, deps, by, input));
}

fn register(walk: &mut Walk) {
    let input = RegisteredPermission {
        name: PermissionName::parse(walk.one_of(&REGISTERED)).expect("a name"),
        resource_server: server(walk),
        class: walk.one_of(&[PermissionClass::Read, PermissionClass::Write]),
        level: walk.one_of(&[Level::Workspace, Level::Space]),
        description: Description::default(),
    };
    let what = format!("register {input:?}");
    walk.act(what, |tx, deps, by| resource_servers::register_permission(tx, deps, by, &input));
}

fn forget(walk: &mut Walk) {
    let input = ForgetPermission { id: server(walk), name: walk.one_of(&REGISTERED).to_owned() };
    walk.act(format!("forget {}", input.name), |tx, deps, by| resource_servers::forget_permission(tx, deps, by, input));
}

fn wait(walk: &mut Walk) {
    let by = walk.one_of(&[2 * MINUTE, 2 * MINUTE, 10 * MINUTE, 10 * MINUTE, 61 * MINUTE, 31 * DAY]);
    walk.site.clock.advance(by);
    walk.history.note(format!("{} minutes pass", by.as_secs() / 60));
}
