//! The life of an application: disabled, enabled, removed.

use serde_json::json;

use super::managed;
use crate::{
    domain::{
        application::{Application, ApplicationState},
        authority::Authority,
        ids::ApplicationId,
    },
    manage::{Deps, Error, audit},
    store::{self, Change},
};

/// Switches an application off: its tokens are dead for good, what users consented to stays.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`, `already_disabled`.
pub fn disable(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ApplicationId) -> Result<(), Error> {
    let application = managed(change, authority, id)?;
    if application.state == ApplicationState::Disabled {
        return Err(Error::AlreadyDisabled("application"));
    }
    let cut_off = change.seq();
    let disabled = Application { state: ApplicationState::Disabled, cut_off, ..application };
    store::application_registrations::save(change, &disabled)?;
    Ok(audit::write(change, authority, "application.disable", id, Some(disabled.space), json!({}))?)
}

/// Switches an application on again, with the secrets and consents it had; its old tokens stay dead.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`, `not_disabled`.
pub fn enable(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ApplicationId) -> Result<(), Error> {
    let application = managed(change, authority, id)?;
    if application.state == ApplicationState::Active {
        return Err(Error::NotDisabled("application"));
    }
    let enabled = Application { state: ApplicationState::Active, ..application };
    store::application_registrations::save(change, &enabled)?;
    Ok(audit::write(change, authority, "application.enable", id, Some(enabled.space), json!({}))?)
}

/// Removes an application with its secrets, and with everything that users gave to it. Its id is never used again.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`.
pub fn remove(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ApplicationId) -> Result<(), Error> {
    let application = managed(change, authority, id)?;
    store::application_registrations::remove(change, &application)?;
    let detail = json!({ "name": application.name, "owner": application.owner });
    Ok(audit::write(change, authority, "application.delete", id, Some(application.space), detail)?)
}
