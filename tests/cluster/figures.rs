//! The manual describes the figures of a process, all of them and no others.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    installation::Installation,
    support::{backend::Backend, http::Response},
};

const MANUAL: &str = include_str!("../../docs/OPERATIONS.md");

/// Kind and labels of each figure, as a process gives them.
fn given(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut figures = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            figures.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().expect("a name");
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| {
                let base = name.strip_suffix(end)?;
                figures.contains_key(base).then_some(base)
            });
            let (_, labels) = figures.get_mut(base.unwrap_or(name)).unwrap_or_else(|| panic!("no TYPE of {name}"));
            let list = line.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}')).map_or("", |(list, _)| list);
            // No value of a label has a quote or a comma in it.
            let names = list.split("\",").filter_map(|pair| pair.split_once('=')).map(|(name, _)| name.to_owned());
            labels.extend(names.filter(|name| name != "le"));
        }
    }
    figures
}

/// The same as the table of the manual has them.
fn described() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let rows = MANUAL.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows = rows.filter(|row| row.starts_with("keystead_") || row.starts_with("process_"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let labels = cells[2].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (cells[0].trim_end_matches('`').to_owned(), (cells[1].to_owned(), labels))
    })
    .collect()
}

// Covers: OM-01, OM-03
#[test]
fn the_manual_has_a_row_for_each_figure() {
    let site = Installation::new(Backend::Sqlite);
    let (node, key) = (site.node(), site.key("viewer@1001"));
    node.mint(&key);
    let answer: Response = node.management.get("/metrics").send();
    assert_eq!(answer.status, 200);
    assert_eq!(given(&answer.body), described());
    let version = format!(r#"keystead_build_info{{version="{}"}} 1"#, env!("CARGO_PKG_VERSION"));
    assert!(answer.body.contains(&version), "{}", answer.body);
    assert_eq!(node.client.get("/metrics").send().status, 404, "not where everybody may ask");
    for line in answer.body.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
        assert!(value.is_some_and(|value| value >= 0.0), "{line}");
    }
    // Alerts of the manual name figures that exist.
    let names =
        MANUAL.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("keystead_"));
    for name in names {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let known = |name: &str| described().contains_key(name);
        assert!(known(name) || base.is_some_and(known), "the manual speaks of {name}, which does not exist");
    }
}
