//! `keystead audit verify` and `audit resume`.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::{
    context::{Context, Site, deps},
    failure::Failure,
};
use crate::{
    config::CheckpointFile,
    domain::{audit_chain::Checkpoint, time::Timestamp},
    manage::audit_chain::{Problem, Resumed, Verification, resume, verify},
};

/// Longer than sealing takes when all is well, also of what is counted on for a minute.
const USUAL_DELAY: Duration = Duration::from_mins(2);

#[derive(Args)]
pub(in crate::cli) struct Verify {
    /// A checkpoint that was kept, `POSITION:SEAL`: the chain must pass through it; may be repeated
    #[arg(long = "checkpoint", value_name = "CHECKPOINT")]
    checkpoints: Vec<Checkpoint>,
    /// A file with checkpoints, one a line
    #[arg(long, value_name = "FILE")]
    checkpoint_file: Option<PathBuf>,
}

pub(super) fn run_resume(context: &Context<'_>) -> Result<(), Failure> {
    let site = context.site()?;
    let Resumed { before, last } = resume(&site.store, &deps(&site.config)?.master)?;
    let sentence = format!("Sealing goes on after position {}; an audit event says so.", last.position);
    context.printer.say(&json!({ "before": before, "last": last }), &sentence)
}

pub(super) fn run_verify(context: &Context<'_>, arguments: Verify) -> Result<(), Failure> {
    let (verification, now) = verification(context, arguments).map_err(Failure::of_ours)?;
    let last = verification.last;
    let late = verification.open.oldest.is_some_and(|oldest| oldest.plus(USUAL_DELAY) < now);
    context.printer.print(&as_json(&verification, late), |out| describe(out, &verification, late))?;
    if verification.is_whole() {
        return Ok(());
    }
    let sentence = format!("the audit log was altered past Keystead; what it is up to {last} cannot be relied on");
    Err(Failure::new("audit_chain_broken", sentence))
}

fn verification(context: &Context<'_>, arguments: Verify) -> Result<(Verification, Timestamp), Failure> {
    let site: Site = context.site()?;
    let mut checkpoints = arguments.checkpoints;
    if let Some(file) = arguments.checkpoint_file {
        checkpoints.extend(read_checkpoints(&file)?);
    }
    checkpoints.extend(CheckpointFile::of(&site.config.data_dir).read()?);
    let (master, now) = (deps(&site.config)?.master, site.store.now()?);
    Ok((site.read(|tx, _| Ok(verify(tx, &master, &checkpoints)?))?, now))
}

fn read_checkpoints(file: &Path) -> Result<Vec<Checkpoint>, Failure> {
    let unreadable =
        |error: &dyn std::fmt::Display| Failure::new("checkpoints", format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(&error))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.parse().map_err(|error| unreadable(&error))).collect()
}

fn as_json(verification: &Verification, late: bool) -> Value {
    let Verification { events, kept_after, last, sealed_at, open, passed, too_old, problems, more_problems } =
        verification;
    let problem = |problem: &Problem| {
        json!({
            "problem": problem.code(), "position": problem.position(), "event": problem.event(),
            "message": problem.to_string(),
        })
    };
    json!({
        "ok": verification.is_whole(),
        "events": events,
        "first": if *events == 0 { None } else { Some(kept_after.position + 1) },
        "checkpoint": Some(last).filter(|last| last.position > 0),
        "sealed_at": sealed_at,
        "unsealed": { "events": open.events, "oldest": open.oldest, "late": late },
        "checkpoints": { "passed": passed, "too_old": too_old },
        "problems": problems.iter().map(problem).collect::<Vec<_>>(),
        "more_problems": more_problems,
    })
}

fn describe(out: &mut dyn Write, verification: &Verification, late: bool) -> io::Result<()> {
    let Verification { events, kept_after, last, open, passed, too_old, problems, more_problems, .. } = verification;
    for problem in problems {
        writeln!(out, "WRONG  {problem}")?;
    }
    if *more_problems > 0 {
        writeln!(out, "WRONG  and {more_problems} more")?;
    }
    if problems.is_empty() {
        let places = if *events == 0 {
            String::new()
        } else {
            format!(", positions {} to {}", kept_after.position + 1, last.position)
        };
        writeln!(out, "ok: {events} events{places}; {} not sealed yet", open.events)?;
    }
    if late {
        writeln!(out, "note: events wait long to be sealed; `keystead serve` does it, and says in its log why not")?;
    }
    if !passed.is_empty() {
        writeln!(out, "The chain passes through {} checkpoints.", passed.len())?;
    }
    if !too_old.is_empty() {
        writeln!(out, "{} checkpoints are from before the first event that is kept.", too_old.len())?;
    }
    if problems.is_empty() && last.position > 0 {
        writeln!(out, "checkpoint {last}")?;
    }
    Ok(())
}
