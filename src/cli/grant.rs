//! `keystead grant`: what users let applications do.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::{
    arguments::{SpaceArgument, UserArgument, or_dash, words},
    context::{Context, Site},
    failure::Failure,
    output::table,
    pages,
};
use crate::{
    domain::ids::GrantId,
    manage::grants::{self, AuthorizedApplication, ConsentOfUser},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the applications that a user, or the users of a space, authorized.
    #[command(after_help = "Examples:\n  keystead grant list --user ada\n  keystead grant list --space Example")]
    List(List),
    /// Withdraw what a user authorized; all that the application got is dead when this returns.
    #[command(after_help = "Example:\n  keystead grant withdraw gra_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Withdraw(Withdraw),
}

#[derive(Args)]
#[command(group = ArgGroup::new("whose").required(true).multiple(false).args(["user", "space"]))]
pub(super) struct List {
    /// Of this user, by login or id
    #[arg(long)]
    user: Option<UserArgument>,
    /// Of all users at home in this space, by name or id
    #[arg(long)]
    space: Option<SpaceArgument>,
}

#[derive(Args)]
pub(super) struct Withdraw {
    /// Id of the entry
    #[arg(value_name = "ID")]
    id: GrantId,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::List(whose) => list(context, &site, whose),
        Command::Withdraw(Withdraw { id }) => {
            site.change(|change, deps, authority| {
                let user = grants::user_of(change, authority, id)?;
                grants::withdraw(change, deps, authority, ConsentOfUser { user, grant: id })
            })?;
            let sentence = format!("The authorization {id} is withdrawn: all that the application got is dead.");
            context.printer.say(&json!({ "id": id, "withdrawn": true }), &sentence)
        }
    }
}

fn list(context: &Context<'_>, site: &Site, List { user, space }: List) -> Result<(), Failure> {
    let entries = site.read(|tx, authority| match (user, space) {
        (Some(user), _) => {
            let user = user.id(tx, authority)?;
            pages::all(|page| grants::list_of_user(tx, authority, user, page))
        }
        (None, Some(space)) => {
            let space = space.id(tx, authority)?;
            pages::all(|page| grants::list_of_space(tx, authority, space, page))
        }
        (None, None) => Ok(Vec::new()),
    })?;
    let json = json!({ "grants": entries.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| write(out, &entries))
}

/// Authorized applications, one a line.
pub(super) fn write(out: &mut dyn std::io::Write, entries: &[AuthorizedApplication]) -> std::io::Result<()> {
    let rows: Vec<_> = entries.iter().map(row).collect();
    table(out, ["ID", "USER", "APPLICATION", "RUN BY", "SCOPES", "LAST USE"], &rows)
}

fn row(entry: &AuthorizedApplication) -> [String; 6] {
    [
        entry.grant.id.to_string(),
        entry.user.login.to_string(),
        entry.application.name.to_string(),
        entry.run_by.to_string(),
        words(entry.grant.scopes.iter().map(|granted| &granted.scope)),
        or_dash(entry.usage.last_used_at),
    ]
}

/// The same for programs.
pub(super) fn as_json(entry: &AuthorizedApplication) -> Value {
    json!({
        "id": entry.grant.id,
        "user": entry.grant.user,
        "login": entry.user.login,
        "application": { "client_id": entry.application.id, "name": entry.application.name, "run_by": entry.run_by },
        "scopes": entry.grant.scopes.iter().map(|granted| granted.scope.as_str()).collect::<Vec<_>>(),
        "resources": entry.grant.resources.iter().map(|granted| &granted.audience).collect::<Vec<_>>(),
        "first_authorized_at": entry.usage.created_at,
        "last_used_at": entry.usage.last_used_at,
    })
}
