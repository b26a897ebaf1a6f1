//! What an auditor reads of uses and denials: the folded rows of the audit log.

use serde_json::Value;

use super::site::TestSite;

/// A folded row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedRow {
    pub action: String,
    pub target: String,
    /// Public id of the pair, or empty.
    pub pair: String,
    /// The address, or empty.
    pub address: String,
    pub detail: Value,
    pub count: u64,
    /// All that it can be found by.
    pub about: Vec<String>,
    /// Name of the space, or empty.
    pub space: String,
    /// Number of the workspace, or empty.
    pub workspace: String,
}

impl NotedRow {
    /// Action and reason, or action and how it was used.
    pub fn what(&self) -> (&str, &str) {
        let detail = ["reason", "grant_type", "presented_to"].into_iter().find_map(|name| self.detail[name].as_str());
        (&self.action, detail.expect("a reason"))
    }

    fn of(line: &str) -> Self {
        let parts: Vec<&str> = line.split('|').collect();
        let [action, target, pair, address, detail, count, about, space, workspace] = parts.as_slice() else {
            panic!("nine parts: {line}")
        };
        Self {
            action: (*action).to_owned(),
            target: (*target).to_owned(),
            pair: (*pair).to_owned(),
            address: (*address).to_owned(),
            detail: serde_json::from_str(detail).expect("JSON"),
            count: count.parse().expect("a number"),
            about: about.split_whitespace().map(str::to_owned).collect(),
            space: (*space).to_owned(),
            workspace: (*workspace).to_owned(),
        }
    }
}

impl TestSite {
    /// All folded rows, oldest first.
    pub fn noted(&self) -> Vec<NotedRow> {
        self.noted_where("TRUE")
    }

    /// Those that are found by what they are about.
    pub fn noted_about(&self, subject: &str) -> Vec<NotedRow> {
        self.noted_where(&format!("e.id IN (SELECT event_id FROM audit_mentions WHERE subject = '{subject}')"))
    }

    fn noted_where(&self, condition: &str) -> Vec<NotedRow> {
        let parts = [
            "e.action",
            "e.target",
            "COALESCE(e.pair, '')",
            "COALESCE(e.address, '')",
            "e.detail",
            "CAST(e.count AS TEXT)",
            "e.about",
            "COALESCE((SELECT name FROM spaces WHERE spaces.id = e.space_id), '')",
            "COALESCE(CAST(e.workspace AS TEXT), '')",
        ];
        let line = parts.join(" || '|' || ");
        let lines = self.database.text(&format!(
            "(SELECT COALESCE(string_agg(line, '\n'), '') FROM (SELECT {line} AS line FROM audit_events e \
             WHERE e.last_at IS NOT NULL AND {condition} ORDER BY e.at, e.id) AS lines)"
        ));
        lines.lines().map(NotedRow::of).collect()
    }
}
