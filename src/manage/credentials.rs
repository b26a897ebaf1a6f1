//! Making the credentials of clients: the one place where a secret leaves as text.

use super::{deps::Deps, error::Error};
use crate::{
    crypto::secret_text::{NewSecret, SecretKind, SecretText},
    domain::{
        ids::KeyPairId,
        key_pair::{KeyPair, PublicId, Slot},
        time::Timestamp,
    },
    store::Change,
};

/// A pair that was just made. `client_id` is the text form of an API key's or resource server's id.
#[derive(Debug)]
pub struct NewCredential<Client> {
    /// Whose it is.
    pub client_id: Client,
    /// Identifier of the pair.
    pub pair: KeyPairId,
    /// Public half of the pair.
    pub public_id: PublicId,
    /// The secret half, 60 characters; nobody can show it again (L007, KM-01).
    pub secret: SecretText,
    /// When the pair stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

impl<Client> NewCredential<Client> {
    pub(super) fn new(client_id: Client, pair: &KeyPair, secret: SecretText) -> Self {
        Self { client_id, pair: pair.id, public_id: pair.public_id, secret, expires_at: pair.expires_at }
    }
}

/// A new secret and what is kept of it.
pub(super) fn make(
    change: &mut Change<'_>,
    deps: &Deps,
    kind: SecretKind,
    slot: Slot,
    expires_at: Option<Timestamp>,
) -> Result<(KeyPair, SecretText), Error> {
    let peppers = deps.peppers(change)?;
    let secret = NewSecret::generate(kind)?;
    let pair = KeyPair {
        id: change.new_id(),
        slot,
        public_id: secret.public_id,
        secret: peppers.hash(&secret.text),
        hint: secret.text.hint(),
        created_at: change.now(),
        expires_at,
    };
    Ok((pair, secret.text))
}
