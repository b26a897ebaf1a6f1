//! What an audit event tells of what changed, in one shape for all: `{ "field": { "from": …, "to": … } }`. What was made or
//! removed is told as it was: `{ "field": … }`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// Longest text of a detail in bytes, so that an exported line stays below 8 KiB.
const LONGEST: usize = 4_096;

/// Which members differ, with their values before and after. A member that one side lacks is `null` there.
#[must_use]
pub fn changed(before: &Value, after: &Value) -> Value {
    let none = Map::new();
    let (before, after) = (before.as_object().unwrap_or(&none), after.as_object().unwrap_or(&none));
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let value = |side: &Map<String, Value>, name: &str| side.get(name).cloned().unwrap_or_default();
    let differing = names.filter(|name| value(before, name) != value(after, name));
    let told = differing.map(|name| (name.clone(), json!({ "from": value(before, name), "to": value(after, name) })));
    Value::Object(told.collect())
}

/// A detail with one more member.
#[must_use]
pub fn with(detail: Value, name: &str, value: Value) -> Value {
    let Value::Object(mut told) = detail else { return detail };
    told.insert(name.to_owned(), value);
    Value::Object(told)
}

/// The same with members whose values are not repeated in the log, because it is kept longer than they are: they are told to be
/// `"changed"`.
#[must_use]
pub fn with_unseen(detail: Value, unseen: &[(&str, bool)]) -> Value {
    let Value::Object(mut told) = detail else { return detail };
    let changed = unseen.iter().filter(|(_, is_changed)| *is_changed);
    told.extend(changed.map(|(name, _)| ((*name).to_owned(), json!("changed"))));
    Value::Object(told)
}

/// The text that is kept: JSON on one line, of 4,096 bytes at most. Of a detail that is longer the ends of lists and texts are left
/// out, and it says so.
#[must_use]
pub fn to_text(detail: &Value) -> String {
    let whole = on_one_line(&detail.to_string());
    if whole.len() <= LONGEST {
        return whole;
    }
    let lengths = [128, 64, 32, 16, 8, 4, 2, 1];
    let mut texts = lengths.into_iter().map(|most| on_one_line(&shortened(detail, most).to_string()));
    texts.find(|text| text.len() <= LONGEST).unwrap_or_else(|| json!({ "omitted": "too long" }).to_string())
}

/// Lists of at most `most` items, and texts of eight times as many characters.
fn shortened(value: &Value, most: usize) -> Value {
    match value {
        Value::Array(items) => {
            let mut kept: Vec<Value> = items.iter().take(most).map(|item| shortened(item, most)).collect();
            if let Some(more) = items.len().checked_sub(most).filter(|more| *more > 0) {
                kept.push(json!(format!("and {more} more")));
            }
            Value::Array(kept)
        }
        Value::String(text) if text.chars().count() > 8 * most => {
            json!(format!("{}…", text.chars().take(8 * most).collect::<String>()))
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), shortened(member, most))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// JSON in which no character moves a cursor, ends a line or turns the direction of writing, for whoever looks at it line by line
/// (K13). The same value reads as before: such characters stand in strings alone, where they may be escaped.
#[must_use]
pub fn on_one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unseen(character) {
            // A text takes everything.
            let _ = write!(line, "\\u{:04x}", u32::from(character));
        } else {
            line.push(character);
        }
    }
    line
}

fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{LONGEST, changed, on_one_line, to_text, with_unseen};

    // Covers: KM-16
    #[test]
    fn a_change_tells_what_differs_and_nothing_else() {
        let detail =
            changed(&json!({ "name": "a", "mode": "full" }), &json!({ "name": "b", "mode": "full", "new": 1 }));
        assert_eq!(detail, json!({ "name": { "from": "a", "to": "b" }, "new": { "from": null, "to": 1 } }));
        let detail = with_unseen(detail, &[("emails", true), ("login", false)]);
        assert_eq!((&detail["emails"], detail.get("login")), (&json!("changed"), None));
    }

    // Covers: K13
    #[test]
    fn whatever_is_told_stays_on_one_line_and_reads_as_before() {
        let told = json!({ "name": "a\n{\"event\":1}\r\u{7f}\u{85}\u{2028}\u{202e}ä\u{1b}[2J" });
        let text = to_text(&told);
        assert!(!text.chars().any(super::is_unseen), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), told);
        assert_eq!(on_one_line(&serde_json::from_str::<Value>(&text).expect("JSON").to_string()), text);
    }

    // Covers: K13
    #[test]
    fn a_long_detail_is_cut_and_says_so() {
        let ids: Vec<String> = (0..10_000).map(|number| format!("key_{number:032}")).collect();
        let text = to_text(&json!({ "keys": ids, "note": "\u{2028}".repeat(9_000), "kept": true }));
        assert!(text.len() <= LONGEST, "{}", text.len());
        let read: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&read["kept"], &read["keys"][0]), (&json!(true), &json!(ids[0])));
        let last = read["keys"].as_array().and_then(|keys| keys.last()).expect("a last one");
        assert!(last.as_str().is_some_and(|last| last.starts_with("and ") && last.ends_with(" more")), "{last}");
    }
}
