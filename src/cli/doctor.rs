//! `keystead doctor`: looks at everything that a site needs and says what to do about each finding.

use std::sync::Arc;

use serde_json::json;

use super::{
    context::{Context, open_store, refuse_missing},
    failure::Failure,
};
use crate::{
    config::{Config, DataDir, Purpose},
    crypto::{key_ring::RingKey, keyed_hash::Pepper, sealed::MasterKey},
    domain::{
        signing_key::{SigningAlgorithm, SigningKeyState},
        time::Timestamp,
    },
    manage::health::{CLOCK_DIFFERENCE, machine_differs_by},
    store::{
        self, Store,
        inspection::Inspection,
        migrations::SchemaState,
        signing_keys::{SealedPepper, SealedSigningKey},
        site::SiteRow,
    },
};

struct Finding {
    check: &'static str,
    ok: bool,
    message: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, check: &'static str, message: impl Into<String>) {
        self.0.push(Finding { check, ok: true, message: message.into() });
    }

    fn bad(&mut self, check: &'static str, message: impl Into<String>) {
        self.0.push(Finding { check, ok: false, message: message.into() });
    }

    /// Notes the outcome of a check and hands on what it found.
    fn note<T, E: Into<Failure>>(
        &mut self,
        check: &'static str,
        outcome: Result<T, E>,
        good: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        match outcome {
            Ok(found) => {
                self.good(check, good(&found));
                Some(found)
            }
            Err(error) => {
                self.bad(check, error.into().sentence());
                None
            }
        }
    }
}

