//! Every secret that Keystead makes carries a checksum, so all of them are canaries: wherever the suite looks at something that
//! must hold none, one is recognized, whoever made it (K6).

use std::{
    ops::Deref,
    path::{Path, PathBuf},
};

use keystead::crypto::secret_text::{PresentedSecret, SecretKind};
use tempfile::TempDir;

/// Characters of a secret.
const LENGTH: usize = 60;
/// How the header and the claims of a signed token begin: `{"` in base64url.
const JSON: &[u8] = b"eyJ";
/// Characters of the shortest signature that tokens have.
const SIGNATURE: usize = 86;

/// The first secret or signed token in these bytes.
pub fn secret_in(bytes: &[u8]) -> Option<String> {
    (0..bytes.len()).find_map(|at| {
        let rest = &bytes[at..];
        match rest.first() {
            Some(b'k') => generated(rest),
            Some(b'e') => signed(rest),
            _ => None,
        }
    })
}

/// Panics if there is a secret in these bytes.
pub fn assert_none(place: &str, bytes: &[u8]) {
    if let Some(found) = secret_in(bytes) {
        panic!("a secret is in {place}: {found}");
    }
}

fn generated(rest: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(rest.get(..LENGTH)?).ok()?;
    SecretKind::claimed_by(text)?;
    PresentedSecret::parse(text).is_ok().then(|| text.to_owned())
}

fn signed(rest: &[u8]) -> Option<String> {
    if !rest.starts_with(JSON) {
        return None;
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let end = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
    let text = std::str::from_utf8(&rest[..end]).ok()?;
    let parts: Vec<&str> = text.split('.').collect();
    let [_, claims, signature] = parts[..] else { return None };
    (claims.as_bytes().starts_with(JSON) && signature.len() >= SIGNATURE).then(|| text.to_owned())
}

/// The folder of a test. When it goes, no file of a database in it may hold a secret.
#[derive(Debug)]
pub struct TestFolder(TempDir);

impl TestFolder {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }
}

impl Deref for TestFolder {
    type Target = TempDir;

    fn deref(&self) -> &TempDir {
        &self.0
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        // A test that failed has something else to say.
        if std::thread::panicking() {
            return;
        }
        for file in files_below(self.path()) {
            if file.file_name().is_some_and(|name| name.to_string_lossy().contains(".sqlite")) {
                // The program may be about to remove what lies beside its database.
                let Ok(bytes) = std::fs::read(&file) else { continue };
                assert_none(&file.display().to_string(), &bytes);
            }
        }
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_below(&entry.path()),
            Ok(kind) if kind.is_file() => vec![entry.path()],
            _ => Vec::new(),
        })
        .collect()
}
