//! `keystead user give-role`, `take-role`, `invite-guest` and `remove-guest`

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::{
    cli::{
        arguments::{SpaceArgument, UserArgument, login, role_request, words},
        context::{Context, Site},
        failure::Failure,
    },
    domain::{
        authority::Authority,
        ids::{SpaceId, UserId},
        user::Login,
    },
    manage::{
        self, RoleRequest, members,
        user_roles::{self, GiveUserRole, IfKeys, InviteGuest, RemoveGuest, TakeUserRole},
    },
    store::transaction::Reads,
};

#[derive(Args)]
pub(in crate::cli) struct Give {
    /// The user, by login or id
    user: UserArgument,
    /// The role, as ROLE or ROLE@WORKSPACE,WORKSPACE
    #[arg(value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    role: RoleRequest,
    /// Where, by name or id [default: the user's home]
    #[arg(long)]
    space: Option<SpaceArgument>,
}

#[derive(Args)]
pub(in crate::cli) struct Take {
    /// The user, by login or id
    user: UserArgument,
    /// The role, as ROLE or ROLE@WORKSPACE,WORKSPACE
    #[arg(value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    role: RoleRequest,
    /// Where, by name or id [default: the user's home]
    #[arg(long)]
    space: Option<SpaceArgument>,
    /// If keys of the user rest on the role: take it from them too, or do nothing and name them
    #[arg(long, value_name = "WHAT", default_value = "cascade")]
    if_keys: OnKeys,
}

/// What happens to keys that rest on a role.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnKeys {
    Cascade,
    Refuse,
}

#[derive(Args)]
pub(in crate::cli) struct Invite {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// What the guest types to log in
    #[arg(value_parser = login)]
    login: Login,
    /// The role, as ROLE or ROLE@WORKSPACE,WORKSPACE
    #[arg(value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    role: RoleRequest,
}

#[derive(Args)]
pub(in crate::cli) struct Remove {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// The guest, by login or id
    user: UserArgument,
}

/// The user, and the space that was named or is the user's home.
fn place(
    tx: &mut impl Reads,
    authority: &Authority,
    user: &UserArgument,
    space: Option<&SpaceArgument>,
) -> Result<(UserId, SpaceId), manage::Error> {
    let id = user.id(tx, authority)?;
    let space = match space {
        Some(space) => space.id(tx, authority)?,
        None => members::home_of(tx, authority, id)?,
    };
    Ok((id, space))
}

pub(super) fn give(context: &Context<'_>, site: &Site, give: Give) -> Result<(), Failure> {
    let Give { user, role: request, space } = give;
    let sentence = format!("The role {} is given.", request.role);
    let json = site.change(|change, deps, authority| {
        let (id, space) = place(change, authority, &user, space.as_ref())?;
        let json = json!({ "id": id, "space": space, "role": request.role, "workspaces": request.workspaces });
        user_roles::give(change, deps, authority, GiveUserRole { id, space, request })?;
        Ok(json)
    })?;
    context.printer.say(&json, &sentence)
}

pub(super) fn take(context: &Context<'_>, site: &Site, take: Take) -> Result<(), Failure> {
    let Take { user, role: request, space, if_keys } = take;
    let role = request.role.clone();
    let if_keys = match if_keys {
        OnKeys::Cascade => IfKeys::Cascade,
        OnKeys::Refuse => IfKeys::Refuse,
    };
    let (id, keys) = site.change(|change, deps, authority| {
        let (id, space) = place(change, authority, &user, space.as_ref())?;
        let input = TakeUserRole { id, space, request, if_keys };
        Ok((id, user_roles::take(change, deps, authority, input)?))
    })?;
    context.printer.print(&json!({ "id": id, "role": role, "keys": keys }), |out| {
        writeln!(out, "The role {role} is taken.")?;
        writeln!(out, "Keys that lost it: {}", words(&keys))
    })
}

pub(super) fn invite(context: &Context<'_>, site: &Site, invite: Invite) -> Result<(), Failure> {
    let Invite { space, login, role: request } = invite;
    let (sentence, role) = (format!("{login} is a guest now, with the role {}.", request.role), request.role.clone());
    let json = site.change(|change, deps, authority| {
        let space = space.id(change, authority)?;
        let id = user_roles::invite_guest(change, deps, authority, InviteGuest { space, login, request })?;
        Ok(json!({ "id": id, "space": space, "role": role }))
    })?;
    context.printer.say(&json, &sentence)
}

pub(super) fn remove(context: &Context<'_>, site: &Site, remove: &Remove) -> Result<(), Failure> {
    let json = site.change(|change, deps, authority| {
        let space = remove.space.id(change, authority)?;
        let id = remove.user.id(change, authority)?;
        user_roles::remove_guest(change, deps, authority, RemoveGuest { space, id })?;
        Ok(json!({ "id": id, "space": space, "guest": false }))
    })?;
    context.printer.say(&json, "The guest has no role here any more.")
}
