//! The life of an application: disabled, enabled, removed.

use serde_json::{Value, json};

use super::{event, managed};
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
    let (cut_off, detail) = (change.seq(), moved(&application, ApplicationState::Disabled));
    let disabled = Application { state: ApplicationState::Disabled, cut_off, ..application };
    store::application_registrations::save(change, &disabled)?;
    Ok(audit::write_entry(change, authority, &event("application.disable", &disabled, detail))?)
}

fn moved(application: &Application, to: ApplicationState) -> Value {
    json!({ "state": { "from": application.state, "to": to } })
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
    let detail = moved(&application, ApplicationState::Active);
    let enabled = Application { state: ApplicationState::Active, ..application };
    store::application_registrations::save(change, &enabled)?;
    Ok(audit::write_entry(change, authority, &event("application.enable", &enabled, detail))?)
}

/// Removes an application with its secrets, and with everything that users gave to it. Its id is never used again.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`.
pub fn remove(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ApplicationId) -> Result<(), Error> {
    let application = managed(change, authority, id)?;
    store::application_registrations::remove(change, &application)?;
    let detail = json!({ "name": application.name, "owner": application.owner });
    Ok(audit::write_entry(change, authority, &event("application.delete", &application, detail))?)
}
