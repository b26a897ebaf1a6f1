//! The tables of logins: sessions, requests under way, codes and refresh tokens. Their rows are redeemed without a change.
#![expect(missing_docs, reason = "the names of tables and columns speak in the migrations")]

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    sessions (id) {
        id -> IdSql,
        public_id -> Text,
        pepper_id -> IdSql,
        secret_hash -> Binary,
        user_id -> IdSql,
        made_at_seq -> BigInt,
        created_at -> BigInt,
        authenticated_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
        address -> Nullable<Text>,
        device -> Text,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    authorization_requests (id) {
        id -> IdSql,
        public_id -> Text,
        pepper_id -> IdSql,
        secret_hash -> Binary,
        application_id -> IdSql,
        browser -> Nullable<Binary>,
        parameters -> Text,
        made_at_seq -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::store::types::IdSql;

    families (id) {
        id -> IdSql,
        grant_id -> IdSql,
        session_id -> Nullable<IdSql>,
        scope -> Text,
        resources -> Text,
        authenticated_at -> BigInt,
        made_at_seq -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
    use crate::store::types::IdSql;

    authorization_codes (id) {
        id -> IdSql,
        public_id -> Text,
        pepper_id -> IdSql,
        secret_hash -> Binary,
        family_id -> IdSql,
        redirect_uri -> Text,
        redirect_uri_sent -> Bool,
        code_challenge -> Text,
        nonce -> Nullable<Text>,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    refresh_tokens (id) {
        id -> IdSql,
        public_id -> Text,
        pepper_id -> IdSql,
        secret_hash -> Binary,
        family_id -> IdSql,
        created_at -> BigInt,
        expires_at -> BigInt,
        rotated_at -> Nullable<BigInt>,
        successor -> Nullable<Binary>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary};

    throttles (bucket) {
        bucket -> Binary,
        full_until -> BigInt,
    }
}

table! {
    use diesel::sql_types::BigInt;
    use crate::store::types::IdSql;

    logout_notices (id) {
        id -> IdSql,
        application_id -> IdSql,
        user_id -> IdSql,
        session_id -> IdSql,
        attempts -> BigInt,
        due_at -> BigInt,
        expires_at -> BigInt,
    }
}
