//! An API key as grids and its own page show it.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    domain::{
        api_key::{KeyStatus, Owner, StatusReason},
        name::Name,
        rights::Place,
        time::Timestamp,
        workspace::{WorkspaceKey, WorkspaceNumber},
    },
    http::pages::{
        console::{asked::Visit, parts::Light, refused::Refused, words},
        moment::Moment,
    },
    manage::{
        facts::{self, KeyFacts},
        workspaces,
    },
    store::Rows,
};

/// A pair that ends within this time wants somebody to look after it.
const SOON: Duration = Duration::from_hours(14 * 24);

/// A key in a grid.
#[derive(Debug)]
pub(in crate::http::pages::console) struct KeyLine {
    pub(in crate::http::pages::console) id: String,
    pub(in crate::http::pages::console) path: String,
    pub(in crate::http::pages::console) name: String,
    pub(in crate::http::pages::console) description: String,
    pub(in crate::http::pages::console) integration: &'static str,
    pub(in crate::http::pages::console) is_internal: bool,
    pub(in crate::http::pages::console) status: Light,
    standing: KeyStatus,
    pub(in crate::http::pages::console) is_read_only: bool,
    pub(in crate::http::pages::console) inherits: bool,
    pub(in crate::http::pages::console) roles: Vec<RoleLine>,
    pub(in crate::http::pages::console) pairs: Vec<PairLine>,
    /// Full name and path of the user that it acts for.
    pub(in crate::http::pages::console) owner: Option<(String, String)>,
    pub(in crate::http::pages::console) last_used: Option<Moment>,
    pub(in crate::http::pages::console) warnings: Vec<String>,
}

impl KeyLine {
    /// Whether it works, as far as the key itself is concerned.
    pub(in crate::http::pages::console) fn is_active(&self) -> bool {
        self.standing == KeyStatus::Active
    }

    /// Whether nothing but a new secret brings it back.
    pub(in crate::http::pages::console) fn is_revoked(&self) -> bool {
        self.standing == KeyStatus::Revoked
    }
}

/// A role, and where it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::pages::console) struct RoleLine {
    pub(in crate::http::pages::console) role: String,
    /// Names of workspaces; nothing for a role of the whole space.
    pub(in crate::http::pages::console) places: Vec<String>,
}

/// A pair of a key.
#[derive(Debug)]
pub(in crate::http::pages::console) struct PairLine {
    pub(in crate::http::pages::console) public_id: String,
    pub(in crate::http::pages::console) hint: String,
    pub(in crate::http::pages::console) status: Light,
    pub(in crate::http::pages::console) created: Moment,
    pub(in crate::http::pages::console) expires: Option<Moment>,
    pub(in crate::http::pages::console) is_expired: bool,
    pub(in crate::http::pages::console) last_used: Option<Moment>,
    pub(in crate::http::pages::console) used_from: Option<String>,
    pub(in crate::http::pages::console) uses: i64,
    pub(in crate::http::pages::console) leaked: Option<Moment>,
}

/// These keys, with names in the place of ids: two queries for all of them.
pub(in crate::http::pages::console) fn lines(
    rows: &mut Rows<'_>,
    visit: &Visit<'_>,
    keys: Vec<KeyFacts>,
) -> Result<Vec<KeyLine>, Refused> {
    let numbers: Vec<WorkspaceNumber> =
        keys.iter().flat_map(|key| &key.roles).filter_map(|(_, place)| number(*place)).collect();
    let names = workspaces::names(rows, visit.authority, &numbers)?;
    let owners = facts::names_of_owners(rows, &keys)?;
    let line = |facts: KeyFacts| {
        let owner = facts.key.owner.user().map(|id| {
            let name = owners.get(&id).map_or_else(|| id.to_string(), |name| name.as_str().to_owned());
            (name, format!("/users/{id}"))
        });
        KeyLine { owner, ..line(&facts, &names, visit.now()) }
    };
    Ok(keys.into_iter().map(line).collect())
}

const fn number(place: Place) -> Option<WorkspaceNumber> {
    match place {
        Place::Workspace(WorkspaceKey::One(number)) => Some(number),
        Place::Site | Place::Space | Place::Workspace(WorkspaceKey::All) => None,
    }
}

