//! The operations of the API, one file for each kind of thing.

mod application_bodies;
mod application_life;
mod application_view;
mod applications;
mod approved_applications;
mod audit;
mod audit_view;
mod authorized_applications;
mod events;
mod explain;
mod grantable;
mod invitations;
mod key_actions;
mod key_creation;
mod key_import;
mod key_moves;
mod key_pairs;
mod key_roles;
mod key_secret;
mod key_view;
mod keys;
mod leaks;
mod me;
mod members;
mod pair_policy;
mod people;
mod permissions;
mod reach;
mod resource_server_parts;
mod resource_servers;
mod roles;
mod scopes;
mod site;
mod space_policies;
mod spaces;
mod user_creation;
mod user_roles;
mod user_sessions;
mod users;
mod webhook_actions;
mod webhooks;
mod workspaces;

use super::operation::Operation;

/// All rows of all files.
pub(super) fn operations() -> Vec<Operation> {
    [
        me::operations(),
        explain::operations(),
        site::operations(),
        spaces::operations(),
        workspaces::operations(),
        users::operations(),
        user_creation::operations(),
        invitations::operations(),
        reach::operations(),
        user_roles::operations(),
        user_sessions::operations(),
        members::operations(),
        roles::operations(),
        permissions::operations(),
        resource_servers::operations(),
        resource_server_parts::operations(),
        scopes::operations(),
        keys::operations(),
        key_creation::operations(),
        key_import::operations(),
        key_actions::operations(),
        key_moves::operations(),
        key_pairs::operations(),
        key_roles::operations(),
        grantable::operations(),
        leaks::operations(),
        applications::operations(),
        application_life::operations(),
        approved_applications::operations(),
        authorized_applications::operations(),
        webhooks::operations(),
        webhook_actions::operations(),
        events::operations(),
        audit::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
