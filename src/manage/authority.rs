//! Who asks, evaluated from the rows of the transaction that answers; and the checks that every use case begins with.

use std::{net::IpAddr, time::Duration};

use super::{error::Error, standing};
use crate::{
    domain::{
        access_token::AccessToken,
        authority::{Area, Authority},
        ids::{SessionId, UserId},
        role::{Role, RolePermission},
        sequence::Seq,
        time::Timestamp,
        user::UserState,
    },
    store::{self, transaction::Reads},
};

/// Whoever presented a token that the live view found standing.
#[derive(Debug, Clone)]
pub struct TokenCaller {
    /// What the token says.
    pub token: AccessToken,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The number of the last change that the live view had seen.
    pub head: Seq,
    /// The time that the live view had seen.
    pub now: Timestamp,
}

/// What a request is about to do: a token may be for looking or for changing (K8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Shows something.
    Look,
    /// Changes something.
    Change,
}

/// The caller's rights as the rows of this transaction have them.
///
/// # Errors
/// `not_authenticated` if the token has fallen meanwhile, `address_not_allowed` if its key may not be used from there,
/// `insufficient_scope` if it is not for this purpose.
pub fn of_token(tx: &mut impl Reads, caller: &TokenCaller, purpose: Purpose) -> Result<Authority, Error> {
    let TokenCaller { token, address, head, now } = caller;
    let kept = standing::of_token(tx, token.acts)?.ok_or(Error::NotAuthenticated)?;
    let basis = kept.basis();
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    let revoked = !store::revoked_tokens::among(tx, &[token.id])?.is_empty();
    if revoked || token.expires_at <= *now || !token.stands(basis, site.cut_off, *head, *now) {
        return Err(Error::NotAuthenticated);
    }
    basis.check_address(*address).map_err(|_| Error::AddressNotAllowed)?;
    let scope = token.scope_of(basis);
    match purpose {
        Purpose::Look if !scope.read => Err(Error::InsufficientScope("read")),
        Purpose::Change if !scope.write => Err(Error::InsufficientScope("write")),
        _ => Ok(Authority::of_token(token, basis, *address)),
    }
}

/// The rights of a user whom the operator stands in for.
///
/// # Errors
/// `not_found`, `not_authenticated`.
pub fn of_user(tx: &mut impl Reads, id: UserId) -> Result<Authority, Error> {
    let standing = standing::of_user(tx, id)?;
    match standing.user.state {
        UserState::Active => Ok(Authority::of_user(&standing, None)),
        UserState::Disabled => Err(Error::NotAuthenticated),
    }
}

/// A person who is logged in, as the request that is answered found it.
#[derive(Debug, Clone, Copy)]
pub struct SessionCaller {
    /// The session.
    pub session: SessionId,
    /// How long a session may be unused.
    pub idle: Duration,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The time that the live view had seen.
    pub now: Timestamp,
}

/// The rights of a person who is logged in, as the rows of this transaction have them.
///
/// # Errors
/// `not_authenticated` if the session has ended meanwhile.
pub fn of_session(tx: &mut impl Reads, caller: SessionCaller) -> Result<Authority, Error> {
    let SessionCaller { session: id, idle, address, now } = caller;
    let session = store::sessions::find(tx, id)?.ok_or(Error::NotAuthenticated)?.session;
    let standing = standing::of_user(tx, session.user)?;
    let home = store::spaces::find(tx, standing.user.home)?.ok_or(Error::NotAuthenticated)?;
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    // Rows of one transaction are never from its future.
    let stands = session.stands(site.cut_off, &home, &standing.user, session.made_at);
    if session.is_over(idle, now) || !stands {
        return Err(Error::NotAuthenticated);
    }
    Ok(Authority::of_user(&standing, address).in_session(id))
}

/// Refuses whoever does not hold the permission there.
///
/// # Errors
/// `missing_permission`.
pub fn require(authority: &Authority, permission: &'static str, area: Area) -> Result<(), Error> {
    if authority.may(permission, area) { Ok(()) } else { Err(Error::MissingPermission(permission)) }
}

/// Ruling 27: nobody gives a role whose permissions he does not hold there himself.
pub(super) fn refuse_exceeding(authority: &Authority, role: &Role, area: Area) -> Result<(), Error> {
    refuse_exceeding_in(authority, role, &role.permissions, area)
}

/// The same for some of the permissions of a role.
pub(super) fn refuse_exceeding_in<'a>(
    authority: &Authority,
    role: &Role,
    permissions: impl IntoIterator<Item = &'a RolePermission>,
    area: Area,
) -> Result<(), Error> {
    match permissions.into_iter().find(|held| !authority.may_give(&held.name, area)) {
        None => Ok(()),
        Some(lacking) => {
            Err(Error::ExceedsOwnRights { permission: lacking.name.clone(), given: role.name.as_str().to_owned() })
        }
    }
}
