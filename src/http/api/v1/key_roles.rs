//! The roles of an API key: those that count, given, taken, set as a whole; and what a key may get.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    key_view::RoleView,
    keys::{MANAGERS, OF_USER},
};
use crate::{
    domain::workspace::WorkspaceNumber,
    http::api::{
        handler::{edit, remove, show},
        operation::{Operation, QueryParameter, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        RoleRequest,
        facts::{self, KeyFacts},
        key_roles::{self, ChangeKeyRole, SetKeyRoles},
    },
    store::{Change, Rows},
};

/// The chapter of the documentation.
pub(super) const TAG: &str = "Roles of API keys";

/// Refusals of whoever gives roles to a key.
const OF_GIVING: &[(u16, &str)] = &[
    OF_USER,
    (403, "exceeds_own_rights"),
    (403, "internal_key"),
    (403, "internal_role"),
    (403, "keys_disabled"),
    (403, "not_supported_here"),
    (409, "already_given"),
    (422, "bridge_mixed"),
    (422, "closed_workspace"),
    (422, "foreign_domain"),
    (422, "foreign_workspace"),
    (422, "idp_role"),
    (422, "inherits_roles"),
    (422, "not_held"),
    (422, "site_role"),
    (422, "space_level_role"),
    (422, "unknown_role"),
    (422, "workspace_required"),
];

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "show_roles_of_key",
            verb: Verb::Get,
            path: "/keys/{key}/roles",
            tag: TAG,
            summary: "Shows the roles of a key: those that count now, and those that were given to it",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_USER],
            example: "",
            handler: show(roles_of),
        },
        Operation {
            id: "set_roles_of_key",
            verb: Verb::Put,
            path: "/keys/{key}/roles",
            tag: TAG,
            summary: "Sets the roles of a key: what it keeps counts without interruption, what it loses ends at once",
            needs: MANAGERS,
            query: &[],
            refusals: OF_GIVING,
            example: r#"{"roles":[{"role":"viewer","workspaces":[1001]},{"role":"auditor"}]}"#,
            handler: edit(roles_of, set),
        },
        Operation {
            id: "give_role_to_key",
            verb: Verb::Post,
            path: "/keys/{key}/roles",
            tag: TAG,
            summary: "Gives a role to a key; places where it has the role already are passed over",
            needs: MANAGERS,
            query: &[],
            refusals: OF_GIVING,
            example: r#"{"role":"viewer","workspaces":[1001]}"#,
            handler: edit(roles_of, give),
        },
        Operation {
            id: "take_role_from_key",
            verb: Verb::Delete,
            path: "/keys/{key}/roles/{role_name}",
            tag: TAG,
            summary: "Takes a role from a key; tokens already out lose it at once",
            needs: MANAGERS,
            query: &[QueryParameter {
                name: "workspace",
                description: "The workspace in which it is taken; left out for a role of the space",
                words: &[],
            }],
            refusals: &[
                OF_USER,
                (403, "internal_key"),
                (403, "internal_role"),
                (409, "not_assigned"),
                (422, "foreign_workspace"),
                (422, "inherits_roles"),
                (422, "space_level_role"),
                (422, "unknown_role"),
                (422, "workspace_required"),
            ],
            example: "",
            handler: remove(roles_of, take),
        },
    ]
}

/// A role by name, and where it is to count.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RoleRequest")]
pub(super) struct RoleBody {
    /// Name of the role.
    role: String,
    /// Numbers of the workspaces; left out for a role of the space.
    #[serde(default)]
    #[schemars(schema_with = "schema::workspaces")]
    workspaces: Vec<WorkspaceNumber>,
}

/// Some roles. Each of them is looked up while all other changes wait, so their number is bounded.
#[derive(Default, Deserialize)]
#[serde(try_from = "Vec<RoleBody>")]
pub(super) struct RoleBodies(Vec<RoleBody>);

impl TryFrom<Vec<RoleBody>> for RoleBodies {
    type Error = &'static str;

    fn try_from(bodies: Vec<RoleBody>) -> Result<Self, Self::Error> {
        if bodies.len() > 100 {
            Err("at most 100 roles can be named at once, each with any workspaces")
        } else {
            Ok(Self(bodies))
        }
    }
}

impl RoleBodies {
    /// As use cases take them.
    pub(super) fn into_requests(self) -> Vec<RoleRequest> {
        self.0.into_iter().map(RoleBody::into_request).collect()
    }
}

impl RoleBody {
    fn into_request(self) -> RoleRequest {
        RoleRequest { role: self.role, workspaces: self.workspaces }
    }
}

/// All roles of a key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SetRolesOfKey")]
struct SetBody {
    /// Those that it is to have, and no others.
    #[schemars(with = "Vec<RoleBody>")]
    roles: RoleBodies,
}

/// The roles of a key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RolesOfKey")]
struct RolesView {
    /// Those that count now.
    roles: Vec<RoleView>,
    /// Those that were given to the key itself, also where they do not count now: what a new set takes the place of.
    own_roles: Vec<RoleView>,
}

fn roles_of(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<RolesView, Problem> {
    let KeyFacts { roles, own_roles, .. } = facts::show(rows, call.authority, call.path()?)?;
    let shown = |roles: Vec<_>| roles.into_iter().map(RoleView::of).collect();
    Ok(RolesView { roles: shown(roles), own_roles: shown(own_roles) })
}

fn set(change: &mut Change<'_>, call: &Call<'_>, body: SetBody) -> Result<(), Problem> {
    let input = SetKeyRoles { id: call.path()?, roles: body.roles.into_requests() };
    Ok(key_roles::set(change, call.deps(), call.authority, input)?)
}

fn give(change: &mut Change<'_>, call: &Call<'_>, body: RoleBody) -> Result<(), Problem> {
    let input = ChangeKeyRole { id: call.path()?, request: body.into_request() };
    Ok(key_roles::give(change, call.deps(), call.authority, input)?)
}

fn take(change: &mut Change<'_>, call: &Call<'_>) -> Result<(), Problem> {
    let workspaces = call.parsed_query("workspace")?.into_iter().collect();
    let request = RoleRequest { role: call.text("role_name").to_owned(), workspaces };
    let input = ChangeKeyRole { id: call.path()?, request };
    Ok(key_roles::take(change, call.deps(), call.authority, input)?)
}
