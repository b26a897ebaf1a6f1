//! The promises of `docs/requirements.md` against the tags of the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::source::Source;

/// The heading above the promises that no test has to prove yet.
const NOT_YET: &str = "Promised, not yet proven";

const TAG: &str = "// Covers:";

/// What the list promises.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    proven: BTreeSet<String>,
    not_yet: BTreeSet<String>,
    complaints: Vec<String>,
}

impl Promises {
    /// Reads the lines `- **ID** text`.
    pub(crate) fn read(list: &Source) -> Self {
        let mut promises = Self::default();
        let mut not_yet = false;
        for (line, text) in (1..).zip(list.text.lines()) {
            if let Some(heading) = text.strip_prefix("## ") {
                not_yet = heading == NOT_YET;
            } else if let Some(promise) = text.strip_prefix("- **") {
                let at = format!("{}:{line}", list.path);
                promises.add(&at, promise, not_yet);
            }
        }
        promises
    }

    fn add(&mut self, at: &str, promise: &str, not_yet: bool) {
        let Some((id, _)) = promise.split_once("** ").filter(|(id, text)| is_id(id) && !text.trim().is_empty()) else {
            self.complaints.push(format!("{at}: a promise has the form `- **ID** text`"));
            return;
        };
        if self.proven.contains(id) || self.not_yet.contains(id) {
            self.complaints.push(format!("{at}: {id} is promised twice"));
        }
        if not_yet { &mut self.not_yet } else { &mut self.proven }.insert(id.to_owned());
    }

    /// Promises without a test, tests without a promise, and lines that are neither.
    pub(crate) fn complaints(&self, tags: &Tags) -> Vec<String> {
        let unkept = self.proven.iter().filter(|id| !tags.places.contains_key(*id));
        let unkept = unkept.map(|id| format!("{id} is promised and no test covers it"));
        let unpromised = tags.places.iter().filter(|(id, _)| !self.proven.contains(*id) && !self.not_yet.contains(*id));
        let unpromised = unpromised.map(|(id, at)| format!("{at}: {id} is covered and not in docs/requirements.md"));
        self.complaints.iter().chain(&tags.complaints).cloned().chain(unkept).chain(unpromised).collect()
    }

    /// The promises that stand under [`NOT_YET`] although a test covers them, as a message; empty when there are none.
    pub(crate) fn to_move_up(&self, tags: &Tags) -> String {
        let mut message = String::new();
        for (id, at) in tags.places.iter().filter(|(id, _)| self.not_yet.contains(*id)) {
            let separator = if message.is_empty() { "docs/requirements.md, move them up: " } else { ", " };
            write!(message, "{separator}{id} ({at})").expect("a string takes everything");
        }
        message
    }
}

/// What the tests claim to cover.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    /// Id to the first place that names it.
    places: BTreeMap<String, String>,
    complaints: Vec<String>,
}

impl Tags {
    /// Collects the comments `// Covers: A, B` of `src` and `tests`. Each stands above the attributes of a test.
    pub(crate) fn collect(files: &[Source]) -> Self {
        let mut tags = Self::default();
        let of_code = |file: &&Source| ["src/", "tests/"].iter().any(|folder| file.path.starts_with(folder));
        for file in files.iter().filter(of_code) {
            let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
            for (index, ids) in
                lines.iter().enumerate().filter_map(|(index, line)| Some((index, line.strip_prefix(TAG)?)))
            {
                let at = format!("{}:{}", file.path, index + 1);
                let below = lines[index..].iter().find(|line| !line.starts_with("//"));
                if !below.is_some_and(|line| line.starts_with("#[")) {
                    tags.complaints.push(format!("{at}: no test stands below this tag"));
                }
                for id in ids.split(',').map(str::trim) {
                    if is_id(id) {
                        tags.places.entry(id.to_owned()).or_insert_with(|| at.clone());
                    } else {
                        tags.complaints.push(format!("{at}: `{id}` is no id; write `{TAG} A1, B-02` on one line"));
                    }
                }
            }
        }
        tags
    }
}

/// Capital letters, perhaps a hyphen, digits: `L040`, `IN-09`, `J1`.
fn is_id(text: &str) -> bool {
    let number = text.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let digits = number.strip_prefix('-').unwrap_or(number);
    number.len() < text.len() && !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}
