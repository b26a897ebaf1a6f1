//! Charts at the console: what they count, and for whom.

use std::time::Duration;

use keystead::domain::{key_pair::ExpiryPolicy, time::Timestamp};

use crate::{
    audit::{another_space, with_wrong_secret},
    on_both,
    person::Person,
    support::{
        backend::Backend,
        queries::{plan, queries_of},
        site::{TestSite, name},
    },
};

const DAY: Duration = Duration::from_hours(24);

/// The section of a key's page about its use.
fn use_of(page: &str) -> &str {
    let section = page.split("aria-labelledby=\"use\"").nth(1).expect("a section");
    section.split("</section>").next().expect("its end")
}

/// Uses and denials of each day that has any, newest first.
fn rows(page: &str) -> Vec<(u64, u64)> {
    let cells = |row: &str| -> Vec<u64> {
        row.split("<td>").skip(1).map(|cell| cell.split('<').next().expect("text").parse().expect("a number")).collect()
    };
    let body = use_of(page).split("<tbody>").nth(1).expect("a table");
    let days = body.split("<tr>").skip(1).map(cells);
    days.map(|cells| (cells[0], cells[1])).filter(|day| *day != (0, 0)).collect()
}

/// The time of the site's last event of this kind.
fn now(site: &TestSite) -> Timestamp {
    let key = site.key("viewer", &[0]);
    site.audited("api_key.create").into_iter().find(|event| event.target == key.client_id).expect("it is told").at
}

on_both! {
    // Covers: L150
    #[test]
    fn the_chart_of_a_key_counts_the_tokens_and_denials_of_each_day(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let other = site.key("viewer", &[0]);
        let path = format!("/keys/{}", key.client_id);
        // Whoever manages keys reads no log, and sees how much a key is used.
        let mut ada = Person::admin(&site, &server);
        let page = ada.page(&path);
        assert!(use_of(&page).contains("0 uses and 0 denials") && !use_of(&page).contains("<svg"), "{page}");

        (0..3).for_each(|_| drop(server.mint(&key)));
        server.mint(&other);
        assert_eq!(server.token(&with_wrong_secret(&key)).status, 401);
        server.write_notes(&site);
        let page = ada.page(&path);
        assert!(use_of(&page).contains("3 uses and 1 denial in"), "{page}");
        assert!(use_of(&page).contains("<title id=\"use-by-day-title\">") && use_of(&page).contains(": 3 uses</title>"), "{page}");
        assert_eq!(rows(&page), [(3, 1)]);
        assert!(page.contains("aria-label=\"3 uses in the last 14 days\""), "{page}");

        site.clock.advance(2 * DAY);
        let mut ada = Person { browser: crate::support::browser::Browser::logged_in(&server, "ada"), ..ada };
        server.mint(&key);
        server.write_notes(&site);
        assert_eq!(rows(&ada.page(&path)), [(1, 0), (3, 1)]);
        site.clock.advance(12 * DAY);
        let mut ada = Person { browser: crate::support::browser::Browser::logged_in(&server, "ada"), ..ada };
        let page = ada.page(&path);
        assert!(use_of(&page).contains("1 use and 0 denials") && rows(&page) == [(1, 0)], "{page}");

        let mut nobody = Person::with_roles(&site, &server, "bob", &[]);
        assert_eq!(nobody.status(&path), 403);
    }

    // Covers: L154
    #[test]
    fn the_calendar_tells_which_pairs_end_when(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let path = format!("/spaces/{}/keys/calendar", site.space);
        assert!(ada.page(&path).contains("No pair ends in the next 90 days"));
        let start = now(&site);
        let ending = |days: u32, title: &str| {
            site.key_with(|key| {
                key.name = name(title);
                key.expiry = ExpiryPolicy::At(start.plus(DAY * days));
            })
        };
        let late = ending(60, "Late <b>one</b>");
        let soon = ending(5, "Soon");
        let never = ending(200, "Next year");
        let page = ada.page(&path);
        let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
        assert!(place(&soon.public_id.to_string()) < place(&late.public_id.to_string()));
        assert!(place(">Soon<") < place("Late &#60;b&#62;one"));
        assert!(!page.contains(&never.public_id.to_string()));
        assert!(page.contains("2 pairs end in the next 90 days") && page.matches(": 1 pair ends</title>").count() == 2, "{page}");
        assert!(page.contains(&format!("href=\"/keys/{}\"", soon.client_id)) && page.contains("No pair works"), "{page}");

        let mut nobody = Person::with_roles(&site, &server, "bob", &[]);
        assert_eq!(nobody.status(&path), 403);
        let elsewhere = another_space(&site, "Elsewhere");
        assert_eq!(ada.status(&format!("/spaces/{elsewhere}/keys/calendar")), 404);
    }

    #[test]
    fn what_is_drawn_is_found_by_an_index(backend) {
        let site = TestSite::new(backend);
        let (server, log) = site.serve_logged();
        let key = site.key("viewer", &[0]);
        let mut ada = Person::admin(&site, &server);
        let pages = [
            (format!("/keys/{}", key.client_id), "audit_mentions", ["SEARCH audit_mentions", "SEARCH audit_events"]),
            (format!("/spaces/{}/keys/calendar", site.space), "ORDER BY `key_pairs`.`expires_at`", ["key_pairs_by_expiry", "expires_at>"]),
        ];
        for (path, of, steps) in pages {
            let (_, queries) = queries_of(&log, || ada.page(&path));
            let asked: Vec<&String> = queries.iter().filter(|query| query.replace('"', "`").contains(of)).collect();
            assert!(!asked.is_empty(), "{queries:#?}");
            for query in asked.into_iter().filter(|_| backend == Backend::Sqlite) {
                let plan = plan(&site.database, query);
                assert!(!plan.contains("SCAN ") && steps.iter().all(|step| plan.contains(step)), "{query}: {plan}");
            }
        }
    }

    // Covers: L154
    #[test]
    fn a_long_calendar_is_shown_in_pages(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let end = now(&site).plus(DAY * 3);
        // All at one moment: their ids tell them apart.
        let keys: Vec<_> = (0..40).map(|_| site.key_with(|key| key.expiry = ExpiryPolicy::At(end))).collect();
        let path = format!("/spaces/{}/keys/calendar", site.space);
        let first = ada.page(&path);
        let next = first.split("\" rel=\"next\"").next().and_then(|before| before.rsplit("href=\"").next()).expect("a next page");
        let second = ada.page(next);
        for key in keys {
            let id = key.public_id.to_string();
            assert_eq!(first.matches(&id).count() + second.matches(&id).count(), 1, "{id}");
        }
        assert!(first.contains("40 pairs end") && second.contains("40 pairs end"));
    }
}
