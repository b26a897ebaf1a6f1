//! Finding what an input names, or saying that it is not there. What lies in a space that the caller does not belong to is
//! not there for that caller (ruling 23).

use std::fmt::Display;

use super::error::Error;
use crate::{
    domain::{
        api_key::ApiKey,
        application::Application,
        authority::Authority,
        ids::{ApiKeyId, ApplicationId, ResourceServerId, RoleId, SpaceId, UserId},
        resource_server::ResourceServer,
        role::{Role, RoleHome},
        space::{Space, SpaceState},
        user::User,
        workspace::{Workspace, WorkspaceNumber},
    },
    store::{self, site::SiteRow, transaction::Reads},
};

/// What was found, or the refusal that names what was given.
pub(super) fn present<T>(found: Option<T>, what: &'static str, given: impl Display) -> Result<T, Error> {
    found.ok_or_else(|| Error::NotFound { what, given: format!("{given}") })
}

pub(super) fn site(tx: &mut impl Reads) -> Result<SiteRow, Error> {
    store::site::find_row(tx)?.ok_or(Error::NotInitialized)
}

pub(super) fn space(tx: &mut impl Reads, authority: &Authority, id: SpaceId) -> Result<Space, Error> {
    let found = if authority.sees(id) { store::spaces::find(tx, id)? } else { None };
    present(found, "space", id)
}

pub(super) fn open_space(tx: &mut impl Reads, authority: &Authority, id: SpaceId) -> Result<Space, Error> {
    match space(tx, authority, id)? {
        space if space.state == SpaceState::Open => Ok(space),
        _ => Err(Error::SpaceClosed),
    }
}

pub(super) fn workspace(
    tx: &mut impl Reads,
    authority: &Authority,
    number: WorkspaceNumber,
) -> Result<Workspace, Error> {
    let found = store::workspaces::find_numbered(tx, number)?.filter(|workspace| authority.sees(workspace.space));
    present(found, "workspace", number)
}

/// A user who is at home in a space that the caller belongs to, or a guest in one.
pub(super) fn user(tx: &mut impl Reads, authority: &Authority, id: UserId) -> Result<User, Error> {
    let is_seen = |user: &User| authority.sees(user.home) || user.roles.iter().any(|given| authority.sees(given.space));
    present(store::users::find(tx, id)?.filter(is_seen), "user", id)
}

pub(super) fn api_key(tx: &mut impl Reads, authority: &Authority, id: ApiKeyId) -> Result<ApiKey, Error> {
    present(store::api_keys::find(tx, id)?.filter(|key| authority.sees(key.space)), "API key", id)
}

/// An application of a space that the caller belongs to.
pub(super) fn application(tx: &mut impl Reads, authority: &Authority, id: ApplicationId) -> Result<Application, Error> {
    let is_seen = |application: &Application| authority.sees(application.space);
    present(store::applications::find(tx, id)?.filter(is_seen), "application", id)
}

pub(super) fn role(tx: &mut impl Reads, authority: &Authority, id: RoleId) -> Result<Role, Error> {
    let is_seen = |role: &Role| match role.home {
        RoleHome::BuiltIn => true,
        RoleHome::Space(space) => authority.sees(space),
    };
    present(store::roles::find(tx, id)?.filter(is_seen), "role", id)
}

pub(super) fn resource_server(tx: &mut impl Reads, id: ResourceServerId) -> Result<ResourceServer, Error> {
    present(store::resource_servers::find(tx, id)?, "resource server", id)
}
