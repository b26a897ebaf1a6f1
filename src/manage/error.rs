//! Why a use case did nothing, in the words of the domain. Each says what to do next; none holds a secret.

use thiserror::Error;

use super::refusals::{NoWebhook, NotInvited, NotMoved};
use crate::{
    crypto::{
        imported_secret::{UnacceptableHash, UnacceptableSecret},
        key_ring::UnusableKey,
        password::PasswordError,
        random::RandomUnavailable,
        sealed::SealError,
    },
    domain::{
        allowed_networks::TooManyNetworks,
        ids::ApiKeyId,
        imported_client::ImportedClientId,
        key_pair::{ExpiryInThePast, PublicId},
        name::Name,
        permission::Level,
        redirect_uri::InvalidRedirectUri,
        signing_key::{SigningAlgorithm, SigningKeyState},
        time::Timestamp,
        webhook::InvalidWebhookUrl,
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
    /// A password cannot be hashed or checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
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
    /// Roles of the site are for users only, who hold them in their home.
    #[error("the role `{0}` is one of the site; give it to a user, in the user's home space")]
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
    /// A key of the space inherits from nobody.
    #[error("a key of the space has roles of its own; only a user's key can have those of its owner")]
    OwnRolesOnly,
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
    #[error("there are two pairs already; delete one first")]
    PairLimit,
    /// KM-05.
    #[error(
        "this is the last pair; add another one first, end what it belongs to, or confirm that a key is to have none"
    )]
    LastPair,
    /// Once inactive, never active again.
    #[error("the pair {0} has expired and stays so; add a new pair")]
    PairExpired(PublicId),
    /// An end in the past.
    #[error("{0}; choose a later one")]
    ExpiryInThePast(#[from] ExpiryInThePast),
    /// What is imported is found by its id.
    #[error("the client id `{0}` belongs to a key already; delete that key first, or import under another id")]
    ClientIdTaken(ImportedClientId),
    /// One of the two.
    #[error("give either the secret of the key or a hash of it")]
    SecretRequired,
    /// What is imported as a secret.
    #[error(transparent)]
    UnacceptableSecret(#[from] UnacceptableSecret),
    /// What is imported as a hash.
    #[error(transparent)]
    UnacceptableHash(#[from] UnacceptableHash),
    /// Lists have bounds.
    #[error(transparent)]
    TooManyNetworks(#[from] TooManyNetworks),
    /// KM-14.
    #[error("the key of this token may not be used from this address; its allowed networks say from where it may")]
    AddressNotAllowed,
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
    /// The caller's token or user is not what it was.
    #[error("the credentials are not valid any more; log in again")]
    NotAuthenticated,
    /// K8.
    #[error("this needs a token with the scope `{0}`; ask for one, with a key that is not read-only")]
    InsufficientScope(&'static str),
    /// Rights.
    #[error("this needs the permission `{0}` there; ask an administrator to do it or to give you a role that has it")]
    MissingPermission(&'static str),
    /// Ruling 27.
    #[error("nobody gives what he does not have: you do not hold `{permission}` there, which is part of `{given}`")]
    ExceedsOwnRights {
        /// What the caller lacks.
        permission: String,
        /// The role, or other thing, that was to be given.
        given: String,
    },
    /// L057.
    #[error("the owner may change nothing, so a key that writes would exceed the owner; make a read-only key")]
    OwnerOnlyReads,
    /// Ruling 15, KM-11.
    #[error("a user's key cannot manage keys; use a key of the space that may, or do it as the user")]
    UserKeyCannotManageKeys,
    /// C04.
    #[error("in this space only administrators make keys; ask one of them")]
    KeyCreationRestricted,
    /// L128, L134.
    #[error("the role `{0}` is held in another space; keys reach no space but their owner's own")]
    ForeignDomain(String),
    /// L135.
    #[error("the workspace {0} is closed; reopen it first")]
    ClosedWorkspace(WorkspaceNumber),
    /// L136.
    #[error("the role `{0}` comes from an identity provider; it is given and taken there")]
    IdpRoleElsewhere(String),
    /// L137, C07.
    #[error("{} of the user's keys rest on the role `{role}`; change them first, or take the role from them too", keys.len())]
    RoleOnKeys {
        /// The role.
        role: String,
        /// The keys that would lose it.
        keys: Vec<ApiKeyId>,
    },
    /// C18.
    #[error(
        "the role `{0}` is one of administrators, and a service account has no person behind it; give it to a person"
    )]
    AdminRoleOnServiceAccount(String),
    /// L142.
    #[error("an address of a service account must lie in one of the space's domains: {0}")]
    EmailOutsideDomains(String),
    /// Ruling 15.
    #[error("what acts for a user cannot manage applications; use a key of the space that may, or do it as the user")]
    DelegateCannotManageApplications,
    /// Ruling 15: whoever sets how somebody logs in could log in as that person.
    #[error(
        "what acts for a user cannot set how somebody logs in; use a key of the space that may, or do it as the user"
    )]
    DelegateCannotSetLogins,
    /// The caller is nobody's.
    #[error("this concerns what a user authorized, and the caller acts for no user; name the user instead")]
    NoUser,
    /// AZ-04, A4.
    #[error(transparent)]
    InvalidRedirectUri(#[from] InvalidRedirectUri),
    /// Users have to be sent somewhere.
    #[error("an application needs at least one redirect URI; give the one that users are sent back to")]
    RedirectUriRequired,
    /// Lists have bounds.
    #[error("an application has at most {most} {what}; leave some out")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// Nothing could be asked for.
    #[error("an application needs at least one scope, such as `openid`")]
    ScopeRequired,
    /// Ruling 28.
    #[error(
        "there is no scope `{0}` for applications; there are openid, profile, email, offline_access, read, write and what resource servers registered"
    )]
    UnknownScope(String),
    /// A login without knowing who is none.
    #[error("the scope `openid` is what a login is made of; make it required, or leave it out")]
    OpenIdNotOptional,
    /// One or the other.
    #[error("the scope `{0}` is named as required and as optional; name it once")]
    ScopeGivenTwice(String),
    /// RFC 8707.
    #[error("no resource server of the site serves the audience `{0}`; register it there first")]
    UnknownAudience(String),
    /// Nothing could be signed.
    #[error("the site has no {0} key to sign id tokens with; choose an algorithm that it has, or make such a key")]
    AlgorithmWithoutKey(SigningAlgorithm),
    /// It runs where everybody can look.
    #[error("a public application has no secret; register a confidential one for a program that can keep it")]
    PublicApplication,
    /// The space vouches for what it runs itself.
    #[error("an application of a user cannot be first-party: its user could send everybody's logins elsewhere")]
    FirstPartyOfUser,
    /// Repeated.
    #[error("the space has approved the application already; nothing was changed")]
    AlreadyApproved,
    /// Nothing to withdraw.
    #[error("the space has not approved the application; nothing was changed")]
    NotApproved,
    /// Nobody is invited.
    #[error(transparent)]
    NotInvited(#[from] NotInvited),
    /// No key is moved.
    #[error(transparent)]
    NotMoved(#[from] NotMoved),
    /// Nobody saws off his own branch.
    #[error("nobody deletes or disables himself; ask another administrator")]
    OwnAccount,
    /// Linked accounts.
    #[error("the user still holds roles; take them first")]
    UserHasRoles,
    /// A user who belongs here already.
    #[error("the user is at home in this space and cannot be its guest; give roles instead")]
    GuestAtHome,
    /// Built-in roles are the same everywhere.
    #[error("the role `{0}` is built in and cannot be changed; copy it and change the copy")]
    BuiltInRole(String),
    /// Roles in use.
    #[error("the role `{0}` is still held by users or keys; take it from them first")]
    RoleInUse(String),
    /// A permission that no catalogue has.
    #[error("there is no permission `{0}`; `keystead permission list` shows all")]
    UnknownPermission(String),
    /// L030, L031.
    #[error("the permission `{0}` belongs to roles of an integration alone; copy such a role instead")]
    IntegrationPermission(String),
    /// A permission where it has no meaning.
    #[error("the permission `{permission}` is one of the {level}; a role in workspaces cannot have it")]
    PermissionAboveLevel {
        /// The permission.
        permission: String,
        /// Where it has its meaning.
        level: Level,
    },
    /// Permissions in use.
    #[error("the permission `{0}` is part of a role; take it out of all roles first")]
    PermissionInUse(String),
    /// The last thing that a resource server has registered stands in the way.
    #[error("the resource server has registered permissions; remove them first")]
    PermissionsRegistered,
    /// C11.
    #[error("the space lets a key pair live {most_days} days at most; choose an earlier end")]
    ExpiryBeyondMaximum {
        /// Whole days.
        most_days: u64,
    },
    /// If-Match.
    #[error("somebody has changed it since you read it; read it again and decide anew")]
    ChangedMeanwhile,
    /// Ruling 33.
    #[error("this Idempotency-Key was used for another request; use a new one")]
    IdempotencyKeyReused,
    /// H9.
    #[error(transparent)]
    InvalidWebhookUrl(#[from] InvalidWebhookUrl),
    /// H9.
    #[error(transparent)]
    NoWebhook(#[from] NoWebhook),
    /// Only a development site may change its name.
    #[error("the issuer of a site for production cannot be changed: every token would become foreign")]
    IssuerIsFixed,
}

/// Gives a unique value that is taken its own sentence.
pub(super) fn taken<T>(done: Result<T, store::Error>, otherwise: impl FnOnce() -> Error) -> Result<T, Error> {
    done.map_err(|error| match error {
        store::Error::Duplicate => otherwise(),
        other => Error::Store(other),
    })
}
