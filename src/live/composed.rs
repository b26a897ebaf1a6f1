//! What a key may do, or an application for a user, composed of records and kept as long as each of them is valid, so that a
//! warm decision evaluates nothing twice.

use std::sync::Arc;

use super::{
    log::{Log, Moment},
    record::Dependency,
};
use crate::domain::{
    access_token::Basis,
    grant::Family,
    grant_standing::GrantStanding,
    rights::{HeldRole, Standing},
};

/// A standing with the roles that count, and what it was composed of.
pub struct Composed<S> {
    /// The records it rests on.
    pub standing: S,
    /// The roles that count, in the order in which tokens name them.
    pub held_roles: Vec<HeldRole>,
    pub(super) epoch: u64,
    pub(super) dependencies: Vec<Dependency>,
}

/// Of an API key.
pub type ComposedStanding = Composed<Standing>;

/// Of a user's consent to an application.
pub type ComposedGrant = Composed<GrantStanding>;

impl<S> Composed<S> {
    pub(super) fn new(
        standing: S,
        mut held_roles: Vec<HeldRole>,
        moment: &Moment,
        dependencies: Vec<Dependency>,
    ) -> Arc<Self> {
        held_roles.sort_by(|one, other| (one.place, &one.role.name).cmp(&(other.place, &other.role.name)));
        Arc::new(Self { standing, held_roles, epoch: moment.epoch, dependencies })
    }

    pub(super) fn is_valid_at(&self, moment: &Moment, log: &Log) -> bool {
        self.epoch == moment.epoch && self.dependencies.iter().all(|record| record.is_valid_at(moment, log))
    }
}

/// What a token rests on at one moment, with everything composed.
#[derive(Clone)]
pub enum ComposedBasis {
    /// An API key.
    Key(Arc<ComposedStanding>),
    /// A consent and one authorization under it.
    Grant(Arc<ComposedGrant>, Arc<Family>),
}

impl ComposedBasis {
    /// As the domain reads it.
    #[must_use]
    pub fn basis(&self) -> Basis<'_> {
        match self {
            Self::Key(composed) => Basis::Key(&composed.standing),
            Self::Grant(composed, family) => Basis::Grant(&composed.standing, family),
        }
    }

    /// The roles that count, in the order in which tokens name them.
    #[must_use]
    pub fn held_roles(&self) -> &[HeldRole] {
        match self {
            Self::Key(composed) => &composed.held_roles,
            Self::Grant(composed, _) => &composed.held_roles,
        }
    }

    /// Whether both are the same composition: then whatever follows from one follows from the other.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(one), Self::Key(other)) => Arc::ptr_eq(one, other),
            (Self::Grant(one, of_one), Self::Grant(other, of_other)) => {
                Arc::ptr_eq(one, other) && of_one.id == of_other.id
            }
            _ => false,
        }
    }
}
