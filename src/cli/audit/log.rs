//! `keystead audit list` and `audit export`.

use std::io::{self, Write};

use clap::{ArgGroup, Args};
use serde_json::json;

use crate::cli::{
    arguments::{SpaceArgument, UserArgument, or_dash, workspace_number},
    context::{Context, Site},
    failure::Failure,
    output::table,
};
use crate::{
    domain::{
        audit_filter::{Actions, AuditFilter, EventKey, Stream},
        audit_record::AuditRecord,
        authority::Authority,
        ids::{ApiKeyId, ApplicationId, GrantId, SessionId},
        key_pair::PublicId,
        page::{PageRequest, PageSize},
        time::Timestamp,
        workspace::WorkspaceNumber,
    },
    manage::{
        self,
        audit_log::{self, Export, ExportSize, Exported},
    },
    store::transaction::Reads,
};

#[derive(Args)]
#[command(group = ArgGroup::new("whose").multiple(false).args(["space", "site"]))]
struct Whose {
    /// Only events of this space, by name or id
    #[arg(long)]
    space: Option<SpaceArgument>,
    /// Only events that belong to no space: of the site, its resource servers and signing keys
    #[arg(long)]
    site: bool,
}

#[derive(Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    whose: Whose,
    /// About this user, by login or id: who acted, was acted for, or was acted on
    #[arg(long)]
    user: Option<UserArgument>,
    /// About this API key
    #[arg(long)]
    key: Option<ApiKeyId>,
    /// About this key pair, by its public id
    #[arg(long, value_parser = public_id)]
    pair: Option<PublicId>,
    /// About this consent
    #[arg(long)]
    grant: Option<GrantId>,
    /// About this workspace
    #[arg(long, value_parser = workspace_number)]
    workspace: Option<WorkspaceNumber>,
    /// About this application
    #[arg(long)]
    application: Option<ApplicationId>,
    /// About this session
    #[arg(long)]
    session: Option<SessionId>,
    /// This action, or all that begin with a kind of thing and a full stop, such as `api_key.`
    #[arg(long)]
    action: Option<Actions>,
    /// At this time or later, such as 2027-03-31 or 2027-03-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// How many events at most
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    limit: usize,
}

#[derive(Args)]
pub(in crate::cli) struct ExportLines {
    #[command(flatten)]
    whose: Whose,
    /// Only what stands behind this position of the chain
    #[arg(long, default_value_t = 0, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(0..))]
    after: i64,
}

fn public_id(text: &str) -> Result<PublicId, &'static str> {
    text.parse().map_err(|_| "the public id of a pair has 16 letters and digits")
}

impl Whose {
    fn stream(&self, tx: &mut impl Reads, authority: &Authority) -> Result<Stream, manage::Error> {
        match &self.space {
            Some(space) => Ok(Stream::Space(space.id(tx, authority)?)),
            None if self.site => Ok(Stream::Site),
            None => Ok(Stream::Everything),
        }
    }
}

pub(super) fn list(context: &Context<'_>, site: &Site, list: List) -> Result<(), Failure> {
    let events = site.read(|tx, authority| {
        let stream = list.whose.stream(tx, authority)?;
        let user = list.user.map(|user| user.id(tx, authority)).transpose()?;
        let List { key, pair, grant, workspace, application, session, action: actions, from, to, limit, .. } = list;
        let filter = AuditFilter { user, key, pair, grant, workspace, application, session, actions, from, to };
        newest(limit, |request| audit_log::list(tx, authority, stream, &filter, request))
    })?;
    let rows: Vec<_> = events.iter().map(row).collect();
    let headings = ["AT", "ACTION", "TARGET", "ACTOR", "ADDRESS", "TIMES"];
    context.printer.print(&json!({ "events": events }), |out| table(out, headings, &rows))
}

/// The first pages, until there are so many.
fn newest(
    limit: usize,
    mut page: impl FnMut(PageRequest<EventKey>) -> Result<audit_log::EventPage, manage::Error>,
) -> Result<Vec<AuditRecord>, manage::Error> {
    let (mut events, mut after) = (Vec::new(), None);
    while events.len() < limit {
        let found = page(PageRequest { after, size: PageSize::LARGEST })?;
        events.extend(found.items);
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    events.truncate(limit);
    Ok(events)
}

fn row(event: &AuditRecord) -> [String; 6] {
    [
        event.at.to_the_microsecond(),
        event.action.clone(),
        event.target.clone(),
        event.origin.actor.to_string(),
        or_dash(event.origin.address),
        event.count.to_string(),
    ]
}

/// Prints part after part, so that only one is in memory.
pub(super) fn export(site: &Site, input: &ExportLines) -> Result<(), Failure> {
    let mut after = input.after;
    loop {
        let now = site.store.now()?;
        let part = site.read(|tx, authority| {
            let stream = input.whose.stream(tx, authority)?;
            audit_log::export(tx, authority, Export { stream, after, most: ExportSize::LARGEST, now })
        })?;
        let Exported { lines, last, is_full, to_note } = part;
        if let Some(note) = to_note {
            site.store.redeem(|redemption| audit_log::note(redemption, &note))?;
        }
        let mut out = io::stdout().lock();
        out.write_all(lines.as_bytes())?;
        out.flush()?;
        if !is_full {
            return Ok(());
        }
        after = last;
    }
}
