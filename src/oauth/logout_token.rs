//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4): that a session ended, for one application.

use std::{sync::Arc, time::Duration};

use serde::Serialize;

use super::{Error, token::signed};
use crate::{
    config::Issuer,
    crypto::{jwt::TokenType, key_ring::KeyRing},
    domain::{
        application::Application,
        ids::{ApplicationId, LogoutNoticeId, SessionId, UserId},
        redirect_uri::RedirectUri,
        time::Timestamp,
    },
    live::Live,
    store::logout_notices::LogoutNotice,
};

/// How long a token may be taken. Each attempt to deliver a notice has a token of its own.
const LIFE: Duration = Duration::from_mins(2);

/// What a logout token says. There is no nonce, so that none can be taken for an id token.
#[derive(Serialize)]
struct LogoutTokenClaims<'a> {
    iss: &'a str,
    aud: ApplicationId,
    iat: i64,
    exp: i64,
    jti: LogoutNoticeId,
    sub: UserId,
    sid: SessionId,
    events: Events,
}

/// The one event, with nothing to say about it.
#[derive(Serialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logout: Nothing,
}

#[derive(Serialize)]
struct Nothing {}

/// What is sent, and where.
pub struct LogoutMessage {
    /// Where the application listens.
    pub to: RedirectUri,
    /// The token.
    pub token: String,
}

/// The message that a notice is sent as, at this moment; none if the application no longer wants to hear.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::CannotSign`].
pub async fn message(live: &Live, issuer: &Issuer, notice: &LogoutNotice) -> Result<Option<LogoutMessage>, Error> {
    let decision = async |view: &crate::live::View<'_>| {
        let (application, ring) = (view.application(notice.application).await?, view.key_ring().await?);
        Ok((application, ring, view.moment().now))
    };
    let (application, ring, now) = live.decide(decision).await?;
    let Some(application) = application else { return Ok(None) };
    written(issuer, notice, &application, &ring, now)
}

fn written(
    issuer: &Issuer,
    notice: &LogoutNotice,
    application: &Arc<Application>,
    ring: &KeyRing,
    now: Timestamp,
) -> Result<Option<LogoutMessage>, Error> {
    let Some(to) = application.backchannel_logout_uri.clone() else { return Ok(None) };
    let claims = LogoutTokenClaims {
        iss: issuer.as_str(),
        aud: application.id,
        iat: now.as_seconds(),
        exp: now.plus(LIFE).as_seconds(),
        jti: notice.id,
        sub: notice.user,
        sid: notice.session,
        events: Events { logout: Nothing {} },
    };
    let token = signed(ring, application.id_token_algorithm, TokenType::LogoutToken, &claims)?;
    Ok(Some(LogoutMessage { to, token }))
}
