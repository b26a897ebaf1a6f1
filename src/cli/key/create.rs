//! `keystead key create`

use clap::Args;

use crate::{
    cli::{
        arguments::{SpaceArgument, UserArgument, role_request},
        context::{Context, Site},
        credential,
        failure::Failure,
    },
    domain::{
        api_key::{Mode, Owner, UserKeyRoles},
        key_pair::ExpiryPolicy,
        name::{Description, Name},
    },
    manage::{
        RoleRequest,
        api_keys::{self, CreateApiKey},
    },
};

#[derive(Args)]
pub(in crate::cli) struct Create {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// As people see it
    #[arg(value_parser = Name::parse)]
    name: Name,
    /// What it is for
    #[arg(long, default_value = "", value_parser = Description::parse)]
    description: Description,
    /// A role, as ROLE or ROLE@WORKSPACE,WORKSPACE; may be repeated
    #[arg(long = "role", value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    roles: Vec<RoleRequest>,
    /// The user it acts for, by login or id; without `--role` it has the user's roles, else those chosen of them
    #[arg(long, value_name = "USER")]
    owner: Option<UserArgument>,
    /// Of a user's key: `inherit`, or `subset` for a key that gets its roles later [default: by whether there is `--role`]
    #[arg(long, value_name = "KIND", requires = "owner")]
    user_roles: Option<UserKeyRoles>,
    /// `full`, or `read_only` whatever its roles say [default: the widest that its owner can have]
    #[arg(long)]
    mode: Option<Mode>,
    /// When its secret expires: `90d`, `none`, or a date such as 2027-03-31 [default: 90d, or what the space allows]
    #[arg(long, value_name = "WHEN")]
    expires: Option<ExpiryPolicy>,
    /// You have read that the product's row-level restrictions do not apply to API keys
    #[arg(long)]
    acknowledge_row_level: bool,
}

pub(super) fn run(context: &Context<'_>, site: &Site, create: Create) -> Result<(), Failure> {
    let Create { space, name, description, roles, owner, user_roles, mode, expires, acknowledge_row_level } = create;
    let heading = format!("API key \"{name}\" is made.");
    let made = site.change(|change, deps, authority| {
        let space = space.id(change, authority)?;
        let usual = if roles.is_empty() { UserKeyRoles::Inherit } else { UserKeyRoles::Subset };
        let owner = match owner {
            None => Owner::Space,
            Some(user) => Owner::User { id: user.id(change, authority)?, roles: user_roles.unwrap_or(usual) },
        };
        let input = CreateApiKey {
            space,
            owner,
            name,
            description,
            mode,
            roles,
            expiry: expires.unwrap_or_default(),
            row_level_acknowledged: acknowledge_row_level,
        };
        api_keys::create(change, deps, authority, input)
    })?;
    credential::show(context, &heading, &made)
}
