//! Authorized applications: what users let applications do, listed for them and for administrators, and withdrawn (L075,
//! L077). An entry is made by a consent and by nothing else (L076).

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::json;

use super::{
    applications::{RunBy, run_by},
    audit,
    authority::require,
    deps::Deps,
    error::Error,
    find,
};
use crate::{
    domain::{
        application::Application,
        audit_event::AuditEntry,
        authority::{Area, Authority},
        grant::{Grant, GrantUse},
        grant_standing::{Admission, Approval, GrantStanding},
        ids::{ApplicationId, GrantId, SpaceId, UserId},
        page::{Page, PageRequest},
        permission::{APPLICATIONS_MANAGE, USERS_MANAGE},
        space::Space,
        user::{User, UserProfile},
    },
    store::{self, Change, authorized_applications::ConsentsOf, transaction::Reads},
};

/// An entry of the authorized applications.
#[derive(Debug, Clone)]
pub struct AuthorizedApplication {
    /// What the user gave.
    pub grant: Grant,
    /// When the user first consented and when the application last got a token.
    pub usage: GrantUse,
    /// Login and name of the user.
    pub user: UserProfile,
    /// To which application.
    pub application: Arc<Application>,
    /// Who runs it.
    pub run_by: RunBy,
}

/// The user for whom the caller acts.
///
/// # Errors
/// `no_user`.
pub fn own_user(authority: &Authority) -> Result<UserId, Error> {
    authority.acts_for().ok_or(Error::NoUser)
}

/// The user, for whoever acts for him or manages users where he is at home.
fn managed_user(tx: &mut impl Reads, authority: &Authority, id: UserId) -> Result<User, Error> {
    let user = find::user(tx, authority, id)?;
    if authority.acts_for() != Some(id) {
        require(authority, USERS_MANAGE, Area::Space(user.home))?;
    }
    Ok(user)
}

/// A page of the applications that a user authorized, oldest consent first. A page may have fewer entries than asked for,
/// because consents that do not count any more are left out.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn list_of_user(
    tx: &mut impl Reads,
    authority: &Authority,
    user: UserId,
    request: PageRequest<GrantId>,
) -> Result<Page<AuthorizedApplication, GrantId>, Error> {
    let home = managed_user(tx, authority, user)?.home;
    page(tx, home, ConsentsOf::User(user), request)
}

/// The same for all users at home in a space.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn list_of_space(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    request: PageRequest<GrantId>,
) -> Result<Page<AuthorizedApplication, GrantId>, Error> {
    let space = find::space(tx, authority, space)?.id;
    if !authority.may(APPLICATIONS_MANAGE, Area::Space(space)) {
        require(authority, USERS_MANAGE, Area::Space(space))?;
    }
    page(tx, space, ConsentsOf::Space(space), request)
}

fn page(
    tx: &mut impl Reads,
    home: SpaceId,
    whose: ConsentsOf,
    request: PageRequest<GrantId>,
) -> Result<Page<AuthorizedApplication, GrantId>, Error> {
    let Page { items: ids, next } = store::authorized_applications::page(tx, whose, request)?;
    Ok(Page { items: entries(tx, home, &ids)?, next })
}

/// A consent of a user.
#[derive(Debug, Clone, Copy)]
pub struct ConsentOfUser {
    /// The user.
    pub user: UserId,
    /// The consent.
    pub grant: GrantId,
}

/// One entry of a user.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show(tx: &mut impl Reads, authority: &Authority, input: ConsentOfUser) -> Result<AuthorizedApplication, Error> {
    let home = managed_user(tx, authority, input.user)?.home;
    let entry = entries(tx, home, &[input.grant])?.pop().filter(|entry| entry.grant.user == input.user);
    find::present(entry, "authorized application", input.grant)
}

/// Withdraws a consent: the entry is gone, and everything that the application got under it is dead (L077).
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn withdraw(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: ConsentOfUser) -> Result<(), Error> {
    let user = managed_user(change, authority, input.user)?;
    let grant = store::grants::find(change, input.grant)?.filter(|grant| grant.user == user.id);
    let grant = find::present(grant, "authorized application", input.grant)?;
    store::grants::remove(change, grant.id)?;
    let detail = json!({ "application": grant.application, "user": grant.user });
    let entry = AuditEntry::new("grant.withdraw", grant.id, Some(user.home), detail);
    let entry = entry.about(grant.application).about(grant.user);
    Ok(audit::write_entry(change, authority, &entry)?)
}

