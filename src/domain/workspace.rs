//! Workspaces: the parts of a space that roles are given in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use super::{
    ids::{SpaceId, WorkspaceId},
    name::Name,
    text_enum::text_enum,
};

text_enum! {
    /// Whether roles given in the workspace count.
    WorkspaceState {
        /// Roles count.
        Open = "open",
        /// Roles are filtered out until it is reopened.
        Closed = "closed",
    }
}

/// Number of a workspace, unique in the site: what tokens and scopes name it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WorkspaceNumber(i64);

/// The text is no number of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected the number of a workspace, such as 1001")]
pub struct InvalidWorkspaceNumber;

impl FromStr for WorkspaceNumber {
    type Err = InvalidWorkspaceNumber;

    fn from_str(text: &str) -> Result<Self, InvalidWorkspaceNumber> {
        Self::parse(text).ok_or(InvalidWorkspaceNumber)
    }
}

impl WorkspaceNumber {
    /// The number, if it is positive.
    #[must_use]
    pub const fn new(number: i64) -> Option<Self> {
        if number > 0 { Some(Self(number)) } else { None }
    }

    /// Reads decimal digits without sign or leading zero.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        if plain { text.parse().ok().and_then(Self::new) } else { None }
    }

    /// The number, as tables hold it.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for WorkspaceNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        Self::new(number).ok_or_else(|| de::Error::custom("the number of a workspace is positive"))
    }
}

impl fmt::Display for WorkspaceNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Which workspaces something in a token speaks of: `"*"` or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkspaceKey {
    /// All of the space.
    All,
    /// This one.
    One(WorkspaceNumber),
}

impl fmt::Display for WorkspaceKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => out.write_str("*"),
            Self::One(number) => number.fmt(out),
        }
    }
}

impl Serialize for WorkspaceKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WorkspaceKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        match text.as_ref() {
            "*" => Ok(Self::All),
            digits => WorkspaceNumber::parse(digits)
                .map(Self::One)
                .ok_or_else(|| de::Error::custom("expected `*` or the number of a workspace")),
        }
    }
}

/// A part of a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Identifier.
    pub id: WorkspaceId,
    /// The space it belongs to for ever.
    pub space: SpaceId,
    /// What tokens name it by.
    pub number: WorkspaceNumber,
    /// Unique in the space.
    pub name: Name,
    /// Whether roles given in it count.
    pub state: WorkspaceState,
}

impl Workspace {
    /// Whether roles given in it count.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == WorkspaceState::Open
    }
}
