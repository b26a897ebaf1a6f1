//! Which applications the users at home in a space may authorize: what the space approves, and what happens to consents when
//! it stops admitting one.

use serde_json::json;

use super::{
    applications::{RunBy, require_applications_manage, run_by},
    audit,
    deps::Deps,
    error::Error,
    find,
};
use crate::{
    domain::{
        application::Application,
        authority::Authority,
        grant_standing::Approval,
        ids::{ApplicationId, SpaceId},
        page::{Page, PageRequest},
        space::{ApplicationPolicy, Space},
    },
    store::{self, Change, transaction::Reads},
};

/// An application and the space that says something of it. The application may be one of any space: its client id is no
/// secret, and every user may be sent here by it.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationInSpace {
    /// The space whose users are meant.
    pub space: SpaceId,
    /// The application.
    pub application: ApplicationId,
}

/// An application that a space approved.
#[derive(Debug, Clone)]
pub struct ApprovedApplication {
    /// The application.
    pub application: Application,
    /// Who runs it.
    pub run_by: RunBy,
}

fn managed_space(tx: &mut impl Reads, authority: &Authority, id: SpaceId) -> Result<Space, Error> {
    let space = find::space(tx, authority, id)?;
    require_applications_manage(authority, id)?;
    Ok(space)
}

/// Approves an application for the users of a space. What an earlier withdrawal ended stays so.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`, `already_approved`.
pub fn approve(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: ApplicationInSpace,
) -> Result<(), Error> {
    let ApplicationInSpace { space, application: id } = input;
    managed_space(change, authority, space)?;
    let application = find::present(store::applications::find(change, id)?, "application", id)?;
    let said = store::applications::approval(change, space, id)?;
    if said.approved {
        return Err(Error::AlreadyApproved);
    }
    store::application_approvals::set(change, space, id, Approval { approved: true, ..said })?;
    let detail = json!({ "name": application.name });
    Ok(audit::write(change, authority, "application.approve", id, Some(space), detail)?)
}

/// Withdraws an approval: unless the space admits the application all the same, consents of its users and all tokens made
/// under them are dead for good.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`, `not_approved`.
pub fn withdraw(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: ApplicationInSpace,
) -> Result<(), Error> {
    let ApplicationInSpace { space: id, application } = input;
    let space = managed_space(change, authority, id)?;
    find::present(store::applications::find(change, application)?, "application", application)?;
    let said = store::applications::approval(change, id, application)?;
    if !said.approved {
        return Err(Error::NotApproved);
    }
    let still_admitted = space.application_policy.admits(false);
    let cut_off = if still_admitted { said.cut_off } else { change.seq() };
    store::application_approvals::set(change, id, application, Approval { approved: false, cut_off })?;
    let detail = json!({ "consents_ended": !still_admitted });
    Ok(audit::write(change, authority, "application.withdraw_approval", application, Some(id), detail)?)
}

/// Ends the consents to all applications that a space does not admit any more under its new policy. Answers with those
/// applications.
pub(super) fn end_consents(
    change: &mut Change<'_>,
    space: SpaceId,
    before: ApplicationPolicy,
    after: ApplicationPolicy,
) -> Result<Vec<ApplicationId>, Error> {
    if before == after || after == ApplicationPolicy::Any {
        return Ok(Vec::new());
    }
    let ids = store::application_approvals::granted_in(change, space)?;
    let said = store::application_approvals::of_space(change, space, &ids)?;
    let mut ended = Vec::new();
    for id in ids {
        let approval = said.get(&id).copied().unwrap_or_default();
        if before.admits(approval.approved) && !after.admits(approval.approved) {
            let cut_off = change.seq();
            store::application_approvals::set(change, space, id, Approval { cut_off, ..approval })?;
            ended.push(id);
        }
    }
    Ok(ended)
}

/// One application that a space approved.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`.
pub fn show(
    tx: &mut impl Reads,
    authority: &Authority,
    input: ApplicationInSpace,
) -> Result<ApprovedApplication, Error> {
    let ApplicationInSpace { space, application: id } = input;
    managed_space(tx, authority, space)?;
    let is_approved = store::applications::approval(tx, space, id)?.approved;
    let found = if is_approved { of_ids(tx, &[id])?.pop() } else { None };
    find::present(found, "approved application", id)
}

/// A page of the applications that a space approved, oldest first.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    request: PageRequest<ApplicationId>,
) -> Result<Page<ApprovedApplication, ApplicationId>, Error> {
    managed_space(tx, authority, space)?;
    let Page { items: ids, next } = store::application_approvals::page(tx, space, request)?;
    Ok(Page { items: of_ids(tx, &ids)?, next })
}

fn of_ids(tx: &mut impl Reads, ids: &[ApplicationId]) -> Result<Vec<ApprovedApplication>, Error> {
    let applications = store::applications::find_many(tx, ids)?;
    let mut run_by = run_by(tx, &applications)?;
    let approved = applications.into_iter().map(|application| {
        let run_by = find::present(run_by.remove(&application.id), "application", application.id)?;
        Ok(ApprovedApplication { application, run_by })
    });
    approved.collect()
}
