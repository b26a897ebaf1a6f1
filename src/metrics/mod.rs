//! What operators see of a process in figures. Whoever does something owns the counters of it and registers them once; no
//! figure carries an id, an address or a secret (K6). The library makes the text.

pub mod labelled;
pub mod reading;
pub mod requests;

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use prometheus_client::{
    encoding::prometheus_text,
    metrics::{gauge::ConstGauge, info::Info},
    registry::Registry,
};

/// The `Content-Type` of [`Metrics::render`]: the text format that every Prometheus reads.
pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// The clock of the machine in seconds since 1970, to be shown beside the operator's own. No decision rests on it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "it is shown and decides nothing")]
pub fn machine_clock() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// All figures of one process.
pub struct Metrics {
    registry: Mutex<Registry>,
}

impl Metrics {
    /// The figures of a process of this version that started then, in seconds since 1970.
    #[must_use]
    pub fn new(version: &str, started: f64) -> Self {
        let mut registry = Registry::default();
        let build = Info::new([("version", version.to_owned())]);
        registry.register("keystead_build", "The version that runs", build);
        let help = "When the process started, in seconds since 1970";
        registry.register("process_start_time_seconds", help, ConstGauge::new(started));
        Self { registry: Mutex::new(registry) }
    }

    /// Lets whoever counts something put it in, once.
    pub fn register(&self, register: impl FnOnce(&mut Registry)) {
        register(&mut self.registry.lock());
    }

    /// All figures of this moment, in the text format of Prometheus.
    ///
    /// # Errors
    /// A figure that cannot be written; there is none.
    pub fn render(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry.lock())?;
        Ok(text)
    }
}
