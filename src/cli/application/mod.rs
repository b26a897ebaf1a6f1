//! `keystead application`: one file for each group of verbs.

mod approval;
mod create;
mod edit;
mod life;
mod list;
mod pair;
mod shown;

use clap::{Args, Subcommand};

pub(super) use list::write;
pub(super) use shown::as_json;

use super::{context::Context, failure::Failure};
use crate::{domain::ids::ApplicationId, manage::applications};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Register an application; the secret of a confidential one is printed once.
    #[command(
        after_help = "Examples:\n  keystead application create --space Example --redirect-uri https://shop.example.com/callback --scope openid --optional-scope profile 'Example shop'\n  keystead application create --space Example --kind public --redirect-uri http://127.0.0.1/callback --scope openid 'Example desktop'"
    )]
    Create(create::Create),
    /// List the applications of a space or of a user.
    #[command(after_help = "Example:\n  keystead application list --space Example")]
    List(list::List),
    /// Show an application and its pairs.
    #[command(after_help = "Example:\n  keystead application show app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Show(Named),
    /// Change an application; its tokens lose at once what it loses, and gain nothing.
    #[command(
        after_help = "Example:\n  keystead application edit --optional-scope profile --optional-scope email app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    Edit(edit::Edit),
    /// Switch an application off: its tokens are dead when this returns, what users authorized stays.
    #[command(after_help = "Example:\n  keystead application disable app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Disable(Named),
    /// Switch an application on again, with the secrets it had.
    #[command(after_help = "Example:\n  keystead application enable app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Enable(Named),
    /// Give an application one new secret, printed once; all earlier secrets and tokens are dead.
    #[command(after_help = "Example:\n  keystead application regenerate app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Regenerate(pair::NewPair),
    /// Delete an application for good, with all that users authorized.
    #[command(after_help = "Example:\n  keystead application delete app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Delete(Named),
    /// Give an application a second secret, printed once, while the first works on.
    #[command(
        after_help = "Example:\n  keystead application add-pair --expires 90d app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    AddPair(pair::NewPair),
    /// Delete one of two pairs of an application; it and its tokens are dead when this returns.
    #[command(
        after_help = "Example:\n  keystead application delete-pair app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 J2X9NY3kvsfWyNTA"
    )]
    DeletePair(pair::DeletePair),
    /// Approve an application for the users of a space, or list what a space approved.
    #[command(
        after_help = "Examples:\n  keystead application approve --space Example app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4\n  keystead application approve --space Example"
    )]
    Approve(approval::Approve),
    /// Withdraw an approval; unless the space admits any application, what its users authorized ends when this returns.
    #[command(
        after_help = "Example:\n  keystead application withdraw-approval --space Example app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    WithdrawApproval(approval::Withdraw),
}

#[derive(Args)]
pub(super) struct Named {
    /// Client id of the application
    #[arg(value_name = "CLIENT_ID")]
    id: ApplicationId,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(create) => create::run(context, &site, create),
        Command::List(list) => list::run(context, &site, list),
        Command::Show(Named { id }) => {
            shown::show(context, &site.read(|tx, authority| applications::show(tx, authority, id))?)
        }
        Command::Edit(edit) => edit::run(context, &site, edit),
        Command::Disable(Named { id }) => life::disable(context, &site, id),
        Command::Enable(Named { id }) => life::enable(context, &site, id),
        Command::Regenerate(new) => pair::regenerate(context, &site, &new),
        Command::Delete(Named { id }) => life::delete(context, &site, id),
        Command::AddPair(new) => pair::add(context, &site, &new),
        Command::DeletePair(delete) => pair::delete(context, &site, &delete),
        Command::Approve(approve) => approval::approve(context, &site, &approve),
        Command::WithdrawApproval(withdraw) => approval::withdraw(context, &site, &withdraw),
    }
}
