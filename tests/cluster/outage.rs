//! The database goes away and comes back: 503 instead of a guess, and no restart is needed.

use std::{
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection as _, PgConnection, connection::SimpleConnection as _};

use crate::{
    installation::{Installation, Node},
    support::{http::Response, postgres::Cluster, site::Credential},
};

/// Ends a wait that would never end.
const DEADLINE: Duration = Duration::from_secs(30);

struct Outage {
    cluster: Cluster,
    url: String,
    site: Installation,
    node: Node,
    key: Credential,
    token: String,
}

impl Outage {
    fn prepare() -> Self {
        let cluster = Cluster::start();
        let url = cluster.database().url;
        let site = Installation::on_postgres(url.clone());
        let node = site.node();
        let key = site.key("viewer@1001");
        let token = node.mint(&key);
        assert!(node.is_active(&site.api, &token));
        assert_eq!(node.client.get("/oauth/jwks").send().status, 200);
        assert_eq!(node.management.get("/readyz").send().status, 200);
        Self { cluster, url, site, node, key, token }
    }

    /// Nobody can get, check or revoke a token, and everybody is told to come again.
    fn check_refusals(&self) {
        let Self { site, node, key, token, .. } = self;
        let answers = [node.introspect(&site.api, token), node.token(key), node.revoke(key, token)];
        for answer in &answers {
            check_unavailable(answer);
        }
        assert_eq!(node.management.get("/readyz").send().status, 503);
        assert_eq!(node.management.get("/livez").send().status, 200);
        assert_eq!(node.client.get("/readyz").send().status, 404);
        let keys = node.client.get("/oauth/jwks").send();
        assert!(keys.status == 200 && keys.json()["keys"][0]["kid"].is_string(), "{}", keys.body);
        let metadata = node.client.get("/.well-known/oauth-authorization-server").send();
        assert_eq!(metadata.status, 200);
    }

    /// The same process answers again, and rightly.
    fn check_recovery(&self) {
        let Self { site, node, key, token, .. } = self;
        let began = Instant::now();
        while node.introspect(&site.api, token).status != 200 {
            assert!(began.elapsed() < DEADLINE, "the server does not recover:\n{}", node.process.stderr_so_far());
        }
        assert_eq!(node.management.get("/readyz").send().status, 200);
        assert!(node.is_active(&site.api, token), "a revocation that was refused must not have happened");
        while node.revoke(key, token).status != 200 {
            assert!(began.elapsed() < DEADLINE, "changes do not recover:\n{}", node.process.stderr_so_far());
        }
        assert!(!node.is_active(&site.api, token));
        let newer = node.mint(key);
        assert!(node.is_active(&site.api, &newer));
        site.check_whole();
    }
}

fn check_unavailable(answer: &Response) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    let seconds: u32 = answer.header("Retry-After").expect("a time to retry").parse().expect("whole seconds");
    assert!(seconds >= 1);
    assert!(!answer.body.contains("active"), "{}", answer.body);
    assert!(answer.error().chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'));
    for inside in ["postgres", "/tmp", "socket", "SQL", "libpq"] {
        assert!(!answer.body.contains(inside), "{}", answer.body);
    }
}

// Covers: G4, RV-10, I6, H10
#[test]
fn a_stopped_database_is_a_503_and_a_started_one_is_used_again() {
    let outage = Outage::prepare();
    for _ in 0..2 {
        outage.cluster.stop();
        outage.check_refusals();
        outage.check_refusals();
        outage.cluster.start_again();
    }
    outage.check_recovery();
}

// Covers: G4, I11
#[test]
fn a_crashed_database_has_kept_what_was_acknowledged() {
    let outage = Outage::prepare();
    let Outage { site, node, key, .. } = &outage;
    let revoked = node.mint(key);
    assert_eq!(node.revoke(key, &revoked).status, 200);
    outage.cluster.crash();
    outage.check_refusals();
    outage.cluster.start_again();
    outage.check_recovery();
    assert!(!node.is_active(&site.api, &revoked));
}

// Covers: G4
#[test]
fn a_database_that_was_restarted_between_two_requests_is_not_noticed() {
    let outage = Outage::prepare();
    let Outage { site, node, key, token, .. } = &outage;
    // Several connections lie in the pool, and all of them die.
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| assert_eq!(node.revoke(key, &node.mint(key)).status, 200));
        }
    });
    outage.cluster.restart();
    assert!(node.is_active(&site.api, token));
    assert_eq!(node.revoke(key, token).status, 200);
    assert!(!node.is_active(&site.api, token));
    let newer = node.mint(key);
    assert!(node.is_active(&site.api, &newer));
}

// Covers: G4
#[test]
fn a_frozen_database_is_a_503_too() {
    let outage = Outage::prepare();
    outage.cluster.pause();
    outage.check_refusals();
    outage.cluster.resume();
    outage.check_recovery();
}

// Covers: RV-10, I6
#[test]
fn a_revocation_that_cannot_be_written_is_a_503() {
    let outage = Outage::prepare();
    let Outage { site, node, key, token, .. } = &outage;
    let mut other = PgConnection::establish(&outage.url).expect("the server answers");
    other.batch_execute("BEGIN; LOCK TABLE change_head IN SHARE MODE").expect("a lock");
    check_unavailable(&node.revoke(key, token));
    assert!(node.is_active(&site.api, token), "reading goes on meanwhile");
    other.batch_execute("ROLLBACK").expect("no lock");
    outage.check_recovery();
}

// Covers: G4
#[test]
fn a_server_does_not_start_without_its_database_and_says_why() {
    let outage = Outage::prepare();
    outage.cluster.stop();
    let refused = outage.site.try_run(&["serve"]);
    assert_eq!(refused.status.code(), Some(3), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
    let command = outage.site.try_run(&["key", "revoke", &outage.key.client_id]);
    assert_eq!(command.status.code(), Some(3), "{}", command.stderr);
}
