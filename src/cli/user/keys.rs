//! `keystead user move-keys`

use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        arguments::{UserArgument, or_dash},
        context::{Context, Site},
        credential,
        failure::Failure,
        output::fields,
    },
    domain::{ids::ApiKeyId, key_pair::ExpiryPolicy},
    manage::key_moves::{self, MissingRoles, MoveKeys, MovedKey},
};

#[derive(Args)]
pub(in crate::cli) struct Move {
    /// The user whose keys they are, by login or id
    user: UserArgument,
    /// The service account that gets a key in place of each, by login or id
    #[arg(long, value_name = "SERVICE")]
    to: UserArgument,
    /// Client id of a key; may be repeated
    #[arg(long = "key", value_name = "CLIENT_ID", required = true)]
    keys: Vec<ApiKeyId>,
    /// For how many hours the old keys work on, unless they end sooner: 0 to 720
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(0..=720))]
    overlap_hours: u16,
    /// Give the service account the roles that it lacks for this
    #[arg(long)]
    give_missing_roles: bool,
    /// When the new secrets expire: `90d`, `none`, or a date such as 2027-03-31 [default: 90d, or what the space allows]
    #[arg(long, value_name = "WHEN")]
    expires: Option<ExpiryPolicy>,
}

pub(super) fn move_keys(context: &Context<'_>, site: &Site, input: Move) -> Result<(), Failure> {
    let Move { user, to, keys, overlap_hours, give_missing_roles, expires } = input;
    let moved = site.change(|change, deps, authority| {
        let input = MoveKeys {
            from: user.id(change, authority)?,
            keys,
            to: to.id(change, authority)?,
            overlap: Duration::from_hours(overlap_hours.into()),
            missing_roles: if give_missing_roles { MissingRoles::Give } else { MissingRoles::Refuse },
            expiry: expires.unwrap_or_default(),
        };
        key_moves::move_keys(change, deps, authority, &input)
    })?;
    let as_json = |moved: &MovedKey| json!({ "from": moved.from, "old_ends_at": moved.old_ends_at, "to": credential::as_json(&moved.made) });
    let json = json!({ "moved": moved.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| {
        writeln!(out, "New keys take the place of the old ones. Their secrets are shown this once: store them now.")?;
        for MovedKey { from, old_ends_at, made } in &moved {
            let shown = [
                ("old client id", from.to_string()),
                ("works on until", or_dash(*old_ends_at)),
                ("client id", made.client_id.to_string()),
                ("client secret", made.secret.expose().to_owned()),
            ];
            fields(out, &shown)?;
        }
        writeln!(out, "The old keys stop at once when their user is disabled.")
    })
}
