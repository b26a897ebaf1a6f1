//! Names and descriptions that people type.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

/// A name as people see it: 1 to 100 characters, trimmed, without control, zero-width or bidirectional characters
/// (B14), so that what is shown is what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

/// Free text of at most 1,000 characters under the same rule; may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Description(String);

/// Why a text cannot be a name or description.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidName {
    /// Nothing but white space.
    #[error("a name needs at least one visible character")]
    Empty,
    /// Too many characters.
    #[error("the text has {length} characters, at most {most} are allowed")]
    TooLong {
        /// Characters given.
        length: usize,
        /// Characters allowed.
        most: usize,
    },
    /// A character that is invisible or changes the order of others.
    #[error("the text contains the invisible or direction-changing character U+{0:04X}")]
    Invisible(u32),
}

impl Name {
    /// Trims and checks a name.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let text = visible(text, 100)?;
        if text.is_empty() { Err(InvalidName::Empty) } else { Ok(Self(text)) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Description {
    /// Trims and checks a description.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        visible(text, 1_000).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&std::borrow::Cow::<'de, str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&std::borrow::Cow::<'de, str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for Description {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn visible(text: &str, most: usize) -> Result<String, InvalidName> {
    let text = text.trim();
    let length = text.chars().count();
    if length > most {
        return Err(InvalidName::TooLong { length, most });
    }
    match text.chars().find(|character| is_invisible(*character)) {
        Some(character) => Err(InvalidName::Invisible(u32::from(character))),
        None => Ok(text.to_owned()),
    }
}

/// Control characters, the bidirectional controls of Unicode TR 9, zero-width characters and the byte order mark.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}
