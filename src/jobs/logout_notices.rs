//! Tells applications that sessions ended (OpenID Connect Back-Channel Logout 1.0). A [courier] takes the
//! notices to them; one may arrive twice, under the same `jti` (OC-07).

use std::{io, sync::Arc, time::Duration};

use tokio::runtime::Runtime;

use super::{
    JobContext,
    counts::Errands,
    courier,
    errand::{Errand, Outcome, Packed},
    outgoing::Outgoing,
};
use crate::{
    config::Issuer,
    domain::{ids::ApplicationId, time::Timestamp},
    live::Live,
    oauth::{self, logout_token},
    store::{Error, Store, logout_notices, logout_notices::LogoutNotice},
};

pub use courier::Told;

/// Whoever takes notices to applications.
pub type Courier = courier::Courier<LogoutErrand>;

/// Notices of logouts, each on its way to an application.
pub struct LogoutErrand {
    live: Arc<Live>,
    issuer: Issuer,
    outgoing: Outgoing,
    runtime: Runtime,
}

impl Courier {
    /// Ready to go.
    ///
    /// # Errors
    /// If the operating system gives no means to wait.
    pub fn new(context: &JobContext, outgoing: Outgoing) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let (live, issuer) = (Arc::clone(&context.live), context.issuer.clone());
        let errand = LogoutErrand { live, issuer, outgoing, runtime };
        Ok(Self::sent_for(errand).counting(context.counts.clone()))
    }
}

impl Errand for LogoutErrand {
    type Item = LogoutNotice;
    type Receiver = ApplicationId;

    const KIND: Errands = Errands::LogoutNotices;
    const NAME: &'static str = "logout-notices";
    const FIRST_DISTANCE: Duration = Duration::from_secs(15);

    fn store(&self) -> &Store {
        self.live.executor().store()
    }

    fn receiver(notice: &LogoutNotice) -> ApplicationId {
        notice.application
    }

    fn attempts(notice: &LogoutNotice) -> i64 {
        notice.attempts
    }

    fn describe(notice: &LogoutNotice) -> String {
        notice.id.to_string()
    }

    fn due(&self, now: Timestamp, except: &[ApplicationId], most: i64) -> Result<Vec<LogoutNotice>, Error> {
        self.store().snapshot(|tx| logout_notices::due(tx, now, except, most))
    }

    fn pack(&self, notice: &LogoutNotice, _: Timestamp) -> Result<Packed, Error> {
        let message = match self.runtime.block_on(logout_token::message(&self.live, &self.issuer, notice)) {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(Packed::Not(Outcome::Unwanted)),
            Err(oauth::Error::Unavailable(error @ Error::Unavailable(_))) => return Err(error),
            Err(error) => return Ok(Packed::Unfit(error.to_string())),
        };
        let outgoing = self.outgoing.clone();
        Ok(Packed::Call(Box::new(move || {
            match outgoing.post_form(message.to.as_str(), &[("logout_token", &message.token)]) {
                Ok(200 | 204) => Outcome::Delivered,
                Ok(status) => Outcome::Failed(format!("it answered {status}")),
                Err(error) => Outcome::Failed(error.to_string()),
            }
        })))
    }

    fn claim(&self, notice: &LogoutNotice, due_again: Timestamp) -> Result<bool, Error> {
        self.store().redeem(|redemption| logout_notices::claim(redemption, notice, due_again))
    }

    fn settle(&self, notice: &LogoutNotice, outcome: &Outcome) -> Result<(), Error> {
        match outcome {
            // Its next attempt is written already.
            Outcome::Failed(_) => Ok(()),
            Outcome::Delivered | Outcome::Unwanted | Outcome::Gone | Outcome::Overdue => {
                self.store().redeem(|redemption| logout_notices::forget(redemption, notice.id))
            }
        }
    }
}
