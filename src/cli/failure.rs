//! Why a command did not do what it was asked: a sentence for people, a word for programs, an exit code for scripts.

use std::io;

use serde_json::json;

use crate::{
    config::{ConfigError, DataDirError},
    crypto::{master_key::MasterKeyError, password::PasswordError},
    http::application::StartError,
    manage, store,
};

const FAILED: u8 = 1;
const DATABASE_OUT_OF_REACH: u8 = 3;

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    code: &'static str,
    sentence: String,
    pub(super) exit: u8,
}

impl Failure {
    pub(super) fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), exit: FAILED }
    }

    pub(super) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// What standard error gets.
    pub(super) fn text(&self, json: bool) -> String {
        let Self { code, .. } = self;
        // Databases answer in several lines.
        let sentence = self.sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        if json {
            json!({ "error": code, "message": sentence }).to_string()
        } else {
            format!("error: {sentence} [{code}]")
        }
    }
}

impl From<manage::Error> for Failure {
    fn from(error: manage::Error) -> Self {
        let out_of_reach = matches!(error, manage::Error::Store(store::Error::Unavailable(_)));
        let exit = if out_of_reach { DATABASE_OUT_OF_REACH } else { FAILED };
        Self { code: error.code(), sentence: error.to_string(), exit }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        manage::Error::from(error).into()
    }
}

macro_rules! failures {
    ($($error:ty => $code:literal,)+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new($code, error.to_string())
            }
        }
    )+};
}

failures! {
    ConfigError => "settings",
    DataDirError => "data_dir",
    MasterKeyError => "master_key",
    PasswordError => "password",
    StartError => "cannot_start",
    io::Error => "io",
}
