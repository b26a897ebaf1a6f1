//! `keystead signing-key`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    context::{Context, Site, deps},
    failure::Failure,
    output::table,
};
use crate::{
    domain::{
        ids::SigningKeyId,
        signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
    },
    manage::signing_keys::{self, NewSigningKey, RevokeSigningKey, Rotate, Rotated, Schedule},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List signing keys and where each stands.
    #[command(after_help = "Example:\n  keystead signing-key list")]
    List,
    /// Publish a successor that begins to sign after `keys.publish_lead`.
    #[command(after_help = "Example:\n  keystead signing-key rotate --algorithm ES256")]
    Rotate(RotateArguments),
    /// Revoke a signing key: all its tokens are dead when this returns, and a new key signs.
    #[command(after_help = "Example:\n  keystead signing-key revoke sig_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Revoke(Revoke),
}

#[derive(Args)]
pub(super) struct RotateArguments {
    /// Only this algorithm: `ES256`, `RS256` or `EdDSA`
    #[arg(long)]
    algorithm: Option<SigningAlgorithm>,
    /// Let the successor sign at once; whoever keeps the key set must fetch it again
    #[arg(long)]
    now: bool,
}

#[derive(Args)]
pub(super) struct Revoke {
    /// The `kid` of the key
    #[arg(value_name = "KID")]
    id: SigningKeyId,
}

pub(super) fn run(context: &Context<'_>, command: &Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::List => list(context, &site),
        Command::Rotate(RotateArguments { algorithm, now }) => rotate(context, &site, *algorithm, *now),
        Command::Revoke(Revoke { id }) => revoke(context, &site, *id),
    }
}

fn list(context: &Context<'_>, site: &Site) -> Result<(), Failure> {
    let keys = site.read(|tx, _| signing_keys::list(tx))?;
    let row = |key: &SigningKeyFacts| {
        [key.id.to_string(), key.algorithm.to_string(), key.state.to_string(), key.state_since.to_string()]
    };
    let as_json = |key: &SigningKeyFacts| {
        json!({
            "kid": key.id, "algorithm": key.algorithm, "state": key.state, "created_at": key.created_at,
            "state_since": key.state_since,
        })
    };
    let rows: Vec<_> = keys.iter().map(row).collect();
    let json = json!({ "signing_keys": keys.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["KID", "ALGORITHM", "STATE", "SINCE"], &rows))
}

fn rotate(
    context: &Context<'_>,
    site: &Site,
    algorithm: Option<SigningAlgorithm>,
    at_once: bool,
) -> Result<(), Failure> {
    let algorithms = algorithm.map_or_else(|| site.config.keys.signing_algorithms.clone(), |one| vec![one]);
    let (deps, now) = (deps(&site.config)?, site.store.now()?);
    let schedule = Schedule::from_config(&site.config);
    let new = algorithms
        .into_iter()
        .map(|algorithm| NewSigningKey::generate(&deps, algorithm, now))
        .collect::<Result<Vec<_>, _>>()?;
    let rotated = site.change(|change, deps, authority| {
        new.into_iter()
            .map(|new| {
                let algorithm = new.algorithm();
                let rotated = if at_once {
                    signing_keys::rotate_now(change, deps, authority, new)?
                } else {
                    signing_keys::rotate(change, deps, authority, Rotate { new, schedule })?
                };
                Ok((algorithm, rotated))
            })
            .collect::<Result<Vec<_>, _>>()
    })?;
    let as_json = |(algorithm, Rotated { id, state }): &(SigningAlgorithm, Rotated)| -> Value {
        json!({ "kid": id, "algorithm": algorithm, "state": state })
    };
    let json = json!({ "rotated": rotated.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| {
        rotated.iter().try_for_each(|(algorithm, Rotated { id, state })| match state {
            SigningKeyState::Active => writeln!(out, "{id} signs {algorithm} from now on."),
            _ => writeln!(out, "{id} is published and signs {algorithm} in {} s.", schedule.publish_lead.as_secs()),
        })
    })
}

fn revoke(context: &Context<'_>, site: &Site, id: SigningKeyId) -> Result<(), Failure> {
    let key = site.read(|tx, _| signing_keys::find(tx, id))?;
    let replacement = NewSigningKey::generate(&deps(&site.config)?, key.algorithm, site.store.now()?)?;
    let input = RevokeSigningKey { id, replacement };
    let successor = site.change(|change, deps, authority| signing_keys::revoke(change, deps, authority, input))?;
    let sentence = match successor {
        Some(successor) => format!("{id} is revoked and its tokens are dead; {successor} signs from now on."),
        None => format!("{id} is revoked and its tokens are dead."),
    };
    context.printer.say(&json!({ "kid": id, "state": "revoked", "replacement": successor }), &sentence)
}
