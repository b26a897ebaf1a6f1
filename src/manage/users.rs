//! Users: made, edited, disabled and enabled, deleted.

use serde_json::{Value, json};

use super::{
    api_keys, audit,
    authority::{refuse_exceeding, require},
    deps::Deps,
    error::{Error, taken},
    find, invitations, sessions, standing, user_roles,
};
use crate::{
    crypto::password::PasswordHash,
    domain::{
        api_key::{ApiKey, KeyStatus, StatusReason},
        audit_detail,
        audit_event::{AuditEntry, Origin},
        authority::{Area, Authority, roles_of_also_closed},
        email::Email,
        ids::{ApiKeyId, SpaceId, UserId},
        name::Name,
        permission::USERS_MANAGE,
        sequence::Seq,
        user::{AccountType, Login, User, UserProfile, UserState},
    },
    store::{self, Change, transaction::Reads},
};

/// A user to be made.
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// The space that the user belongs to.
    pub home: SpaceId,
    /// What is typed to log in.
    pub login: Login,
    /// As people see it.
    pub full_name: Name,
    /// Addresses of the user.
    pub emails: Vec<Email>,
    /// Who stands behind the account.
    pub account_type: AccountType,
    /// Logs in with a password even where the space has single sign-on.
    pub sso_exempt: bool,
    /// None for accounts that log in elsewhere or use keys only.
    pub password: Option<PasswordHash>,
}

impl CreateUser {
    /// A person of this space, without address and password.
    #[must_use]
    pub const fn person(home: SpaceId, login: Login, full_name: Name) -> Self {
        Self {
            home,
            login,
            full_name,
            emails: Vec::new(),
            account_type: AccountType::Standard,
            sso_exempt: false,
            password: None,
        }
    }
}

/// The user, for somebody who manages the users of the user's home.
pub(super) fn managed(tx: &mut impl Reads, authority: &Authority, id: UserId) -> Result<User, Error> {
    let user = find::user(tx, authority, id)?;
    require(authority, USERS_MANAGE, Area::Space(user.home))?;
    Ok(user)
}

/// Whoever sets how somebody logs in can act as that person, so the person must not hold more than the caller does
/// (ruling 27): in the home space, also in workspaces that are closed and may be opened again, and in the site. What a guest
/// holds elsewhere is the business of whoever invited. What acts for a user would get beyond the user's reach by it (ruling 15).
pub(super) fn refuse_taking_over(tx: &mut impl Reads, authority: &Authority, user: &User) -> Result<(), Error> {
    if authority.is_user(user.id) {
        return Ok(());
    }
    refuse_delegate(authority)?;
    let standing = standing::of_user(tx, user.id)?;
    let is_here = |area: Area| area.space().is_none_or(|space| space == user.home);
    roles_of_also_closed(&standing)
        .filter(|(area, _)| is_here(*area))
        .try_for_each(|(area, role)| refuse_exceeding(authority, role, area))
}

fn refuse_delegate(authority: &Authority) -> Result<(), Error> {
    if authority.is_delegated() { Err(Error::DelegateCannotSetLogins) } else { Ok(()) }
}

/// Makes an active user without roles.
///
/// # Errors
/// `not_found`, `missing_permission`, `space_closed`, `login_taken`, `service_password`, `email_outside_domains`,
/// `delegate_cannot_set_logins`.
pub fn create(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: CreateUser) -> Result<User, Error> {
    find::open_space(change, authority, input.home)?;
    require(authority, USERS_MANAGE, Area::Space(input.home))?;
    if !input.emails.is_empty() || input.password.is_some() {
        refuse_delegate(authority)?;
    }
    insert(change, authority, input)
}

/// The same without looking at the caller's rights.
pub(super) fn insert(change: &mut Change<'_>, authority: &Authority, input: CreateUser) -> Result<User, Error> {
    let CreateUser { home, login, full_name, mut emails, account_type, sso_exempt, password } = input;
    if account_type == AccountType::Service && password.is_some() {
        return Err(Error::ServicePassword);
    }
    emails.sort_unstable();
    emails.dedup();
    let user = User {
        id: change.new_id(),
        home,
        state: UserState::Active,
        api_keys_enabled: true,
        password_set_at: password.is_some().then_some(change.now()),
        sso_exempt,
        cut_off: Seq::ZERO,
        keys_cut_off: Seq::ZERO,
        logins_cut_off: Seq::ZERO,
        roles: Vec::new(),
    };
    let profile = UserProfile { login, full_name, emails, account_type, created_at: change.now() };
    refuse_foreign_addresses(change, home, &profile)?;
    let hash = password.as_ref().map(PasswordHash::as_str);
    taken(store::users::insert(change, &user, &profile, hash), || Error::LoginTaken)?;
    let detail = json!({ "account_type": account_type, "password": password.is_some(), "sso_exempt": sso_exempt });
    audit::write(change, authority, "user.create", user.id, Some(home), detail)?;
    Ok(user)
}

