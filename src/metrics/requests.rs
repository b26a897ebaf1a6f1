//! Requests by endpoint and status, and how long they took. Every worker has figures of its own, which are added up when
//! somebody asks: workers contend for nothing, and a request costs a few additions.

use std::{
    array,
    collections::BTreeMap,
    fmt::{self, Debug, Formatter},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use parking_lot::Mutex;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet},
    metrics::{MetricType, counter::ConstCounter},
    registry::Registry,
};

/// Upper bounds of the steps in which times are counted, in microseconds; whatever takes longer is counted beyond them.
const STEPS: [u64; 11] = [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000, 5_000_000];

/// The classes of statuses.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The requests of one process.
#[derive(Clone, Default)]
pub struct Requests {
    workers: Arc<Mutex<Vec<Arc<Endpoint>>>>,
}

/// What one worker counts of one endpoint.
pub struct Endpoint {
    template: String,
    classes: [AtomicU64; CLASSES.len()],
    steps: [AtomicU64; STEPS.len()],
    beyond: AtomicU64,
    micros: AtomicU64,
}

impl Requests {
    /// Figures for whoever serves this endpoint alone. The template is that of a route and never a path that somebody sent:
    /// each makes figures that stay.
    #[must_use]
    pub fn endpoint(&self, template: &str) -> Arc<Endpoint> {
        let endpoint = Arc::new(Endpoint {
            template: template.to_owned(),
            classes: array::from_fn(|_| AtomicU64::new(0)),
            steps: array::from_fn(|_| AtomicU64::new(0)),
            beyond: AtomicU64::new(0),
            micros: AtomicU64::new(0),
        });
        self.workers.lock().push(Arc::clone(&endpoint));
        endpoint
    }

    /// Registers the figures.
    pub fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(self.clone()));
    }

    fn totals(&self) -> BTreeMap<String, Totals> {
        let mut totals: BTreeMap<String, Totals> = BTreeMap::new();
        for endpoint in self.workers.lock().iter() {
            totals.entry(endpoint.template.clone()).or_default().add(endpoint);
        }
        totals
    }
}

impl Endpoint {
    /// The template of the route.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// Counts an answer.
    pub fn count(&self, status: u16, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(class) = self.classes.get(usize::from((status / 100).saturating_sub(1))) {
            class.fetch_add(1, Relaxed);
        }
        let step = STEPS.iter().zip(&self.steps).find(|(most, _)| micros <= **most);
        step.map_or(&self.beyond, |(_, step)| step).fetch_add(1, Relaxed);
        self.micros.fetch_add(micros, Relaxed);
    }
}

/// An endpoint on all workers.
#[derive(Default)]
struct Totals {
    classes: [u64; CLASSES.len()],
    steps: [u64; STEPS.len()],
    beyond: u64,
    micros: u64,
}

impl Totals {
    fn add(&mut self, endpoint: &Endpoint) {
        let add = |to: &mut u64, from: &AtomicU64| *to = to.saturating_add(from.load(Relaxed));
        self.classes.iter_mut().zip(&endpoint.classes).for_each(|(to, from)| add(to, from));
        self.steps.iter_mut().zip(&endpoint.steps).for_each(|(to, from)| add(to, from));
        add(&mut self.beyond, &endpoint.beyond);
        add(&mut self.micros, &endpoint.micros);
    }

    /// As the library writes them: seconds and counts.
    fn buckets(&self) -> Vec<(f64, u64)> {
        let bounded = STEPS.iter().zip(&self.steps);
        bounded.map(|(most, count)| (Duration::from_micros(*most).as_secs_f64(), *count)).collect()
    }

    fn count(&self) -> u64 {
        self.steps.iter().sum::<u64>().saturating_add(self.beyond)
    }
}

impl Debug for Requests {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("Requests")
    }
}

impl Collector for Requests {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let totals = self.totals();
        let help = "Requests by the template of their path and the class of the answer's status.";
        let mut requests = encoder.encode_descriptor("keystead_http_requests", help, None, MetricType::Counter)?;
        for (template, total) in &totals {
            for (class, count) in CLASSES.iter().zip(total.classes).filter(|(_, count)| *count > 0) {
                let labels = [("endpoint", template.as_str()), ("status", class)];
                ConstCounter::new(count).encode(requests.encode_family(&labels)?)?;
            }
        }
        let (name, help) = ("keystead_http_request_duration_seconds", "Time from the head of a request to its answer.");
        let mut durations = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (template, total) in &totals {
            let seconds = Duration::from_micros(total.micros).as_secs_f64();
            let labels = [("endpoint", template.as_str())];
            let mut duration = durations.encode_family(&labels)?;
            duration.encode_histogram::<NoLabelSet>(seconds, total.count(), &total.buckets(), None)?;
        }
        Ok(())
    }
}
