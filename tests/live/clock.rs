//! Time: the database's clock, the largest value seen, and what a step back must not revive.

use std::time::Duration;

use keystead::{
    domain::{authority::Authority, key_pair::ExpiryPolicy},
    jobs::cleanup,
    manage::{self, key_pairs::SetExpiry},
};

use crate::{
    deciding::Node,
    on_both,
    support::credential::key_id,
    support::site::{Credential, TestSite},
};

const DAY: Duration = Duration::from_hours(24);

fn set_expiry(site: &TestSite, key: &Credential, expiry: ExpiryPolicy) -> Result<(), manage::Error> {
    let input = SetExpiry { key: key_id(key), pair: key.public_id, expiry };
    site.try_change(|change, deps| manage::key_pairs::set_expiry(change, deps, &Authority::OPERATOR, input))
}

on_both! {
    // Covers: L122, CA-07
    #[test]
    fn an_expired_pair_that_is_extended_too_late_stays_dead(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let key = site.key_with(|key| key.expiry = ExpiryPolicy::NinetyDays);
        assert!(node.mint(&key).is_ok());

        site.clock.advance(91 * DAY);
        assert_eq!(node.mint(&key), Err("invalid_client"));
        assert!(set_expiry(&site, &key, ExpiryPolicy::Never).is_err());
        assert_eq!(node.mint(&key), Err("invalid_client"));
    }

    // Covers: G11
    #[test]
    fn a_step_back_of_the_clock_revives_nothing_that_was_seen_to_expire(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let key = site.key("viewer", &[0]);
        let token = node.mint(&key).expect("a token");
        site.clock.advance(DAY);
        assert!(!node.is_active(&site.resource_server, &token), "expired");

        site.clock.step_back(DAY);
        assert!(!node.is_active(&site.resource_server, &token), "this process has seen the later time");
    }

    // Covers: G11, I11
    #[test]
    fn cleaning_up_and_stepping_back_revives_no_revoked_token_in_any_process(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        assert_eq!(server.revoke(&key, &token).status, 200);

        site.clock.advance(DAY);
        let cleaned = cleanup::run_once(&site.store).expect("the cleanup runs");
        assert_eq!(cleaned.revoked_tokens, 1);
        site.clock.step_back(DAY);

        assert!(!node.is_active(&site.resource_server, &token));
        assert!(!Node::new(site.live()).is_active(&site.resource_server, &token), "a process that starts afterwards");
    }

    // Covers: I11
    #[test]
    fn a_revoked_token_is_known_to_a_process_that_starts_later(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        assert_eq!(server.revoke(&key, &token).status, 200);
        assert!(!Node::new(site.live()).is_active(&site.resource_server, &token));
    }
}