/// L142: addresses of service accounts lie in the domains of their space.
fn refuse_foreign_addresses(change: &mut Change<'_>, home: SpaceId, profile: &UserProfile) -> Result<(), Error> {
    if profile.account_type == AccountType::Standard {
        return Ok(());
    }
    let domains = store::spaces::email_domains(change, home)?;
    if domains.is_empty() || profile.emails.iter().all(|email| email.lies_in(&domains)) {
        return Ok(());
    }
    let names: Vec<&str> = domains.iter().map(crate::domain::email::EmailDomain::as_str).collect();
    Err(Error::EmailOutsideDomains(names.join(", ")))
}

/// What is to change of a user; what is absent stays.
#[derive(Debug, Clone)]
pub struct EditUser {
    /// The user.
    pub id: UserId,
    /// What is typed to log in.
    pub login: Option<Login>,
    /// As people see it.
    pub full_name: Option<Name>,
    /// Addresses of the user.
    pub emails: Option<Vec<Email>>,
    /// Who stands behind the account.
    pub account_type: Option<AccountType>,
    /// Logs in with a password even where the space has single sign-on.
    pub sso_exempt: Option<bool>,
    /// Whether the user's keys work (L130).
    pub api_keys_enabled: Option<bool>,
}

impl EditUser {
    /// Nothing yet.
    #[must_use]
    pub const fn of(id: UserId) -> Self {
        Self {
            id,
            login: None,
            full_name: None,
            emails: None,
            account_type: None,
            sso_exempt: None,
            api_keys_enabled: None,
        }
    }
}

/// Edits a user. Switching the keys off ends their tokens; switching them on again revives the keys and no token.
///
/// # Errors
/// `not_found`, `missing_permission`, `exceeds_own_rights`, `login_taken`, `service_password`, `email_outside_domains`,
/// `admin_role_on_service_account`.
pub fn edit(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: EditUser) -> Result<(), Error> {
    let EditUser { id, login, full_name, emails, account_type, sso_exempt, api_keys_enabled } = input;
    let before = managed(change, authority, id)?;
    let known = store::users::profiles(change, &[id])?.remove(&id);
    let old = find::present(known, "user", id)?;
    let mut emails = emails.unwrap_or_else(|| old.emails.clone());
    emails.sort_unstable();
    emails.dedup();
    let profile = UserProfile {
        login: login.unwrap_or_else(|| old.login.clone()),
        full_name: full_name.unwrap_or_else(|| old.full_name.clone()),
        emails,
        account_type: account_type.unwrap_or(old.account_type),
        created_at: old.created_at,
    };
    if profile.account_type == AccountType::Service && old.account_type != AccountType::Service {
        if before.password_set_at.is_some() {
            return Err(Error::ServicePassword);
        }
        user_roles::refuse_admin_roles(change, &before)?;
    }
    if profile.login != old.login || profile.emails != old.emails {
        refuse_taking_over(change, authority, &before)?;
    }
    if profile.account_type != old.account_type || sso_exempt.is_some_and(|exempt| exempt != before.sso_exempt) {
        refuse_delegate(authority)?;
    }
    refuse_foreign_addresses(change, before.home, &profile)?;
    let mut after = User {
        sso_exempt: sso_exempt.unwrap_or(before.sso_exempt),
        api_keys_enabled: api_keys_enabled.unwrap_or(before.api_keys_enabled),
        ..before.clone()
    };
    let home = find::space(change, authority, before.home)?;
    let was_stopped = before.is_stopped_by_password(&home, change.now());
    if (before.api_keys_enabled && !after.api_keys_enabled) || (was_stopped && after.sso_exempt != before.sso_exempt) {
        after.keys_cut_off = change.seq();
    }
    store::users::save(change, &after)?;
    taken(store::users::save_profile(change, id, &profile), || Error::LoginTaken)?;
    if profile.account_type == AccountType::Service {
        store::invitations::remove_of_user(change, id)?;
    } else if profile.emails != old.emails {
        invitations::end_of_changed_address(change, id)?;
    }
    // Addresses and names are not repeated in the log: it is kept longer than they are.
    let detail = audit_detail::changed(&settings(&before, &old), &settings(&after, &profile));
    let unseen = [
        ("login", old.login != profile.login),
        ("full_name", old.full_name != profile.full_name),
        ("emails", old.emails != profile.emails),
    ];
    let detail = audit_detail::with_unseen(detail, &unseen);
    Ok(audit::write(change, authority, "user.edit", id, Some(before.home), detail)?)
}

/// What can be changed of a user and is told in the log.
fn settings(user: &User, profile: &UserProfile) -> Value {
    json!({
        "account_type": profile.account_type,
        "sso_exempt": user.sso_exempt,
        "api_keys_enabled": user.api_keys_enabled,
    })
}

