//! Who gets to see an explanation, and what things are called in it.

use crate::{
    domain::{
        api_key::ApiKey,
        authority::{Area, Authority},
        explanation::{About, AboutKind},
        ids::{ApiKeyId, ApplicationId, SpaceId, UserId},
        permission::USERS_MANAGE,
    },
    manage::{
        api_keys::{managed, require_keys_manage},
        applications,
        error::Error,
    },
    store::{self, transaction::Reads},
};

/// Whether a check lets somebody see something; a refusal is no answer, and trouble stays trouble.
fn lets(check: Result<impl Sized, Error>) -> Result<bool, Error> {
    match check {
        Ok(_) => Ok(true),
        Err(
            Error::NotFound { .. }
            | Error::MissingPermission(_)
            | Error::UserKeyCannotManageKeys
            | Error::DelegateCannotManageApplications,
        ) => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

/// Whether the key is the caller's to manage.
pub(super) fn key(tx: &mut impl Reads, authority: &Authority, id: ApiKeyId) -> Result<bool, Error> {
    lets(managed(tx, authority, id))
}

/// Whether the keys of the space are.
pub(super) fn keys_of(authority: &Authority, space: SpaceId) -> Result<bool, Error> {
    lets(require_keys_manage(authority, space))
}

/// Whether the application is.
pub(super) fn application(tx: &mut impl Reads, authority: &Authority, id: ApplicationId) -> Result<bool, Error> {
    lets(applications::managed(tx, authority, id))
}

/// Whether the caller acts for the user, or manages users where that user is at home.
pub(super) fn user(tx: &mut impl Reads, authority: &Authority, id: UserId) -> Result<bool, Error> {
    if authority.acts_for() == Some(id) {
        return Ok(true);
    }
    let found = store::users::find(tx, id)?;
    Ok(found.is_some_and(|user| authority.may(USERS_MANAGE, Area::Space(user.home))))
}

/// A thing without a name.
pub(super) fn about(kind: AboutKind, id: &impl ToString) -> About {
    About { kind, id: id.to_string(), name: None }
}

/// A key.
pub(super) fn about_key(key: &ApiKey) -> About {
    About { name: Some(key.name.as_str().to_owned()), ..about(AboutKind::ApiKey, &key.id) }
}

/// A user, by full name.
pub(super) fn about_user(tx: &mut impl Reads, id: UserId) -> Result<About, Error> {
    let profile = store::users::profiles(tx, &[id])?.remove(&id);
    Ok(About { name: profile.map(|profile| profile.full_name.as_str().to_owned()), ..about(AboutKind::User, &id) })
}

/// A space, by name.
pub(super) fn about_space(tx: &mut impl Reads, id: SpaceId) -> Result<About, Error> {
    let found = store::spaces::find(tx, id)?;
    Ok(About { name: found.map(|space| space.name.as_str().to_owned()), ..about(AboutKind::Space, &id) })
}

/// An application, by name.
pub(super) fn about_application(tx: &mut impl Reads, id: ApplicationId) -> Result<About, Error> {
    let found = store::applications::find(tx, id)?;
    let name = found.map(|application| application.name.as_str().to_owned());
    Ok(About { name, ..about(AboutKind::Application, &id) })
}
