//! The statements that connections run, written down for tests of how many there are and how they are planned.

use std::sync::Arc;

use diesel::connection::{Connection, DebugQuery, InstrumentationEvent};
use parking_lot::Mutex;

/// What diesel puts between a statement and the values bound to it when it shows both.
const BEFORE_BINDS: &str = " -- binds: ";

/// A list of statements that all who hold a copy share.
#[derive(Debug, Clone, Default)]
pub struct QueryLog {
    statements: Arc<Mutex<Vec<String>>>,
}

impl QueryLog {
    /// The statements begun since the last call, in order, without the values bound to them: those may be secrets.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.statements.lock())
    }

    /// Writes down what this connection runs from now on, if there is a log.
    pub(super) fn watch(log: Option<&Self>, connection: &mut impl Connection) {
        let Some(log) = log.cloned() else { return };
        connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                log.statements.lock().push(without_binds(query));
            }
        });
    }
}

fn without_binds(query: &dyn DebugQuery) -> String {
    let shown = query.to_string();
    match shown.split_once(BEFORE_BINDS) {
        Some((statement, _)) => statement.to_owned(),
        None => shown,
    }
}
