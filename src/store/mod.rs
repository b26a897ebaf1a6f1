//! The database: connections, transactions, tables, and one file of queries for each aggregate. The only place that knows
//! SQL.
//!
//! One query text serves both backends. What differs between them stands in [`connection`], [`clock`] and [`transaction`].

pub mod accounts;
pub mod admissions;
pub mod api_key_roles;
pub mod api_keys;
pub mod application_approvals;
pub mod application_pairs;
pub mod application_registrations;
pub mod applications;
pub mod audit;
pub mod authorization_codes;
pub mod authorization_requests;
pub mod authorized_applications;
mod batches;
pub mod change_log;
pub mod clock;
pub mod connection;
pub mod connection_counts;
pub mod db;
pub mod error;
pub mod executor;
pub mod families;
pub mod grants;
pub mod group_commit;
pub mod idempotent_answers;
pub mod inspection;
pub mod key_pairs;
pub mod logout_notices;
pub mod migrations;
pub mod pair_uses;
pub mod permissions;
pub mod query_log;
pub mod refresh_tokens;
pub mod resource_servers;
pub mod revoked_tokens;
pub mod roles;
pub mod row;
pub mod rows;
pub mod schema;
mod schema_of_applications;
mod schema_of_log;
mod schema_of_logins;
pub mod scopes;
pub mod search;
pub mod session_ends;
pub mod sessions;
pub mod setup_links;
pub mod signing_keys;
pub mod site;
pub mod spaces;
pub mod throttles;
pub mod transaction;
pub mod types;
pub mod user_roles;
pub mod users;
pub mod workspaces;

pub use connection::{Store, StoreOptions};
pub use error::Error;
pub use executor::Executor;
pub use query_log::QueryLog;
pub use rows::Rows;
pub use transaction::{Change, Redemption, Snapshot, Stamp, Upkeep, Writes};
