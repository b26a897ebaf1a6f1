//! How the site is, at a glance: what works, what wants somebody to look after it, and what that is.

use askama::Template;

use crate::{
    domain::signing_key::SigningAlgorithm,
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SiteTab},
            parts::Light,
            refused::Refused,
            screen::Html,
        },
        filters,
        moment::Moment,
        view::Shell,
    },
    manage::health::{self, CLOCK_DIFFERENCE, Health},
    store::{Rows, Store, inspection::Inspection, migrations::SchemaState, waiting::Waiting},
};

#[derive(Debug, Template)]
#[template(path = "console/site_health.html")]
struct HealthPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    wrong: usize,
    findings: Vec<Finding>,
    sealed: Option<Moment>,
    version: &'static str,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    what: &'static str,
    light: Light,
    text: String,
}

impl Finding {
    const fn new(what: &'static str, is_good: bool, text: String) -> Self {
        let light = if is_good { Light::Good("Fine") } else { Light::Ended("Look at this") };
        Self { what, light, text }
    }
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let console = visit.console();
    let health = health::look(rows, visit.deps(), visit.authority, console.schedule, visit.now())?;
    let findings = findings(&health, console.executor().store());
    Html::of(&HealthPage {
        shell: visit.shell(),
        frame: visit.frame(Place::Site(SiteTab::Health)),
        wrong: findings.iter().filter(|finding| matches!(finding.light, Light::Ended(_))).count(),
        findings,
        sealed: health.chain.head.map(|head| Moment::new(head.sealed_at, visit.now())),
        version: env!("CARGO_PKG_VERSION"),
    })
}

fn findings(health: &Health, store: &Store) -> Vec<Finding> {
    let connections = store.occupied();
    let waits = store.changes_waiting();
    let seconds = health.clock.as_secs_f64();
    let clock = format!("{seconds:.1} s between this machine and the database, whose clock decides");
    let mut findings = database(&health.database);
    findings.push(tables(&health.schema));
    findings.push(Finding::new(
        "Connections",
        connections.busy < connections.most || waits == 0,
        format!("{} of {} in use; {waits} changes wait for their turn", connections.busy, connections.most),
    ));
    findings.push(Finding::new("Changes", true, format!("The last one has number {}", health.head.get())));
    findings.push(Finding::new("Clock", health.clock <= CLOCK_DIFFERENCE, clock));
    findings.push(signing(health));
    findings.push(chain(health));
    findings.push(waiting(&health.waiting));
    findings
}

fn database(of: &Inspection) -> Vec<Finding> {
    match of {
        Inspection::Sqlite { version } => {
            vec![Finding::new("Database", true, format!("SQLite {version}, in this process"))]
        }
        Inspection::Postgres { version, standby, fsync, synchronous_commit, synchronous_standby_names } => {
            let role = if *standby {
                "a standby, whose state may be old: name the primary in the settings"
            } else {
                "the primary"
            };
            let is_durable = fsync == "on" && matches!(synchronous_commit.as_str(), "on" | "remote_apply");
            let durability = match (is_durable, synchronous_standby_names.is_empty()) {
                (false, _) => format!(
                    "fsync is {fsync}, synchronous_commit is {synchronous_commit}: a revocation that was acknowledged can be \
                     lost; switch both on"
                ),
                (true, true) => {
                    "Commits reach the disk; no synchronous standby, so a failover can lose the last changes".to_owned()
                }
                (true, false) => format!("Commits reach the disk and {synchronous_standby_names}"),
            };
            vec![
                Finding::new("Database", !standby, format!("PostgreSQL {version}, {role}")),
                Finding::new("Durability", is_durable, durability),
            ]
        }
    }
}

fn tables(schema: &SchemaState) -> Finding {
    let (is_good, text) = match schema {
        SchemaState::Current => (true, "They fit this program".to_owned()),
        SchemaState::Behind(missing) => {
            (false, format!("Not yet migrated: {}; run `keystead migrate`", missing.join(", ")))
        }
        SchemaState::Ahead(unknown) => {
            (false, format!("Migrated by a newer Keystead ({}); start that version", unknown.join(", ")))
        }
    };
    Finding::new("Tables", is_good, text)
}

fn signing(health: &Health) -> Finding {
    let names =
        |algorithms: &[SigningAlgorithm]| algorithms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let Health { without_key, rotation_due, steps_due, .. } = health;
    let text = match (without_key.is_empty(), rotation_due.is_empty() && steps_due.is_empty()) {
        (false, _) => format!("None signs {}: rotate the signing key", names(without_key)),
        (true, false) => "Due for their next step, which a running server takes within minutes".to_owned(),
        (true, true) => "One signs each algorithm, and none is due for its next step".to_owned(),
    };
    let due = rotation_due.is_empty() && steps_due.is_empty();
    let finding = Finding::new("Signing keys", without_key.is_empty(), text);
    if without_key.is_empty() && !due { Finding { light: Light::Warn("Due"), ..finding } } else { finding }
}

fn chain(health: &Health) -> Finding {
    let chain = &health.chain;
    match (&chain.problem, &chain.head) {
        (Some(problem), _) => Finding::new("Audit chain", false, format!("{problem}; run `keystead audit verify`")),
        (None, None) => {
            let text = format!("Not begun; {} events wait for their seal", chain.open.events);
            Finding { light: Light::Off("Not begun"), ..Finding::new("Audit chain", true, text) }
        }
        (None, Some(head)) => {
            let text = format!(
                "Genuine up to position {}; {} events wait for their seal",
                head.last.position, chain.open.events
            );
            Finding::new("Audit chain", true, text)
        }
    }
}

fn waiting(of: &Waiting) -> Finding {
    let Waiting { letters, invitations, webhooks, logouts } = of;
    let text = format!(
        "Letters {letters}, invitations {invitations}, calls of webhooks {webhooks}, notices of logouts {logouts}. Each is \
         tried again until it arrives or is too old"
    );
    let nothing = [letters, invitations, webhooks, logouts].iter().all(|count| **count == 0);
    if nothing {
        Finding::new("On their way", true, "Nothing waits to be sent".to_owned())
    } else {
        Finding { light: Light::Warn("Waiting"), ..Finding::new("On their way", true, text) }
    }
}
