//! Setup links: by one of them a person sets a password without knowing one, once.

use std::{fmt, time::Duration};

use serde_json::json;

use super::{deps::Deps, error::Error, find, users};
use crate::{
    crypto::secret_text::{NewSecret, SecretKind, SecretText},
    domain::{
        audit_event::{AuditEntry, Origin},
        authority::Authority,
        ids::UserId,
        sequence::Seq,
        time::Timestamp,
        user::{AccountType, User, UserState},
    },
    store::{self, Change, setup_links::KeptSetupLink, transaction::Reads},
};

/// How long a link works: it is for somebody who waits for it (K10).
pub const LIFE: Duration = Duration::from_mins(10);

/// How long a link works that comes by mail (P9).
const RESET_LIFE: Duration = Duration::from_mins(15);

/// A link that was just made. Whoever has it can become the user, so it is in this answer only.
pub struct NewSetupLink {
    /// Whom it lets in.
    pub user: UserId,
    /// When it stops working.
    pub expires_at: Timestamp,
    issuer: String,
    secret: SecretText,
}

impl NewSetupLink {
    /// The link to this site that holds this secret. Its host is the issuer's, whatever a request said (H1).
    pub(super) fn new(
        tx: &mut impl Reads,
        user: UserId,
        expires_at: Timestamp,
        secret: SecretText,
    ) -> Result<Self, Error> {
        let issuer = find::site(tx)?.issuer;
        let issuer = issuer.strip_suffix('/').unwrap_or(&issuer).to_owned();
        Ok(Self { user, expires_at, issuer, secret })
    }

    /// The URL, for the one answer that shows it.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{}/setup/{}", self.issuer, self.secret.expose())
    }

    /// The secret alone, for a link to the same site.
    #[must_use]
    pub const fn secret(&self) -> &SecretText {
        &self.secret
    }
}

impl fmt::Debug for NewSetupLink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "NewSetupLink({}, {:?})", self.user, self.secret)
    }
}

/// Makes the setup link of a user, in place of the one that there was. It works once, for ten minutes, and not any more once the
/// user's logins were cut off.
///
/// # Errors
/// `not_found`, `missing_permission`, `exceeds_own_rights`, `owner_disabled`, `service_password`.
pub fn create(change: &mut Change<'_>, deps: &Deps, authority: &Authority, id: UserId) -> Result<NewSetupLink, Error> {
    let user = users::managed(change, authority, id)?;
    if user.state == UserState::Disabled {
        return Err(Error::OwnerDisabled);
    }
    let profile = store::users::profiles(change, &[id])?.remove(&id);
    if find::present(profile, "user", id)?.account_type == AccountType::Service {
        return Err(Error::ServicePassword);
    }
    users::refuse_taking_over(change, authority, &user)?;
    make(change, deps, authority.origin(), &user, LIFE)
}

/// Makes the link by which somebody who has just shown the right password, which is too old, sets a new one. `head` is the
/// state in which the password was right; none if the user was stopped since.
pub(super) fn renew(
    change: &mut Change<'_>,
    deps: &Deps,
    origin: &Origin,
    id: UserId,
    head: Seq,
) -> Result<Option<NewSetupLink>, Error> {
    let user = as_read(change, id, head)?;
    user.map(|user| make(change, deps, origin, &user, LIFE)).transpose()
}

/// Makes the link for a user who has forgotten the password. `head` is the state in which the user was read.
pub(super) fn reset(
    change: &mut Change<'_>,
    deps: &Deps,
    id: UserId,
    head: Seq,
) -> Result<Option<NewSetupLink>, Error> {
    let user = as_read(change, id, head)?;
    user.map(|user| make(change, deps, &Origin::SYSTEM, &user, RESET_LIFE)).transpose()
}

/// The user, if nobody has stopped him or set his password since.
fn as_read(change: &mut Change<'_>, id: UserId, head: Seq) -> Result<Option<User>, Error> {
    let still = |user: &User| user.state == UserState::Active && user.cut_off.max(user.logins_cut_off) <= head;
    Ok(store::users::find(change, id)?.filter(still))
}

fn make(
    change: &mut Change<'_>,
    deps: &Deps,
    origin: &Origin,
    user: &User,
    life: Duration,
) -> Result<NewSetupLink, Error> {
    let peppers = deps.peppers(change)?;
    let NewSecret { text: secret, public_id } = NewSecret::generate(SecretKind::Invitation)?;
    let expires_at = change.now().plus(life);
    let kept = KeptSetupLink {
        id: change.new_id(),
        user: user.id,
        public_id,
        secret: peppers.hash(&secret),
        made_at: change.seq(),
        expires_at,
    };
    store::setup_links::replace(change, &kept)?;
    let detail = json!({ "expires_at": expires_at });
    let entry = AuditEntry::new("user.make_setup_link", user.id, Some(user.home), detail);
    store::audit::insert(change, origin, &entry)?;
    NewSetupLink::new(change, user.id, expires_at, secret)
}
