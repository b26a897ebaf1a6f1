//! `keystead user set-password` and `setup-link`

use std::io::{BufRead, Read};

use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    cli::{
        arguments::UserArgument,
        context::{Context, Site},
        failure::Failure,
        output::fields,
    },
    crypto::password::{PasswordHash, PasswordHasher},
    domain::{
        email::Email,
        password_policy::{self, MAX_BYTES},
        user::Login,
    },
    manage::{facts, setup_links, users},
};

#[derive(Args)]
pub(in crate::cli) struct SetPassword {
    /// The user, by login or id
    user: UserArgument,
    /// Read the password from the first line of standard input
    #[arg(long, required = true)]
    password_stdin: bool,
}

pub(super) fn set(context: &Context<'_>, site: &Site, set: &SetPassword) -> Result<(), Failure> {
    let typed = read_password()?;
    let (id, profile) = site.read(|tx, authority| {
        let id = set.user.id(tx, authority)?;
        Ok((id, facts::show_user(tx, authority, id)?.profile))
    })?;
    let password = hash(&typed, &profile.login, &profile.emails)?;
    site.change(|change, deps, authority| {
        users::set_password(change, deps, authority, users::SetPassword { id, password })
    })?;
    let sentence = format!("The password of the user {id} is set; logins made before are dead.");
    context.printer.say(&json!({ "id": id, "password": "set" }), &sentence)
}

/// The first line of standard input.
pub(super) fn read_password() -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    let most = u64::try_from(MAX_BYTES).unwrap_or_default() + 2;
    std::io::stdin().lock().take(most).read_line(&mut line)?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// What is kept of the password, if somebody with this login and these addresses may have it.
pub(super) fn hash(password: &str, login: &Login, emails: &[Email]) -> Result<PasswordHash, Failure> {
    password_policy::check(password, login.as_str(), emails.iter().map(Email::as_str))?;
    Ok(PasswordHasher::new(std::num::NonZeroUsize::MIN, 0).hash_blocking(password)?)
}

pub(super) fn setup_link(context: &Context<'_>, site: &Site, user: &UserArgument) -> Result<(), Failure> {
    let made = site.change(|change, deps, authority| {
        let id = user.id(change, authority)?;
        setup_links::create(change, deps, authority, id)
    })?;
    let json = json!({ "user": made.user, "setup_link": made.expose(), "expires_at": made.expires_at });
    context.printer.print(&json, |out| {
        writeln!(
            out,
            "A setup link of the user {} is made. It is shown this once; the one before it is dead.",
            made.user
        )?;
        fields(out, &[("setup link", made.expose()), ("expires", made.expires_at.to_string())])?;
        writeln!(out, "It works once, in a browser, and logs the user in.")
    })
}
