//! Resource servers: made with one secret, disabled and enabled.

use serde_json::json;

use super::{
    audit,
    credentials::{self, NewCredential},
    deps::Deps,
    error::{Error, taken},
    find,
};
use crate::{
    config::issuer::api_audience,
    crypto::secret_text::SecretKind,
    domain::{
        audience::Audience,
        audit_event::Origin,
        ids::ResourceServerId,
        key_pair::Slot,
        name::Name,
        resource_server::{ResourceServer, ResourceServerState},
    },
    store::{self, Change, transaction::Reads},
};

/// A resource server to be made.
#[derive(Debug, Clone)]
pub struct CreateResourceServer {
    /// Unique in the site.
    pub name: Name,
    /// The APIs it protects; at least one.
    pub audiences: Vec<Audience>,
    /// Whether it may introspect presented API keys (ruling 8).
    pub accepts_api_keys: bool,
}

/// Refuses the audience of Keystead's own API (ruling 26).
pub(super) fn refuse_reserved(issuer: &str, audience: &Audience) -> Result<(), Error> {
    let own = api_audience(issuer);
    let named = audience.as_str().strip_suffix('/').unwrap_or(audience.as_str());
    if named == own { Err(Error::ReservedAudience(own)) } else { Ok(()) }
}

/// Makes a resource server with one pair that does not expire. The secret is in this answer only.
///
/// # Errors
/// `not_initialized`, `audience_required`, `reserved_audience`, `audience_taken`, `name_taken`.
pub fn create(
    change: &mut Change<'_>,
    deps: &Deps,
    origin: &Origin,
    input: CreateResourceServer,
) -> Result<NewCredential<ResourceServerId>, Error> {
    let CreateResourceServer { name, mut audiences, accepts_api_keys } = input;
    audiences.sort_unstable();
    audiences.dedup();
    if audiences.is_empty() {
        return Err(Error::AudienceRequired);
    }
    let issuer = find::site(change)?.issuer;
    let site = store::site::find(change)?.ok_or(Error::NotInitialized)?;
    for audience in &audiences {
        refuse_reserved(&issuer, audience)?;
        if site.knows(audience.as_str()) {
            return Err(Error::AudienceTaken(audience.to_string()));
        }
    }
    let state = ResourceServerState::Active;
    let id = change.new_id();
    let server = ResourceServer { id, name, state, accepts_api_keys, audiences, pairs: Vec::new() };
    let done = store::resource_servers::insert(change, &server);
    taken(done, || Error::NameTaken { what: "resource server", name: server.name.clone() })?;
    let (pair, secret) = credentials::make(change, deps, SecretKind::ClientSecret, Slot::First, None)?;
    store::key_pairs::insert_for_resource_server(change, id, &pair)?;
    let detail = json!({
        "name": server.name,
        "audiences": server.audiences,
        "accepts_api_keys": accepts_api_keys,
        "pair": pair.public_id,
    });
    audit::write(change, origin, "resource_server.create", id, None, detail)?;
    Ok(NewCredential::new(id, &pair, secret))
}

/// Stops a resource server from calling.
///
/// # Errors
/// `not_found`, `already_disabled`.
pub fn disable(change: &mut Change<'_>, _: &Deps, origin: &Origin, id: ResourceServerId) -> Result<(), Error> {
    set_state(change, origin, id, ResourceServerState::Disabled)
}

/// Lets a resource server call again, with the secret it had.
///
/// # Errors
/// `not_found`, `not_disabled`.
pub fn enable(change: &mut Change<'_>, _: &Deps, origin: &Origin, id: ResourceServerId) -> Result<(), Error> {
    set_state(change, origin, id, ResourceServerState::Active)
}

fn set_state(
    change: &mut Change<'_>,
    origin: &Origin,
    id: ResourceServerId,
    wanted: ResourceServerState,
) -> Result<(), Error> {
    let server = find::resource_server(change, id)?;
    let (action, repeated) = match wanted {
        ResourceServerState::Disabled => ("resource_server.disable", Error::AlreadyDisabled("resource server")),
        ResourceServerState::Active => ("resource_server.enable", Error::NotDisabled("resource server")),
    };
    if server.state == wanted {
        return Err(repeated);
    }
    store::resource_servers::set_state(change, id, wanted)?;
    Ok(audit::write(change, origin, action, id, None, json!({}))?)
}

/// All resource servers, oldest first.
///
/// # Errors
/// Those of the database.
pub fn list(tx: &mut impl Reads) -> Result<Vec<ResourceServer>, Error> {
    let ids = store::resource_servers::ids(tx)?;
    let found = ids.into_iter().map(|id| store::resource_servers::find(tx, id)).collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().collect())
}
