//! How it is printed which pairs live longer than the space lets pairs live.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::{
    cli::{
        arguments::{or_dash, quoted},
        output::table,
    },
    domain::space::Space,
    manage::pair_policy::BeyondPolicy,
    store::pair_policy::PairBeyond,
};

/// For programs.
pub(super) fn as_json(beyond: &BeyondPolicy, dry_run: bool) -> Value {
    let pair = |pair: &PairBeyond| json!({ "key": pair.key, "name": pair.name, "pair": pair.public_id, "expires_at": pair.expires_at });
    json!({
        "pairs": beyond.count.pairs, "keys": beyond.count.keys, "shortened": beyond.shortened, "dry_run": dry_run,
        "first": beyond.first.iter().map(pair).collect::<Vec<_>>(),
    })
}

/// For people.
pub(super) fn print(out: &mut dyn Write, beyond: &BeyondPolicy, space: &Space, dry_run: bool) -> io::Result<()> {
    let BeyondPolicy { count, shortened, first } = beyond;
    if dry_run {
        writeln!(out, "Nothing was changed: this is what would come of it.")?;
    }
    if *shortened > 0 {
        writeln!(out, "{shortened} pairs end sooner.")?;
    }
    if count.pairs == 0 {
        return writeln!(out, "No pair lives longer than a new one could.");
    }
    writeln!(
        out,
        "{} pairs of {} keys live longer than a new one could; they stay as they are:",
        count.pairs, count.keys
    )?;
    let row = |pair: &PairBeyond| {
        [pair.key.to_string(), pair.public_id.to_string(), or_dash(pair.expires_at), pair.name.to_string()]
    };
    table(out, ["CLIENT ID", "PAIR", "EXPIRES", "NAME"], &first.iter().map(row).collect::<Vec<_>>())?;
    let name = quoted(space.name.as_str());
    writeln!(out, "All of them: keystead key list --space {name} --beyond-policy")?;
    writeln!(out, "To end them sooner, 500 at once: keystead space edit --apply-to-existing {name}")
}
