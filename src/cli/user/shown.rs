//! How users are printed.

use serde_json::{Value, json};

use crate::{
    cli::{
        arguments::{or_dash, words},
        context::Context,
        failure::Failure,
        output::{fields, table},
    },
    domain::{invitation::Invitation, time::Timestamp},
    manage::{
        facts::{HeldByUser, HomeFacts, UserFacts},
        invitations::InvitationFacts,
    },
};

/// Prints users, one a line.
pub(in crate::cli) fn list(context: &Context<'_>, users: &[UserFacts], now: Timestamp) -> Result<(), Failure> {
    let row = |UserFacts { user, profile, roles, .. }: &UserFacts| {
        [
            user.id.to_string(),
            profile.login.to_string(),
            user.state.to_string(),
            profile.account_type.to_string(),
            roles.len().to_string(),
            profile.full_name.to_string(),
        ]
    };
    let rows: Vec<_> = users.iter().map(row).collect();
    let json = json!({ "users": users.iter().map(|facts| as_json(facts, now)).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["ID", "LOGIN", "STATE", "TYPE", "ROLES", "FULL NAME"], &rows))
}

/// Prints one user.
pub(super) fn show(context: &Context<'_>, facts: &UserFacts, now: Timestamp) -> Result<(), Failure> {
    let UserFacts { user, profile, roles, at_home } = facts;
    let switch = |on| if on { "on" } else { "off" }.to_owned();
    context.printer.print(&as_json(facts, now), |out| {
        writeln!(out, "User \"{}\"", profile.full_name)?;
        let mut shown = vec![
            ("id", user.id.to_string()),
            ("login", profile.login.to_string()),
            ("e-mail", words(profile.emails.iter().map(crate::domain::email::Email::as_str))),
            ("space", user.home.to_string()),
            ("state", user.state.to_string()),
            ("type", profile.account_type.to_string()),
            ("API keys", switch(user.api_keys_enabled)),
            ("SSO exempt", switch(user.sso_exempt)),
            ("password set", or_dash(user.password_set_at)),
        ];
        if let Some(HomeFacts { last_logged_in_at, invitation }) = at_home {
            shown.push(("last login", or_dash(*last_logged_in_at)));
            shown.extend(invitation.iter().map(|facts| ("invitation", invitation_line(facts, now))));
        }
        shown.extend(roles.iter().map(|held| ("role", role_line(held))));
        fields(out, &shown)
    })
}

pub(super) fn role_line(HeldByUser { role, space, workspace, source }: &HeldByUser) -> String {
    let place = workspace.map_or_else(|| space.to_string(), |number| number.to_string());
    format!("{}@{place} ({source})", role.name)
}

/// An invitation on one line.
pub(super) fn invitation_line(facts: &InvitationFacts, now: Timestamp) -> String {
    let Invitation { made_at, made_by, expires_at, .. } = &facts.invitation;
    format!("{}, made {made_at} by {made_by}, expires {expires_at}", facts.state(now))
}

/// The same for programs.
pub(super) fn invitation_json(facts: &InvitationFacts, now: Timestamp) -> Value {
    let Invitation { made_at, made_by, expires_at, delivery, .. } = &facts.invitation;
    json!({
        "state": facts.state(now), "deliver": delivery.deliver(), "made_at": made_at, "made_by": made_by,
        "expires_at": expires_at,
    })
}

pub(super) fn as_json(UserFacts { user, profile, roles, at_home }: &UserFacts, now: Timestamp) -> Value {
    let invitation = at_home.as_ref().and_then(|home| home.invitation.as_ref());
    let role = |HeldByUser { role, space, workspace, source }: &HeldByUser| json!({ "role": role.name, "space": space, "workspace": workspace, "source": source });
    json!({
        "id": user.id,
        "login": profile.login.as_str(),
        "full_name": profile.full_name,
        "emails": profile.emails,
        "account_type": profile.account_type,
        "space": user.home,
        "state": user.state,
        "api_keys_enabled": user.api_keys_enabled,
        "sso_exempt": user.sso_exempt,
        "password_set_at": user.password_set_at,
        "created_at": profile.created_at,
        "last_logged_in_at": at_home.as_ref().and_then(|home| home.last_logged_in_at),
        "invitation": invitation.map(|facts| invitation_json(facts, now)),
        "roles": roles.iter().map(role).collect::<Vec<_>>(),
    })
}
