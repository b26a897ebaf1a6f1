//! The tables, as both backends have them. `tests/store` compares this file with what the migrations make.
#![expect(missing_docs, reason = "the names of tables and columns speak in the migrations")]

use diesel::{allow_tables_to_appear_in_same_query, table};

pub use super::{
    schema_of_applications::{
        application_pairs, application_resources, application_scopes, application_uris, applications, grant_resources,
        grant_scopes, grants, space_applications,
    },
    schema_of_events::{event_deliveries, events, webhooks},
    schema_of_expiry::{expiry_notices, leaks},
    schema_of_imports::{api_key_networks, imported_clients, imported_secrets},
    schema_of_log::{
        audit_events, audit_head, audit_keys, audit_mentions, change_feed, change_head, changes, clock,
        idempotent_answers, revoked_tokens,
    },
    schema_of_logins::{
        authorization_codes, authorization_requests, families, logout_notices, refresh_tokens, sessions, throttles,
    },
    schema_of_people::invitations,
};

table! {
    use diesel::sql_types::{BigInt, Bool, Text};

    site (id) {
        id -> BigInt,
        issuer -> Text,
        development -> Bool,
        default_audience -> Text,
        cut_off -> BigInt,
        created_at -> BigInt,
        last_workspace_number -> BigInt,
        service_admins_allowed -> Bool,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::store::types::IdSql;

    peppers (id) {
        id -> IdSql,
        sealed -> Binary,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Text};
    use crate::store::types::IdSql;

    signing_keys (id) {
        id -> IdSql,
        algorithm -> Text,
        state -> Text,
        sealed -> Binary,
        created_at -> BigInt,
        state_since -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::store::types::IdSql;

    spaces (id) {
        id -> IdSql,
        name -> Text,
        kind -> Text,
        state -> Text,
        api_keys_supported -> Bool,
        api_keys_enabled -> Bool,
        token_life_seconds -> Nullable<BigInt>,
        cut_off -> BigInt,
        keys_cut_off -> BigInt,
        created_at -> BigInt,
        key_creation_restricted -> Bool,
        sso_enabled -> Bool,
        password_life_seconds -> Nullable<BigInt>,
        pair_life_seconds -> Nullable<BigInt>,
        application_policy -> Text,
        revoke_leaked_keys -> Bool,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::store::types::IdSql;

    workspaces (id) {
        space_id -> IdSql,
        id -> IdSql,
        number -> BigInt,
        name -> Text,
        state -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::store::types::IdSql;

    roles (id) {
        home_id -> IdSql,
        id -> IdSql,
        space_id -> Nullable<IdSql>,
        name -> Text,
        description -> Text,
        level -> Text,
        integration -> Text,
        admin_class -> Bool,
        created_at -> BigInt,
        copied_from -> Nullable<IdSql>,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::store::types::IdSql;

    role_permissions (role_id, permission) {
        role_id -> IdSql,
        permission -> Text,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::store::types::IdSql;

    users (id) {
        id -> IdSql,
        home_space_id -> IdSql,
        login -> Text,
        full_name -> Text,
        account_type -> Text,
        state -> Text,
        password_hash -> Nullable<Text>,
        api_keys_enabled -> Bool,
        cut_off -> BigInt,
        keys_cut_off -> BigInt,
        logins_cut_off -> BigInt,
        created_at -> BigInt,
        password_set_at -> Nullable<BigInt>,
        sso_exempt -> Bool,
        last_logged_in_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::store::types::IdSql;

    user_roles (user_id, space_id, role_id, reach_id, source) {
        user_id -> IdSql,
        space_id -> IdSql,
        role_home_id -> IdSql,
        role_id -> IdSql,
        reach_id -> IdSql,
        workspace_id -> Nullable<IdSql>,
        source -> Text,
        since -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::store::types::IdSql;

    api_keys (id) {
        space_id -> IdSql,
        id -> IdSql,
        owner_user_id -> Nullable<IdSql>,
        user_roles -> Nullable<Text>,
        name -> Text,
        description -> Text,
        mode -> Text,
        status -> Text,
        internal -> Nullable<Text>,
        cut_off -> BigInt,
        created_at -> BigInt,
        status_reason -> Nullable<Text>,
        created_by -> Text,
        row_level_acknowledged -> Bool,
        last_used_at -> Nullable<BigInt>,
        writes_since -> BigInt,
        inherits_since -> BigInt,
        moved_to -> Nullable<IdSql>,
        moved_from -> Nullable<IdSql>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    key_pairs (id) {
        space_id -> IdSql,
        id -> IdSql,
        api_key_id -> IdSql,
        slot -> BigInt,
        public_id -> Text,
        pepper_id -> IdSql,
        secret_hash -> Binary,
        hint -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        last_used_from -> Nullable<Text>,
        uses -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::store::types::IdSql;

    api_key_roles (api_key_id, role_id, reach, reach_id) {
        space_id -> IdSql,
        api_key_id -> IdSql,
        role_home_id -> IdSql,
        role_id -> IdSql,
        reach -> Text,
        reach_id -> IdSql,
        workspace_id -> Nullable<IdSql>,
        since -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Text};
    use crate::store::types::IdSql;

    resource_servers (id) {
        id -> IdSql,
        name -> Text,
        state -> Text,
        accepts_api_keys -> Bool,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::store::types::IdSql;

    audiences (audience) {
        audience -> Text,
        resource_server_id -> IdSql,
        since -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    resource_server_pairs (id) {
        resource_server_id -> IdSql,
        id -> IdSql,
        slot -> BigInt,
        public_id -> Text,
        pepper_id -> IdSql,
        secret_hash -> Binary,
        hint -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::store::types::IdSql;

    space_email_domains (space_id, domain) {
        space_id -> IdSql,
        domain -> Text,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::store::types::IdSql;

    user_emails (user_id, email) {
        user_id -> IdSql,
        email -> Text,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::store::types::IdSql;

    permissions (name) {
        name -> Text,
        resource_server_id -> IdSql,
        class -> Text,
        level -> Text,
        description -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::store::types::IdSql;

    scopes (name) {
        name -> Text,
        resource_server_id -> IdSql,
        class -> Text,
        description -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Text};
    use crate::store::types::IdSql;

    setup_links (id) {
        id -> IdSql,
        user_id -> IdSql,
        public_id -> Text,
        pepper_id -> IdSql,
        secret_hash -> Binary,
        made_at_seq -> BigInt,
        expires_at -> BigInt,
    }
}

allow_tables_to_appear_in_same_query!(
    change_head,
    changes,
    site,
    peppers,
    signing_keys,
    spaces,
    workspaces,
    roles,
    role_permissions,
    users,
    user_roles,
    api_keys,
    key_pairs,
    api_key_roles,
    resource_servers,
    audiences,
    resource_server_pairs,
    revoked_tokens,
    audit_events,
    audit_mentions,
    audit_keys,
    audit_head,
    space_email_domains,
    user_emails,
    permissions,
    scopes,
    idempotent_answers,
    setup_links,
    invitations,
    imported_clients,
    imported_secrets,
    api_key_networks,
    applications,
    application_uris,
    application_scopes,
    application_resources,
    application_pairs,
    space_applications,
    grants,
    grant_scopes,
    grant_resources,
    sessions,
    authorization_requests,
    families,
    authorization_codes,
    refresh_tokens,
    throttles,
    logout_notices,
    webhooks,
    events,
    event_deliveries,
    expiry_notices,
    leaks
);
