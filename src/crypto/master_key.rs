//! The file that the master key lives in: one line, readable by its owner only.
//!
//! A file that is not as it should be is refused by name and left as it is. Replacing it would make everything that was
//! sealed under it unreadable.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    random::{OsRandom, RandomUnavailable},
    sealed::{MasterKey, SealError},
};

/// More than any key file has: 43 characters and a line end.
const MOST_BYTES: u64 = 1024;
const GROUP_AND_OTHERS: u32 = 0o077;
const PERMISSIONS: u32 = 0o777;

/// Why the master key cannot be used. Each says what to do.
#[derive(Debug, Error)]
pub enum MasterKeyError {
    /// No such file.
    #[error("there is no master key at {}; put the site's key there, or run `keystead init` for a new site", .0.display())]
    Missing(PathBuf),
    /// Others may read or write it.
    #[error("{} has mode {mode:03o}, so others than its owner can get at the master key; run `chmod {wanted:03o} {}`", .path.display(), .path.display())]
    Exposed {
        /// File or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they should be.
        wanted: u32,
    },
    /// It belongs to somebody else.
    #[error("{} belongs to user {owner}, but this process runs as user {user}; run `chown {user} {}`", .path.display(), .path.display())]
    ForeignOwner {
        /// File or folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who asks.
        user: u32,
    },
    /// A symbolic link.
    #[error("{} is a symbolic link; name the place itself, so that nobody can point it elsewhere", .0.display())]
    Link(PathBuf),
    /// Neither file nor folder, or the one in place of the other.
    #[error("{} is not a {expected}; move it away", .path.display())]
    WrongKind {
        /// What was found.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// Torn or not a key.
    #[error("{} does not hold a master key (one line, 43 characters of base64url); restore it from a backup, it is left as it is", .0.display())]
    Unreadable(PathBuf),
    /// The system refuses.
    #[error("{}: cannot {action}: {cause}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// The cipher refused the key.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// The text is not a master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a master key is one line of 43 characters of base64url (32 bytes)")]
pub struct InvalidMasterKey;

impl MasterKey {
    /// The key that is written as this line, for keys that come from elsewhere than a file of ours.
    ///
    /// # Errors
    /// The text is not 32 bytes in base64url.
    pub fn from_text(text: &str) -> Result<Self, InvalidMasterKey> {
        let mut bytes = Zeroizing::new([0; 32]);
        let length =
            URL_SAFE_NO_PAD.decode_slice(text.trim_end(), bytes.as_mut_slice()).map_err(|_| InvalidMasterKey)?;
        if length != bytes.len() {
            return Err(InvalidMasterKey);
        }
        Self::from_bytes(bytes).map_err(|_| InvalidMasterKey)
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// It is missing, exposed, foreign, a link or torn.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        check_folder(folder_of(path))?;
        read(path)
    }

    /// Reads the key file, or makes it if there is none. Of several processes that do so at once, one makes the key and
    /// all get it; when this returns, the file outlives a power cut.
    ///
    /// # Errors
    /// As [`MasterKey::load`], or the file cannot be written.
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        let folder = folder_of(path);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io_error(folder, "make the folder"))?;
        check_folder(folder)?;
        let key = match read(path) {
            Err(MasterKeyError::Missing(_)) => {
                create(path, folder)?;
                read(path)
            }
            found => found,
        }?;
        // Also after another process has made the file: what is sealed from here on must not lose its key.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error(folder, "flush the folder"))?;
        Ok(key)
    }
}

/// Removes the temporary file on every way out.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Nothing to be done about it: the name is unique and the file is readable by its owner only.
        fs::remove_file(&self.0).ok();
    }
}

/// Writes a new key beside its place, flushes it, and only then gives it its name, unless the name is taken.
fn create(path: &Path, folder: &Path) -> Result<(), MasterKeyError> {
    let key = MasterKey::generate()?;
    let mut line = Zeroizing::new(String::with_capacity(64));
    URL_SAFE_NO_PAD.encode_string(key.expose_bytes(), &mut line);
    line.push('\n');
    let unique = u64::from_be_bytes(OsRandom::bytes()?);
    let temporary = Temporary(folder.join(format!(".master-key-{unique:016x}.tmp")));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary.0)
        .map_err(io_error(&temporary.0, "make the file"))?;
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(io_error(&temporary.0, "write the file"))?;
    match fs::hard_link(&temporary.0, path) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => Err(io_error(path, "name the file")(cause)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn read(path: &Path) -> Result<MasterKey, MasterKeyError> {
    let named = match fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Err(MasterKeyError::Missing(path.to_owned())),
        found => found.map_err(io_error(path, "look at the file"))?,
    };
    check_private(path, &named, "file", 0o600)?;
    let file = File::open(path).map_err(io_error(path, "open the file"))?;
    let opened = file.metadata().map_err(io_error(path, "look at the file"))?;
    if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
        return Err(MasterKeyError::Link(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::with_capacity(64));
    match file.take(MOST_BYTES).read_to_string(&mut text) {
        Err(cause) if cause.kind() == io::ErrorKind::InvalidData => {
            return Err(MasterKeyError::Unreadable(path.to_owned()));
        }
        read => read.map_err(io_error(path, "read the file"))?,
    };
    MasterKey::from_text(&text).map_err(|_| MasterKeyError::Unreadable(path.to_owned()))
}

fn check_folder(folder: &Path) -> Result<(), MasterKeyError> {
    match fs::symlink_metadata(folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Err(MasterKeyError::Missing(folder.to_owned())),
        found => check_private(folder, &found.map_err(io_error(folder, "look at the folder"))?, "folder", 0o700),
    }
}

fn check_private(path: &Path, found: &Metadata, expected: &'static str, wanted: u32) -> Result<(), MasterKeyError> {
    let path = path.to_owned();
    if found.is_symlink() {
        return Err(MasterKeyError::Link(path));
    }
    let right_kind = if expected == "folder" { found.is_dir() } else { found.is_file() };
    if !right_kind {
        return Err(MasterKeyError::WrongKind { path, expected });
    }
    if let Some(user) = effective_user()
        && user != found.uid()
    {
        return Err(MasterKeyError::ForeignOwner { path, owner: found.uid(), user });
    }
    if found.mode() & GROUP_AND_OTHERS != 0 {
        return Err(MasterKeyError::Exposed { path, mode: found.mode() & PERMISSIONS, wanted });
    }
    Ok(())
}

/// The standard library does not tell; Linux writes it as the second number of `Uid:` (proc(5)). Where there is no such
/// file the check of the owner is left out: what the permissions allow is then all that is known.
fn effective_user() -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let numbers = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    numbers.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn io_error<'a>(path: &'a Path, action: &'static str) -> impl FnOnce(io::Error) -> MasterKeyError + 'a {
    move |cause| MasterKeyError::Io { path: path.to_owned(), action, cause }
}
