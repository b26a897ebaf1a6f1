//! What introspection leaves behind: nothing in the database, in caches and in logs.
#![expect(clippy::string_slice, reason = "tokens, secrets and their JSON are ASCII")]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use keystead::{domain::authority::Authority, manage, store};
use serde_json::json;

use crate::{
    on_both, presented_keys,
    support::{
        backend::Backend,
        credential::key_id,
        http::Response,
        site::{Credential, Server, TestSite},
    },
};
fn ask(server: &Server, caller: &Credential, token: &str) -> Response {
    server.client.post_form("/oauth/introspect", caller.pair(), &[("token", token)])
}

const TABLES: [&str; 19] = [
    "change_head",
    "changes",
    "site",
    "peppers",
    "signing_keys",
    "spaces",
    "workspaces",
    "roles",
    "role_permissions",
    "users",
    "user_roles",
    "api_keys",
    "key_pairs",
    "api_key_roles",
    "resource_servers",
    "audiences",
    "resource_server_pairs",
    "revoked_tokens",
    "audit_events",
];

/// Everything that a write would alter.
fn written_so_far(site: &TestSite) -> (i64, Vec<i64>, Vec<Vec<u8>>) {
    let head = site.store.snapshot(|tx| Ok::<_, store::Error>(tx.stamp().seq.get())).expect("a snapshot");
    let rows = TABLES.map(|table| site.database.number(&format!("(SELECT COUNT(*) FROM {table})")));
    let files = ["keystead.sqlite", "keystead.sqlite-wal"].map(|name| std::fs::read(site.database.path(name)));
    (head, rows.to_vec(), files.into_iter().filter_map(Result::ok).collect())
}

on_both! {
    // Covers: IN-11
    #[test]
    fn introspection_writes_nothing(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let (token, revoked) = (server.mint(&key), server.mint(&key));
        assert_eq!(server.revoke(&key, &revoked).status, 200);

        let before = written_so_far(&site);
        for _ in 0..5 {
            assert!(server.is_active(&site.resource_server, &token));
            assert!(!server.is_active(&site.resource_server, &revoked));
            assert!(!server.is_active(&site.resource_server, "garbage"));
            let wrong = server.client.post_form("/oauth/introspect", ("nobody", &key.secret), &[("token", &token)]);
            assert_eq!(wrong.status, 401);
            assert_eq!(server.verify(&site.resource_server, &token, "").status, 200);
        }
        assert!(written_so_far(&site) == before);
    }
}

// Covers: IN-12, T13
#[test]
fn no_answer_may_be_kept() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint(&site.key("viewer", &[0]));
    let (id, secret) = site.resource_server.pair();
    let post = || server.client.post("/oauth/introspect");
    let answers = [
        ask(&server, &site.resource_server, &token),
        ask(&server, &site.resource_server, "unknown"),
        post().form(&[("token", &token)]).send(),
        post().basic(id, secret).form(&[]).send(),
        post().basic(id, secret).json(&json!({ "token": token })).send(),
    ];
    assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 200, 401, 400, 400]);
    for answer in answers {
        assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{answer:?}");
        assert_eq!(answer.header("Pragma"), Some("no-cache"), "{answer:?}");
    }
}

/// A log that the test can read.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// Covers: I13, L051
#[test]
fn no_token_and_no_secret_reaches_the_log() {
    let kept = Kept::default();
    let writer = kept.clone();
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    log.try_init().expect("no other test of this program sets up a log");

    let site = TestSite::new(Backend::Sqlite);
    let server = presented_keys::serve(&site);
    let key = site.key("viewer", &[0]);
    let token = server.mint(&key);
    assert!(server.is_active(&site.resource_server, &token));
    assert_eq!(server.verify(&site.resource_server, &token, "workspace=1001").status, 200);
    for (form, put) in presented_keys::FORMS {
        let ask = |query: &str| put(presented_keys::ask(&site, &server, query), &key).send().status;
        assert_eq!((ask(""), ask(&format!("?key={}", key.secret))), (200, 400), "{form}");
    }
    assert!(server.is_active(&presented_keys::accepting_server(&site, "https://accepting.example.com"), &key.secret));
    let in_url = format!("/oauth/introspect?token={token}&access_token={token}&client_secret={}", key.secret);
    assert_eq!(server.client.get(&in_url).send().status, 405);
    assert_eq!(server.revoke(&key, &token).status, 200);
    site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
    assert_eq!(server.token(&key).status, 401);
    assert_eq!(presented_keys::ask(&site, &server, "").bearer(&key.secret).send().status, 401);

    let log = String::from_utf8_lossy(&kept.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    assert!(log.contains(&key.client_id), "the log tells which key was refused");
    let signature = token.rsplit('.').next().expect("a signature");
    for secret in [signature, &key.secret[20..], &site.resource_server.secret[20..], &key.basic()["Basic ".len()..]] {
        assert!(!log.contains(secret), "{}", log.lines().find(|line| line.contains(secret)).unwrap_or_default());
    }
}
