//! The protocol: who a client is, what it gets, and whether a token is active. One file for each endpoint and grant; each
//! takes what was asked and answers with what was decided, and knows nothing of HTTP.

pub mod active_token;
pub mod api_caller;
pub mod authorize;
pub mod bearer;
pub mod claims;
pub mod client_authentication;
pub mod consent;
pub mod counts;
pub mod description;
pub mod error;
pub mod explain;
pub mod families;
mod id_token;
pub mod introspect;
pub mod jwks;
pub mod logout;
pub mod logout_token;
pub mod metadata;
pub mod not_authenticated;
pub mod notes;
pub mod pushed;
mod remembered_secrets;
pub mod revoke;
pub mod token;
pub mod userinfo;
pub mod verified_tokens;
pub mod verify;
pub mod wrong_secrets;

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use prometheus_client::registry::Registry;
use rand::rngs::StdRng;

use crate::{
    config::Issuer,
    crypto::{
        password::PasswordHasher,
        random::{self, RandomUnavailable},
    },
    domain::{
        ids::{ApplicationId, Id, TokenId},
        name::Name,
        scope::RegisteredScope,
        signing_key::SigningAlgorithm,
        time::Timestamp,
    },
    live::Live,
    metrics::reading::Gauge,
};

pub use error::{Error, InvalidGrant, Refusal};

/// What the protocol needs to know of the settings.
#[derive(Debug, Clone)]
pub struct OAuthOptions {
    /// The issuer, byte for byte as tokens and metadata name it.
    pub issuer: Issuer,
    /// Life of access tokens where the space sets none.
    pub access_token_life: Duration,
    /// No access token lives longer.
    pub access_token_life_max: Duration,
    /// Algorithm of access tokens.
    pub signing_algorithm: SigningAlgorithm,
    /// Wrong secrets for one client from one network in a minute, before they are answered 429.
    pub wrong_secrets_per_minute: u32,
    /// A refresh token that is not used for this long stops working.
    pub refresh_idle: Duration,
    /// An authorization ends after this long, however often it is refreshed.
    pub refresh_life: Duration,
    /// Verified tokens kept in memory.
    pub verified_tokens: usize,
}

/// The protocol of one site.
pub struct OAuth {
    live: Arc<Live>,
    options: OAuthOptions,
    verified: verified_tokens::VerifiedTokens,
    wrong_secrets: Arc<wrong_secrets::WrongSecrets>,
    hasher: PasswordHasher,
    remembered: remembered_secrets::RememberedSecrets,
    jwks: ArcSwapOption<jwks::JwksDocument>,
    notes: Arc<notes::Notes>,
    counts: counts::Counts,
    random: Mutex<StdRng>,
}

impl OAuth {
    /// The protocol on top of this view. `hasher` checks imported secrets, within one bound with the passwords of people.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn new(live: Arc<Live>, options: OAuthOptions, hasher: PasswordHasher) -> Result<Self, RandomUnavailable> {
        Ok(Self {
            remembered: remembered_secrets::RememberedSecrets::new(live.present().now)?,
            hasher,
            live,
            verified: verified_tokens::VerifiedTokens::new(options.verified_tokens),
            wrong_secrets: Arc::new(wrong_secrets::WrongSecrets::new(options.wrong_secrets_per_minute)),
            jwks: ArcSwapOption::empty(),
            notes: Arc::default(),
            counts: counts::Counts::default(),
            random: Mutex::new(random::seeded()?),
            options,
        })
    }

    /// Registers what the protocol counts.
    pub fn register(&self, registry: &mut Registry) {
        self.counts.register(registry);
        self.notes.register(registry);
        let counted = Arc::clone(&self.wrong_secrets);
        let buckets = Gauge(move || counted.buckets());
        let help = "Clients and networks whose wrong secrets are counted at the moment";
        registry.register("keystead_wrong_secret_buckets", help, buckets);
    }

    /// The view that decisions read.
    #[must_use]
    pub const fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// What hashes imported secrets.
    #[must_use]
    pub const fn hasher(&self) -> &PasswordHasher {
        &self.hasher
    }

    /// The settings.
    #[must_use]
    pub const fn options(&self) -> &OAuthOptions {
        &self.options
    }

    /// The scopes that resource servers have registered, for people to read.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn registered_scopes(&self) -> Result<Vec<RegisteredScope>, Error> {
        Ok(self.live.decide(async |view| Ok(view.site().await?.scopes.clone())).await?)
    }

    /// What an application is called, if it is there.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn application_name(&self, id: ApplicationId) -> Result<Option<Name>, Error> {
        Ok(self.live.decide(async |view| Ok(view.application(id).await?.map(|found| found.name.clone()))).await?)
    }

    fn new_token_id(&self, at: Timestamp) -> TokenId {
        TokenId::generate(at, &mut *self.random.lock())
    }
}
