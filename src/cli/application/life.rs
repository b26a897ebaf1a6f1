//! `keystead application disable`, `enable` and `delete`

use serde_json::json;

use crate::{
    cli::{
        context::{Context, Site},
        failure::Failure,
    },
    domain::ids::ApplicationId,
    manage::applications,
};

pub(super) fn disable(context: &Context<'_>, site: &Site, id: ApplicationId) -> Result<(), Failure> {
    site.change(|change, deps, authority| applications::disable(change, deps, authority, id))?;
    acknowledge(context, id, "disabled", "is disabled: nobody logs in with it, and its tokens are dead")
}

pub(super) fn enable(context: &Context<'_>, site: &Site, id: ApplicationId) -> Result<(), Failure> {
    site.change(|change, deps, authority| applications::enable(change, deps, authority, id))?;
    acknowledge(context, id, "active", "is enabled, with the secrets it had; its old tokens stay dead")
}

pub(super) fn delete(context: &Context<'_>, site: &Site, id: ApplicationId) -> Result<(), Failure> {
    site.change(|change, deps, authority| applications::remove(change, deps, authority, id))?;
    acknowledge(context, id, "deleted", "is deleted, with all that users authorized")
}

fn acknowledge(context: &Context<'_>, id: ApplicationId, state: &str, what: &str) -> Result<(), Failure> {
    context.printer.say(&json!({ "client_id": id, "state": state }), &format!("The application {id} {what}."))
}
