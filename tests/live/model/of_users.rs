//! Steps that change users, their roles and their passwords.

use keystead::{
    domain::{
        assignment::{Assignment, AssignmentSource, Reach},
        ids::UserId,
        permission::Level,
        user::{AccountType, Login},
    },
    manage::{
        self,
        user_roles::{self, GiveUserRole, IfKeys, InviteGuest, RemoveGuest, TakeUserRole},
        users::{self, CreateUser, EditUser, EnableUser, SetPassword},
    },
    store,
};

use super::{Step, world::Walk};
use crate::support::site::name;

const MOST_USERS: usize = 7;

pub(super) const STEPS: &[Step] = &[
    (2, create),
    (3, edit_switch),
    (1, edit_account),
    (2, edit_exemption),
    (2, disable),
    (4, enable),
    (1, remove),
    (2, set_password),
    (6, give),
    (5, take),
    (2, invite),
    (1, remove_guest),
    (3, give_by_provider),
    (2, take_by_provider),
];

fn create(walk: &mut Walk) {
    if walk.users.len() >= MOST_USERS {
        return remove(walk);
    }
    let login = Login::parse(&walk.new_word("user")).expect("a login");
    let account_type = walk.one_of(&[AccountType::Standard, AccountType::Standard, AccountType::Service]);
    let password = walk.chance(50).then(|| walk.password.clone());
    let input =
        CreateUser { account_type, password, ..CreateUser::person(walk.space(), login.clone(), name(login.as_str())) };
    let what = format!("create {login}, {account_type:?}, password: {}", input.password.is_some());
    if let Some(made) = walk.act(what, |tx, deps, by| users::create(tx, deps, by, input)) {
        walk.users.push((made.id, login));
    }
}

fn edit(walk: &mut Walk, what: &str, input: EditUser) {
    let id = input.id;
    walk.act(format!("edit {id}: {what}"), |tx, deps, by| users::edit(tx, deps, by, input));
}

fn edit_switch(walk: &mut Walk) {
    let (id, on) = (walk.user(), walk.chance(65));
    edit(walk, &format!("keys {on}"), EditUser { api_keys_enabled: Some(on), ..EditUser::of(id) });
}

fn edit_account(walk: &mut Walk) {
    let (id, kind) = (walk.user(), walk.one_of(&[AccountType::Standard, AccountType::Service]));
    edit(walk, &format!("{kind:?}"), EditUser { account_type: Some(kind), ..EditUser::of(id) });
}

fn edit_exemption(walk: &mut Walk) {
    let (id, exempt) = (walk.user(), walk.chance(50));
    edit(walk, &format!("exempt {exempt}"), EditUser { sso_exempt: Some(exempt), ..EditUser::of(id) });
}

fn disable(walk: &mut Walk) {
    let id = walk.user();
    walk.act(format!("disable {id}"), |tx, deps, by| users::disable(tx, deps, by, id));
}

fn enable(walk: &mut Walk) {
    let input = EnableUser { id: walk.user(), restore_keys: walk.chance(60) };
    walk.act(format!("enable: {input:?}"), |tx, deps, by| users::enable(tx, deps, by, input));
}

fn remove(walk: &mut Walk) {
    let id = walk.user();
    let owned = walk.site.store.snapshot(|tx| store::api_keys::ids_of_owner(tx, id)).expect("the database answers");
    if walk.act(format!("delete {id}"), |tx, deps, by| users::remove(tx, deps, by, id)).is_some() {
        walk.users.retain(|(known, _)| *known != id);
        walk.keys.retain(|known| !owned.contains(known));
    }
}

fn set_password(walk: &mut Walk) {
    let input = SetPassword { id: walk.user(), password: walk.password.clone() };
    walk.act(format!("set password of {}", input.id), |tx, deps, by| users::set_password(tx, deps, by, input));
}

fn give(walk: &mut Walk) {
    let input = GiveUserRole { id: walk.user(), space: walk.space(), request: walk.request() };
    walk.act(format!("give: {input:?}"), |tx, deps, by| user_roles::give(tx, deps, by, input));
}

fn take(walk: &mut Walk) {
    let Some((id, held)) = held_role(walk, AssignmentSource::Local) else { return };
    let Some(request) = request_of(walk, &held) else { return };
    let if_keys = walk.one_of(&[IfKeys::Cascade, IfKeys::Cascade, IfKeys::Refuse]);
    let input = TakeUserRole { id, space: held.space, request, if_keys };
    walk.act(format!("take: {input:?}"), |tx, deps, by| user_roles::take(tx, deps, by, input));
}

fn invite(walk: &mut Walk) {
    let index = walk.pick(walk.users.len());
    let input = InviteGuest { space: walk.space(), login: walk.users[index].1.clone(), request: walk.request() };
    walk.act(format!("invite: {input:?}"), |tx, deps, by| user_roles::invite_guest(tx, deps, by, input));
}

fn remove_guest(walk: &mut Walk) {
    let input = RemoveGuest { space: walk.space(), id: walk.user() };
    walk.act(format!("remove a guest: {input:?}"), |tx, deps, by| user_roles::remove_guest(tx, deps, by, input));
}

/// What a later login at an identity provider will do.
fn give_by_provider(walk: &mut Walk) {
    let (id, space, request) = (walk.user(), walk.space(), walk.request());
    walk.act(format!("provider gives {id} {request:?} in {space}"), |change, _, _| {
        let role =
            store::roles::find_by_name(change, space, &request.role)?.filter(|role| role.level == Level::Workspace);
        for number in &request.workspaces {
            let workspace = store::workspaces::find_numbered(change, *number)?.filter(|found| found.space == space);
            let (Some(role), Some(workspace)) = (&role, workspace) else { continue };
            let reach = Reach::Workspace(workspace.id);
            let source = AssignmentSource::IdentityProvider;
            let given = Assignment { space, role: role.id, reach, source, since: change.seq() };
            store::user_roles::give(change, id, role, &given)?;
        }
        Ok(())
    });
}

fn take_by_provider(walk: &mut Walk) {
    let Some((id, held)) = held_role(walk, AssignmentSource::IdentityProvider) else { return };
    walk.act(format!("provider takes from {id} {held:?}"), |change, _, _| {
        Ok(store::user_roles::take(change, id, &held)?)
    });
}

/// Some role that some user holds.
fn held_role(walk: &mut Walk, source: AssignmentSource) -> Option<(UserId, Assignment)> {
    let id = walk.user();
    let user = walk.site.store.snapshot(|tx| store::users::find(tx, id)).expect("the database answers")?;
    let held: Vec<Assignment> = user.roles.into_iter().filter(|held| held.source == source).collect();
    (!held.is_empty()).then(|| (id, walk.one_of(&held)))
}

fn request_of(walk: &Walk, held: &Assignment) -> Option<manage::RoleRequest> {
    let read = walk.site.store.snapshot(|tx| {
        let role = store::roles::find(tx, held.role)?;
        let workspace = match held.reach {
            Reach::Workspace(id) => store::workspaces::find(tx, id)?,
            Reach::Space | Reach::AllWorkspaces => None,
        };
        Ok::<_, store::Error>((role, workspace))
    });
    let (role, workspace) = read.expect("the database answers");
    let workspaces = workspace.map(|workspace| workspace.number).into_iter().collect();
    Some(manage::RoleRequest { role: role?.name.as_str().to_owned(), workspaces })
}
