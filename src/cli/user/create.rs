//! `keystead user create`

use clap::Args;
use serde_json::json;

use super::{
    invitations,
    password::{hash, read_password},
};
use crate::{
    cli::{
        arguments::{SpaceArgument, login, role_request},
        context::{Context, Site},
        failure::Failure,
    },
    domain::{
        email::Email,
        invitation::Deliver,
        name::Name,
        user::{AccountType, Login},
    },
    manage::{
        self, RoleRequest,
        invitations::{InvitationRules, Invite},
        user_roles::{self, GiveUserRole},
        users::{self, CreateUser},
    },
};

#[derive(Args)]
pub(in crate::cli) struct Create {
    /// The user's home space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// What is typed to log in, unique in the site
    #[arg(value_parser = login)]
    login: Login,
    /// As people see it
    #[arg(long, value_parser = Name::parse)]
    full_name: Name,
    /// An address of the user; may be repeated
    #[arg(long = "email", value_name = "ADDRESS", value_parser = Email::parse)]
    emails: Vec<Email>,
    /// Make a service account, which has no password
    #[arg(long, conflicts_with = "password_stdin")]
    service: bool,
    /// The user logs in with a password even where the space has single sign-on
    #[arg(long)]
    sso_exempt: bool,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// A role, as ROLE or ROLE@WORKSPACE,WORKSPACE; may be repeated
    #[arg(long = "role", value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    roles: Vec<RoleRequest>,
    /// Invite the person at once: `show` prints a link, `mail` mails it
    #[arg(long, value_name = "HOW", conflicts_with_all = ["password_stdin", "service"])]
    invite: Option<Deliver>,
}

pub(super) fn run(context: &Context<'_>, site: &Site, create: Create) -> Result<(), Failure> {
    let Create { space, login, full_name, emails, service, sso_exempt, password_stdin, roles, invite } = create;
    let typed = password_stdin.then(read_password).transpose()?;
    let password = typed.map(|typed| hash(&typed, &login, &emails)).transpose()?;
    let account_type = if service { AccountType::Service } else { AccountType::Standard };
    let shown = login.to_string();
    let rules = InvitationRules::of(&site.config);
    let (user, invited) = site.change(|change, deps, authority| {
        let home = space.id(change, authority)?;
        let input = CreateUser { home, login, full_name, emails, account_type, sso_exempt, password };
        let user = users::create(change, deps, authority, input)?;
        for request in roles {
            let input = GiveUserRole { id: user.id, space: home, request };
            user_roles::give(change, deps, authority, input)?;
        }
        // The roles are given by now: whoever invites must hold all that the link opens.
        let invited = invite.map(|deliver| {
            let input = Invite { user: user.id, deliver, rules };
            manage::invitations::invite(change, deps, authority, input)
        });
        Ok((user, invited.transpose()?))
    })?;
    let json = json!({
        "id": user.id, "login": shown, "account_type": account_type, "space": user.home,
        "invitation": invited.as_ref().map(invitations::as_json),
    });
    context.printer.print(&json, |out| {
        writeln!(out, "User {shown} is made: {}", user.id)?;
        invited.iter().try_for_each(|invited| invitations::lines(out, invited))
    })
}
