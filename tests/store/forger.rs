//! Somebody with all rights in the database, who knows how seals are computed and lacks the master key: ways to tamper with the
//! audit log, by chance.

use diesel::{QueryResult, RunQueryDsl as _, connection::SimpleConnection as _, sql_query};
use keystead::{
    crypto::audit_chain::follow,
    domain::audit_chain::{Checkpoint, Seal},
    store::{
        audit_chain::reading::{StoredEvent, page},
        db::Db,
    },
};
use rand::{Rng as _, RngExt as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::{chained_site::Past, support::backend::Backend};

/// Columns, and what they hold.
const COLUMNS: [(&str, Kind); 20] = [
    ("id", Kind::Id),
    ("seq", Kind::Number),
    ("at", Kind::Number),
    ("actor_kind", Kind::Actor),
    ("actor_id", Kind::Id),
    ("address", Kind::Text),
    ("action", Kind::Text),
    ("target", Kind::Text),
    ("space_id", Kind::Id),
    ("detail", Kind::Text),
    ("user_id", Kind::Id),
    ("pair", Kind::Text),
    ("grant_id", Kind::Id),
    ("session_id", Kind::Id),
    ("workspace", Kind::Number),
    ("about", Kind::Text),
    ("count", Kind::Number),
    ("last_at", Kind::Number),
    ("position", Kind::Number),
    ("seal", Kind::Bytes),
];

const HEAD: [(&str, Kind); 7] = [
    ("key_id", Kind::Id),
    ("position", Kind::Number),
    ("seal", Kind::Bytes),
    ("kept_after", Kind::Number),
    ("kept_seal", Kind::Bytes),
    ("sealed_at", Kind::Number),
    ("mac", Kind::Bytes),
];

/// Ways to tamper. Some are taken more often than others: they stand here more than once.
pub(crate) const WAYS: usize = 24;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Id,
    Number,
    Text,
    Bytes,
    Actor,
}

/// The forger.
pub(crate) struct Forger<'a> {
    pub(crate) past: &'a mut Past,
    pub(crate) backend: Backend,
    pub(crate) random: StdRng,
    /// Where the chain ends.
    pub(crate) end: i64,
}

/// What it takes to be free of triggers, keys and indexes.
pub(crate) fn take_power(past: &mut Past) {
    let sql = match &past.0 {
        Db::Sqlite(_) => {
            "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; DROP TRIGGER audit_events_stay; \
             DROP TRIGGER audit_events_are_set_once; DROP TRIGGER audit_mentions_stay; \
             DROP TRIGGER audit_mentions_are_set_once; DROP INDEX audit_events_by_position; \
             CREATE INDEX audit_events_by_position ON audit_events (position)"
        }
        Db::Postgres(_) => {
            "SET session_replication_role = replica; DROP INDEX audit_events_by_position; \
             DO $$ DECLARE rule record; BEGIN \
             FOR rule IN SELECT conrelid::regclass AS of, conname FROM pg_constraint \
             WHERE contype = 'c' AND conrelid IN ('audit_events'::regclass, 'audit_head'::regclass) \
             LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', rule.of, rule.conname); END LOOP; END $$"
        }
    };
    past.0.batch_execute(sql).unwrap_or_else(|error| panic!("`{sql}`: {error}"));
}

