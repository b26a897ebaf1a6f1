//! Enough of an HTML reader for what our templates write.

use std::collections::BTreeMap;

/// A tag and its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// With a slash before it if it closes.
    pub(super) name: String,
    /// Values are as they stand in the page, escaped.
    pub(super) attributes: BTreeMap<String, String>,
}

impl Tag {
    pub(super) fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }

    pub(super) fn has(&self, attribute: &str) -> bool {
        self.attributes.contains_key(attribute)
    }

    /// What stays the same whatever people type.
    pub(super) fn bones(&self) -> String {
        let names: Vec<&str> = self.attributes.keys().map(String::as_str).collect();
        format!("{} {}", self.name, names.join(" "))
    }
}

/// Every tag of the page, in order.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let mut reader = Reader { rest: after };
        found.push(reader.tag());
        rest = reader.rest;
    }
    found
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn tag(&mut self) -> Tag {
        let name = self.word();
        let mut attributes = BTreeMap::new();
        loop {
            self.rest = self.rest.trim_start();
            if let Some(after) = self.rest.strip_prefix('>') {
                self.rest = after;
                return Tag { name, attributes };
            }
            if let Some(after) = self.rest.strip_prefix('/') {
                self.rest = after;
                continue;
            }
            let attribute = self.word();
            assert!(!attribute.is_empty(), "no attribute at: {:.80}", self.rest);
            let value = match self.rest.strip_prefix("=\"").and_then(|quoted| quoted.split_once('"')) {
                Some((value, after)) => {
                    self.rest = after;
                    value.to_owned()
                }
                None => String::new(),
            };
            assert!(attributes.insert(attribute.clone(), value).is_none(), "{attribute} twice in <{name}>");
        }
    }

    /// Up to white space, `=` or `>`; a closing tag begins with a slash.
    fn word(&mut self) -> String {
        let end = self
            .rest
            .char_indices()
            .find(|(at, character)| {
                character.is_whitespace() || matches!(character, '=' | '>') || (*at > 0 && *character == '/')
            })
            .map_or(self.rest.len(), |(at, _)| at);
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_lowercase()
    }
}
