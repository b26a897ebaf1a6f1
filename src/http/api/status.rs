//! Which status tells each refusal of a use case. The one match over all of them: a new refusal does not compile before
//! it has its place here.

use crate::{
    manage::{
        Error,
        refusals::{NoWebhook, NotInvited, NotMoved},
    },
    store,
};

/// The status of the answer; 503 is our own trouble, whose text nobody but the operator sees.
pub(in crate::http) const fn of(error: &Error) -> u16 {
    match error {
        Error::NotInvited(why) => of_not_invited(*why),
        Error::NotMoved(why) => of_not_moved(why),

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
        | Error::DelegateCannotSetLogins
        | Error::NoUser
        | Error::OwnAccount
        | Error::IssuerIsFixed => 403,

        Error::NotFound { .. } => 404,

        Error::AlreadyInitialized { .. }
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
        | Error::NotApproved
        | Error::NoWebhook(NoWebhook::TooMany(_) | NoWebhook::NotActive(_)) => 409,

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
        | Error::InvalidWebhookUrl(_)
        | Error::IdempotencyKeyReused => 422,

        Error::Store(error) => of_store(error),

        Error::Random(_) | Error::Password(_) | Error::Sealed(_) | Error::SigningKey(_) | Error::NotInitialized => 503,
    }
}

const fn of_store(error: &store::Error) -> u16 {
    match error {
        store::Error::Duplicate => 409,
        store::Error::Unavailable(_)
        | store::Error::Refused(_)
        | store::Error::Corrupt { .. }
        | store::Error::NoRandomness
        | store::Error::WrongSchema(_) => 503,
    }
}

const fn of_not_invited(why: NotInvited) -> u16 {
    match why {
        NotInvited::ByDelegate => 403,
        NotInvited::Already
        | NotInvited::NotYet
        | NotInvited::HasPassword
        | NotInvited::LogsInElsewhere
        | NotInvited::NoAddress
        | NotInvited::MailNotConfigured => 409,
    }
}

const fn of_not_moved(why: &NotMoved) -> u16 {
    match why {
        NotMoved::KeyDisabled(_)
        | NotMoved::KeyDoesNotWork(..)
        | NotMoved::NoPair(_)
        | NotMoved::Already { .. }
        | NotMoved::RolesMissing(_) => 409,
        NotMoved::NotAServiceAccount | NotMoved::NotAKeyOfUser(_) | NotMoved::SameOwner => 422,
    }
}
