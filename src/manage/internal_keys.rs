//! The keys of the product's own services: made with their space, never by people (L019, L020).

use serde_json::json;

use super::{audit, error::Error};
use crate::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{ApiKey, InternalService, KeyStatus, Mode, Owner},
        assignment::{Assignment, AssignmentSource, Reach},
        authority::Authority,
        name::{Description, Name},
        sequence::Seq,
        space::Space,
        text_enum::TextEnum,
    },
    store::{self, Change},
};

pub(super) fn create_all(change: &mut Change<'_>, authority: &Authority, space: &Space) -> Result<(), Error> {
    InternalService::ALL.iter().try_for_each(|service| create(change, authority, space, *service))
}

/// An internal key has no pair until somebody regenerates it (L022): nobody gets to see a secret that nobody asked for.
fn create(
    change: &mut Change<'_>,
    authority: &Authority,
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
        status_reason: None,
        internal: Some(service),
        cut_off: Seq::ZERO,
        writes_since: Seq::ZERO,
        inherits_since: Seq::ZERO,
        roles: Vec::new(),
        pairs: Vec::new(),
        allowed_networks: AllowedNetworks::default(),
    };
    store::api_keys::insert(change, &key, &authority.origin().actor.to_string())?;
    // The role of an internal service has its name.
    let role = store::roles::find_by_name(change, space.id, service.as_str())?
        .ok_or_else(|| Error::UnknownRole(service.to_string()))?;
    let assignment =
        Assignment { space: space.id, role: role.id, reach, source: AssignmentSource::Local, since: change.seq() };
    store::api_key_roles::give(change, key.id, &role, &assignment)?;
    let detail = json!({ "name": key.name, "internal": service });
    Ok(audit::write(change, authority, "api_key.create", key.id, Some(space.id), detail)?)
}
