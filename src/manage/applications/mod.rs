//! Applications: who may manage one, and the use cases of its life.
//!
//! Whoever holds `applications.manage` in a space manages all of its applications; every user of the space registers and
//! manages applications of his own, in person (L055). What acts for a user never does (ruling 15).

mod checks;
mod create;
mod edit;
mod life;

pub use create::{CreateApplication, NewApplication, create};
pub use edit::{EditApplication, edit};
pub use life::{disable, enable, remove};

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use serde::Serialize;
use serde_json::Value;

use super::{authority::require, error::Error, find};
use crate::{
    domain::{
        application::{Application, ApplicationProfile},
        audit_event::AuditEntry,
        authority::{Area, Authority},
        ids::{ApplicationId, SpaceId, UserId},
        name::Name,
        page::{Page, PageRequest},
        permission::APPLICATIONS_MANAGE,
    },
    store::{self, application_registrations::ApplicationFilter, transaction::Reads},
};

/// Refuses whoever does not manage all applications of the space; what acts for a user never does.
pub(super) fn require_applications_manage(authority: &Authority, space: SpaceId) -> Result<(), Error> {
    if authority.is_delegated() {
        return Err(Error::DelegateCannotManageApplications);
    }
    require(authority, APPLICATIONS_MANAGE, Area::Space(space))
}

/// The application, for somebody who may manage it: its owner in person, or whoever manages those of its space.
pub(super) fn managed(tx: &mut impl Reads, authority: &Authority, id: ApplicationId) -> Result<Application, Error> {
    let application = find::application(tx, authority, id)?;
    match application.owner {
        Some(owner) if authority.is_user(owner) => {}
        _ => require_applications_manage(authority, application.space)?,
    }
    Ok(application)
}

/// An event about an application, which is found by its owner and its pairs too.
pub(super) fn event(action: &'static str, application: &Application, detail: Value) -> AuditEntry {
    let entry = AuditEntry::new(action, application.id, Some(application.space), detail);
    entry.about_each(application.owner).about_each(application.pairs.iter().map(|pair| pair.public_id))
}

/// An application as those see it who manage it.
#[derive(Debug, Clone)]
pub struct ApplicationFacts {
    /// What decisions read.
    pub application: Application,
    /// What it is for, and when it was registered.
    pub profile: ApplicationProfile,
}

/// One application.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`.
pub fn show(tx: &mut impl Reads, authority: &Authority, id: ApplicationId) -> Result<ApplicationFacts, Error> {
    let application = managed(tx, authority, id)?;
    let profile = store::application_registrations::profiles(tx, &[id])?.remove(&id);
    Ok(ApplicationFacts { application, profile: find::present(profile, "application", id)? })
}

/// How many users authorized an application, for those who manage it.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`.
pub fn count_users(tx: &mut impl Reads, authority: &Authority, id: ApplicationId) -> Result<i64, Error> {
    managed(tx, authority, id)?;
    Ok(store::grants::count_of_application(tx, id)?)
}

/// A page of the applications of a space, oldest first; a user sees his own if he asks for those alone.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    filter: &ApplicationFilter,
    request: PageRequest<ApplicationId>,
) -> Result<Page<ApplicationFacts, ApplicationId>, Error> {
    let space = find::space(tx, authority, space)?.id;
    if !filter.owner.is_some_and(|owner| authority.is_user(owner)) {
        require_applications_manage(authority, space)?;
    }
    let filter = ApplicationFilter { space: Some(space), ..filter.clone() };
    let Page { items: ids, next } = store::application_registrations::page(tx, &filter, request)?;
    let mut profiles = store::application_registrations::profiles(tx, &ids)?;
    let applications = store::applications::find_many(tx, &ids)?.into_iter();
    let facts = applications.map(|application| {
        let id = application.id;
        Ok(ApplicationFacts { application, profile: find::present(profiles.remove(&id), "application", id)? })
    });
    Ok(Page { items: facts.collect::<Result<_, Error>>()?, next })
}

/// The same for those that a user registered for himself.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`.
pub fn list_of_user(
    tx: &mut impl Reads,
    authority: &Authority,
    user: UserId,
    filter: &ApplicationFilter,
    request: PageRequest<ApplicationId>,
) -> Result<Page<ApplicationFacts, ApplicationId>, Error> {
    let home = find::user(tx, authority, user)?.home;
    list(tx, authority, home, &ApplicationFilter { owner: Some(user), ..filter.clone() }, request)
}

/// Who stands behind an application, for those who are to trust it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunBy {
    /// Name of the space that registered it.
    pub space: Name,
    /// Full name of the user who did so for himself, if it is not the space's own.
    pub user: Option<Name>,
}

impl fmt::Display for RunBy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.user {
            Some(user) => write!(out, "{user}, {}", self.space),
            None => write!(out, "{}", self.space),
        }
    }
}

/// Who runs these applications.
///
/// # Errors
/// Those of the database.
pub fn run_by<'a>(
    tx: &mut impl Reads,
    applications: impl IntoIterator<Item = &'a Application>,
) -> Result<HashMap<ApplicationId, RunBy>, Error> {
    let applications: Vec<&Application> = applications.into_iter().collect();
    let spaces: BTreeSet<SpaceId> = applications.iter().map(|application| application.space).collect();
    let owners: BTreeSet<UserId> = applications.iter().filter_map(|application| application.owner).collect();
    let spaces = store::spaces::find_many(tx, &spaces.into_iter().collect::<Vec<_>>())?;
    let spaces: HashMap<SpaceId, Name> = spaces.into_iter().map(|space| (space.id, space.name)).collect();
    let owners = store::users::profiles(tx, &owners.into_iter().collect::<Vec<_>>())?;
    applications
        .into_iter()
        .map(|application| {
            let space = find::present(spaces.get(&application.space).cloned(), "space", application.space)?;
            let owner = application.owner.and_then(|owner| owners.get(&owner));
            Ok((application.id, RunBy { space, user: owner.map(|owner| owner.full_name.clone()) }))
        })
        .collect()
}
