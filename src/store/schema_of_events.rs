//! The tables of events: what happened, where spaces want to hear of it, and what is on its way.
#![expect(missing_docs, reason = "the names of tables and columns speak in the migrations")]

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    webhooks (id) {
        id -> IdSql,
        space_id -> IdSql,
        url -> Text,
        kinds -> Text,
        state -> Text,
        secret -> Binary,
        previous_secret -> Nullable<Binary>,
        previous_until -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::store::types::IdSql;

    events (id) {
        id -> IdSql,
        kind -> Text,
        at -> BigInt,
        space_id -> Nullable<IdSql>,
        owner_user_id -> Nullable<IdSql>,
        subject -> Text,
        pair -> Nullable<Text>,
        detail -> Text,
        mail_until -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::store::types::IdSql;

    event_deliveries (event_id, channel, receiver_id, part) {
        event_id -> IdSql,
        channel -> Text,
        receiver_id -> IdSql,
        part -> BigInt,
        state -> Text,
        attempts -> BigInt,
        due_at -> Nullable<BigInt>,
        expires_at -> BigInt,
        settled_at -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
    }
}
