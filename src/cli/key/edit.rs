//! `keystead key edit`

use clap::{ArgGroup, Args};

use super::shown::show;
use crate::{
    cli::{
        context::{Context, Site},
        failure::Failure,
    },
    domain::{
        allowed_networks::{AllowedNetwork, AllowedNetworks},
        api_key::{Mode, UserKeyRoles},
        ids::ApiKeyId,
        name::{Description, Name},
    },
    manage::{
        self,
        api_keys::{self, EditApiKey},
        facts,
    },
};

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args([
    "name", "description", "mode", "user_roles", "acknowledge_row_level", "allowed_networks", "allow_all_networks",
]))]
pub(in crate::cli) struct Edit {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
    /// As people see it
    #[arg(long, value_parser = Name::parse)]
    name: Option<Name>,
    /// What it is for
    #[arg(long, value_parser = Description::parse)]
    description: Option<Description>,
    /// `full` or `read_only`; narrowing counts at once
    #[arg(long)]
    mode: Option<Mode>,
    /// Of a user's key: `inherit` for all roles of the user, `subset` for none until you choose some
    #[arg(long, value_name = "KIND")]
    user_roles: Option<UserKeyRoles>,
    /// You have read that the product's row-level restrictions do not apply to API keys
    #[arg(long)]
    acknowledge_row_level: bool,
    /// A network or address that it may be used from, such as 192.0.2.0/24; may be repeated, and no other stays
    #[arg(long = "allow-network", value_name = "NETWORK", conflicts_with = "allow_all_networks")]
    allowed_networks: Vec<AllowedNetwork>,
    /// It may be used from everywhere
    #[arg(long)]
    allow_all_networks: bool,
}

pub(super) fn run(context: &Context<'_>, site: &Site, edit: Edit) -> Result<(), Failure> {
    let Edit { id, name, description, mode, user_roles, .. } = edit;
    let networks = AllowedNetworks::new(edit.allowed_networks).map_err(manage::Error::from)?;
    let is_said = edit.allow_all_networks || networks != AllowedNetworks::default();
    let input = EditApiKey {
        id,
        name,
        description,
        mode,
        user_roles,
        row_level_acknowledged: edit.acknowledge_row_level,
        allowed_networks: is_said.then_some(networks),
    };
    let facts = site.change(|change, deps, authority| {
        api_keys::edit(change, deps, authority, input)?;
        facts::show(change, authority, id)
    })?;
    show(context, &facts, site.store.now()?)
}
