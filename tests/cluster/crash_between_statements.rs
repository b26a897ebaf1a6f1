//! A process that dies between any two statements of a change leaves the old state or the new one, and never a change without
//! its audit event (KM-19).
//!
//! The process is this test program once more: it runs one command of the program and aborts at the statement that it is
//! told. So every gap between two statements is tried, and none is left to chance.

use std::{
    env,
    os::unix::process::ExitStatusExt as _,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use keystead::{cli, config::Environment};

use crate::{
    installation::{Installation, credential},
    on_both,
};

/// The command, one argument a line; only the process that dies has it.
const ARGUMENTS: &str = "KEYSTEAD_TEST_DIES_IN";
/// The number of the statement before which it dies.
const STATEMENT: &str = "KEYSTEAD_TEST_DIES_BEFORE";
/// How often a command may be killed before it must have come to its end.
const MOST_STATEMENTS: usize = 200;
/// SIGABRT.
const ABORTED: i32 = 6;

static REMAINING: AtomicUsize = AtomicUsize::new(0);

/// What happens in the process that dies; alone it is nothing.
#[test]
fn the_process_that_dies() {
    let orders = Environment::from_process();
    let (Some(arguments), Some(statement)) = (orders.get(ARGUMENTS), orders.get(STATEMENT)) else { return };
    REMAINING.store(statement.parse().expect("a number"), Ordering::SeqCst);
    set_default_instrumentation(counting).expect("nobody counts yet");
    keystead::crypto::install_provider();
    let settings = [("KEYSTEAD_KEYS__SIGNING_ALGORITHMS", "ES256")];
    cli::run(arguments.lines().map(Into::into), &Environment::new(settings));
    assert_ne!(REMAINING.load(Ordering::SeqCst), 0, "it ends before the statement at which it was to die");
}

/// Between two statements there is the end of the one and the beginning of the next, and after the last COMMIT its end alone.
#[expect(clippy::unnecessary_wraps, reason = "diesel asks for it in this form")]
fn counting() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        let counts = match &event {
            InstrumentationEvent::StartQuery { .. } => true,
            InstrumentationEvent::FinishQuery { query, .. } => query.to_string().starts_with("COMMIT"),
            _ => false,
        };
        if counts && REMAINING.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }))
}

/// What is stored of keys, and what was written about changing them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    /// Status, pairs with their ends, and roles of every key.
    keys: String,
    seq: i64,
    changes: i64,
    events: i64,
    mentioned: i64,
}

impl Stored {
    fn of(site: &Installation) -> Self {
        let list = |columns: &str, table: &str| {
            format!("(SELECT coalesce(string_agg({columns}, ';'), '') FROM (SELECT * FROM {table}) AS sorted)")
        };
        let keys = list("name || ' ' || status", "api_keys ORDER BY name, status, id");
        let pairs = list("public_id || ' ' || coalesce(expires_at, 0)", "key_pairs ORDER BY public_id");
        let roles = "(SELECT count(*) FROM api_key_roles)";
        Self {
            keys: site.text(&format!("{keys} || ' | ' || {pairs} || ' | ' || {roles}")),
            seq: site.number("SELECT seq FROM change_head"),
            changes: site.number("SELECT count(DISTINCT seq) FROM changes"),
            events: site.number("SELECT count(*) FROM audit_events"),
            mentioned: site.number("SELECT count(DISTINCT event_id) FROM audit_mentions"),
        }
    }

    /// Whether `after` is this, or this and one whole change; anything else is half of something.
    fn is_followed_by(&self, after: &Self, what: &str) -> bool {
        if self == after {
            return false;
        }
        let numbers = |stored: &Self| [stored.seq, stored.changes, stored.events, stored.mentioned];
        assert_eq!(numbers(after), numbers(self).map(|number| number + 1), "{what}: {self:?} {after:?}");
        assert_ne!(after.keys, self.keys, "{what}: something was written about a change that did not happen");
        true
    }
}

/// Runs the command until it is no longer killed, each time one statement further. `arguments` makes what it needs.
fn die_at_every_statement(site: &Installation, what: &str, arguments: impl Fn() -> Vec<String>) {
    let mut given = arguments();
    let (mut old, mut new) = (0, 0);
    for statement in 1..MOST_STATEMENTS {
        let before = Stored::of(site);
        let given_now: Vec<&str> = given.iter().map(String::as_str).collect();
        let command = site.command(&given_now);
        let lines = std::iter::once(command.get_program()).chain(command.get_args());
        let lines: Vec<String> = lines.map(|line| line.to_string_lossy().into_owned()).collect();
        let dying = Command::new(env::current_exe().expect("this program"))
            .args(["--exact", "crash_between_statements::the_process_that_dies"])
            .env(ARGUMENTS, lines.join("\n"))
            .env(STATEMENT, statement.to_string())
            .output()
            .expect("this program starts");
        let after = Stored::of(site);
        let place = format!("{what}, before statement {statement}");
        let changed = before.is_followed_by(&after, &place);
        if dying.status.success() {
            assert!(changed, "{place}: it came to its end and did nothing: {dying:?}");
            assert!(old > 3 && new > 0, "{what}: {old} times nothing and {new} times all was done");
            return;
        }
        assert_eq!(dying.status.signal(), Some(ABORTED), "{place}: {dying:?}");
        if changed {
            new += 1;
            given = arguments();
        } else {
            assert_eq!(new, 0, "{place}: what was done before is not done now");
            old += 1;
        }
    }
    panic!("{what} has more than {MOST_STATEMENTS} statements");
}

fn command(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

on_both! {
    // Covers: KM-19, KM-16, G1
    #[test]
    fn a_process_that_dies_between_two_statements_leaves_the_old_state_or_the_new_one(backend) {
        let site = Installation::new(backend);
        let key = || site.key("viewer@1001").client_id;
        die_at_every_statement(&site, "create", || {
            command(&["key", "create", "--space", "Acme", "--role", "viewer@1001,1002", "Jenkins"])
        });
        die_at_every_statement(&site, "rotate", || {
            command(&["key", "add-pair", &key(), "--retire-other-after", "24h"])
        });
        die_at_every_statement(&site, "regenerate", || command(&["key", "regenerate", &key()]));
        die_at_every_statement(&site, "delete a pair", || {
            let key = key();
            let second = credential(&site.run(&["key", "add-pair", &key]));
            command(&["key", "delete-pair", &key, &second.public_id.to_string()])
        });
        die_at_every_statement(&site, "revoke", || command(&["key", "revoke", &key()]));
        site.check_whole();
    }
}
