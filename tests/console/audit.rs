//! The audit log at the console: what auditors find, whom it is kept from, and what they take away.

use std::{sync::Arc, time::Duration};

use keystead::{
    domain::{
        api_key::{Owner, UserKeyRoles},
        authority::Authority,
        ids::SpaceId,
    },
    jobs::{
        audit_keeper::{Keeper, KeeperContext},
        counts::JobCounts,
    },
    manage::{
        self,
        api_keys::{CreateApiKey, EditApiKey},
        spaces::CreateSpace,
    },
};
use serde_json::Value;

use crate::{
    on_both,
    person::{Person, give},
    support::{
        http::{Reachable as _, Response},
        queries::count_queries,
        site::{Credential, ISSUER, Server, TestSite, name},
    },
};

fn auditor(site: &TestSite, server: &Server) -> Person {
    Person::with_roles(site, server, "ada", &["space_admin", "auditor"])
}

fn log_of(site: &TestSite) -> String {
    format!("/spaces/{}/audit", site.space)
}

/// The events on a page, by the links that open them.
fn events(page: &str) -> Vec<&str> {
    page.split("/audit/aud_").skip(1).map(|behind| behind.get(..32).expect("an id")).collect()
}

/// The events that the API finds by the same filters.
fn of_api(server: &Server, token: &str, path: &str) -> Vec<String> {
    let answer = server.client().get(&format!("/api/v1{path}")).bearer(token).send();
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let items = answer.json()["items"].as_array().expect("a list").clone();
    items.iter().map(|event| event["id"].as_str().expect("an id").trim_start_matches("aud_").to_owned()).collect()
}

/// Seals everything there is.
fn seal(site: &TestSite) {
    let context = KeeperContext {
        store: site.database.open(&site.clock),
        master: Arc::clone(&site.deps.master),
        retention: None,
        file: None,
        counts: JobCounts::default(),
    };
    drop(Keeper::start(context).expect("a thread"));
}