pub(super) fn run(context: &Context<'_>) -> Result<(), Failure> {
    let mut findings = Findings::default();
    let loaded = Config::load(&context.options(), context.environment);
    let config = findings.note("settings", loaded, |config| {
        let file = config.config_file.as_ref().map_or_else(|| "no file".to_owned(), |file| file.display().to_string());
        format!("complete ({file})")
    });
    // The rest can be looked at without what only a listener needs.
    let config = config.map_or_else(|| context.settings().map(|config| (config, false)), |config| Ok((config, true)));
    let mut out_of_reach = None;
    if let Ok((config, complete)) = config
        && let Err(failure) = check_site(&mut findings, &config, complete)
    {
        findings.bad("database", failure.sentence());
        out_of_reach = Some(failure);
    }
    let wrong = findings.0.iter().filter(|finding| !finding.ok).count();
    let as_json = |one: &Finding| json!({ "check": one.check, "ok": one.ok, "message": one.message });
    let json = json!({ "ok": wrong == 0, "checks": findings.0.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| {
        findings.0.iter().try_for_each(|Finding { check, ok, message }| {
            writeln!(out, "{}  {check}: {message}", if *ok { "ok   " } else { "WRONG" })
        })
    })?;
    match (wrong, out_of_reach) {
        (0, _) => Ok(()),
        (_, Some(failure)) => Err(failure),
        (wrong, None) => {
            Err(Failure::new("not_healthy", format!("{wrong} of the checks above failed; do what they say")))
        }
    }
}

fn check_site(findings: &mut Findings, config: &Config, complete: bool) -> Result<(), Failure> {
    refuse_missing(config)?;
    let store = open_store(config, 1)?;
    check_server(findings, config, &store.inspect()?);
    match store.schema_state()? {
        SchemaState::Current => findings.good("tables", "fit this program"),
        SchemaState::Behind(missing) => {
            findings.bad("tables", format!("not yet migrated: {}; run `keystead migrate`", missing.join(", ")));
            return Ok(());
        }
        SchemaState::Ahead(unknown) => {
            findings.bad("tables", format!("migrated by a newer Keystead ({}); use that version", unknown.join(", ")));
            return Ok(());
        }
    }
    check_clock(findings, store.now()?);
    let Some(row) = store.snapshot(|tx| store::site::find_row(tx))? else {
        findings.bad("site", "the database holds none; run `keystead init`");
        return Ok(());
    };
    check_row(findings, config, complete, &row);
    check_keys(findings, config, &store)
}

fn check_server(findings: &mut Findings, config: &Config, inspection: &Inspection) {
    let at = &config.database.url;
    match inspection {
        Inspection::Sqlite { version } => findings.good("database", format!("{at}, SQLite {version}")),
        Inspection::Postgres { standby: true, .. } => {
            findings.bad("database", format!("{at} is a standby; name the primary in `database.url`"));
        }
        Inspection::Postgres { version, fsync, synchronous_commit, synchronous_standby_names, .. } => {
            findings.good("database", format!("{at}, PostgreSQL {version}, a primary"));
            let durable = fsync == "on" && matches!(synchronous_commit.as_str(), "on" | "remote_apply");
            let settings = format!("fsync = {fsync}, synchronous_commit = {synchronous_commit}");
            if !durable {
                let sentence = format!("{settings}: a revocation that was acknowledged can be lost; switch both on");
                findings.bad("durability", sentence);
            } else if synchronous_standby_names.is_empty() {
                let sentence = format!("{settings}; no synchronous standby: a failover can lose the last changes");
                findings.good("durability", sentence);
            } else {
                findings.good("durability", format!("{settings}, standbys {synchronous_standby_names}"));
            }
        }
    }
}

fn check_clock(findings: &mut Findings, database: Timestamp) {
    let difference = machine_differs_by(database);
    let seconds = difference.as_secs_f64();
    if difference <= CLOCK_DIFFERENCE {
        findings.good("clock", format!("{seconds:.1} s apart from the database"));
    } else {
        let sentence = format!("{seconds:.0} s apart from the database, whose clock decides; synchronize both (NTP)");
        findings.bad("clock", sentence);
    }
}

fn check_row(findings: &mut Findings, config: &Config, complete: bool, row: &SiteRow) {
    if complete && row.issuer != config.issuer.as_str() {
        let (settings, site) = (&config.issuer, &row.issuer);
        findings.bad("site", format!("the settings say {settings}, the database {site}; correct `issuer`"));
    } else {
        findings.good("site", format!("{}{}", row.issuer, if row.development { ", for development" } else { "" }));
    }
    if config.data_dir.exists() {
        let purpose = if row.development { Purpose::Development } else { Purpose::Production };
        let prepared = DataDir::prepare(&config.data_dir, purpose)
            .and_then(|folder| folder.check_local(&config.database.url).map(|()| folder));
        findings.note("data folder", prepared, |folder| folder.path().display().to_string());
    }
}

fn check_keys(findings: &mut Findings, config: &Config, store: &Store) -> Result<(), Failure> {
    let (peppers, keys) = store
        .snapshot(|tx| Ok::<_, store::Error>((store::signing_keys::peppers(tx)?, store::signing_keys::all(tx)?)))?;
    check_active(findings, config, &keys);
    let master = MasterKey::load(&config.keys.master_key_file).map(Arc::new);
    let master = findings.note("master key", master, |_| config.keys.master_key_file.display().to_string());
    if let Some(master) = master {
        check_sealed(findings, &master, &peppers, keys);
    }
    Ok(())
}

fn check_active(findings: &mut Findings, config: &Config, keys: &[SealedSigningKey]) {
    let signs = |algorithm: &SigningAlgorithm| {
        keys.iter().any(|key| key.facts.algorithm == *algorithm && key.facts.state == SigningKeyState::Active)
    };
    for algorithm in &config.keys.signing_algorithms {
        if signs(algorithm) {
            findings.good("signing key", format!("one signs {algorithm}"));
        } else {
            let sentence = format!("none signs {algorithm}; run `keystead signing-key rotate --algorithm {algorithm}`");
            findings.bad("signing key", sentence);
        }
    }
}

fn check_sealed(findings: &mut Findings, master: &MasterKey, peppers: &[SealedPepper], keys: Vec<SealedSigningKey>) {
    let mut broken = Vec::new();
    for pepper in peppers {
        if let Err(error) = Pepper::open(pepper.id, &pepper.sealed, master) {
            broken.push(format!("{}: {error}", pepper.id));
        }
    }
    if peppers.is_empty() {
        broken.push("there is no pepper".to_owned());
    }
    let published: Vec<_> = keys.into_iter().filter(|key| key.facts.state.is_published()).collect();
    let opened = published.len() + peppers.len();
    for key in published {
        if let Err(error) = RingKey::open(key.facts, &key.sealed, master) {
            broken.push(error.to_string());
        }
    }
    if broken.is_empty() {
        findings.good("sealed keys", format!("the master key opens all {opened}"));
    } else {
        let sentence = format!("{}; put back the master key that this site was made with", broken.join("; "));
        findings.bad("sealed keys", sentence);
    }
}
