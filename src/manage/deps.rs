//! What use cases need besides the transaction.

use std::sync::Arc;

use super::error::Error;
use crate::{
    crypto::{
        keyed_hash::{Pepper, Peppers},
        sealed::MasterKey,
    },
    store::{signing_keys, transaction::Reads},
};

/// What use cases need besides the transaction.
#[derive(Debug, Clone)]
pub struct Deps {
    /// Opens peppers and seals signing keys.
    pub master: Arc<MasterKey>,
}

impl Deps {
    /// The peppers of the site, opened; the newest first.
    ///
    /// # Errors
    /// [`Error::Sealed`] if the master key is another one, [`Error::NotInitialized`] if there is no pepper.
    pub fn peppers(&self, tx: &mut impl Reads) -> Result<Peppers, Error> {
        let opened = signing_keys::peppers(tx)?
            .iter()
            .map(|kept| Pepper::open(kept.id, &kept.sealed, &self.master))
            .collect::<Result<Vec<_>, _>>()?;
        Peppers::newest_first(opened).map_err(|_| Error::NotInitialized)
    }
}
