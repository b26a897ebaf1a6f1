//! The lock that keeps a second `keystead serve` away from the same SQLite file.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use super::data_dir::DataDirError;

/// Held by `keystead serve` as long as it uses a SQLite file. The operating system gives it up with the process.
#[derive(Debug)]
pub struct SqliteLock {
    path: PathBuf,
    _file: File,
}

impl SqliteLock {
    /// Takes the lock beside the database: `keystead.lock` for `keystead.sqlite`. It holds the number of the process.
    ///
    /// # Errors
    /// [`DataDirError::InUse`] if another process has it; [`DataDirError::Io`] if the file cannot be written.
    pub fn take(database: &Path) -> Result<Self, DataDirError> {
        let real = real_path(database).map_err(|source| DataDirError::io("find", database, source))?;
        let path = real.with_extension("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| DataDirError::io("open", &path, source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(&real, &mut file)),
            Err(TryLockError::Error(source)) => return Err(DataDirError::io("lock", &path, source)),
        }
        write_pid(&mut file).map_err(|source| DataDirError::io("write", &path, source))?;
        Ok(Self { path, _file: file })
    }

    /// The lock file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The path behind symbolic links, so that two names of one file share one lock. The file may not exist yet.
fn real_path(database: &Path) -> io::Result<PathBuf> {
    match database.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = database.parent().unwrap_or(Path::new("/")).canonicalize()?;
            Ok(database.file_name().map_or(folder.clone(), |name| folder.join(name)))
        }
        done => done,
    }
}

fn in_use(database: &Path, file: &mut File) -> DataDirError {
    let mut text = String::new();
    let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok());
    let process = pid.map_or_else(|| "pid unknown".to_owned(), |pid| format!("pid {pid}"));
    DataDirError::InUse { database: database.to_owned(), process }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    file.sync_all()
}
