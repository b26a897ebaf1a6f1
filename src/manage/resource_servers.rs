//! Resource servers: made with one secret, edited, disabled and enabled, deleted; and the permissions that they register.

use serde_json::json;

use super::{
    audit,
    authority::require,
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
        audit_detail,
        audit_event::AuditEntry,
        authority::{Area, Authority},
        ids::ResourceServerId,
        key_pair::{ExpiryPolicy, KeyPair, PublicId, Slot},
        name::Name,
        page::{Page, PageRequest},
        permission::{self, RegisteredPermission, SITE_MANAGE},
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
/// `not_initialized`, `missing_permission`, `audience_required`, `reserved_audience`, `audience_taken`, `name_taken`.
pub fn create(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: CreateResourceServer,
) -> Result<NewCredential<ResourceServerId>, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    let CreateResourceServer { name, audiences, accepts_api_keys } = input;
    let id = change.new_id();
    let audiences = free_audiences(change, id, audiences)?;
    let state = ResourceServerState::Active;
    let server = ResourceServer { id, name, state, accepts_api_keys, audiences, pairs: Vec::new() };
    let done = store::resource_servers::insert(change, &server);
    taken(done, || name_taken(&server))?;
    let (pair, secret) = credentials::make(change, deps, SecretKind::ClientSecret, Slot::First, None)?;
    store::key_pairs::insert_for_resource_server(change, id, &pair)?;
    let detail = json!({
        "name": server.name,
        "audiences": server.audiences,
        "accepts_api_keys": accepts_api_keys,
        "pair": pair.public_id,
    });
    let entry = AuditEntry::new("resource_server.create", id, None, detail).about(pair.public_id);
    audit::write_entry(change, authority, &entry)?;
    Ok(NewCredential::new(id, &pair, secret))
}

fn name_taken(server: &ResourceServer) -> Error {
    Error::NameTaken { what: "resource server", name: server.name.clone() }
}

/// Each audience once, if none belongs to another resource server or to Keystead itself.
fn free_audiences(
    change: &mut Change<'_>,
    id: ResourceServerId,
    mut audiences: Vec<Audience>,
) -> Result<Vec<Audience>, Error> {
    audiences.sort_unstable();
    audiences.dedup();
    if audiences.is_empty() {
        return Err(Error::AudienceRequired);
    }
    let issuer = find::site(change)?.issuer;
    let site = store::site::find(change)?.ok_or(Error::NotInitialized)?;
    for audience in &audiences {
        refuse_reserved(&issuer, audience)?;
        if site.audiences.iter().any(|served| served.audience == *audience && served.resource_server != id) {
            return Err(Error::AudienceTaken(audience.to_string()));
        }
    }
    Ok(audiences)
}

/// What is to change of a resource server; what is absent stays.
#[derive(Debug, Clone)]
pub struct EditResourceServer {
    /// The resource server.
    pub id: ResourceServerId,
    /// Unique in the site.
    pub name: Option<Name>,
    /// All the APIs it protects: tokens for one that it loses are inactive to it at once.
    pub audiences: Option<Vec<Audience>>,
    /// Whether it may introspect presented API keys (ruling 8).
    pub accepts_api_keys: Option<bool>,
}

/// Edits a resource server.
///
/// # Errors
/// `not_found`, `missing_permission`, `audience_required`, `reserved_audience`, `audience_taken`, `name_taken`.
pub fn edit(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: EditResourceServer) -> Result<(), Error> {
    let EditResourceServer { id, name, audiences, accepts_api_keys } = input;
    let before = managed(change, authority, id)?;
    let audiences = match audiences {
        Some(audiences) => free_audiences(change, id, audiences)?,
        None => before.audiences.clone(),
    };
    let after = ResourceServer {
        name: name.unwrap_or_else(|| before.name.clone()),
        audiences,
        accepts_api_keys: accepts_api_keys.unwrap_or(before.accepts_api_keys),
        ..before.clone()
    };
    taken(store::resource_servers::save(change, &after), || name_taken(&after))?;
    let settings = |server: &ResourceServer| {
        json!({
            "name": server.name, "audiences": server.audiences, "accepts_api_keys": server.accepts_api_keys,
        })
    };
    let detail = audit_detail::changed(&settings(&before), &settings(&after));
    Ok(audit::write(change, authority, "resource_server.edit", id, None, detail)?)
}

fn managed(tx: &mut impl Reads, authority: &Authority, id: ResourceServerId) -> Result<ResourceServer, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    find::resource_server(tx, id)
}

/// Stops a resource server from calling.
///
/// # Errors
/// `not_found`, `missing_permission`, `already_disabled`.
pub fn disable(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ResourceServerId) -> Result<(), Error> {
    set_state(change, authority, id, ResourceServerState::Disabled)
}

/// Lets a resource server call again, with the secret it had.
///
/// # Errors
/// `not_found`, `missing_permission`, `not_disabled`.
pub fn enable(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ResourceServerId) -> Result<(), Error> {
    set_state(change, authority, id, ResourceServerState::Active)
}

fn set_state(
    change: &mut Change<'_>,
    authority: &Authority,
    id: ResourceServerId,
    state: ResourceServerState,
) -> Result<(), Error> {
    let server = managed(change, authority, id)?;
    let (action, repeated) = match state {
        ResourceServerState::Disabled => ("resource_server.disable", Error::AlreadyDisabled("resource server")),
        ResourceServerState::Active => ("resource_server.enable", Error::NotDisabled("resource server")),
    };
    if server.state == state {
        return Err(repeated);
    }
    let detail = json!({ "state": { "from": server.state, "to": state } });
    store::resource_servers::save(change, &ResourceServer { state, ..server })?;
    Ok(audit::write(change, authority, action, id, None, detail)?)
}

