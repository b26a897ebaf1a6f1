//! The use cases that change state. REST, pages and command line call the same functions.
//!
//! Each runs inside one change, synchronously: it checks the rule against rows that nobody else can alter meanwhile,
//! writes rows, the audit event and the change-log entries, and answers. What takes long (RSA keys, password hashes)
//! comes in ready-made. Only [`logins`] waits in between, since the password that is checked decides what is written.

pub mod api_keys;
pub mod application_approvals;
pub mod application_pairs;
pub mod applications;
mod audit;
pub mod audit_chain;
pub mod audit_log;
pub mod authority;
pub mod credentials;
pub mod deps;
pub mod ending_pairs;
pub mod error;
mod error_code;
pub mod event_mail;
pub mod events;
pub mod expiry_notices;
pub mod explain;
pub mod facts;
mod find;
pub mod first_administrator;
pub mod grantable;
pub mod grants;
pub mod health;
mod internal_keys;
pub mod invitation_mail;
pub mod invitations;
pub mod key_ends;
pub mod key_moves;
pub mod key_pairs;
pub mod key_roles;
pub mod key_use;
pub mod leaks;
pub mod logins;
pub mod members;
pub mod names;
pub mod names_of_ids;
pub mod outbox;
pub mod pair_policy;
pub mod reach;
pub mod refusals;
pub mod resource_servers;
pub mod role_request;
pub mod roles;
pub mod scopes;
pub mod sessions;
pub mod setup_links;
pub mod signing_keys;
pub mod site;
pub mod spaces;
mod standing;
pub mod user_roles;
pub mod users;
pub mod webhook_call;
pub mod webhooks;
pub mod workspaces;

pub use credentials::NewCredential;
pub use deps::Deps;
pub use error::Error;
pub use role_request::RoleRequest;
