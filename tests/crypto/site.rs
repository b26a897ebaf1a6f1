//! A site with one key of each algorithm, and tools to sign what the library itself would never sign.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead::{
    crypto::{
        self,
        jwt::{self, RegisteredClaims, Rejected, TokenType, Verified},
        key_ring::{KeyRing, RingKey},
        keyed_hash::{Pepper, Peppers},
        random,
        sealed::MasterKey,
    },
    domain::{
        ids::{Id, PepperId, SigningKeyId},
        signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
        text_enum::TextEnum,
        time::Timestamp,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://id.example.com";
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// A small token: the registered claims, and two members that may hold more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: String,
    pub(crate) exp: i64,
    pub(crate) nbf: i64,
    pub(crate) iat: i64,
    pub(crate) jti: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) workspaces: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) extra: Option<Value>,
}

impl RegisteredClaims for Claims {
    fn issuer(&self) -> &str {
        &self.iss
    }
    fn audience(&self) -> &str {
        &self.aud
    }
    fn expires_at(&self) -> i64 {
        self.exp
    }
    fn not_before(&self) -> i64 {
        self.nbf
    }
    fn issued_at(&self) -> i64 {
        self.iat
    }
}

pub(crate) struct Site {
    pub(crate) master: MasterKey,
    pub(crate) ring: KeyRing,
    stored: Vec<(SigningKeyFacts, Vec<u8>)>,
}

/// Made once: an RSA key takes a while.
pub(crate) static SITE: LazyLock<Site> = LazyLock::new(|| {
    crypto::install_provider();
    let master = MasterKey::generate().unwrap();
    let stored: Vec<_> = SigningAlgorithm::ALL
        .iter()
        .map(|algorithm| {
            let facts = facts(*algorithm, SigningKeyState::Active);
            let sealed = RingKey::generate_sealed(facts.id, *algorithm, &master).unwrap();
            (facts, sealed)
        })
        .collect();
    let keys = stored.iter().map(|(facts, sealed)| open(facts.clone(), sealed, &master)).collect();
    Site { ring: KeyRing::new(keys, Arc::new(peppers(1))), master, stored }
});

impl Site {
    pub(crate) fn key(&self, algorithm: SigningAlgorithm) -> &RingKey {
        self.ring.active(algorithm).unwrap()
    }

    /// The same keys, all in another state.
    pub(crate) fn ring_in_state(&self, state: SigningKeyState) -> KeyRing {
        let keys = self.stored.iter().map(|(facts, sealed)| {
            let facts = SigningKeyFacts { state, ..facts.clone() };
            open(facts, sealed, &self.master)
        });
        KeyRing::new(keys.collect(), Arc::new(peppers(1)))
    }

    pub(crate) fn sealed(&self, algorithm: SigningAlgorithm) -> (SigningKeyFacts, Vec<u8>) {
        self.stored.iter().find(|(facts, _)| facts.algorithm == algorithm).cloned().unwrap()
    }

    pub(crate) fn token(&self, algorithm: SigningAlgorithm) -> String {
        jwt::sign(self.key(algorithm), TokenType::AccessToken, &claims()).unwrap()
    }
}

fn open(facts: SigningKeyFacts, sealed: &[u8], master: &MasterKey) -> Arc<RingKey> {
    Arc::new(RingKey::open(facts, sealed, master).unwrap())
}

pub(crate) fn facts(algorithm: SigningAlgorithm, state: SigningKeyState) -> SigningKeyFacts {
    SigningKeyFacts {
        id: SigningKeyId::generate(NOW, &mut random::seeded().unwrap()),
        algorithm,
        state,
        created_at: NOW,
        state_since: NOW,
    }
}

pub(crate) fn peppers(count: usize) -> Peppers {
    let mut ids = random::seeded().unwrap();
    Peppers::newest_first((0..count).map(|_| Pepper::generate(PepperId::generate(NOW, &mut ids)).unwrap())).unwrap()
}

pub(crate) fn claims() -> Claims {
    Claims {
        iss: ISSUER.to_owned(),
        aud: "https://api.example.com".to_owned(),
        sub: "key_0".to_owned(),
        exp: NOW.as_seconds() + 300,
        nbf: NOW.as_seconds(),
        iat: NOW.as_seconds(),
        jti: "tok_0".to_owned(),
        workspaces: None,
        extra: None,
    }
}

/// The claims as JSON text, to be altered as text.
pub(crate) fn claims_json() -> String {
    serde_json::to_string(&claims()).unwrap()
}

/// The header as JSON, to be altered.
pub(crate) fn header(algorithm: SigningAlgorithm) -> Value {
    json!({ "typ": "at+jwt", "alg": algorithm.as_str(), "kid": SITE.key(algorithm).id().to_string() })
}

/// A token with a right signature, whatever it says.
pub(crate) fn signed(algorithm: SigningAlgorithm, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    let input = format!("{}.{}", encoded(header), encoded(claims));
    SITE.key(algorithm).pair().sign_compact(input).unwrap()
}

/// A token with a right signature and a right header.
pub(crate) fn signed_claims(claims: impl AsRef<[u8]>) -> String {
    signed(SigningAlgorithm::Es256, header(SigningAlgorithm::Es256).to_string(), claims)
}

/// A token with a right signature and right claims.
pub(crate) fn signed_header(header: impl AsRef<[u8]>) -> String {
    signed(SigningAlgorithm::Es256, header, claims_json())
}

pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

pub(crate) fn verify(token: &str) -> Result<Verified<Claims>, Rejected> {
    jwt::verify(token, TokenType::AccessToken, ISSUER, &SITE.ring)
}
