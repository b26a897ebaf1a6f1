//! The audit chain of real processes: killed while they seal, and what they leave in their logs.

use keystead::domain::{
    audit_event::{AuditEntry, Origin},
    change::Subject,
    ids::{Id as _, SpaceId},
};
use serde_json::{Value, json};

use crate::{installation::Installation, on_both};

const EVENTS: i64 = 4_000;
const SEALED: &str = "SELECT count(*) FROM audit_events WHERE position IS NOT NULL";

/// Many events that nobody has sealed.
fn pile_up(site: &Installation, events: i64) {
    let store = site.store();
    let made = store.change(|change| {
        for number in 0..events {
            let entry = AuditEntry::new("test.pile", format!("thing-{number}"), None, json!({}));
            keystead::store::audit::insert(change, &Origin::OPERATOR, &entry)?;
        }
        change.touch(Subject::Space(SpaceId::from_uuid(uuid::Uuid::nil())))
    });
    let _: () = made.unwrap_or_else(|error: keystead::store::Error| panic!("{error}"));
}

fn whole(site: &Installation) -> Value {
    let found = site.run(&["audit", "verify"]);
    assert_eq!(found["ok"], true, "{found}");
    found
}

on_both! {
    // Covers: G1, K12, KM-16
    #[test]
    fn a_node_that_is_killed_while_it_seals_leaves_a_whole_chain_that_goes_on(backend) {
        let site = Installation::new(backend);
        let mut interrupted = 0;
        for _ in 0..4 {
            pile_up(&site, EVENTS);
            let (before, all) = (site.number(SEALED), site.number("SELECT count(*) FROM audit_events"));
            let mut node = site.node();
            while site.number(SEALED) == before {
                std::thread::yield_now();
            }
            node.process.kill();
            let sealed = site.number(SEALED);
            interrupted += i64::from(sealed < all);
            let found = whole(&site);
            assert_eq!((found["events"].as_i64(), found["unsealed"]["events"].as_i64()), (Some(sealed), Some(all - sealed)));
        }
        assert!(interrupted > 0, "at least one was killed in the middle");
        let mut node = site.node();
        assert!(node.process.terminate().success());
        let found = whole(&site);
        assert_eq!(found["unsealed"]["events"], 0);
        assert_eq!(found["events"].as_i64(), Some(site.number("SELECT count(*) FROM audit_events")));
    }

    // Covers: K12
    #[test]
    fn the_log_of_a_node_pins_the_chain(backend) {
        let site = Installation::new(backend);
        let mut node = site.node();
        node.process.wait_for_error_line(|line| line.contains("audit_seal"));
        let key = site.key("viewer@1001");
        site.run(&["key", "revoke", &key.client_id]);
        assert!(node.process.terminate().success());
        let log = node.process.stderr_so_far();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let pinned = lines.filter_map(|line| Some(format!("{}:{}", line["audit_position"].as_i64()?, line["audit_seal"].as_str()?)));
        let pinned: Vec<String> = pinned.collect();
        assert!(pinned.len() >= 2, "{log}");
        let arguments: Vec<&str> = pinned.iter().flat_map(|one| ["--checkpoint", one]).collect();
        let found = site.run(&[["audit", "verify"].as_slice(), &arguments].concat());
        assert_eq!(found["checkpoint"].as_str(), pinned.last().map(String::as_str));
        assert_eq!((&found["ok"], found["checkpoints"]["passed"].as_array().map(Vec::len)), (&true.into(), Some(2)));
    }
}
