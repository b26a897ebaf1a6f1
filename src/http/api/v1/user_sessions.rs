//! Sessions of users: where somebody is logged in, and an end to it. They begin at the login page, never here.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::{
        ids::SessionId,
        page::{Page, PageRequest},
        session::Session,
        time::Timestamp,
    },
    http::api::{
        handler::{list, remove},
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::sessions,
    store::Rows,
};

const TAG: &str = "Users";
const OF_HOME: Needs = Needs::OneOf(&["users.manage"], "the user's home space");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_sessions_of_user",
            verb: Verb::Get,
            path: "/users/{user}/sessions",
            tag: TAG,
            summary: "Lists the browsers in which a user is logged in, oldest first",
            needs: OF_HOME,
            query: &[],
            refusals: &[],
            example: "",
            handler: list(of_user),
        },
        Operation {
            id: "end_session_of_user",
            verb: Verb::Delete,
            path: "/users/{user}/sessions/{session}",
            tag: TAG,
            summary: "Logs a user out in one browser; what applications got there dies with it, unless it outlasts logouts",
            needs: OF_HOME,
            query: &[],
            refusals: &[],
            example: "",
            handler: remove(shown, |change, call| {
                Ok(sessions::end(change, call.authority, call.path()?, call.path()?)?)
            }),
        },
    ]
}

/// A browser in which a user is logged in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
pub(super) struct SessionView {
    /// `sid` of the id tokens that were made in it.
    #[schemars(schema_with = "schema::id::<SessionId>")]
    id: SessionId,
    /// What the browser says that it is.
    device: String,
    /// Where it was last used from.
    #[schemars(schema_with = "schema::text_or_null::<45>")]
    address: Option<String>,
    /// When it began.
    #[schemars(schema_with = "schema::time")]
    created_at: Timestamp,
    /// When the user last entered a password.
    #[schemars(schema_with = "schema::time")]
    authenticated_at: Timestamp,
    /// When it was last used, to the minute.
    #[schemars(schema_with = "schema::time")]
    last_seen_at: Timestamp,
    /// When it ends however much it is used.
    #[schemars(schema_with = "schema::time")]
    expires_at: Timestamp,
}

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            device: session.device,
            address: session.address.map(|address| address.to_string()),
            created_at: session.created_at,
            authenticated_at: session.authenticated_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
        }
    }
}

fn of_user(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<SessionId>,
) -> Result<Page<SessionView, SessionId>, Problem> {
    let mut sessions = sessions::of_user(rows, call.authority, call.path()?, call.now(), None)?;
    sessions.retain(|session| page.after.is_none_or(|after| session.id > after));
    sessions.truncate(usize::try_from(page.rows()).unwrap_or(usize::MAX));
    Ok(page.page(sessions, |session| session.id).map(SessionView::from))
}

fn shown(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<SessionView, Problem> {
    Ok(sessions::show(rows, call.authority, call.path()?, call.path()?, call.now())?.into())
}
