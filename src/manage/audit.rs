//! One line for one audit event.

use std::fmt::Display;

use serde_json::Value;

use crate::{
    domain::{audit_event::AuditEntry, authority::Authority, ids::SpaceId},
    store::{self, Change},
};

/// Writes what the caller did to `target`; `detail` never holds a secret.
pub(super) fn write(
    change: &mut Change<'_>,
    authority: &Authority,
    action: &'static str,
    target: impl Display,
    space: Option<SpaceId>,
    detail: Value,
) -> Result<(), store::Error> {
    write_entry(change, authority, &AuditEntry::new(action, target, space, detail))
}

/// The same for what is about more than its target: a workspace, a pair, an owner.
pub(super) fn write_entry(
    change: &mut Change<'_>,
    authority: &Authority,
    entry: &AuditEntry,
) -> Result<(), store::Error> {
    store::audit::insert(change, authority.origin(), entry)
}
