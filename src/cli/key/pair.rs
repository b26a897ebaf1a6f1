//! `keystead key add-pair`, `delete-pair` and `set-expiry`

use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        arguments::duration,
        context::{Context, Site},
        credential,
        failure::Failure,
    },
    domain::{
        ids::ApiKeyId,
        key_pair::{ExpiryPolicy, PublicId},
    },
    manage::{facts, key_pairs},
};

#[derive(Args)]
pub(in crate::cli) struct AddPair {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
    /// When the new secret expires: `90d`, `none`, or a date such as 2027-03-31 [default: 90d, or what the space allows]
    #[arg(long, value_name = "WHEN")]
    expires: Option<ExpiryPolicy>,
    /// Let the other secret expire after this long, such as `24h`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    retire_other_after: Option<Duration>,
}

#[derive(Args)]
pub(in crate::cli) struct DeletePair {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
    /// Public id of the pair
    #[arg(value_name = "PUBLIC_ID")]
    pair: PublicId,
    /// Delete it even if it is the last one
    #[arg(long)]
    even_if_last: bool,
}

#[derive(Args)]
pub(in crate::cli) struct SetExpiry {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
    /// Public id of the pair
    #[arg(value_name = "PUBLIC_ID")]
    pair: PublicId,
    /// `90d` from now, `none`, or a date such as 2027-03-31
    #[arg(value_name = "WHEN")]
    expires: ExpiryPolicy,
}

pub(super) fn add(context: &Context<'_>, site: &Site, add: &AddPair) -> Result<(), Failure> {
    let AddPair { id: key, expires, retire_other_after } = *add;
    let input = key_pairs::AddPair { key, expiry: expires.unwrap_or_default(), retire_other_after };
    let made = site.change(|change, deps, authority| key_pairs::add(change, deps, authority, input))?;
    credential::show(context, "The key has a new pair.", &made)
}

pub(super) fn delete(context: &Context<'_>, site: &Site, delete: &DeletePair) -> Result<(), Failure> {
    let DeletePair { id: key, pair, even_if_last } = *delete;
    let input = key_pairs::DeletePair { key, pair, even_if_last };
    site.change(|change, deps, authority| key_pairs::delete(change, deps, authority, input))?;
    let sentence = format!("The pair {pair} is deleted: its secret and its tokens are dead.");
    context.printer.say(&json!({ "client_id": key, "deleted": pair }), &sentence)
}

pub(super) fn set_expiry(context: &Context<'_>, site: &Site, set: &SetExpiry) -> Result<(), Failure> {
    let SetExpiry { id: key, pair, expires: expiry } = *set;
    let end = site.change(|change, deps, authority| {
        key_pairs::set_expiry(change, deps, authority, key_pairs::SetExpiry { key, pair, expiry })?;
        let facts = facts::show(change, authority, key)?;
        Ok(facts.key.pair(pair).and_then(|pair| pair.expires_at))
    })?;
    let when = end.map_or_else(|| "never expires".to_owned(), |end| format!("expires {end}"));
    let json = json!({ "client_id": key, "public_id": pair, "expires_at": end });
    context.printer.say(&json, &format!("The pair {pair} {when}."))
}