fn line(facts: &KeyFacts, names: &BTreeMap<WorkspaceNumber, Name>, now: Timestamp) -> KeyLine {
    let key = &facts.key;
    let mut oldest_first: Vec<_> = key.pairs.iter().collect();
    oldest_first.sort_by_key(|pair| pair.created_at);
    let pairs: Vec<PairLine> = oldest_first
        .into_iter()
        .map(|pair| {
            let used = facts.uses.get(&pair.public_id);
            PairLine {
                public_id: pair.public_id.to_string(),
                hint: pair.hint.clone(),
                status: light_of_pair(pair.expires_at, now),
                created: Moment::new(pair.created_at, now),
                expires: pair.expires_at.map(|at| Moment::new(at, now)),
                is_expired: pair.is_expired(now),
                last_used: used.and_then(|used| used.at).map(|at| Moment::new(at, now)),
                used_from: used.and_then(|used| used.from.clone()),
                uses: used.map_or(0, |used| used.count),
                leaked: facts.leaked.get(&pair.public_id).map(|at| Moment::new(*at, now)),
            }
        })
        .collect();
    KeyLine {
        id: key.id.to_string(),
        path: format!("/keys/{}", key.id),
        name: key.name.as_str().to_owned(),
        description: key.description.as_str().to_owned(),
        integration: words::integration(facts.integration_type),
        is_internal: key.internal.is_some(),
        status: light_of_key(facts, &pairs),
        standing: facts.status,
        is_read_only: key.mode == crate::domain::api_key::Mode::ReadOnly,
        inherits: key.owner.inherits(),
        roles: role_lines(facts, names),
        owner: None,
        last_used: facts.profile.last_used_at.map(|at| Moment::new(at, now)),
        warnings: warnings(facts, &pairs, now),
        pairs,
    }
}

fn light_of_pair(expires_at: Option<Timestamp>, now: Timestamp) -> Light {
    match expires_at {
        Some(end) if end <= now => Light::Ended("Expired"),
        Some(end) if end <= now.plus(SOON) => Light::Warn("Expiring"),
        _ => Light::Good("Active"),
    }
}

fn light_of_key(facts: &KeyFacts, pairs: &[PairLine]) -> Light {
    match facts.status {
        KeyStatus::Revoked => Light::Ended("Revoked"),
        KeyStatus::Disabled => Light::Off("Disabled"),
        KeyStatus::Active if pairs.is_empty() => Light::Off("No pair"),
        KeyStatus::Active if pairs.iter().all(|pair| pair.is_expired) => Light::Ended("Expired"),
        KeyStatus::Active if pairs.iter().any(|pair| pair.status == Light::Warn("Expiring")) => Light::Warn("Expiring"),
        KeyStatus::Active => Light::Good("Active"),
    }
}

fn role_lines(facts: &KeyFacts, names: &BTreeMap<WorkspaceNumber, Name>) -> Vec<RoleLine> {
    let mut lines: Vec<RoleLine> = Vec::new();
    let mut roles: Vec<_> = facts.roles.iter().collect();
    roles.sort_by(|(one, here), (other, there)| (one, here).cmp(&(other, there)));
    for (role, place) in roles {
        let place = match place {
            Place::Site => Some("the site".to_owned()),
            Place::Space => None,
            Place::Workspace(WorkspaceKey::All) => Some("all workspaces".to_owned()),
            Place::Workspace(WorkspaceKey::One(number)) => {
                Some(names.get(number).map_or_else(|| number.to_string(), |name| name.as_str().to_owned()))
            }
        };
        match lines.last_mut().filter(|line| line.role == role.as_str()) {
            Some(line) => line.places.extend(place),
            None => lines.push(RoleLine { role: role.as_str().to_owned(), places: place.into_iter().collect() }),
        }
    }
    lines
}

fn warnings(facts: &KeyFacts, pairs: &[PairLine], now: Timestamp) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(leaked) = pairs.iter().find_map(|pair| pair.leaked.as_ref()) {
        warnings.push(format!("A secret of it was reported as leaked {}.", leaked.relative()));
    }
    if facts.status_reason == Some(StatusReason::OwnerDisabled) {
        warnings.push("Its owner is disabled.".to_owned());
    }
    if let Some(cannot) = facts.owner_cannot_log_in(now) {
        warnings.push(words::cannot_log_in(cannot.reason).to_owned());
    }
    if matches!(facts.key.owner, Owner::User { .. }) && facts.profile.moved_to.is_some() {
        warnings.push("A key of a service account has taken its place.".to_owned());
    }
    warnings
}
