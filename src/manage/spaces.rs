//! Spaces, made together with the internal keys of the product's services.

use serde_json::json;

use super::{
    audit,
    deps::Deps,
    error::{Error, taken},
    find,
};
use crate::{
    domain::{
        api_key::{ApiKey, InternalService, KeyStatus, Mode, Owner},
        assignment::{Assignment, AssignmentSource, Reach},
        audit_event::Origin,
        name::{Description, Name},
        sequence::Seq,
        space::{Space, SpaceKind, SpaceState},
        text_enum::TextEnum,
    },
    store::{self, Change},
};

/// A space to be made.
#[derive(Debug, Clone)]
pub struct CreateSpace {
    /// Unique in the site.
    pub name: Name,
    /// Keys are supported in production spaces only (L048, L049).
    pub kind: SpaceKind,
    /// Whether the product's services get keys here (L019).
    pub internal_services: bool,
}

impl CreateSpace {
    /// An ordinary space.
    #[must_use]
    pub const fn production(name: Name) -> Self {
        Self { name, kind: SpaceKind::Production, internal_services: false }
    }
}

/// Makes a space.
///
/// # Errors
/// `not_initialized`, `name_taken`.
pub fn create(change: &mut Change<'_>, _: &Deps, origin: &Origin, input: CreateSpace) -> Result<Space, Error> {
    find::site(change)?;
    let CreateSpace { name, kind, internal_services } = input;
    let space = Space {
        id: change.new_id(),
        name,
        kind,
        state: SpaceState::Open,
        api_keys_supported: kind == SpaceKind::Production,
        api_keys_enabled: true,
        token_life: None,
        cut_off: Seq::ZERO,
        keys_cut_off: Seq::ZERO,
    };
    let done = store::spaces::insert(change, &space);
    taken(done, || Error::NameTaken { what: "space", name: space.name.clone() })?;
    let detail = json!({ "name": space.name, "kind": kind, "internal_services": internal_services });
    audit::write(change, origin, "space.create", space.id, Some(space.id), detail)?;
    if internal_services {
        for service in InternalService::ALL {
            create_internal_key(change, origin, &space, *service)?;
        }
    }
    Ok(space)
}

/// An internal key has no pair until somebody regenerates it (L022): nobody gets to see a secret that nobody asked for.
fn create_internal_key(
    change: &mut Change<'_>,
    origin: &Origin,
    space: &Space,
    service: InternalService,
) -> Result<(), Error> {
    let (name, reach) = match service {
        InternalService::BridgeService => ("Bridge service", Reach::Space),
        InternalService::SynchronizerService => ("Synchronizer service", Reach::AllWorkspaces),
        InternalService::ProductBridgeService => ("Product to bridge service", Reach::Space),
    };
    let key = ApiKey {
        id: change.new_id(),
        space: space.id,
        owner: Owner::Space,
        name: Name::parse(name).map_err(|_| store::Error::Refused(name.to_owned()))?,
        description: Description::default(),
        mode: Mode::Full,
        status: KeyStatus::Active,
        internal: Some(service),
        cut_off: Seq::ZERO,
        roles: Vec::new(),
        pairs: Vec::new(),
    };
    store::api_keys::insert(change, &key)?;
    // The role of an internal service has its name.
    let role = store::roles::find_by_name(change, space.id, service.as_str())?
        .ok_or_else(|| Error::UnknownRole(service.to_string()))?;
    let assignment =
        Assignment { space: space.id, role: role.id, reach, source: AssignmentSource::Local, since: change.seq() };
    store::api_key_roles::give(change, key.id, &role, &assignment)?;
    let detail = json!({ "name": key.name, "internal": service });
    Ok(audit::write(change, origin, "api_key.create", key.id, Some(space.id), detail)?)
}
