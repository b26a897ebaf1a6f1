//! The file in the data folder that remembers a point of the audit chain outside the database: who rolls the database back
//! does not roll it back with it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::domain::audit_chain::{Checkpoint, InvalidCheckpoint};

/// Place of the file in the data folder.
const NAME: &str = "audit.checkpoint";

/// `<data-dir>/audit.checkpoint`: one line, one checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointFile {
    path: PathBuf,
}

/// Why the file cannot be read or written.
#[derive(Debug, Error)]
pub enum CheckpointFileError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Something else stands in it.
    #[error("{}: {source}; move the file away if you know why", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: InvalidCheckpoint,
    },
}

impl CheckpointFile {
    /// The file of this data folder.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self { path: data_dir.join(NAME) }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it remembers; nothing if there is no file.
    ///
    /// # Errors
    /// [`CheckpointFileError`].
    pub fn read(&self) -> Result<Option<Checkpoint>, CheckpointFileError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => {
                let content = |source| CheckpointFileError::Content { path: self.path.clone(), source };
                text.parse().map(Some).map_err(content)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.error("read", source)),
        }
    }

    /// Replaces the file as a whole, with mode 0600: after a crash it is the old one or the new one.
    ///
    /// # Errors
    /// [`CheckpointFileError::Io`].
    pub fn write(&self, checkpoint: Checkpoint) -> Result<(), CheckpointFileError> {
        let temporary = self.path.with_extension(format!("checkpoint.{}", std::process::id()));
        let written = write_private(&temporary, &format!("{checkpoint}\n"));
        written.and_then(|()| fs::rename(&temporary, &self.path)).map_err(|source| self.error("write", source))
    }

    fn error(&self, action: &'static str, source: io::Error) -> CheckpointFileError {
        CheckpointFileError::Io { action, path: self.path.clone(), source }
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit_chain::Seal;

    #[test]
    fn the_file_is_replaced_and_read_again_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = CheckpointFile::of(folder.path());
        assert_eq!(file.read().unwrap(), None);
        for position in [1, 2] {
            let checkpoint = Checkpoint { position, seal: Seal::from_bytes([7; 32]) };
            file.write(checkpoint).unwrap();
            assert_eq!(file.read().unwrap(), Some(checkpoint));
        }
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(file.path()).unwrap().permissions()) & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::write(file.path(), "nonsense").unwrap();
        assert!(matches!(file.read(), Err(CheckpointFileError::Content { .. })));
    }
}
