//! What templates do to texts besides escaping.

#![expect(
    unreachable_pub,
    clippy::inline_always,
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "the attribute that makes a filter asks for this form and writes the rest"
)]

use std::borrow::Cow;

use crate::domain::name::Description;

/// The text without control, zero-width and direction-changing characters (B14): what was typed into a form is shown
/// again before it was ever checked.
#[askama::filter_fn]
pub fn seen(text: impl AsRef<str>, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(visible(text.as_ref()).into_owned())
}

/// The rule of descriptions, applied to one character after the other only if the whole breaks it.
fn visible(text: &str) -> Cow<'_, str> {
    if Description::parse(text).is_ok() {
        return Cow::Borrowed(text);
    }
    let mut buffer = [0; 4];
    text.chars().filter(|character| Description::parse(character.encode_utf8(&mut buffer)).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_seen_is_left() {
        assert_eq!(visible("Ærø & <b>"), "Ærø & <b>");
        assert_eq!(visible("in\u{202E}gpj\u{200B}.exe\u{0}"), "ingpj.exe");
    }
}
