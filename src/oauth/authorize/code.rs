//! The authorization code and the family that it stands for, made together.

use std::time::Duration;

use super::{kept::Kept, next_step::Asked, redirect::Redirect};
use crate::{
    crypto::secret_text::{NewSecret, SecretKind, SecretText},
    domain::{
        grant::Family,
        ids::GrantId,
        key_pair::KeptSecret,
        sequence::Seq,
        session::Session,
        user_scope::{IdentityScope, UserScopes},
    },
    oauth::{Error, OAuth},
    store::{
        self, Writes,
        authorization_codes::{self, KeptCode},
        families,
    },
};

/// How long a code waits for its exchange (A11).
const LIFE: Duration = Duration::from_mins(1);

/// A code that is about to be kept.
pub(in crate::oauth) struct NewCode {
    secret: KeptSecret,
    text: SecretText,
    offline_life: Duration,
    token_life: Duration,
}

/// What the code stands for.
pub(in crate::oauth) struct Granted<'a> {
    pub(in crate::oauth) grant: GrantId,
    pub(in crate::oauth) session: &'a Session,
    pub(in crate::oauth) scopes: UserScopes,
    pub(in crate::oauth) made_at: Seq,
}

impl OAuth {
    /// A code for this request.
    pub(in crate::oauth) fn new_code(&self, asked: &Asked) -> Result<NewCode, Error> {
        let secret = NewSecret::generate(SecretKind::AuthorizationCode).map_err(|_| store::Error::NoRandomness)?;
        Ok(NewCode {
            secret: KeptSecret { public_id: secret.public_id, hash: asked.ring.peppers().hash(&secret.text) },
            text: secret.text,
            offline_life: self.options().refresh_life,
            token_life: self.options().access_token_life_max,
        })
    }

    /// The answer that carries the code.
    pub(in crate::oauth) fn answer(&self, kept: &Kept, code: &NewCode) -> Redirect {
        Redirect::code(&kept.request.target(), self.options().issuer.as_str(), code.text.expose())
    }
}

impl NewCode {
    /// Keeps the code and its family. Without a refresh token the family lasts as long as its last access token can.
    pub(in crate::oauth) fn insert(
        &self,
        tx: &mut impl Writes,
        kept: &Kept,
        granted: Granted<'_>,
    ) -> Result<(), store::Error> {
        let request = &kept.request;
        let (id, now) = (tx.new_id(), tx.now());
        let offline = granted.scopes.has(IdentityScope::OfflineAccess);
        let life = if offline { self.offline_life } else { LIFE.saturating_add(self.token_life) };
        let family = Family {
            id,
            grant: granted.grant,
            session: Some(granted.session.id),
            scopes: granted.scopes,
            resources: request.resources.clone(),
            authenticated_at: granted.session.authenticated_at,
            made_at: granted.made_at,
            expires_at: now.plus(life),
        };
        families::insert(tx, &family)?;
        let code = KeptCode {
            id: tx.new_id(),
            secret: self.secret.clone(),
            family: id,
            redirect_uri: request.redirect_uri.clone(),
            redirect_uri_sent: request.redirect_uri_sent,
            challenge: request.challenge.clone(),
            nonce: request.nonce.clone(),
            expires_at: now.plus(LIFE),
        };
        authorization_codes::insert(tx, &code)
    }
}
