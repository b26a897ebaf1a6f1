//! The one way to standard output: one JSON object, or text for people. Secrets pass through here once.

use std::io::{self, Write};

use serde_json::Value;

use super::failure::Failure;

/// Prints in the form that was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    pub(super) json: bool,
}

impl Printer {
    /// Prints `json`, or what `human` writes.
    pub(super) fn print(
        self,
        json: &Value,
        human: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{json}")?;
        } else {
            human(&mut out)?;
        }
        Ok(out.flush()?)
    }

    /// Prints one sentence, or `json`.
    pub(super) fn say(self, json: &Value, sentence: &str) -> Result<(), Failure> {
        self.print(json, |out| writeln!(out, "{sentence}"))
    }
}

/// Writes rows under headings, each column as wide as its widest cell.
pub(super) fn table<const N: usize>(out: &mut dyn Write, headings: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
    let headings = headings.map(str::to_owned);
    let widths: Vec<usize> = (0..N)
        .map(|column| {
            let cells = std::iter::once(&headings).chain(rows).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        })
        .collect();
    for row in std::iter::once(&headings).chain(rows) {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// Writes labelled values, one a line.
pub(super) fn fields(out: &mut dyn Write, fields: &[(&str, String)]) -> io::Result<()> {
    let width = fields.iter().map(|(label, _)| label.len()).max().unwrap_or_default();
    fields.iter().try_for_each(|(label, value)| writeln!(out, "  {label:width$}  {value}"))
}
