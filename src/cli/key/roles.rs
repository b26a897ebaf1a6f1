//! `keystead key roles set`, `give-role`, `take-role` and `grantable`

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::shown::show;
use crate::{
    cli::{
        arguments::{UserArgument, or_dash, role_request},
        context::{Context, Site},
        failure::Failure,
        output::table,
        pages,
    },
    domain::ids::ApiKeyId,
    manage::{
        RoleRequest, facts,
        grantable::{self, Grantable},
        key_roles::{self, ChangeKeyRole, SetKeyRoles},
    },
};

#[derive(Subcommand)]
pub(in crate::cli) enum RolesCommand {
    /// Set the roles of a key: those named and no others.
    #[command(
        after_help = "Example:\n  keystead key roles set key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 viewer@1001 ci_cd_integration@1001,1002"
    )]
    Set(SetRoles),
}

#[derive(Args)]
pub(in crate::cli) struct SetRoles {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
    /// The roles, as ROLE or ROLE@WORKSPACE,WORKSPACE; none takes all away
    #[arg(value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    roles: Vec<RoleRequest>,
}

#[derive(Args)]
pub(in crate::cli) struct OneRole {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
    /// The role, as ROLE or ROLE@WORKSPACE,WORKSPACE
    #[arg(value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    role: RoleRequest,
}

#[derive(Args)]
#[command(group = ArgGroup::new("whom").required(true).multiple(false).args(["id", "owner"]))]
pub(in crate::cli) struct GrantableTo {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: Option<ApiKeyId>,
    /// What a new key of this user could get, by login or id
    #[arg(long, value_name = "USER")]
    owner: Option<UserArgument>,
}

pub(super) fn set(context: &Context<'_>, site: &Site, command: RolesCommand) -> Result<(), Failure> {
    let RolesCommand::Set(SetRoles { id, roles }) = command;
    let facts = site.change(|change, deps, authority| {
        key_roles::set(change, deps, authority, SetKeyRoles { id, roles })?;
        facts::show(change, authority, id)
    })?;
    show(context, &facts, site.store.now()?)
}

pub(super) fn give(context: &Context<'_>, site: &Site, one: OneRole) -> Result<(), Failure> {
    let OneRole { id, role: request } = one;
    let facts = site.change(|change, deps, authority| {
        key_roles::give(change, deps, authority, ChangeKeyRole { id, request })?;
        facts::show(change, authority, id)
    })?;
    show(context, &facts, site.store.now()?)
}

pub(super) fn take(context: &Context<'_>, site: &Site, one: OneRole) -> Result<(), Failure> {
    let OneRole { id, role: request } = one;
    let facts = site.change(|change, deps, authority| {
        key_roles::take(change, deps, authority, ChangeKeyRole { id, request })?;
        facts::show(change, authority, id)
    })?;
    show(context, &facts, site.store.now()?)
}

pub(super) fn grantable_to(context: &Context<'_>, site: &Site, to: &GrantableTo) -> Result<(), Failure> {
    let found = site.read(|tx, authority| match (to.id, &to.owner) {
        (Some(id), _) => pages::all(|page| grantable::for_key(tx, authority, id, page)),
        (None, Some(owner)) => {
            let owner = owner.id(tx, authority)?;
            pages::all(|page| grantable::for_user(tx, authority, owner, page))
        }
        (None, None) => Ok(Vec::new()),
    })?;
    let rows: Vec<_> = found.iter().map(row).collect();
    let json = json!({ "grantable": found.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["ROLE", "WORKSPACE", "CAN BE GIVEN", "FOR"], &rows))
}

fn row(one: &Grantable) -> [String; 4] {
    let workspace = one.workspace.as_ref().map(|(number, name)| format!("{number} {name}"));
    let answer = one.reason.map_or_else(|| "yes".to_owned(), |reason| format!("no: {reason}"));
    [one.role.to_string(), or_dash(workspace), answer, one.description.to_string()]
}

fn as_json(one: &Grantable) -> Value {
    json!({
        "role": one.role, "space": one.space, "workspace": one.workspace.as_ref().map(|(number, _)| number),
        "grantable": one.reason.is_none(), "reason": one.reason,
    })
}
