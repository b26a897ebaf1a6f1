//! Spaces: the tenants of the site, with their policies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    pair_policy::{BeyondPolicyView, EditedSpace},
    space_policies::{EditBody, SpaceView},
};
use crate::{
    domain::{
        email::Email,
        ids::{SpaceId, UserId},
        name::Name,
        page::{Page, PageRequest},
        space::SpaceKind,
        user::Login,
    },
    http::api::{
        body::{Nothing, given},
        handler::{Created, DRY_RUN, create, edit, edit_and_tell, list, show},
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        first_administrator::{self, FirstAdministrator},
        spaces::{self, CreateSpace},
    },
    store::{Change, Rows},
};

const TAG: &str = "Spaces";
const SITE_MANAGERS: Needs = Needs::OneOf(&["site.manage"], "the site");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_spaces",
            verb: Verb::Get,
            path: "/spaces",
            tag: TAG,
            summary: "Lists the spaces that the caller belongs to; all, for those who run the site",
            needs: Needs::Token,
            query: &[],
            refusals: &[],
            example: "",
            handler: list(list_visible),
        },
        Operation {
            id: "create_space",
            verb: Verb::Post,
            path: "/spaces",
            tag: TAG,
            summary: "Makes a space, with the person who is to run it",
            needs: SITE_MANAGERS,
            query: &[],
            refusals: &[(409, "login_taken"), (409, "name_taken")],
            example: r#"{"name":"Example","administrator":{"login":"jo","full_name":"Jo Doe"}}"#,
            handler: create(make),
        },
        Operation {
            id: "show_space",
            verb: Verb::Get,
            path: "/spaces/{space}",
            tag: TAG,
            summary: "Shows a space with its policies",
            needs: Needs::Membership("the space"),
            query: &[],
            refusals: &[],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_space",
            verb: Verb::Patch,
            path: "/spaces/{space}",
            tag: TAG,
            summary: "Changes policies of a space; keys that are switched off stop at once, and their tokens for ever",
            needs: Needs::OneOf(
                &["space.manage"],
                "the space; `api_keys_supported` needs `site.manage` in the site instead",
            ),
            query: &[DRY_RUN],
            refusals: &[(403, "user_key_cannot_manage_keys"), (409, "name_taken")],
            example: r#"{"api_keys_enabled":true,"token_life_seconds":600,"password_life_seconds":null}"#,
            handler: edit_and_tell(view, change_space),
        },
        Operation {
            id: "close_space",
            verb: Verb::Post,
            path: "/spaces/{space}/close",
            tag: TAG,
            summary: "Closes a space: everything in it is refused, and its tokens are dead for ever",
            needs: SITE_MANAGERS,
            query: &[],
            refusals: &[(409, "already_closed")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(spaces::close(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "reopen_space",
            verb: Verb::Post,
            path: "/spaces/{space}/reopen",
            tag: TAG,
            summary: "Reopens a space: its keys work again",
            needs: SITE_MANAGERS,
            query: &[],
            refusals: &[(409, "already_open")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(spaces::reopen(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
    ]
}

/// A space to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateSpace")]
struct CreateBody {
    /// Unique in the site.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// What it is used for; keys are supported in production spaces only, unless switched on.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<SpaceKind>")]
    kind: Option<SpaceKind>,
    /// Whether the product's services get keys here.
    #[serde(default)]
    internal_services: bool,
    /// The person who is to run it, and holds `space_admin` in it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "AdministratorBody")]
    administrator: Option<AdministratorBody>,
}

/// The person who is to run a new space.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FirstAdministrator")]
struct AdministratorBody {
    /// Unique in the site.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    login: Login,
    /// As people see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    full_name: Name,
    /// Addresses.
    #[serde(default)]
    #[schemars(schema_with = "schema::texts::<5, 254>")]
    emails: Vec<Email>,
}

/// A space that was made.
#[derive(Serialize, JsonSchema)]
struct NewSpace {
    #[serde(flatten)]
    space: SpaceView,
    /// The person who runs it, if one was made with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::id::<UserId>")]
    administrator: Option<UserId>,
}

fn list_visible(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<SpaceId>,
) -> Result<Page<SpaceView, SpaceId>, Problem> {
    Ok(spaces::list(rows, call.authority, page)?.map(SpaceView::from))
}

fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<SpaceView, Problem> {
    Ok(spaces::show(rows, call.authority, call.path()?)?.into())
}

fn make(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<NewSpace>, Problem> {
    let CreateBody { name, kind, internal_services, administrator } = body;
    let input = CreateSpace { name, kind: kind.unwrap_or(SpaceKind::Production), internal_services };
    let (deps, authority) = (call.deps(), call.authority);
    let (space, administrator) = match administrator {
        Some(AdministratorBody { login, full_name, emails }) => {
            let first = FirstAdministrator { login, full_name, emails };
            let (space, user) = first_administrator::create_space(change, deps, authority, input, first)?;
            (space, Some(user))
        }
        None => (spaces::create(change, deps, authority, input)?, None),
    };
    let shown = spaces::show(change, authority, space.id)?.into();
    Ok(Created { location: format!("/spaces/{}", space.id), answer: NewSpace { space: shown, administrator } })
}

fn change_space(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<EditedSpace, Problem> {
    let id = call.path()?;
    let beyond = spaces::edit(change, call.deps(), call.authority, body.of(id))?;
    let space = spaces::show(change, call.authority, id)?.into();
    Ok(EditedSpace { space, beyond_policy: beyond.map(|beyond| BeyondPolicyView::of(beyond, id)) })
}
