//! Finding what an input names, or saying that it is not there.

use std::fmt::Display;

use super::error::Error;
use crate::{
    domain::{
        api_key::ApiKey,
        ids::{ApiKeyId, ResourceServerId, SpaceId, UserId},
        resource_server::ResourceServer,
        space::{Space, SpaceState},
        user::User,
        workspace::{Workspace, WorkspaceNumber},
    },
    store::{self, site::SiteRow, transaction::Reads},
};

fn present<T>(found: Option<T>, what: &'static str, given: impl Display) -> Result<T, Error> {
    found.ok_or_else(|| Error::NotFound { what, given: format!("{given}") })
}

pub(super) fn site(tx: &mut impl Reads) -> Result<SiteRow, Error> {
    store::site::find_row(tx)?.ok_or(Error::NotInitialized)
}

pub(super) fn space(tx: &mut impl Reads, id: SpaceId) -> Result<Space, Error> {
    present(store::spaces::find(tx, id)?, "space", id)
}

pub(super) fn open_space(tx: &mut impl Reads, id: SpaceId) -> Result<Space, Error> {
    match space(tx, id)? {
        space if space.state == SpaceState::Open => Ok(space),
        _ => Err(Error::SpaceClosed),
    }
}

pub(super) fn workspace(tx: &mut impl Reads, space: SpaceId, number: WorkspaceNumber) -> Result<Workspace, Error> {
    present(store::workspaces::find_by_number(tx, space, number)?, "workspace", number)
}

pub(super) fn user(tx: &mut impl Reads, id: UserId) -> Result<User, Error> {
    present(store::users::find(tx, id)?, "user", id)
}

pub(super) fn api_key(tx: &mut impl Reads, id: ApiKeyId) -> Result<ApiKey, Error> {
    present(store::api_keys::find(tx, id)?, "API key", id)
}

pub(super) fn resource_server(tx: &mut impl Reads, id: ResourceServerId) -> Result<ResourceServer, Error> {
    present(store::resource_servers::find(tx, id)?, "resource server", id)
}
