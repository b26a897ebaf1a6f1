//! The tables of people who come: invitations.
#![expect(missing_docs, reason = "the names of tables and columns speak in the migrations")]

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    invitations (id) {
        id -> IdSql,
        user_id -> IdSql,
        made_at -> BigInt,
        made_at_seq -> BigInt,
        made_by -> Text,
        expires_at -> BigInt,
        delivery -> Text,
        attempts -> BigInt,
        due_at -> Nullable<BigInt>,
        public_id -> Nullable<Text>,
        pepper_id -> Nullable<IdSql>,
        secret_hash -> Nullable<Binary>,
    }
}
