//! Checking the audit log at the command line: what it says and how it exits.

use std::sync::Arc;

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection, connection::SimpleConnection as _};
use keystead::{
    config::CheckpointFile,
    crypto::sealed::MasterKey,
    domain::audit_chain::Checkpoint,
    jobs::{
        audit_keeper::{Keeper, KeeperContext},
        counts::JobCounts,
    },
};

use super::support::{Site, finish, keystead, text};

const VERIFY: [&str; 2] = ["audit", "verify"];

/// Does what `serve` does beside its requests.
fn seal(site: &Site) {
    let master = Arc::new(MasterKey::load(&site.data_dir().join("keys/master.key")).unwrap());
    let file = Some(CheckpointFile::of(&site.data_dir()));
    let counts = JobCounts::default();
    drop(Keeper::start(KeeperContext { store: site.store(), master, retention: None, file, counts }).unwrap());
}

fn past_keystead(site: &Site, sql: &str) {
    let file = site.data_dir().join("keystead.sqlite");
    SqliteConnection::establish(&file.to_string_lossy()).unwrap().batch_execute(sql).unwrap();
}

/// Exit code, and codes of the problems.
fn outcome(site: &Site, more: &[&str]) -> (Option<i32>, Vec<String>) {
    let done = site.run(&[VERIFY.as_slice(), more].concat());
    let json: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(json["ok"], done.exit == Some(0));
    let problems = json["problems"].as_array().unwrap();
    (done.exit, problems.iter().map(|problem| text(problem, "problem").to_owned()).collect())
}

// Covers: K12, KM-16
#[test]
fn a_whole_log_is_confirmed_with_a_checkpoint_to_keep() {
    let site = Site::new();
    let young = site.run(&VERIFY).json();
    assert_eq!((&young["ok"], &young["events"], &young["checkpoint"]), (&true.into(), &0.into(), &().into()));
    let waiting = young["unsealed"]["events"].as_u64().unwrap();
    assert!(waiting > 0);
    seal(&site);
    let sealed = site.run(&VERIFY).json();
    assert_eq!((&sealed["ok"], &sealed["events"], &sealed["first"]), (&true.into(), &waiting.into(), &1.into()));
    assert_eq!(sealed["unsealed"]["events"], 0);
    let checkpoint: Checkpoint = text(&sealed, "checkpoint").parse().unwrap();
    assert_eq!(sealed["checkpoints"]["passed"].as_array().unwrap().len(), 1, "the file in the data folder");
    let mut command = keystead(&VERIFY);
    command.arg("--data-dir").arg(site.data_dir()).args(["--checkpoint", &checkpoint.to_string()]);
    let said = finish(command).stdout;
    assert!(said.starts_with(&format!("ok: {waiting} events, positions 1 to {waiting}; 0 not sealed yet\n")), "{said}");
    assert!(said.ends_with(&format!("checkpoint {checkpoint}\n")), "{said}");
}

// Covers: K12
#[test]
fn what_was_done_to_the_log_is_named_and_the_exit_code_is_one() {
    let site = Site::new();
    seal(&site);
    past_keystead(&site, "DROP TRIGGER audit_events_are_set_once; DROP TRIGGER audit_events_stay");
    past_keystead(&site, "UPDATE audit_events SET detail = '{}' WHERE position = 2");
    assert_eq!(outcome(&site, &[]), (Some(1), vec!["changed".to_owned()]));
    past_keystead(&site, "DELETE FROM audit_events WHERE position = 2");
    let (exit, problems) = outcome(&site, &[]);
    assert_eq!((exit, problems.first().map(String::as_str)), (Some(1), Some("missing")));
    let refused = site.run(&VERIFY);
    let error: serde_json::Value = serde_json::from_str(refused.stderr.trim()).unwrap();
    assert_eq!(error["error"], "audit_chain_broken");
}

// Covers: K12
#[test]
fn checkpoints_from_elsewhere_are_compared() {
    let site = Site::new();
    seal(&site);
    let kept = text(&site.run(&VERIFY).json(), "checkpoint").to_owned();
    let file = site.data_dir().join("kept");
    std::fs::write(&file, format!("{kept}\n\n")).unwrap();
    let file = file.to_string_lossy().into_owned();
    assert_eq!(outcome(&site, &["--checkpoint-file", &file]), (Some(0), Vec::new()));
    let other = format!("2:{}", "ab".repeat(32));
    let later = format!("100000:{}", "ab".repeat(32));
    let (exit, problems) = outcome(&site, &["--checkpoint", &other, "--checkpoint", &later]);
    assert_eq!((exit, problems), (Some(1), vec!["off_checkpoint".to_owned(), "before_checkpoint".to_owned()]));
    // The file that `serve` writes is compared by itself.
    CheckpointFile::of(&site.data_dir()).write(other.parse().unwrap()).unwrap();
    assert_eq!(outcome(&site, &[]), (Some(1), vec!["off_checkpoint".to_owned()]));
}

// Covers: K12
#[test]
fn what_keeps_the_log_from_being_checked_is_no_answer() {
    let site = Site::new();
    seal(&site);
    assert_eq!(site.run(&[VERIFY.as_slice(), &["--checkpoint", "17"]].concat()).exit, Some(2));
    assert_eq!(site.run(&[VERIFY.as_slice(), &["--checkpoint-file", "nowhere"]].concat()).exit, Some(2));
    assert_eq!(site.run(&["--as", "admin", "audit", "verify"]).exit, Some(2));
    let key = site.data_dir().join("keys/master.key");
    std::fs::remove_file(&key).unwrap();
    assert_eq!(site.run(&VERIFY).exit, Some(2));
    // Another master key opens nothing: whether the head is genuine cannot be told, and it does not count as genuine.
    MasterKey::load_or_create(&key).unwrap();
    assert_eq!(outcome(&site, &[]), (Some(1), vec!["key_closed".to_owned()]));
    assert_eq!(site.run(&["audit", "resume"]).refusal(), "audit_chain");
}

// Covers: K12
#[test]
fn a_chain_whose_head_was_forged_or_removed_goes_on_when_the_operator_says_so() {
    let site = Site::new();
    seal(&site);
    assert_eq!(site.run(&["audit", "resume"]).refusal(), "audit_chain");
    for forgery in [
        "UPDATE audit_head SET sealed_at = 1",
        "DELETE FROM audit_head",
        "UPDATE audit_keys SET sealed = mac FROM audit_head",
    ] {
        past_keystead(&site, forgery);
        site.user(&format!("somebody.{}", forgery.len()), &[]);
        seal(&site);
        let found: serde_json::Value = serde_json::from_str(&site.run(&VERIFY).stdout).unwrap();
        assert_eq!((&found["ok"], &found["unsealed"]["events"]), (&false.into(), &1.into()), "{forgery}: {found}");
        site.run(&["audit", "resume"]).json();
        seal(&site);
        let found = site.run(&VERIFY).json();
        // The event that waited, and the one about it.
        assert_eq!(found["unsealed"]["events"], 0, "{forgery}: {found}");
    }
    let file = site.data_dir().join("keystead.sqlite");
    let mut database = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    let told = diesel::dsl::sql::<diesel::sql_types::BigInt>(
        "(SELECT count(*) FROM audit_events WHERE action = 'audit.resume' AND position IS NOT NULL)",
    );
    assert_eq!(diesel::select(told).get_result::<i64>(&mut database), Ok(3));
}
