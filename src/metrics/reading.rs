//! Figures that somebody keeps anyway and that are read when they are asked for.

use std::fmt::{self, Debug, Formatter};

use prometheus_client::{
    encoding::{EncodeGaugeValue, EncodeMetric, MetricEncoder},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use crate::domain::text_enum::TextEnum;

/// A figure that goes up and down. What gives it must not wait for anything.
pub struct Gauge<F>(pub F);

/// A figure that only grows.
pub struct Count<F>(pub F);

/// A figure that goes up and down, for each word of an enum.
pub struct GaugeOf<L: TextEnum, F: Fn(L) -> u64> {
    label: &'static str,
    read: F,
    words: &'static [L],
}

impl<L: TextEnum, F: Fn(L) -> u64> GaugeOf<L, F> {
    /// Under a label of this name.
    pub const fn new(label: &'static str, read: F) -> Self {
        Self { label, read, words: L::ALL }
    }
}

impl<F> Debug for Gauge<F> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("Gauge")
    }
}

impl<F> Debug for Count<F> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("Count")
    }
}

impl<L: TextEnum, F: Fn(L) -> u64> Debug for GaugeOf<L, F> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "GaugeOf({})", self.label)
    }
}

impl<N: EncodeGaugeValue, F: Fn() -> N> EncodeMetric for Gauge<F> {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        ConstGauge::new((self.0)()).encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

impl<F: Fn() -> u64> EncodeMetric for Count<F> {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        ConstCounter::new((self.0)()).encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

impl<L: TextEnum, F: Fn(L) -> u64> EncodeMetric for GaugeOf<L, F> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for word in self.words {
            let of_word = ConstGauge::new((self.read)(*word));
            of_word.encode(encoder.encode_family(&[(self.label, word.as_str())])?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}
