//! Deleting what has expired, a few rows at a time: an upkeep keeps changes waiting, and a redemption may hold a row.

/// Deletes at most so many of the rows that the condition names, and leaves the time behind, so that no clock that steps
/// back revives what ended with them. Rows that somebody holds on PostgreSQL are passed over and wait for the next round:
/// whoever waits for no row cannot wait in a circle. On SQLite one alone writes anyway.
macro_rules! delete_some {
    ($upkeep:ident, $table:ident.$key:ident: $type:ty where $condition:expr, at most $most:expr) => {{
        $crate::store::change_log::raise_clock_high_water($upkeep.db, $upkeep.now())?;
        let some = $table::table.filter($condition).limit($most).select($table::$key);
        let keys = match $upkeep.db {
            $crate::store::db::Db::Sqlite(sqlite) => some.load::<$type>(sqlite)?,
            $crate::store::db::Db::Postgres(postgres) => some.for_update().skip_locked().load::<$type>(postgres)?,
        };
        Ok(diesel::delete($table::table.filter($table::$key.eq_any(keys))).execute($upkeep.db)?)
    }};
}
pub(super) use delete_some;
