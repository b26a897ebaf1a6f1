//! Folds over time: one row for each minute and node, whatever fails in between.

use keystead::jobs::Jobs;

use crate::{
    nodes::Nodes,
    noted::{MINUTE, begin_minute, counts},
    on_both,
    presented_keys::{forged, serve},
    support::site::{Credential, TestSite},
};

on_both! {
    // Covers: L150
    #[test]
    fn what_happens_often_in_a_minute_has_one_row_with_a_count(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let wrong = Credential { secret: forged(&key), ..key.clone() };
        let mut writer = server.writer(&site);
        let mut write = || writer.run_once().expect("the database answers");
        begin_minute(&site);
        for count in [300, 200] {
            for _ in 0..count {
                assert_eq!(server.token(&wrong).status, 401);
            }
            (0..count / 100).for_each(|_| drop(server.mint(&key)));
            write();
        }
        let expected = |factor: u64| vec![
            (("client.refuse", "wrong_secret"), 500 / factor),
            (("token.issue", "client_credentials"), 5 / factor),
        ];
        assert_eq!(counts(&site.noted()), expected(1));
        site.clock.advance(MINUTE);
        (0..100).for_each(|_| drop(server.token(&wrong)));
        server.mint(&key);
        write();
        let rows = site.noted();
        let (first, next) = rows.split_at(2);
        assert_eq!((counts(first), counts(next)), (expected(1), expected(5)), "the next minute has rows of its own");
        assert_eq!(site.database.number("(SELECT count(*) FROM audit_events WHERE last_at < at OR last_at - at > 60000000)"), 0);
    }

    // Covers: L150
    #[test]
    fn each_node_writes_rows_of_its_own_and_they_add_up(backend) {
        let nodes = Nodes::new(backend);
        let (site, key) = (&nodes.site, nodes.site.key("viewer", &[0]));
        begin_minute(site);
        let (mut near, mut far) = (nodes.near.writer(site), nodes.far.writer(site));
        for _ in 0..3 {
            nodes.near.mint(&key);
            nodes.far.mint(&key);
            nodes.far.mint(&key);
            near.run_once().expect("the database answers");
            far.run_once().expect("the database answers");
        }
        let rows = site.noted_about(key.public_id.as_str());
        let mut counts: Vec<u64> = rows.iter().map(|row| row.count).collect();
        counts.sort_unstable();
        assert_eq!(counts, [3, 6]);
        assert_eq!(site.database.number("(SELECT CAST(sum(uses) AS BIGINT) FROM key_pairs)"), 9, "nothing is noted twice");
    }

    // Covers: L150, KM-13
    #[test]
    fn what_cannot_be_written_is_kept_and_written_later_and_counted_once(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let mut writer = server.writer(&site);
        begin_minute(&site);
        server.mint(&key);
        writer.run_once().expect("the database answers");
        site.database.execute("ALTER TABLE audit_events RENAME TO audit_events_are_gone");
        server.mint(&key);
        assert!(writer.run_once().is_err());
        server.mint(&key);
        assert_eq!(server.token(&Credential { secret: forged(&key), ..key.clone() }).status, 401);
        assert!(writer.run_once().is_err());
        site.database.execute("ALTER TABLE audit_events_are_gone RENAME TO audit_events");
        writer.run_once().expect("the database answers");
        let expected = [(("client.refuse", "wrong_secret"), 1), (("token.issue", "client_credentials"), 3)];
        assert_eq!(counts(&site.noted()), expected);
        assert_eq!(site.database.number("(SELECT CAST(sum(uses) AS BIGINT) FROM key_pairs)"), 3);
    }

    // Covers: L150
    #[test]
    fn a_process_that_stops_writes_down_what_it_has_noted(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let jobs = Jobs::start(server.job_context(&site)).expect("threads");
        server.mint(&key);
        server.verify(&site.resource_server, "garbage", "");
        drop(jobs);
        let expected = [(("request.refuse", "invalid_token"), 1), (("token.issue", "client_credentials"), 1)];
        assert_eq!(counts(&site.noted()), expected);
    }
}
