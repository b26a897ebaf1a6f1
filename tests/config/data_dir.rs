//! The data folder and its lock.

use std::{fs, path::Path};

use keystead::config::{DataDir, DatabaseUrl, Purpose, mounts::network_file_system};

use super::assert_refused;

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

// Covers: J10
#[test]
fn a_new_data_folder_belongs_to_its_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataDir::prepare(&parent.path().join("a/b"), Purpose::Production).unwrap();
    assert_eq!((mode(folder.path()), mode(&folder.keys().unwrap())), (0o700, 0o700));
}

// Covers: J10
#[test]
fn a_folder_that_others_can_open_is_refused_and_not_altered() {
    let folder = tempfile::tempdir().unwrap();
    for open in [0o750, 0o705, 0o777] {
        set_mode(folder.path(), open);
        let outcome = DataDir::prepare(folder.path(), Purpose::Production);
        assert_refused(outcome, &[&format!("has mode {open:04o}"), "chmod 700", "--data-dir"]);
        assert_eq!(mode(folder.path()), open);
    }
    assert!(DataDir::prepare(folder.path(), Purpose::Development).is_ok());
    set_mode(folder.path(), 0o700);
    let folder = DataDir::prepare(folder.path(), Purpose::Production).unwrap();
    set_mode(&folder.keys().unwrap(), 0o755);
    assert_refused(folder.keys(), &["keys has mode 0755"]);
}

// Covers: J10
#[test]
fn a_folder_inside_a_git_work_tree_is_refused_unless_it_is_for_development() {
    let tree = tempfile::tempdir().unwrap();
    fs::create_dir(tree.path().join(".git")).unwrap();
    let inside = tree.path().join("site");
    let outcome = DataDir::prepare(&inside, Purpose::Production);
    assert_refused(outcome, &["lies in the git work tree", "would publish its keys", "--data-dir"]);
    assert!(!inside.exists(), "nothing is left behind");
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(&inside).unwrap();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(&inside, &link).unwrap();
    assert_refused(DataDir::prepare(&link, Purpose::Production), &["lies in the git work tree"]);
    assert!(DataDir::prepare(&inside, Purpose::Development).is_ok());
}

// Covers: J10
#[test]
fn a_file_is_no_data_folder() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_refused(DataDir::prepare(file.path(), Purpose::Production), &["is not a folder"]);
}

// Covers: G1
#[test]
fn one_sqlite_file_serves_one_server() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataDir::prepare(&parent.path().join("site"), Purpose::Production).unwrap();
    let other = DataDir::prepare(&parent.path().join("other"), Purpose::Production).unwrap();
    let database = DatabaseUrl::parse("sqlite://keystead.sqlite").unwrap().resolved(folder.path());
    let lock = folder.lock(&database).unwrap().unwrap();
    assert_eq!(lock.path(), folder.path().join("keystead.lock"));
    let sentence = format!("pid {}", std::process::id());
    for second in [&folder, &other] {
        assert_refused(second.lock(&database), &["another keystead serve uses", "keystead.sqlite", &sentence]);
    }
    let link = other.path().join("link.sqlite");
    fs::write(folder.path().join("keystead.sqlite"), "").unwrap();
    std::os::unix::fs::symlink(folder.path().join("keystead.sqlite"), &link).unwrap();
    assert_refused(other.lock(&DatabaseUrl::Sqlite(link)), &["another keystead serve uses"]);
    drop(lock);
    assert!(other.lock(&database).unwrap().is_some());
}

// Covers: G1
#[test]
fn postgresql_needs_no_lock() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataDir::prepare(&parent.path().join("site"), Purpose::Production).unwrap();
    assert!(folder.lock(&DatabaseUrl::parse("postgres://h/d").unwrap()).unwrap().is_none());
}

// Covers: G1
#[test]
fn network_file_systems_are_recognized() {
    let mountinfo = "\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:40 / /srv rw shared:5 - nfs4 server:/export rw
31 30 8:2 / /srv/local rw - xfs /dev/sdb1 rw
32 22 0:41 / /mnt/my\\040share rw - cifs //server/share rw
33 22 0:42 / /home/a/remote rw - fuse.sshfs a@b: rw
34 22 0:43 / /mnt/vm rw - 9p host rw
35 22 0:44 / /mnt/over rw - nfs server:/x rw
36 35 8:3 / /mnt/over rw - ext4 /dev/sdc1 rw
";
    let cases = [
        ("/var/lib/keystead", None),
        ("/srv/keystead", Some("nfs4")),
        ("/srv/local/keystead", None),
        ("/srvother", None),
        ("/mnt/my share/x", Some("cifs")),
        ("/home/a/remote", Some("fuse.sshfs")),
        ("/mnt/vm/x", Some("9p")),
        ("/mnt/over/x", None),
    ];
    for (path, kind) in cases {
        assert_eq!(network_file_system(mountinfo, Path::new(path)), kind, "{path}");
    }
}
