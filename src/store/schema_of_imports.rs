//! The tables of what keys brought along from other systems, and of the networks that they may be used from.
#![expect(missing_docs, reason = "the names of tables and columns speak in the migrations")]

use diesel::table;

table! {
    use diesel::sql_types::Text;
    use crate::store::types::IdSql;

    imported_clients (client_id) {
        client_id -> Text,
        space_id -> IdSql,
        api_key_id -> IdSql,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::store::types::IdSql;

    imported_secrets (pair_id) {
        pair_id -> IdSql,
        password_hash -> Text,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::store::types::IdSql;

    api_key_networks (api_key_id, network) {
        space_id -> IdSql,
        api_key_id -> IdSql,
        network -> Text,
    }
}
