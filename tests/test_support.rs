//! The test support itself: a helper that lies makes every test that uses it lie.

#![cfg(test)]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::{Connection as _, PgConnection, QueryResult, RunQueryDsl as _};
use keystead::crypto::secret_text::{NewSecret, SecretKind};
use support::canary::secret_in;
use support::postgres::{Cluster, PostgresDatabase, database, database_from_template};
use support::{http, process};

fn insert(database: &PostgresDatabase, text: &str) -> QueryResult<usize> {
    diesel::sql_query(format!("INSERT INTO note VALUES ('{text}')")).execute(&mut database.connect())
}

#[test]
fn every_database_is_its_own() {
    let (one, other) = (database(), database());
    one.execute("CREATE TABLE note (text text PRIMARY KEY)");
    assert!(insert(&one, "a").is_ok());
    assert!(insert(&other, "a").is_err());
    assert_ne!(one.url, other.url);
}

#[test]
fn a_template_is_prepared_once_and_copied_each_time() {
    let mut preparations = 0;
    let copies: Vec<_> = (0..3)
        .map(|_| {
            database_from_template("notes", |url| {
                preparations += 1;
                let template = PostgresDatabase { url: url.to_owned() };
                template.execute("CREATE TABLE note (text text PRIMARY KEY); INSERT INTO note VALUES ('first')");
            })
        })
        .collect();
    assert_eq!(preparations, 1);
    for copy in copies {
        assert!(insert(&copy, "first").is_err(), "the copy has the row of the template");
        assert!(insert(&copy, "second").is_ok());
    }
}

#[test]
fn a_cluster_commits_durably_and_listens_on_its_socket_alone() {
    let cluster = Cluster::start();
    let settings = cluster.database();
    for (name, value) in [("fsync", "on"), ("synchronous_commit", "on"), ("listen_addresses", "")] {
        settings.execute(&format!("SELECT 1 / (current_setting('{name}') = '{value}')::int"));
    }
}

#[test]
fn an_outage_ends_with_the_data_that_was_committed() {
    let cluster = Cluster::start();
    let notes = cluster.database();
    notes.execute("CREATE TABLE note (text text PRIMARY KEY)");
    assert!(insert(&notes, "before").is_ok());
    cluster.stop();
    assert!(PgConnection::establish(&notes.url).is_err());
    cluster.start_again();
    assert!(insert(&notes, "between").is_ok());
    cluster.crash();
    cluster.start_again();
    assert!(insert(&notes, "between").is_err(), "a crash loses no committed row");
}

#[test]
fn a_paused_server_answers_nothing_until_it_is_resumed() {
    let cluster = Cluster::start();
    let notes = cluster.database();
    let mut open = notes.connect();
    cluster.pause();
    assert_eq!(state_of(cluster.folder()), "T (stopped)");
    let answer = std::thread::spawn(move || diesel::sql_query("SELECT 1").execute(&mut open).is_ok());
    cluster.resume();
    assert!(answer.join().is_ok_and(|answered| answered));
    notes.execute("SELECT 1");
}

#[test]
fn a_cluster_leaves_nothing_behind_even_when_it_is_dropped_while_paused() {
    let cluster = Cluster::start();
    let folder = cluster.folder().to_owned();
    cluster.pause();
    drop(cluster);
    assert!(!folder.exists());
}

const HOLD: &str = "HOLD_A_CLUSTER";

/// Does nothing, unless the test below starts it in a process of its own.
#[test]
fn holds_a_cluster_when_told_to() {
    if std::env::var_os(HOLD).is_some() {
        let cluster = Cluster::start();
        writeln!(std::io::stdout(), "\nholds {}", cluster.folder().display()).expect("the parent reads");
        std::thread::park();
    }
}

#[test]
fn a_cluster_goes_with_a_killed_test_process() {
    let mut command = Command::new(std::env::current_exe().expect("this test runs"));
    command.args(["--exact", "holds_a_cluster_when_told_to", "--nocapture"]).env(HOLD, "1");
    let mut other = process::Running::spawn(&mut command);
    let line = other.wait_for_line(|line| line.starts_with("holds "));
    let folder = Path::new(line.trim_start_matches("holds "));
    assert!(folder.join("data/postmaster.pid").exists());
    other.kill();
    let asked = Instant::now();
    while folder.exists() {
        assert!(asked.elapsed() < Duration::from_mins(1), "{} is still there", folder.display());
        std::thread::yield_now();
    }
}

