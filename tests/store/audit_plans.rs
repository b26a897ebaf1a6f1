//! How the databases find audit events: whatever is asked for, they begin at an index, in its order, however much there is.

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_query,
};
use keystead::{
    config::DatabaseUrl,
    domain::{
        audit_filter::{Actions, AuditFilter, EventKey, Stream},
        ids::{AuditEventId, Id as _, UserId},
        page::{PageRequest, PageSize},
        time::Timestamp,
        workspace::WorkspaceNumber,
    },
    store::{QueryLog, Snapshot, Store, audit_reading},
};

use crate::support::{
    backend::Backend,
    queries::{plan, queries_of},
    site::TestSite,
};

/// Events of the space; as many of another one, and each fifth of a rare action.
const EVENTS: i64 = 20_000;
const USER: &str = "usr_00000000000000000000000000000001";

struct Filled {
    site: TestSite,
    store: Store,
    log: QueryLog,
}

impl Filled {
    fn new(backend: Backend) -> Self {
        let site = TestSite::new(backend);
        let (numbers, id, space) = match backend {
            Backend::Sqlite => (
                format!(
                    "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {EVENTS}) SELECT i FROM n) n"
                ),
                "randomblob(16)",
                format!("x'{}'", site.space.as_uuid().simple()),
            ),
            Backend::Postgres => (
                format!("generate_series(1, {EVENTS}) n (i)"),
                "gen_random_uuid()",
                format!("'{}'::uuid", site.space.as_uuid()),
            ),
        };
        // Half of what is about the user lies in another space.
        site.database.execute(&format!(
            "INSERT INTO audit_events (id, seq, at, actor_kind, action, target, space_id, detail, position, seal)
             SELECT {id}, 1, i, 'operator', CASE WHEN i % 5 = 0 THEN 'api_key.edit' ELSE 'user.edit' END, 'x',
                    CASE WHEN i % 2 = 0 THEN {space} WHEN i % 4 = 3 THEN {id} END, '{{}}', i, {id_bytes} FROM {numbers};
             INSERT INTO audit_mentions (subject, at, event_id) SELECT '{USER}', at, id FROM audit_events WHERE target = 'x' AND at % 4 = 0;
             INSERT INTO audit_mentions (subject, at, event_id)
             SELECT 'workspace:1001', at, id FROM audit_events WHERE target = 'x' AND at % 100 = 0;
             INSERT INTO audit_mentions (subject, at, event_id)
             SELECT 'other:' || (at % 500), at, id FROM audit_events WHERE target = 'x';
             INSERT INTO audit_mentions (subject, at, event_id)
             SELECT 'another:' || (at % 3000), at, id FROM audit_events WHERE target = 'x';
             ANALYZE",
            id_bytes = if backend == Backend::Sqlite { "randomblob(32)" } else { "'\\x00'::bytea" },
        ));
        let (store, log) = site.database.open_logged(&site.clock);
        Self { site, store, log }
    }

