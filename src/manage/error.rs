//! Why a use case did nothing, in the words of the domain. Each says what to do next; none holds a secret.

use thiserror::Error;

use crate::{
    crypto::{key_ring::UnusableKey, random::RandomUnavailable, sealed::SealError},
    domain::{
        key_pair::{ExpiryInThePast, PublicId},
        name::Name,
        signing_key::{SigningAlgorithm, SigningKeyState},
        time::Timestamp,
        workspace::WorkspaceNumber,
    },
    store,
};

/// Why nothing was changed.
#[derive(Debug, Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The operating system.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// A pepper cannot be opened.
    #[error("{0}; use the master key that this site was made with")]
    Sealed(#[from] SealError),
    /// A signing key cannot be made.
    #[error(transparent)]
    SigningKey(#[from] UnusableKey),
    /// There is no site.
    #[error("this database holds no site yet; run `keystead init`")]
    NotInitialized,
    /// There is a site.
    #[error("this database already holds the site {issuer}; use it, or choose another database")]
    AlreadyInitialized {
        /// Its issuer.
        issuer: String,
    },
    /// What the input names does not exist.
    #[error("there is no {what} {given}; check the id, or list what there is")]
    NotFound {
        /// Kind of thing.
        what: &'static str,
        /// What was given.
        given: String,
    },
    /// A name must be unique.
    #[error("there is already a {what} named `{name}`; choose another name")]
    NameTaken {
        /// Kind of thing.
        what: &'static str,
        /// The name.
        name: Name,
    },
    /// A login must be unique in the site.
    #[error("this login is taken; choose another one")]
    LoginTaken,
    /// An audience belongs to one resource server.
    #[error("the audience `{0}` belongs to another resource server; an audience can be served by one only")]
    AudienceTaken(String),
    /// The API of Keystead itself (ruling 26).
    #[error("the audience `{0}` is that of Keystead's own API; choose the URI of the API that you protect")]
    ReservedAudience(String),
    /// A resource server without audience could introspect nothing.
    #[error("a resource server needs at least one audience; give the URI of the API that it protects")]
    AudienceRequired,
    /// Nothing works in a closed space.
    #[error("the space is closed; nothing can be made in it until it is reopened")]
    SpaceClosed,
    /// L048, L049.
    #[error("API keys are not supported in this kind of space")]
    NotSupportedHere,
    /// L054.
    #[error("API keys are disabled in this space; ask its administrator to enable them")]
    KeysDisabledInSpace,
    /// No such role.
    #[error("there is no role `{0}`; `keystead role list` shows all")]
    UnknownRole(String),
    /// Roles of the site are for users only.
    #[error("the role `{0}` is one of the site; it cannot be given inside a space")]
    SiteRole(String),
    /// L020.
    #[error("the role `{0}` is internal to the product; it cannot be given or taken by people")]
    InternalRole(String),
    /// L032.
    #[error("the role `{0}` counts in the whole space; give it without workspaces")]
    SpaceLevelRole(String),
    /// L033.
    #[error("the role `{0}` counts in workspaces; say in which")]
    WorkspaceRequired(String),
    /// L033.
    #[error("the space has no workspace {0}; `keystead workspace list` shows those it has")]
    ForeignWorkspace(WorkspaceNumber),
    /// C05.
    #[error("a bridge role cannot be combined with roles in workspaces; make two keys")]
    BridgeMixed,
    /// L132.
    #[error("the owner does not hold the role `{0}` there; give it to the owner first")]
    NotHeld(String),
    /// L133.
    #[error("the owner has the role `{0}` from an identity provider only; such a role cannot be passed on")]
    IdpRole(String),
    /// C06.
    #[error("the key has the roles of its owner; make a key with a subset to choose roles")]
    InheritsRoles,
    /// Nothing to give.
    #[error("the role `{0}` is already held there; nothing was changed")]
    AlreadyGiven(String),
    /// Nothing to take.
    #[error("the role `{0}` is not held there; nothing was changed")]
    NotAssigned(String),
    /// C10, L020–L023.
    #[error("the key belongs to a service of the product; it can be regenerated, and nothing else")]
    InternalKey,
    /// A key lives in the home space of its owner.
    #[error("the owner is at home in another space; make the key there")]
    ForeignOwner,
    /// L084.
    #[error("the owner is disabled; enable the user first")]
    OwnerDisabled,
    /// L130.
    #[error("API keys of this user are switched off; switch them on first")]
    OwnerKeysDisabled,
    /// L094.
    #[error("the key has two pairs already; delete one first")]
    PairLimit,
    /// KM-05.
    #[error("this is the last pair of the key; revoke the key instead, or confirm that it is to have none")]
    LastPair,
    /// Once inactive, never active again.
    #[error("the pair {0} has expired and stays so; add a new pair")]
    PairExpired(PublicId),
    /// An end in the past.
    #[error("{0}; choose a later one")]
    ExpiryInThePast(#[from] ExpiryInThePast),
    /// Repeated.
    #[error("the key is already revoked; regenerate it to get a new secret")]
    AlreadyRevoked,
    /// C09.
    #[error("the key is revoked; only regenerating brings it back, with a new secret")]
    KeyRevoked,
    /// Repeated.
    #[error("the {0} is already disabled; nothing was changed")]
    AlreadyDisabled(&'static str),
    /// Repeated.
    #[error("the {0} is not disabled; nothing was changed")]
    NotDisabled(&'static str),
    /// Repeated.
    #[error("the {0} is already closed; nothing was changed")]
    AlreadyClosed(&'static str),
    /// Repeated.
    #[error("the {0} is open; nothing was changed")]
    AlreadyOpen(&'static str),
    /// L147.
    #[error("a service account has no password; leave it out, or choose the account type `standard`")]
    ServicePassword,
    /// Two pending keys would be published for nothing.
    #[error("a new {0} key was made already and signs from {1} on; wait for it, or rotate at once")]
    RotationUnderWay(SigningAlgorithm, Timestamp),
    /// Revoked and retired keys stay so.
    #[error("the signing key is already {0}; nothing was changed")]
    SigningKeyOutOfUse(SigningKeyState),
    /// A replacement must sign as the revoked one did.
    #[error("the replacement is a {given} key, but the revoked one is for {wanted}; make one for {wanted}")]
    WrongReplacement {
        /// Algorithm of the revoked key.
        wanted: SigningAlgorithm,
        /// Algorithm of the replacement.
        given: SigningAlgorithm,
    },
    /// Only a development site may change its name.
    #[error("the issuer of a site for production cannot be changed: every token would become foreign")]
    IssuerIsFixed,
}

impl Error {
    /// The word that programs tell this refusal by. It never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(store::Error::Unavailable(_)) => "database_unavailable",
            Self::Store(store::Error::Duplicate) => "already_exists",
            Self::Store(store::Error::Refused(_)) => "refused_by_tables",
            Self::Store(store::Error::Corrupt { .. }) => "corrupt_row",
            Self::Store(store::Error::WrongSchema(_)) => "wrong_schema",
            Self::Store(store::Error::NoRandomness) | Self::Random(_) => "no_randomness",
            Self::Sealed(_) => "master_key",
            Self::SigningKey(_) => "signing_key",
            Self::NotInitialized => "not_initialized",
            Self::AlreadyInitialized { .. } => "already_initialized",
            Self::NotFound { .. } => "not_found",
            Self::NameTaken { .. } => "name_taken",
            Self::LoginTaken => "login_taken",
            Self::AudienceTaken(_) => "audience_taken",
            Self::ReservedAudience(_) => "reserved_audience",
            Self::AudienceRequired => "audience_required",
            Self::SpaceClosed => "space_closed",
            Self::NotSupportedHere => "not_supported_here",
            Self::KeysDisabledInSpace => "keys_disabled",
            Self::UnknownRole(_) => "unknown_role",
            Self::SiteRole(_) => "site_role",
            Self::InternalRole(_) => "internal_role",
            Self::SpaceLevelRole(_) => "space_level_role",
            Self::WorkspaceRequired(_) => "workspace_required",
            Self::ForeignWorkspace(_) => "foreign_workspace",
            Self::BridgeMixed => "bridge_mixed",
            Self::NotHeld(_) => "not_held",
            Self::IdpRole(_) => "idp_role",
            Self::InheritsRoles => "inherits_roles",
            Self::AlreadyGiven(_) => "already_given",
            Self::NotAssigned(_) => "not_assigned",
            Self::InternalKey => "internal_key",
            Self::ForeignOwner => "foreign_owner",
            Self::OwnerDisabled => "owner_disabled",
            Self::OwnerKeysDisabled => "owner_keys_disabled",
            Self::PairLimit => "pair_limit",
            Self::LastPair => "last_pair",
            Self::PairExpired(_) => "pair_expired",
            Self::ExpiryInThePast(_) => "expiry_in_the_past",
            Self::AlreadyRevoked => "already_revoked",
            Self::KeyRevoked => "key_revoked",
            Self::AlreadyDisabled(_) => "already_disabled",
            Self::NotDisabled(_) => "not_disabled",
            Self::AlreadyClosed(_) => "already_closed",
            Self::AlreadyOpen(_) => "already_open",
            Self::ServicePassword => "service_password",
            Self::RotationUnderWay(..) => "rotation_under_way",
            Self::SigningKeyOutOfUse(_) => "signing_key_out_of_use",
            Self::WrongReplacement { .. } => "wrong_replacement",
            Self::IssuerIsFixed => "issuer_is_fixed",
        }
    }
}

/// Gives a unique value that is taken its own sentence.
pub(super) fn taken<T>(done: Result<T, store::Error>, otherwise: impl FnOnce() -> Error) -> Result<T, Error> {
    done.map_err(|error| match error {
        store::Error::Duplicate => otherwise(),
        other => Error::Store(other),
    })
}
