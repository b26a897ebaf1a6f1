//! What both examples are told on the command line, or find in the file that `keystead demo` writes.

use std::{fs, path::PathBuf};

use clap::Args;
use serde_json::Value;

use crate::http::Problem;

/// Who we are to Keystead.
#[derive(Args)]
pub(crate) struct Settings {
    /// The file that `keystead demo` wrote; what the other flags do not say is read from it
    #[arg(long, value_name = "FILE", default_value = "demo-site/demo.json")]
    demo: PathBuf,
    /// The URL of Keystead
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// The id that Keystead gave us
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The secret that goes with it
    #[arg(long, value_name = "SECRET")]
    client_secret: Option<String>,
}

/// The same, complete.
pub(crate) struct Identity {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Settings {
    /// Takes from the demo's file what no flag says. `part` is the member of it that is about us.
    pub(crate) fn complete(&self, part: &str) -> Result<Identity, Problem> {
        let given_or = |flag: &Option<String>, pointer: &str| match flag {
            Some(given) => Ok(given.clone()),
            None => self.of_demo(pointer),
        };
        Ok(Identity {
            issuer: given_or(&self.issuer, "/issuer")?,
            client_id: given_or(&self.client_id, &format!("/{part}/client_id"))?,
            client_secret: given_or(&self.client_secret, &format!("/{part}/client_secret"))?,
        })
    }

    /// A text in the demo's file.
    pub(crate) fn of_demo(&self, pointer: &str) -> Result<String, Problem> {
        let file = self.demo.display();
        let text = fs::read_to_string(&self.demo).map_err(|error| {
            format!("cannot read {file}: {error}; start `keystead demo` and name its file with --demo, or give all flags (--help)")
        })?;
        let demo: Value = serde_json::from_str(&text).map_err(|error| format!("{file} is not JSON: {error}"))?;
        let found = demo.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Ok(found.ok_or_else(|| {
            format!("{file} has no {pointer}: an older Keystead wrote it; delete its folder for a new demo site")
        })?)
    }
}
