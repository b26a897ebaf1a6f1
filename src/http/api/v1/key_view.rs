//! How API keys are shown: everything but the secret, of which no more than the last characters are known.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{InternalService, KeyStatus, Mode, Owner, StatusReason, UserKeyRoles},
        ids::{ApiKeyId, SpaceId, UserId},
        imported_client::ImportedClientId,
        integration_type::IntegrationType,
        key_notice::KeyNotice,
        key_pair::{KeyPair, PublicId},
        login_history::{CannotLogIn, LoginObstacle},
        name::{Description, Name},
        permission::Level,
        rights::Place,
        role::RoleName,
        time::Timestamp,
        workspace::{WorkspaceKey, WorkspaceNumber},
    },
    http::api::{problem::Problem, request::Call, schema},
    manage::facts::{self, KeyFacts},
    store::{Rows, imported_clients::Brought, pair_uses::LastUse},
};

/// An API key as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ApiKey")]
pub(super) struct KeyView {
    /// Names the key here.
    #[schemars(schema_with = "schema::id::<ApiKeyId>")]
    id: ApiKeyId,
    /// Names the key at the token endpoint; it is the `id`, and stays when the key is regenerated.
    #[schemars(schema_with = "schema::id::<ApiKeyId>")]
    client_id: ApiKeyId,
    /// The id that it had in another system, which its clients may present in the place of `client_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    imported_client_id: Option<ImportedClientId>,
    /// The space it belongs to.
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    space: SpaceId,
    /// Whom it acts for.
    owner: OwnerView,
    /// As people see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// What it is for.
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Description,
    /// Follows from the roles that count now.
    #[schemars(schema_with = "schema::words::<IntegrationType>")]
    integration_type: IntegrationType,
    /// Whether it belongs to a service of the product: it can be regenerated then, and nothing else.
    internal: bool,
    /// That service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::words::<InternalService>")]
    service: Option<InternalService>,
    /// A mask over its roles.
    #[schemars(schema_with = "schema::words::<Mode>")]
    mode: Mode,
    /// Where it stands.
    #[schemars(schema_with = "schema::words::<KeyStatus>")]
    status: KeyStatus,
    /// Why it is disabled, if nobody disabled it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::words::<StatusReason>")]
    status_reason: Option<StatusReason>,
    /// When it was made.
    #[schemars(schema_with = "schema::time")]
    created_at: Timestamp,
    /// Who made it: an id, or `operator` for the command line.
    created_by: String,
    /// The roles that count now.
    roles: Vec<RoleView>,
    /// Its credentials, at most two.
    pairs: Vec<PairView>,
    /// The last use of any of its pairs, also of those that are gone; left out if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LastUseOfKey")]
    last_use: Option<LastUseOfKey>,
    /// The key of a service account that took its place; its pairs end soon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::id::<ApiKeyId>")]
    moved_to: Option<ApiKeyId>,
    /// The key of a user whose place it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::id::<ApiKeyId>")]
    moved_from: Option<ApiKeyId>,
    /// Its owner cannot log in, as far as it can be seen here, and the key works on all the same; left out if nothing is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "CannotLogInView")]
    owner_cannot_log_in: Option<CannotLogInView>,
    /// What people should know of what it may do.
    #[schemars(schema_with = "schema::list_of_words::<KeyNotice>")]
    notices: Vec<KeyNotice>,
    /// Somebody has read that row-level restrictions of the product do not apply to it.
    row_level_acknowledged: bool,
    /// From where it may be used; empty means from everywhere.
    #[schemars(schema_with = "schema::networks")]
    allowed_networks: AllowedNetworks,
}

/// Whom a key acts for.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "ApiKeyOwner")]
enum OwnerView {
    /// The space: the key has roles of its own.
    Space,
    /// A user: the key never has more than the user has at that moment.
    User {
        /// The user.
        #[schemars(schema_with = "schema::id::<UserId>")]
        user: UserId,
        /// `inherit` for all that the user can pass on, `subset` for what was chosen of it.
        #[schemars(schema_with = "schema::words::<UserKeyRoles>")]
        roles: UserKeyRoles,
    },
}

/// A role, and where it counts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RoleOfKey")]
pub(super) struct RoleView {
    /// Name of the role.
    #[schemars(with = "String")]
    role: RoleName,
    /// Where it counts.
    #[schemars(schema_with = "schema::words::<Level>")]
    level: Level,
    /// The workspace. Without it, a role of the level `workspace` counts in all of them, also in later ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::workspace")]
    workspace: Option<WorkspaceNumber>,
}

