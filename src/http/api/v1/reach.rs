//! What can still act for a user, in one report.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    application_view::ApplicationView,
    authorized_applications::EntryView,
    key_view::{CannotLogInView, KeyView},
    people::UserView,
    user_sessions::SessionView,
    users::{OF_HOME, TAG},
};
use crate::{
    domain::time::Timestamp,
    http::api::{
        handler::show,
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::reach::{self, Listed},
    store::Rows,
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "show_reach_of_user",
        verb: Verb::Get,
        path: "/users/{user}/reach",
        tag: TAG,
        summary: "Shows all that can act for a user: keys, authorized applications, sessions, links, roles",
        needs: OF_HOME,
        query: &[],
        refusals: &[],
        example: "",
        handler: show(view),
    }]
}

/// What can act for a user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reach")]
struct ReachView {
    /// The user, with the roles in spaces that the caller belongs to and the invitation. Of a disabled user nothing acts;
    /// what is listed is what may come back.
    user: UserView,
    /// Why the user cannot log in, as far as it can be seen here; left out if nothing is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "CannotLogInView")]
    cannot_log_in: Option<CannotLogInView>,
    /// Keys that act for the user; left out for those who do not manage keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ListedView<KeyView>")]
    keys: Option<ListedView<KeyView>>,
    /// How many of them were moved to a service account and still work. They stop at once when the user is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "usize")]
    keys_on_overlap: Option<usize>,
    /// Keys of the home space that the user made for others, and whose secrets the user may know; left out for those who do
    /// not manage keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ListedView<KeyView>")]
    keys_made_for_others: Option<ListedView<KeyView>>,
    /// What the user let applications do.
    authorized_applications: ListedView<AuthorizedView>,
    /// Applications that the user registered for himself; left out for those who do not manage applications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ListedView<ApplicationView>")]
    applications: Option<ListedView<ApplicationView>>,
    /// Browsers in which the user is logged in.
    sessions: Vec<SessionView>,
    /// Until when a setup link lets somebody set the user's password; `null` if none does.
    #[schemars(schema_with = "schema::time_or_null")]
    setup_link_expires_at: Option<Timestamp>,
}

/// The beginning of a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BeginningOf{T}")]
struct ListedView<T> {
    /// At most two hundred things, oldest first.
    items: Vec<T>,
    /// Whether there are more; the list itself has its own path.
    more: bool,
}

impl<T> ListedView<T> {
    fn of<Item>(listed: Listed<Item>, view: impl Fn(Item) -> T) -> Self {
        Self { items: listed.items.into_iter().map(view).collect(), more: listed.more }
    }
}

/// What the user lets an application do, and how often it does.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReachOfApplication")]
struct AuthorizedView {
    #[serde(flatten)]
    entry: EntryView,
    /// How many authorizations live on, each with tokens of its own.
    authorizations: i64,
}

fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<ReachView, Problem> {
    let now = call.now();
    let reach = reach::of_user(rows, call.authority, call.path()?, now, None)?;
    let keys_on_overlap = reach.keys_on_overlap(now);
    let authorizations = &reach.authorizations;
    let authorized_applications = ListedView::of(reach.authorized_applications, |entry| {
        let authorizations = authorizations.get(&entry.grant.id).copied().unwrap_or_default();
        AuthorizedView { entry: entry.into(), authorizations }
    });
    let keys = |listed: Listed<_>| ListedView::of(listed, |facts| KeyView::of(facts, now));
    Ok(ReachView {
        user: UserView::of(reach.user, now),
        cannot_log_in: reach.cannot_log_in.map(CannotLogInView::from),
        keys: reach.keys.map(keys),
        keys_on_overlap,
        keys_made_for_others: reach.keys_made_for_others.map(keys),
        authorized_applications,
        applications: reach.applications.map(|listed| ListedView::of(listed, ApplicationView::from)),
        sessions: reach.sessions.into_iter().map(SessionView::from).collect(),
        setup_link_expires_at: reach.setup_link_expires_at,
    })
}
