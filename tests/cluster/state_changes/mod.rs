//! The table of state changes, line by line: each change is made by the API of one process or by the command line, and
//! what came of it is looked at from another process that knew the state before.
//!
//! On PostgreSQL the API of one server makes the change and a second server is looked at first. On SQLite one server has the
//! file, and the other process is the command line: it makes the change, or it shows what the server has done.

mod keys;
mod login;
mod logins_at_places;
mod logins_of_applications;
mod logins_of_users;
mod pairs;
mod resource_servers;
mod roles;
mod scene;
mod spaces;
mod users;
mod workspaces;
