//! `keystead user reach`

use std::io;

use serde_json::{Value, json};

use super::{sessions, shown};
use crate::{
    cli::{
        application,
        arguments::{UserArgument, or_dash},
        context::{Context, Site},
        failure::Failure,
        grant, key,
        output::table,
    },
    domain::time::Timestamp,
    manage::{
        facts::KeyFacts,
        reach::{self, Listed, Reach},
    },
};

pub(super) fn run(context: &Context<'_>, site: &Site, user: &UserArgument) -> Result<(), Failure> {
    let (now, idle) = (site.store.now()?, site.config.logins.session_idle);
    let reach = site.read(|tx, authority| {
        let id = user.id(tx, authority)?;
        reach::of_user(tx, authority, id, now, Some(idle))
    })?;
    context.printer.print(&as_json(&reach, now), |out| print(out, &reach, now))
}

fn print(out: &mut dyn io::Write, reach: &Reach, now: Timestamp) -> io::Result<()> {
    writeln!(out, "What can act for {} ({}):", reach.user.profile.login, reach.user.user.state)?;
    if let Some(cannot) = reach.cannot_log_in {
        writeln!(out, "The user {}.", key::cannot_log_in_line(cannot))?;
    }
    if let Some(end) = reach.setup_link_expires_at {
        writeln!(out, "A setup link sets the password until {end}.")?;
    }
    if let Some(invitation) = reach.user.at_home.as_ref().and_then(|home| home.invitation.as_ref()) {
        writeln!(out, "Invitation: {}.", shown::invitation_line(invitation, now))?;
    }
    if let Some(count) = reach.keys_on_overlap(now).filter(|count| *count > 0) {
        writeln!(out, "Keys that were moved and still work: {count}. They stop when the user is disabled.")?;
    }
    keys(out, "Keys that act for the user", reach.keys.as_ref())?;
    keys(out, "Keys that the user made for others", reach.keys_made_for_others.as_ref())?;
    let authorized = &reach.authorized_applications;
    heading(out, "Authorized applications", authorized.items.len(), authorized.more)?;
    grant::write(out, &authorized.items)?;
    if let Some(applications) = &reach.applications {
        heading(out, "Applications that the user registered", applications.items.len(), applications.more)?;
        application::write(out, &applications.items)?;
    }
    heading(out, "Sessions", reach.sessions.len(), false)?;
    sessions::write(out, &reach.sessions)?;
    heading(out, "Roles", reach.user.roles.len(), false)?;
    reach.user.roles.iter().try_for_each(|held| writeln!(out, "{}", shown::role_line(held)))
}

fn heading(out: &mut dyn io::Write, title: &str, count: usize, more: bool) -> io::Result<()> {
    writeln!(out, "\n{title}: {count}{}", if more { ", and more" } else { "" })
}

fn keys(out: &mut dyn io::Write, title: &str, listed: Option<&Listed<KeyFacts>>) -> io::Result<()> {
    let Some(Listed { items, more }) = listed else { return Ok(()) };
    heading(out, title, items.len(), *more)?;
    let row = |facts: &KeyFacts| {
        let KeyFacts { key, status, profile, roles, .. } = facts;
        let (last_use, moved_to) = (or_dash(profile.last_used_at), or_dash(profile.moved_to));
        [key.id.to_string(), status.to_string(), roles.len().to_string(), last_use, moved_to, key.name.to_string()]
    };
    let rows: Vec<_> = items.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    table(out, ["CLIENT ID", "STATUS", "ROLES", "LAST USE", "MOVED TO", "NAME"], &rows)
}

fn as_json(reach: &Reach, now: Timestamp) -> Value {
    let keys = |listed: &Listed<KeyFacts>| {
        let items: Vec<Value> = listed.items.iter().map(|facts| key::as_json(facts, now)).collect();
        json!({ "items": items, "more": listed.more })
    };
    let authorized = reach.authorized_applications.items.iter().map(|entry| {
        let mut json = grant::as_json(entry);
        let living = reach.authorizations.get(&entry.grant.id).copied().unwrap_or_default();
        if let Some(members) = json.as_object_mut() {
            members.insert("authorizations".to_owned(), living.into());
        }
        json
    });
    let applications = reach.applications.as_ref().map(|listed| {
        let items: Vec<Value> = listed.items.iter().map(application::as_json).collect();
        json!({ "items": items, "more": listed.more })
    });
    json!({
        "user": shown::as_json(&reach.user, now),
        "cannot_log_in": reach.cannot_log_in.map(|cannot| json!({ "reason": cannot.reason, "since": cannot.since })),
        "keys": reach.keys.as_ref().map(keys),
        "keys_on_overlap": reach.keys_on_overlap(now),
        "keys_made_for_others": reach.keys_made_for_others.as_ref().map(keys),
        "authorized_applications": {
            "items": authorized.collect::<Vec<_>>(), "more": reach.authorized_applications.more,
        },
        "applications": applications,
        "sessions": reach.sessions.iter().map(sessions::as_json).collect::<Vec<_>>(),
        "setup_link_expires_at": reach.setup_link_expires_at,
    })
}
