//! `keystead role`

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::{
    arguments::{SpaceArgument, role_name, words},
    context::{Context, Site},
    failure::Failure,
    output::{fields, table},
    pages,
};
use crate::{
    domain::{
        ids::RoleId,
        name::Description,
        permission::Level,
        role::{Role, RoleName},
    },
    manage::{
        names,
        roles::{self, CopyRole, CreateRole, EditRole},
    },
    store,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List roles, where each can be given and what it permits.
    #[command(after_help = "Example:\n  keystead role list --space Example")]
    List(List),
    /// Show a role and what it permits.
    #[command(after_help = "Example:\n  keystead role show --space Example viewer")]
    Show(Named),
    /// Make a role of a space.
    #[command(
        after_help = "Example:\n  keystead role create --space Example --level workspace --permission data.read --description 'Reads data, no reports' reader"
    )]
    Create(Create),
    /// Copy a role, to give the copy fewer permissions; it does not follow the original.
    #[command(
        after_help = "Example:\n  keystead role copy --space Example --permission data.read --permission data.write power_user loader"
    )]
    Copy(Copy),
    /// Change description and permissions of a role; what it loses, its holders lose at once.
    #[command(after_help = "Example:\n  keystead role edit --space Example --permission data.read loader")]
    Edit(Edit),
    /// Delete a role that nobody holds.
    #[command(after_help = "Example:\n  keystead role delete --space Example loader")]
    Delete(Named),
}

#[derive(Args)]
pub(super) struct List {
    /// Also the roles that this space made, by name or id
    #[arg(long)]
    space: Option<SpaceArgument>,
}

#[derive(Args)]
pub(super) struct Named {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Name of the role
    name: String,
}

#[derive(Args)]
pub(super) struct Create {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// The word that tokens carry
    #[arg(value_parser = role_name)]
    name: RoleName,
    /// Where it can be given: `space` or `workspace`
    #[arg(long)]
    level: Level,
    /// What it is for
    #[arg(long, default_value = "", value_parser = Description::parse)]
    description: Description,
    /// What it permits; may be repeated
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<String>,
}

#[derive(Args)]
pub(super) struct Copy {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// The role to copy: built in, or of the same space
    from: String,
    /// The word that tokens carry
    #[arg(value_parser = role_name)]
    name: RoleName,
    /// What the copy is for [default: that of the original]
    #[arg(long, value_parser = Description::parse)]
    description: Option<Description>,
    /// What the copy permits; may be repeated [default: what the original does]
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<String>,
}

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args([
    "description", "permissions", "no_permission",
]))]
pub(super) struct Edit {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Name of the role
    name: String,
    /// What it is for
    #[arg(long, value_parser = Description::parse)]
    description: Option<Description>,
    /// What it permits from now on; may be repeated
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<String>,
    /// It permits nothing
    #[arg(long, conflicts_with = "permissions")]
    no_permission: bool,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::List(List { space }) => list(context, &site, space.as_ref()),
        Command::Show(Named { space, name }) => {
            let role = site.read(|tx, authority| {
                let space = space.id(tx, authority)?;
                let id = names::role(tx, authority, space, &name)?;
                roles::show(tx, authority, id)
            })?;
            show(context, &role)
        }
        Command::Create(Create { space, name, level, description, permissions }) => {
            let role = site.change(|change, deps, authority| {
                let space = space.id(change, authority)?;
                let input = CreateRole { space, name, description, level, permissions };
                let id = roles::create(change, deps, authority, input)?;
                roles::show(change, authority, id)
            })?;
            show(context, &role)
        }
        Command::Copy(Copy { space, from, name, description, permissions }) => {
            let permissions = (!permissions.is_empty()).then_some(permissions);
            let role = site.change(|change, deps, authority| {
                let space = space.id(change, authority)?;
                let id =
                    roles::copy(change, deps, authority, CopyRole { space, from, name, description, permissions })?;
                roles::show(change, authority, id)
            })?;
            show(context, &role)
        }
        Command::Edit(Edit { space, name, description, permissions, no_permission }) => {
            let permissions = (no_permission || !permissions.is_empty()).then_some(permissions);
            let role = site.change(|change, deps, authority| {
                let space = space.id(change, authority)?;
                let id = names::role(change, authority, space, &name)?;
                roles::edit(change, deps, authority, EditRole { id, description, permissions })?;
                roles::show(change, authority, id)
            })?;
            show(context, &role)
        }
        Command::Delete(Named { space, name }) => {
            let id: RoleId = site.change(|change, deps, authority| {
                let space = space.id(change, authority)?;
                let id = names::role(change, authority, space, &name)?;
                roles::remove(change, deps, authority, id)?;
                Ok(id)
            })?;
            context
                .printer
                .say(&json!({ "id": id, "name": name, "deleted": true }), &format!("The role {name} is deleted."))
        }
    }
}

fn list(context: &Context<'_>, site: &Site, space: Option<&SpaceArgument>) -> Result<(), Failure> {
    let found = site.read(|tx, authority| match space {
        Some(space) => {
            let space = space.id(tx, authority)?;
            pages::all(|page| roles::list(tx, authority, space, page))
        }
        None => Ok(store::roles::of_space(tx, None)?),
    })?;
    let row = |role: &Role| [role.name.to_string(), role.level.to_string(), role.description.to_string()];
    let rows: Vec<_> = found.iter().filter(|role| role.is_assignable()).map(row).collect();
    let json = json!({ "roles": found.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["ROLE", "LEVEL", "FOR"], &rows))
}

fn show(context: &Context<'_>, role: &Role) -> Result<(), Failure> {
    context.printer.print(&as_json(role), |out| {
        writeln!(out, "Role {}", role.name)?;
        fields(
            out,
            &[
                ("id", role.id.to_string()),
                ("level", role.level.to_string()),
                ("built in", if role.is_built_in() { "yes" } else { "no" }.to_owned()),
                ("for", role.description.to_string()),
                ("permissions", words(role.permissions.iter().map(|held| &held.name))),
            ],
        )
    })
}

fn as_json(role: &Role) -> Value {
    json!({
        "id": role.id,
        "name": role.name,
        "level": role.level,
        "description": role.description,
        "permissions": role.permissions.iter().map(|held| &held.name).collect::<Vec<_>>(),
        "built_in": role.is_built_in(),
        "copied_from": role.copied_from,
        "assignable": role.is_assignable(),
    })
}
