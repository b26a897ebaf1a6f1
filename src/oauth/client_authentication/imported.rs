//! Clients that present an id and a secret which their key brought along from another system. Such a secret is checked like
//! a password: slowly, within the bound of hashing, and not at all for whoever guessed too often. An id that nobody has costs
//! the same, so that time tells nobody which ids there are; a site to which nothing was imported hashes nothing.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use zeroize::Zeroizing;

use super::{Client, generated::usable_key};
use crate::{
    crypto::password::{PasswordError, PasswordHash},
    domain::{imported_client::ImportedClientId, key_pair::KeyPair, party::Party},
    live::{Interrupted, View, composed::ComposedStanding},
    oauth::{
        OAuth,
        not_authenticated::{NotAuthenticated, Trial},
        remembered_secrets::Presented,
    },
    store,
};

/// What the view knows of an id that a key has.
struct Known {
    composed: Arc<ComposedStanding>,
    pair: KeyPair,
    hash: PasswordHash,
}

/// The key that this identifier and this secret are of, if it may act; `refused` says what they are by themselves. All records
/// are read before anything is hashed.
pub(super) async fn recognize(
    oauth: &OAuth,
    view: &View<'_>,
    (id, secret): (&str, &str),
    peer: Option<IpAddr>,
    refused: NotAuthenticated,
) -> Result<Result<Client, NotAuthenticated>, Interrupted> {
    let id = ImportedClientId::from_str(id).ok();
    let imports = view.site().await?.has_imported_clients;
    let Some(id) = id.filter(|_| imports) else { return Ok(Err(refused)) };
    let known = find(view, &id).await?;
    let party = known.as_ref().map(|known| Party::of_key(&known.composed.standing, Some(known.pair.public_id)));
    let wrong = NotAuthenticated::wrong_secret(party.or(refused.party));
    let now = view.moment().now;
    let presented = |known: &Known| {
        let presented = Presented { client: &id, pair: known.pair.public_id, hash: &known.hash, secret };
        oauth.remembered.tag(presented, now)
    };
    let tag = known.as_ref().and_then(presented);
    let client = |known: Option<Known>| match known {
        Some(Known { composed, pair, .. }) => usable_key(view, composed, &pair),
        None => Err(wrong),
    };
    if tag.as_ref().is_some_and(|tag| oauth.remembered.remembers(tag, now)) {
        return Ok(client(known));
    }
    let guess = match oauth.wrong_secrets.guess(id.as_str(), peer, now) {
        Ok(guess) => guess,
        Err(wait) => return Ok(Err(NotAuthenticated { trial: Trial::Waits(wait), ..wrong })),
    };
    let found = match is_right(oauth, secret, known.as_ref()).await {
        Ok(true) => client(known),
        Ok(false) => Err(wrong),
        Err(trouble) => {
            oauth.wrong_secrets.give_back(&guess);
            return match trouble {
                PasswordError::Busy => Ok(Err(NotAuthenticated { trial: Trial::Busy, ..wrong })),
                other => Err(Interrupted::Unavailable(store::Error::Unavailable(other.to_string()))),
            };
        }
    };
    Ok(match found {
        Ok(client) => {
            oauth.wrong_secrets.give_back(&guess);
            if let Some(tag) = tag {
                oauth.remembered.remember(tag, now);
            }
            Ok(client)
        }
        Err(refused) => Err(NotAuthenticated { trial: Trial::Guessed { full_until: guess.full_until }, ..refused }),
    })
}

async fn find(view: &View<'_>, id: &ImportedClientId) -> Result<Option<Known>, Interrupted> {
    let Some(key) = view.imported_client(id).await? else { return Ok(None) };
    let Some(composed) = view.standing(key).await? else { return Ok(None) };
    for pair in &composed.standing.key.pairs {
        if let Some(kept) = view.imported_secret(pair.public_id).await? {
            let (pair, hash) = (pair.clone(), kept.0.clone());
            return Ok(Some(Known { composed, pair, hash }));
        }
    }
    Ok(None)
}

async fn is_right(oauth: &OAuth, secret: &str, known: Option<&Known>) -> Result<bool, PasswordError> {
    let secret = Zeroizing::new(secret.to_owned());
    match known {
        Some(known) => oauth.hasher.verify(secret, known.hash.clone()).await,
        None => oauth.hasher.verify_dummy(secret).await.map(|()| false),
    }
}