fn lines(answer: &Response) -> Vec<Value> {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")), "{}", answer.body);
    answer.body.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn rename(site: &TestSite, key: &Credential, to: &str) {
    let edit = EditApiKey { name: Some(name(to)), ..EditApiKey::of(key.client_id.parse().expect("an id")) };
    site.change(|change, deps| manage::api_keys::edit(change, deps, &Authority::OPERATOR, edit));
}

/// A space that nobody of the first one belongs to.
pub(crate) fn another_space(site: &TestSite, title: &str) -> SpaceId {
    let input = CreateSpace::production(name(title));
    site.change(|change, deps| manage::spaces::create(change, deps, &Authority::OPERATOR, input)).id
}

/// The same key with a secret that is wrong at its end.
pub(crate) fn with_wrong_secret(key: &Credential) -> Credential {
    let mut secret = key.secret.clone();
    let end = if secret.pop() == Some('x') { 'y' } else { 'x' };
    secret.push(end);
    Credential { secret, ..key.clone() }
}

on_both! {
    // Covers: L150, L102
    #[test]
    fn filters_find_what_the_api_finds(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = auditor(&site, &server);
        let owner = site.user("owner");
        give(&site, owner, "viewer", &[site.workspaces[0].0]);
        let of_owner = |key: &mut CreateApiKey| key.owner = Owner::User { id: owner, roles: UserKeyRoles::Inherit };
        let key = site.key_with(of_owner);
        site.clock.advance(Duration::from_hours(1));
        server.mint(&key);
        assert_eq!(server.token(&with_wrong_secret(&key)).status, 401);
        server.write_notes(&site);
        let reader = server.mint_with(&site.key("auditor", &[]), &[("resource", &format!("{ISSUER}/api/v1"))]);
        server.write_notes(&site);

        let path = log_of(&site);
        let number = site.workspaces[0].0;
        for (query, least) in [
            (String::new(), 10),
            (format!("user={owner}"), 4),
            (format!("key={}", key.client_id), 3),
            (format!("pair={}", key.public_id), 2),
            (format!("workspace={number}"), 2),
            ("action=user.".to_owned(), 2),
            ("action=token.issue".to_owned(), 2),
            (format!("user={owner}&action=client.refuse"), 1),
            ("to=2020-01-01".to_owned(), 0),
            ("from=2020-01-01&action=workspace.".to_owned(), 2),
        ] {
            let found = of_api(&server, &reader, &format!("{path}?{query}"));
            let page = ada.page(&format!("{path}?{query}"));
            assert_eq!(events(&page), found, "{query}");
            assert!(found.len() >= least, "{query}: {found:?}");
        }
        // Forms send what is empty, too; and the last day is wanted whole.
        let day = |action: &str| site.audited(action)[0].at.to_string().split('T').next().map(str::to_owned).expect("a date");
        let (first, last) = (day("space.create"), day("token.issue"));
        let page = ada.page(&format!("{path}?user=&key={}&action=&from={first}&to={last}", key.client_id));
        assert_eq!(events(&page), of_api(&server, &reader, &format!("{path}?key={}", key.client_id)));
    }

    // Covers: L102, L150
    #[test]
    fn a_line_leads_to_who_did_it_and_to_all_that_was_done_with_the_same_pair(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = auditor(&site, &server);
        let key = site.key("viewer", &[0]);
        server.mint(&key);
        server.mint(&key);
        server.write_notes(&site);
        let path = log_of(&site);
        let page = ada.page(&format!("{path}?action=token.issue"));
        assert!(page.contains(&format!("href=\"/keys/{}\"", key.client_id)), "{page}");
        assert!(page.contains("2 times until") && page.contains("</span> An access token was issued"), "{page}");
        let of_pair = format!("{path}?pair={}", key.public_id);
        assert!(page.contains(&format!("href=\"{of_pair}\"")), "{page}");
        let page = ada.page(&of_pair);
        assert_eq!(events(&page).len(), 2, "{page}");

        // What she does herself has her name, and her session finds the rest of it.
        ada.carry_out(&format!("/keys/{}/disable", key.client_id), &[]);
        let page = ada.page(&format!("{path}?action=api_key.disable"));
        assert!(page.contains(&format!("href=\"/users/{}\"", ada.id)), "{page}");
        let session = page.split("?session=").nth(1).expect("a session").split('"').next().expect("its id").to_owned();
        let page = ada.page(&format!("{path}?session={session}"));
        assert!(page.contains(">api_key.disable<") && page.contains(">session.begin<"), "{page}");
    }

    // Covers: L150
    #[test]
    fn one_event_tells_before_and_after_and_where_it_is_sealed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = auditor(&site, &server);
        let key = site.key("viewer", &[0]);
        rename(&site, &key, "Jenkins main");
        let path = log_of(&site);
        let page = ada.page(&format!("{path}?action=api_key.edit"));
        let event = format!("{path}/aud_{}", events(&page)[0]);
        let page = ada.page(&event);
        let cells = ">Key</bdi></td>";
        assert!(page.contains(cells) && page.contains(">Jenkins main</bdi></td>"), "{page}");
        assert!(page.contains("not sealed yet"), "{page}");
        assert!(page.contains(&format!("href=\"{path}?key={}\"", key.client_id.replace('_', "%5F"))), "{page}");

        seal(&site);
        let page = ada.page(&event);
        let position = site.audited("api_key.edit")[0].sealed.as_ref().expect("it is sealed").position;
        assert!(page.contains(&format!("<dd>{position}</dd>")) && !page.contains("not sealed yet"), "{page}");
    }

    // Covers: L151
    #[test]
    fn nobody_else_reads_the_log(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = auditor(&site, &server);
        let path = log_of(&site);
        let event = format!("{path}/aud_{}", events(&ada.page(&path))[0]);
        let elsewhere = another_space(&site, "Elsewhere");
        let pages = [path.clone(), format!("{path}?user=nonsense"), event, format!("{path}/export")];

        let mut admin = Person::with_roles(&site, &server, "bob", &["space_admin"]);
        for page in pages.iter().map(String::as_str).chain(["/site/audit", "/site/audit/export"]) {
            assert_eq!(admin.status(page), 403, "{page}");
        }
        let csrf = crate::support::browser::field(&admin.page("/spaces"), "csrf").expect("a token");
        assert_eq!(admin.browser.post(&format!("{path}/export"), &csrf, &[("after", "0")]).status, 403);
        for page in ["audit", "audit/export", "audit/aud_01a21b3152db7940af6323c69cb904b0"] {
            assert_eq!(ada.status(&format!("/spaces/{elsewhere}/{page}")), 404, "{page}");
        }
        assert_eq!(ada.status("/site/audit"), 403);
        let unknown = format!("{path}/aud_01a21b3152db7940af6323c69cb904b0");
        assert_eq!((ada.status(&unknown), ada.status(&format!("{path}/1"))), (404, 404));
        // Nothing of the log was given out, and nobody else is said to have taken it.
        assert_eq!(site.audited("audit.export").len(), 0);
    }

    // Covers: L151
    #[test]
    fn the_log_of_the_site_has_what_belongs_to_no_space(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut root = Person::with_roles(&site, &server, "root", &["site_admin"]);
        let page = root.page("/site/audit");
        assert!(page.contains(">resource_server.create<") && !page.contains(">workspace.create<"), "{page}");
        let event = format!("/site/audit/aud_{}", events(&page)[0]);
        assert_eq!(root.status(&event), 200);
        assert_eq!(root.status(&log_of(&site)), 403);
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_told_of_beside_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = auditor(&site, &server);
        for (filter, value) in [("user", "ada"), ("key", "usr_1"), ("pair", "x"), ("workspace", "-1"), ("action", "api_key.dance"), ("from", "yesterday"), ("to", "2026-13-01")] {
            let page = ada.page(&format!("{}?{filter}={value}", log_of(&site)));
            assert!(page.contains(&format!("<a href=\"#{filter}\">")), "{filter}: {page}");
            assert_eq!(events(&page).len(), 0, "{filter}");
        }
        // A place in the list that is none is the first page.
        assert!(!events(&ada.page(&format!("{}?after=nonsense", log_of(&site)))).is_empty());
    }

    // Covers: B7
    #[test]
    fn names_that_are_markup_stay_text(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = auditor(&site, &server);
        let hostile = "<script>alert(1)</script>";
        let key = site.key_with(|key| key.name = name(hostile));
        let list = ada.page(&log_of(&site));
        let one = ada.page(&format!("{}/aud_{}", log_of(&site), events(&list)[0]));
        let filtered = ada.page(&format!("{}?user=%3Cscript%3E&key={}", log_of(&site), key.client_id));
        for page in [list, one, filtered] {
            assert!(page.contains("script&#62;") && !page.contains("<script>"), "{page}");
        }
    }

    #[test]
    fn pages_show_each_event_once_and_cost_the_same_however_much_there_is(backend) {
        let site = TestSite::new(backend);
        let (server, log) = site.serve_logged();
        let mut ada = auditor(&site, &server);
        let path = log_of(&site);
        let queries = |ada: &mut Person, path: &str| count_queries(&log, || ada.page(path)).1;
        site.key("viewer", &[0]);
        let of_few = queries(&mut ada, &format!("{path}?action=api_key.create"));
        (0..30).for_each(|_| drop(site.key("viewer", &[0])));
        assert_eq!(queries(&mut ada, &format!("{path}?action=api_key.create")), of_few);

        let first = ada.page(&format!("{path}?action=api_key.create"));
        let next = first.split("rel=\"next\"").next().and_then(|before| before.rsplit("href=\"").next()).expect("a next page");
        let next = next.split('"').next().expect("its address").replace("&#38;", "&");
        let second = ada.page(&next);
        let mut all: Vec<&str> = events(&first).into_iter().chain(events(&second)).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!((events(&first).len(), all.len()), (20, count));
        assert_eq!(count, site.audited("api_key.create").iter().filter(|event| event.space == Some(site.space)).count());
    }

    // Covers: L150, K13
    #[test]
    fn an_export_is_a_file_and_leaves_one_event_an_hour(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = auditor(&site, &server);
        let path = format!("{}/export", log_of(&site));
        let nothing = ada.send(&path, &[("after", "0")]);
        assert!(nothing.status == 422 && nothing.body.contains("href=\"#after\""), "{}", nothing.body);
        seal(&site);
        let file = ada.send(&path, &[("after", "0")]);
        let taken = lines(&file);
        assert!(taken.len() > 5 && taken.iter().all(|event| event["space"] == site.space.to_string()));
        let last = taken.last().expect("a line")["position"].as_i64().expect("a position");
        let named = format!("attachment; filename=\"audit-after-0-to-{last}.jsonl\"");
        assert_eq!(file.header("content-disposition"), Some(named.as_str()));

        // The next file has what came since, and taking it within the hour is not told again.
        seal(&site);
        let next = lines(&ada.send(&path, &[("after", &last.to_string())]));
        assert_eq!((next.len(), next[0]["action"].as_str()), (1, Some("audit.export")), "{next:?}");
        assert_eq!(site.audited("audit.export").len(), 1);
        site.clock.advance(Duration::from_mins(61));
        assert_eq!(ada.send(&path, &[("after", "0")]).status, 200);
        assert_eq!(site.audited("audit.export").len(), 2);
        for wrong in ["-1", "x", "1.5", "99999999999999999999"] {
            assert_eq!(ada.send(&path, &[("after", wrong)]).status, 422, "{wrong}");
        }
    }

    // Covers: K1
    #[test]
    fn an_id_that_is_typed_gets_its_name_from_those_alone_who_may_know_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key_with(|key| key.name = name("Acquisition of a rival"));
        let (mut ada, mut siri) = (auditor(&site, &server), Person::with_roles(&site, &server, "siri", &["site_admin"]));
        let filter = format!("?key={}", key.client_id);
        assert!(ada.page(&format!("{}{filter}", log_of(&site))).contains("Acquisition of a rival"));
        let of_site = siri.page(&format!("/site/audit{filter}"));
        assert!(of_site.contains(&key.client_id) && !of_site.contains("Acquisition of a rival"), "{of_site}");
    }
}
