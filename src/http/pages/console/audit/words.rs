//! Words of the pages about the audit log.

use serde_json::Value;

use crate::domain::audit_action;

/// What an action is, in a few words.
pub(super) fn action(name: &str) -> &str {
    // What follows a semicolon is how it is counted.
    audit_action::meaning(name).and_then(|meaning| meaning.split(';').next()).unwrap_or(name)
}

/// What a kind of thing is called, by what its actions begin with.
pub(super) fn kind(prefix: &str) -> String {
    match prefix {
        "api_key" => "API keys".to_owned(),
        "key_pair" => "Key pairs".to_owned(),
        "grant" => "Consents".to_owned(),
        "audit" => "Audit log".to_owned(),
        "site" => "Site".to_owned(),
        "client" | "request" => format!("{}s refused", capital(prefix)),
        other => format!("{}s", capital(other)),
    }
}

/// What a filter is about.
pub(super) fn filter(name: &str) -> &'static str {
    match name {
        "user" => "User",
        "key" => "API key",
        "pair" => "Key pair",
        "grant" => "Consent",
        "application" => "Application",
        "session" => "Session",
        "workspace" => "Workspace",
        "action" => "What happened",
        "from" => "From",
        _ => "Until",
    }
}

/// A member of what an event tells, as a label.
pub(super) fn member(name: &str) -> String {
    capital(name)
}

/// A value of what an event tells.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "Nothing".to_owned(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) if text.is_empty() => "Empty".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "None".to_owned(),
        Value::Array(items) => items.iter().map(self::value).collect::<Vec<_>>().join(", "),
        Value::Number(number) => number.to_string(),
        Value::Object(members) => {
            let told = members.iter().map(|(name, of)| format!("{}: {}", spaced(name), self::value(of)));
            told.collect::<Vec<_>>().join(", ")
        }
    }
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

fn capital(name: &str) -> String {
    let spaced = spaced(name);
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_changed_is_told_in_words() {
        assert_eq!(
            value(&json!(["a", { "role": "viewer", "in_workspace": null }])),
            "a, role: viewer, in workspace: Nothing"
        );
        assert_eq!(
            (value(&json!("")), value(&json!([])), value(&json!(true))),
            ("Empty".into(), "None".into(), "Yes".into())
        );
        assert_eq!(member("copied_from"), "Copied from");
    }

    #[test]
    fn every_action_has_words_and_what_is_unknown_is_named() {
        assert_eq!(action("token.issue"), "An access token was issued");
        assert_eq!(action("of.tomorrow"), "of.tomorrow");
        assert_eq!(kind("refresh_token"), "Refresh tokens");
    }
}
