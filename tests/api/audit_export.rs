//! The export of the audit log: sealed events in the order of the chain, line by line, and whoever takes it is noted.

use keystead::{
    domain::{
        audit_event::{AuditEntry, Origin},
        authority::Authority,
    },
    manage::{self, workspaces::CreateWorkspace},
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::{
        http::Response,
        site::{TestSite, name},
    },
};

/// What the chain does: gives each event that has none a position, and something of a seal.
fn seal(site: &TestSite) {
    let seal = match site.backend {
        crate::support::backend::Backend::Sqlite => "zeroblob(32)",
        crate::support::backend::Backend::Postgres => "decode(repeat('00', 32), 'hex')",
    };
    site.database.execute(&format!(
        "CREATE TEMPORARY TABLE placed AS SELECT id, (SELECT COALESCE(MAX(position), 0) FROM audit_events)
             + ROW_NUMBER() OVER (ORDER BY at, id) AS place FROM audit_events WHERE position IS NULL;
         UPDATE audit_events SET position = (SELECT place FROM placed WHERE placed.id = audit_events.id), seal = {seal}
             WHERE position IS NULL"
    ));
}

fn lines(answer: &Response) -> Vec<Value> {
    assert_eq!((answer.status, answer.header("Content-Type")), (200, Some("application/x-ndjson")), "{answer:?}");
    answer.body.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn last(answer: &Response) -> i64 {
    answer.header("X-Keystead-Last-Position").expect("a position").parse().expect("a number")
}

on_both! {
    // Covers: L150, K13
    #[test]
    fn an_export_goes_on_where_the_last_one_ended_and_misses_nothing(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let auditor = Caller::with_key(&server, &site.key("auditor", &[]));
        let path = format!("/spaces/{}/audit/export", site.space);
        let nothing = auditor.get(&path);
        assert_eq!((lines(&nothing).len(), last(&nothing)), (0, 0));

        seal(&site);
        let whole = lines(&auditor.get(&path));
        let sealed = site.database.number("(SELECT COUNT(*) FROM audit_events WHERE position IS NOT NULL AND space_id IS NOT NULL)");
        assert_eq!(i64::try_from(whole.len()), Ok(sealed));
        let (mut parts, mut after) = (Vec::new(), 0);
        loop {
            let part = auditor.get(&format!("{path}?after={after}&limit=2"));
            let found = lines(&part);
            after = last(&part);
            if found.is_empty() {
                break;
            }
            assert!(found.len() <= 2);
            assert_eq!(found.last().expect("a line")["position"], after);
            parts.extend(found);
        }
        assert_eq!(parts, whole);
        assert!(parts.is_sorted_by_key(|event| event["position"].as_i64()));

        // What is sealed later comes behind.
        site.user("jo");
        assert_eq!(lines(&auditor.get(&format!("{path}?after={after}"))), Vec::<Value>::new());
        seal(&site);
        let news = lines(&auditor.get(&format!("{path}?after={after}")));
        assert_eq!(news.iter().map(|event| event["action"].as_str()).collect::<Vec<_>>(), [Some("user.create")]);
    }

    // Covers: K13
    #[test]
    fn whatever_people_write_stays_on_its_line(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let odd = "line\n{\"action\":\"forged\"}\r\n\u{2028}\u{202e}\u{1b}[2J\u{85}\"";
        let admin = Caller::admin(&site, &server);
        let body = json!({ "name": "odd", "level": "workspace", "permissions": [], "description": odd });
        // Nobody can have such a name or description; what could have one some day is told below the API.
        assert_refused(&admin.post(&format!("/spaces/{}/roles", site.space), &body), 422, "invalid_field");
        site.change(|change, deps| {
            let input = CreateWorkspace { space: site.space, name: name("Third") };
            let workspace = manage::workspaces::create(change, deps, &Authority::OPERATOR, input)?;
            for text in [odd.to_owned(), "\u{2029}".repeat(9_000)] {
                let detail = json!({ "name": { "from": text, "to": text } });
                let entry = AuditEntry::new("workspace.rename", workspace.id, Some(site.space), detail);
                store::audit::insert(change, &Origin::OPERATOR, &entry)?;
            }
            Ok(())
        });
        seal(&site);
        let auditor = Caller::with_key(&server, &site.key("auditor", &[]));
        let answer = auditor.get(&format!("/spaces/{}/audit/export", site.space));
        let events = lines(&answer);
        let told = i64::try_from(events.len()).expect("a number");
        assert_eq!(told, site.database.number("(SELECT COUNT(*) FROM audit_events WHERE position IS NOT NULL AND space_id IS NOT NULL)"));
        assert!(events.iter().all(|event| event["action"] != "forged"));
        assert!(events.iter().any(|event| event["detail"]["name"]["from"] == odd));
        for line in answer.body.split('\n') {
            assert!(line.len() <= 8_192, "{} bytes", line.len());
            assert!(!line.chars().any(|letter| letter.is_control() || ('\u{2028}'..='\u{202e}').contains(&letter)), "{line}");
        }
    }

    // Covers: L151, K11
    #[test]
    fn whoever_exports_is_noted_once_an_hour(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let path = format!("/spaces/{}/audit", site.space);
        let keys = [site.key("auditor", &[]), site.key("auditor", &[])];
        for key in &keys {
            let auditor = Caller::with_key(&server, key);
            for _ in 0..3 {
                assert_eq!(auditor.get(&format!("{path}/export?limit=1")).status, 200);
            }
        }
        let auditor = Caller::with_key(&server, &keys[0]);
        let noted = auditor.get(&format!("{path}?action=audit.export")).json();
        let pairs: Vec<_> = noted["items"].as_array().expect("a list").iter().map(|event| &event["credential"]["pair"]).collect();
        assert_eq!(pairs, [&json!(keys[1].public_id), &json!(keys[0].public_id)]);
        site.clock.advance(std::time::Duration::from_secs(3_601));
        let auditor = Caller::with_key(&server, &keys[0]);
        assert_eq!(auditor.get(&format!("{path}/export")).status, 200);
        let noted = auditor.get(&format!("{path}?action=audit.export")).json();
        assert_eq!(noted["items"].as_array().map(Vec::len), Some(3));
    }

    // Covers: L151
    #[test]
    fn what_cannot_be_noted_is_not_given_out(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let auditor = Caller::with_key(&server, &site.key("auditor", &[]));
        seal(&site);
        site.database.execute(match backend {
            crate::support::backend::Backend::Sqlite => {
                "CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END"
            }
            crate::support::backend::Backend::Postgres => {
                "ALTER TABLE audit_events ADD CONSTRAINT no_more CHECK (false) NOT VALID"
            }
        });
        let answer = auditor.get(&format!("/spaces/{}/audit/export", site.space));
        assert_eq!((answer.status, answer.body.contains("api_key.create")), (503, false), "{answer:?}");
    }

    // Covers: L150
    #[test]
    fn the_site_itself_is_exported_by_itself(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        seal(&site);
        let events = lines(&Caller::site_admin(&site, &server).get("/audit/export"));
        assert!(events.iter().all(|event| event["space"].is_null() && event["version"] == 1));
        assert!(events.iter().any(|event| event["action"] == "site.init"));
    }

    // Covers: K9
    #[test]
    fn parts_of_an_export_have_bounds(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let auditor = Caller::with_key(&server, &site.key("auditor", &[]));
        let path = format!("/spaces/{}/audit/export", site.space);
        for query in ["limit=0", "limit=1001", "limit=-1", "after=-1", "after=x", "after=99999999999999999999"] {
            assert_refused(&auditor.get(&format!("{path}?{query}")), 400, "invalid_parameter");
        }
        assert_refused(&auditor.get(&format!("{path}?cursor=AA")), 400, "unknown_parameter");
        assert_eq!(auditor.get(&format!("{path}?limit=1000&after=0")).status, 200);
    }
}
