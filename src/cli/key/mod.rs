//! `keystead key`

mod create;
mod edit;
mod import;
mod import_file;
mod life;
mod list;
mod options;
mod pair;
mod roles;
mod shown;

use clap::{Args, Subcommand};

pub(super) use shown::{as_json, cannot_log_in_line};

use super::{context::Context, failure::Failure};
use crate::{domain::ids::ApiKeyId, manage::facts};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make an API key; its secret is printed once.
    #[command(
        after_help = "Examples:\n  keystead key create --space Example --role ci_cd_integration@1001,1002 --role viewer@1001 Jenkins\n  keystead key create --space Example --owner reports 'Nightly report'\n  keystead key create --space Main --owner admin --role site_admin 'For site routes of the API'"
    )]
    Create(create::Create),
    /// Bring keys along from another system, with the ids and secrets that their clients have there.
    #[command(
        after_help = "Examples:\n  keystead key import --space Example --client-id acme-nightly --secret-file secret.txt 'Nightly report'\n  keystead key import --space Example --client-id acme-ci --hash-file - --role viewer@1001 CI <hash.txt\n  keystead key import --space Example --file keys.jsonl --dry-run\n\nA line of keys.jsonl:\n  {\"client_id\":\"acme-ci\",\"secret\":\"…\",\"key\":{\"name\":\"CI\",\"roles\":[{\"role\":\"viewer\",\"workspaces\":[1001]}],\"expires\":\"none\"}}"
    )]
    Import(import::Import),
    /// List the keys of a space or of a user.
    #[command(
        after_help = "Examples:\n  keystead key list --space Example --status disabled\n  keystead key list --owner reports --search nightly\n  keystead key list --space Example --expiring-within 30d\n  keystead key list --space Example --unused-for 90d"
    )]
    List(list::List),
    /// Show a key, its roles, its pairs and when each was last used.
    #[command(after_help = "Example:\n  keystead key show key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Show(Named),
    /// Change name, description or mode of a key, or whether it has all roles of its user; its secrets stay.
    #[command(
        after_help = "Examples:\n  keystead key edit --name Jenkins --mode read_only key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4\n  keystead key edit --user-roles subset key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    Edit(edit::Edit),
    /// Set the roles of a key: those named and no others.
    #[command(subcommand)]
    Roles(roles::RolesCommand),
    /// Give a key one more role; new tokens carry it.
    #[command(after_help = "Example:\n  keystead key give-role key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 viewer@1001,1002")]
    GiveRole(roles::OneRole),
    /// Take a role from a key; tokens already out lose it at once.
    #[command(after_help = "Example:\n  keystead key take-role key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 viewer@1002")]
    TakeRole(roles::OneRole),
    /// Show which roles a key can get where, and why not the others.
    #[command(
        after_help = "Examples:\n  keystead key grantable key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4\n  keystead key grantable --owner reports"
    )]
    Grantable(roles::GrantableTo),
    /// Destroy the secrets of a key; its tokens are dead when this returns.
    #[command(after_help = "Example:\n  keystead key revoke key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Revoke(Named),
    /// Give a key one new secret, printed once; earlier secrets and tokens are dead, roles stay.
    #[command(after_help = "Example:\n  keystead key regenerate --expires none key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Regenerate(life::Regenerate),
    /// Switch a key off; its tokens are dead, its secrets are kept.
    #[command(after_help = "Example:\n  keystead key disable key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Disable(Named),
    /// Switch a key on again, with the secrets it had.
    #[command(after_help = "Example:\n  keystead key enable key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Enable(Named),
    /// End all tokens of a key; its secrets get new ones.
    #[command(after_help = "Example:\n  keystead key revoke-tokens key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    RevokeTokens(Named),
    /// Delete a key for good, whatever its status.
    #[command(after_help = "Example:\n  keystead key delete key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Delete(Named),
    /// Give a key a second secret, printed once, while the first works on.
    #[command(
        after_help = "Example:\n  keystead key add-pair --retire-other-after 24h key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    AddPair(pair::AddPair),
    /// Delete one pair of a key; it and its tokens are dead when this returns.
    #[command(
        after_help = "Example:\n  keystead key delete-pair key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 J2X9NY3kvsfWyNTA"
    )]
    DeletePair(pair::DeletePair),
    /// Move the end of a pair that has not expired; sooner counts at once.
    #[command(
        after_help = "Example:\n  keystead key set-expiry key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 J2X9NY3kvsfWyNTA 2027-03-31"
    )]
    SetExpiry(pair::SetExpiry),
}

#[derive(Args)]
pub(super) struct Named {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(create) => create::run(context, &site, create),
        Command::Import(import) => import::run(context, &site, import),
        Command::List(list) => list::run(context, &site, list),
        Command::Show(Named { id }) => {
            let facts = site.read(|tx, authority| facts::show(tx, authority, id))?;
            shown::show(context, &facts, site.store.now()?)
        }
        Command::Edit(edit) => edit::run(context, &site, edit),
        Command::Roles(command) => roles::set(context, &site, command),
        Command::GiveRole(one) => roles::give(context, &site, one),
        Command::TakeRole(one) => roles::take(context, &site, one),
        Command::Grantable(to) => roles::grantable_to(context, &site, &to),
        Command::Revoke(Named { id }) => life::revoke(context, &site, id),
        Command::Regenerate(regenerate) => life::regenerate(context, &site, &regenerate),
        Command::Disable(Named { id }) => life::disable(context, &site, id),
        Command::Enable(Named { id }) => life::enable(context, &site, id),
        Command::RevokeTokens(Named { id }) => life::revoke_tokens(context, &site, id),
        Command::Delete(Named { id }) => life::delete(context, &site, id),
        Command::AddPair(add) => pair::add(context, &site, &add),
        Command::DeletePair(delete) => pair::delete(context, &site, &delete),
        Command::SetExpiry(set) => pair::set_expiry(context, &site, &set),
    }
}