/// Deletes a resource server: its secrets are destroyed and its audiences free.
///
/// # Errors
/// `not_found`, `missing_permission`, `permissions_registered`.
pub fn remove(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ResourceServerId) -> Result<(), Error> {
    let server = managed(change, authority, id)?;
    if store::permissions::all(change)?.iter().any(|registered| registered.resource_server == id) {
        return Err(Error::PermissionsRegistered);
    }
    store::scopes::remove_of(change, id)?;
    store::resource_servers::remove(change, &server)?;
    let detail = json!({ "name": server.name, "audiences": server.audiences });
    let entry = AuditEntry::new("resource_server.delete", id, None, detail);
    let entry = entry.about_each(server.pairs.iter().map(|pair| pair.public_id));
    Ok(audit::write_entry(change, authority, &entry)?)
}

/// A pair to be added to a resource server.
#[derive(Debug, Clone, Copy)]
pub struct AddServerPair {
    /// The resource server.
    pub id: ResourceServerId,
    /// When the new pair stops working.
    pub expiry: ExpiryPolicy,
}

/// Adds a pair, so that the other can be replaced without a break. The secret is in this answer only.
///
/// # Errors
/// `not_found`, `missing_permission`, `pair_limit`, `expiry_in_the_past`.
pub fn add_pair(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: AddServerPair,
) -> Result<NewCredential<ResourceServerId>, Error> {
    let AddServerPair { id, expiry } = input;
    let server = managed(change, authority, id)?;
    let slot = Slot::free(&server.pairs).ok_or(Error::PairLimit)?;
    let expires_at = expiry.end(change.now())?;
    let (pair, secret) = credentials::make(change, deps, SecretKind::ClientSecret, slot, expires_at)?;
    taken(store::key_pairs::insert_for_resource_server(change, id, &pair), || Error::PairLimit)?;
    let detail = json!({ "pair": pair.public_id, "expires_at": expires_at });
    let entry = AuditEntry::new("resource_server.add_pair", id, None, detail).about(pair.public_id);
    audit::write_entry(change, authority, &entry)?;
    Ok(NewCredential::new(id, &pair, secret))
}

/// A pair of a resource server to be deleted.
#[derive(Debug, Clone, Copy)]
pub struct DeleteServerPair {
    /// The resource server.
    pub id: ResourceServerId,
    /// Public half of the pair.
    pub pair: PublicId,
}

/// Deletes one of two pairs.
///
/// # Errors
/// `not_found`, `missing_permission`, `last_pair`.
pub fn delete_pair(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: DeleteServerPair,
) -> Result<(), Error> {
    let DeleteServerPair { id, pair } = input;
    let server = managed(change, authority, id)?;
    let found: Option<&KeyPair> = server.pairs.iter().find(|known| known.public_id == pair);
    let found = find::present(found, "pair of this resource server", pair)?;
    if server.pairs.len() == 1 {
        return Err(Error::LastPair);
    }
    store::key_pairs::delete_of_resource_server(change, id, found)?;
    let entry = AuditEntry::new("resource_server.delete_pair", id, None, json!({ "pair": pair })).about(pair);
    Ok(audit::write_entry(change, authority, &entry)?)
}

/// Registers a permission of the product behind a resource server (ruling 29).
///
/// # Errors
/// `not_found`, `missing_permission`, `already_exists`.
pub fn register_permission(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: &RegisteredPermission,
) -> Result<(), Error> {
    let id = input.resource_server;
    managed(change, authority, id)?;
    if permission::find(input.name.as_str()).is_some() {
        return Err(Error::Store(store::Error::Duplicate));
    }
    store::permissions::insert(change, input)?;
    let detail = json!({ "permission": input.name, "class": input.class, "level": input.level });
    Ok(audit::write(change, authority, "resource_server.register_permission", id, None, detail)?)
}

/// A permission to be forgotten.
#[derive(Debug, Clone)]
pub struct ForgetPermission {
    /// Whose it is.
    pub id: ResourceServerId,
    /// Its name.
    pub name: String,
}

/// Forgets a permission that no role has.
///
/// # Errors
/// `not_found`, `missing_permission`, `permission_in_use`.
pub fn forget_permission(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: ForgetPermission,
) -> Result<(), Error> {
    let ForgetPermission { id, name } = input;
    managed(change, authority, id)?;
    let found = store::permissions::find(change, &name)?.filter(|found| found.resource_server == id);
    find::present(found, "permission of this resource server", &name)?;
    if store::permissions::is_in_a_role(change, &name)? {
        return Err(Error::PermissionInUse(name));
    }
    store::permissions::remove(change, id, &name)?;
    let detail = json!({ "permission": name });
    Ok(audit::write(change, authority, "resource_server.forget_permission", id, None, detail)?)
}

/// One resource server.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show(tx: &mut impl Reads, authority: &Authority, id: ResourceServerId) -> Result<ResourceServer, Error> {
    managed(tx, authority, id)
}

/// The resource servers of the site, oldest first.
///
/// # Errors
/// `missing_permission`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    request: PageRequest<ResourceServerId>,
) -> Result<Page<ResourceServer, ResourceServerId>, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    let Page { items, next } = store::resource_servers::page(tx, request)?;
    let found = items.into_iter().map(|id| find::resource_server(tx, id)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page { items: found, next })
}

/// The permissions that a resource server registered, by name.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn permissions(
    tx: &mut impl Reads,
    authority: &Authority,
    id: ResourceServerId,
) -> Result<Vec<RegisteredPermission>, Error> {
    managed(tx, authority, id)?;
    let all = store::permissions::all(tx)?;
    Ok(all.into_iter().filter(|registered| registered.resource_server == id).collect())
}
