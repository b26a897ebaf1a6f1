//! Logging in with a password, and everything that hangs on it: sessions, new passwords, links that set one.
//!
//! Other use cases run inside one change. These hash passwords in between, which takes long, so each reads first, hashes,
//! and then writes: what it writes carries the number of the state it read, so that whatever was taken away meanwhile is
//! dead.

mod account;
pub mod counts;
mod current;
mod device;
mod forgotten;
mod link;
mod log_in;
mod new_password;
mod own_applications;
mod own_sessions;
mod throttling;

use std::{net::IpAddr, sync::Arc};

use super::{Deps, Error, outbox::Outbox};
use crate::{
    config,
    crypto::{key_ring::KeyRing, keyed_hash::Peppers, password::PasswordHasher},
    live::{Live, Moment},
    store::Executor,
};

pub use forgotten::{ResetMail, write_reset};
pub use link::LinkedAccount;
pub use log_in::{LogIn, LoggedInAs, Outcome};
pub use new_password::{ChangePassword, NewPassword, NotSet};

/// Longest text that is kept of what a browser says it is.
const DEVICE_CHARACTERS: usize = 200;

/// Whoever asks, as far as it is known.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Where from.
    pub address: Option<IpAddr>,
    /// What the browser says it is.
    device: String,
}

impl Peer {
    /// Somebody at this address, with a browser that describes itself like this. What cannot be seen is left out of it.
    #[must_use]
    pub fn new(address: Option<IpAddr>, user_agent: &str) -> Self {
        let visible = user_agent.chars().filter(|character| !character.is_control());
        Self { address, device: visible.take(DEVICE_CHARACTERS).collect() }
    }

    /// What the browser says it is.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }
}

/// The logins of one site.
pub struct Logins {
    live: Arc<Live>,
    deps: Deps,
    hasher: PasswordHasher,
    options: config::Logins,
    refusals: throttling::Refusals,
    counts: counts::Counts,
    outbox: Option<Outbox>,
}

impl Logins {
    /// The logins on top of this view. Without an outbox nobody is offered a link by mail.
    #[must_use]
    pub fn new(live: Arc<Live>, options: config::Logins, outbox: Option<Outbox>) -> Self {
        let deps = Deps { master: Arc::clone(live.master()) };
        let hasher = PasswordHasher::new(options.hashing_threads, options.hashing_queue);
        let (refusals, counts) = (throttling::Refusals::default(), counts::Counts::default());
        Self { live, deps, hasher, options, refusals, counts, outbox }
    }

    /// What hashes the passwords.
    #[must_use]
    pub const fn hasher(&self) -> &PasswordHasher {
        &self.hasher
    }

    /// The settings.
    #[must_use]
    pub const fn options(&self) -> &config::Logins {
        &self.options
    }

    /// The present keys of tags and hashes.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keys(&self) -> Result<Keys, Error> {
        let decided = self.live.decide(async |view| Ok((view.key_ring().await?, *view.moment()))).await?;
        let (ring, moment) = decided;
        Ok(Keys { ring, moment })
    }

    fn executor(&self) -> &Executor {
        self.live.executor()
    }
}

/// The keys of tags and hashes at one moment.
#[derive(Debug, Clone)]
pub struct Keys {
    ring: Arc<KeyRing>,
    moment: Moment,
}

impl Keys {
    /// The peppers.
    #[must_use]
    pub fn peppers(&self) -> &Peppers {
        self.ring.peppers()
    }

    /// The moment.
    #[must_use]
    pub const fn moment(&self) -> &Moment {
        &self.moment
    }
}
