//! What can be changed of an application: everything but its kind, its space and its owner.

use super::{
    checks,
    create::{refuse_first_party_of_user, settings},
    event, managed, require_applications_manage,
};
use crate::{
    domain::{
        application::{AllowedScope, Application},
        audience::Audience,
        audit_detail,
        authority::Authority,
        ids::ApplicationId,
        name::{Description, Name},
        redirect_uri::RedirectUri,
        signing_key::SigningAlgorithm,
    },
    manage::{Deps, Error, audit, find},
    store::{self, Change},
};

/// What is to change of an application; what is absent stays.
#[derive(Debug, Clone)]
pub struct EditApplication {
    /// The application.
    pub id: ApplicationId,
    /// As users see it.
    pub name: Option<Name>,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether users of the space are not asked for consent.
    pub first_party: Option<bool>,
    /// All places that users may be sent back to. If there is a new one, users are asked for their consent again.
    pub redirect_uris: Option<Vec<RedirectUri>>,
    /// All places that users may be sent to after they logged out.
    pub post_logout_redirect_uris: Option<Vec<RedirectUri>>,
    /// Where it wants to hear that a session ended; an inner `None` means nowhere.
    pub backchannel_logout_uri: Option<Option<RedirectUri>>,
    /// All scopes that users give together; one that was optional is not any more.
    pub scopes: Option<Vec<String>>,
    /// All scopes that users may leave out; one that was required is not any more.
    pub optional_scopes: Option<Vec<String>>,
    /// All APIs that it may ask tokens for.
    pub resources: Option<Vec<Audience>>,
    /// Algorithm of its id tokens.
    pub id_token_algorithm: Option<SigningAlgorithm>,
}

impl EditApplication {
    /// Nothing yet.
    #[must_use]
    pub const fn of(id: ApplicationId) -> Self {
        Self {
            id,
            name: None,
            description: None,
            first_party: None,
            redirect_uris: None,
            post_logout_redirect_uris: None,
            backchannel_logout_uri: None,
            scopes: None,
            optional_scopes: None,
            resources: None,
            id_token_algorithm: None,
        }
    }
}

/// Edits an application. What it loses, its tokens lose at once; what it gains comes with new tokens alone (ruling 17).
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`, `first_party_of_user`, `invalid_redirect_uri`,
/// `redirect_uri_required`, `too_many`, `scope_required`, `unknown_scope`, `openid_not_optional`, `scope_given_twice`,
/// `unknown_audience`, `algorithm_without_key`.
pub fn edit(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: EditApplication) -> Result<(), Error> {
    let id = input.id;
    let before = managed(change, authority, id)?;
    let profile = store::application_registrations::profiles(change, &[id])?.remove(&id);
    let old_description = find::present(profile, "application", id)?.description;
    let description = input.description.clone().unwrap_or_else(|| old_description.clone());
    let after = edited(change, authority, &before, input)?;
    store::application_registrations::save(change, &after)?;
    store::application_registrations::save_description(change, id, &description)?;
    let (from, to) = (settings(&before, &old_description), settings(&after, &description));
    let entry = event("application.edit", &before, audit_detail::changed(&from, &to));
    Ok(audit::write_entry(change, authority, &entry)?)
}

fn edited(
    change: &mut Change<'_>,
    authority: &Authority,
    before: &Application,
    input: EditApplication,
) -> Result<Application, Error> {
    let seq = change.seq();
    let mut after = before.clone();
    if let Some(name) = input.name {
        after.name = name;
    }
    if let Some(first_party) = input.first_party.filter(|asked| *asked != before.first_party) {
        require_applications_manage(authority, before.space)?;
        refuse_first_party_of_user(first_party, before.owner)?;
        after.first_party = first_party;
    }
    if let Some(uris) = input.redirect_uris {
        after.redirect_uris = checks::redirect_uris(before.kind, uris)?;
        if after.redirect_uris.iter().any(|uri| !before.redirect_uris.contains(uri)) {
            after.redirects_since = seq;
        }
    }
    if let Some(uris) = input.post_logout_redirect_uris {
        after.post_logout_redirect_uris = checks::post_logout_redirect_uris(before.kind, uris)?;
    }
    if let Some(uri) = input.backchannel_logout_uri {
        let checked = uri.map(|uri| checks::backchannel_logout_uri(change, uri));
        after.backchannel_logout_uri = checked.transpose()?;
    }
    if input.scopes.is_some() || input.optional_scopes.is_some() {
        let (required, optional) = chosen(&before.scopes, input.scopes, input.optional_scopes);
        after.scopes = checks::scopes(change, &required, &optional, &before.scopes, seq)?;
    }
    if let Some(audiences) = input.resources {
        after.resources = checks::resources(change, audiences, &before.resources, seq)?;
    }
    if let Some(algorithm) = input.id_token_algorithm.filter(|asked| *asked != before.id_token_algorithm) {
        after.id_token_algorithm = checks::id_token_algorithm(change, Some(algorithm))?;
    }
    Ok(after)
}

/// Required and optional scopes: a scope that is named in one list leaves the other one, if that is not given too.
fn chosen(
    before: &[AllowedScope],
    required: Option<Vec<String>>,
    optional: Option<Vec<String>>,
) -> (Vec<String>, Vec<String>) {
    let kept = |wanted: bool, taken: &[String]| {
        let some = before.iter().filter(|allowed| allowed.required == wanted);
        let names = some.map(|allowed| allowed.scope.as_str().to_owned());
        names.filter(|name| !taken.contains(name)).collect::<Vec<_>>()
    };
    match (required, optional) {
        (Some(required), Some(optional)) => (required, optional),
        (Some(required), None) => {
            let optional = kept(false, &required);
            (required, optional)
        }
        (None, optional) => {
            let optional = optional.unwrap_or_default();
            (kept(true, &optional), optional)
        }
    }
}
