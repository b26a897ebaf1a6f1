//! The credentials of the demo site, kept in `<data-dir>/demo.json` so that a later run can print them again (ruling 34).
//! Nothing else ever stores a secret.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{cli::failure::Failure, crypto::random::OsRandom};

const FILE: &str = "demo.json";

/// Everything that scripts need. It has no `Debug`: it is made of secrets.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct DemoCredentials {
    pub(super) issuer: String,
    pub(super) api_key: KeyCredential,
    pub(super) resource_server: Credential,
    /// Manages the demo space through the REST API; none in a file of a release that had no API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) management_key: Option<Credential>,
    pub(super) user: UserCredential,
    /// Runs the demo space and the site; none in a file of a release that had no pages for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) admin: Option<UserCredential>,
    /// Shows a "Log in with" button; none in a file of a release that had no applications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) application: Option<ApplicationCredential>,
    /// What such a file knows of it.
    #[serde(default, skip_serializing)]
    pub(super) redirect_uri: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ApplicationCredential {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// The only place that its users are sent back to.
    pub(super) redirect_uri: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct KeyCredential {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// One plain value that the key may ask for.
    pub(super) scope: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Credential {
    pub(super) client_id: String,
    pub(super) client_secret: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct UserCredential {
    pub(super) login: String,
    pub(super) password: String,
}

impl DemoCredentials {
    /// Reads them, if they were written.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let damaged = |_| {
            let path = path.display();
            Failure::new("demo_file", format!("{path} cannot be read; delete the folder to get a new demo site"))
        };
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }

    /// Writes them, readable by their owner only: all or nothing.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let unique = u64::from_be_bytes(OsRandom::bytes().map_err(crate::manage::Error::from)?);
        let temporary = folder.join(format!(".demo-{unique:016x}.tmp"));
        let written = write_new(&temporary, &serde_json::to_string_pretty(self).map_err(io::Error::from)?)
            .and_then(|()| fs::rename(&temporary, folder.join(FILE)))
            .and_then(|()| File::open(folder)?.sync_all());
        if written.is_err() {
            // The name is unique; what is left there is readable by its owner only.
            fs::remove_file(&temporary).ok();
        }
        Ok(written?)
    }

    /// The line that scripts wait for.
    pub(super) fn ready_line(&self) -> Value {
        json!({
            "issuer": self.issuer, "api_key": self.api_key, "resource_server": self.resource_server,
            "management_key": self.management_key, "application": self.application, "user": self.user,
            "admin": self.admin,
        })
    }
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}
