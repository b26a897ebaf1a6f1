//! What a key may do, composed of records and kept as long as each of them is valid, so that a warm decision evaluates
//! nothing twice.

use std::sync::Arc;

use super::{
    log::{Log, Moment},
    record::Dependency,
};
use crate::domain::rights::{HeldRole, Standing};

/// A key's standing with the roles that count, and what it was composed of.
pub struct ComposedStanding {
    /// The records it rests on.
    pub standing: Standing,
    /// The roles that count, in the order in which tokens name them.
    pub held_roles: Vec<HeldRole>,
    pub(super) epoch: u64,
    pub(super) dependencies: Vec<Dependency>,
}

impl ComposedStanding {
    pub(super) fn new(standing: Standing, moment: &Moment, dependencies: Vec<Dependency>) -> Arc<Self> {
        let mut held_roles = standing.held_roles();
        held_roles.sort_by(|one, other| (one.place, &one.role.name).cmp(&(other.place, &other.role.name)));
        Arc::new(Self { standing, held_roles, epoch: moment.epoch, dependencies })
    }

    pub(super) fn is_valid_at(&self, moment: &Moment, log: &Log) -> bool {
        self.epoch == moment.epoch && self.dependencies.iter().all(|record| record.is_valid_at(moment, log))
    }
}
