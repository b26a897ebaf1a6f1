//! `keystead demo`, the first thing that anybody runs.

use std::{
    collections::BTreeSet,
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
};

use serde_json::Value;

use crate::{
    on_both,
    support::{
        backend::{Backend, TestDatabase},
        canary::TestFolder,
        http::Client,
        process::{Running, finish, keystead},
    },
};

/// A demo's folder, and its database if that is somewhere else.
struct Demo {
    folder: TestFolder,
    database: Option<String>,
}

impl Demo {
    fn new(backend: Backend) -> Self {
        let database = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(TestDatabase::empty(backend).url_text()),
        };
        Self { folder: TestFolder::new(), database }
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = keystead(&["demo"]);
        command.arg("--data-dir").arg(self.path("")).args(more);
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        command
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("demo").join(name)
    }

    /// Starts it and gives the line for scripts.
    fn start(&self, more: &[&str]) -> (Running, Value) {
        let mut running = Running::spawn(&mut self.command(&[&["--json"], more].concat()));
        let line = running.wait_for_line(|_| true);
        (running, serde_json::from_str(&line).expect("the line is JSON"))
    }

    /// Starts it for people and gives all lines up to the last.
    fn start_for_people(&self, more: &[&str]) -> (Running, String) {
        let mut running = Running::spawn(&mut self.command(more));
        running.wait_for_line(|line| line.starts_with("User "));
        let text = running.stdout_so_far().to_owned();
        (running, text)
    }
}

fn text<'a>(printed: &'a Value, pointer: &str) -> &'a str {
    printed.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {printed}"))
}

fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn secrets(printed: &Value) -> [&str; 5] {
    [
        "/api_key/client_secret",
        "/resource_server/client_secret",
        "/management_key/client_secret",
        "/application/client_secret",
        "/user/password",
    ]
    .map(|pointer| text(printed, pointer))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the file is there").permissions().mode() & 0o777
}

/// Runs what people paste into a shell, with `TOKEN` set as earlier lines left it. Gives its output and the new `TOKEN`.
fn paste(line: &str, token: &str) -> (String, String) {
    let script = format!("{line}\nprintf '\\n=%s' \"$TOKEN\"");
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).env("TOKEN", token).env("NO_PROXY", "*").env("no_proxy", "*");
    let said = finish(&mut bash).succeeded();
    let (output, token) = said.rsplit_once("\n=").expect("the token at the end");
    (output.trim().to_owned(), token.to_owned())
}

/// State of a socket in `/proc/net/tcp` that listens.
const LISTENING: &str = "0A";

/// Local addresses on which a process listens, IPv4 and IPv6.
fn listeners(pid: u32) -> Vec<String> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).expect("the process runs");
    let links = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let sockets: BTreeSet<String> =
        links.filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect();
    let tables =
        ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default());
    let rows =
        tables.iter().flat_map(|table| table.lines().skip(1)).map(|row| row.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row[3] == LISTENING && sockets.contains(row[9])).map(|row| row[1].to_owned()).collect()
}

