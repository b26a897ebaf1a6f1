//! `keystead workspace`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    arguments::{SpaceArgument, workspace_number},
    context::{Context, Site},
    failure::Failure,
    output::table,
    pages, user,
};
use crate::{
    domain::{
        name::Name,
        workspace::{Workspace, WorkspaceNumber},
    },
    manage::{
        members,
        workspaces::{self, CreateWorkspace, RenameWorkspace},
    },
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a workspace in a space.
    #[command(after_help = "Example:\n  keystead workspace create --space Example Production")]
    Create(Create),
    /// List the workspaces of a space.
    #[command(after_help = "Example:\n  keystead workspace list --space Example")]
    List(List),
    /// Give a workspace another name; tokens name it by its number.
    #[command(after_help = "Example:\n  keystead workspace rename 1001 Staging")]
    Rename(Rename),
    /// Close a workspace: roles in it do not count from now on.
    #[command(after_help = "Example:\n  keystead workspace close 1001")]
    Close(Numbered),
    /// Reopen a workspace: roles in it count again.
    #[command(after_help = "Example:\n  keystead workspace reopen 1001")]
    Reopen(Numbered),
    /// Remove a workspace with all roles in it; its number is never given again.
    #[command(after_help = "Example:\n  keystead workspace remove 1001")]
    Remove(Numbered),
    /// List the users who hold a role in a workspace.
    #[command(after_help = "Example:\n  keystead workspace members 1001")]
    Members(Numbered),
}

#[derive(Args)]
pub(super) struct Create {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Its name, unique in the space
    #[arg(value_parser = Name::parse)]
    name: Name,
}

#[derive(Args)]
pub(super) struct List {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
}

#[derive(Args)]
pub(super) struct Numbered {
    /// Number of the workspace
    #[arg(value_parser = workspace_number)]
    number: WorkspaceNumber,
}

#[derive(Args)]
pub(super) struct Rename {
    /// Number of the workspace
    #[arg(value_parser = workspace_number)]
    number: WorkspaceNumber,
    /// Its new name, unique in the space
    #[arg(value_parser = Name::parse)]
    name: Name,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(Create { space, name }) => {
            let workspace = site.change(|change, deps, authority| {
                let space = space.id(change, authority)?;
                workspaces::create(change, deps, authority, CreateWorkspace { space, name })
            })?;
            let sentence = format!("Workspace \"{}\" is made; its number is {}", workspace.name, workspace.number);
            context.printer.say(&as_json(&workspace), &sentence)
        }
        Command::List(List { space }) => list(context, &site, &space),
        Command::Rename(Rename { number, name }) => {
            let sentence = format!("Workspace {number} is called \"{name}\" now.");
            let workspace = site.change(|change, deps, authority| {
                workspaces::rename(change, deps, authority, RenameWorkspace { number, name })?;
                workspaces::show(change, authority, number)
            })?;
            context.printer.say(&as_json(&workspace), &sentence)
        }
        Command::Close(Numbered { number }) => {
            let workspace = site.change(|change, deps, authority| {
                workspaces::close(change, deps, authority, number)?;
                workspaces::show(change, authority, number)
            })?;
            context
                .printer
                .say(&as_json(&workspace), &format!("Workspace {number} is closed: roles in it do not count."))
        }
        Command::Reopen(Numbered { number }) => {
            let workspace = site.change(|change, deps, authority| {
                workspaces::reopen(change, deps, authority, number)?;
                workspaces::show(change, authority, number)
            })?;
            context.printer.say(&as_json(&workspace), &format!("Workspace {number} is open: roles in it count again."))
        }
        Command::Remove(Numbered { number }) => {
            site.change(|change, deps, authority| workspaces::remove(change, deps, authority, number))?;
            let sentence = format!("Workspace {number} is removed with all roles in it.");
            context.printer.say(&json!({ "number": number, "state": "removed" }), &sentence)
        }
        Command::Members(Numbered { number }) => {
            let members =
                site.read(|tx, authority| pages::all(|page| members::of_workspace(tx, authority, number, page)))?;
            user::list(context, &members, site.store.now()?)
        }
    }
}

fn list(context: &Context<'_>, site: &Site, space: &SpaceArgument) -> Result<(), Failure> {
    let found = site.read(|tx, authority| {
        let space = space.id(tx, authority)?;
        pages::all(|page| workspaces::list(tx, authority, space, page))
    })?;
    let row = |one: &Workspace| [one.number.to_string(), one.state.to_string(), one.name.to_string()];
    let rows: Vec<_> = found.iter().map(row).collect();
    let json = json!({ "workspaces": found.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["NUMBER", "STATE", "NAME"], &rows))
}

pub(super) fn as_json(workspace: &Workspace) -> Value {
    json!({ "number": workspace.number, "name": workspace.name, "state": workspace.state, "space": workspace.space })
}
