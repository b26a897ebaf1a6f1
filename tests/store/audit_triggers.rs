//! Both databases refuse to alter audit events, also for those who have the password of the database and no more.

use crate::{
    chained_site::{count_a_denial, sealed_site},
    sql::{count, try_execute},
    support::backend::Backend,
};

const REFUSED: [&str; 12] = [
    "UPDATE audit_events SET detail = '{}' WHERE position = 3",
    "UPDATE audit_events SET count = count + 1 WHERE position = 3",
    "UPDATE audit_events SET last_at = 1 WHERE position = 3",
    "UPDATE audit_events SET position = 0, seal = NULL WHERE position = 3",
    "UPDATE audit_events SET position = NULL WHERE position = 3",
    "DELETE FROM audit_events WHERE position = 3",
    "DELETE FROM audit_events",
    "UPDATE audit_events SET detail = '{}' WHERE position IS NULL",
    "UPDATE audit_events SET at = at - 1, count = 2 WHERE position IS NULL",
    "DELETE FROM audit_events WHERE position IS NULL",
    "UPDATE audit_mentions SET subject = 'nobody'",
    "DELETE FROM audit_mentions",
];

crate::on_both! {
    // Covers: K12, KM-16
    #[test]
    fn no_event_is_changed_and_none_deleted(backend) {
        let site = sealed_site(backend, 2);
        count_a_denial(&site, 7);
        let rows = || ["audit_events", "audit_mentions"].map(|table| count(&site.database, table));
        let before = rows();
        for statement in REFUSED {
            let refused = try_execute(&site.database, statement).expect_err(statement).to_string();
            assert!(refused.contains("not changed") || refused.contains("not deleted") || refused.contains("neither"), "{statement}: {refused}");
        }
        if backend == Backend::Postgres {
            for statement in ["TRUNCATE audit_events CASCADE", "TRUNCATE audit_mentions"] {
                try_execute(&site.database, statement).expect_err(statement);
            }
        }
        assert_eq!(rows(), before);
        assert_eq!(count(&site.database, "audit_events WHERE count = 7"), 1, "what is not sealed yet may be counted on");
    }
}
