//! Folds: what happens often (a use, a denial) has one row of the audit log for each who, where, what and minute, with a
//! count (ruling 32).

use std::{net::IpAddr, ops::AddAssign};

use ipnet::IpNet;
use serde_json::json;

use super::{
    audit_event::{Actor, AuditEntry, Credential, Origin},
    happening::Happening,
    key_pair::PairUse,
    network,
    party::Party,
    sequence::Seq,
    text_enum::TextEnum,
    time::Timestamp,
    workspace::WorkspaceNumber,
};

/// Whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whom {
    /// A client that is known.
    Known(Party),
    /// Somebody who named no client of ours. What was named instead is not kept: it might be a secret in the wrong field.
    Unknown,
    /// Clients for which there was no room by themselves.
    Many,
}

/// Where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whence {
    /// Not known, or from many networks.
    Anywhere,
    /// An address.
    Address(IpAddr),
    /// A network of one customer.
    Network(IpNet),
}

impl Whence {
    fn of(address: Option<IpAddr>) -> Self {
        address.map_or(Self::Anywhere, Self::Address)
    }

    fn as_network(self) -> Self {
        match self {
            Self::Address(address) => network::of_customer(address).map_or(Self::Anywhere, Self::Network),
            other => other,
        }
    }
}

/// The minutes that the database's clock shows, counted since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(i64);

impl Minute {
    /// The minute that this point lies in.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        Self(at.as_seconds().div_euclid(60))
    }

    /// The first point after it.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        Timestamp::from_seconds(self.0.saturating_add(1).saturating_mul(60))
    }
}

/// All that two events have in common which share a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fold {
    whom: Whom,
    whence: Whence,
    workspace: Option<WorkspaceNumber>,
    what: Happening,
    minute: Minute,
}

impl Fold {
    /// The fold of one event. Strangers are told apart by their networks and by nothing that they sent.
    #[must_use]
    pub fn of(party: Option<Party>, from: Option<IpAddr>, what: Happening, at: Timestamp) -> Self {
        let whence = Whence::of(from);
        let (whom, whence) = match party {
            Some(party) => (Whom::Known(party), whence),
            None => (Whom::Unknown, whence.as_network()),
        };
        Self { whom, whence, workspace: None, what, minute: Minute::of(at) }
    }

    /// The same in a workspace that the request names. A stranger's word about it is not kept.
    #[must_use]
    pub const fn in_workspace(self, number: Option<WorkspaceNumber>) -> Self {
        match self.whom {
            Whom::Known(_) => Self { workspace: number, ..self },
            Whom::Unknown | Whom::Many => self,
        }
    }

    /// The same for all clients in its network.
    #[must_use]
    pub fn of_network(self) -> Self {
        Self { whom: Whom::Many, whence: self.whence.as_network(), workspace: None, ..self }
    }

    /// The same for everybody.
    #[must_use]
    pub const fn of_all(self) -> Self {
        Self { whom: Whom::Many, whence: Whence::Anywhere, workspace: None, ..self }
    }

    /// What happened.
    #[must_use]
    pub const fn what(&self) -> Happening {
        self.what
    }

    /// When.
    #[must_use]
    pub const fn minute(&self) -> Minute {
        self.minute
    }

    /// Who did it, for the audit log.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        let address = match self.whence {
            Whence::Address(address) => Some(address),
            Whence::Anywhere | Whence::Network(_) => None,
        };
        match self.whom {
            Whom::Known(Party { actor, credential, authority, .. }) => Origin { actor, credential, authority, address },
            Whom::Unknown | Whom::Many => Origin { address, ..Origin::SYSTEM },
        }
    }

    /// What happened to whom, for the audit log.
    #[must_use]
    pub fn entry(&self) -> AuditEntry {
        let (target, space) = match self.whom {
            Whom::Known(party) => (party.actor.to_string(), party.space),
            Whom::Unknown => ("unknown client".to_owned(), None),
            Whom::Many => ("many clients".to_owned(), None),
        };
        let mut detail = self.what.detail();
        if let (Whence::Network(network), Some(members)) = (self.whence, detail.as_object_mut()) {
            members.insert("network".to_owned(), json!(network.to_string()));
        }
        let action = self.what.action().as_str();
        let entry = AuditEntry::new(action, target, space, detail);
        match self.workspace {
            Some(number) => entry.in_workspace(number),
            None => entry,
        }
    }

    /// The uses of a pair of an API key that these are, if they are such.
    #[must_use]
    pub const fn pair_use(&self, tally: &Tally) -> Option<PairUse> {
        if !self.what.is_use() {
            return None;
        }
        let Origin { actor: Actor::ApiKey(key), credential: Credential::Pair(pair), address, .. } = self.origin()
        else {
            return None;
        };
        Some(PairUse { pair, key, at: tally.last_at, from: address, count: tally.count })
    }
}

/// How often something happened, and between which points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
    /// The number of the last change that the last decision had seen.
    pub seq: Seq,
    /// How often.
    pub count: u64,
}

impl Tally {
    /// Once, at this point.
    #[must_use]
    pub const fn once(at: Timestamp, seq: Seq) -> Self {
        Self { first_at: at, last_at: at, seq, count: 1 }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
        self.seq = self.seq.max(other.seq);
        self.count = self.count.saturating_add(other.count);
    }
}
