//! The actions of the audit log: those that the source writes, those that are known, and those that the manual explains.

use std::{collections::BTreeSet, path::Path};

use keystead::domain::{audit_action::ACTIONS, happening::NotedAction, permission, text_enum::TextEnum as _};

/// Words of the form of an action, in string literals of these folders. Permissions have the same form.
fn written() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["src/manage", "src/oauth", "src/jobs"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    found.extend(NotedAction::ALL.iter().map(|action| action.as_str().to_owned()));
    found
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let literals = product.split('"').filter(|word| is_action(word) && permission::find(word).is_none());
        found.extend(literals.map(str::to_owned));
    }
}

fn is_action(word: &str) -> bool {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    word.split_once('.').is_some_and(|(thing, verb)| is_name(thing) && is_name(verb))
}

// Covers: L150, KM-16
#[test]
fn every_action_that_is_written_is_known_and_every_known_one_is_written() {
    let known: BTreeSet<String> = ACTIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(known.len(), ACTIONS.len(), "one stands twice");
    let written = written();
    let unknown: Vec<_> = written.difference(&known).collect();
    let unused: Vec<_> = known.difference(&written).collect();
    assert!(unknown.is_empty() && unused.is_empty(), "not in ACTIONS: {unknown:?}; never written: {unused:?}");
}

// Covers: L150
#[test]
fn the_manual_explains_every_action() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/OPERATIONS.md");
    let manual = std::fs::read_to_string(manual).expect("the manual");
    let rows: Vec<String> = ACTIONS.iter().map(|(name, meaning)| format!("| `{name}` | {meaning} |\n")).collect();
    let table = format!("| action | meaning |\n|---|---|\n{}", rows.concat());
    assert!(manual.contains(&table), "the table of actions in docs/OPERATIONS.md is to be:\n\n{table}");
}
