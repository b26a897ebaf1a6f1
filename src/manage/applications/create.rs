//! A new application, with its first pair if it can keep a secret.

use serde_json::json;

use super::{checks, event, require_applications_manage};
use crate::{
    crypto::secret_text::SecretKind,
    domain::{
        application::{Application, ApplicationKind, ApplicationState},
        audience::Audience,
        authority::Authority,
        ids::{ApplicationId, SpaceId, UserId},
        key_pair::{ExpiryPolicy, Slot},
        name::{Description, Name},
        redirect_uri::RedirectUri,
        sequence::Seq,
        signing_key::SigningAlgorithm,
        user::UserState,
    },
    manage::{
        Deps, Error, audit,
        credentials::{self, NewCredential},
        find,
    },
    store::{self, Change},
};

/// An application to be registered.
#[derive(Debug, Clone)]
pub struct CreateApplication {
    /// The space it will belong to.
    pub space: SpaceId,
    /// The user who registers it for himself; none for one of the space.
    pub owner: Option<UserId>,
    /// As users see it.
    pub name: Name,
    /// What it is for.
    pub description: Description,
    /// Whether it can keep a secret; never changes.
    pub kind: ApplicationKind,
    /// Whether users of the space are not asked for consent; for whoever manages all applications of the space.
    pub first_party: bool,
    /// Where users may be sent back to: 1 to 20.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where users may be sent after they logged out: at most 20.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Where it wants to hear that a session ended.
    pub backchannel_logout_uri: Option<RedirectUri>,
    /// Scopes that users give all together.
    pub scopes: Vec<String>,
    /// Scopes that users may leave out.
    pub optional_scopes: Vec<String>,
    /// APIs that it may ask tokens for, besides the site's default audience.
    pub resources: Vec<Audience>,
    /// Algorithm of its id tokens; none for the usual one.
    pub id_token_algorithm: Option<SigningAlgorithm>,
    /// When its first pair stops working.
    pub expiry: ExpiryPolicy,
}

/// An application that was just registered.
#[derive(Debug)]
pub struct NewApplication {
    /// Its client id.
    pub id: ApplicationId,
    /// Its first pair; a public application has none. The secret is in this answer only.
    pub credential: Option<NewCredential<ApplicationId>>,
}

/// Registers an active application (L088).
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_manage_applications`, `space_closed`, `foreign_owner`,
/// `owner_disabled`, `first_party_of_user`, `invalid_redirect_uri`, `redirect_uri_required`, `too_many`, `scope_required`,
/// `unknown_scope`, `openid_not_optional`, `scope_given_twice`, `unknown_audience`, `algorithm_without_key`,
/// `expiry_in_the_past`.
pub fn create(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: CreateApplication,
) -> Result<NewApplication, Error> {
    let CreateApplication { space, owner, kind, first_party, expiry, .. } = input;
    find::open_space(change, authority, space)?;
    if first_party || !owner.is_some_and(|owner| authority.is_user(owner)) {
        require_applications_manage(authority, space)?;
    }
    if let Some(owner) = owner {
        refuse_owner(change, authority, owner, space)?;
        refuse_first_party_of_user(first_party, Some(owner))?;
    }
    let seq = change.seq();
    let backchannel = input.backchannel_logout_uri.map(|uri| checks::backchannel_logout_uri(change, uri));
    let application = Application {
        id: change.new_id(),
        space,
        owner,
        name: input.name,
        kind,
        state: ApplicationState::Active,
        first_party,
        redirect_uris: checks::redirect_uris(kind, input.redirect_uris)?,
        post_logout_redirect_uris: checks::post_logout_redirect_uris(kind, input.post_logout_redirect_uris)?,
        backchannel_logout_uri: backchannel.transpose()?,
        scopes: checks::scopes(change, &input.scopes, &input.optional_scopes, &[], seq)?,
        resources: checks::resources(change, input.resources, &[], seq)?,
        id_token_algorithm: checks::id_token_algorithm(change, input.id_token_algorithm)?,
        pairs: Vec::new(),
        cut_off: Seq::ZERO,
        redirects_since: seq,
    };
    store::application_registrations::insert(change, &application, &input.description)?;
    let id = application.id;
    let credential = match kind {
        ApplicationKind::Public => None,
        ApplicationKind::Confidential => {
            let expires_at = expiry.end(change.now())?;
            let (pair, secret) = credentials::make(change, deps, SecretKind::ClientSecret, Slot::First, expires_at)?;
            store::application_pairs::insert(change, id, &pair)?;
            Some(NewCredential::new(id, &pair, secret))
        }
    };
    let detail = json!({
        "kind": kind,
        "owner": owner,
        "settings": settings(&application, &input.description),
        "pair": credential.as_ref().map(|made| made.public_id),
    });
    let pair = credential.as_ref().map(|made| made.public_id);
    audit::write_entry(change, authority, &event("application.create", &application, detail).about_each(pair))?;
    Ok(NewApplication { id, credential })
}

fn refuse_owner(change: &mut Change<'_>, authority: &Authority, owner: UserId, space: SpaceId) -> Result<(), Error> {
    match find::user(change, authority, owner)? {
        user if user.home != space => Err(Error::ForeignOwner),
        user if user.state == UserState::Disabled => Err(Error::OwnerDisabled),
        _ => Ok(()),
    }
}

/// Its owner could send everybody's logins wherever he likes, and nobody would be asked.
pub(super) fn refuse_first_party_of_user(first_party: bool, owner: Option<UserId>) -> Result<(), Error> {
    if first_party && owner.is_some() { Err(Error::FirstPartyOfUser) } else { Ok(()) }
}

/// What can be changed of an application, for the log.
pub(super) fn settings(application: &Application, description: &Description) -> serde_json::Value {
    let named = |required: bool| {
        let some = application.scopes.iter().filter(|allowed| allowed.required == required);
        some.map(|allowed| allowed.scope.as_str().to_owned()).collect::<Vec<_>>()
    };
    json!({
        "name": application.name,
        "description": description,
        "first_party": application.first_party,
        "redirect_uris": application.redirect_uris,
        "post_logout_redirect_uris": application.post_logout_redirect_uris,
        "backchannel_logout_uri": application.backchannel_logout_uri,
        "scopes": named(true),
        "optional_scopes": named(false),
        "resources": application.resources.iter().map(|allowed| &allowed.audience).collect::<Vec<_>>(),
        "id_token_algorithm": application.id_token_algorithm,
    })
}
