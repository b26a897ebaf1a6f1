//! Authorized applications: what users let applications do. An entry is made by logging in with the application, never here
//! (L075, L076).

use schemars::JsonSchema;
use serde::Serialize;

use super::application_view::NameView;
use crate::{
    domain::{
        audience::Audience,
        ids::{GrantId, UserId},
        name::Name,
        page::{Page, PageRequest},
        time::Timestamp,
        user::Login,
    },
    http::api::{
        handler::{list, remove},
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::grants::{self, AuthorizedApplication, ConsentOfUser},
    store::{Change, Rows},
};

const TAG: &str = "Authorized applications";
const OF_HOME: Needs = Needs::OneOf(&["users.manage"], "the user's home space");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_my_authorized_applications",
            verb: Verb::Get,
            path: "/me/authorized-applications",
            tag: TAG,
            summary: "Lists the applications that the user of the token authorized, oldest first",
            needs: Needs::User,
            query: &[],
            refusals: &[],
            example: "",
            handler: list(of_caller),
        },
        Operation {
            id: "withdraw_my_authorized_application",
            verb: Verb::Delete,
            path: "/me/authorized-applications/{grant}",
            tag: TAG,
            summary: "Withdraws what the user of the token authorized: all that the application got is dead",
            needs: Needs::User,
            query: &[],
            refusals: &[],
            example: "",
            handler: remove(
                |rows, call| shown_of(rows, call, grants::own_user(call.authority)?),
                |change, call| withdraw(change, call, grants::own_user(call.authority)?),
            ),
        },
        Operation {
            id: "list_authorized_applications_of_user",
            verb: Verb::Get,
            path: "/users/{user}/authorized-applications",
            tag: TAG,
            summary: "Lists the applications that a user authorized, oldest first",
            needs: OF_HOME,
            query: &[],
            refusals: &[],
            example: "",
            handler: list(of_user),
        },
        Operation {
            id: "withdraw_authorized_application",
            verb: Verb::Delete,
            path: "/users/{user}/authorized-applications/{grant}",
            tag: TAG,
            summary: "Withdraws what a user authorized: all that the application got is dead",
            needs: OF_HOME,
            query: &[],
            refusals: &[],
            example: "",
            handler: remove(
                |rows, call| shown_of(rows, call, call.path()?),
                |change, call| withdraw(change, call, call.path()?),
            ),
        },
        Operation {
            id: "list_authorized_applications",
            verb: Verb::Get,
            path: "/spaces/{space}/authorized-applications",
            tag: TAG,
            summary: "Lists what the users at home in a space authorized, oldest first",
            needs: Needs::OneOf(&["users.manage", "applications.manage"], "the space"),
            query: &[],
            refusals: &[],
            example: "",
            handler: list(of_space),
        },
    ]
}

/// What a user lets an application do.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthorizedApplication")]
pub(super) struct EntryView {
    /// Names the entry; a consent after it was withdrawn has another one.
    #[schemars(schema_with = "schema::id::<GrantId>")]
    id: GrantId,
    /// Who consented.
    user: ConsenterView,
    /// To which application.
    application: NameView,
    /// What the user gave.
    scopes: Vec<String>,
    /// APIs that the application may ask tokens for, besides the site's default audience.
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    resources: Vec<Audience>,
    /// When the user first consented.
    #[schemars(schema_with = "schema::time")]
    first_authorized_at: Timestamp,
    /// When the application last got a token; `null` if it never did.
    #[schemars(schema_with = "schema::time_or_null")]
    last_used_at: Option<Timestamp>,
}

/// A user who consented.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Consenter")]
struct ConsenterView {
    /// The user.
    #[schemars(schema_with = "schema::id::<UserId>")]
    id: UserId,
    /// What is typed to log in.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    login: Login,
    /// As people see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    full_name: Name,
}

impl From<AuthorizedApplication> for EntryView {
    fn from(AuthorizedApplication { grant, usage, user, application, run_by }: AuthorizedApplication) -> Self {
        Self {
            id: grant.id,
            user: ConsenterView { id: grant.user, login: user.login, full_name: user.full_name },
            application: NameView::of(&application, run_by),
            scopes: grant.scopes.iter().map(|granted| granted.scope.to_string()).collect(),
            resources: grant.resources.into_iter().map(|granted| granted.audience).collect(),
            first_authorized_at: usage.created_at,
            last_used_at: usage.last_used_at,
        }
    }
}

type Listed = Result<Page<EntryView, GrantId>, Problem>;

fn of_caller(rows: &mut Rows<'_>, call: &Call<'_>, page: PageRequest<GrantId>) -> Listed {
    let user = grants::own_user(call.authority)?;
    Ok(grants::list_of_user(rows, call.authority, user, page)?.map(EntryView::from))
}

fn of_user(rows: &mut Rows<'_>, call: &Call<'_>, page: PageRequest<GrantId>) -> Listed {
    Ok(grants::list_of_user(rows, call.authority, call.path()?, page)?.map(EntryView::from))
}

fn of_space(rows: &mut Rows<'_>, call: &Call<'_>, page: PageRequest<GrantId>) -> Listed {
    Ok(grants::list_of_space(rows, call.authority, call.path()?, page)?.map(EntryView::from))
}

fn shown_of(rows: &mut Rows<'_>, call: &Call<'_>, user: UserId) -> Result<EntryView, Problem> {
    Ok(grants::show(rows, call.authority, ConsentOfUser { user, grant: call.path()? })?.into())
}

fn withdraw(change: &mut Change<'_>, call: &Call<'_>, user: UserId) -> Result<(), Problem> {
    let input = ConsentOfUser { user, grant: call.path()? };
    Ok(grants::withdraw(change, call.deps(), call.authority, input)?)
}
