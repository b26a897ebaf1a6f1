//! Roles of a space, beside the built-in ones.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        ids::{RoleId, SpaceId},
        name::Description,
        page::{Page, PageRequest},
        permission::Level,
        role::{Integration, Role, RoleHome, RoleName},
    },
    http::api::{
        body::given,
        handler::{Created, create, edit, list, remove, show},
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::roles::{self, CopyRole, CreateRole, EditRole},
    store::{Change, Rows},
};

const TAG: &str = "Roles";
const MANAGERS: Needs = Needs::OneOf(&["roles.manage"], "the space");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_roles",
            verb: Verb::Get,
            path: "/spaces/{space}/roles",
            tag: TAG,
            summary: "Lists the roles that exist in a space, the built-in ones first",
            needs: Needs::Membership("the space"),
            query: &[],
            refusals: &[],
            example: "",
            handler: list(list_of_space),
        },
        Operation {
            id: "create_role",
            verb: Verb::Post,
            path: "/spaces/{space}/roles",
            tag: TAG,
            summary: "Makes a role with permissions that the caller holds in the whole space",
            needs: MANAGERS,
            query: &[],
            refusals: &[
                (403, "exceeds_own_rights"),
                (409, "name_taken"),
                (409, "space_closed"),
                (422, "integration_permission"),
                (422, "permission_above_level"),
                (422, "site_role"),
                (422, "unknown_permission"),
            ],
            example: r#"{"name":"reporter","level":"workspace","permissions":["reports.read"]}"#,
            handler: create(make),
        },
        Operation {
            id: "copy_role",
            verb: Verb::Post,
            path: "/spaces/{space}/roles/copy",
            tag: TAG,
            summary: "Copies a role, so that it can be trimmed; the copy does not follow the original",
            needs: MANAGERS,
            query: &[],
            refusals: &[
                (403, "exceeds_own_rights"),
                (403, "internal_role"),
                (409, "name_taken"),
                (409, "space_closed"),
                (422, "integration_permission"),
                (422, "permission_above_level"),
                (422, "site_role"),
                (422, "unknown_permission"),
                (422, "unknown_role"),
            ],
            example: r#"{"from":"power_user","name":"loader","permissions":["data.read","data.transfer"]}"#,
            handler: create(copy),
        },
        Operation {
            id: "show_role",
            verb: Verb::Get,
            path: "/roles/{role}",
            tag: TAG,
            summary: "Shows a role",
            needs: Needs::Membership("its space; the built-in ones are shown to everybody"),
            query: &[],
            refusals: &[],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_role",
            verb: Verb::Patch,
            path: "/roles/{role}",
            tag: TAG,
            summary: "Changes a role of a space; what it loses, its holders lose at once",
            needs: MANAGERS,
            query: &[],
            refusals: &[
                (403, "built_in_role"),
                (403, "exceeds_own_rights"),
                (422, "admin_role_on_service_account"),
                (422, "integration_permission"),
                (422, "permission_above_level"),
                (422, "unknown_permission"),
            ],
            example: r#"{"permissions":["reports.read"]}"#,
            handler: edit(view, change_role),
        },
        Operation {
            id: "remove_role",
            verb: Verb::Delete,
            path: "/roles/{role}",
            tag: TAG,
            summary: "Removes a role of a space that nobody holds",
            needs: MANAGERS,
            query: &[],
            refusals: &[(403, "built_in_role"), (409, "role_in_use")],
            example: "",
            handler: remove(view, |change, call| Ok(roles::remove(change, call.deps(), call.authority, call.path()?)?)),
        },
    ]
}

