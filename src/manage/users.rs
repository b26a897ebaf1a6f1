//! Users: made, disabled and enabled, and the roles that they hold.

use serde_json::json;

use super::{
    audit,
    deps::Deps,
    error::{Error, taken},
    find,
    role_request::{self, RoleRequest},
};
use crate::{
    crypto::password::PasswordHash,
    domain::{
        api_key::KeyStatus,
        assignment::AssignmentSource,
        audit_event::Origin,
        ids::{SpaceId, UserId},
        name::Name,
        sequence::Seq,
        user::{AccountType, Login, User, UserState},
    },
    store::{self, Change, users::NewUser},
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
    /// Who stands behind the account.
    pub account_type: AccountType,
    /// None for accounts that log in elsewhere or use keys only.
    pub password: Option<PasswordHash>,
}

/// Makes an active user without roles.
///
/// # Errors
/// `not_found`, `space_closed`, `login_taken`, `service_password`.
pub fn create(change: &mut Change<'_>, _: &Deps, origin: &Origin, input: CreateUser) -> Result<User, Error> {
    let CreateUser { home, login, full_name, account_type, password } = input;
    find::open_space(change, home)?;
    if account_type == AccountType::Service && password.is_some() {
        return Err(Error::ServicePassword);
    }
    let user = User {
        id: change.new_id(),
        home,
        state: UserState::Active,
        api_keys_enabled: true,
        cut_off: Seq::ZERO,
        keys_cut_off: Seq::ZERO,
        logins_cut_off: Seq::ZERO,
        roles: Vec::new(),
    };
    let password_hash = password.as_ref().map(PasswordHash::as_str);
    let new = NewUser { user: &user, login: &login, full_name: &full_name, account_type, password_hash };
    taken(store::users::insert(change, &new), || Error::LoginTaken)?;
    let detail = json!({ "account_type": account_type, "password": password.is_some() });
    audit::write(change, origin, "user.create", user.id, Some(home), detail)?;
    Ok(user)
}

/// Disables a user: logins, keys and tokens of the user stop at once (L085, L087).
///
/// # Errors
/// `not_found`, `already_disabled`.
pub fn disable(change: &mut Change<'_>, _: &Deps, origin: &Origin, id: UserId) -> Result<(), Error> {
    let user = find::user(change, id)?;
    if user.state == UserState::Disabled {
        return Err(Error::AlreadyDisabled("user"));
    }
    store::users::set_state(change, id, UserState::Disabled)?;
    Ok(audit::write(change, origin, "user.disable", id, Some(user.home), json!({}))?)
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
/// `not_found`, `not_disabled`.
pub fn enable(change: &mut Change<'_>, _: &Deps, origin: &Origin, input: EnableUser) -> Result<(), Error> {
    let EnableUser { id, restore_keys } = input;
    let user = find::user(change, id)?;
    if user.state == UserState::Active {
        return Err(Error::NotDisabled("user"));
    }
    if !restore_keys {
        for key in store::api_keys::ids_of_owner(change, id)? {
            store::api_keys::cut_off(change, key, KeyStatus::Active, KeyStatus::Disabled)?;
        }
    }
    store::users::set_state(change, id, UserState::Active)?;
    let detail = json!({ "restore_keys": restore_keys });
    Ok(audit::write(change, origin, "user.enable", id, Some(user.home), detail)?)
}

/// Roles to be given to a user.
#[derive(Debug, Clone)]
pub struct GiveUserRole {
    /// The user.
    pub id: UserId,
    /// Where; another space than the home makes the user a guest there.
    pub space: SpaceId,
    /// Which role, in which workspaces.
    pub request: RoleRequest,
}

/// Gives a role to a user. Places where the user holds it already are passed over.
///
/// # Errors
/// `not_found`, `unknown_role`, `site_role`, `internal_role`, `space_level_role`, `workspace_required`,
/// `foreign_workspace`, `already_given`.
pub fn give_role(change: &mut Change<'_>, _: &Deps, origin: &Origin, input: GiveUserRole) -> Result<(), Error> {
    let GiveUserRole { id, space, request } = input;
    let user = find::user(change, id)?;
    find::space(change, space)?;
    let mut asked = role_request::resolve(change, space, std::slice::from_ref(&request))?;
    asked.retain(|given| {
        !user.roles.iter().any(|held| {
            held.source == AssignmentSource::Local
                && held.role == given.assignment.role
                && held.space == space
                && held.reach == given.assignment.reach
        })
    });
    if asked.is_empty() {
        return Err(Error::AlreadyGiven(request.role));
    }
    for given in &asked {
        store::users::give_role(change, id, &given.role, &given.assignment)?;
    }
    let detail = json!({ "role": request.role, "workspaces": request.workspaces });
    Ok(audit::write(change, origin, "user.give_role", id, Some(space), detail)?)
}
