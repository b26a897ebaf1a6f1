//! `keystead user edit`

use clap::{ArgGroup, Args};

use super::shown::show;
use crate::{
    cli::{
        arguments::{Switch, UserArgument, login},
        context::{Context, Site},
        failure::Failure,
    },
    domain::{
        email::Email,
        name::Name,
        user::{AccountType, Login},
    },
    manage::{
        facts,
        users::{self, EditUser},
    },
};

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args([
    "login", "full_name", "emails", "no_email", "account_type", "sso_exempt", "api_keys",
]))]
pub(in crate::cli) struct Edit {
    /// The user, by login or id
    user: UserArgument,
    /// What is typed to log in, unique in the site
    #[arg(long, value_parser = login)]
    login: Option<Login>,
    /// As people see it
    #[arg(long, value_parser = Name::parse)]
    full_name: Option<Name>,
    /// An address in place of those there are; may be repeated
    #[arg(long = "email", value_name = "ADDRESS", value_parser = Email::parse)]
    emails: Vec<Email>,
    /// Remove all addresses
    #[arg(long, conflicts_with = "emails")]
    no_email: bool,
    /// `standard`, or `service` for an account without password
    #[arg(long = "type", value_name = "TYPE")]
    account_type: Option<AccountType>,
    /// Whether the user logs in with a password even where the space has single sign-on
    #[arg(long, value_name = "SWITCH")]
    sso_exempt: Option<Switch>,
    /// Whether the user's API keys work; `off` ends their tokens at once
    #[arg(long, value_name = "SWITCH")]
    api_keys: Option<Switch>,
}

pub(super) fn run(context: &Context<'_>, site: &Site, edit: Edit) -> Result<(), Failure> {
    let Edit { user, login, full_name, emails, no_email, account_type, sso_exempt, api_keys } = edit;
    let emails = (no_email || !emails.is_empty()).then_some(emails);
    let facts = site.change(|change, deps, authority| {
        let id = user.id(change, authority)?;
        let (sso_exempt, api_keys_enabled) = (sso_exempt.map(bool::from), api_keys.map(bool::from));
        let input = EditUser { id, login, full_name, emails, account_type, sso_exempt, api_keys_enabled };
        users::edit(change, deps, authority, input)?;
        facts::show_user(change, authority, id)
    })?;
    show(context, &facts, site.store.now()?)
}
