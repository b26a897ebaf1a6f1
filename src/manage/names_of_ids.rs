//! What people call the things that ids name, for pages that show ids of many kinds, such as the audit log.

use std::collections::HashMap;

use super::error::Error;
use crate::{
    domain::{
        authority::{Area, Authority},
        ids::{ApiKeyId, ApplicationId, RoleId, SpaceId, UserId},
        permission::{APPLICATIONS_MANAGE, AUDIT_READ, KEYS_MANAGE},
        role::RoleHome,
    },
    store::{self, transaction::Reads},
};

/// Names of users, keys, applications, roles and spaces, by the text of the id. What the reader does not see has no name, and
/// neither has what is gone; keys and applications have names for those who manage them or read the log of their space. It costs a number of queries that does not depend on how many ids there are.
///
/// # Errors
/// Those of the database.
pub fn names_of<'i>(
    tx: &mut impl Reads,
    authority: &Authority,
    ids: impl IntoIterator<Item = &'i str> + Clone,
) -> Result<HashMap<String, String>, Error> {
    let mut names = HashMap::new();
    let users: Vec<UserId> = some(ids.clone());
    let found = store::users::find_many(tx, &users)?;
    let is_seen = |space: SpaceId| authority.sees(space);
    let is_told = |space: SpaceId, manages: &str| {
        [manages, AUDIT_READ].iter().any(|permission| authority.may(permission, Area::Space(space)))
    };
    let seen = found.iter().filter(|user| is_seen(user.home) || user.roles.iter().any(|given| is_seen(given.space)));
    let seen: Vec<UserId> = seen.map(|user| user.id).collect();
    let profiles = store::users::profiles(tx, &seen)?;
    names.extend(profiles.into_iter().map(|(id, profile)| (id.to_string(), profile.full_name.as_str().to_owned())));
    let keys: Vec<ApiKeyId> = some(ids.clone());
    let keys = store::api_keys::find_many(tx, &keys)?.into_iter().filter(|key| is_told(key.space, KEYS_MANAGE));
    names.extend(keys.map(|key| (key.id.to_string(), key.name.as_str().to_owned())));
    let applications: Vec<ApplicationId> = some(ids.clone());
    let applications = store::applications::find_many(tx, &applications)?;
    let applications = applications.into_iter().filter(|application| is_told(application.space, APPLICATIONS_MANAGE));
    names.extend(applications.map(|application| (application.id.to_string(), application.name.as_str().to_owned())));
    let roles: Vec<RoleId> = some(ids.clone());
    let roles = store::roles::find_many(tx, &roles)?.into_iter().filter(|role| match role.home {
        RoleHome::BuiltIn => true,
        RoleHome::Space(space) => is_seen(space),
    });
    names.extend(roles.map(|role| (role.id.to_string(), role.name.as_str().to_owned())));
    let spaces: Vec<SpaceId> = some(ids);
    let spaces = store::spaces::find_many(tx, &spaces)?.into_iter().filter(|space| is_seen(space.id));
    names.extend(spaces.map(|space| (space.id.to_string(), space.name.as_str().to_owned())));
    Ok(names)
}

/// The ids of one kind, each once.
fn some<'i, I: std::str::FromStr + Ord>(ids: impl IntoIterator<Item = &'i str>) -> Vec<I> {
    let mut some: Vec<I> = ids.into_iter().filter_map(|id| id.parse().ok()).collect();
    some.sort_unstable();
    some.dedup();
    some
}
