//! Operations that anybody may call, without a token: what they get to see of a request, and how often one network may.

use std::{net::IpAddr, sync::Arc, time::Duration};

use ipnet::IpNet;
use parking_lot::Mutex;
use quick_cache::unsync::Cache;
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    body,
    handler::{Handler, Job, Preparation},
    kind::Kind,
    problem::Problem,
    reply::Reply,
};
use crate::{
    domain::{
        network,
        throttle::{Admission, Rate, seconds_to_wait},
        time::Timestamp,
    },
    manage::Deps,
    store::Store,
};

/// Networks that are counted at the same time; the least active are forgotten first.
const COUNTED_AT_ONCE: usize = 20_000;
/// An answer comes no sooner than this: how long the work took says whether there was something to write.
pub(super) const ANSWERED_AFTER: Duration = Duration::from_millis(200);

/// A request of somebody who need not log in.
pub struct Visitor {
    /// The body.
    pub(super) body: serde_json::Map<String, serde_json::Value>,
    /// Where it came from.
    pub address: Option<IpAddr>,
    /// What use cases need.
    pub deps: Deps,
}

/// Reads the request of a visitor; what is left needs the database.
pub(super) type PrepareVisit = dyn Fn(Visitor) -> Result<Job, Problem> + Send + Sync;

/// Takes what somebody hands in: 202, and an answer that says nothing of what came of it.
pub fn hand_in<B, T>(take: fn(&Store, &Visitor, B) -> Result<T, Problem>) -> Handler
where
    B: DeserializeOwned + JsonSchema + Send + 'static,
    T: Serialize + JsonSchema + 'static,
{
    Handler {
        kind: Kind::HandIn,
        body: Some(SchemaGenerator::subschema_for::<B>),
        answer: Some(SchemaGenerator::subschema_for::<T>),
        preparation: Preparation::OfVisitor(Arc::new(move |mut visitor| {
            let input = body::typed::<B>(std::mem::take(&mut visitor.body))?;
            Ok(Box::new(move |store| Reply::json(Kind::HandIn.status(), &take(store, &visitor, input)?)))
        })),
    }
}

/// How often each network has come lately.
pub(super) struct Visits {
    rate: Rate,
    full_until: Mutex<Cache<Option<IpNet>, Timestamp>>,
}

impl Visits {
    /// So many a minute, which may come at once.
    pub(super) fn new(per_minute: u32) -> Self {
        let rate = Rate { burst: per_minute, interval: Duration::from_mins(1) / per_minute.max(1) };
        Self { rate, full_until: Mutex::new(Cache::new(COUNTED_AT_ONCE)) }
    }

    /// Lets a visitor in, or says when to come again.
    pub(super) fn admit(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Problem> {
        let network = address.and_then(network::of_customer);
        let mut full_until = self.full_until.lock();
        match self.rate.admit(full_until.get(&network).copied(), now) {
            Admission::Admitted(until) => {
                full_until.insert(network, until);
                Ok(())
            }
            Admission::Wait(time) => Err(Problem::too_many_requests(seconds_to_wait(time))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_slowed_by_itself_and_let_in_again_after_a_while() {
        let visits = Visits::new(3);
        let (now, address) = (Timestamp::from_seconds(1_000), |text: &str| text.parse::<IpAddr>().ok());
        for _ in 0..3 {
            assert!(visits.admit(address("192.0.2.1"), now).is_ok());
        }
        assert!(visits.admit(address("192.0.2.200"), now).is_err(), "one customer has many addresses");
        assert!(visits.admit(address("198.51.100.1"), now).is_ok());
        assert!(visits.admit(address("192.0.2.1"), now.plus(Duration::from_secs(19))).is_err());
        assert!(visits.admit(address("192.0.2.1"), now.plus(Duration::from_secs(20))).is_ok());
    }
}
