//! Values, states and rules of Keystead, pure: no I/O, and time and randomness come in as arguments.
//!
//! A reader who wants to know *what is allowed* looks here; a reader who wants to know *where it is kept* looks in
//! [`crate::store`].

pub mod access_token;
pub mod account_name;
pub mod api_key;
pub mod application;
pub mod assignment;
pub mod audience;
pub mod audit_action;
pub mod audit_detail;
pub mod audit_event;
pub mod audit_filter;
pub mod audit_record;
pub mod authority;
pub mod catalogue;
pub mod change;
pub mod cut_off;
pub mod email;
pub mod grant;
pub mod grant_standing;
pub mod ids;
pub mod integration_type;
pub mod key_notice;
pub mod key_pair;
pub mod name;
pub mod network;
pub mod page;
pub mod password_policy;
pub mod permission;
pub mod pkce;
pub mod redirect_uri;
pub mod resource_server;
pub mod rights;
pub mod role;
pub mod scope;
pub mod sequence;
pub mod session;
pub mod signing_key;
pub mod site;
pub mod space;
pub mod text_enum;
pub mod throttle;
pub mod time;
pub mod user;
pub mod user_scope;
pub mod workspace;
