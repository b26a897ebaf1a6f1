//! `keystead user sessions` and `end-sessions`

use clap::Args;
use serde_json::{Value, json};

use crate::{
    cli::{
        arguments::{UserArgument, or_dash},
        context::{Context, Site},
        failure::Failure,
        output::table,
    },
    domain::{ids::SessionId, session::Session},
    manage::sessions,
};

#[derive(Args)]
pub(in crate::cli) struct End {
    /// The user, by login or id
    user: UserArgument,
    /// Only this session
    #[arg(long)]
    session: Option<SessionId>,
}

pub(super) fn list(context: &Context<'_>, site: &Site, user: &UserArgument) -> Result<(), Failure> {
    let (now, idle) = (site.store.now()?, site.config.logins.session_idle);
    let found = site.read(|tx, authority| {
        let id = user.id(tx, authority)?;
        sessions::of_user(tx, authority, id, now, Some(idle))
    })?;
    let json = json!({ "sessions": found.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| write(out, &found))
}

/// Sessions, one a line.
pub(super) fn write(out: &mut dyn std::io::Write, sessions: &[Session]) -> std::io::Result<()> {
    let rows: Vec<_> = sessions.iter().map(row).collect();
    table(out, ["ID", "LAST SEEN", "EXPIRES", "ADDRESS", "BROWSER"], &rows)
}

fn row(session: &Session) -> [String; 5] {
    [
        session.id.to_string(),
        session.last_seen_at.to_string(),
        session.expires_at.to_string(),
        or_dash(session.address),
        session.device.clone(),
    ]
}

pub(super) fn as_json(session: &Session) -> Value {
    json!({
        "id": session.id,
        "device": session.device,
        "address": session.address,
        "created_at": session.created_at,
        "authenticated_at": session.authenticated_at,
        "last_seen_at": session.last_seen_at,
        "expires_at": session.expires_at,
    })
}

pub(super) fn end(context: &Context<'_>, site: &Site, end: &End) -> Result<(), Failure> {
    let (id, ended) = site.change(|change, _, authority| {
        let id = end.user.id(change, authority)?;
        let ended = match end.session {
            Some(session) => sessions::end(change, authority, id, session).map(|()| 1)?,
            None => sessions::end_all(change, authority, id, None)?,
        };
        Ok((id, ended))
    })?;
    context.printer.say(
        &json!({ "id": id, "ended": ended }),
        &format!("The user {id} is logged out; sessions that ended: {ended}"),
    )
}