/// A role as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Role")]
struct RoleView {
    /// Names it in paths.
    #[schemars(schema_with = "schema::id::<RoleId>")]
    id: RoleId,
    /// The word that tokens carry.
    #[schemars(schema_with = "schema::text::<2, 64>")]
    name: RoleName,
    /// What it is for.
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Description,
    /// Where it can be given.
    #[schemars(schema_with = "schema::words::<Level>")]
    level: Level,
    /// What it says about the integration that carries it; people give and take all but `internal`.
    #[schemars(schema_with = "schema::words::<Integration>")]
    integration: Integration,
    /// Built in: the same in every space, and unchangeable.
    built_in: bool,
    /// The space that made it.
    #[schemars(schema_with = "schema::id_or_null::<SpaceId>")]
    space: Option<SpaceId>,
    /// One of administrators, refused to service accounts.
    admin_class: bool,
    /// The role that it was copied from.
    #[schemars(schema_with = "schema::id_or_null::<RoleId>")]
    copied_from: Option<RoleId>,
    /// Names of its permissions.
    permissions: Vec<String>,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        let space = match role.home {
            RoleHome::BuiltIn => None,
            RoleHome::Space(space) => Some(space),
        };
        Self {
            id: role.id,
            built_in: role.is_built_in(),
            name: role.name,
            description: role.description,
            level: role.level,
            integration: role.integration,
            space,
            admin_class: role.admin_class,
            copied_from: role.copied_from,
            permissions: role.permissions.into_iter().map(|held| held.name).collect(),
        }
    }
}

/// A role to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateRole")]
struct CreateBody {
    /// The word that tokens carry, unique among the built-in roles and those of the space.
    #[schemars(schema_with = "schema::text::<2, 64>")]
    name: RoleName,
    /// What it is for.
    #[serde(default)]
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Description,
    /// Where it can be given: the space, or workspaces.
    #[schemars(schema_with = "schema::words::<Level>")]
    level: Level,
    /// Names of permissions.
    permissions: Vec<String>,
}

/// A role to be copied.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CopyRole")]
struct CopyBody {
    /// Name of the original: built in, or of the same space.
    #[schemars(schema_with = "schema::text::<2, 64>")]
    from: String,
    /// The word that tokens carry.
    #[schemars(schema_with = "schema::text::<2, 64>")]
    name: RoleName,
    /// What the copy is for; that of the original if left out.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Option<Description>,
    /// Names of permissions; those of the original if left out.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Vec<String>")]
    permissions: Option<Vec<String>>,
}

/// What is to be different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditRole")]
struct EditBody {
    /// What it is for.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Option<Description>,
    /// Names of all its permissions.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Vec<String>")]
    permissions: Option<Vec<String>>,
}

fn list_of_space(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<RoleId>,
) -> Result<Page<RoleView, RoleId>, Problem> {
    Ok(roles::list(rows, call.authority, call.path()?, page)?.map(RoleView::from))
}

fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<RoleView, Problem> {
    Ok(roles::show(rows, call.authority, call.path()?)?.into())
}

fn made(change: &mut Change<'_>, call: &Call<'_>, id: RoleId) -> Result<Created<RoleView>, Problem> {
    Ok(Created { location: format!("/roles/{id}"), answer: roles::show(change, call.authority, id)?.into() })
}

fn make(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<RoleView>, Problem> {
    let CreateBody { name, description, level, permissions } = body;
    let input = CreateRole { space: call.path()?, name, description, level, permissions };
    let id = roles::create(change, call.deps(), call.authority, input)?;
    made(change, call, id)
}

fn copy(change: &mut Change<'_>, call: &Call<'_>, body: CopyBody) -> Result<Created<RoleView>, Problem> {
    let CopyBody { from, name, description, permissions } = body;
    let input = CopyRole { space: call.path()?, from, name, description, permissions };
    let id = roles::copy(change, call.deps(), call.authority, input)?;
    made(change, call, id)
}

fn change_role(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<(), Problem> {
    let EditBody { description, permissions } = body;
    let input = EditRole { id: call.path()?, description, permissions };
    Ok(roles::edit(change, call.deps(), call.authority, input)?)
}
