//! `keystead user`

use std::io::{BufRead, Read};

use clap::{Args, Subcommand};
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    arguments::{SpaceArgument, role_request},
    context::{Context, space_id},
    failure::Failure,
};
use crate::{
    crypto::password::{MAX_BYTES, PasswordHash, PasswordHasher},
    domain::{
        authority::Authority,
        name::Name,
        user::{AccountType, Login},
    },
    manage::{
        RoleRequest,
        user_roles::{self, GiveUserRole},
        users::{self, CreateUser},
    },
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a user in a space.
    #[command(
        after_help = "Example:\n  keystead user create --space Example --full-name 'Nightly reports' --role viewer@1001 reports"
    )]
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// The user's home space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// What is typed to log in, unique in the site
    #[arg(value_parser = login)]
    login: Login,
    /// As people see it
    #[arg(long, value_parser = Name::parse)]
    full_name: Name,
    /// Make a service account, which has no password
    #[arg(long, conflicts_with = "password_stdin")]
    service: bool,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// A role, as ROLE or ROLE@WORKSPACE,WORKSPACE; may be repeated
    #[arg(long = "role", value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    roles: Vec<RoleRequest>,
}

fn login(text: &str) -> Result<Login, &'static str> {
    Login::parse(text).ok_or("a login has 1 to 100 visible characters without white space")
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let Command::Create(Create { space, login, full_name, service, password_stdin, roles }) = command;
    let site = context.site()?;
    let password = password_stdin.then(read_password).transpose()?;
    let account_type = if service { AccountType::Service } else { AccountType::Standard };
    let shown = login.to_string();
    let user = site.change(|change, deps| {
        let home = space_id(change, &space)?;
        let input = CreateUser { account_type, password, ..CreateUser::person(home, login, full_name) };
        let user = users::create(change, deps, &Authority::OPERATOR, input)?;
        for request in roles {
            let input = GiveUserRole { id: user.id, space: home, request };
            user_roles::give(change, deps, &Authority::OPERATOR, input)?;
        }
        Ok(user)
    })?;
    let json = json!({ "id": user.id, "login": shown, "account_type": account_type, "space": user.home });
    context.printer.say(&json, &format!("User {shown} is made: {}", user.id))
}

fn read_password() -> Result<PasswordHash, Failure> {
    let mut line = Zeroizing::new(String::new());
    let most = u64::try_from(MAX_BYTES).unwrap_or_default() + 2;
    std::io::stdin().lock().take(most).read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    Ok(PasswordHasher::new(std::num::NonZeroUsize::MIN, 0).hash_blocking(password)?)
}
