//! How users are shown: whole to those who manage users, and without what is nobody else's business to those who give roles.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::{
        assignment::AssignmentSource,
        email::Email,
        ids::{RoleId, SpaceId, UserId},
        invitation::{Deliver, Invitation, InvitationState},
        name::Name,
        role::RoleName,
        time::Timestamp,
        user::{AccountType, AccountWarning, Login, UserState},
        workspace::WorkspaceNumber,
    },
    http::api::schema,
    manage::{
        facts::{HeldByUser, UserFacts},
        invitations::InvitationFacts,
    },
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
    /// The last login, to the minute; left out for guests and for those who never logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    last_logged_in_at: Option<Timestamp>,
    /// The invitation to set a first password, until it is used or revoked; left out for guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "InvitationView")]
    invitation: Option<InvitationView>,
    /// What is worth a second look: `service_type` (accounts of machines are of type `standard` as a rule; `service` never
    /// has a password), `name_hides_service` (the full name does not tell that no person stands behind the account).
    #[schemars(schema_with = "schema::list_of_words::<AccountWarning>")]
    warnings: Vec<AccountWarning>,
}

/// An invitation to set a first password. Its link is shown once, by whoever made it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Invitation")]
pub(super) struct InvitationView {
    /// `waiting` for the person; `mail_waiting` to be sent; `mail_failed`: resend it; `expired`; `cut_off`: its link opens
    /// nothing any more.
    #[schemars(schema_with = "schema::words::<InvitationState>")]
    state: InvitationState,
    /// How the link gets to the person.
    #[schemars(schema_with = "schema::words::<Deliver>")]
    deliver: Deliver,
    /// When it was made.
    #[schemars(schema_with = "schema::time")]
    made_at: Timestamp,
    /// When its link stops working.
    #[schemars(schema_with = "schema::time")]
    expires_at: Timestamp,
    /// Who made it: an id, or `operator` for the command line.
    made_by: String,
}

impl InvitationView {
    /// The invitation as it stands at this time.
    pub(super) fn of(facts: InvitationFacts, now: Timestamp) -> Self {
        let state = facts.state(now);
        let Invitation { made_at, expires_at, made_by, delivery, .. } = facts.invitation;
        Self { state, deliver: delivery.deliver(), made_at, expires_at, made_by }
    }
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
    /// The user as it stands at this time.
    pub(super) fn of(mut facts: UserFacts, now: Timestamp) -> Self {
        let at_home = facts.at_home.take();
        let (user, profile) = (&facts.user, &facts.profile);
        Self {
            emails: at_home.is_some().then(|| profile.emails.clone()),
            api_keys_enabled: user.api_keys_enabled,
            sso_exempt: user.sso_exempt,
            has_password: user.password_set_at.is_some(),
            password_set_at: user.password_set_at,
            created_at: profile.created_at,
            last_logged_in_at: at_home.as_ref().and_then(|home| home.last_logged_in_at),
            invitation: at_home.and_then(|home| home.invitation).map(|facts| InvitationView::of(facts, now)),
            warnings: profile.warnings(),
            member: facts.into(),
        }
    }
}

impl From<UserFacts> for MemberView {
    fn from(UserFacts { user, profile, roles, .. }: UserFacts) -> Self {
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
