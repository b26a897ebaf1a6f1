//! Puts defaults, file, environment and flags on top of each other, and remembers where each value came from.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{
    error::{ConfigError, Origin},
    nearest::{distance, nearest},
    settings::{DefaultValue, Kind, SETTINGS, Setting},
    sources::{Environment, Options},
};

/// Keys that decide where the file is, and therefore cannot stand in it.
pub(super) const BOOTSTRAP_VARIABLES: &[&str] = &["KEYSTEAD_DATA_DIR", "KEYSTEAD_CONFIG"];

/// All settings of all sources, the strongest source on top.
pub(super) struct Layers {
    table: Table,
    origins: BTreeMap<&'static str, Origin>,
}

impl Layers {
    /// The built-in defaults.
    pub(super) fn defaults() -> Result<Self, ConfigError> {
        let mut layers = Self { table: Table::new(), origins: BTreeMap::new() };
        for setting in SETTINGS {
            if let DefaultValue::Toml(text) = setting.default {
                let value = text
                    .parse()
                    .map_err(|error: toml::de::Error| invalid(setting, Origin::Default, error.message()))?;
                layers.put(setting, value, Origin::Default);
            }
        }
        Ok(layers)
    }

    /// Reads a file; with `must_exist` its absence is an error. Says whether it was there.
    pub(super) fn file(&mut self, path: &Path, must_exist: bool) -> Result<bool, ConfigError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => return Ok(false),
            Err(source) => return Err(ConfigError::Unreadable { path: path.into(), named_by: "--config", source }),
        };
        let table: Table = toml::from_str(&text).map_err(|error| syntax(path, &text, &error))?;
        let origin = Origin::File(path.to_owned());
        for (key, value) in table {
            match value {
                Value::Table(section) if find(&key).is_none() => {
                    for (name, value) in section {
                        self.set(&format!("{key}.{name}"), value, &origin)?;
                    }
                }
                value => self.set(&key, value, &origin)?,
            }
        }
        Ok(true)
    }

    /// Reads the variables that are settings. A variable that only looks like one, such as `KEYSTEAD_DATABASE_URL`, is
    /// refused; one that is far from all, such as `KEYSTEAD_PORT_8080_TCP` of Kubernetes, belongs to somebody else.
    pub(super) fn environment(&mut self, environment: &Environment) -> Result<(), ConfigError> {
        for (variable, value) in environment.iter().filter(|(variable, _)| !BOOTSTRAP_VARIABLES.contains(variable)) {
            let origin = Origin::Environment(variable.to_owned());
            let Some(setting) = SETTINGS.iter().find(|setting| setting.environment_variable() == variable) else {
                refuse_near_miss(variable)?;
                continue;
            };
            let text = value.to_str().ok_or_else(|| invalid(setting, origin.clone(), "the value is not UTF-8"))?;
            self.put(setting, from_text(setting, text, &origin)?, origin);
        }
        Ok(())
    }

    /// Takes the settings of the command line.
    pub(super) fn flags(&mut self, options: &Options) -> Result<(), ConfigError> {
        for (key, text) in &options.settings {
            let setting = find(key).ok_or_else(|| unknown(key, Origin::Flag))?;
            self.put(setting, from_text(setting, text, &Origin::Flag)?, Origin::Flag);
        }
        Ok(())
    }

    /// Where the value of a setting came from.
    pub(super) fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or(Origin::Default)
    }

    /// Turns everything into typed values.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        serde_path_to_error::deserialize(Value::Table(self.table.clone())).map_err(|error| {
            let path = error.path().to_string();
            let key = path.split('[').next().unwrap_or_default();
            let problem = error.inner().message().to_owned();
            ConfigError::Invalid { origin: self.origin(key), key: key.to_owned(), problem }
        })
    }

    fn set(&mut self, key: &str, value: Value, origin: &Origin) -> Result<(), ConfigError> {
        let setting = find(key).ok_or_else(|| unknown(key, origin.clone()))?;
        self.put(setting, value, origin.clone());
        Ok(())
    }

    fn put(&mut self, setting: &'static Setting, value: Value, origin: Origin) {
        self.origins.insert(setting.key, origin);
        if setting.section().is_empty() {
            self.table.insert(setting.key.to_owned(), value);
        } else if let Value::Table(section) =
            self.table.entry(setting.section()).or_insert_with(|| Value::Table(Table::new()))
        {
            section.insert(setting.name().to_owned(), value);
        }
    }
}

