//! The public keys of the site (RFC 7517 section 5). The last known ones are shown while the database is out of reach: a key
//! does not stop being public.

use std::sync::Arc;

use super::{Error, OAuth};
use crate::crypto::key_ring::KeyRing;

/// The document, made once for each state of the key ring.
pub struct JwksDocument {
    ring: Arc<KeyRing>,
    /// JSON.
    pub json: String,
}

impl OAuth {
    /// The keys that verify tokens now, and those that soon will.
    ///
    /// # Errors
    /// Our own trouble, if no keys were ever read.
    pub async fn jwks(&self) -> Result<Arc<JwksDocument>, Error> {
        let known = self.jwks.load_full();
        let ring = match (self.live.decide(async |view| view.key_ring().await).await, &known) {
            (Ok(ring), _) => ring,
            (Err(_), Some(known)) => return Ok(Arc::clone(known)),
            (Err(error), None) => return Err(error.into()),
        };
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.ring, &ring)) {
            return Ok(known);
        }
        let json = serde_json::to_string(&ring.jwks()).map_err(|error| Error::CannotSign(error.to_string()))?;
        let document = Arc::new(JwksDocument { ring, json });
        self.jwks.store(Some(Arc::clone(&document)));
        Ok(document)
    }
}
