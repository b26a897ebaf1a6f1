//! One installation: a site made by the command line, and servers of it as processes of their own.

use std::{net::SocketAddr, process::Command, sync::Arc};

use diesel::{
    Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection,
    dsl::sql,
    select,
    sql_types::{BigInt, Nullable, Text},
};
use keystead::{
    config::DatabaseUrl,
    crypto::sealed::MasterKey,
    manage::Deps,
    store::{Store, StoreOptions},
};
use serde_json::Value;

use crate::support::{
    backend::{Backend, TestDatabase},
    canary::TestFolder,
    http::{Client, Response},
    process::{Finished, Running, finish, keystead},
    site::{AUDIENCE, Credential, ISSUER},
};

/// A site in a folder and a database, with a space `Acme` and workspaces 1001 and 1002.
pub(crate) struct Installation {
    pub(crate) url: DatabaseUrl,
    folder: TestFolder,
    /// The client that introspects.
    pub(crate) api: Credential,
}

impl Installation {
    pub(crate) fn new(backend: Backend) -> Self {
        let TestDatabase { url, folder } = TestDatabase::empty(backend);
        Self::make(url, folder, ISSUER)
    }

    /// A site with another issuer.
    pub(crate) fn with_issuer(backend: Backend, issuer: &str) -> Self {
        let TestDatabase { url, folder } = TestDatabase::empty(backend);
        Self::make(url, folder, issuer)
    }

    /// A site in a database of a server that the test will take away.
    pub(crate) fn on_postgres(url: String) -> Self {
        Self::make(DatabaseUrl::Postgres(url), TestFolder::new(), ISSUER)
    }

    fn make(url: DatabaseUrl, folder: TestFolder, issuer: &str) -> Self {
        let database = match &url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let init = ["init", "--issuer", issuer, "--audience", AUDIENCE, "--space", "Acme", "--database", &database];
        json(&mut command(&folder, &[init.as_slice(), &["--workspace", "One", "--workspace", "Two"]].concat()));
        let api = json(&mut command(&folder, &["resource-server", "create", "--audience", AUDIENCE, "API"]));
        Self { url, folder, api: credential(&api) }
    }

    /// A command of the program for this site.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(&self.folder, arguments)
    }

    /// Runs a command to its end.
    pub(crate) fn try_run(&self, arguments: &[&str]) -> Finished {
        finish(self.command(arguments).arg("--json"))
    }

    /// Runs a command that succeeds and gives the JSON that it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> Value {
        json(&mut self.command(arguments))
    }

    /// An API key with this role.
    pub(crate) fn key(&self, role: &str) -> Credential {
        credential(&self.run(&["key", "create", "--space", "Acme", "--role", role, "--expires", "none", "Key"]))
    }

    /// A server of this site, which logs `JSON` lines from `debug` on.
    pub(crate) fn node(&self) -> Node {
        self.node_with(|_| {})
    }

    /// The same with other settings.
    pub(crate) fn node_with(&self, adjust: impl FnOnce(&mut Command)) -> Node {
        let mut command = self.command(&["serve"]);
        command
            .env("KEYSTEAD_LISTEN__ADDRESS", "127.0.0.1:0")
            .env("KEYSTEAD_LISTEN__WORKERS", "2")
            .env("KEYSTEAD_MANAGEMENT__ADDRESS", "127.0.0.1:0")
            .env("KEYSTEAD_LOG__FORMAT", "json")
            .env("KEYSTEAD_LOG__LEVEL", "debug");
        adjust(&mut command);
        Node::start(&mut command)
    }

    /// The database of the site as a second process has it: this one.
    pub(crate) fn store(&self) -> Store {
        Store::open(StoreOptions::new(self.url.clone())).expect("the database opens")
    }

    /// What use cases need.
    pub(crate) fn deps(&self) -> Deps {
        let file = self.folder.path().join("site/keys/master.key");
        Deps { master: Arc::new(MasterKey::load(&file).expect("the master key is there")) }
    }

    /// The file of the database and those beside it, byte for byte; on PostgreSQL all rows of all tables.
    pub(crate) fn everything_stored(&self) -> Vec<u8> {
        match &self.url {
            DatabaseUrl::Sqlite(file) => {
                let name = file.file_name().expect("a file").to_str().expect("a name in UTF-8").to_owned();
                let folder = std::fs::read_dir(file.parent().expect("a folder")).expect("a folder");
                let paths = folder.map(|entry| entry.expect("an entry").path());
                let of_database = paths.filter(|path| path.to_string_lossy().contains(&name));
                of_database.flat_map(|path| std::fs::read(path).expect("a file")).collect()
            }
            DatabaseUrl::Postgres(_) => {
                // Once with binary columns as hexadecimal digits and once as base64.
                let rows = |form: &str| {
                    self.text(&format!(
                        "(SELECT set_config('xmlbinary', '{form}', false)) || database_to_xml(true, false, '')::text"
                    ))
                };
                (rows("hex") + &rows("base64")).into_bytes()
            }
        }
    }

    /// The number that an SQL expression yields.
    pub(crate) fn number(&self, expression: &str) -> i64 {
        let query = select(sql::<BigInt>(&format!("({expression})")));
        match &self.url {
            DatabaseUrl::Sqlite(path) => query.get_result(&mut sqlite(path)),
            DatabaseUrl::Postgres(url) => query.get_result(&mut postgres(url)),
        }
        .unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The text that an SQL expression yields.
    pub(crate) fn text(&self, expression: &str) -> String {
        let query = select(sql::<Nullable<Text>>(&format!("({expression})")));
        let text: Option<String> = match &self.url {
            DatabaseUrl::Sqlite(path) => query.get_result(&mut sqlite(path)),
            DatabaseUrl::Postgres(url) => query.get_result(&mut postgres(url)),
        }
        .unwrap_or_else(|error| panic!("{expression}: {error}"));
        text.unwrap_or_default()
    }

    /// SQLite finds nothing wrong with its file; every revoked token has its audit event and the other way round.
    pub(crate) fn check_whole(&self) {
        if self.url.is_sqlite() {
            assert_eq!(self.text("SELECT group_concat(integrity_check) FROM pragma_integrity_check"), "ok");
        }
        let revoked = self.number("SELECT count(*) FROM revoked_tokens");
        let written = self.number("SELECT count(DISTINCT target) FROM audit_events WHERE action = 'token.revoke'");
        let changes = self.number("SELECT count(*) FROM changes WHERE kind = 'token'");
        assert_eq!((written, changes), (revoked, revoked));
    }
}

