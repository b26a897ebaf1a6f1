//! `keystead leak`

use std::io::{BufRead, Read};

use clap::{Args, Subcommand};
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    arguments::or_dash,
    context::{Context, Site, deps},
    failure::Failure,
    output::table,
    pages,
};
use crate::{
    domain::{
        audit_event::Origin,
        ids::ApiKeyId,
        leak::{LeakSource, MOST_SECRETS},
    },
    manage::leaks::{self, FoundLeak, LeakFacts, Report},
};

/// No line with a secret is longer; the rest of one that is stands for itself.
const LONGEST_LINE: u64 = 4096;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Hand in secrets that were seen where they should not be, one a line on standard input.
    #[command(after_help = "Example:\n  keystead leak report --source 'scan of the wiki' < found.txt")]
    Report(ReportArguments),
    /// List the reported leaks of a key's secrets.
    #[command(after_help = "Example:\n  keystead leak list key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    List(Named),
}

#[derive(Args)]
pub(super) struct ReportArguments {
    /// Where they were seen, for those who own them
    #[arg(long, value_name = "TEXT", value_parser = LeakSource::parse)]
    source: Option<LeakSource>,
}

#[derive(Args)]
pub(super) struct Named {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Report(report) => hand_in(context, &site, report),
        Command::List(Named { id }) => list(context, &site, id),
    }
}

/// Takes any number of lines, a report's worth at a time, so that nothing waits until the last one.
fn hand_in(context: &Context<'_>, site: &Site, ReportArguments { source }: ReportArguments) -> Result<(), Failure> {
    if context.globals.acts_as.is_some() {
        return Err(Failure::usage("caller_without_use", "anybody may report a leak; leave out `--as`"));
    }
    let deps = deps(&site.config)?;
    let mut input = std::io::stdin().lock();
    let (mut received, mut found) = (0, Vec::new());
    loop {
        let secrets = next_lines(&mut input)?;
        if secrets.is_empty() {
            break;
        }
        received += secrets.len();
        let report = Report { secrets: &secrets, source: source.clone(), origin: Origin::OPERATOR };
        found.extend(leaks::report(&site.store, &deps, &report)?);
    }
    print_found(context, received, &found)
}

fn next_lines(input: &mut impl BufRead) -> Result<Vec<Zeroizing<String>>, Failure> {
    let mut lines = Vec::new();
    while lines.len() < MOST_SECRETS {
        let mut line = Zeroizing::new(Vec::new());
        if input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = Zeroizing::new(String::from_utf8_lossy(&line).trim().to_owned());
        if !text.is_empty() {
            lines.push(text);
        }
    }
    Ok(lines)
}

fn print_found(context: &Context<'_>, received: usize, found: &[FoundLeak]) -> Result<(), Failure> {
    let as_json = |leak: &FoundLeak| {
        json!({
            "client_id": leak.client.to_string(), "pair": leak.pair, "new": leak.is_new, "revoked": leak.revoked,
        })
    };
    let json = json!({ "received": received, "found": found.iter().map(as_json).collect::<Vec<_>>() });
    let word = |yes| if yes { "yes" } else { "no" }.to_owned();
    let row =
        |leak: &FoundLeak| [leak.client.to_string(), leak.pair.to_string(), word(leak.is_new), word(leak.revoked)];
    let rows: Vec<_> = found.iter().map(row).collect();
    context.printer.print(&json, |out| {
        writeln!(out, "{received} read, {} are secrets of this site.", found.len())?;
        if rows.is_empty() { Ok(()) } else { table(out, ["CLIENT ID", "PAIR", "NEW", "REVOKED"], &rows) }
    })
}

fn list(context: &Context<'_>, site: &Site, id: ApiKeyId) -> Result<(), Failure> {
    let all = site.read(|tx, authority| pages::all(|page| leaks::of_key(tx, authority, id, page)))?;
    let as_json = |LeakFacts { leak, pair_is_there, last_use, uses_since }: &LeakFacts| {
        json!({
            "id": leak.id, "pair": leak.pair, "pair_exists": pair_is_there, "reported_at": leak.reported_at,
            "last_reported_at": leak.last_reported_at, "reports": leak.reports, "network": leak.network,
            "source": leak.source, "revoked_at": leak.revoked_at, "last_used_at": last_use.at,
            "last_used_from": last_use.from, "uses_since": uses_since,
        })
    };
    let json = json!({ "leaks": all.iter().map(as_json).collect::<Vec<_>>() });
    let row = |LeakFacts { leak, last_use, .. }: &LeakFacts| {
        [
            leak.pair.to_string(),
            leak.reported_at.to_string(),
            leak.reports.to_string(),
            or_dash(leak.revoked_at),
            or_dash(last_use.at),
            or_dash(leak.source.as_deref()),
        ]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    context
        .printer
        .print(&json, |out| table(out, ["PAIR", "REPORTED", "TIMES", "REVOKED", "LAST USE", "SOURCE"], &rows))
}
