//! The OAuth endpoints over HTTP, as clients and resource servers meet them.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod addresses;
mod client_authentication;
mod client_credentials;
mod decoded;
mod explained;
mod explained_secrets;
mod figures;
mod forge;
mod forged_claims;
mod forged_headers;
mod forged_text;
mod http_hygiene;
mod imported;
mod imported_flood;
mod imported_secrets;
mod introspect;
mod introspect_traces;
mod key_pairs;
mod key_set;
mod last_use;
mod lifecycle_of_keys;
mod lifecycle_of_sites;
mod lifecycle_of_users;
mod logout;
mod metadata;
mod moved_keys;
mod nodes;
mod noted;
mod noted_folds;
mod noted_requests;
mod presented_keys;
mod presented_keys_at_introspection;
mod presented_keys_at_verify;
mod presented_keys_over_time;
mod registered_scopes;
mod revoke;
mod rights_in_tokens;
mod smoke;
mod throttling;
mod token_errors;
mod verify;
