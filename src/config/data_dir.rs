//! The data folder: made for its owner alone, and refused where keys or database would not be safe.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{database::DatabaseUrl, lock::SqliteLock, mounts::network_file_system};

/// What the site is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Real users: every check counts.
    Production,
    /// Trying out and working on Keystead: the folder may be open to others and lie in a git work tree.
    Development,
}

/// The folder of database, keys and configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    path: PathBuf,
    purpose: Purpose,
}

/// Why a data folder is refused.
#[derive(Debug, Error)]
pub enum DataDirError {
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is a file at its place.
    #[error("{0} is not a folder; choose another with `--data-dir`")]
    NotAFolder(PathBuf),
    /// Others on the machine can look into it.
    #[error(
        "{path} has mode {mode:04o}: others on this machine can open it; run `chmod 700` on it, or choose a folder that does not exist yet with `--data-dir`"
    )]
    OpenToOthers {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A commit would publish the keys.
    #[error(
        "{path} lies in the git work tree {tree}, where one commit would publish its keys; choose a folder outside with `--data-dir`, or mark the site as development"
    )]
    InGitWorkTree {
        /// The data folder.
        path: PathBuf,
        /// The folder that holds `.git`.
        tree: PathBuf,
    },
    /// SQLite could lose data there.
    #[error(
        "{path} lies on a network file system ({kind}), where the locks of SQLite cannot be relied on; use a local disk, or PostgreSQL"
    )]
    NetworkFileSystem {
        /// The database file.
        path: PathBuf,
        /// Type of the file system.
        kind: String,
    },
    /// A second server on one file.
    #[error("another keystead serve uses {database}, {process}; stop it first, or use PostgreSQL to run several")]
    InUse {
        /// The database file.
        database: PathBuf,
        /// Its process.
        process: String,
    },
}

impl DataDirError {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}

impl DataDir {
    /// Makes the folder with mode 0700 if it is missing. A folder that is already there is checked, never altered.
    ///
    /// # Errors
    /// [`DataDirError`] if it is open to others or lies in a git work tree, unless the site is for development.
    pub fn prepare(path: &Path, purpose: Purpose) -> Result<Self, DataDirError> {
        if purpose == Purpose::Production {
            let absolute = std::path::absolute(path).map_err(|source| DataDirError::io("find", path, source))?;
            refuse_git_work_tree(&absolute)?;
        }
        make_private(path)?;
        let path = path.canonicalize().map_err(|source| DataDirError::io("open", path, source))?;
        if purpose == Purpose::Production {
            // Once more behind symbolic links.
            refuse_git_work_tree(&path)?;
            refuse_open_folder(&path)?;
        }
        Ok(Self { path, purpose })
    }

    /// The folder; absolute, without symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder for keys, `<data-dir>/keys`, made with mode 0700 if it is missing.
    ///
    /// # Errors
    /// [`DataDirError`] if it cannot be made, or is open to others and the site is not for development.
    pub fn keys(&self) -> Result<PathBuf, DataDirError> {
        let keys = self.path.join("keys");
        make_private(&keys)?;
        if self.purpose == Purpose::Production {
            refuse_open_folder(&keys)?;
        }
        Ok(keys)
    }

    /// Takes the database for one `keystead serve`: the lock for a SQLite file, nothing for PostgreSQL.
    ///
    /// # Errors
    /// [`DataDirError`] if another `serve` has it, or if the file lies on a network file system.
    pub fn lock(&self, database: &DatabaseUrl) -> Result<Option<SqliteLock>, DataDirError> {
        let DatabaseUrl::Sqlite(file) = database else { return Ok(None) };
        self.check_local(database)?;
        SqliteLock::take(&self.path.join(file)).map(Some)
    }

    /// Refuses a SQLite file on a network file system; for commands that run beside `serve`.
    ///
    /// # Errors
    /// [`DataDirError::NetworkFileSystem`] names the file and the file system.
    pub fn check_local(&self, database: &DatabaseUrl) -> Result<(), DataDirError> {
        let DatabaseUrl::Sqlite(file) = database else { return Ok(()) };
        let file = self.path.join(file);
        let folder = file.parent().unwrap_or(&self.path);
        let real = file.canonicalize().or_else(|_| folder.canonicalize());
        let real = real.map_err(|source| DataDirError::io("find", folder, source))?;
        // Systems other than Linux have no such file; they are not checked.
        let mountinfo = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        match network_file_system(&mountinfo, &real) {
            Some(kind) => Err(DataDirError::NetworkFileSystem { path: file, kind: kind.to_owned() }),
            None => Ok(()),
        }
    }
}

fn refuse_git_work_tree(path: &Path) -> Result<(), DataDirError> {
    match path.ancestors().find(|folder| folder.join(".git").exists()) {
        Some(tree) => Err(DataDirError::InGitWorkTree { path: path.to_owned(), tree: tree.to_owned() }),
        None => Ok(()),
    }
}

fn make_private(path: &Path) -> Result<(), DataDirError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(DataDirError::NotAFolder(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(DataDirError::io("open", path, source)),
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|source| DataDirError::io("make", parent, source))?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        // Somebody else made it in between; the checks that follow look at theirs.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done.map_err(|source| DataDirError::io("make", path, source)),
    }
}

#[cfg(unix)]
fn refuse_open_folder(path: &Path) -> Result<(), DataDirError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).map_err(|source| DataDirError::io("open", path, source))?;
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 { Ok(()) } else { Err(DataDirError::OpenToOthers { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_open_folder(_: &Path) -> Result<(), DataDirError> {
    Ok(())
}
