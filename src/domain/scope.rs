//! Scopes of access tokens, and what keys may ask for (RFC 6749 section 3.3, ruling 28). What applications ask users for
//! stands in [`super::user_scope`].

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    api_key::Mode,
    ids::ResourceServerId,
    name::Description,
    permission::{InvalidPermissionName, PermissionClass, PermissionName},
    text_enum::TextEnum,
    user_scope::{IdentityScope, UserScope},
    workspace::WorkspaceNumber,
};

/// What a key asked for; what it left open is filled in by [`RequestedScope::grant`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestedScope {
    read: bool,
    write: bool,
    registered: Vec<ScopeName>,
    workspace: Option<WorkspaceNumber>,
}

/// What a token may be used for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Saying who the user is.
    pub identity: Vec<IdentityScope>,
    /// Looking.
    pub read: bool,
    /// Altering.
    pub write: bool,
    /// Values of the resource server that the token is for, with what each lets through.
    pub registered: Vec<(ScopeName, PermissionClass)>,
    /// The only workspace it is for, if it is narrowed to one.
    pub workspace: Option<WorkspaceNumber>,
}

/// A value that a resource server registers: words of `a-z`, `0-9`, `_` and `-`, at least two, separated by dots, at most 64
/// characters (ruling 28).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeName(PermissionName);

impl ScopeName {
    /// Checks the form, which is that of permissions.
    ///
    /// # Errors
    /// Names what was given.
    pub fn parse(text: &str) -> Result<Self, InvalidPermissionName> {
        PermissionName::parse(text).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// A scope of the product behind a resource server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredScope {
    /// The value, unique in the site.
    pub name: ScopeName,
    /// Whose it is: it can be asked for at audiences of this resource server only (JW-05).
    pub resource_server: ResourceServerId,
    /// Permissions of which class it lets through.
    pub class: PermissionClass,
    /// What it stands for, in words.
    pub description: Description,
}

/// Why a scope cannot be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidScope {
    /// Characters, length or number of values.
    #[error("the scope is not a list of at most 100 values separated by single spaces")]
    Malformed,
    /// A value without meaning for API keys.
    #[error(
        "the scope names a value that API keys cannot ask for; they can ask for read, write, one workspace:NUMBER and what the resource server registered"
    )]
    Unknown,
    /// More than one workspace.
    #[error("the scope names more than one workspace; ask for one, or for none to get all")]
    SeveralWorkspaces,
    /// A value that no application, or not this one, may have.
    #[error("the scope names a value that the application may not ask for")]
    NotForApplication,
    /// More than what was granted.
    #[error("the scope asks for more than was granted")]
    NotGranted,
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

    fn with(mut self, value: &str) -> Result<Self, InvalidScope> {
        match value {
            "read" => self.read = true,
            "write" => self.write = true,
            other if other.starts_with(WORKSPACE) => {
                let number = workspace_of(other).ok_or(InvalidScope::Unknown)?;
                if self.workspace.is_some_and(|earlier| earlier != number) {
                    return Err(InvalidScope::SeveralWorkspaces);
                }
                self.workspace = Some(number);
            }
            other => {
                let name = ScopeName::parse(other).map_err(|_| InvalidScope::Unknown)?;
                if !self.registered.contains(&name) {
                    self.registered.push(name);
                }
            }
        }
        Ok(self)
    }

    /// What a key of this mode gets. If neither `read` nor `write` nor a registered value is asked for, that is all that the
    /// mode allows. `registered` are the scopes of the resource server that the token will be for.
    ///
    /// # Errors
    /// [`InvalidScope::ReadOnlyKey`], [`InvalidScope::Unknown`]: nothing is narrowed silently.
    pub fn grant<'a>(
        self,
        mode: Mode,
        registered: impl Iterator<Item = &'a RegisteredScope>,
    ) -> Result<Scope, InvalidScope> {
        let Self { read, write, registered: names, workspace } = self;
        let allowed = Scope::allowed_by(mode);
        if !read && !write && names.is_empty() {
            return Ok(Scope { workspace, ..allowed });
        }
        let known = registered.filter(|known| names.contains(&known.name));
        let classed: Vec<_> = known.map(|known| (known.name.clone(), known.class)).collect();
        if classed.len() < names.len() {
            return Err(InvalidScope::Unknown);
        }
        let scope = Scope { identity: Vec::new(), read, write, registered: classed, workspace };
        if scope.lets_through(PermissionClass::Write) && !allowed.write {
            return Err(InvalidScope::ReadOnlyKey);
        }
        Ok(scope)
    }
}

