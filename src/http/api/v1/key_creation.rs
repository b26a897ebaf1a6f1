//! New API keys, for a space or for a user.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    key_roles::{RoleBodies, RoleBody},
    key_secret::SecretView,
    keys::{MANAGERS_AT_HOME, MANAGERS_OF_SPACE, OF_USER, TAG},
};
use crate::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{Mode, Owner, UserKeyRoles},
        ids::{SpaceId, UserId},
        key_pair::ExpiryPolicy,
        name::{Description, Name},
    },
    http::api::{
        body::given,
        handler::{Created, create},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::api_keys::{self, CreateApiKey},
    store::Change,
};

/// What a new key of a space is refused with.
pub(super) const OF_KEYS_OF_SPACES: &[(u16, &str)] = &[
    OF_USER,
    (403, "exceeds_own_rights"),
    (403, "internal_role"),
    (403, "keys_disabled"),
    (403, "not_supported_here"),
    (409, "space_closed"),
    (422, "bridge_mixed"),
    (422, "closed_workspace"),
    (422, "expiry_beyond_maximum"),
    (422, "expiry_in_the_past"),
    (422, "foreign_workspace"),
    (422, "site_role"),
    (422, "space_level_role"),
    (422, "unknown_role"),
    (422, "workspace_required"),
];

/// What a new key of a user is refused with.
pub(super) const OF_KEYS_OF_USERS: &[(u16, &str)] = &[
    OF_USER,
    (403, "exceeds_own_rights"),
    (403, "internal_role"),
    (403, "keys_disabled"),
    (403, "not_supported_here"),
    (409, "owner_disabled"),
    (403, "owner_keys_disabled"),
    (409, "space_closed"),
    (422, "bridge_mixed"),
    (422, "closed_workspace"),
    (422, "expiry_beyond_maximum"),
    (422, "expiry_in_the_past"),
    (422, "foreign_domain"),
    (422, "foreign_workspace"),
    (422, "idp_role"),
    (422, "not_held"),
    (422, "space_level_role"),
    (422, "unknown_role"),
    (422, "workspace_required"),
];

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "create_key",
            verb: Verb::Post,
            path: "/spaces/{space}/keys",
            tag: TAG,
            summary: "Makes a key that belongs to the space, with its first pair; the secret is in this answer only",
            needs: MANAGERS_OF_SPACE,
            query: &[],
            refusals: OF_KEYS_OF_SPACES,
            example: r#"{"name":"Jenkins","roles":[{"role":"ci_cd_integration","workspaces":[1001,1002]}],"expires":"90d"}"#,
            handler: create(make_for_space),
        },
        Operation {
            id: "create_key_of_user",
            verb: Verb::Post,
            path: "/users/{user}/keys",
            tag: TAG,
            summary: "Makes a key that acts for a user: with all roles that the user can pass on, or with some of them",
            needs: MANAGERS_AT_HOME,
            query: &[],
            refusals: OF_KEYS_OF_USERS,
            example: r#"{"name":"Nightly report","mode":"read_only"}"#,
            handler: create(make_for_user),
        },
    ]
}

/// A key to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateApiKey")]
pub(super) struct CreateBody {
    /// As people see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// What it is for.
    #[serde(default)]
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Description,
    /// A mask over its roles; without it the widest that its owner can have.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<Mode>")]
    mode: Option<Mode>,
    /// Its roles. A key of a user that is made without them has all roles of the user, as they change.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Vec<RoleBody>")]
    roles: Option<RoleBodies>,
    /// When its first pair stops working: `none`, `90d`, a date or a time. Without it after 90 days, or sooner where the
    /// space wants that.
    #[serde(default)]
    #[schemars(schema_with = "schema::expiry")]
    expires: ExpiryPolicy,
    /// You have read that row-level restrictions of the product do not apply to keys.
    #[serde(default)]
    acknowledge_row_level: bool,
    /// From where it may be used, as addresses or networks: `192.0.2.7`, `2001:db8::/32`. None, or an empty list, means from
    /// everywhere.
    #[serde(default)]
    #[schemars(schema_with = "schema::networks")]
    allowed_networks: AllowedNetworks,
}

impl CreateBody {
    /// As the use case takes it, for a key of the space.
    pub(super) fn for_space(self, call: &Call<'_>) -> Result<CreateApiKey, Problem> {
        Ok(self.into_input(call.path()?, Owner::Space))
    }

    /// The same for a key of the user of the path.
    pub(super) fn for_user(self, change: &mut Change<'_>, call: &Call<'_>) -> Result<CreateApiKey, Problem> {
        let id: UserId = call.path()?;
        let home = api_keys::home_of_owner(change, call.authority, id)?;
        // To choose no role is a choice: such a key gets its roles later (L108).
        let roles = if self.roles.is_some() { UserKeyRoles::Subset } else { UserKeyRoles::Inherit };
        Ok(self.into_input(home, Owner::User { id, roles }))
    }

    fn into_input(self, space: SpaceId, owner: Owner) -> CreateApiKey {
        let Self { name, description, mode, roles, expires: expiry, acknowledge_row_level, allowed_networks } = self;
        let roles = roles.unwrap_or_default().into_requests();
        let row_level_acknowledged = acknowledge_row_level;
        CreateApiKey { space, owner, name, description, mode, roles, expiry, row_level_acknowledged, allowed_networks }
    }
}

fn make_for_space(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<SecretView>, Problem> {
    let input = body.for_space(call)?;
    make(change, call, input)
}

fn make_for_user(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<SecretView>, Problem> {
    let input = body.for_user(change, call)?;
    make(change, call, input)
}

fn make(change: &mut Change<'_>, call: &Call<'_>, input: CreateApiKey) -> Result<Created<SecretView>, Problem> {
    let made = api_keys::create(change, call.deps(), call.authority, input)?;
    Ok(Created { location: format!("/keys/{}", made.client_id), answer: SecretView::of(change, call, &made)? })
}
