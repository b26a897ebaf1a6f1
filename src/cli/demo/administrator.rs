//! The administrator of the demo, who tries out the console.

use std::num::NonZeroUsize;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{credentials::UserCredential, site::name};
use crate::{
    cli::failure::Failure,
    crypto::{
        password::{PasswordHash, PasswordHasher},
        random::OsRandom,
    },
    domain::{authority::Authority, ids::SpaceId, user::Login},
    manage::{
        self, Deps, RoleRequest,
        user_roles::{self, GiveUserRole},
        users::{self, CreateUser},
    },
    store::{self, Change},
};

const LOGIN: &str = "admin";
const ROLES: [&str; 3] = ["space_admin", "auditor", "site_admin"];

/// A password that nobody had before, and what is kept of it.
pub(super) struct NewPassword {
    pub(super) text: String,
    pub(super) hash: PasswordHash,
}

impl NewPassword {
    /// Makes one, which takes a while.
    pub(super) fn make() -> Result<Self, Failure> {
        let text = URL_SAFE_NO_PAD.encode(OsRandom::bytes::<15>().map_err(manage::Error::from)?);
        let hash = PasswordHasher::new(NonZeroUsize::MIN, 0).hash_blocking(&text)?;
        Ok(Self { text, hash })
    }
}

/// Makes the administrator of the space and of the site, unless somebody else has the login.
pub(super) fn make(
    change: &mut Change<'_>,
    deps: &Deps,
    space: SpaceId,
    password: NewPassword,
) -> Result<Option<UserCredential>, Failure> {
    let login = Login::parse(LOGIN).ok_or_else(|| Failure::new("login", "the administrator's login is no login"))?;
    if store::users::find_by_login(change, &login)?.is_some() {
        return Ok(None);
    }
    let operator = &Authority::OPERATOR;
    let person = CreateUser::person(space, login, name("Demo administrator")?);
    let person = CreateUser { password: Some(password.hash), ..person };
    let id = users::create(change, deps, operator, person)?.id;
    for role in ROLES {
        let request = RoleRequest { role: role.to_owned(), workspaces: Vec::new() };
        user_roles::give(change, deps, operator, GiveUserRole { id, space, request })?;
    }
    Ok(Some(UserCredential { login: LOGIN.to_owned(), password: password.text }))
}