/// The user who gave a consent, for whoever knows its id alone.
///
/// # Errors
/// `not_found`.
pub fn user_of(tx: &mut impl Reads, authority: &Authority, id: GrantId) -> Result<UserId, Error> {
    let user = store::grants::find(tx, id)?.map(|grant| grant.user);
    let user = find::present(user, "authorized application", id)?;
    find::user(tx, authority, user)
        .map_err(|_| Error::NotFound { what: "authorized application", given: id.to_string() })?;
    Ok(user)
}

/// Those of these consents of users of one space that count, with a number of queries that does not depend on theirs.
fn entries(tx: &mut impl Reads, home: SpaceId, ids: &[GrantId]) -> Result<Vec<AuthorizedApplication>, Error> {
    let grants = store::grants::find_many(tx, ids)?;
    let parts = Parts::load(tx, home, grants.iter().map(|(grant, _)| grant))?;
    let entries = grants.into_iter().filter_map(|(grant, usage)| parts.entry(grant, usage));
    Ok(entries.collect())
}

/// What consents of users of one space rest on.
struct Parts {
    site: crate::domain::site::Site,
    home: Arc<Space>,
    users: HashMap<UserId, (Arc<User>, UserProfile)>,
    applications: HashMap<ApplicationId, (Arc<Application>, RunBy)>,
    spaces: HashMap<SpaceId, Arc<Space>>,
    approvals: HashMap<ApplicationId, Approval>,
}

impl Parts {
    fn load<'a>(
        tx: &mut impl Reads,
        home: SpaceId,
        grants: impl Iterator<Item = &'a Grant> + Clone,
    ) -> Result<Self, Error> {
        let users: BTreeSet<UserId> = grants.clone().map(|grant| grant.user).collect();
        let users: Vec<UserId> = users.into_iter().collect();
        let ids: BTreeSet<ApplicationId> = grants.map(|grant| grant.application).collect();
        let ids: Vec<ApplicationId> = ids.into_iter().collect();
        let applications = store::applications::find_many(tx, &ids)?;
        let mut run_by = run_by(tx, &applications)?;
        let spaces: BTreeSet<SpaceId> =
            applications.iter().map(|application| application.space).chain([home]).collect();
        let spaces = store::spaces::find_many(tx, &spaces.into_iter().collect::<Vec<_>>())?;
        let spaces: HashMap<_, _> = spaces.into_iter().map(|space| (space.id, Arc::new(space))).collect();
        let mut profiles = store::users::profiles(tx, &users)?;
        let users = store::users::find_many(tx, &users)?.into_iter();
        let with_profile = |user: User| profiles.remove(&user.id).map(|profile| (user.id, (Arc::new(user), profile)));
        let with_runner = |application: Application| {
            run_by.remove(&application.id).map(|run_by| (application.id, (Arc::new(application), run_by)))
        };
        Ok(Self {
            site: store::site::find(tx)?.ok_or(Error::NotInitialized)?,
            home: find::present(spaces.get(&home).cloned(), "space", home)?,
            users: users.filter_map(with_profile).collect(),
            applications: applications.into_iter().filter_map(with_runner).collect(),
            spaces,
            approvals: store::application_approvals::of_space(tx, home, &ids)?,
        })
    }

    fn entry(&self, mut grant: Grant, usage: GrantUse) -> Option<AuthorizedApplication> {
        let (application, run_by) = self.applications.get(&grant.application)?;
        let (user, profile) = self.users.get(&grant.user)?;
        let admission = Admission {
            application: Arc::clone(application),
            application_space: Arc::clone(self.spaces.get(&application.space)?),
            user: Arc::clone(user),
            home: Arc::clone(&self.home),
            approval: self.approvals.get(&application.id).copied().unwrap_or_default(),
        };
        // Whether a consent counts does not hang on roles, and nothing that was read is newer than what it was read with.
        let (roles, workspaces) = (HashMap::new(), HashMap::new());
        let consented_at = grant.consented_at;
        let standing = GrantStanding { grant: Arc::new(grant.clone()), admission, roles, workspaces };
        // What the application may not ask for any more is not what it can do.
        grant.scopes.retain(|granted| application.scopes.iter().any(|allowed| allowed.scope == granted.scope));
        standing.consent_stands(self.site.cut_off, consented_at).then(|| AuthorizedApplication {
            grant,
            usage,
            user: profile.clone(),
            application: Arc::clone(application),
            run_by: run_by.clone(),
        })
    }
}
