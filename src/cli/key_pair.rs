//! `keystead key add-pair` and `keystead key delete-pair`

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::{
    arguments::duration,
    context::{Context, Site},
    failure::Failure,
    key::show_secret,
};
use crate::{
    domain::{
        authority::Authority,
        ids::ApiKeyId,
        key_pair::{ExpiryPolicy, PublicId},
    },
    manage::key_pairs,
};

#[derive(Args)]
pub(super) struct AddPair {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
    /// When the new secret expires: `90d`, `none`, or a date such as 2027-03-31
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    expires: ExpiryPolicy,
    /// Let the other secret expire after this long, such as `24h`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    retire_other_after: Option<Duration>,
}

#[derive(Args)]
pub(super) struct DeletePair {
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

pub(super) fn add(context: &Context<'_>, site: &Site, add: &AddPair) -> Result<(), Failure> {
    let AddPair { id: key, expires: expiry, retire_other_after } = *add;
    let input = key_pairs::AddPair { key, expiry, retire_other_after };
    let made = site.change(|change, deps| key_pairs::add(change, deps, &Authority::OPERATOR, input))?;
    show_secret(context, "The key has a new pair.", &made)
}

pub(super) fn delete(context: &Context<'_>, site: &Site, delete: &DeletePair) -> Result<(), Failure> {
    let DeletePair { id: key, pair, even_if_last } = *delete;
    let input = key_pairs::DeletePair { key, pair, even_if_last };
    site.change(|change, deps| key_pairs::delete(change, deps, &Authority::OPERATOR, input))?;
    let sentence = format!("The pair {pair} is deleted: its secret and its tokens are dead.");
    context.printer.say(&json!({ "client_id": key, "deleted": pair }), &sentence)
}
