//! The way back to the application (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207).

use std::fmt;

use url::form_urlencoded;
use zeroize::Zeroizing;

/// Where answers to a request go, and what they repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The redirect URI, checked.
    pub uri: String,
    /// `state`, returned octet by octet.
    pub state: Option<String>,
}

/// A place for a browser to go to. There is no `Debug` of its content: it may hold a code.
#[derive(Clone, PartialEq, Eq)]
pub struct Redirect(Zeroizing<String>);

impl Redirect {
    /// With a code.
    pub(super) fn code(target: &Target, issuer: &str, code: &str) -> Self {
        Self::with(target, issuer, &[("code", code)])
    }

    /// With an error.
    pub(in crate::oauth) fn error(target: &Target, issuer: &str, error: &str, description: &str) -> Self {
        Self::with(target, issuer, &[("error", error), ("error_description", description)])
    }

    /// `iss` is in every answer (AZ-13). Parameters follow those that the URI has (AZ-11). The fragment is a new one, so that
    /// the browser carries none over from here (A18).
    fn with(target: &Target, issuer: &str, parameters: &[(&str, &str)]) -> Self {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        if let Some(state) = &target.state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", issuer);
        let joint = match target.uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        Self(Zeroizing::new(format!("{}{joint}{}#_", target.uri, query.finish())))
    }

    /// The value of `Location`.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Redirect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Redirect(…)")
    }
}
