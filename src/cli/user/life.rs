//! `keystead user disable`, `enable` and `delete`

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        arguments::{UserArgument, words},
        context::{Context, Site},
        failure::Failure,
    },
    manage::users::{self, EnableUser},
};

#[derive(Args)]
pub(in crate::cli) struct Enable {
    /// The user, by login or id
    user: UserArgument,
    /// Let the user's keys work again too; else each stays disabled until it is enabled by itself
    #[arg(long)]
    restore_keys: bool,
}

pub(super) fn disable(context: &Context<'_>, site: &Site, user: &UserArgument) -> Result<(), Failure> {
    let (id, keys) = site.change(|change, deps, authority| {
        let id = user.id(change, authority)?;
        Ok((id, users::disable(change, deps, authority, id)?))
    })?;
    let json = json!({ "id": id, "state": "disabled", "keys": keys });
    context.printer.print(&json, |out| {
        writeln!(out, "The user {id} is disabled: logins, keys and tokens are dead.")?;
        writeln!(out, "Keys that stopped: {}", words(&keys))
    })
}

pub(super) fn enable(context: &Context<'_>, site: &Site, enable: &Enable) -> Result<(), Failure> {
    let Enable { user, restore_keys } = enable;
    let id = site.change(|change, deps, authority| {
        let id = user.id(change, authority)?;
        users::enable(change, deps, authority, EnableUser { id, restore_keys: *restore_keys })?;
        Ok(id)
    })?;
    let keys = if *restore_keys { "The keys work again" } else { "The keys stay disabled, each for itself" };
    let json = json!({ "id": id, "state": "active", "restored_keys": restore_keys });
    context.printer.say(&json, &format!("The user {id} is enabled. {keys}; old tokens stay dead."))
}

pub(super) fn delete(context: &Context<'_>, site: &Site, user: &UserArgument) -> Result<(), Failure> {
    let id = site.change(|change, deps, authority| {
        let id = user.id(change, authority)?;
        users::remove(change, deps, authority, id)?;
        Ok(id)
    })?;
    context.printer.say(&json!({ "id": id, "state": "deleted" }), &format!("The user {id} is deleted with all keys."))
}
