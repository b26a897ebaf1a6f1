//! What a key is given when it comes to be, whether it is made here or brought along.

use clap::Args;

use crate::{
    cli::arguments::{UserArgument, role_request},
    domain::{
        allowed_networks::{AllowedNetwork, AllowedNetworks},
        api_key::{Mode, Owner, UserKeyRoles},
        authority::Authority,
        ids::SpaceId,
        key_pair::ExpiryPolicy,
        name::{Description, Name},
    },
    manage::{self, RoleRequest, api_keys::CreateApiKey},
    store::transaction::Reads,
};

#[derive(Args)]
#[group(id = "key_options")]
pub(in crate::cli) struct KeyOptions {
    /// What it is for
    #[arg(long, value_parser = Description::parse)]
    pub(super) description: Option<Description>,
    /// A role, as ROLE or ROLE@WORKSPACE,WORKSPACE; may be repeated
    #[arg(long = "role", value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    pub(super) roles: Vec<RoleRequest>,
    /// The user it acts for, by login or id; without `--role` it has the user's roles, else those chosen of them
    #[arg(long, value_name = "USER")]
    pub(super) owner: Option<UserArgument>,
    /// Of a user's key: `inherit`, or `subset` for a key that gets its roles later [default: by whether there is `--role`]
    #[arg(long, value_name = "KIND", requires = "owner")]
    pub(super) user_roles: Option<UserKeyRoles>,
    /// `full`, or `read_only` whatever its roles say [default: the widest that its owner can have]
    #[arg(long)]
    pub(super) mode: Option<Mode>,
    /// When its secret expires: `90d`, `none`, or a date such as 2027-03-31 [default: 90d, or what the space allows]
    #[arg(long, value_name = "WHEN")]
    pub(super) expires: Option<ExpiryPolicy>,
    /// You have read that the product's row-level restrictions do not apply to API keys
    #[arg(long)]
    pub(super) acknowledge_row_level: bool,
    /// A network or address that it may be used from, such as 192.0.2.0/24; may be repeated [default: everywhere]
    #[arg(long = "allow-network", value_name = "NETWORK")]
    pub(super) allowed_networks: Vec<AllowedNetwork>,
}

impl KeyOptions {
    /// As the use case takes them.
    pub(super) fn into_input(
        self,
        tx: &mut impl Reads,
        authority: &Authority,
        space: SpaceId,
        name: Name,
    ) -> Result<CreateApiKey, manage::Error> {
        let Self { description, roles, owner, user_roles, mode, expires, acknowledge_row_level, allowed_networks } =
            self;
        let usual = if roles.is_empty() { UserKeyRoles::Inherit } else { UserKeyRoles::Subset };
        let owner = match owner {
            None => Owner::Space,
            Some(user) => Owner::User { id: user.id(tx, authority)?, roles: user_roles.unwrap_or(usual) },
        };
        Ok(CreateApiKey {
            space,
            owner,
            name,
            description: description.unwrap_or_default(),
            mode,
            roles,
            expiry: expires.unwrap_or_default(),
            row_level_acknowledged: acknowledge_row_level,
            allowed_networks: AllowedNetworks::new(allowed_networks)?,
        })
    }
}
