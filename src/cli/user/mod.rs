//! `keystead user`

mod create;
mod edit;
mod invitations;
mod keys;
mod life;
mod password;
mod reach;
mod roles;
mod sessions;
mod shown;

use clap::{Args, Subcommand};

pub(super) use shown::list;

use super::{
    arguments::{SpaceArgument, UserArgument},
    context::Context,
    failure::Failure,
    pages,
};
use crate::{manage::facts, store::users::UserFilter};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a user in a space.
    #[command(
        after_help = "Examples:\n  keystead user create --space Example --full-name 'Ada Lovelace' --email ada@example.com --role editor@1001 ada\n  keystead user create --space Example --full-name 'Nightly reports' --service --role viewer@1001 reports"
    )]
    Create(create::Create),
    /// List the users of a space, or its guests.
    #[command(
        after_help = "Examples:\n  keystead user list --space Example --search ada\n  keystead user list --space Example --guests"
    )]
    List(List),
    /// Show a user and the roles that the user holds.
    #[command(after_help = "Example:\n  keystead user show ada")]
    Show(Named),
    /// Change a user.
    #[command(
        after_help = "Examples:\n  keystead user edit --full-name 'Ada King' --email ada@example.com ada\n  keystead user edit --api-keys off ada"
    )]
    Edit(edit::Edit),
    /// Stop a user: logins, keys and tokens are dead when this returns.
    #[command(after_help = "Example:\n  keystead user disable ada")]
    Disable(Named),
    /// Let a user act again; old tokens stay dead.
    #[command(after_help = "Example:\n  keystead user enable --restore-keys ada")]
    Enable(life::Enable),
    /// Delete a user who holds no role, with all keys.
    #[command(after_help = "Example:\n  keystead user delete ada")]
    Delete(Named),
    /// Set the password of a user; logins made before end, keys live on.
    #[command(after_help = "Example:\n  keystead user set-password --password-stdin ada < password.txt")]
    SetPassword(password::SetPassword),
    /// Print a link by which a person sets a password; the one before it is dead.
    #[command(after_help = "Example:\n  keystead user setup-link ada")]
    SetupLink(Named),
    /// Invite a user to set a first password, by a link that is printed once or mailed.
    #[command(after_help = "Examples:\n  keystead user invite ada\n  keystead user invite --mail ada")]
    Invite(invitations::Invitee),
    /// Invite a user anew; the link there was is dead.
    #[command(after_help = "Example:\n  keystead user resend-invitation --mail ada")]
    ResendInvitation(invitations::Invitee),
    /// Take an invitation back; its link is dead.
    #[command(after_help = "Example:\n  keystead user revoke-invitation ada")]
    RevokeInvitation(Named),
    /// Move keys of a user to a service account: a new key for each, printed once; the old ones work on for some hours.
    #[command(
        after_help = "Example:\n  keystead user move-keys ada --to reports --key key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 --overlap-hours 72 --give-missing-roles"
    )]
    MoveKeys(keys::Move),
    /// Show all that can act for a user: keys, authorized applications, sessions, links, roles.
    #[command(after_help = "Example:\n  keystead user reach ada")]
    Reach(Named),
    /// List the browsers in which a user is logged in.
    #[command(after_help = "Example:\n  keystead user sessions ada")]
    Sessions(Named),
    /// Log a user out, in one browser or in all of them.
    #[command(after_help = "Example:\n  keystead user end-sessions ada")]
    EndSessions(sessions::End),
    /// Give a role to a user, at home or in another space.
    #[command(after_help = "Example:\n  keystead user give-role ada editor@1001,1002")]
    GiveRole(roles::Give),
    /// Take a role from a user; the user's keys lose it too.
    #[command(after_help = "Example:\n  keystead user take-role --if-keys refuse ada editor@1001")]
    TakeRole(roles::Take),
    /// Make somebody of another space a guest.
    #[command(after_help = "Example:\n  keystead user invite-guest --space Example ada viewer@1001")]
    InviteGuest(roles::Invite),
    /// Take all roles in a space from its guest.
    #[command(after_help = "Example:\n  keystead user remove-guest --space Example ada")]
    RemoveGuest(roles::Remove),
}

#[derive(Args)]
pub(super) struct Named {
    /// The user, by login or id
    user: UserArgument,
}

#[derive(Args)]
pub(super) struct List {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Those who are at home elsewhere and hold a role here
    #[arg(long)]
    guests: bool,
    /// Only those with this in login or full name, in any case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(create) => create::run(context, &site, create),
        Command::List(List { space, guests, search }) => {
            let filter = UserFilter { text: search, guests };
            let users = site.read(|tx, authority| {
                let space = space.id(tx, authority)?;
                pages::all(|page| facts::list_users(tx, authority, space, &filter, page))
            })?;
            list(context, &users, site.store.now()?)
        }
        Command::Show(Named { user }) => {
            let facts = site.read(|tx, authority| {
                let id = user.id(tx, authority)?;
                facts::show_user(tx, authority, id)
            })?;
            shown::show(context, &facts, site.store.now()?)
        }
        Command::Edit(edit) => edit::run(context, &site, edit),
        Command::Disable(Named { user }) => life::disable(context, &site, &user),
        Command::Enable(enable) => life::enable(context, &site, &enable),
        Command::Delete(Named { user }) => life::delete(context, &site, &user),
        Command::SetPassword(set) => password::set(context, &site, &set),
        Command::SetupLink(Named { user }) => password::setup_link(context, &site, &user),
        Command::Invite(invitee) => invitations::invite(context, &site, &invitee),
        Command::ResendInvitation(invitee) => invitations::resend(context, &site, &invitee),
        Command::RevokeInvitation(Named { user }) => invitations::revoke(context, &site, &user),
        Command::MoveKeys(input) => keys::move_keys(context, &site, input),
        Command::Reach(Named { user }) => reach::run(context, &site, &user),
        Command::Sessions(Named { user }) => sessions::list(context, &site, &user),
        Command::EndSessions(end) => sessions::end(context, &site, &end),
        Command::GiveRole(give) => roles::give(context, &site, give),
        Command::TakeRole(take) => roles::take(context, &site, take),
        Command::InviteGuest(invite) => roles::invite(context, &site, invite),
        Command::RemoveGuest(remove) => roles::remove(context, &site, &remove),
    }
}
