//! Makes tokens that the site itself would never make, most of them signed by its own key, and shows them to both places
//! that take a token.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead::{
    crypto::key_ring::RingKey,
    domain::{
        signing_key::{SigningAlgorithm, SigningKeyState},
        time::Timestamp,
    },
    store,
};
use serde_json::Value;

use crate::support::{
    backend::Backend,
    site::{Credential, Server, TestSite},
};
/// A site, its server, its signing keys, and a good token to begin with.
pub(crate) struct Forge {
    pub(crate) site: TestSite,
    pub(crate) server: Server,
    pub(crate) key: Credential,
    pub(crate) token: String,
    pub(crate) signing_keys: Vec<RingKey>,
}

impl Forge {
    pub(crate) fn new() -> Self {
        let site = TestSite::new(Backend::Sqlite);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        let signing_keys = open_all(&site);
        Self { site, server, key, token, signing_keys }
    }

    pub(crate) fn signing_key(&self, algorithm: SigningAlgorithm) -> &RingKey {
        let mut active = self.signing_keys.iter().filter(|key| key.facts().state == SigningKeyState::Active);
        active.find(|key| key.facts().algorithm == algorithm).expect("a key for each algorithm")
    }

    pub(crate) fn part(&self, index: usize) -> Value {
        let part = self.token.split('.').nth(index).expect("three parts");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    }

    pub(crate) fn header(&self) -> Value {
        self.part(0)
    }

    pub(crate) fn claims(&self) -> Value {
        self.part(1)
    }

    pub(crate) fn claims_with(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[name] = value;
        claims.to_string()
    }

    /// A token with a right signature, whatever it says.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        self.sign_by(SigningAlgorithm::Es256, header, claims)
    }

    pub(crate) fn sign_by(&self, algorithm: SigningAlgorithm, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", encoded(header), encoded(claims));
        self.signing_key(algorithm).pair().sign_compact(input).expect("a signature")
    }

    pub(crate) fn with_header(&self, header: &str) -> String {
        self.sign(header, &self.claims().to_string())
    }

    pub(crate) fn with_claims(&self, claims: &str) -> String {
        self.sign(&self.header().to_string(), claims)
    }

    pub(crate) fn is_active(&self, token: &str) -> bool {
        let (server, caller) = (&self.server, &self.site.resource_server);
        let introspected = server.is_active(caller, token);
        assert_eq!(introspected, server.is_active(&self.key, token), "two callers differ over {token}");
        if token.bytes().all(|byte| byte.is_ascii_graphic()) && token.len() < 8_000 {
            let verified = server.verify(caller, token, "");
            assert_eq!(verified.status == 200, introspected, "two endpoints differ over {token}");
            assert!([200, 400, 401].contains(&verified.status), "{}: {token}", verified.status);
        }
        introspected
    }

    pub(crate) fn all_fail<Name: std::fmt::Debug>(&self, forged: impl IntoIterator<Item = (Name, String)>) {
        assert!(self.is_active(&self.with_claims(&self.claims().to_string())), "the forge makes good tokens too");
        for (what, token) in forged {
            assert!(!self.is_active(&token), "{what:?}: {token}");
        }
        assert!(self.is_active(&self.token), "forgeries harm nobody");
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.site.change(|change, _| Ok(change.now()))
    }
}

pub(crate) fn open_all(site: &TestSite) -> Vec<RingKey> {
    let stored = site.store.snapshot(|tx| store::signing_keys::all(tx)).expect("a snapshot");
    let opened = stored.into_iter().map(|key| RingKey::open(key.facts, &key.sealed, &site.deps.master));
    opened.collect::<Result<_, _>>().expect("the keys open")
}

pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