/// Disables a user: logins, keys and tokens of the user stop at once (L085, L087). Answers with the keys that stop.
///
/// # Errors
/// `not_found`, `missing_permission`, `already_disabled`, `own_account`.
pub fn disable(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: UserId) -> Result<Vec<ApiKeyId>, Error> {
    let user = managed(change, authority, id)?;
    if authority.is_user(id) {
        return Err(Error::OwnAccount);
    }
    if user.state == UserState::Disabled {
        return Err(Error::AlreadyDisabled("user"));
    }
    let keys = api_keys::of_owner(change, id)?;
    let stopped: Vec<ApiKeyId> = keys.iter().filter(|key| key.status == KeyStatus::Active).map(|key| key.id).collect();
    store::users::save(change, &User { state: UserState::Disabled, cut_off: change.seq(), ..user.clone() })?;
    store::invitations::remove_of_user(change, id)?;
    let detail = json!({ "state": { "from": user.state, "to": UserState::Disabled }, "keys": stopped });
    let entry = AuditEntry::new("user.disable", id, Some(user.home), detail).about_each(stopped.iter().copied());
    audit::write_entry(change, authority, &entry)?;
    Ok(stopped)
}

/// A user to be enabled.
#[derive(Debug, Clone, Copy)]
pub struct EnableUser {
    /// The user.
    pub id: UserId,
    /// Whether the user's keys come back too; else they are disabled one by one from now on (C08).
    pub restore_keys: bool,
}

/// Enables a user. Tokens and sessions made before stay dead.
///
/// # Errors
/// `not_found`, `missing_permission`, `not_disabled`.
pub fn enable(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: EnableUser) -> Result<(), Error> {
    let EnableUser { id, restore_keys } = input;
    let user = managed(change, authority, id)?;
    if user.state == UserState::Active {
        return Err(Error::NotDisabled("user"));
    }
    let mut disabled_keys = Vec::new();
    if !restore_keys {
        let seq = change.seq();
        for key in api_keys::of_owner(change, id)?.into_iter().filter(|key| key.status == KeyStatus::Active) {
            let status_reason = Some(StatusReason::OwnerDisabled);
            let disabled = ApiKey { status: KeyStatus::Disabled, status_reason, cut_off: seq, ..key };
            store::api_keys::save(change, &disabled)?;
            disabled_keys.push(disabled.id);
        }
    }
    store::users::save(change, &User { state: UserState::Active, ..user.clone() })?;
    let detail = json!({ "state": { "from": user.state, "to": UserState::Active }, "disabled_keys": disabled_keys });
    let entry = AuditEntry::new("user.enable", id, Some(user.home), detail).about_each(disabled_keys);
    Ok(audit::write_entry(change, authority, &entry)?)
}

/// Deletes a user who holds no role, with all keys; applications of the user are left to the space. The id is never used again, also if somebody takes the same login (J14).
///
/// # Errors
/// `not_found`, `missing_permission`, `own_account`, `user_has_roles`.
pub fn remove(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: UserId) -> Result<(), Error> {
    let user = managed(change, authority, id)?;
    if authority.is_user(id) {
        return Err(Error::OwnAccount);
    }
    if !user.roles.is_empty() {
        return Err(Error::UserHasRoles);
    }
    let keys = api_keys::of_owner(change, id)?;
    for key in &keys {
        store::api_keys::remove(change, key)?;
    }
    store::application_registrations::leave_to_space(change, id)?;
    store::users::remove(change, id)?;
    let keys: Vec<ApiKeyId> = keys.iter().map(|key| key.id).collect();
    let detail = json!({ "state": user.state, "keys": keys });
    let entry = AuditEntry::new("user.delete", id, Some(user.home), detail).about_each(keys);
    Ok(audit::write_entry(change, authority, &entry)?)
}

/// A password to be set.
#[derive(Debug, Clone)]
pub struct SetPassword {
    /// The user.
    pub id: UserId,
    /// What is kept of it.
    pub password: PasswordHash,
}

/// Sets a user's password: logins made before end, keys live on. If the old password had stopped them, tokens from before
/// stay dead (ruling 17).
///
/// # Errors
/// `not_found`, `missing_permission`, `exceeds_own_rights`, `service_password`.
pub fn set_password(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: SetPassword) -> Result<(), Error> {
    let SetPassword { id, password } = input;
    let user = managed(change, authority, id)?;
    let profile = store::users::profiles(change, &[id])?.remove(&id);
    if find::present(profile, "user", id)?.account_type == AccountType::Service {
        return Err(Error::ServicePassword);
    }
    refuse_taking_over(change, authority, &user)?;
    replace_password(change, authority.origin(), &user, &password)?;
    Ok(audit::write(change, authority, "user.set_password", id, Some(user.home), json!({}))?)
}

/// Sets a password without looking at anybody's rights: all sessions end, and what was made by a login is dead.
pub(super) fn replace_password(
    change: &mut Change<'_>,
    origin: &Origin,
    user: &User,
    password: &PasswordHash,
) -> Result<(), Error> {
    let home = find::present(store::spaces::find(change, user.home)?, "space", user.home)?;
    let (now, seq) = (change.now(), change.seq());
    let keys_cut_off = if user.is_stopped_by_password(&home, now) { seq } else { user.keys_cut_off };
    let after = User { password_set_at: Some(now), logins_cut_off: seq, keys_cut_off, ..user.clone() };
    store::invitations::remove_of_user(change, user.id)?;
    store::users::set_password(change, user.id, password.as_str())?;
    store::users::save(change, &after)?;
    sessions::end_all_of(change, origin, user.id, None).map(drop)
}
