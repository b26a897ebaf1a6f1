//! The tables of applications and of what users consented to.
#![expect(missing_docs, reason = "the names of tables and columns speak in the migrations")]

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::store::types::IdSql;

    applications (id) {
        id -> IdSql,
        space_id -> IdSql,
        owner_user_id -> Nullable<IdSql>,
        name -> Text,
        description -> Text,
        kind -> Text,
        state -> Text,
        first_party -> Bool,
        id_token_algorithm -> Text,
        backchannel_logout_uri -> Nullable<Text>,
        cut_off -> BigInt,
        redirects_since -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::store::types::IdSql;

    application_uris (application_id, purpose, uri) {
        application_id -> IdSql,
        purpose -> Text,
        uri -> Text,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Text};
    use crate::store::types::IdSql;

    application_scopes (application_id, scope) {
        application_id -> IdSql,
        scope -> Text,
        required -> Bool,
        since -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::store::types::IdSql;

    application_resources (application_id, audience) {
        application_id -> IdSql,
        audience -> Text,
        since -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::store::types::IdSql;

    application_pairs (id) {
        application_id -> IdSql,
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
    use diesel::sql_types::{BigInt, Bool};
    use crate::store::types::IdSql;

    space_applications (space_id, application_id) {
        space_id -> IdSql,
        application_id -> IdSql,
        approved -> Bool,
        cut_off -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::store::types::IdSql;

    grants (id) {
        id -> IdSql,
        user_id -> IdSql,
        application_id -> IdSql,
        consented_at -> BigInt,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Text};
    use crate::store::types::IdSql;

    grant_scopes (grant_id, scope) {
        grant_id -> IdSql,
        scope -> Text,
        given -> Bool,
        since -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::store::types::IdSql;

    grant_resources (grant_id, audience) {
        grant_id -> IdSql,
        audience -> Text,
        since -> BigInt,
    }
}
