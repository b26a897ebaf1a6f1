//! What a database says about its own tables and views: one line for each column, key, unique index and foreign key.

use std::collections::BTreeSet;

use keystead::store::db::Db;

use crate::sql::values;

const OF_SQLITE: [&str; 5] = [
    "SELECT 'view ' || m.name || ' ' || c.cid || ' ' || c.name AS value \
     FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'view'",
    "SELECT 'column ' || m.name || ' ' || c.cid || ' ' || c.name || ' ' \
         || CASE c.type WHEN 'BIGINT' THEN 'BigInt' WHEN 'INTEGER' THEN 'BigInt' WHEN 'TEXT' THEN 'Text' WHEN 'BOOLEAN' THEN 'Bool' \
            WHEN 'BLOB' THEN 'Blob' ELSE c.type END \
         || CASE WHEN c.\"notnull\" THEN '' ELSE ' nullable' END AS value \
     FROM sqlite_master m JOIN pragma_table_info(m.name) c \
     WHERE m.type = 'table' AND m.name <> '__diesel_schema_migrations'",
    "SELECT 'primary key ' || m.name || ' (' || group_concat(c.name, ', ' ORDER BY c.pk) || ')' AS value \
     FROM sqlite_master m JOIN pragma_table_info(m.name) c \
     WHERE m.type = 'table' AND c.pk > 0 AND m.name <> '__diesel_schema_migrations' GROUP BY m.name",
    "SELECT 'unique ' || m.name || ' (' \
         || (SELECT group_concat(name, ', ' ORDER BY seqno) FROM pragma_index_info(i.name)) || ') ' \
         || coalesce((SELECT substr(x.sql, instr(x.sql, ' WHERE ') + 1) FROM sqlite_master x \
                      WHERE x.name = i.name AND i.partial), '') AS value \
     FROM sqlite_master m JOIN pragma_index_list(m.name) i \
     WHERE m.type = 'table' AND i.\"unique\" AND i.origin <> 'pk'",
    "SELECT 'foreign key ' || m.name || ' (' || group_concat(f.\"from\", ', ' ORDER BY f.seq) || ') to ' || f.\"table\" \
         || ' (' || group_concat(f.\"to\", ', ' ORDER BY f.seq) || ') on delete ' || f.on_delete AS value \
     FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id",
];

const OF_POSTGRES: [&str; 5] = [
    "SELECT 'view ' || v.table_name || ' ' || c.ordinal_position - 1 || ' ' || c.column_name AS value \
     FROM information_schema.views v JOIN information_schema.columns c USING (table_schema, table_name) \
     WHERE v.table_schema = 'public'",
    "SELECT 'column ' || table_name || ' ' || row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position) - 1 || ' ' || column_name || ' ' \
         || CASE data_type WHEN 'bigint' THEN 'BigInt' WHEN 'text' THEN 'Text' WHEN 'boolean' THEN 'Bool' \
            WHEN 'uuid' THEN 'IdSql' WHEN 'bytea' THEN 'Binary' ELSE data_type END \
         || CASE is_nullable WHEN 'NO' THEN '' ELSE ' nullable' END AS value \
     FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) \
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> '__diesel_schema_migrations'",
    "SELECT 'primary key ' || i.indrelid::regclass || ' (' \
         || (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place) \
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) || ')' AS value \
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
     WHERE c.relnamespace = 'public'::regnamespace AND i.indisprimary AND c.relname <> '__diesel_schema_migrations'",
    "SELECT 'unique ' || i.indrelid::regclass || ' (' \
         || (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place) \
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) || ') ' \
         || coalesce('WHERE ' || translate(replace(pg_get_expr(i.indpred, i.indrelid), '::text', ''), '()', ''), '') AS value \
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
     WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND NOT i.indisprimary",
    "SELECT 'foreign key ' || f.conrelid::regclass || ' (' \
         || (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(number, place) \
             JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number) || ') to ' || f.confrelid::regclass || ' (' \
         || (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k(number, place) \
             JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.number) || ') on delete ' \
         || CASE f.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' \
         ELSE f.confdeltype::text END AS value \
     FROM pg_constraint f WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace",
];

/// Everything the database knows of its tables and views, except those of the migrations themselves.
pub(crate) fn read(db: &mut Db) -> BTreeSet<String> {
    let queries = if matches!(db, Db::Sqlite(_)) { OF_SQLITE } else { OF_POSTGRES };
    queries.iter().flat_map(|sql| values(db, sql)).collect()
}

/// The columns and primary keys that a file of `diesel::table!` declares, in the same lines.
pub(crate) fn of_schema_file(text: &str) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut table = None;
    for line in text.lines().map(str::trim) {
        if let Some((name, key)) = line.strip_suffix(") {").and_then(|head| head.split_once(" (")) {
            lines.insert(format!("primary key {name} ({key})"));
            table = Some((name, 0));
        } else if let (Some((name, column)), Some((field, sql_type))) = (&mut table, line.split_once(" -> ")) {
            let sql_type = sql_type.trim_end_matches(',');
            let nullable = sql_type.strip_prefix("Nullable<").and_then(|inner| inner.strip_suffix('>'));
            let (sql_type, suffix) = nullable.map_or((sql_type, ""), |inner| (inner, " nullable"));
            lines.insert(format!("column {name} {column} {field} {sql_type}{suffix}"));
            *column += 1;
        }
    }
    lines
}

/// The columns of views as a database tells them: without key, types and nullability.
pub(crate) fn with_views(lines: &BTreeSet<String>, is_view: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let read = |line: &String| {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["column", name, place, field, ..] if is_view(name) => Some(format!("view {name} {place} {field}")),
            ["primary", "key", name, ..] if is_view(name) => None,
            _ => Some(line.clone()),
        }
    };
    lines.iter().filter_map(read).collect()
}

/// The same lines with the one word that SQLite has for ids and for bytes.
pub(crate) fn in_words_of_sqlite(lines: &BTreeSet<String>) -> BTreeSet<String> {
    lines.iter().map(|line| line.replace(" IdSql", " Blob").replace(" Binary", " Blob")).collect()
}

/// What only one of them has, for a message.
pub(crate) fn differences(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Vec<String> {
    one.symmetric_difference(other).cloned().collect()
}
