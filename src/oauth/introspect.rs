//! Introspection (RFC 7662): what an API asks about every token it receives. Never writes.

use std::sync::Arc;

use super::{
    Error, OAuth, Refusal,
    active_token::{ActiveToken, find_active},
    client_authentication::{PresentedClient, authenticate},
    verified_tokens::Described,
};

/// What was asked. `token_type_hint` is not among it: there is nothing it could speed up (IN-06).
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub client: PresentedClient<'a>,
    /// About which token.
    pub token: Option<&'a str>,
}

/// The answer.
pub enum Answer {
    /// The token is active; this JSON says what it may be used for now.
    Active(Arc<str>),
    /// It is not, for whatever reason.
    Inactive,
}

impl OAuth {
    /// Answers an introspection request.
    ///
    /// # Errors
    /// A caller that is no client, a missing token, or our own trouble.
    pub async fn introspect(&self, request: Request<'_>) -> Result<Answer, Error> {
        let decided = self.live.decide(async |view| {
            let caller = match authenticate(view, request.client).await? {
                Ok(caller) => caller,
                Err(reason) => return Ok(Err(reason)),
            };
            let Some(token) = request.token else { return Ok(Ok(None)) };
            Ok(Ok(Some(find_active(self, view, token, &caller).await?)))
        });
        match decided.await? {
            Err(reason) => Err(self.refuse_client(request.client, reason)),
            Ok(None) => Err(Refusal::Missing("token").into()),
            Ok(Some(None)) => Ok(Answer::Inactive),
            Ok(Some(Some(active))) => Ok(Answer::Active(description_of(&active))),
        }
    }
}

/// The description depends on nothing but the token and its key's standing, so it is written once for both.
fn description_of(active: &ActiveToken) -> Arc<str> {
    let described = active.token.described.load();
    if let Some(known) = described.as_ref().filter(|known| Arc::ptr_eq(&known.standing, &active.composed)) {
        return Arc::clone(&known.json);
    }
    let json: Arc<str> = serde_json::to_string(&active.describe()).unwrap_or_default().into();
    let described = Described { standing: Arc::clone(&active.composed), json: Arc::clone(&json) };
    active.token.described.store(Some(Arc::new(described)));
    json
}
