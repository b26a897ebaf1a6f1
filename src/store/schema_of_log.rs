//! The tables of what happened: the change log with its views, audit events, revoked tokens and repeated creations. The
//! tables of what is there stand in [`super::schema`].
#![expect(missing_docs, reason = "the names of tables and columns speak in the migrations")]

use diesel::table;

table! {
    use diesel::sql_types::BigInt;

    change_head (id) {
        id -> BigInt,
        seq -> BigInt,
        clock_high_water -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Text};
    use crate::store::types::IdSql;

    changes (position) {
        position -> BigInt,
        seq -> BigInt,
        kind -> Text,
        subject -> IdSql,
        mark -> Binary,
        at -> BigInt,
    }
}

table! {
    use diesel::sql_types::BigInt;
    use crate::store::types::IdSql;

    revoked_tokens (id) {
        id -> IdSql,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    audit_events (id) {
        id -> IdSql,
        seq -> BigInt,
        at -> BigInt,
        actor_kind -> Text,
        actor_id -> Nullable<IdSql>,
        address -> Nullable<Text>,
        action -> Text,
        target -> Text,
        space_id -> Nullable<IdSql>,
        detail -> Text,
        user_id -> Nullable<IdSql>,
        pair -> Nullable<Text>,
        grant_id -> Nullable<IdSql>,
        session_id -> Nullable<IdSql>,
        workspace -> Nullable<BigInt>,
        about -> Text,
        count -> BigInt,
        last_at -> Nullable<BigInt>,
        position -> Nullable<BigInt>,
        seal -> Nullable<Binary>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::store::types::IdSql;

    audit_mentions (subject, at, event_id) {
        subject -> Text,
        at -> BigInt,
        event_id -> IdSql,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::store::types::IdSql;

    audit_keys (id) {
        id -> IdSql,
        sealed -> Binary,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::store::types::IdSql;

    audit_head (id) {
        id -> BigInt,
        key_id -> IdSql,
        position -> BigInt,
        seal -> Binary,
        kept_after -> BigInt,
        kept_seal -> Binary,
        sealed_at -> BigInt,
        mac -> Binary,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Text};

    idempotent_answers (caller, idempotency_key) {
        caller -> Text,
        idempotency_key -> Text,
        request_hash -> Binary,
        answer -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::BigInt;

    clock (now) {
        now -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Text};
    use crate::store::types::IdSql;

    change_feed (position) {
        position -> BigInt,
        seq -> BigInt,
        mark -> Binary,
        kind -> Text,
        subject -> IdSql,
        head -> BigInt,
        clock_high_water -> BigInt,
        now -> BigInt,
        standby -> Bool,
    }
}
