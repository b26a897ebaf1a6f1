//! What is left of logins goes when it has expired, and not before.

use std::time::Duration;

use keystead::{
    domain::{
        ids::{FamilyId, Id as _},
        key_pair::SecretHash,
    },
    jobs::cleanup::{self, Cleaned},
    store::{self, families, setup_links::KeptSetupLink, signing_keys},
};
use uuid::Uuid;

use crate::{
    on_both,
    support::{
        backend::Backend,
        browser::{Browser, person},
        log_in_with::{claims, tokens},
        site::TestSite,
    },
};

const DAY: Duration = Duration::from_hours(24);
/// More than the life of an authorization.
const LONG: Duration = Duration::from_hours(24 * 181);

fn clean(site: &TestSite) -> Cleaned {
    cleanup::run_once(&site.store).expect("it cleans up")
}

fn rows(site: &TestSite, table: &str) -> i64 {
    site.database.number(&format!("(SELECT COUNT(*) FROM {table})"))
}

/// Logs in to an application and refreshes twice. Answers the authorization.
fn authorize(site: &TestSite) -> FamilyId {
    person(site, "jo");
    let (application, server) = (site.application(), site.serve());
    let mut browser = Browser::logged_in(&server, "jo");
    let mut got = application.log_in(&server, &mut browser, &[]);
    for _ in 0..2 {
        got = tokens(&application.refresh(&server, got.refresh.as_deref().expect("a refresh token")));
    }
    claims(&got.access)["family"].as_str().expect("a family").parse().expect("its id")
}

fn leave_setup_link(site: &TestSite) {
    let user = site.user("mo");
    let pepper = site.store.snapshot(|tx| signing_keys::peppers(tx)).expect("it answers")[0].id;
    site.change(|change, _| {
        let link = KeptSetupLink {
            id: change.new_id(),
            user,
            public_id: "0123456789abcdef".parse().expect("a public id"),
            secret: SecretHash { pepper, hash: [0; 32] },
            made_at: change.seq(),
            expires_at: change.now().plus(Duration::from_mins(10)),
        };
        Ok(store::setup_links::replace(change, &link)?)
    });
}

on_both! {
    #[test]
    fn an_authorization_keeps_all_of_its_refresh_tokens_and_takes_them_along(backend) {
        let site = TestSite::new(backend);
        authorize(&site);
        let kept = || ["families", "authorization_codes", "refresh_tokens"].map(|table| rows(&site, table));
        assert_eq!(kept(), [1, 1, 3]);
        site.clock.advance(DAY);
        let cleaned = clean(&site);
        assert_eq!((cleaned.families, cleaned.refresh_tokens), (0, 0), "{cleaned:?}");
        assert_eq!(kept(), [1, 1, 3], "a token that comes back is known");
        site.clock.advance(LONG);
        let cleaned = clean(&site);
        assert_eq!((cleaned.families, cleaned.refresh_tokens, cleaned.more), (1, 3, false), "{cleaned:?}");
        assert_eq!(kept(), [0, 0, 0]);
    }

    #[test]
    fn requests_links_and_attempts_go_when_they_mean_nothing_any_more(backend) {
        let site = TestSite::new(backend);
        person(&site, "jo");
        leave_setup_link(&site);
        let (application, server) = (site.application(), site.serve());
        let mut browser = Browser::new(&server);
        assert_eq!(application.authorize(&mut browser, &[]).status, 200);
        browser.log_in("jo", "not the password");
        let kept = || ["authorization_requests", "setup_links", "throttles"].map(|table| rows(&site, table));
        let before = kept();
        assert!(before.iter().all(|rows| *rows > 0), "{before:?}");
        let cleaned = clean(&site);
        assert_eq!((cleaned.authorization_requests, cleaned.setup_links, cleaned.throttles), (0, 0, 0));
        site.clock.advance(DAY);
        clean(&site);
        assert_eq!(kept(), [0, 0, 0]);
    }

    #[test]
    fn a_round_is_bounded_and_says_that_there_is_more(backend) {
        let site = TestSite::new(backend);
        let bytes = match backend {
            Backend::Sqlite => "CAST(number AS BLOB)",
            Backend::Postgres => "CAST(CAST(number AS TEXT) AS BYTEA)",
        };
        let numbers = "WITH RECURSIVE n (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < 1500)";
        site.database.execute(&format!("INSERT INTO throttles {numbers} SELECT {bytes}, 0 FROM n"));
        let cleaned = clean(&site);
        assert_eq!((cleaned.throttles, cleaned.more), (1_000, true));
        let cleaned = clean(&site);
        assert_eq!((cleaned.throttles, cleaned.more), (500, false));
    }

    #[test]
    fn a_clock_that_steps_back_revives_nothing(backend) {
        let site = TestSite::new(backend);
        site.clock.advance(LONG);
        let now = site.store.now().expect("a time");
        clean(&site);
        site.clock.step_back(LONG);
        let high_water = site.database.number("(SELECT clock_high_water FROM change_head)");
        assert!(high_water >= now.as_micros(), "{high_water} < {now:?}");
    }
}

// Covers: I9
#[test]
fn on_postgres_the_cleanup_passes_over_what_somebody_holds() {
    let site = TestSite::new(Backend::Postgres);
    let family = authorize(&site);
    site.clock.advance(LONG);
    let cleaned = site.store.redeem(|redemption| {
        assert!(families::hold(redemption, family)?);
        // On a thread and a connection of its own; it does not wait.
        Ok::<_, store::Error>(std::thread::scope(|scope| scope.spawn(|| clean(&site)).join().expect("it ends")))
    });
    assert_eq!(cleaned.expect("it commits").families, 0);
    assert_eq!(clean(&site).families, 1);
    let nobody = site.store.redeem(|redemption| families::hold(redemption, FamilyId::from_uuid(Uuid::nil())));
    assert!(!nobody.expect("it commits"));
}