fn command(folder: &TestFolder, arguments: &[&str]) -> Command {
    let mut command = keystead(arguments);
    // RSA keys take longest to make, and no test but that of other people's libraries needs them.
    command.env("KEYSTEAD_KEYS__SIGNING_ALGORITHMS", "ES256").arg("--data-dir").arg(folder.path().join("site"));
    command
}

fn json(command: &mut Command) -> Value {
    serde_json::from_str(&finish(command.arg("--json")).succeeded()).expect("the output is JSON")
}

fn sqlite(path: &std::path::Path) -> SqliteConnection {
    SqliteConnection::establish(&path.to_string_lossy()).expect("the file opens")
}

fn postgres(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the server answers")
}

/// What `create`, `regenerate` and `add-pair` print.
pub(crate) fn credential(printed: &Value) -> Credential {
    let text = |name: &str| printed[name].as_str().unwrap_or_else(|| panic!("no `{name}` was printed")).to_owned();
    Credential {
        client_id: text("client_id"),
        public_id: text("public_id").parse().expect("a public id"),
        secret: text("client_secret"),
    }
}

/// A server process. Dropping it kills it.
pub(crate) struct Node {
    pub(crate) process: Running,
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
    pub(crate) management: Client,
}

impl Node {
    fn start(command: &mut Command) -> Self {
        let process = Running::spawn(command);
        let line = process.wait_for_error_line(|line| line.contains(r#""message":"serving""#));
        let said: Value = serde_json::from_str(&line).expect("the log is JSON");
        let address = |name: &str| -> Option<SocketAddr> {
            said[name].as_str()?.strip_prefix("Some(")?.strip_suffix(')')?.parse().ok()
        };
        let client = |address: SocketAddr| Client::new(format!("http://{address}"));
        let plain = address("plain").or_else(|| address("tls")).expect("an address");
        let management = client(address("management").expect("an address"));
        Self { process, address: plain, client: client(plain), management }
    }

    pub(crate) fn token(&self, key: &Credential) -> Response {
        self.client.post_form("/oauth/token", key.pair(), &[("grant_type", "client_credentials")])
    }

    pub(crate) fn introspect(&self, caller: &Credential, token: &str) -> Response {
        self.client.post_form("/oauth/introspect", caller.pair(), &[("token", token)])
    }

    pub(crate) fn revoke(&self, key: &Credential, token: &str) -> Response {
        self.client.post_form("/oauth/revoke", key.pair(), &[("token", token)])
    }

    /// A token that the key gets.
    pub(crate) fn mint(&self, key: &Credential) -> String {
        let answer = self.token(key);
        assert_eq!(answer.status, 200, "{}\n{}", answer.body, self.process.stderr_so_far());
        answer.text("access_token")
    }

    /// What introspection says.
    pub(crate) fn is_active(&self, caller: &Credential, token: &str) -> bool {
        let answer = self.introspect(caller, token);
        assert_eq!(answer.status, 200, "{}\n{}", answer.body, self.process.stderr_so_far());
        is_active(&answer)
    }
}

/// The one word of an introspection.
pub(crate) fn is_active(answer: &Response) -> bool {
    answer.json()["active"].as_bool().unwrap_or_else(|| panic!("no boolean `active`: {answer:?}"))
}