/// A credential of a key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeyPair")]
struct PairView {
    /// Its public half, which may stand in the place of the client id.
    #[schemars(with = "String")]
    public_id: PublicId,
    /// Whether its secret was brought along from another system.
    imported: bool,
    /// The last characters of its secret before the checksum, for people to recognize it; none of an imported one.
    hint: String,
    /// When it was made.
    #[schemars(schema_with = "schema::time")]
    created_at: Timestamp,
    /// When it stops working; `null` if never.
    #[schemars(schema_with = "schema::time_or_null")]
    expires_at: Option<Timestamp>,
    /// Whether that moment has come.
    expired: bool,
    /// When its secret was reported first as seen where it should not be; left out if it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    leaked_at: Option<Timestamp>,
    /// What tells whether it is safe to retire; left out if it was never used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LastUseOfPair")]
    last_use: Option<LastUseOfPair>,
}

/// That somebody cannot log in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CannotLogIn")]
pub(super) struct CannotLogInView {
    /// `no_password`, where a password is what the user logs in with; `password_expired` by the policy of the space;
    /// `not_lately` in 90 days.
    #[schemars(schema_with = "schema::words::<LoginObstacle>")]
    reason: LoginObstacle,
    /// Since when: of `not_lately` the last login, or the making of a user who never logged in; `null` if it is not known.
    #[schemars(schema_with = "schema::time_or_null")]
    since: Option<Timestamp>,
}

impl From<CannotLogIn> for CannotLogInView {
    fn from(CannotLogIn { reason, since }: CannotLogIn) -> Self {
        Self { reason, since }
    }
}

#[derive(Serialize, JsonSchema)]
struct LastUseOfKey {
    /// When.
    #[schemars(schema_with = "schema::time")]
    at: Timestamp,
}

#[derive(Serialize, JsonSchema)]
struct LastUseOfPair {
    /// When.
    #[schemars(schema_with = "schema::time")]
    at: Timestamp,
    /// The last address that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    from: Option<String>,
    /// How often so far.
    count: i64,
}

/// Shows the key of the path.
pub(super) fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<KeyView, Problem> {
    Ok(KeyView::of(facts::show(rows, call.authority, call.path()?)?, call.now()))
}

impl KeyView {
    /// A key as it stands at this time.
    pub(super) fn of(facts: KeyFacts, now: Timestamp) -> Self {
        let owner_cannot_log_in = facts.owner_cannot_log_in(now).map(CannotLogInView::from);
        let KeyFacts {
            key,
            status,
            status_reason,
            profile,
            mut uses,
            leaked,
            brought,
            integration_type,
            roles,
            notices,
            ..
        } = facts;
        let imported_pair = brought.as_ref().and_then(|brought| brought.pair);
        let pair = |pair: &KeyPair| {
            let (last, leaked_at) = (uses.remove(&pair.public_id), leaked.get(&pair.public_id).copied());
            let imported = imported_pair == Some(pair.public_id);
            PairView { leaked_at, ..PairView::of(pair, imported, last, now) }
        };
        let pairs = key.pairs.iter().map(pair).collect();
        Self {
            id: key.id,
            client_id: key.id,
            imported_client_id: brought.map(|Brought { client_id, .. }| client_id),
            space: key.space,
            owner: match key.owner {
                Owner::Space => OwnerView::Space,
                Owner::User { id: user, roles } => OwnerView::User { user, roles },
            },
            name: key.name.clone(),
            description: key.description.clone(),
            integration_type,
            internal: key.internal.is_some(),
            service: key.internal,
            mode: key.mode,
            status,
            status_reason,
            created_at: profile.created_at,
            created_by: profile.created_by,
            roles: roles.into_iter().map(RoleView::of).collect(),
            pairs,
            last_use: profile.last_used_at.map(|at| LastUseOfKey { at }),
            moved_to: profile.moved_to,
            moved_from: profile.moved_from,
            owner_cannot_log_in,
            notices,
            row_level_acknowledged: profile.row_level_acknowledged,
            allowed_networks: key.allowed_networks.clone(),
        }
    }
}

impl RoleView {
    /// This role, there.
    pub(super) fn of((role, place): (RoleName, Place)) -> Self {
        let (level, workspace) = match place {
            Place::Site => (Level::Site, None),
            Place::Space => (Level::Space, None),
            Place::Workspace(WorkspaceKey::All) => (Level::Workspace, None),
            Place::Workspace(WorkspaceKey::One(number)) => (Level::Workspace, Some(number)),
        };
        Self { role, level, workspace }
    }
}

impl PairView {
    fn of(pair: &KeyPair, imported: bool, last: Option<LastUse>, now: Timestamp) -> Self {
        let last_use = last.and_then(|LastUse { at, from, count }| at.map(|at| LastUseOfPair { at, from, count }));
        Self {
            public_id: pair.public_id,
            imported,
            hint: pair.hint.clone(),
            created_at: pair.created_at,
            expires_at: pair.expires_at,
            expired: pair.is_expired(now),
            leaked_at: None,
            last_use,
        }
    }
}