fn state_of(cluster: &Path) -> String {
    let pid_file = std::fs::read_to_string(cluster.join("data/postmaster.pid")).expect("the server runs");
    let pid = pid_file.lines().next().expect("the process id comes first");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let state = status.lines().find_map(|line| line.strip_prefix("State:")).expect("a process has a state");
    state.trim().to_owned()
}

/// Answers one connection with `answer` and gives what the client sent.
fn one_answer(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("one client");
        let mut part = [0; 4096];
        let mut request = String::new();
        let end = |request: &str| if request.contains("content-length: ") { "end=1" } else { "\r\n\r\n" };
        while !request.ends_with(end(&request)) {
            let length = stream.read(&mut part).expect("the client sends its request");
            request.push_str(&String::from_utf8_lossy(&part[..length]));
        }
        stream.write_all(answer.as_bytes()).expect("the client listens");
        request
    });
    (address, served)
}

#[test]
fn an_error_status_is_an_answer_and_basic_halves_are_form_encoded() {
    let (address, served) = one_answer(
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 26\r\nWWW-Authenticate: Basic\r\n\r\n{\"error\":\"invalid_client\"}\n",
    );
    let client = http::Client::new(format!("http://{address}"));
    let answer = client.post_form("/oauth/token", ("a:b", "x%+ /"), &[("scope", "a b"), ("end", "1")]);
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"));
    assert_eq!(answer.header("www-authenticate"), Some("Basic"));
    let request = served.join().expect("the server thread ends");
    assert!(request.starts_with("POST /oauth/token HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("Basic YSUzQWI6eCUyNSUyQislMkY=\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\nscope=a+b&end=1"), "{request}");
}

#[test]
fn a_redirect_is_not_followed() {
    let (address, served) = one_answer("HTTP/1.1 303 See Other\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    let answer = http::Client::new(format!("http://{address}")).get("/login?next=%2F").send();
    assert_eq!((answer.status, answer.header("location")), (303, Some("/elsewhere")));
    assert!(served.join().is_ok_and(|request| request.starts_with("GET /login?next=%2F HTTP/1.1\r\n")));
}

#[test]
fn raw_bytes_go_out_unchanged_and_all_comes_back() {
    let (address, served) = one_answer("HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_eq!(http::raw(address, b"GET  / HTTP/9\r\n\r\n"), "HTTP/1.1 400 Bad Request\r\n\r\n");
    assert!(served.join().is_ok_and(|request| request == "GET  / HTTP/9\r\n\r\n"));
}

#[test]
fn a_delete_may_have_a_body() {
    let (address, served) = one_answer("HTTP/1.1 204 No Content\r\n\r\n");
    let client = http::Client::new(format!("http://{address}"));
    let answer = client.request("DELETE", "/api/v1/keys/1").form(&[("end", "1")]).send();
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert!(served.join().is_ok_and(|request| request.ends_with("end=1")));
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn a_finished_run_has_its_outputs_and_status() {
    let finished = process::finish(&mut shell("echo out; echo err >&2; exit 3"));
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
    assert_eq!(finished.status.code(), Some(3));
}

#[test]
fn a_running_program_is_read_line_by_line_and_killed() {
    let mut running = process::Running::spawn(&mut shell("echo one; echo ready on 7; exec tail -f /dev/null"));
    assert_eq!(running.wait_for_line(|line| line.starts_with("ready")), "ready on 7");
    assert_eq!(running.stdout_so_far(), "one\nready on 7\n");
    running.kill();
    assert!(!Path::new(&format!("/proc/{}", running.id())).exists());
}

#[test]
fn a_program_that_ends_early_is_reported_with_its_last_words() {
    let waiting = std::panic::catch_unwind(|| {
        process::Running::spawn(&mut shell("echo no port free >&2")).wait_for_line(|line| line == "ready")
    });
    assert!(waiting.is_err());
}

// Covers: K6
#[test]
fn secrets_and_signed_tokens_are_recognized_in_whatever_they_stand_in() {
    let secret = NewSecret::generate(SecretKind::ApiKey).expect("a secret").text;
    let token = format!("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJqbyJ9.{}", "a".repeat(86));
    for shown in [secret.expose(), token.as_str()] {
        let within = [b"\x00\xffkss_ey", shown.as_bytes(), b"\"}"].concat();
        assert_eq!(secret_in(&within).as_deref(), Some(shown));
        assert_eq!(secret_in(&within[..within.len() - 4]), None, "a part of it is none");
    }
    assert_eq!(secret_in(b"key, eyJ.eyJ.x and ksk_"), None);
}
