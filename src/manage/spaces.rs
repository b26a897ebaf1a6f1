//! Spaces: made together with the internal keys of the product's services, their policies, closed and reopened.

use std::time::Duration;

use serde_json::json;

use super::{
    application_approvals, audit,
    authority::require,
    deps::Deps,
    error::{Error, taken},
    find, internal_keys,
    pair_policy::{self, BeyondPolicy},
};
use crate::{
    domain::{
        audit_detail,
        audit_event::AuditEntry,
        authority::{Area, Authority},
        email::EmailDomain,
        ids::SpaceId,
        name::Name,
        page::{Page, PageRequest},
        permission::{KEYS_MANAGE, SITE_MANAGE, SPACE_MANAGE},
        sequence::Seq,
        space::{ApplicationPolicy, Space, SpaceKind, SpaceState},
        user::User,
    },
    store::{self, Change, transaction::Reads},
};

/// No policy of a space looks further ahead than ten years.
pub const LONGEST_POLICY: Duration = Duration::from_hours(10 * 366 * 24);

/// How many users one query asks for.
const USERS_AT_A_TIME: usize = 500;

/// A space to be made.
#[derive(Debug, Clone)]
pub struct CreateSpace {
    /// Unique in the site.
    pub name: Name,
    /// Keys are supported in production spaces only (L048, L049).
    pub kind: SpaceKind,
    /// Whether the product's services get keys here (L019).
    pub internal_services: bool,
}

impl CreateSpace {
    /// An ordinary space.
    #[must_use]
    pub const fn production(name: Name) -> Self {
        Self { name, kind: SpaceKind::Production, internal_services: false }
    }
}

/// Makes a space.
///
/// # Errors
/// `not_initialized`, `missing_permission`, `name_taken`.
pub fn create(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: CreateSpace) -> Result<Space, Error> {
    find::site(change)?;
    require(authority, SITE_MANAGE, Area::Site)?;
    let CreateSpace { name, kind, internal_services } = input;
    let space = Space {
        id: change.new_id(),
        name,
        kind,
        state: SpaceState::Open,
        api_keys_supported: kind == SpaceKind::Production,
        api_keys_enabled: true,
        key_creation_restricted: false,
        token_life: None,
        pair_life: None,
        sso_enabled: false,
        password_life: None,
        application_policy: ApplicationPolicy::Any,
        revoke_leaked_keys: false,
        cut_off: Seq::ZERO,
        keys_cut_off: Seq::ZERO,
    };
    let done = store::spaces::insert(change, &space);
    taken(done, || Error::NameTaken { what: "space", name: space.name.clone() })?;
    let detail = json!({ "name": space.name, "kind": kind, "internal_services": internal_services });
    audit::write(change, authority, "space.create", space.id, Some(space.id), detail)?;
    if internal_services {
        internal_keys::create_all(change, authority, &space)?;
    }
    Ok(space)
}

/// What is to change of a space; what is absent stays.
#[derive(Debug, Clone)]
pub struct EditSpace {
    /// The space.
    pub id: SpaceId,
    /// Unique in the site.
    pub name: Option<Name>,
    /// Whether this space can have keys at all; set by the site alone (C04).
    pub api_keys_supported: Option<bool>,
    /// The space's own switch (L052).
    pub api_keys_enabled: Option<bool>,
    /// Whether administrators alone make keys.
    pub key_creation_restricted: Option<bool>,
    /// Life of access tokens; an inner `None` leaves it to the site.
    pub token_life: Option<Option<Duration>>,
    /// The longest life of a new pair; an inner `None` means no limit.
    pub pair_life: Option<Option<Duration>>,
    /// Whether people log in elsewhere.
    pub sso_enabled: Option<bool>,
    /// Age at which a password stops its owner's keys; an inner `None` means never.
    pub password_life: Option<Option<Duration>>,
    /// Domains of the addresses of service accounts; empty means any.
    pub email_domains: Option<Vec<EmailDomain>>,
    /// Which applications its users may authorize.
    pub application_policy: Option<ApplicationPolicy>,
    /// Whether pairs whose secret is reported as leaked end at once.
    pub revoke_leaked_keys: Option<bool>,
    /// Lets pairs that live longer than `pair_life` end sooner, instead of only telling which do.
    pub apply_to_existing: bool,
}

impl EditSpace {
    /// Nothing yet.
    #[must_use]
    pub const fn of(id: SpaceId) -> Self {
        Self {
            id,
            name: None,
            api_keys_supported: None,
            api_keys_enabled: None,
            key_creation_restricted: None,
            token_life: None,
            pair_life: None,
            sso_enabled: None,
            password_life: None,
            email_domains: None,
            application_policy: None,
            revoke_leaked_keys: None,
            apply_to_existing: false,
        }
    }
}

