//! `keystead key revoke`, `regenerate`, `disable`, `enable`, `revoke-tokens` and `delete`

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        context::{Context, Site},
        credential,
        failure::Failure,
    },
    domain::{ids::ApiKeyId, key_pair::ExpiryPolicy},
    manage::api_keys::{self, RegenerateApiKey},
};

#[derive(Args)]
pub(in crate::cli) struct Regenerate {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
    /// When the new secret expires: `90d`, `none`, or a date such as 2027-03-31 [default: 90d, or what the space allows]
    #[arg(long, value_name = "WHEN")]
    expires: Option<ExpiryPolicy>,
}

pub(super) fn regenerate(context: &Context<'_>, site: &Site, regenerate: &Regenerate) -> Result<(), Failure> {
    let input = RegenerateApiKey { id: regenerate.id, expiry: regenerate.expires.unwrap_or_default() };
    let made = site.change(|change, deps, authority| api_keys::regenerate(change, deps, authority, input))?;
    credential::show(context, "The key is regenerated; all earlier secrets and tokens are dead.", &made)
}

pub(super) fn revoke(context: &Context<'_>, site: &Site, id: ApiKeyId) -> Result<(), Failure> {
    site.change(|change, deps, authority| api_keys::revoke(change, deps, authority, id))?;
    acknowledge(context, id, "revoked", "revoked: its secrets are destroyed and its tokens dead")
}

pub(super) fn disable(context: &Context<'_>, site: &Site, id: ApiKeyId) -> Result<(), Failure> {
    site.change(|change, deps, authority| api_keys::disable(change, deps, authority, id))?;
    acknowledge(context, id, "disabled", "disabled: its tokens are dead, its secrets are kept")
}

pub(super) fn enable(context: &Context<'_>, site: &Site, id: ApiKeyId) -> Result<(), Failure> {
    site.change(|change, deps, authority| api_keys::enable(change, deps, authority, id))?;
    acknowledge(context, id, "active", "enabled: its secrets work again, its old tokens stay dead")
}

pub(super) fn delete(context: &Context<'_>, site: &Site, id: ApiKeyId) -> Result<(), Failure> {
    site.change(|change, deps, authority| api_keys::remove(change, deps, authority, id))?;
    acknowledge(context, id, "deleted", "deleted: it is gone with its secrets, and its tokens are dead")
}

pub(super) fn revoke_tokens(context: &Context<'_>, site: &Site, id: ApiKeyId) -> Result<(), Failure> {
    site.change(|change, deps, authority| api_keys::revoke_tokens(change, deps, authority, id))?;
    let sentence = format!("All tokens of the key {id} are dead; its secrets get new ones.");
    context.printer.say(&json!({ "client_id": id, "tokens": "revoked" }), &sentence)
}

fn acknowledge(context: &Context<'_>, id: ApiKeyId, status: &str, what: &str) -> Result<(), Failure> {
    context.printer.say(&json!({ "client_id": id, "status": status }), &format!("The key {id} is {what}."))
}
