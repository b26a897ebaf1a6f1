//! Figures with one label whose values are the words of an enum: each is there from the start, and counting is one addition
//! without a look-up by text.

use std::{
    fmt::{self, Debug, Formatter},
    sync::{Arc, atomic::AtomicU64},
};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder},
    metrics::{MetricType, TypedMetric, counter::Counter, gauge::Gauge},
};

use crate::domain::text_enum::TextEnum;

/// A figure for each word of `L`. Clones share them.
pub struct Labelled<L, M> {
    label: &'static str,
    figures: Arc<[(L, M)]>,
}

/// A counter for each word of `L`.
pub type CounterPer<L> = Labelled<L, Counter>;

/// A figure that goes up and down for each word of `L`.
pub type GaugePer<L> = Labelled<L, Gauge<f64, AtomicU64>>;

impl<L, M> Clone for Labelled<L, M> {
    fn clone(&self) -> Self {
        Self { label: self.label, figures: Arc::clone(&self.figures) }
    }
}

impl<L: TextEnum + PartialEq, M: Default> Labelled<L, M> {
    /// All at zero, under a label of this name.
    #[must_use]
    pub fn new(label: &'static str) -> Self {
        Self { label, figures: L::ALL.iter().map(|word| (*word, M::default())).collect() }
    }

    fn of(&self, word: L) -> Option<&M> {
        self.figures.iter().find(|(known, _)| *known == word).map(|(_, figure)| figure)
    }
}

impl<L: TextEnum + PartialEq> CounterPer<L> {
    /// One more of these.
    pub fn inc(&self, word: L) {
        if let Some(counter) = self.of(word) {
            counter.inc();
        }
    }
}

impl<L: TextEnum + PartialEq> GaugePer<L> {
    /// It is so much now.
    pub fn set(&self, word: L, value: f64) {
        if let Some(gauge) = self.of(word) {
            gauge.set(value);
        }
    }
}

impl<L, M> Debug for Labelled<L, M> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "Labelled({})", self.label)
    }
}

impl<L: TextEnum, M: EncodeMetric + TypedMetric> EncodeMetric for Labelled<L, M> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (word, figure) in self.figures.iter() {
            figure.encode(encoder.encode_family(&[(self.label, word.as_str())])?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}
