//! The present is never older than the question, also across processes, and two events in one second do not tie.

use keystead::{domain::authority::Authority, manage};

use crate::{deciding::Node, on_both, support::credential::key_id, support::site::TestSite};

on_both! {
    // Covers: I9, IN-09, L040
    #[test]
    fn a_change_in_another_process_is_known_to_the_very_next_question(backend) {
        let site = TestSite::new(backend);
        let (here, there) = (Node::new(site.live()), Node::new(site.live()));
        for _ in 0..50 {
            let key = site.key("viewer", &[0]);
            let token = here.mint(&key).expect("the new key is known at once");
            assert!(there.is_active(&site.resource_server, &token));
            site.change(|change, deps| manage::api_keys::revoke(change, deps, &Authority::OPERATOR, key_id(&key)));
            assert!(!here.is_active(&site.resource_server, &token));
            assert!(!there.is_active(&site.resource_server, &token));
            assert_eq!(here.mint(&key), Err("invalid_client"));
        }
    }

    // Covers: I9
    #[test]
    fn two_changes_in_one_second_do_not_tie(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let key = site.key("viewer", &[0]);
        // Each round takes milliseconds: whoever compared the seconds that tokens carry could not tell before from after.
        for _ in 0..20 {
            let before = node.mint(&key).expect("an active key");
            site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
            site.change(|change, deps| manage::api_keys::enable(change, deps, &Authority::OPERATOR, key_id(&key)));
            let after = node.mint(&key).expect("an enabled key");
            assert!(!node.is_active(&site.resource_server, &before), "once inactive, never active again");
            assert!(node.is_active(&site.resource_server, &after), "a later token is not cut off by an earlier change");
        }
    }

    // Covers: IN-09, L002
    #[test]
    fn what_was_absent_is_found_as_soon_as_it_is_there(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let unknown = crate::support::site::Credential {
            client_id: "key_00000000000000000000000000000000".to_owned(),
            ..site.key("viewer", &[0])
        };
        assert_eq!(node.mint(&unknown), Err("invalid_client"));
        let mut by_public_id = site.key("viewer", &[0]);
        by_public_id.client_id = by_public_id.public_id.to_string();
        assert!(node.mint(&by_public_id).is_ok());
    }
}
