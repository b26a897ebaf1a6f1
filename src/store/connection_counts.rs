//! How busy the connections are, for operators.

use prometheus_client::registry::Registry;

use super::connection::Store;
use crate::{
    domain::text_enum::text_enum,
    metrics::reading::{Gauge, GaugeOf},
};

text_enum! {
    /// What a connection does.
    Occupation {
        /// Somebody works on it.
        Busy = "in_use",
        /// It waits for somebody.
        Idle = "idle",
    }
}

impl Store {
    /// Registers how busy the connections are.
    pub fn register(&self, registry: &mut Registry) {
        let store = self.clone();
        let connections = GaugeOf::new("state", move |occupation| store.count(occupation));
        registry.register("keystead_database_connections", "Open connections to the database", connections);
        let store = self.clone();
        let waiting = Gauge(move || store.changes_waiting());
        let help = "Changes that wait for their turn on the one connection of SQLite that writes";
        registry.register("keystead_database_changes_waiting", help, waiting);
    }

    fn count(&self, occupation: Occupation) -> u64 {
        let of_pool = |state: r2d2::State| match occupation {
            Occupation::Busy => state.connections.saturating_sub(state.idle_connections),
            Occupation::Idle => state.idle_connections,
        };
        let writers = if self.is_embedded() { of_pool(self.writers.state()) } else { 0 };
        u64::from(writers.saturating_add(of_pool(self.readers.state())))
    }
}

/// The connections of this process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupied {
    /// Somebody works on them.
    pub busy: u64,
    /// So many there can be.
    pub most: u64,
}

impl Store {
    /// How busy the connections are now.
    #[must_use]
    pub fn occupied(&self) -> Occupied {
        let writers = u64::from(self.is_embedded());
        Occupied { busy: self.count(Occupation::Busy), most: u64::from(self.connections()) + writers }
    }
}
