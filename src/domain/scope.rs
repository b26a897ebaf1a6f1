//! Scopes of access tokens that keys ask for (RFC 6749 section 3.3, ruling 28).

use std::fmt;

use thiserror::Error;

use super::{api_key::Mode, permission::PermissionClass, workspace::WorkspaceNumber};

/// What a key asked for; what it left open is filled in by [`RequestedScope::grant`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RequestedScope {
    read: bool,
    write: bool,
    workspace: Option<WorkspaceNumber>,
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Looking.
    pub read: bool,
    /// Altering.
    pub write: bool,
    /// The only workspace it is for, if it is narrowed to one.
    pub workspace: Option<WorkspaceNumber>,
}

/// Why a scope cannot be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidScope {
    /// Characters, length or number of values.
    #[error("the scope is not a list of at most 100 values separated by single spaces")]
    Malformed,
    /// A value without meaning for API keys.
    #[error(
        "the scope names a value that API keys cannot ask for; they can ask for read, write and one workspace:NUMBER"
    )]
    Unknown,
    /// More than one workspace.
    #[error("the scope names more than one workspace; ask for one, or for none to get all")]
    SeveralWorkspaces,
    /// Writing with a key that only reads.
    #[error("the scope asks for write, but the key is read-only")]
    ReadOnlyKey,
}

impl RequestedScope {
    /// Reads a `scope` parameter; absent means the default.
    ///
    /// # Errors
    /// Says what cannot be granted.
    pub fn parse(text: Option<&str>) -> Result<Self, InvalidScope> {
        let Some(text) = text else { return Ok(Self::default()) };
        if text.len() > 4_096 || text.split(' ').count() > 100 || !text.split(' ').all(is_scope_token) {
            return Err(InvalidScope::Malformed);
        }
        text.split(' ').try_fold(Self::default(), Self::with)
    }

    fn with(self, value: &str) -> Result<Self, InvalidScope> {
        match value {
            "read" => Ok(Self { read: true, ..self }),
            "write" => Ok(Self { write: true, ..self }),
            other => {
                let number =
                    other.strip_prefix("workspace:").and_then(WorkspaceNumber::parse).ok_or(InvalidScope::Unknown)?;
                match self.workspace {
                    Some(earlier) if earlier != number => Err(InvalidScope::SeveralWorkspaces),
                    _ => Ok(Self { workspace: Some(number), ..self }),
                }
            }
        }
    }

    /// What a key of this mode gets. Neither `read` nor `write` means all that the mode allows.
    ///
    /// # Errors
    /// [`InvalidScope::ReadOnlyKey`]: nothing is narrowed silently.
    pub fn grant(self, mode: Mode) -> Result<Scope, InvalidScope> {
        let allowed = Scope::allowed_by(mode);
        if self.write && !allowed.write {
            return Err(InvalidScope::ReadOnlyKey);
        }
        let (read, write) = if self.read || self.write { (self.read, self.write) } else { (true, allowed.write) };
        Ok(Scope { read, write, workspace: self.workspace })
    }
}

impl Scope {
    /// Reads the `scope` claim of our own token; values without meaning here are passed over.
    #[must_use]
    pub fn from_claim(text: &str) -> Self {
        let nothing = Self { read: false, write: false, workspace: None };
        text.split(' ').fold(nothing, |scope, value| match value {
            "read" => Self { read: true, ..scope },
            "write" => Self { write: true, ..scope },
            other => {
                let number = other.strip_prefix("workspace:").and_then(WorkspaceNumber::parse);
                Self { workspace: number.or(scope.workspace), ..scope }
            }
        })
    }

    /// All that a key of this mode may do.
    #[must_use]
    pub fn allowed_by(mode: Mode) -> Self {
        Self { read: true, write: mode == Mode::Full, workspace: None }
    }

    /// The narrower of this scope and what the key's mode allows now.
    #[must_use]
    pub fn masked(self, mode: Mode) -> Self {
        Self { write: self.write && Self::allowed_by(mode).write, ..self }
    }

    /// Whether permissions of this class come through.
    #[must_use]
    pub const fn lets_through(self, class: PermissionClass) -> bool {
        match class {
            PermissionClass::Read => self.read,
            PermissionClass::Write => self.write,
        }
    }

    /// Whether the scope carries roles at all.
    #[must_use]
    pub const fn carries_roles(self) -> bool {
        self.read || self.write
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for (granted, word) in [(self.read, "read"), (self.write, "write")] {
            if granted {
                write!(out, "{gap}{word}")?;
                gap = " ";
            }
        }
        match self.workspace {
            Some(number) => write!(out, "{gap}workspace:{number}"),
            None => Ok(()),
        }
    }
}

/// Whether the text is one `scope-token` of RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E.
#[must_use]
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}
