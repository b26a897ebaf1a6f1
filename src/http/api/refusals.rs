//! Which refusals an operation can answer with: those of its kind, and its own.

use super::{
    kind::Kind,
    operation::{Needs, Operation},
};

type Refusal = (u16, &'static str);

/// Every operation.
const OF_ALL: &[Refusal] = &[(400, "invalid_parameter"), (400, "unknown_parameter"), (503, "temporarily_unavailable")];
/// Those that need a token.
const OF_TOKENS: &[Refusal] = &[
    (400, "invalid_request"),
    (401, "invalid_token"),
    (401, "no_token"),
    (403, "address_not_allowed"),
    (403, "insufficient_scope"),
];
/// Those that need none.
const OF_VISITORS: &[Refusal] = &[(429, "too_many_requests")];
/// Those with a body.
const OF_BODIES: &[Refusal] = &[
    (400, "malformed_json"),
    (400, "read_only_field"),
    (400, "unknown_field"),
    (400, "incomplete_body"),
    (408, "body_too_slow"),
    (413, "body_too_large"),
    (415, "unsupported_media_type"),
    (422, "invalid_field"),
    (422, "missing_field"),
];
const OF_RIGHTS: &[Refusal] = &[(403, "missing_permission")];
const OF_USERS: &[Refusal] = &[(403, "no_user")];
const OF_PATHS: &[Refusal] = &[(404, "not_found")];
const OF_LISTS: &[Refusal] = &[(400, "invalid_cursor"), (400, "invalid_limit")];
const OF_CONDITIONS: &[Refusal] = &[(412, "changed_meanwhile")];
const OF_CREATIONS: &[Refusal] = &[(400, "invalid_idempotency_key"), (422, "idempotency_key_reused")];

const OF_IMPORTS: &[Refusal] = &[
    (409, "client_id_taken"),
    (422, "hash_algorithm"),
    (422, "hash_malformed"),
    (422, "hash_too_costly"),
    (422, "hash_too_weak"),
    (422, "hash_version"),
    (422, "secret_required"),
    (422, "unacceptable_secret"),
];

/// Refusals for which no operation was found.
pub(super) const OF_ROUTES: &[Refusal] = &[(404, "unknown_path"), (405, "method_not_allowed")];

/// All that the operation may be refused with, by status and code.
#[must_use]
pub fn of(operation: &Operation) -> Vec<(u16, &'static str)> {
    let kind = operation.handler.kind;
    let mut all: Vec<Refusal> = OF_ALL.iter().chain(operation.refusals).copied().collect();
    let mut add = |applies: bool, more: &[Refusal]| {
        if applies {
            all.extend_from_slice(more);
        }
    };
    add(operation.needs != Needs::Nobody, OF_TOKENS);
    add(operation.needs == Needs::Nobody, OF_VISITORS);
    add(operation.handler.takes_body(), OF_BODIES);
    add(matches!(operation.needs, Needs::OneOf(..)), OF_RIGHTS);
    add(matches!(operation.needs, Needs::User), OF_USERS);
    add(operation.path_parameters().next().is_some(), OF_PATHS);
    add(kind == Kind::List, OF_LISTS);
    add(kind.takes_if_match(), OF_CONDITIONS);
    add(kind.is_idempotent_by_key(), OF_CREATIONS);
    add(operation.handler.takes_secret(), OF_IMPORTS);
    all.sort_unstable();
    all.dedup();
    all
}
