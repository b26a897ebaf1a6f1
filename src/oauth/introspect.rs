//! Introspection (RFC 7662): what an API asks about every token it receives. Never writes.

use std::sync::Arc;

use super::{
    Error, OAuth, Refusal,
    bearer::{Bearer, Credential, NoBearer, find_bearer},
    client_authentication::{Client, PresentedClient},
    counts::Introspected,
    not_authenticated::NotAuthenticated,
    verified_tokens::Described,
};
use crate::{
    domain::{
        audit_fold::Fold,
        happening::{Happening, PresentedTo},
        party::Party,
    },
    live::Moment,
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
            let caller = match self.authenticate(view, request.client).await? {
                // Whoever knows the name of a public application is nobody yet (I1).
                Ok(Client::Application(caller)) if caller.pair.is_none() => {
                    let party = Party::of_application(&caller.application, None);
                    return Ok(Err(NotAuthenticated::nothing_of(Some(party))));
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
            Ok(Ok(Some(Some((found, *view.moment())))))
        });
        match decided.await? {
            Err(reason) => Err(self.refuse_client(request.client, reason)),
            Ok(None) => Err(Refusal::Missing("token").into()),
            Ok(Some(None)) => Ok(self.count_introspection(Answer::Inactive)),
            Ok(Some(Some((found, moment)))) => {
                self.note_presented_key(&found, &moment);
                let answer = found.map_or(Answer::Inactive, |bearer| Answer::Active(description_of(&bearer)));
                Ok(self.count_introspection(answer))
            }
        }
    }

    fn count_introspection(&self, answer: Answer) -> Answer {
        self.counts.introspected.inc(match answer {
            Answer::Active(_) => Introspected::Active,
            Answer::Inactive => Introspected::Inactive,
        });
        answer
    }

    /// Notes what became of an API key that was presented; tokens are not noted. Where the holder is, only the resource
    /// server knows.
    fn note_presented_key(&self, found: &Result<Bearer, NoBearer>, moment: &Moment) {
        match found {
            Ok(Bearer::ApiKey(key)) => {
                let what = Happening::KeyPairUse(PresentedTo::Introspection);
                self.note_use(moment, Fold::of(Some(key.party()), None, what, moment.now));
            }
            Err(NoBearer::ApiKey(refused)) => {
                self.note_denial(refused.party, None, Happening::ClientRefuse(refused.reason), None);
            }
            Ok(Bearer::Token(_)) | Err(NoBearer::Token(_)) => {}
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
