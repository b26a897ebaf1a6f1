//! Starting the built program in folders that vanish with the test.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use keystead::{
    config::DatabaseUrl,
    store::{Store, StoreOptions},
};
use serde_json::Value;
use tempfile::TempDir;

/// A command of the program that sees no setting of the caller.
pub(crate) fn keystead(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystead"));
    let settings = std::env::vars_os().map(|(name, _)| name);
    for name in settings.filter(|name| name.to_string_lossy().starts_with("KEYSTEAD_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What a finished command left.
pub(crate) struct Finished {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.exit, Some(0), "{}{}", self.stdout, self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The word of a refusal, from standard error; standard output stays empty.
    pub(crate) fn refusal(&self) -> String {
        assert_eq!((self.exit, self.stdout.as_str()), (Some(1), ""), "{}", self.stderr);
        let error: Value = serde_json::from_str(self.stderr.trim()).unwrap();
        error["error"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn finish(mut command: Command) -> Finished {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Finished { exit: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// The same with something on standard input.
pub(crate) fn finish_with_input(mut command: Command, input: &str) -> Finished {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that does not read its input is judged by its output.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Finished { exit: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

pub(crate) fn run(arguments: &[&str]) -> Finished {
    finish(keystead(arguments))
}

/// A site with a space `Acme` and workspaces 1001 and 1002.
pub(crate) struct Site {
    folder: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        let made = site.run(&[
            "init",
            "--issuer",
            "http://127.0.0.1:9",
            "--space",
            "Acme",
            "--workspace",
            "One",
            "--workspace",
            "Two",
        ]);
        assert_eq!(made.exit, Some(0), "{}", made.stderr);
        site
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = keystead(arguments);
        command.arg("--json").arg("--data-dir").arg(self.data_dir());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        finish(self.command(arguments))
    }

    pub(crate) fn create_key(&self, more: &[&str]) -> Finished {
        let arguments = ["key", "create", "--space", "Acme", "Jenkins"];
        self.run(&[arguments.as_slice(), more].concat())
    }

    /// Runs a command with the rights of a user.
    pub(crate) fn run_as(&self, login: &str, arguments: &[&str]) -> Finished {
        self.run(&[&["--as", login], arguments].concat())
    }

    /// Makes a user of `Acme` who holds these roles, and gives the id.
    pub(crate) fn user(&self, login: &str, roles: &[&str]) -> String {
        self.user_in("Acme", login, roles)
    }

    /// The same in another space.
    pub(crate) fn user_in(&self, space: &str, login: &str, roles: &[&str]) -> String {
        let mut arguments = vec!["user", "create", "--space", space, "--full-name", login, login];
        arguments.extend(roles.iter().flat_map(|role| ["--role", *role]));
        text(&self.run(&arguments).json(), "id").to_owned()
    }

    /// The database of the site, past the program.
    pub(crate) fn store(&self) -> Store {
        let url = DatabaseUrl::Sqlite(self.data_dir().join("keystead.sqlite"));
        Store::open(StoreOptions::new(url)).unwrap()
    }
}

/// The values of one member of each item of a list.
pub(crate) fn column<'a>(list: &'a Value, name: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| text(item, name)).collect()
}

pub(crate) fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {json}"))
}

#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A server that runs; dropping it kills it.
pub(crate) struct Running {
    child: Child,
    /// Its first line of standard output.
    pub(crate) line: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the server ended: {said}");
        }
        Self { child, line }
    }

    /// Asks for an orderly end and answers the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
