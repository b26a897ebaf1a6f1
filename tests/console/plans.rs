//! How lists of the console are read: from an index and in its order, so that a page of a large space costs what a page of
//! a small one does.

use keystead::store::QueryLog;

use crate::{
    person::Person,
    support::{
        backend::Backend,
        queries::{plan, queries_of},
        site::TestSite,
    },
};

/// The plan of the one query of a page that lists `table`.
fn plan_of_list(site: &TestSite, log: &QueryLog, person: &mut Person, path: &str, table: &str) -> String {
    let (_, queries) = queries_of(log, || person.page(path));
    let lists = |query: &&String| {
        query.contains(&format!("FROM `{table}`")) && query.contains("LIMIT") && query.contains("ORDER")
    };
    let listing: Vec<&String> = queries.iter().filter(lists).collect();
    let [listing] = listing.as_slice() else { panic!("{path}: {queries:#?}") };
    plan(&site.database, listing)
}

// Covers: K9
#[test]
fn keys_are_listed_in_the_order_of_an_index() {
    let site = TestSite::new(Backend::Sqlite);
    let (server, log) = site.serve_logged();
    let mut ada = Person::admin(&site, &server);
    let key = site.key("viewer", &[0]).client_id;
    let grid = format!("/spaces/{}/keys", site.space);
    for query in
        ["", "?sort=oldest", "?sort=name", "?sort=used", "?show=active", "?show=active&sort=name", "?q=a&sort=used"]
    {
        for page in [
            query.to_owned(),
            format!("{}after={key}", if query.is_empty() { "?".to_owned() } else { format!("{query}&") }),
        ] {
            let plan = plan_of_list(&site, &log, &mut ada, &format!("{grid}{page}"), "api_keys");
            assert!(plan.contains("SEARCH api_keys USING") && plan.contains("INDEX"), "{page}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{page} is sorted as a whole: {plan}");
        }
    }
}
