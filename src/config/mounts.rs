//! Finds out whether a path lies on a network file system, where SQLite's locks cannot be relied on.

use std::path::{Path, PathBuf};

const NETWORK: &[&str] =
    &["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "ncpfs", "afs", "ceph", "lustre"];
const NETWORK_FUSE: &[&str] = &["fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.ceph"];

/// The network file system that holds an absolute path, according to the text of `/proc/self/mountinfo`
/// (proc(5): mount point in field 5, type in the field after the lone hyphen).
#[must_use]
pub fn network_file_system<'a>(mountinfo: &'a str, path: &Path) -> Option<&'a str> {
    let mounts = mountinfo.lines().filter_map(mount).filter(|(point, _)| path.starts_with(point));
    // Of two mounts at one point the later covers the earlier; max_by_key keeps the last of equals.
    let (_, kind) = mounts.max_by_key(|(point, _)| point.components().count())?;
    (NETWORK.contains(&kind) || NETWORK_FUSE.contains(&kind)).then_some(kind)
}

fn mount(line: &str) -> Option<(PathBuf, &str)> {
    let (before, after) = line.split_once(" - ")?;
    let point = before.split(' ').nth(4)?;
    let kind = after.split(' ').next()?;
    Some((unescape(point), kind))
}

/// The kernel writes space, tab, line feed and backslash as octal numbers.
fn unescape(text: &str) -> PathBuf {
    text.replace(r"\040", " ").replace(r"\011", "\t").replace(r"\012", "\n").replace(r"\134", r"\").into()
}
