//! The master key's file: made once, private, and refused by name when it is anything else.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
    sync::Barrier,
    thread,
};

use keystead::crypto::{master_key::MasterKeyError, sealed::MasterKey};
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let data = TempDir::new().unwrap();
    let path = data.path().join("keys").join("master.key");
    (data, path)
}

fn made() -> (TempDir, PathBuf, MasterKey) {
    let (data, path) = place();
    let key = MasterKey::load_or_create(&path).unwrap();
    (data, path, key)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn refused(path: &Path) -> MasterKeyError {
    let refused = MasterKey::load(path).unwrap_err();
    assert_eq!(refused.to_string(), MasterKey::load_or_create(path).unwrap_err().to_string());
    refused
}

// Covers: S-01, S-03
#[test]
fn the_first_start_makes_a_private_file_and_later_ones_read_it() {
    let (_data, path, key) = made();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    let files: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["master.key"]);
    assert_eq!(fs::read_to_string(&path).unwrap().trim_end().len(), 43);
    assert_eq!(MasterKey::load(&path).unwrap().id(), key.id());
    let again = MasterKey::load_or_create(&path).unwrap();
    assert_eq!(again.open("here", &key.seal("here", b"x").unwrap()).unwrap().as_slice(), b"x");
}

// Covers: S-03
#[test]
fn starts_at_the_same_time_end_with_the_same_key() {
    for _ in 0..20 {
        let (_data, path) = place();
        let start = Barrier::new(8);
        let ids = thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        MasterKey::load_or_create(&path).unwrap().id()
                    })
                })
                .collect();
            starts.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(MasterKey::load(&path).unwrap().id(), ids[0]);
    }
}

// Covers: S-03
#[test]
fn loading_makes_nothing() {
    let (_data, path) = place();
    assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::Missing(_))));
    assert!(!path.parent().unwrap().exists());
}

// Covers: S-01
#[test]
fn a_file_that_others_can_get_at_is_refused() {
    for bits in [0o640, 0o604, 0o660, 0o606, 0o644, 0o666, 0o777, 0o610, 0o601, 0o620, 0o602] {
        let (_data, path, _) = made();
        set_mode(&path, bits);
        let refused = refused(&path);
        assert!(matches!(refused, MasterKeyError::Exposed { mode, .. } if mode == bits), "{refused}");
        assert!(refused.to_string().contains(&format!("chmod 600 {}", path.display())));
    }
    for bits in [0o600, 0o400] {
        let (_data, path, _) = made();
        set_mode(&path, bits);
        assert!(MasterKey::load(&path).is_ok(), "{bits:o}");
    }
}

// Covers: S-01
#[test]
fn a_folder_that_others_can_get_at_is_refused() {
    for bits in [0o750, 0o705, 0o770, 0o777, 0o755, 0o710] {
        let (_data, path, _) = made();
        set_mode(path.parent().unwrap(), bits);
        let refused = refused(&path);
        assert!(matches!(refused, MasterKeyError::Exposed { mode, .. } if mode == bits), "{refused}");
        assert!(refused.to_string().contains("chmod 700"));
    }
}

// Covers: S-01
#[test]
fn links_are_refused_whether_they_lead_to_a_key_or_nowhere() {
    let (_data, path, _) = made();
    let link = path.with_file_name("link.key");
    symlink(&path, &link).unwrap();
    assert!(matches!(refused(&link), MasterKeyError::Link(_)));
    let dangling = path.with_file_name("dangling.key");
    symlink("/nonexistent/master.key", &dangling).unwrap();
    assert!(matches!(refused(&dangling), MasterKeyError::Link(_)));

    let (data, path, _) = made();
    let folder = data.path().join("link");
    symlink(path.parent().unwrap(), &folder).unwrap();
    assert!(matches!(refused(&folder.join("master.key")), MasterKeyError::Link(_)));
}

// Covers: S-01
#[test]
fn a_file_of_another_user_is_refused() {
    let (_data, path, _) = made();
    // Only root can give a file away; everybody else finds one of root's.
    let foreign = if chown(&path, Some(65_534), None).is_ok() { path } else { PathBuf::from("/etc/hostname") };
    let refused = MasterKey::load(&foreign).unwrap_err();
    assert!(matches!(refused, MasterKeyError::ForeignOwner { .. }), "{refused}");
    assert!(refused.to_string().contains("chown"));
}

// Covers: S-01
#[test]
fn a_folder_in_the_place_of_the_file_is_refused() {
    let (_data, path, _) = made();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(refused(&path), MasterKeyError::WrongKind { .. }));
}

// Covers: S-03
#[test]
fn a_torn_file_is_refused_and_left_as_it_is() {
    let (_data, path, _) = made();
    let line = fs::read(&path).unwrap();
    let two_lines = [line.as_slice(), line.as_slice()].concat();
    let torn = [&line[..20], b"", &[0; 44], &two_lines, b"not a key at all\n", &[0xff; 43], &[b'A'; 44], &[b'A'; 5000]];
    for content in torn {
        fs::write(&path, content).unwrap();
        let refused = refused(&path);
        assert!(matches!(refused, MasterKeyError::Unreadable(_)), "{refused}");
        assert!(refused.to_string().contains("restore it from a backup"));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

// Covers: S-02
#[test]
fn a_key_may_also_come_as_text() {
    let (_data, path, key) = made();
    let line = fs::read_to_string(&path).unwrap();
    assert_eq!(MasterKey::from_text(&line).unwrap().id(), key.id());
    assert_eq!(MasterKey::from_text(line.trim_end()).unwrap().id(), key.id());
    assert!(MasterKey::from_text("").is_err());
    assert!(MasterKey::from_text(&format!("{}=", line.trim_end())).is_err());
}
