//! `keystead key list`

use clap::{ArgGroup, Args};
use serde_json::json;

use super::shown::as_json;
use crate::{
    cli::{
        arguments::{SpaceArgument, UserArgument, or_dash},
        context::{Context, Site},
        failure::Failure,
        output::table,
        pages,
    },
    domain::{api_key::KeyStatus, expiry_notice::EndsWithin, time_span::TimeSpan},
    manage::facts::{self, KeyFacts},
    store::api_keys::{KeyFilter, OwnerLogin},
};

#[derive(Args)]
#[command(group = ArgGroup::new("whose").required(true).multiple(false).args(["space", "owner"]))]
pub(in crate::cli) struct List {
    /// All keys of this space, by name or id
    #[arg(long)]
    space: Option<SpaceArgument>,
    /// The keys of this user, by login or id
    #[arg(long, value_name = "USER")]
    owner: Option<UserArgument>,
    /// Only those that are `active`, `disabled` or `revoked`
    #[arg(long)]
    status: Option<KeyStatus>,
    /// Only those with this in their name, in any case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only those whose owner cannot log in, as far as it can be seen here
    #[arg(long)]
    owner_cannot_log_in: bool,
    /// Only those with a pair that ends within this time, such as `30d`, and has not ended
    #[arg(long, value_name = "TIME")]
    expiring_within: Option<TimeSpan>,
    /// Only those that are older than this time, such as `90d`, and were not used for so long
    #[arg(long, value_name = "TIME")]
    unused_for: Option<TimeSpan>,
    /// Only those with a pair that lives longer than the space lets one live that is made now
    #[arg(long)]
    beyond_policy: bool,
}

pub(super) fn run(context: &Context<'_>, site: &Site, list: List) -> Result<(), Failure> {
    let List { space, owner, status, search, owner_cannot_log_in, expiring_within, unused_for, beyond_policy } = list;
    let now = site.store.now()?;
    let filter = KeyFilter {
        text: search,
        owner_login: owner_cannot_log_in.then_some(OwnerLogin { cannot: true, now }),
        ends: expiring_within.map(|time| EndsWithin { after: now, until: now.plus(time.duration()) }),
        unused_since: unused_for.map(|time| now.minus(time.duration())),
        beyond_policy: beyond_policy.then_some(now),
        ..KeyFilter::default()
    };
    let mut keys = site.read(|tx, authority| match (space, owner) {
        (Some(space), _) => {
            let space = space.id(tx, authority)?;
            pages::all(|page| facts::list(tx, authority, space, &filter, page))
        }
        (None, Some(owner)) => {
            let owner = owner.id(tx, authority)?;
            pages::all(|page| facts::of_user(tx, authority, owner, &filter, page))
        }
        (None, None) => Ok(Vec::new()),
    })?;
    // By what is shown: a key of a disabled user is disabled, whatever its own row says.
    keys.retain(|facts| status.is_none_or(|status| facts.status == status));
    let rows: Vec<_> = keys.iter().map(row).collect();
    let json = json!({ "keys": keys.iter().map(|facts| as_json(facts, now)).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["CLIENT ID", "STATUS", "TYPE", "LAST USE", "NAME"], &rows))
}

fn row(facts: &KeyFacts) -> [String; 5] {
    let (key, last_use) = (&facts.key, or_dash(facts.profile.last_used_at));
    let kind = facts.integration_type.to_string();
    [key.id.to_string(), facts.status.to_string(), kind, last_use, key.name.to_string()]
}