/// Edits a space. Switching keys off ends the tokens of all keys but internal ones; switching them on again revives the keys
/// and no token (L054). A policy for new pairs changes none that is there, unless that is asked for; the answer tells of those that
/// it would not let live so long ([`pair_policy`]). Consents to applications that the policy does not admit any more are dead
/// for good.
///
/// # Errors
/// `not_found`, `missing_permission`, `user_key_cannot_manage_keys`, `name_taken`.
pub fn edit(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: EditSpace,
) -> Result<Option<BeyondPolicy>, Error> {
    let before = find::space(change, authority, input.id)?;
    let of_site = authority.may(SITE_MANAGE, Area::Site);
    if input.api_keys_supported.is_some() && !of_site {
        return Err(Error::MissingPermission(SITE_MANAGE));
    }
    // Those who run the site may set what the space can do, and nothing else inside it.
    if has_settings_of_space(&input) || !of_site {
        require(authority, SPACE_MANAGE, Area::Space(before.id))?;
    }
    let EditSpace { email_domains, apply_to_existing, .. } = input.clone();
    let mut after = edited(&before, input);
    if loses_keys(&before, &after) {
        after.keys_cut_off = change.seq();
    }
    cut_off_revived_by_password(change, &before, &after)?;
    let (old_policy, policy) = (before.application_policy, after.application_policy);
    let ended = application_approvals::end_consents(change, before.id, old_policy, policy)?;
    let done = store::spaces::save(change, &after);
    taken(done, || Error::NameTaken { what: "space", name: after.name.clone() })?;
    let old_domains = store::spaces::email_domains(change, before.id)?;
    let mut domains = email_domains.unwrap_or_else(|| old_domains.clone());
    domains.sort_unstable();
    domains.dedup();
    store::spaces::replace_email_domains(change, before.id, &domains)?;
    let beyond = pair_policy::report(change, authority, &before, &after, apply_to_existing)?;
    let mut detail = audit_detail::changed(&settings(&before, &old_domains), &settings(&after, &domains));
    if !ended.is_empty() {
        detail = audit_detail::with(detail, "consents_ended", json!(ended));
    }
    if let Some(beyond) = &beyond {
        detail = audit_detail::with(detail, "pairs_shortened", json!(beyond.shortened));
    }
    let entry = AuditEntry::new("space.edit", before.id, Some(before.id), detail).about_each(ended);
    audit::write_entry(change, authority, &entry)?;
    Ok(beyond)
}

const fn has_settings_of_space(input: &EditSpace) -> bool {
    input.name.is_some()
        || input.api_keys_enabled.is_some()
        || input.key_creation_restricted.is_some()
        || input.token_life.is_some()
        || input.pair_life.is_some()
        || input.sso_enabled.is_some()
        || input.password_life.is_some()
        || input.email_domains.is_some()
        || input.application_policy.is_some()
        || input.revoke_leaked_keys.is_some()
        || input.apply_to_existing
}

fn edited(before: &Space, input: EditSpace) -> Space {
    Space {
        name: input.name.unwrap_or_else(|| before.name.clone()),
        api_keys_supported: input.api_keys_supported.unwrap_or(before.api_keys_supported),
        api_keys_enabled: input.api_keys_enabled.unwrap_or(before.api_keys_enabled),
        key_creation_restricted: input.key_creation_restricted.unwrap_or(before.key_creation_restricted),
        token_life: input.token_life.unwrap_or(before.token_life),
        pair_life: input.pair_life.unwrap_or(before.pair_life),
        sso_enabled: input.sso_enabled.unwrap_or(before.sso_enabled),
        password_life: input.password_life.unwrap_or(before.password_life),
        application_policy: input.application_policy.unwrap_or(before.application_policy),
        revoke_leaked_keys: input.revoke_leaked_keys.unwrap_or(before.revoke_leaked_keys),
        ..before.clone()
    }
}

const fn loses_keys(before: &Space, after: &Space) -> bool {
    (before.api_keys_enabled && !after.api_keys_enabled) || (before.api_keys_supported && !after.api_keys_supported)
}

/// Users whose keys an old password stopped and the new policy lets go on: their tokens from before must not (ruling 17), and
/// nobody else's are touched.
fn cut_off_revived_by_password(change: &mut Change<'_>, before: &Space, after: &Space) -> Result<(), Error> {
    let is_same = (before.sso_enabled, before.password_life) == (after.sso_enabled, after.password_life);
    let Some(life) = before.password_life.filter(|_| !is_same) else { return Ok(()) };
    let (now, seq) = (change.now(), change.seq());
    let stopped = store::users::ids_with_older_password(change, before.id, now.minus(life), before.sso_enabled)?;
    for some in stopped.chunks(USERS_AT_A_TIME) {
        let users = store::users::find_many(change, some)?;
        for user in users.into_iter().filter(|user| !user.is_stopped_by_password(after, now)) {
            store::users::save(change, &User { keys_cut_off: seq, ..user })?;
        }
    }
    Ok(())
}

