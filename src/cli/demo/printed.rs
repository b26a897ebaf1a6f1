//! The text that the demo prints: lines to paste into a shell.

use askama::Template;

use super::credentials::DemoCredentials;

/// `templates/demo.txt`
#[derive(Template)]
#[template(path = "demo.txt")]
pub(super) struct Printed<'a> {
    pub(super) credentials: &'a DemoCredentials,
    pub(super) program: &'a str,
    pub(super) flags: &'a str,
}

/// The text as one word of a POSIX shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
