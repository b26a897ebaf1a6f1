//! Scopes that applications ask users for (RFC 6749 section 3.3, OpenID Connect Core section 5.4, rulings 28 and 35).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    scope::{InvalidScope, ScopeName, is_scope_token},
    text_enum::{TextEnum, text_enum},
};

text_enum! {
    /// Scopes that say who the user is and carry no role.
    IdentityScope {
        /// Who the user is: an id token and the user's identifier.
        OpenId = "openid",
        /// The user's name and login.
        Profile = "profile",
        /// The user's e-mail address.
        Email = "email",
        /// Access while the user is away: a refresh token.
        OfflineAccess = "offline_access",
    }
}

/// One value that a user can give to an application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserScope {
    /// Who the user is.
    Identity(IdentityScope),
    /// Looking at what the user's roles let the user look at.
    Read,
    /// Altering what the user's roles let the user alter.
    Write,
    /// What a resource server registered.
    Registered(ScopeName),
}

impl UserScope {
    /// The scope with this value; none if applications cannot have it.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        match value {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            other => IdentityScope::parse(other)
                .map(Self::Identity)
                .ok()
                .or_else(|| ScopeName::parse(other).map(Self::Registered).ok()),
        }
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Identity(scope) => TextEnum::as_str(*scope),
            Self::Read => "read",
            Self::Write => "write",
            Self::Registered(name) => name.as_str(),
        }
    }
}

impl fmt::Display for UserScope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A set of such values, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserScopes(Vec<UserScope>);

impl UserScopes {
    /// Reads a `scope` parameter.
    ///
    /// # Errors
    /// [`InvalidScope::Malformed`], or [`InvalidScope::NotForApplication`] for a value that no application can have.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if text.len() > 4_096 || text.split(' ').count() > 100 || !text.split(' ').all(is_scope_token) {
            return Err(InvalidScope::Malformed);
        }
        let values = text.split(' ').map(|value| UserScope::parse(value).ok_or(InvalidScope::NotForApplication));
        Ok(values.collect::<Result<Vec<_>, _>>()?.into_iter().collect())
    }

    /// The values.
    pub fn iter(&self) -> impl Iterator<Item = &UserScope> {
        self.0.iter()
    }

    /// Whether the value is among them.
    #[must_use]
    pub fn contains(&self, scope: &UserScope) -> bool {
        self.0.contains(scope)
    }

    /// Whether this scope of the user's identity is among them.
    #[must_use]
    pub fn has(&self, scope: IdentityScope) -> bool {
        self.contains(&UserScope::Identity(scope))
    }

    /// Whether every value is also among `others`.
    #[must_use]
    pub fn are_within(&self, others: &Self) -> bool {
        self.0.iter().all(|scope| others.contains(scope))
    }

    /// Those that fulfil the condition.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&UserScope) -> bool) -> Self {
        self.0.iter().filter(|scope| keep(scope)).cloned().collect()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<UserScope> for UserScopes {
    fn from_iter<I: IntoIterator<Item = UserScope>>(values: I) -> Self {
        let mut values: Vec<UserScope> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        Self(values)
    }
}

impl Serialize for UserScopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UserScopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        if text.is_empty() { Ok(Self::default()) } else { Self::parse(&text).map_err(de::Error::custom) }
    }
}

impl fmt::Display for UserScopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            let gap = if place == 0 { "" } else { " " };
            write!(out, "{gap}{scope}")?;
        }
        Ok(())
    }
}
