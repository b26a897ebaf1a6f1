//! Users: people and service accounts.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    assignment::Assignment,
    email::Email,
    ids::{SpaceId, UserId},
    name::Name,
    sequence::Seq,
    space::Space,
    text_enum::text_enum,
    time::Timestamp,
};

text_enum! {
    /// Who stands behind the account.
    AccountType {
        /// A person, or an account used like one.
        Standard = "standard",
        /// A machine: has no password (L147).
        Service = "service",
    }
}

text_enum! {
    /// Whether the user may do anything at all.
    UserState {
        /// May act.
        Active = "active",
        /// May not; keys and logins stopped when it was disabled.
        Disabled = "disabled",
    }
}

/// What a user types to log in: lower-cased, unique in the site, 1 to 100 visible characters without white space.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Login(String);

impl Login {
    /// Lower-cases and checks a login name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let one_word = !text.chars().any(char::is_whitespace);
        Name::parse(&text).ok().filter(|_| one_word).map(|_| Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Login {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom("a login has 1 to 100 visible characters without white space"))
    }
}

impl fmt::Display for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

text_enum! {
    /// What is worth a second look, and no reason to refuse anything (L141, L143).
    AccountWarning {
        /// Accounts of machines are of type `standard` as a rule: `service` has no password, ever.
        ServiceType = "service_type",
        /// Whoever meets the account cannot see that no person stands behind it.
        NameHidesService = "name_hides_service",
    }
}

/// What decisions need to know of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Identifier, `sub` of the tokens that act for this user.
    pub id: UserId,
    /// The space that the user belongs to; roles elsewhere are those of a guest.
    pub home: SpaceId,
    /// Whether the user may do anything.
    pub state: UserState,
    /// Whether the user's keys work (L130).
    pub api_keys_enabled: bool,
    /// When the password was set, if there is one.
    pub password_set_at: Option<Timestamp>,
    /// Logs in with a password even where the space has single sign-on.
    pub sso_exempt: bool,
    /// Last disabling: everything of the user made before is dead.
    pub cut_off: Seq,
    /// Last time that the user's keys were switched off.
    pub keys_cut_off: Seq,
    /// Last change of password: sessions and refresh families made before are dead, keys are not.
    pub logins_cut_off: Seq,
    /// Roles that the user holds.
    pub roles: Vec<Assignment>,
}

/// What people see of a user, beside what decisions read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserProfile {
    /// What is typed to log in.
    pub login: Login,
    /// As people see it.
    pub full_name: Name,
    /// Addresses; a service account may have several (L142).
    pub emails: Vec<Email>,
    /// Who stands behind the account.
    pub account_type: AccountType,
    /// When the user was made.
    pub created_at: Timestamp,
}

impl User {
    /// Whether a password is what this person logs in with; elsewhere single sign-on is (L071).
    #[must_use]
    pub const fn uses_password(&self, home: &Space) -> bool {
        !home.sso_enabled || self.sso_exempt
    }

    /// Whether the password is too old for the policy of the home space, which stops the user's keys (L072). Where people
    /// log in elsewhere, only the passwords of those who are exempt count (L071).
    #[must_use]
    pub fn is_stopped_by_password(&self, home: &Space, now: Timestamp) -> bool {
        let (Some(set_at), Some(life)) = (self.password_set_at, home.password_life) else { return false };
        self.uses_password(home) && set_at.plus(life) <= now
    }
}

impl UserProfile {
    /// What is worth a second look.
    #[must_use]
    pub fn warnings(&self) -> Vec<AccountWarning> {
        match self.account_type {
            AccountType::Standard => Vec::new(),
            AccountType::Service if self.full_name.as_str().to_lowercase().contains("service") => {
                vec![AccountWarning::ServiceType]
            }
            AccountType::Service => vec![AccountWarning::ServiceType, AccountWarning::NameHidesService],
        }
    }
}