on_both! {
    // Covers: K10, L005, L091
    #[test]
    fn the_line_for_scripts_holds_credentials_that_work(backend) {
        let demo = Demo::new(backend);
        let (running, printed) = demo.start(&["--port", "0"]);
        assert_eq!(members(&printed), BTreeSet::from(["issuer", "api_key", "resource_server", "management_key", "application", "user", "admin"]));
        assert_eq!(members(&printed["application"]), BTreeSet::from(["client_id", "client_secret", "redirect_uri"]));
        assert_eq!(members(&printed["api_key"]), BTreeSet::from(["client_id", "client_secret", "scope"]));
        assert_eq!(members(&printed["resource_server"]), BTreeSet::from(["client_id", "client_secret"]));
        assert_eq!(members(&printed["management_key"]), BTreeSet::from(["client_id", "client_secret"]));
        assert_eq!(members(&printed["user"]), BTreeSet::from(["login", "password"]));
        assert_eq!(members(&printed["admin"]), BTreeSet::from(["login", "password"]));

        let client = Client::new(text(&printed, "/issuer"));
        let key = (text(&printed, "/api_key/client_id"), text(&printed, "/api_key/client_secret"));
        let api = (text(&printed, "/resource_server/client_id"), text(&printed, "/resource_server/client_secret"));
        let scope = text(&printed, "/api_key/scope");
        let got = client.post_form("/oauth/token", key, &[("grant_type", "client_credentials"), ("scope", scope)]);
        assert_eq!((got.status, got.text("scope").as_str()), (200, scope), "{}", got.body);
        let token = got.text("access_token");
        let introspect = || client.post_form("/oauth/introspect", api, &[("token", &token)]).json();
        let active = introspect();
        assert_eq!((active["active"].as_bool(), active["client_id"].as_str()), (Some(true), Some(key.0)));
        assert_eq!(client.post_form("/oauth/revoke", key, &[("token", &token)]).status, 200);
        assert_eq!(introspect(), serde_json::json!({ "active": false }));

        let said = running.stderr_so_far();
        assert!(secrets(&printed).iter().all(|secret| !said.contains(secret)) && !said.contains(&token), "{said}");
    }

    // Covers: IN-09, RV-01, KM-01
    #[test]
    fn the_printed_lines_do_what_they_say(backend) {
        let demo = Demo::new(backend);
        let (mut running, page) = demo.start_for_people(&["--port", "0"]);
        assert!(page.contains("no production site"), "{page}");
        let pasted: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        let [get, ask, revoke, ask_again, revoke_key, get_for_api, make_key] = pasted[..] else {
            panic!("seven lines to paste: {page}")
        };

        let (said, token) = paste(get, "");
        assert_eq!((said.as_str(), token.split('.').count()), ("", 3), "{token}");
        assert!(paste(ask, &token).0.starts_with(r#"{"active":true,"#));
        assert_eq!(paste(revoke, &token).0, "{}");
        assert_eq!(paste(ask_again, &token).0, r#"{"active":false}"#);

        let (_, other) = paste(get, "");
        assert!(paste(ask, &other).0.starts_with(r#"{"active":true,"#));
        assert!(paste(revoke_key, &other).0.contains("is revoked"));
        assert_eq!(paste(ask, &other).0, r#"{"active":false}"#);

        let (_, for_api) = paste(get_for_api, "");
        let (made, _) = paste(make_key, &for_api);
        let made: Value = serde_json::from_str(&made).unwrap_or_else(|error| panic!("{error}: {made}"));
        let client = Client::new(page.split_whitespace().nth(3).expect("the issuer").trim_end_matches('.'));
        let key = (text(&made, "/client_id"), text(&made, "/client_secret"));
        assert_eq!(client.post_form("/oauth/token", key, &[("grant_type", "client_credentials")]).status, 200);
        assert_eq!(running.terminate().code(), Some(0));
    }

    // Covers: K10
    #[test]
    fn a_second_run_prints_the_same_page_and_takes_the_same_site(backend) {
        let demo = Demo::new(backend);
        let (mut first, page) = demo.start_for_people(&["--port", "0"]);
        let get = page.lines().find_map(|line| line.strip_prefix("  TOKEN=")).expect("a line to paste").to_owned();
        let ask = page.lines().find_map(|line| line.strip_prefix("  ").filter(|line| line.contains("introspect")));
        let (_, token) = paste(&format!("TOKEN={get}"), "");
        assert_eq!(first.terminate().code(), Some(0));
        let (_second, again) = demo.start_for_people(&[]);
        assert_eq!(again, page);
        // Tokens of the first run live on: it is the same site at the same address.
        assert!(paste(ask.expect("a line to paste"), &token).0.starts_with(r#"{"active":true,"#));
    }
}

// Covers: K10
#[test]
fn what_is_secret_can_be_read_by_its_owner_only() {
    let demo = Demo::new(Backend::Sqlite);
    let (_running, _) = demo.start(&["--port", "0"]);
    assert_eq!((mode(&demo.path("keys/master.key")), mode(&demo.path("demo.json"))), (0o600, 0o600));
    let other = Demo::new(Backend::Sqlite);
    let (_other, theirs) = other.start(&["--port", "0"]);
    let ours: Value = serde_json::from_slice(&fs::read(demo.path("demo.json")).expect("a file")).expect("JSON");
    assert!(secrets(&ours).iter().zip(secrets(&theirs)).all(|(one, other)| *one != other));
}

// Covers: TE-16
#[test]
fn the_demo_listens_on_loopback_only() {
    let demo = Demo::new(Backend::Sqlite);
    let mut command = demo.command(&["--json", "--port", "0"]);
    // Whatever the environment says.
    let mut running = Running::spawn(command.env("KEYSTEAD_LISTEN__ADDRESS", "0.0.0.0:0"));
    let printed: Value = serde_json::from_str(&running.wait_for_line(|_| true)).expect("JSON");
    let address: SocketAddr = text(&printed, "/issuer").strip_prefix("http://").unwrap().parse().expect("an address");
    assert!(address.ip().is_loopback());
    let loopback = format!("0100007F:{:04X}", address.port());
    let listening = listeners(running.id());
    assert!(!listening.is_empty() && listening.iter().all(|local| *local == loopback), "{listening:?}");
}

#[test]
fn a_port_that_is_taken_is_refused_with_a_sentence() {
    let demo = Demo::new(Backend::Sqlite);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let refused = finish(&mut demo.command(&["--port", &port]));
    assert_eq!((refused.status.code(), refused.stdout.as_str()), (Some(1), ""));
    let said = refused.stderr.lines().last().unwrap_or_default();
    assert!(said.starts_with("error: ") && said.contains(&port) && said.contains("--port"), "{said}");
    assert!(!refused.stderr.contains("panicked"));
}