/// What a value that narrows to a workspace begins with.
const WORKSPACE: &str = "workspace:";

fn workspace_of(value: &str) -> Option<WorkspaceNumber> {
    value.strip_prefix(WORKSPACE).and_then(WorkspaceNumber::parse)
}

impl Scope {
    /// Reads the `scope` claim of our own token; values without meaning here are passed over.
    #[must_use]
    pub fn from_claim(text: &str, registered: &[RegisteredScope]) -> Self {
        text.split(' ').fold(Self::default(), |scope, value| match value {
            "read" => Self { read: true, ..scope },
            "write" => Self { write: true, ..scope },
            other => scope.with_value(other, registered),
        })
    }

    fn with_value(mut self, value: &str, registered: &[RegisteredScope]) -> Self {
        if let Some(number) = workspace_of(value) {
            self.workspace = Some(number);
        } else if let Some(UserScope::Identity(identity)) = UserScope::parse(value) {
            self.identity.push(identity);
        } else if let Some(known) = registered.iter().find(|known| known.name.as_str() == value) {
            self.registered.push((known.name.clone(), known.class));
        }
        self
    }

    /// All that a key of this mode may do.
    #[must_use]
    pub fn allowed_by(mode: Mode) -> Self {
        Self { read: true, write: mode == Mode::Full, ..Self::default() }
    }

    /// The narrower of this scope and what the key's mode allows now.
    #[must_use]
    pub fn masked(&self, mode: Mode) -> Self {
        let may_write = Self::allowed_by(mode).write;
        let mut masked = self.clone();
        masked.write &= may_write;
        masked.registered.retain(|(_, class)| may_write || *class == PermissionClass::Read);
        masked
    }

    /// What is left of it of the values that a user gives.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&UserScope) -> bool) -> Self {
        let mut kept = self.clone();
        kept.identity.retain(|scope| keep(&UserScope::Identity(*scope)));
        kept.read &= keep(&UserScope::Read);
        kept.write &= keep(&UserScope::Write);
        kept.registered.retain(|(name, _)| keep(&UserScope::Registered(name.clone())));
        kept
    }

    /// Whether permissions of this class come through.
    #[must_use]
    pub fn lets_through(&self, class: PermissionClass) -> bool {
        let named = match class {
            PermissionClass::Read => self.read,
            PermissionClass::Write => self.write,
        };
        named || self.registered.iter().any(|(_, own)| *own == class)
    }

    /// Whether the scope carries roles at all.
    #[must_use]
    pub const fn carries_roles(&self) -> bool {
        self.read || self.write || !self.registered.is_empty()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = [(self.read, "read"), (self.write, "write")].into_iter().filter(|(granted, _)| *granted);
        let identity = self.identity.iter().map(|scope| TextEnum::as_str(*scope));
        let values =
            identity.chain(plain.map(|(_, word)| word)).chain(self.registered.iter().map(|(name, _)| name.as_str()));
        let mut gap = "";
        for value in values {
            write!(out, "{gap}{value}")?;
            gap = " ";
        }
        match self.workspace {
            Some(number) => write!(out, "{gap}{WORKSPACE}{number}"),
            None => Ok(()),
        }
    }
}

/// Whether the text is one `scope-token` of RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E.
#[must_use]
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}
