//! Introspection (RFC 7662): what an API asks about every token it receives. Never writes.

use std::sync::Arc;

use super::{
    Error, OAuth, Refusal,
    bearer::{Bearer, Credential, find_bearer},
    client_authentication::{Client, NotAuthenticated, PresentedClient, authenticate},
    counts::Introspected,
    verified_tokens::Described,
};

/// What was asked. `token_type_hint` is not among it: there is nothing it could speed up (IN-06).
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub client: PresentedClient<'a>,
    /// About which token; the whole secret of an API key is one for those that may ask about it (ruling 8).
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
                // Whoever knows the name of a public application is nobody yet (I1).
                Ok(Client::Application(caller)) if caller.pair.is_none() => {
                    return Ok(Err(NotAuthenticated::NoCredentials));
                }
                Ok(caller) => caller,
                Err(reason) => return Ok(Err(reason)),
            };
            let Some(token) = request.token else { return Ok(Ok(None)) };
            let credential = Credential::of(token);
            if !may_ask(&caller, credential) {
                return Ok(Ok(Some(None)));
            }
            let found = find_bearer(self, view, credential, &caller).await?;
            Ok(Ok(Some(found.ok().map(|bearer| (bearer, view.moment().now)))))
        });
        match decided.await? {
            Err(reason) => Err(self.refuse_client(request.client, reason)),
            Ok(None) => Err(Refusal::Missing("token").into()),
            Ok(Some(None)) => {
                self.counts.introspected.inc(Introspected::Inactive);
                Ok(Answer::Inactive)
            }
            Ok(Some(Some((bearer, now)))) => {
                self.counts.introspected.inc(Introspected::Active);
                if let Bearer::ApiKey(key) = &bearer {
                    // Where the holder is, only the resource server knows.
                    self.note_use(key, now, None);
                }
                Ok(Answer::Active(description_of(&bearer)))
            }
        }
    }
}

/// What is no token is inactive to everybody but the resource servers that were allowed to ask about API keys (I4).
fn may_ask(caller: &Client, credential: Credential<'_>) -> bool {
    match (credential, caller) {
        (Credential::Token(_), _) => true,
        (_, Client::ResourceServer(server)) => server.accepts_api_keys,
        (_, Client::ApiKey(_) | Client::Application(_)) => false,
    }
}

/// The description of a token depends on nothing but the token and what it rests on, so it is written once for both.
fn description_of(bearer: &Bearer) -> Arc<str> {
    let write = || Arc::from(serde_json::to_string(&bearer.describe()).unwrap_or_default());
    let Bearer::Token(active) = bearer else { return write() };
    let described = active.token.described.load();
    if let Some(known) = described.as_ref().filter(|known| known.basis.is_same_as(&active.basis)) {
        return Arc::clone(&known.json);
    }
    let json: Arc<str> = write();
    let described = Described { basis: active.basis.clone(), json: Arc::clone(&json) };
    active.token.described.store(Some(Arc::new(described)));
    json
}
