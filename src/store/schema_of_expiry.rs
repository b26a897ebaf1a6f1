//! The tables of what pairs end by: notices of their expiry, and leaks of their secrets.
#![expect(missing_docs, reason = "the names of tables and columns speak in the migrations")]

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Bool};
    use crate::store::types::IdSql;

    expiry_notices (id) {
        id -> IdSql,
        pair_id -> IdSql,
        expires_at -> BigInt,
        days -> BigInt,
        announced -> Bool,
        noted_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    leaks (id) {
        id -> IdSql,
        public_id -> Text,
        pepper_id -> IdSql,
        secret_hash -> Binary,
        client_kind -> Text,
        client_id -> IdSql,
        reported_at -> BigInt,
        last_reported_at -> BigInt,
        reports -> BigInt,
        network -> Nullable<Text>,
        source -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        last_used_from -> Nullable<Text>,
        uses -> BigInt,
    }
}
