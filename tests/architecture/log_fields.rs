//! Which fields events of the log may have: those that the manual names. So none is added without somebody asking whether it
//! can hold a secret.

use std::collections::BTreeSet;

use crate::source::Source;

/// What stands before the list in the manual.
const BEFORE: &str = "Fields of the log: ";

/// The fields that the manual names.
pub(crate) fn named(manual: &str) -> BTreeSet<String> {
    let list = manual.split(BEFORE).nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The fields of all events in this file.
pub(crate) fn used(file: &Source) -> BTreeSet<String> {
    let code = file.product_code();
    let levels = ["error", "warn", "info", "debug", "trace"].map(|level| format!("tracing::{level}!("));
    let starts = levels.iter().flat_map(|start| code.match_indices(start.as_str()).map(|(at, found)| at + found.len()));
    starts.flat_map(|start| fields(&code[start..])).collect()
}

/// The names in the arguments of a macro, up to its closing bracket. Strings are blank already.
fn fields(arguments: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for character in arguments.chars() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            other if depth == 0 => parts.last_mut().expect("there is one").push(other),
            _ => {}
        }
    }
    let name = |part: &String| {
        let part = part.split('=').next().unwrap_or_default().trim().trim_start_matches(['?', '%']);
        (!part.is_empty() && !part.starts_with("target:")).then(|| part.to_owned())
    };
    parts.iter().filter_map(name).collect()
}
