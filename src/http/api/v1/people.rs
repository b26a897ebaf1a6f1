//! How users are shown: whole to those who manage users, and without what is nobody else's business to those who give roles.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::{
        assignment::AssignmentSource,
        authority::{Area, Authority},
        email::Email,
        ids::{RoleId, SpaceId, UserId},
        name::Name,
        permission::USERS_MANAGE,
        role::RoleName,
        time::Timestamp,
        user::{AccountType, AccountWarning, Login, UserState},
        workspace::WorkspaceNumber,
    },
    http::api::schema,
    manage::facts::{HeldByUser, UserFacts},
};

/// A user as whoever manages users sees one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub(super) struct UserView {
    #[serde(flatten)]
    member: MemberView,
    /// Addresses; left out for guests, whose home space keeps them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::texts::<5, 254>")]
    emails: Option<Vec<Email>>,
    /// Whether the user's keys work.
    api_keys_enabled: bool,
    /// Logs in with a password even where the space has single sign-on.
    sso_exempt: bool,
    /// Whether there is a password.
    has_password: bool,
    /// When it was set.
    #[schemars(schema_with = "schema::time_or_null")]
    password_set_at: Option<Timestamp>,
    /// When the user was made.
    #[schemars(schema_with = "schema::time")]
    created_at: Timestamp,
    /// What is worth a second look: `service_type` (accounts of machines are of type `standard` as a rule; `service` never
    /// has a password), `name_hides_service` (the full name does not tell that no person stands behind the account).
    #[schemars(schema_with = "schema::list_of_words::<AccountWarning>")]
    warnings: Vec<AccountWarning>,
}

/// A user as whoever gives roles sees one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Member")]
pub(super) struct MemberView {
    /// `sub` of tokens that act for the user.
    #[schemars(schema_with = "schema::id::<UserId>")]
    id: UserId,
    /// What is typed to log in.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    login: Login,
    /// As people see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    full_name: Name,
    /// Who stands behind the account.
    #[schemars(schema_with = "schema::words::<AccountType>")]
    account_type: AccountType,
    /// The space that the user belongs to; elsewhere the user is a guest.
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    home_space: SpaceId,
    /// `active`, or `disabled`: then the user may do nothing.
    #[schemars(schema_with = "schema::words::<UserState>")]
    state: UserState,
    /// The roles in spaces that the caller belongs to.
    roles: Vec<HeldRoleView>,
}

/// A role that a user holds.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HeldRole")]
pub(super) struct HeldRoleView {
    /// Its name.
    #[schemars(schema_with = "schema::text::<2, 64>")]
    role: RoleName,
    /// Its id.
    #[schemars(schema_with = "schema::id::<RoleId>")]
    role_id: RoleId,
    /// The space in which it is held.
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    space: SpaceId,
    /// The workspace, if it counts in one alone.
    #[schemars(schema_with = "schema::workspace_or_null")]
    workspace: Option<WorkspaceNumber>,
    /// `local`, or `idp`: then an identity provider gives and takes it.
    #[schemars(schema_with = "schema::words::<AssignmentSource>")]
    source: AssignmentSource,
}

impl UserView {
    /// The user as this caller sees one.
    pub(super) fn of(facts: UserFacts, authority: &Authority) -> Self {
        let (user, profile) = (&facts.user, &facts.profile);
        let at_home = authority.is_user(user.id) || authority.may(USERS_MANAGE, Area::Space(user.home));
        Self {
            emails: at_home.then(|| profile.emails.clone()),
            api_keys_enabled: user.api_keys_enabled,
            sso_exempt: user.sso_exempt,
            has_password: user.password_set_at.is_some(),
            password_set_at: user.password_set_at,
            created_at: profile.created_at,
            warnings: profile.warnings(),
            member: facts.into(),
        }
    }
}

impl From<UserFacts> for MemberView {
    fn from(UserFacts { user, profile, roles }: UserFacts) -> Self {
        Self {
            id: user.id,
            login: profile.login,
            full_name: profile.full_name,
            account_type: profile.account_type,
            home_space: user.home,
            state: user.state,
            roles: roles.into_iter().map(HeldRoleView::from).collect(),
        }
    }
}

impl From<HeldByUser> for HeldRoleView {
    fn from(HeldByUser { role, space, workspace, source }: HeldByUser) -> Self {
        Self { role: role.name.clone(), role_id: role.id, space, workspace, source }
    }
}
