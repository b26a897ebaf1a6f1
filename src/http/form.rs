//! The strict reader of `application/x-www-form-urlencoded` OAuth requests (RFC 6749 appendix B).

use std::borrow::Cow;

use percent_encoding::percent_decode;
use thiserror::Error;

/// Parameters that a request may have (H5).
pub const MAX_PARAMETERS: usize = 64;

/// Parameters that a form of a page may have.
const MAX_BOXES: usize = 4_000;

/// The one parameter that may be repeated (RFC 8707 section 2, RI-03).
const REPEATABLE: &str = "resource";

/// The one parameter whose value may be any garbage: such a token is simply unknown (H7).
const TOKEN: &str = "token";

/// The parameters of a request, borrowed from its body where nothing was escaped.
///
/// There is no `Debug`: values are secrets and tokens.
pub struct Form<'a> {
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Why a body is no form. The texts are fit for `error_description`: they repeat nothing of what was sent (TE-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{}", self.description())]
pub enum FormError {
    /// More than [`MAX_PARAMETERS`].
    TooManyParameters,
    /// A name other than `resource` stands there twice (TE-06).
    RepeatedParameter,
    /// A percent sign without two hexadecimal digits behind it.
    BadEscape,
    /// Bytes that are not UTF-8, or a control character (H7).
    NotText,
}

impl FormError {
    /// What is wrong and what to do.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::TooManyParameters => "The body has more than 64 parameters; send fewer",
            Self::RepeatedParameter => "A parameter is sent twice; only resource may be repeated",
            Self::BadEscape => "A percent sign in the body is not followed by two hexadecimal digits",
            Self::NotText => "A parameter is not UTF-8 text or has control characters",
        }
    }
}

impl<'a> Form<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// Says what keeps the body from being one unambiguous set of parameters.
    pub fn parse(body: &'a [u8]) -> Result<Self, FormError> {
        Self::parse_repeating(body, &[REPEATABLE])
    }

    /// Reads a body in which these parameters may stand more than once.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_repeating(body: &'a [u8], repeatable: &[&str]) -> Result<Self, FormError> {
        Self::parse_bounded(body, MAX_PARAMETERS, |name| repeatable.contains(&name))
    }

    /// Reads a form of a page with boxes to tick: each box is a parameter, and those of one list have one name.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_boxes(body: &'a [u8]) -> Result<Self, FormError> {
        Self::parse_bounded(body, MAX_BOXES, |_| true)
    }

    fn parse_bounded(body: &'a [u8], most: usize, may_repeat: impl Fn(&str) -> bool) -> Result<Self, FormError> {
        let mut parameters: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::with_capacity(8);
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == most {
                return Err(FormError::TooManyParameters);
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = match decode(halves.next().unwrap_or_default()) {
                Err(FormError::NotText) if name == TOKEN => Cow::Borrowed(UNUSABLE),
                other => other?,
            };
            if !may_repeat(&name) && parameters.iter().any(|(known, _)| *known == name) {
                return Err(FormError::RepeatedParameter);
            }
            parameters.push((name, value));
        }
        Ok(Self { parameters })
    }

    /// The same without the body that it was read from.
    #[must_use]
    pub fn into_owned(self) -> Form<'static> {
        let owned = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        Form { parameters: self.parameters.into_iter().map(|(name, value)| (owned(name), owned(value))).collect() }
    }

    /// The value of a parameter; one with an empty value is absent (TE-07).
    ///
    /// A `token` that is no text at all reads as U+0000, a text that no token has: it is present, and it is unknown.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The names of all parameters, also of those with an empty value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|(name, _)| name.as_ref())
    }

    /// All values of a parameter, without empty ones, in the order sent.
    pub fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        self.parameters
            .iter()
            .filter(move |(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_ref())
    }
}

/// What a `token` reads as that is no text. Nothing else can have this value, since control characters are refused.
const UNUSABLE: &str = "\0";

/// One form-encoded name, value or half of Basic credentials as the text it stands for.
///
/// # Errors
/// [`FormError::BadEscape`] or [`FormError::NotText`].
pub(super) fn decode(encoded: &[u8]) -> Result<Cow<'_, str>, FormError> {
    // What nearly all values are, found out in one look: visible ASCII that stands for itself.
    if encoded.iter().all(|byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'%' | b'+')) {
        return str::from_utf8(encoded).map(Cow::Borrowed).map_err(|_| FormError::NotText);
    }
    let text = if encoded.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        Cow::Owned(unescape(encoded)?)
    } else {
        Cow::Borrowed(str::from_utf8(encoded).map_err(|_| FormError::NotText)?)
    };
    if text.chars().any(char::is_control) { Err(FormError::NotText) } else { Ok(text) }
}

fn unescape(encoded: &[u8]) -> Result<String, FormError> {
    let escapes_are_whole = encoded
        .split(|byte| *byte == b'%')
        .skip(1)
        .all(|rest| matches!(rest, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()));
    if !escapes_are_whole {
        return Err(FormError::BadEscape);
    }
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).map_err(|_| FormError::NotText)
}
