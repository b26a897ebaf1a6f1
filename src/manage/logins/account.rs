//! Whose password it is: the account that a name means, and whether a password opens it at all.

use crate::{
    crypto::password::PasswordHash,
    domain::{
        account_name::AccountName,
        ids::UserId,
        sequence::Seq,
        space::{Space, SpaceState},
        user::{AccountType, User, UserProfile, UserState},
    },
    manage::{Error, find},
    store::{self, Snapshot, transaction::Reads},
};

/// A user as the login meets one.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) user: User,
    pub(super) profile: UserProfile,
    pub(super) home: Space,
    /// What is kept of the password.
    pub(super) hash: Option<PasswordHash>,
    /// The state that all this was read in.
    pub(super) head: Seq,
}

impl Account {
    /// Whether a password is what this person logs in with (L071): neither a machine, nor somebody who was stopped, nor
    /// somebody who logs in elsewhere.
    pub(super) fn uses_password(&self) -> bool {
        self.user.state == UserState::Active
            && self.home.state == SpaceState::Open
            && self.profile.account_type == AccountType::Standard
            && self.user.uses_password(&self.home)
    }

    /// The hash to check a password against, if the right one would open the account.
    pub(super) fn hash_that_opens(&self) -> Option<&PasswordHash> {
        self.hash.as_ref().filter(|_| self.uses_password())
    }
}

/// The account that the name means: by login, else by an address that one user alone has.
pub(super) fn named(tx: &mut Snapshot<'_>, name: &AccountName) -> Result<Option<Account>, Error> {
    for login in name.logins() {
        if let Some(id) = store::users::find_by_login(tx, &login)? {
            return with_id(tx, id);
        }
    }
    let Some(email) = name.email() else { return Ok(None) };
    match store::accounts::with_email(tx, &email)?.as_slice() {
        [id] => with_id(tx, *id),
        _ => Ok(None),
    }
}

/// The account with this id.
pub(super) fn with_id(tx: &mut Snapshot<'_>, id: UserId) -> Result<Option<Account>, Error> {
    let head = tx.stamp().seq;
    of_rows(tx, id, head)
}

/// The same within a change or a snapshot whose number is `head`.
pub(super) fn of_rows(tx: &mut impl Reads, id: UserId, head: Seq) -> Result<Option<Account>, Error> {
    let Some(user) = store::users::find(tx, id)? else { return Ok(None) };
    let profile = store::users::profiles(tx, &[id])?.remove(&id);
    let home = store::spaces::find(tx, user.home)?;
    let kept = store::accounts::password_hash(tx, id)?;
    let hash = kept.and_then(|text| {
        let parsed = PasswordHash::parse(&text);
        if parsed.is_err() {
            tracing::error!(user = %id, "what is kept of a password cannot be read; the user has to set a new one");
        }
        parsed.ok()
    });
    Ok(Some(Account {
        profile: find::present(profile, "user", id)?,
        home: find::present(home, "space", user.home)?,
        user,
        hash,
        head,
    }))
}