    /// The first query of a piece of work.
    fn query<T>(&self, read: impl FnOnce(&mut Snapshot<'_>) -> Result<T, keystead::store::Error>) -> (T, String) {
        let (answer, queries) = queries_of(&self.log, || self.store.snapshot(read));
        let first = queries.into_iter().find(|query| query.contains("audit_events"));
        (answer.expect("it answers"), first.expect("a query"))
    }

    /// How the database runs this query with these values.
    fn plan(&self, query: &str, values: &[String]) -> String {
        match &self.site.database.url {
            DatabaseUrl::Sqlite(_) => plan(&self.site.database, query),
            DatabaseUrl::Postgres(url) => plan_of_postgres(url, query, values),
        }
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
    step: String,
}

fn plan_of_postgres(url: &str, query: &str, values: &[String]) -> String {
    let mut connection = PgConnection::establish(url).expect("the server answers");
    let prepare = format!("SET plan_cache_mode = force_custom_plan; PREPARE asked AS {query}");
    connection.batch_execute(&prepare).unwrap_or_else(|error| panic!("`{query}`: {error}"));
    let explain = format!("EXPLAIN EXECUTE asked ({})", values.join(", "));
    let steps = sql_query(&explain).load::<Step>(&mut connection);
    let steps = steps.unwrap_or_else(|error| panic!("`{explain}` of `{query}`: {error}"));
    steps.into_iter().map(|step| step.step).collect::<Vec<_>>().join("\n")
}

/// Of two things PostgreSQL knows which is the rarer one, and may begin there and sort the little that it finds; as small as the
/// table of events is here, it may look through that too.
fn assert_in_order(what: &str, query: &str, plan: &str) {
    let of_two = what == "a user in a workspace";
    let is_wrong = |step: &str| {
        let scans = step.contains("Seq Scan") && !(of_two && step.contains("Seq Scan on audit_events"));
        let whole = step.contains("SCAN ") && !step.contains("INDEX audit_events_by_time");
        scans || whole || step.contains("TEMP B-TREE") || (step.contains("Sort") && !of_two)
    };
    assert!(!plan.lines().any(is_wrong), "{what}: `{query}` is run as\n{plan}");
}

/// What is asked for, in words and in full, and the values of its query in their order.
type Asked<'a> = (&'a str, Stream, AuditFilter, PageRequest<EventKey>, Vec<&'a str>);

crate::on_both! {
    // Covers: L150, KM-16
    #[test]
    fn events_are_read_from_an_index_in_its_order(backend) {
        let filled = Filled::new(backend);
        let space = Stream::Space(filled.site.space);
        let space_value = format!("'{}'", filled.site.space.as_uuid());
        let user = Some(USER.parse::<UserId>().expect("a user"));
        let workspace = WorkspaceNumber::new(1001);
        let key = EventKey { at: Timestamp::from_micros(15_000), id: AuditEventId::from_uuid(uuid::Uuid::nil()) };
        let first = PageRequest { after: None, size: PageSize::default() };
        let next = PageRequest { after: Some(key), ..first };
        let after: [&str; 3] = ["15000", "15000", "'00000000-0000-0000-0000-000000000000'"];
        let actions = Some(Actions::one("api_key.edit"));
        let cases: Vec<Asked<'_>> = vec![
            ("all of the space", space, AuditFilter::default(), first, vec![&space_value, "51"]),
            ("the next page", space, AuditFilter::default(), next, [after.as_slice(), &[&space_value, "51"]].concat()),
            (
                "some days",
                space,
                AuditFilter { from: Some(Timestamp::from_micros(100)), to: Some(Timestamp::from_micros(9_000)), ..AuditFilter::default() },
                first,
                vec!["100", "9000", &space_value, "51"],
            ),
            ("an action", space, AuditFilter { actions: actions.clone(), ..AuditFilter::default() }, first, vec![&space_value, "'api_key.edit'", "51"]),
            ("a user", space, AuditFilter { user, ..AuditFilter::default() }, first, vec!["'usr_00000000000000000000000000000001'", &space_value, "51"]),
            (
                "a user's next page",
                space,
                AuditFilter { user, ..AuditFilter::default() },
                next,
                [&["'usr_00000000000000000000000000000001'"], after.as_slice(), &[&space_value, "51"]].concat(),
            ),
            (
                "a user in a workspace",
                space,
                AuditFilter { user, workspace, ..AuditFilter::default() },
                first,
                vec!["'usr_00000000000000000000000000000001'", "'workspace:1001'", &space_value, "51"],
            ),
            (
                "an action of a user",
                space,
                AuditFilter { user, actions, ..AuditFilter::default() },
                first,
                vec!["'usr_00000000000000000000000000000001'", &space_value, "'{api_key.edit}'", "51"],
            ),
            ("the site", Stream::Site, AuditFilter::default(), first, vec!["51"]),
            ("everything", Stream::Everything, AuditFilter::default(), first, vec!["51"]),
        ];
        for (what, stream, filter, request, values) in cases {
            let (_, query) = filled.query(|tx| audit_reading::page(tx, stream, &filter, request));
            let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
            assert_in_order(what, &query, &filled.plan(&query, &values));
        }
        let (exported, query) = filled.query(|tx| audit_reading::sealed_after(tx, space, 10_000, 1_000));
        assert_eq!(exported.len(), 1_000);
        let values = ["10000".to_owned(), space_value, "1000".to_owned()];
        assert_in_order("an export", &query, &filled.plan(&query, &values));
    }

    // Covers: K9
    #[test]
    fn many_actions_are_one_list(backend) {
        let filled = Filled::new(backend);
        let space = Stream::Space(filled.site.space);
        let actions = |text: &str| AuditFilter { actions: Some(text.parse().expect("actions")), ..AuditFilter::default() };
        let mut request = PageRequest { after: None, size: PageSize::LARGEST };
        let (mut of_keys, mut pages) = (Vec::new(), 0);
        loop {
            let (page, _) = filled.query(|tx| audit_reading::page(tx, space, &actions("api_key."), request));
            of_keys.extend(page.items.into_iter().filter(|event| event.target == "x").map(|event| event.at));
            pages += 1;
            match page.next {
                Some(next) => request.after = Some(next),
                None => break,
            }
        }
        assert_eq!((of_keys.len(), pages), (usize::try_from(EVENTS / 10).expect("a number"), 11));
        assert!(of_keys.is_sorted_by(|one, other| one > other));
    }
}
