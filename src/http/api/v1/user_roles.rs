//! Roles of users: given and taken, at home and as guests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::people::MemberView;
use crate::{
    domain::{
        ids::{ApiKeyId, SpaceId, UserId},
        user::Login,
        workspace::WorkspaceNumber,
    },
    http::api::{
        body::given,
        handler::{Created, create, edit, remove, take},
        operation::{Needs, Operation, QueryParameter, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        RoleRequest, members,
        user_roles::{self, GiveUserRole, IfKeys, InviteGuest, RemoveGuest, TakeUserRole},
    },
    store::{Change, Rows},
};

const TAG: &str = "Roles of users";
const GIVERS: Needs = Needs::OneOf(
    &["roles.manage", "workspace.manage"],
    "the space or workspace where the role counts; roles of the site need `site.manage` instead",
);
const GUESTS: Needs = Needs::OneOf(&["roles.manage"], "the space");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "give_user_role",
            verb: Verb::Post,
            path: "/users/{user}/roles",
            tag: TAG,
            summary: "Gives a role to a user; keys that have the user's roles get it with their next token",
            needs: GIVERS,
            query: &[],
            refusals: &[
                (403, "exceeds_own_rights"),
                (403, "internal_role"),
                (409, "already_given"),
                (422, "admin_role_on_service_account"),
                (422, "closed_workspace"),
                (422, "foreign_workspace"),
                (422, "site_role"),
                (422, "space_level_role"),
                (422, "unknown_role"),
                (422, "workspace_required"),
            ],
            example: r#"{"role":"viewer","workspaces":[1001]}"#,
            handler: edit(view, give),
        },
        Operation {
            id: "take_user_role",
            verb: Verb::Delete,
            path: "/users/{user}/roles/{role_name}",
            tag: TAG,
            summary: "Takes a role from a user; the user's keys lose it at once, and the answer names them",
            needs: GIVERS,
            query: &[
                QueryParameter { name: "space", description: "Where; the user's home space if left out", words: &[] },
                QueryParameter {
                    name: "workspace",
                    description: "In which workspace, if the role counts in one",
                    words: &[],
                },
                QueryParameter {
                    name: "if_keys",
                    description: "`refuse` does nothing if keys rest on the role; `cascade`, if left out, takes it from them",
                    words: &["cascade", "refuse"],
                },
            ],
            refusals: &[
                (403, "internal_role"),
                (409, "idp_role_elsewhere"),
                (409, "not_assigned"),
                (409, "role_on_keys"),
                (422, "foreign_workspace"),
                (422, "space_level_role"),
                (422, "unknown_role"),
                (422, "workspace_required"),
            ],
            example: "",
            handler: take(view, take_role),
        },
        Operation {
            id: "invite_guest",
            verb: Verb::Post,
            path: "/spaces/{space}/guests",
            tag: TAG,
            summary: "Gives a role in a space to somebody who is at home elsewhere; no key ever gets it",
            needs: GUESTS,
            query: &[],
            refusals: &[
                (403, "exceeds_own_rights"),
                (403, "internal_role"),
                (409, "already_given"),
                (409, "guest_at_home"),
                (422, "admin_role_on_service_account"),
                (422, "closed_workspace"),
                (422, "foreign_workspace"),
                (422, "site_role"),
                (422, "space_level_role"),
                (422, "unknown_role"),
                (422, "workspace_required"),
            ],
            example: r#"{"login":"jo","role":"viewer","workspaces":[1001]}"#,
            handler: create(invite),
        },
        Operation {
            id: "remove_guest",
            verb: Verb::Delete,
            path: "/spaces/{space}/guests/{user}",
            tag: TAG,
            summary: "Takes all roles in a space from a guest",
            needs: GUESTS,
            query: &[],
            refusals: &[(409, "guest_at_home"), (409, "idp_role_elsewhere")],
            example: "",
            handler: remove(view, |change, call| {
                let input = RemoveGuest { space: call.path()?, id: call.path()? };
                Ok(user_roles::remove_guest(change, call.deps(), call.authority, input)?)
            }),
        },
    ]
}

/// A role to be given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GiveUserRole")]
struct GiveBody {
    /// Name of the role.
    #[schemars(schema_with = "schema::text::<2, 64>")]
    role: String,
    /// The workspaces in which it is to count; none for a role of the space or the site.
    #[serde(default)]
    #[schemars(schema_with = "schema::workspaces")]
    workspaces: Vec<WorkspaceNumber>,
    /// Where; the user's home space if left out.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    space: Option<SpaceId>,
}

/// Somebody who is to be a guest.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "InviteGuest")]
struct InviteBody {
    /// What the user types to log in.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    login: Login,
    /// Name of the role.
    #[schemars(schema_with = "schema::text::<2, 64>")]
    role: String,
    /// The workspaces in which it is to count; none for a role of the space.
    #[serde(default)]
    #[schemars(schema_with = "schema::workspaces")]
    workspaces: Vec<WorkspaceNumber>,
}

/// A role that was taken.
#[derive(Serialize, JsonSchema)]
struct TakenRole {
    /// The user, with the roles that are left.
    user: MemberView,
    /// The keys that lost it too.
    #[schemars(schema_with = "schema::ids::<ApiKeyId>")]
    keys: Vec<ApiKeyId>,
}

fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<MemberView, Problem> {
    Ok(members::show(rows, call.authority, call.path()?)?.into())
}

fn give(change: &mut Change<'_>, call: &Call<'_>, body: GiveBody) -> Result<(), Problem> {
    let GiveBody { role, workspaces, space } = body;
    let id = call.path()?;
    let space = place(change, call, id, space)?;
    let input = GiveUserRole { id, space, request: RoleRequest { role, workspaces } };
    Ok(user_roles::give(change, call.deps(), call.authority, input)?)
}

/// The space that was named, or the user's home.
fn place(change: &mut Change<'_>, call: &Call<'_>, id: UserId, named: Option<SpaceId>) -> Result<SpaceId, Problem> {
    match named {
        Some(space) => Ok(space),
        None => Ok(members::home_of(change, call.authority, id)?),
    }
}

fn take_role(change: &mut Change<'_>, call: &Call<'_>) -> Result<TakenRole, Problem> {
    let id = call.path()?;
    let named = call.parsed_query("space")?;
    let space = place(change, call, id, named)?;
    let number = call.query("workspace").map(|text| {
        let wrong = || Problem::invalid_parameter("workspace", &"it is the number of a workspace");
        WorkspaceNumber::parse(text).ok_or_else(wrong)
    });
    let request =
        RoleRequest { role: call.text("role_name").to_owned(), workspaces: number.transpose()?.into_iter().collect() };
    let if_keys = if call.query("if_keys") == Some("refuse") { IfKeys::Refuse } else { IfKeys::Cascade };
    let input = TakeUserRole { id, space, request, if_keys };
    let keys = user_roles::take(change, call.deps(), call.authority, input)?;
    Ok(TakenRole { user: view(&mut Rows::of(change), call)?, keys })
}

fn invite(change: &mut Change<'_>, call: &Call<'_>, body: InviteBody) -> Result<Created<MemberView>, Problem> {
    let InviteBody { login, role, workspaces } = body;
    let input = InviteGuest { space: call.path()?, login, request: RoleRequest { role, workspaces } };
    let id = user_roles::invite_guest(change, call.deps(), call.authority, input)?;
    let answer = members::show(change, call.authority, id)?.into();
    Ok(Created { location: format!("/users/{id}"), answer })
}
