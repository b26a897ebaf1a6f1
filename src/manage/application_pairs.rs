//! The secrets of a confidential application: at most two pairs, so that one can be replaced while the other works.

use serde_json::json;

use super::{
    applications::{event, managed},
    audit,
    credentials::{self, NewCredential},
    deps::Deps,
    error::{Error, taken},
    find,
};
use crate::{
    crypto::secret_text::SecretKind,
    domain::{
        application::{Application, ApplicationKind},
        audit_event::AuditEntry,
        authority::Authority,
        ids::ApplicationId,
        key_pair::{ExpiryPolicy, PublicId, Slot},
    },
    store::{self, Change},
};

/// The application, if it is one that has secrets.
fn confidential(change: &mut Change<'_>, authority: &Authority, id: ApplicationId) -> Result<Application, Error> {
    match managed(change, authority, id)? {
        application if application.kind == ApplicationKind::Confidential => Ok(application),
        _ => Err(Error::PublicApplication),
    }
}

/// A pair to be added to an application, or put in the place of all.
#[derive(Debug, Clone, Copy)]
pub struct NewApplicationPair {
    /// The application.
    pub id: ApplicationId,
    /// When the new pair stops working.
    pub expiry: ExpiryPolicy,
}

/// Adds a pair. The secret is in this answer only.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`, `public_application`, `pair_limit`,
/// `expiry_in_the_past`.
pub fn add(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: NewApplicationPair,
) -> Result<NewCredential<ApplicationId>, Error> {
    let NewApplicationPair { id, expiry } = input;
    let application = confidential(change, authority, id)?;
    let slot = Slot::free(&application.pairs).ok_or(Error::PairLimit)?;
    make(change, deps, authority, &application, "application.add_pair", (slot, expiry))
}

/// Gives an application one new pair: all earlier pairs and tokens are dead, client id and consents stay. The secret is in
/// this answer only.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`, `public_application`, `expiry_in_the_past`.
pub fn regenerate(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: NewApplicationPair,
) -> Result<NewCredential<ApplicationId>, Error> {
    let NewApplicationPair { id, expiry } = input;
    let application = confidential(change, authority, id)?;
    store::application_pairs::delete_all(change, &application)?;
    let cut_off = Application { cut_off: change.seq(), ..application };
    store::application_registrations::save(change, &cut_off)?;
    make(change, deps, authority, &cut_off, "application.regenerate", (Slot::First, expiry))
}

fn make(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    application: &Application,
    action: &'static str,
    (slot, expiry): (Slot, ExpiryPolicy),
) -> Result<NewCredential<ApplicationId>, Error> {
    let id = application.id;
    let expires_at = expiry.end(change.now())?;
    let (pair, secret) = credentials::make(change, deps, SecretKind::ClientSecret, slot, expires_at)?;
    taken(store::application_pairs::insert(change, id, &pair), || Error::PairLimit)?;
    let detail = json!({ "pair": pair.public_id, "expires_at": expires_at });
    audit::write_entry(change, authority, &event(action, application, detail).about(pair.public_id))?;
    Ok(NewCredential::new(id, &pair, secret))
}

/// A pair of an application to be deleted.
#[derive(Debug, Clone, Copy)]
pub struct DeleteApplicationPair {
    /// The application.
    pub id: ApplicationId,
    /// Public half of the pair.
    pub pair: PublicId,
}

/// Deletes one of two pairs: it and its tokens are dead, the other pair lives on.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`, `public_application`, `last_pair`.
pub fn delete(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: DeleteApplicationPair,
) -> Result<(), Error> {
    let DeleteApplicationPair { id, pair } = input;
    let application = confidential(change, authority, id)?;
    let found = find::present(application.pair(pair), "pair of this application", pair)?;
    if application.pairs.len() == 1 {
        return Err(Error::LastPair);
    }
    store::application_pairs::delete_one(change, id, found)?;
    let detail = json!({ "pair": pair });
    let entry = AuditEntry::new("application.delete_pair", id, Some(application.space), detail);
    Ok(audit::write_entry(change, authority, &entry.about_each(application.owner).about(pair))?)
}
