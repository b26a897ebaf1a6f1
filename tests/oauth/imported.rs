//! What tests of keys from other systems share: such a key, as its clients know it.

use std::num::NonZeroUsize;

use keystead::{
    crypto::password::{PasswordHash, PasswordHasher},
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::Owner,
        authority::Authority,
        ids::ApiKeyId,
        key_pair::{ExpiryPolicy, PublicId},
        name::Description,
    },
    manage::{
        self,
        api_keys::{CreateApiKey, ImportApiKey},
    },
};

use crate::support::site::{Credential, Server, TestSite, name};

/// The secret of the keys that tests import.
pub(crate) const SECRET: &str = "correct horse battery staple";

/// A key that was imported.
pub(crate) struct Imported {
    /// Its id here.
    pub(crate) id: ApiKeyId,
    /// Public half of the pair that stands for its secret.
    pub(crate) pair: PublicId,
    /// The id and the secret of the other system.
    pub(crate) client: Credential,
}

/// What is kept of a secret.
pub(crate) fn hash_of(secret: &str) -> PasswordHash {
    PasswordHasher::new(NonZeroUsize::MIN, 0).hash_blocking(secret).expect("a hash")
}

/// Imports a key that may look at the first workspace.
pub(crate) fn import(site: &TestSite, client_id: &str) -> Imported {
    import_with(site, client_id, SECRET, hash_of(SECRET))
}

/// The same with another secret or a hash of another system.
pub(crate) fn import_with(site: &TestSite, client_id: &str, secret: &str, hash: PasswordHash) -> Imported {
    let input = ImportApiKey {
        key: CreateApiKey {
            space: site.space,
            owner: Owner::Space,
            name: name("From elsewhere"),
            description: Description::default(),
            mode: None,
            roles: vec![site.role("viewer", &[0])],
            expiry: ExpiryPolicy::Never,
            row_level_acknowledged: false,
            allowed_networks: AllowedNetworks::default(),
        },
        client_id: client_id.parse().expect("an id"),
        hash,
    };
    let made = site.change(|change, deps| manage::api_keys::import(change, deps, &Authority::OPERATOR, input));
    let client = client(client_id, secret, made.pair);
    Imported { id: made.id, pair: made.pair, client }
}

fn client(client_id: &str, secret: &str, public_id: PublicId) -> Credential {
    Credential { client_id: client_id.to_owned(), public_id, secret: secret.to_owned() }
}

/// The same client with another secret.
pub(crate) fn with_secret(client: &Credential, secret: &str) -> Credential {
    Credential { secret: secret.to_owned(), ..client.clone() }
}

/// The same secret under another id.
pub(crate) fn under(id: &str, client: &Credential) -> Credential {
    Credential { client_id: id.to_owned(), ..client.clone() }
}

/// How many secrets and passwords this server has hashed.
pub(crate) fn hashed(server: &Server) -> u64 {
    server.logins.hasher().work_done()
}
