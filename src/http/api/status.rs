//! Which status tells each refusal of a use case. The one match over all of them: a new refusal does not compile before
//! it has its place here.

use crate::{manage::Error, store};

/// The status of the answer; 503 is our own trouble, whose text nobody but the operator sees.
pub(super) const fn of(error: &Error) -> u16 {
    match error {
        Error::InvalidRedirectUri(_) => 400,

        Error::NotAuthenticated => 401,

        Error::InsufficientScope(_)
        | Error::AddressNotAllowed
        | Error::MissingPermission(_)
        | Error::ExceedsOwnRights { .. }
        | Error::OwnerOnlyReads
        | Error::UserKeyCannotManageKeys
        | Error::KeyCreationRestricted
        | Error::NotSupportedHere
        | Error::KeysDisabledInSpace
        | Error::OwnerKeysDisabled
        | Error::InternalKey
        | Error::InternalRole(_)
        | Error::BuiltInRole(_)
        | Error::DelegateCannotManageApplications
        | Error::NoUser
        | Error::OwnAccount
        | Error::IssuerIsFixed => 403,

        Error::NotFound { .. } => 404,

        Error::Store(store::Error::Duplicate)
        | Error::AlreadyInitialized { .. }
        | Error::NameTaken { .. }
        | Error::LoginTaken
        | Error::AudienceTaken(_)
        | Error::SpaceClosed
        | Error::AlreadyGiven(_)
        | Error::NotAssigned(_)
        | Error::OwnerDisabled
        | Error::ClientIdTaken(_)
        | Error::PairLimit
        | Error::LastPair
        | Error::PairExpired(_)
        | Error::AlreadyRevoked
        | Error::KeyRevoked
        | Error::AlreadyDisabled(_)
        | Error::NotDisabled(_)
        | Error::AlreadyClosed(_)
        | Error::AlreadyOpen(_)
        | Error::RotationUnderWay(..)
        | Error::SigningKeyOutOfUse(_)
        | Error::IdpRoleElsewhere(_)
        | Error::RoleOnKeys { .. }
        | Error::UserHasRoles
        | Error::GuestAtHome
        | Error::RoleInUse(_)
        | Error::PermissionInUse(_)
        | Error::PermissionsRegistered
        | Error::PublicApplication
        | Error::AlreadyApproved
        | Error::NotApproved => 409,

        Error::ChangedMeanwhile => 412,

        Error::ReservedAudience(_)
        | Error::SecretRequired
        | Error::UnacceptableSecret(_)
        | Error::UnacceptableHash(_)
        | Error::AudienceRequired
        | Error::UnknownRole(_)
        | Error::SiteRole(_)
        | Error::SpaceLevelRole(_)
        | Error::WorkspaceRequired(_)
        | Error::ForeignWorkspace(_)
        | Error::BridgeMixed
        | Error::NotHeld(_)
        | Error::IdpRole(_)
        | Error::InheritsRoles
        | Error::OwnRolesOnly
        | Error::ForeignOwner
        | Error::ExpiryInThePast(_)
        | Error::ExpiryBeyondMaximum { .. }
        | Error::ServicePassword
        | Error::WrongReplacement { .. }
        | Error::ForeignDomain(_)
        | Error::ClosedWorkspace(_)
        | Error::AdminRoleOnServiceAccount(_)
        | Error::EmailOutsideDomains(_)
        | Error::UnknownPermission(_)
        | Error::IntegrationPermission(_)
        | Error::PermissionAboveLevel { .. }
        | Error::RedirectUriRequired
        | Error::TooMany { .. }
        | Error::TooManyNetworks(_)
        | Error::ScopeRequired
        | Error::UnknownScope(_)
        | Error::OpenIdNotOptional
        | Error::ScopeGivenTwice(_)
        | Error::UnknownAudience(_)
        | Error::AlgorithmWithoutKey(_)
        | Error::FirstPartyOfUser
        | Error::IdempotencyKeyReused => 422,

        Error::Store(_)
        | Error::Random(_)
        | Error::Password(_)
        | Error::Sealed(_)
        | Error::SigningKey(_)
        | Error::NotInitialized => 503,
    }
}
