//! Throw-away PostgreSQL clusters: private Unix socket, no TCP, durable commits, gone when the test process is gone.
//!
//! [`database`] and [`database_from_template`] use one cluster per test process. A test that takes the database away
//! starts its own [`Cluster`].

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

const SUPERVISOR: &str = include_str!("postgres_supervisor.sh");

/// A fresh, empty database of the cluster of this process.
pub fn database() -> PostgresDatabase {
    shared().database()
}

/// A copy of the template `name` of the cluster of this process; `prepare` fills the template the first time it is
/// asked for. `prepare` must close its connections: PostgreSQL copies no database that is in use.
pub fn database_from_template(name: &str, prepare: impl FnOnce(&str)) -> PostgresDatabase {
    shared().database_from_template(name, prepare)
}

fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start)
}

/// One database. It goes with its cluster.
#[derive(Clone, Debug)]
pub struct PostgresDatabase {
    /// `postgres:///name?host=/folder/of/the/socket&user=postgres`
    pub url: String,
}

impl PostgresDatabase {
    /// A connection of its own.
    pub fn connect(&self) -> PgConnection {
        connect(&self.url)
    }

    /// Runs SQL statements.
    pub fn execute(&self, sql: &str) {
        execute(&mut self.connect(), sql);
    }
}

/// A PostgreSQL server with its own data folder. Dropping it, or the end of the process in whatever way, stops the
/// server and removes the folder.
#[derive(Debug)]
pub struct Cluster {
    home: PathBuf,
    supervisor: Mutex<Supervisor>,
    templates: Mutex<BTreeSet<String>>,
    databases: AtomicU64,
}

impl Cluster {
    /// Creates and starts a cluster; takes about two seconds.
    pub fn start() -> Self {
        let programs = programs();
        let account = Account::of_the_server();
        let home = private_folder(account.as_ref());
        let supervisor = Supervisor::spawn(&programs, &home, account.as_ref());
        let cluster = Self {
            home,
            supervisor: Mutex::new(supervisor),
            templates: Mutex::default(),
            databases: AtomicU64::new(0),
        };
        cluster.order("initialize");
        cluster.order("start");
        cluster
    }

    /// A fresh, empty database.
    pub fn database(&self) -> PostgresDatabase {
        self.create("template0")
    }

    /// See [`database_from_template`].
    pub fn database_from_template(&self, name: &str, prepare: impl FnOnce(&str)) -> PostgresDatabase {
        let template = format!("template_{name}");
        {
            let mut prepared = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
            if !prepared.contains(name) {
                let mut server = self.connect();
                execute(&mut server, &format!("DROP DATABASE IF EXISTS \"{template}\" WITH (FORCE)"));
                execute(&mut server, &format!("CREATE DATABASE \"{template}\" TEMPLATE template0"));
                prepare(&self.url(&template));
                prepared.insert(name.to_owned());
            }
        }
        self.create(&template)
    }

    /// Ends the server in order; clients are cut off, new ones are refused.
    pub fn stop(&self) {
        self.order("stop");
    }

    /// Ends the server as a crash would: no checkpoint, the next start recovers from the log.
    pub fn crash(&self) {
        self.order("crash");
    }

    /// Starts the server again after [`Cluster::stop`] or [`Cluster::crash`]; returns when it takes connections.
    pub fn start_again(&self) {
        self.order("start");
    }

    /// [`Cluster::stop`], then [`Cluster::start_again`].
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// Freezes every process of the server (SIGSTOP): connections stay open and nothing answers.
    pub fn pause(&self) {
        self.order("pause");
    }

    /// Undoes [`Cluster::pause`].
    pub fn resume(&self) {
        self.order("resume");
    }

    /// The folder that holds the socket, the data and the log of the server.
    pub fn folder(&self) -> &Path {
        &self.home
    }

    fn create(&self, template: &str) -> PostgresDatabase {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        execute(&mut self.connect(), &format!("CREATE DATABASE {name} TEMPLATE \"{template}\""));
        PostgresDatabase { url: self.url(&name) }
    }

    fn connect(&self) -> PgConnection {
        connect(&self.url("postgres"))
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.home.display())
    }

    fn order(&self, command: &str) {
        self.supervisor.lock().unwrap_or_else(PoisonError::into_inner).order(command);
    }
}

/// The shell that owns the server and outlives this process just long enough to clean up.
#[derive(Debug)]
struct Supervisor {
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    fn spawn(programs: &Path, home: &Path, account: Option<&Account>) -> Self {
        let mut command = Command::new("sh");
        command.args([OsStr::new("-c"), OsStr::new(SUPERVISOR), OsStr::new("postgres-supervisor")]);
        command.args([programs, home]).current_dir(home);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Its own process group, or Ctrl-C in a terminal would end it before it has cleaned up.
        command.process_group(0);
        if let Some(account) = account {
            command.uid(account.user).gid(account.group).env("HOME", home);
        }
        let mut shell = command.spawn().expect("`sh` starts");
        let orders = shell.stdin.take();
        let answers = BufReader::new(shell.stdout.take().expect("stdout is a pipe"));
        Self { shell, orders, answers }
    }

    fn order(&mut self, command: &str) {
        let orders = self.orders.as_mut().expect("orders end only at drop");
        writeln!(orders, "{command}").expect("the PostgreSQL supervisor runs");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the PostgreSQL supervisor answers");
        assert_eq!(answer.trim_end(), "ok", "PostgreSQL cannot {command}");
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Nothing to do about a failure: the folder is a temporary one.
        let _ = self.shell.wait();
    }
}

/// PostgreSQL refuses to run as root, so root's tests run it as `postgres`.
#[derive(Debug)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    fn of_the_server() -> Option<Self> {
        let we_are_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        we_are_root.then(|| Self { user: id("-u"), group: id("-g") })
    }
}

fn id(kind: &str) -> u32 {
    let output = Command::new("id").args([kind, "postgres"]).output().expect("`id` starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("there is no user `postgres` to run PostgreSQL as; {REMEDY}"))
}

const REMEDY: &str = "install the Debian package `postgresql` (apt-get install postgresql) or run `./test`, which does";

/// The folder with `initdb`, `pg_ctl` and `postgres`: the newest of Debian's, else the first in `PATH`.
fn programs() -> PathBuf {
    let debian = Path::new("/usr/lib/postgresql");
    let mut versions: Vec<u32> = std::fs::read_dir(debian)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions
        .into_iter()
        .map(|version| debian.join(version.to_string()).join("bin"))
        .chain(std::env::split_paths(&path))
        .find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file()))
        .unwrap_or_else(|| panic!("PostgreSQL is missing: {REMEDY}"))
}

/// A new folder only the server's account (and root) can enter. Its path is short: a socket's may have 107 bytes.
fn private_folder(account: Option<&Account>) -> PathBuf {
    let folder = tempfile::Builder::new().prefix("keystead-pg-").tempdir_in("/tmp").expect("a folder in /tmp").keep();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("the folder is ours");
    if let Some(account) = account {
        chown(&folder, Some(account.user), Some(account.group)).expect("root gives the folder away");
    }
    folder
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap_or_else(|error| panic!("no connection to {url}: {error}"))
}

fn execute(connection: &mut PgConnection, sql: &str) {
    connection.batch_execute(sql).unwrap_or_else(|error| panic!("`{sql}`: {error}"));
}