fn settings(space: &Space, email_domains: &[EmailDomain]) -> serde_json::Value {
    let seconds = |life: Option<Duration>| life.map(|life| life.as_secs());
    json!({
        "name": space.name,
        "api_keys_supported": space.api_keys_supported,
        "api_keys_enabled": space.api_keys_enabled,
        "key_creation_restricted": space.key_creation_restricted,
        "token_life_seconds": seconds(space.token_life),
        "pair_life_seconds": seconds(space.pair_life),
        "sso_enabled": space.sso_enabled,
        "password_life_seconds": seconds(space.password_life),
        "application_policy": space.application_policy,
        "revoke_leaked_keys": space.revoke_leaked_keys,
        "email_domains": email_domains,
    })
}

/// Closes a space: everything in it is refused and its tokens are dead.
///
/// # Errors
/// `not_found`, `missing_permission`, `already_closed`.
pub fn close(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: SpaceId) -> Result<(), Error> {
    let space = find::space(change, authority, id)?;
    require(authority, SITE_MANAGE, Area::Site)?;
    if space.state == SpaceState::Closed {
        return Err(Error::AlreadyClosed("space"));
    }
    let detail = json!({ "state": { "from": space.state, "to": SpaceState::Closed } });
    store::spaces::save(change, &Space { state: SpaceState::Closed, cut_off: change.seq(), ..space })?;
    Ok(audit::write(change, authority, "space.close", id, Some(id), detail)?)
}

/// Reopens a space: its keys work again, its old tokens stay dead.
///
/// # Errors
/// `not_found`, `missing_permission`, `already_open`.
pub fn reopen(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: SpaceId) -> Result<(), Error> {
    let space = find::space(change, authority, id)?;
    require(authority, SITE_MANAGE, Area::Site)?;
    if space.state == SpaceState::Open {
        return Err(Error::AlreadyOpen("space"));
    }
    let detail = json!({ "state": { "from": space.state, "to": SpaceState::Open } });
    store::spaces::save(change, &Space { state: SpaceState::Open, ..space })?;
    Ok(audit::write(change, authority, "space.reopen", id, Some(id), detail)?)
}

/// A space as people see it.
#[derive(Debug, Clone)]
pub struct SpaceFacts {
    /// The space.
    pub space: Space,
    /// Domains of the addresses of service accounts.
    pub email_domains: Vec<EmailDomain>,
    /// How many keys its switch stops, for those who manage keys or the space; none in lists.
    pub ordinary_keys: Option<i64>,
}

/// What decisions read of a space, for anybody who belongs to it.
///
/// # Errors
/// `not_found`.
pub fn find(tx: &mut impl Reads, authority: &Authority, id: SpaceId) -> Result<Space, Error> {
    find::space(tx, authority, id)
}

/// One space, for anybody who belongs to it.
///
/// # Errors
/// `not_found`.
pub fn show(tx: &mut impl Reads, authority: &Authority, id: SpaceId) -> Result<SpaceFacts, Error> {
    let space = find::space(tx, authority, id)?;
    let ordinary_keys =
        if knows_numbers_of_keys(authority, id) { Some(store::api_keys::count_ordinary(tx, id)?) } else { None };
    Ok(SpaceFacts { space, email_domains: store::spaces::email_domains(tx, id)?, ordinary_keys })
}

/// Whether the caller may know how many keys a space has, without seeing them.
pub(super) fn knows_numbers_of_keys(authority: &Authority, id: SpaceId) -> bool {
    [KEYS_MANAGE, SPACE_MANAGE].iter().any(|name| authority.may(name, Area::Space(id)))
}

/// The same, for whoever may edit it.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show_editable(tx: &mut impl Reads, authority: &Authority, id: SpaceId) -> Result<SpaceFacts, Error> {
    let facts = show(tx, authority, id)?;
    require(authority, SPACE_MANAGE, Area::Space(id))?;
    Ok(facts)
}

/// The spaces that the caller belongs to, oldest first; all for those who run the site.
///
/// # Errors
/// Those of the database.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    request: PageRequest<SpaceId>,
) -> Result<Page<SpaceFacts, SpaceId>, Error> {
    let visible = authority.spaces();
    let page = store::spaces::page(tx, visible.as_deref(), request)?;
    let ids: Vec<SpaceId> = page.items.iter().map(|space| space.id).collect();
    let mut domains = store::spaces::email_domains_of_many(tx, &ids)?;
    Ok(page.map(|space| SpaceFacts {
        email_domains: domains.remove(&space.id).unwrap_or_default(),
        space,
        ordinary_keys: None,
    }))
}
