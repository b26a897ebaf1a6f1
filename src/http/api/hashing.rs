//! Creations with a secret that has to be hashed. That takes long, so it is done between two transactions: the first sees
//! whether the caller may at all, before anything costs something; the second decides it again and makes the thing.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    handler::{ChangeFn, Created, Handler, Job, creation},
    problem::Problem,
    reply::Reply,
    request::{Call, Request},
};
use crate::{
    crypto::password::{PasswordHash, PasswordHasher},
    manage::{self, api_keys::SecretToKeep, authority::Purpose},
    store::{Executor, Rows, Store},
};

type Permit = Box<dyn FnOnce(&Store) -> Result<(), Problem> + Send>;

/// A creation that waits for a hash.
pub(super) struct Hashing {
    permit: Permit,
    secret: SecretToKeep,
    then: Box<dyn FnOnce(PasswordHash) -> Job + Send>,
}

impl Hashing {
    /// Asks for permission, hashes, and makes the thing.
    pub(super) async fn run(self, executor: &Executor, hasher: &PasswordHasher) -> Result<Reply, Problem> {
        executor.run(self.permit).await?;
        let hash = match self.secret {
            SecretToKeep::Hash(hash) => hash,
            SecretToKeep::Plain(secret) => hasher.hash(secret.into_text()).await.map_err(manage::Error::from)?,
        };
        executor.run((self.then)(hash)).await
    }
}

/// Makes a thing of which a hash is kept: 201, or 200 for a repeated `Idempotency-Key`. `permit` refuses whoever may not.
pub(super) fn create_hashed<B, T>(
    permit: fn(&mut Rows<'_>, &Call<'_>) -> Result<(), Problem>,
    secret_of: fn(&mut B) -> Result<SecretToKeep, Problem>,
    create: ChangeFn<(B, PasswordHash), Created<T>>,
) -> Handler
where
    B: DeserializeOwned + JsonSchema + Send + 'static,
    T: Serialize + JsonSchema + 'static,
{
    Handler::hashing::<B, T>(move |request: Request, mut body| {
        let secret = secret_of(&mut body)?;
        let request = Arc::new(request);
        let asked = Arc::clone(&request);
        Ok(Hashing {
            permit: Box::new(move |store| {
                store.snapshot(|tx| {
                    let authority = manage::authority::of_token(tx, &asked.caller, Purpose::Change)?;
                    permit(&mut Rows::of(tx), &Call::new(&asked, &authority))
                })
            }),
            secret,
            then: Box::new(move |hash| creation(request, (body, hash), create)),
        })
    })
}