/// The data folder: flag, else `KEYSTEAD_DATA_DIR`, else `keystead-data` here. Made absolute.
pub(super) fn data_dir(options: &Options, environment: &Environment) -> Result<PathBuf, ConfigError> {
    let chosen = options.data_dir.clone().or_else(|| environment.path("KEYSTEAD_DATA_DIR"));
    absolute(chosen.unwrap_or_else(|| PathBuf::from("keystead-data")), "--data-dir")
}

/// The configuration file that was named, if one was. Made absolute.
pub(super) fn named_file(options: &Options, environment: &Environment) -> Result<Option<PathBuf>, ConfigError> {
    let named = options.config_file.clone().or_else(|| environment.path("KEYSTEAD_CONFIG"));
    named.map(|path| absolute(path, "--config")).transpose()
}

fn absolute(path: PathBuf, named_by: &'static str) -> Result<PathBuf, ConfigError> {
    std::path::absolute(&path).map_err(|source| ConfigError::Unreadable { path, named_by, source })
}

fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

fn from_text(setting: &'static Setting, text: &str, origin: &Origin) -> Result<Value, ConfigError> {
    let wrong = |wanted: &str| invalid(setting, origin.clone(), &format!("`{text}` is not {wanted}"));
    match setting.kind {
        Kind::Text => Ok(Value::String(text.to_owned())),
        Kind::Number => text.parse().map(Value::Integer).map_err(|_| wrong("a whole number")),
        Kind::Switch => text.parse().map(Value::Boolean).map_err(|_| wrong("`true` or `false`")),
        Kind::List => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()))
        }
    }
}

fn refuse_near_miss(variable: &str) -> Result<(), ConfigError> {
    let names: Vec<String> = SETTINGS.iter().map(Setting::environment_variable).collect();
    let all = names.iter().map(String::as_str).chain(BOOTSTRAP_VARIABLES.iter().copied());
    let near = nearest(variable, all);
    let meant_as_setting = variable.contains("__") || near.is_some_and(|name| distance(name, variable) <= 2);
    if !meant_as_setting {
        return Ok(());
    }
    Err(ConfigError::UnknownKey {
        key: variable.to_owned(),
        origin: Origin::Environment(variable.to_owned()),
        hint: near.map_or_else(all_settings, |name| format!("did you mean `{name}`?")),
    })
}

fn unknown(key: &str, origin: Origin) -> ConfigError {
    let keys = || SETTINGS.iter().map(|setting| setting.key);
    let name = key.rsplit('.').next().unwrap_or_default();
    let section = format!("{key}.");
    let parent = key.split_once('.').map_or("", |(parent, _)| parent);
    let same_name = SETTINGS.iter().filter(|setting| setting.name() == name).map(|setting| setting.key);
    let near = keys()
        .find(|known| known.starts_with(&section) || *known == parent)
        .or_else(|| same_name.min_by_key(|known| distance(known, key)))
        .or_else(|| nearest(key, keys()));
    let hint = match near {
        _ if key == "data_dir" => "the data folder is given by `--data-dir` or KEYSTEAD_DATA_DIR".to_owned(),
        Some(near) => format!("did you mean `{near}`?"),
        None => all_settings(),
    };
    ConfigError::UnknownKey { key: key.to_owned(), origin, hint }
}

fn all_settings() -> String {
    "docs/CONFIGURATION.md lists all settings".to_owned()
}

fn invalid(setting: &Setting, origin: Origin, problem: &str) -> ConfigError {
    ConfigError::Invalid { key: setting.key.to_owned(), origin, problem: problem.to_owned() }
}

fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    ConfigError::Syntax {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        problem: error.message().to_owned(),
    }
}
