//! Words of the pages about roles.

use crate::domain::{
    permission::{self, Level, PermissionClass},
    role::{Integration, Role},
};

/// What has just been done, by the word of the query.
pub(in crate::http::pages::console) fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "role-made" => "The role is made. Nobody holds it yet.",
        "role-saved" => "The role is saved. What it lost, its holders have lost already.",
        "role-deleted" => "The role is deleted.",
        _ => return None,
    })
}

/// Where a role can be given.
pub(super) const fn level(of: Level) -> &'static str {
    match of {
        Level::Site => "Site",
        Level::Space => "Whole space",
        Level::Workspace => "Workspaces",
    }
}

/// What a role says about the integration that carries it.
pub(super) const fn integration(of: Integration) -> Option<&'static str> {
    match of {
        Integration::None => None,
        Integration::CiCd => Some("CI/CD"),
        Integration::Bridge => Some("Bridge"),
        Integration::Internal => Some("Services of the product"),
    }
}

/// What permissions of a class let people do.
pub(super) const fn class(of: PermissionClass) -> (&'static str, &'static str) {
    match of {
        PermissionClass::Read => ("Looks", "Needs a token with the scope read."),
        PermissionClass::Write => ("Changes", "Needs a token with the scope write. Read-only keys leave it out."),
    }
}

/// Who may give a role.
pub(super) fn givers(role: &Role) -> &'static str {
    let others_give = |name: &str| permission::administered_by(name).is_some();
    match (role.integration, role.level) {
        (Integration::Internal, _) => "Nobody: services of the product hold it, and nothing else does.",
        (_, Level::Site) => "Those who run the site.",
        _ if role.permissions.iter().all(|held| others_give(&held.name)) => {
            "Whoever manages roles gives it to users; whoever manages keys gives it to keys. What integrations do is given by \
             whoever manages keys, and what a product has registered by whoever manages the space."
        }
        _ => {
            "Whoever manages roles gives it to users, whoever manages keys to keys, and nobody gives what they do not hold \
             there themselves."
        }
    }
}

/// The form of a name.
pub(super) const NAME: &str = "the name of a role has 2 to 64 characters of a-z, 0-9 and _, and begins with a letter";
