//! How a key is printed.

use serde_json::{Value, json};

use crate::{
    cli::{
        arguments::{or_dash, words},
        context::Context,
        credential,
        failure::Failure,
        output::fields,
    },
    domain::{
        api_key::Owner, key_notice::KeyNotice, key_pair::KeyPair, login_history::CannotLogIn, rights::Place,
        time::Timestamp,
    },
    manage::facts::KeyFacts,
    store::pair_uses::LastUse,
};

/// Prints a key.
pub(super) fn show(context: &Context<'_>, facts: &KeyFacts, now: Timestamp) -> Result<(), Failure> {
    let KeyFacts { key, profile, .. } = facts;
    context.printer.print(&as_json(facts, now), |out| {
        writeln!(out, "API key \"{}\"", key.name)?;
        let status = facts
            .status_reason
            .map_or_else(|| facts.status.to_string(), |reason| format!("{} ({reason})", facts.status));
        let roles = facts.roles.iter().map(|(role, place)| format!("{role}@{}", place_word(*place)));
        let mut shown = vec![
            ("client id", key.id.to_string()),
            ("space", key.space.to_string()),
            ("status", status),
            ("type", facts.integration_type.to_string()),
            ("owner", owner_word(key.owner)),
            ("mode", key.mode.to_string()),
            ("roles", words(roles)),
            ("made", format!("{} by {}", profile.created_at, profile.created_by)),
            ("last use", or_dash(profile.last_used_at)),
        ];
        shown.extend(profile.moved_to.map(|to| ("moved to", to.to_string())));
        shown.extend(profile.moved_from.map(|from| ("moved from", from.to_string())));
        shown.extend(facts.owner_cannot_log_in(now).map(|cannot| ("owner", cannot_log_in_line(cannot))));
        if let Some(brought) = &facts.brought {
            shown.push(("imported as", brought.client_id.to_string()));
        }
        let networks: Vec<String> = key.allowed_networks.iter().map(|network| network.to_string()).collect();
        if !networks.is_empty() {
            shown.push(("used from", networks.join(" ")));
        }
        if !key.description.as_str().is_empty() {
            shown.push(("for", key.description.to_string()));
        }
        shown.extend(facts.notices.iter().map(|notice| ("notice", notice_line(*notice).to_owned())));
        shown.extend(key.pairs.iter().map(|pair| ("pair", pair_line(facts, pair))));
        fields(out, &shown)
    })
}

/// Why an owner cannot log in.
pub(in crate::cli) fn cannot_log_in_line(CannotLogIn { reason, since }: CannotLogIn) -> String {
    format!("cannot log in ({reason}) since {}", or_dash(since))
}

fn notice_line(notice: KeyNotice) -> &'static str {
    match notice {
        KeyNotice::RowLevelRestrictionsDoNotApply => "row-level restrictions of the product do not apply to it",
        KeyNotice::ReportsImplyData => "it reads the tables that reports are made of, too",
    }
}

fn is_imported(facts: &KeyFacts, pair: &KeyPair) -> bool {
    facts.brought.as_ref().is_some_and(|brought| brought.pair == Some(pair.public_id))
}

fn pair_line(facts: &KeyFacts, pair: &KeyPair) -> String {
    let used = match facts.uses.get(&pair.public_id) {
        Some(LastUse { at: Some(at), from, count }) => {
            let from = from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
            format!("used {count} times, last {at}{from}")
        }
        _ => "never used".to_owned(),
    };
    let leaked = facts.leaked.get(&pair.public_id).map(|at| format!(", reported as leaked {at}")).unwrap_or_default();
    let kind = if is_imported(facts, pair) { "imported, " } else { "" };
    format!("{}, {kind}{used}{leaked}", credential::pair_line(pair))
}

fn place_word(place: Place) -> String {
    match place {
        Place::Site => "site".to_owned(),
        Place::Space => "space".to_owned(),
        Place::Workspace(key) => key.to_string(),
    }
}

fn owner_word(owner: Owner) -> String {
    match owner {
        Owner::Space => "space".to_owned(),
        Owner::User { id, roles } => format!("{id} ({roles})"),
    }
}

pub(in crate::cli) fn as_json(facts: &KeyFacts, now: Timestamp) -> Value {
    let KeyFacts { key, profile, .. } = facts;
    let cannot_log_in = facts.owner_cannot_log_in(now);
    let role = |(role, place): &(_, Place)| json!({ "role": role, "in": place_word(*place) });
    let pair = |pair: &KeyPair| {
        let last_use = facts.uses.get(&pair.public_id).cloned().unwrap_or_default();
        json!({
            "public_id": pair.public_id, "imported": is_imported(facts, pair), "hint": pair.hint, "created_at": pair.created_at, "expires_at": pair.expires_at,
            "last_used_at": last_use.at, "last_used_from": last_use.from, "uses": last_use.count,
            "leaked_at": facts.leaked.get(&pair.public_id),
        })
    };
    json!({
        "client_id": key.id,
        "imported_client_id": facts.brought.as_ref().map(|brought| &brought.client_id),
        "name": key.name,
        "description": key.description,
        "space": key.space,
        "status": facts.status,
        "status_reason": facts.status_reason,
        "integration_type": facts.integration_type,
        "internal": key.internal.is_some(),
        "owner": owner_word(key.owner),
        "mode": key.mode,
        "allowed_networks": key.allowed_networks,
        "notices": facts.notices,
        "row_level_acknowledged": profile.row_level_acknowledged,
        "created_at": profile.created_at,
        "created_by": profile.created_by,
        "last_used_at": profile.last_used_at,
        "moved_to": profile.moved_to,
        "moved_from": profile.moved_from,
        "owner_cannot_log_in": cannot_log_in.map(|cannot| json!({ "reason": cannot.reason, "since": cannot.since })),
        "roles": facts.roles.iter().map(role).collect::<Vec<_>>(),
        "pairs": key.pairs.iter().map(pair).collect::<Vec<_>>(),
    })
}
