//! Why a command did not do what it was asked: a sentence for people, a word for programs, an exit code for scripts.

use std::io;

use serde_json::json;

use super::arguments::words;
use crate::{
    config::{CheckpointFileError, ConfigError, DataDirError},
    crypto::{master_key::MasterKeyError, password::PasswordError},
    domain::{ids::ApiKeyId, password_policy::WeakPassword},
    http::application::StartError,
    jobs::mail::MailerError,
    manage,
    store::{self, audit_chain::ChainError},
};

const FAILED: u8 = 1;
const WRONG_COMMAND_LINE: u8 = 2;
const DATABASE_OUT_OF_REACH: u8 = 3;

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    code: &'static str,
    sentence: String,
    /// What stands in the way, if it is keys.
    keys: Vec<ApiKeyId>,
    pub(super) exit: u8,
}

impl Failure {
    pub(super) fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into(), keys: Vec::new(), exit: FAILED }
    }

    /// What was typed cannot be done, whatever the site holds.
    pub(super) fn usage(code: &'static str, sentence: impl Into<String>) -> Self {
        Self { exit: WRONG_COMMAND_LINE, ..Self::new(code, sentence) }
    }

    /// For commands whose answer is their exit code: what kept them from answering is not an answer.
    pub(super) fn of_ours(self) -> Self {
        let exit = if self.exit == FAILED { WRONG_COMMAND_LINE } else { self.exit };
        Self { exit, ..self }
    }

    pub(super) const fn code(&self) -> &'static str {
        self.code
    }

    pub(super) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// What standard error gets.
    pub(super) fn text(&self, json: bool) -> String {
        let Self { code, .. } = self;
        // Databases answer in several lines.
        let sentence = self.sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        match (json, self.keys.as_slice()) {
            (true, []) => json!({ "error": code, "message": sentence }).to_string(),
            (true, keys) => json!({ "error": code, "message": sentence, "keys": keys }).to_string(),
            (false, []) => format!("error: {sentence} [{code}]"),
            (false, keys) => format!("error: {sentence}: {} [{code}]", words(keys)),
        }
    }
}

impl From<manage::Error> for Failure {
    fn from(error: manage::Error) -> Self {
        let out_of_reach = matches!(error, manage::Error::Store(store::Error::Unavailable(_)));
        let exit = if out_of_reach { DATABASE_OUT_OF_REACH } else { FAILED };
        let (code, sentence) = (error.code(), error.to_string());
        let keys = match error {
            manage::Error::RoleOnKeys { keys, .. } => keys,
            _ => Vec::new(),
        };
        Self { code, sentence, keys, exit }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        manage::Error::from(error).into()
    }
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::Store(error) => error.into(),
            error => Self::new("audit_chain", error.to_string()),
        }
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
    CheckpointFileError => "checkpoint_file",
    MasterKeyError => "master_key",
    MailerError => "mail",
    PasswordError => "password",
    WeakPassword => "weak_password",
    StartError => "cannot_start",
    io::Error => "io",
}
