//! From flags to an open site.

use std::{convert::Infallible, path::Path, sync::Arc};

use super::{Globals, arguments::UserArgument, failure::Failure, output::Printer};
use crate::{
    config::{Config, DatabaseUrl, Environment, Options},
    crypto::sealed::MasterKey,
    domain::authority::Authority,
    manage::{self, Deps},
    store::{self, Change, Store, StoreOptions, migrations::SchemaState, transaction::Reads},
};

/// What every command starts from.
pub(super) struct Context<'a> {
    pub(super) globals: Globals,
    pub(super) environment: &'a Environment,
    pub(super) printer: Printer,
    /// The program as it was called, for lines to paste.
    pub(super) program: String,
}

/// A site that is there, with tables that fit this program.
pub(super) struct Site {
    pub(super) config: Config,
    pub(super) store: Store,
    acts_as: Option<UserArgument>,
}

/// What a change came to that is taken back.
struct Rehearsed<T>(Result<T, manage::Error>);

impl<T> From<store::Error> for Rehearsed<T> {
    fn from(error: store::Error) -> Self {
        Self(Err(error.into()))
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(globals: Globals, environment: &'a Environment, program: String) -> Self {
        let printer = Printer { json: globals.json };
        Self { globals, environment, printer, program }
    }

    pub(super) fn options(&self) -> Options {
        let Globals { data_dir, database, config, .. } = &self.globals;
        let options = Options { data_dir: data_dir.clone(), config_file: config.clone(), settings: Vec::new() };
        match database {
            Some(url) => options.with("database.url", url.clone()),
            None => options,
        }
    }

    /// The settings of commands that serve nobody. They take the issuer from the database, so a site can be managed from a
    /// machine that knows no more than where the database is; what only a listener needs is not asked for.
    pub(super) fn settings(&self) -> Result<Config, Failure> {
        let options = self.options().with("issuer", "http://127.0.0.1");
        Ok(Config::load(&options, self.environment)?)
    }

    /// Opens the site.
    pub(super) fn site(&self) -> Result<Site, Failure> {
        let config = self.settings()?;
        refuse_missing(&config)?;
        let store = open_store(&config, 1)?;
        match store.schema_state()? {
            SchemaState::Current => Ok(Site { config, store, acts_as: self.globals.acts_as.clone() }),
            SchemaState::Behind(_) => {
                Err(Failure::new("schema_behind", "the tables are older than this program; run `keystead migrate`"))
            }
            SchemaState::Ahead(_) => Err(Failure::new(
                "wrong_schema",
                "a newer Keystead has migrated this database; use that version instead",
            )),
        }
    }
}

/// Opens the database with this many connections. A SQLite file is created if it is missing.
pub(super) fn open_store(config: &Config, connections: u32) -> Result<Store, Failure> {
    Ok(Store::open(StoreOptions {
        connections,
        connect_timeout: config.database.connect_timeout,
        ..StoreOptions::new(config.database.url.clone())
    })?)
}

/// A mistyped folder must not become a new empty database.
pub(super) fn refuse_missing(config: &Config) -> Result<(), Failure> {
    let DatabaseUrl::Sqlite(file) = &config.database.url else { return Ok(()) };
    let missing = |what: &str, path: &Path| {
        let path = path.display();
        Failure::new(
            "no_site",
            format!(
                "there is no {what} {path}; name the right one with `--data-dir`, or make a new site with `keystead init`"
            ),
        )
    };
    if !config.data_dir.is_dir() {
        return Err(missing("data folder", &config.data_dir));
    }
    if !file.is_file() {
        return Err(missing("database", file));
    }
    Ok(())
}

/// What use cases need.
pub(super) fn deps(config: &Config) -> Result<Deps, Failure> {
    Ok(Deps { master: Arc::new(MasterKey::load(&config.keys.master_key_file)?) })
}

impl Site {
    /// Runs one use case as one change, on behalf of the operator or of the user that `--as` names.
    pub(super) fn change<T>(
        &self,
        use_case: impl FnOnce(&mut Change<'_>, &Deps, &Authority) -> Result<T, manage::Error>,
    ) -> Result<T, Failure> {
        let deps = deps(&self.config)?;
        Ok(self.store.change(|change| {
            let authority = self.authority(change)?;
            use_case(change, &deps, &authority)
        })?)
    }

    /// Runs a change and takes it back: what it would do, and nothing done.
    pub(super) fn rehearse<T>(
        &self,
        use_case: impl FnOnce(&mut Change<'_>, &Deps, &Authority) -> Result<T, manage::Error>,
    ) -> Result<T, Failure> {
        let deps = deps(&self.config)?;
        let rehearsed = self.store.change(|change| {
            let done = self.authority(change).and_then(|authority| use_case(change, &deps, &authority));
            Err::<Infallible, _>(Rehearsed(done))
        });
        match rehearsed {
            Ok(never) => match never {},
            Err(Rehearsed(done)) => Ok(done?),
        }
    }

    /// Reads from one state, on behalf of the same.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&mut store::Snapshot<'_>, &Authority) -> Result<T, manage::Error>,
    ) -> Result<T, Failure> {
        Ok(self.store.snapshot(|tx| {
            let authority = self.authority(tx)?;
            read(tx, &authority)
        })?)
    }

    fn authority(&self, tx: &mut impl Reads) -> Result<Authority, manage::Error> {
        match &self.acts_as {
            None => Ok(Authority::OPERATOR),
            Some(user) => {
                let id = user.id(tx, &Authority::OPERATOR)?;
                manage::authority::of_user(tx, id)
            }
        }
    }
}
