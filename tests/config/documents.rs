//! The checked-in documents are those that the table of settings gives.

use std::path::Path;

use keystead::config::{
    Config, Environment, reference,
    settings::{DefaultValue, SETTINGS},
};

use super::{in_folder, load_local, site};

#[track_caller]
fn assert_up_to_date(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if Environment::from_process().get("KEYSTEAD_UPDATE_DOCS") == Some("1") {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{file} is out of date: run KEYSTEAD_UPDATE_DOCS=1 cargo test --test config");
}

// Covers: K10
#[test]
fn the_documents_say_what_the_table_says() {
    assert_up_to_date("docs/CONFIGURATION.md", &reference::markdown());
    assert_up_to_date("keystead.example.toml", &reference::example_toml());
}

// Covers: K10
#[test]
fn the_example_differs_from_the_defaults_by_its_issuer_alone() {
    let folder = site(&reference::example_toml().replace("https://id.example.com", "http://localhost:8080"));
    let example = Config::load(&in_folder(folder.path()), &Environment::default()).unwrap();
    std::fs::write(folder.path().join("keystead.toml"), "issuer = 'http://localhost:8080'").unwrap();
    assert_eq!(example, Config::load(&in_folder(folder.path()), &Environment::default()).unwrap());
}

// Covers: K10
#[test]
fn every_setting_of_the_table_exists_and_can_be_set_by_its_variable() {
    let folder = site("issuer = 'http://localhost:8080'");
    for setting in SETTINGS {
        let value = match setting.default {
            DefaultValue::Toml(toml) => toml,
            DefaultValue::Computed { example, .. } => example,
        };
        let text = value.trim_matches(['[', ']']).replace('"', "");
        let environment = Environment::new([(setting.environment_variable(), text)]);
        let outcome = Config::load(&in_folder(folder.path()), &environment).map_err(|error| error.to_string());
        let unknown = outcome.as_ref().is_err_and(|sentence| {
            sentence.contains("unknown field")
                || sentence.contains("there is no setting")
                || sentence.contains("invalid type")
        });
        assert!(!unknown, "{}: {outcome:?}", setting.key);
    }
}

// Covers: K10
#[test]
fn keys_are_unique_and_described() {
    let mut keys: Vec<_> = Config::describe().iter().map(|setting| setting.key).collect();
    assert!(Config::describe().iter().all(|setting| setting.meaning.ends_with('.')));
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), SETTINGS.len());
    assert!(load_local(&[]).is_ok());
}
