//! Tells webhooks of events. A [courier](super::courier) takes the events to them; one may arrive twice, under the same
//! `webhook-id`.

use std::{sync::Arc, time::Duration};

use super::{
    JobContext,
    counts::Errands,
    errand::{Errand, Outcome, Packed},
    outgoing::{CallError, Outgoing},
};
use crate::{
    domain::{event::DeliveryState, ids::WebhookId, time::Timestamp},
    live::Live,
    manage::{
        self, Deps,
        webhook_call::{self, WebhookCall},
        webhooks,
    },
    store::{Error, Store, event_deliveries, event_deliveries::Delivery},
};

/// Events, each on its way to a webhook.
pub struct WebhookErrand {
    live: Arc<Live>,
    deps: Deps,
    outgoing: Outgoing,
}

impl WebhookErrand {
    /// Calls in this way.
    #[must_use]
    pub fn new(context: &JobContext, outgoing: Outgoing) -> Self {
        Self { live: Arc::clone(&context.live), deps: context.deps.clone(), outgoing }
    }
}

impl Errand for WebhookErrand {
    type Item = Delivery<WebhookId>;
    type Receiver = WebhookId;

    const KIND: Errands = Errands::Webhooks;
    const NAME: &'static str = "webhooks";
    const FIRST_DISTANCE: Duration = Duration::from_secs(15);

    fn store(&self) -> &Store {
        self.live.executor().store()
    }

    fn receiver(delivery: &Self::Item) -> WebhookId {
        delivery.receiver
    }

    fn attempts(delivery: &Self::Item) -> i64 {
        delivery.attempts
    }

    fn describe(delivery: &Self::Item) -> String {
        delivery.event.to_string()
    }

    fn due(&self, now: Timestamp, except: &[WebhookId], most: i64) -> Result<Vec<Self::Item>, Error> {
        self.store().snapshot(|tx| event_deliveries::due(tx, now, except, most))
    }

    fn pack(&self, delivery: &Self::Item, now: Timestamp) -> Result<Packed, Error> {
        if delivery.expires_at <= now {
            return Ok(Packed::Not(Outcome::Overdue));
        }
        match self.store().snapshot(|tx| webhook_call::of_delivery(tx, &self.deps, delivery, now)) {
            Ok(Some(call)) => {
                let outgoing = self.outgoing.clone();
                Ok(Packed::Call(Box::new(move || send(&outgoing, &call))))
            }
            Ok(None) => Ok(Packed::Not(Outcome::Unwanted)),
            Err(manage::Error::Store(error @ Error::Unavailable(_))) => Err(error),
            Err(error) => Ok(Packed::Unfit(error.to_string())),
        }
    }

    fn claim(&self, delivery: &Self::Item, due_again: Timestamp) -> Result<bool, Error> {
        self.store().redeem(|redemption| event_deliveries::claim(redemption, delivery, due_again))
    }

    fn settle(&self, delivery: &Self::Item, outcome: &Outcome) -> Result<(), Error> {
        if *outcome == Outcome::Gone {
            let noted = self.store().change(|change| webhooks::note_gone(change, delivery.receiver));
            noted.map_err(|error| match error {
                manage::Error::Store(error) => error,
                other => Error::Refused(other.to_string()),
            })?;
        }
        settle(self.store(), delivery, outcome)
    }
}

/// Writes down what became of a delivery, by whatever way it went.
pub(super) fn settle<R: event_deliveries::Receiver>(
    store: &Store,
    delivery: &Delivery<R>,
    outcome: &Outcome,
) -> Result<(), Error> {
    let state = match outcome {
        Outcome::Failed(reason) => {
            return store.redeem(|redemption| event_deliveries::note_failure(redemption, delivery, reason));
        }
        Outcome::Delivered => DeliveryState::Delivered,
        Outcome::Unwanted | Outcome::Gone => DeliveryState::Dropped,
        Outcome::Overdue => DeliveryState::GivenUp,
    };
    store.redeem(|redemption| event_deliveries::settle(redemption, delivery, state))
}

fn send(outgoing: &Outgoing, call: &WebhookCall) -> Outcome {
    let (id, timestamp) = (call.id.to_string(), call.timestamp.to_string());
    let headers =
        [("webhook-id", id.as_str()), ("webhook-timestamp", &timestamp), ("webhook-signature", &call.signatures)];
    let reason = match outgoing.post_json(call.url.as_str(), &headers, &call.body) {
        Ok(200..300) => return Outcome::Delivered,
        Ok(410) => return Outcome::Gone,
        Ok(status) => format!("it answered {status}"),
        // Texts of libraries may repeat the URL, whose path can be a secret.
        Err(CallError::Failed(_)) => "no answer".to_owned(),
        Err(error) => error.to_string(),
    };
    Outcome::Failed(format!("{}: {reason}", call.url.host()))
}
