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
    crypto::password::{MAX_BYTES, PasswordHash, PasswordHasher},
    manage::{setup_links, users},
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
    let password = read_password()?;
    let id = site.change(|change, deps, authority| {
        let id = set.user.id(change, authority)?;
        users::set_password(change, deps, authority, users::SetPassword { id, password })?;
        Ok(id)
    })?;
    let sentence = format!("The password of the user {id} is set; logins made before are dead.");
    context.printer.say(&json!({ "id": id, "password": "set" }), &sentence)
}

pub(super) fn read_password() -> Result<PasswordHash, Failure> {
    let mut line = Zeroizing::new(String::new());
    let most = u64::try_from(MAX_BYTES).unwrap_or_default() + 2;
    std::io::stdin().lock().take(most).read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
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
        writeln!(
            out,
            "It works once, and opens in a browser once the web application is there; until then nothing takes it."
        )
    })
}
