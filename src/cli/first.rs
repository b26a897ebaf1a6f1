//! What a new site begins with: a space, its administrator, and a key that manages it.

use super::failure::Failure;
use crate::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::Owner,
        authority::Authority,
        ids::{ApiKeyId, SpaceId},
        key_pair::ExpiryPolicy,
        name::{Description, Name},
        space::Space,
        user::Login,
        workspace::Workspace,
    },
    manage::{
        self, Deps, NewCredential, RoleRequest,
        api_keys::{self, CreateApiKey},
        first_administrator::{FirstAdministrator, create_space},
        setup_links::{self, NewSetupLink},
        spaces::CreateSpace,
        user_roles::{self, GiveUserRole},
        workspaces::{self, CreateWorkspace},
    },
    store::Change,
};

/// What was made. The link and the key are shown once.
pub(super) struct FirstSpace {
    pub(super) space: Space,
    pub(super) workspaces: Vec<Workspace>,
    pub(super) login: String,
    pub(super) link: NewSetupLink,
    pub(super) key: NewCredential<ApiKeyId>,
}

/// Makes all of it, in the change that makes the site.
pub(super) fn make(
    change: &mut Change<'_>,
    deps: &Deps,
    name: Name,
    workspaces: Vec<Name>,
    admin: Login,
) -> Result<FirstSpace, Failure> {
    let operator = &Authority::OPERATOR;
    let login = admin.to_string();
    let person = FirstAdministrator { login: admin, full_name: fixed("Administrator")?, emails: Vec::new() };
    let (space, admin) = create_space(change, deps, operator, CreateSpace::production(name), person)?;
    let site_admin = GiveUserRole { id: admin, space: space.id, request: in_space("site_admin") };
    user_roles::give(change, deps, operator, site_admin)?;
    let make = |name| workspaces::create(change, deps, operator, CreateWorkspace { space: space.id, name });
    let workspaces = workspaces.into_iter().map(make).collect::<Result<_, manage::Error>>()?;
    let link = setup_links::create(change, deps, operator, admin)?;
    let key = management_key(change, deps, space.id, ExpiryPolicy::Usual)?;
    Ok(FirstSpace { space, workspaces, login, link, key })
}

/// A key that manages this space.
pub(super) fn management_key(
    change: &mut Change<'_>,
    deps: &Deps,
    space: SpaceId,
    expiry: ExpiryPolicy,
) -> Result<NewCredential<ApiKeyId>, Failure> {
    let input = CreateApiKey {
        space,
        owner: Owner::Space,
        name: fixed("Management")?,
        description: Description::default(),
        mode: None,
        roles: vec![in_space("space_admin")],
        expiry,
        row_level_acknowledged: false,
        allowed_networks: AllowedNetworks::default(),
    };
    Ok(api_keys::create(change, deps, &Authority::OPERATOR, input)?)
}

fn in_space(role: &str) -> RoleRequest {
    RoleRequest { role: role.to_owned(), workspaces: Vec::new() }
}

fn fixed(text: &str) -> Result<Name, Failure> {
    Name::parse(text).map_err(|error| Failure::new("name", error.to_string()))
}