impl Forger<'_> {
    /// Tampers in one of [`WAYS`]. Answers what was done, or none if the choice changed nothing.
    pub(crate) fn tamper(&mut self, way: usize) -> Option<String> {
        let (one, other) = (self.position(), self.position());
        match way {
            0..8 => self.edit_event(one),
            8 => self.all(&[&format!("DELETE FROM audit_events WHERE position = {one}")]),
            9 => self.delete_and_close_up(one),
            10 => self.swap(one, other, false),
            11 => self.swap(one, other, true),
            12 => self.insert(one),
            13 => {
                let to = [one, self.end + 1, 0][usize::try_from(other % 3).expect("a small number")];
                self.copy(one, to)
            }
            14 => self.all(&[&format!("DELETE FROM audit_events WHERE position > {}", one - 1)]),
            15 => self.all(&[&format!("DELETE FROM audit_events WHERE position <= {one}")]),
            16 => self.cut_the_tail_and_move_the_head(one),
            17 => self.cut_the_beginning_and_move_the_head(one),
            18 => self.edit_head(),
            19 => self.all(&[&format!("UPDATE audit_events SET position = NULL, seal = NULL WHERE position = {one}")]),
            20 | 21 => self.edit_mentions(one),
            22 => self.edit_and_compute_anew(one),
            _ => self.disguise(one),
        }
    }

    fn position(&mut self) -> i64 {
        self.random.random_range(1..=self.end)
    }

    /// Runs statements; each must alter something.
    fn all(&mut self, statements: &[&str]) -> Option<String> {
        for sql in statements {
            let altered = self.execute(sql).unwrap_or_else(|error| panic!("`{sql}`: {error}"));
            if altered == 0 {
                return None;
            }
        }
        Some(statements.join("; "))
    }

    fn execute(&mut self, sql: &str) -> QueryResult<usize> {
        sql_query(sql).execute(&mut self.past.0)
    }

    fn edit_event(&mut self, position: i64) -> Option<String> {
        let (column, kind) = *COLUMNS.choose(&mut self.random).expect("there are columns");
        self.edit("audit_events", column, kind, &format!("position = {position}"))
    }

    fn edit_head(&mut self) -> Option<String> {
        let (column, kind) = *HEAD.choose(&mut self.random).expect("there are columns");
        match self.random.random_range(0..10) {
            0 => self.all(&["DELETE FROM audit_head"]),
            1 => self.all(&["DELETE FROM audit_keys"]),
            2 => self.edit("audit_keys", "sealed", Kind::Bytes, "1 = 1"),
            _ => self.edit("audit_head", column, kind, "id = 1"),
        }
    }

    fn edit(&mut self, table: &str, column: &str, kind: Kind, row: &str) -> Option<String> {
        let value = self.value(column, kind);
        self.all(&[&format!("UPDATE {table} SET {column} = {value} WHERE {row} AND {column} IS DISTINCT FROM {value}")])
    }

    /// Something that a column can hold.
    fn value(&mut self, column: &str, kind: Kind) -> String {
        let nullable =
            ["actor_id", "address", "space_id", "user_id", "pair", "grant_id", "session_id", "workspace", "last_at"];
        if nullable.contains(&column) && self.random.random_ratio(1, 3) {
            return "NULL".to_owned();
        }
        let pick: u64 = self.random.next_u64();
        match (kind, pick % 3) {
            (Kind::Actor, 0) => "'operator'".to_owned(),
            (Kind::Actor, 1) => "'api_key'".to_owned(),
            (Kind::Actor, _) => "''".to_owned(),
            (Kind::Number, 0) => format!("{column} + 1"),
            (Kind::Number, 1) => format!("coalesce({column}, 0) - 1"),
            (Kind::Number, _) => self.random.random_range(0..i64::MAX).to_string(),
            (Kind::Text, 0) => format!("'{pick:x}'"),
            (Kind::Text, 1) => format!("coalesce({column}, '') || ' '"),
            (Kind::Text, _) => format!("replace(coalesce({column}, ' '), 'a', '')"),
            (Kind::Id, _) => self.bytes(16),
            (Kind::Bytes, _) => self.bytes(32),
        }
    }

    fn bytes(&mut self, length: usize) -> String {
        let mut bytes = [0; 32];
        self.random.fill_bytes(&mut bytes);
        let digits: String = Seal::from_bytes(bytes).to_string().chars().take(2 * length).collect();
        match self.backend {
            Backend::Sqlite => format!("X'{digits}'"),
            Backend::Postgres if length == 16 => format!("'{digits}'::uuid"),
            Backend::Postgres => format!(r"'\x{digits}'::bytea"),
        }
    }

    fn delete_and_close_up(&mut self, position: i64) -> Option<String> {
        let delete = format!("DELETE FROM audit_events WHERE position = {position}");
        let close_up = format!("UPDATE audit_events SET position = position - 1 WHERE position > {position}");
        let mentions = "DELETE FROM audit_mentions WHERE event_id NOT IN (SELECT id FROM audit_events)";
        let deleted = self.all(&[&delete, mentions])?;
        self.all(&[&close_up]).map_or(Some(deleted), Some)
    }

    /// Exchanges two events, or their contents alone: then each stands under the seal of the other.
    fn swap(&mut self, one: i64, other: i64, contents: bool) -> Option<String> {
        let (of_one, of_other) = (self.seal_at(one), self.seal_at(other));
        let mut swap = vec![
            format!("UPDATE audit_events SET position = -5 WHERE position = {one} AND position <> {other}"),
            format!("UPDATE audit_events SET position = {one} WHERE position = {other}"),
            format!("UPDATE audit_events SET position = {other} WHERE position = -5"),
        ];
        if contents {
            swap.push(format!("UPDATE audit_events SET seal = {of_one} WHERE position = {one}"));
            swap.push(format!("UPDATE audit_events SET seal = {of_other} WHERE position = {other}"));
        }
        self.all(&swap.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// A copy of an event under another id, at another place.
    fn copy(&mut self, from: i64, to: i64) -> Option<String> {
        let (id, to) = (self.bytes(16), to.to_string());
        let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        let values: Vec<&str> = names
            .iter()
            .map(|name| match *name {
                "id" => id.as_str(),
                "position" => to.as_str(),
                name => name,
            })
            .collect();
        let (names, values) = (names.join(", "), values.join(", "));
        self.all(&[&format!(
            "INSERT INTO audit_events ({names}) SELECT {values} FROM audit_events WHERE position = {from}"
        )])
    }

    fn insert(&mut self, position: i64) -> Option<String> {
        self.all(&[&format!("UPDATE audit_events SET position = position + 1 WHERE position >= {position}")])?;
        self.copy(position + 1, position)
    }

    fn cut_the_tail_and_move_the_head(&mut self, position: i64) -> Option<String> {
        if position == self.end {
            return None;
        }
        let seal = format!("(SELECT seal FROM audit_events WHERE position = {position})");
        let head = format!("UPDATE audit_head SET position = {position}, seal = {seal}");
        let cut = format!("DELETE FROM audit_events WHERE position > {position}");
        let mentions = "DELETE FROM audit_mentions WHERE event_id NOT IN (SELECT id FROM audit_events)";
        self.all(&[&head, &cut, mentions])
    }

    fn cut_the_beginning_and_move_the_head(&mut self, position: i64) -> Option<String> {
        let seal = format!("(SELECT seal FROM audit_events WHERE position = {position})");
        let head = format!("UPDATE audit_head SET kept_after = {position}, kept_seal = {seal}");
        let cut = format!("DELETE FROM audit_events WHERE position <= {position}");
        let mentions = "DELETE FROM audit_mentions WHERE event_id NOT IN (SELECT id FROM audit_events)";
        self.all(&[&head, &cut])?;
        self.execute(mentions).expect("it is a table");
        Some(head)
    }

    fn edit_mentions(&mut self, position: i64) -> Option<String> {
        let of_event = format!("event_id = (SELECT id FROM audit_events WHERE position = {position})");
        let first = format!("{of_event} AND subject = (SELECT min(subject) FROM audit_mentions WHERE {of_event})");
        match self.random.random_range(0..5) {
            0 => self.all(&[&format!("DELETE FROM audit_mentions WHERE {of_event}")]),
            1 => self.all(&[&format!("DELETE FROM audit_mentions WHERE {first}")]),
            2 => self.edit("audit_mentions", "subject", Kind::Text, &first),
            3 => self.edit("audit_mentions", "at", Kind::Number, &first),
            _ => {
                let id = self.bytes(16);
                self.all(&[&format!("UPDATE audit_mentions SET event_id = {id} WHERE {first}")])
            }
        }
    }

    /// The best that can be done without the key: every seal fits, and only the code of the head does not.
    fn edit_and_compute_anew(&mut self, position: i64) -> Option<String> {
        let edited = self.all(&[&format!("UPDATE audit_events SET detail = '{{}}' WHERE position = {position}")])?;
        let mut last = Checkpoint::BEGINNING;
        for stored in self.events() {
            last = follow(last, &stored.event);
            let seal = self.literal(last.seal);
            self.all(&[&format!("UPDATE audit_events SET seal = {seal} WHERE position = {}", last.position)])?;
        }
        let seal = self.literal(last.seal);
        self.all(&[&format!("UPDATE audit_head SET seal = {seal} WHERE seal <> {seal}")])?;
        Some(format!("{edited}, and every seal and the head after it"))
    }

    fn events(&mut self) -> Vec<StoredEvent> {
        page(self.past, 1, i64::MAX).expect("it answers").expect("there are events").events
    }

    fn seal_at(&mut self, position: i64) -> String {
        let events = self.events();
        let found = events.iter().find(|stored| stored.position == position).and_then(|stored| stored.seal);
        self.literal(found.expect("every event is sealed"))
    }

    fn literal(&self, seal: Seal) -> String {
        match self.backend {
            Backend::Sqlite => format!("X'{seal}'"),
            Backend::Postgres => format!(r"'\x{seal}'::bytea"),
        }
    }

    /// A value that reads like the right one and is another; only SQLite takes such.
    fn disguise(&mut self, position: i64) -> Option<String> {
        if self.backend == Backend::Postgres {
            return None;
        }
        let edits = [
            "target = CAST(target AS BLOB)",
            "at = at + 0.5",
            "about = CAST(about AS BLOB)",
            "count = 1.25",
            "seq = 'one'",
        ];
        let edit = *edits.choose(&mut self.random).expect("there are some");
        self.all(&[&format!("UPDATE audit_events SET {edit} WHERE position = {position}")])
    }
}
