//! Userinfo (OpenID Connect Core section 5.3): who the user is, for an application that the user told so.

use std::net::IpAddr;

use serde::Serialize;

use super::{Error, OAuth, active_token::find_active_if};
use crate::{
    domain::{
        access_token::{Acts, Basis},
        happening::Happening,
        ids::UserId,
        user_scope::IdentityScope,
    },
    store::{self, users},
};

/// The answer: what was consented to and no more (OC-05).
#[derive(Debug, Serialize)]
pub struct UserInfo {
    sub: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Nobody proved that mail to the address reaches the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoUserInfo {
    /// The token is not active, whatever the reason.
    Inactive,
    /// It is a machine's, or was not made for this.
    NotForThis,
}

impl NoUserInfo {
    /// The registered error code (RFC 6750 section 3.1).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inactive => "invalid_token",
            Self::NotForThis => "insufficient_scope",
        }
    }
}

impl OAuth {
    /// Answers with what the holder of the token may know of its user. Any of our access tokens with `openid` does,
    /// whatever API it is for.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn userinfo(&self, token: &str, peer: Option<IpAddr>) -> Result<Result<UserInfo, NoUserInfo>, Error> {
        let found = self.live.decide(async |view| {
            let active = match find_active_if(self, view, token, |_| true).await? {
                Ok(active) => active,
                Err(party) => return Ok(Err((NoUserInfo::Inactive, party))),
            };
            let scope = active.scope();
            match (active.token.facts.acts, active.basis.basis()) {
                (Acts::Application { .. }, Basis::Grant(standing, _))
                    if scope.identity.contains(&IdentityScope::OpenId) =>
                {
                    Ok(Ok((standing.admission.user.id, scope)))
                }
                _ => Ok(Err((NoUserInfo::NotForThis, Some(active.party())))),
            }
        });
        let (user, scope) = match found.await? {
            Ok(found) => found,
            Err((reason, party)) => {
                let what = Happening::RequestRefuse { operation: "userinfo", reason: reason.code() };
                self.note_denial(party, peer, what, None);
                return Ok(Err(reason));
            }
        };
        let profiles = self.live.executor().run(move |store| store.snapshot(|tx| users::profiles(tx, &[user])));
        let profiles: Result<_, store::Error> = profiles.await;
        let Some(profile) = profiles?.remove(&user) else { return Ok(Err(NoUserInfo::Inactive)) };
        let told = |wanted| scope.identity.contains(&wanted).then_some(());
        let (of_profile, of_email) = (told(IdentityScope::Profile), told(IdentityScope::Email));
        let email = of_email.and_then(|()| profile.emails.first()).map(|email| email.as_str().to_owned());
        Ok(Ok(UserInfo {
            sub: user,
            name: of_profile.map(|()| profile.full_name.as_str().to_owned()),
            preferred_username: of_profile.map(|()| profile.login.as_str().to_owned()),
            email_verified: email.as_ref().map(|_| false),
            email,
        }))
    }
}
