//! `keystead application regenerate`, `add-pair` and `delete-pair`

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        context::{Context, Site},
        credential,
        failure::Failure,
    },
    domain::{
        ids::ApplicationId,
        key_pair::{ExpiryPolicy, PublicId},
    },
    manage::application_pairs::{self, DeleteApplicationPair, NewApplicationPair},
};

#[derive(Args)]
pub(in crate::cli) struct NewPair {
    /// Client id of the application
    #[arg(value_name = "CLIENT_ID")]
    id: ApplicationId,
    /// When the new secret expires: `90d`, `none`, or a date such as 2027-03-31
    #[arg(long, value_name = "WHEN", default_value = "none")]
    expires: ExpiryPolicy,
}

#[derive(Args)]
pub(in crate::cli) struct DeletePair {
    /// Client id of the application
    #[arg(value_name = "CLIENT_ID")]
    id: ApplicationId,
    /// Public id of the pair
    #[arg(value_name = "PUBLIC_ID")]
    pair: PublicId,
}

pub(super) fn regenerate(context: &Context<'_>, site: &Site, new: &NewPair) -> Result<(), Failure> {
    let input = NewApplicationPair { id: new.id, expiry: new.expires };
    let made = site.change(|change, deps, authority| application_pairs::regenerate(change, deps, authority, input))?;
    credential::show(context, "The application is regenerated; all earlier secrets and tokens are dead.", &made)
}

pub(super) fn add(context: &Context<'_>, site: &Site, new: &NewPair) -> Result<(), Failure> {
    let input = NewApplicationPair { id: new.id, expiry: new.expires };
    let made = site.change(|change, deps, authority| application_pairs::add(change, deps, authority, input))?;
    credential::show(context, "The application has a new pair.", &made)
}

pub(super) fn delete(context: &Context<'_>, site: &Site, delete: &DeletePair) -> Result<(), Failure> {
    let DeletePair { id, pair } = *delete;
    let input = DeleteApplicationPair { id, pair };
    site.change(|change, deps, authority| application_pairs::delete(change, deps, authority, input))?;
    let sentence = format!("The pair {pair} is deleted: its secret and its tokens are dead.");
    context.printer.say(&json!({ "client_id": id, "deleted": pair }), &sentence)
}
