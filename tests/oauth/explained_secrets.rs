//! The inspector beside introspection, for API keys that are presented as such, and for tokens that nobody may ask about.

use std::time::Duration;

use keystead::{
    domain::{condition::Question, explanation::Kind, key_pair::ExpiryPolicy},
    manage::{self, key_pairs::SetExpiry, spaces::EditSpace},
};

use crate::{
    nodes::{Nodes, OPERATOR},
    on_both,
    presented_keys::accepting_server,
    support::{
        credential::{key_id, resource_server_id},
        explained::{explained, failures},
    },
};

on_both! {
    // Covers: EX-01
    #[test]
    fn a_presented_key_is_explained_as_whoever_takes_keys_hears_it(backend) {
        let nodes = Nodes::new(backend);
        let site = &nodes.site;
        let taking = accepting_server(site, "https://keys.example.com");
        let key = site.key("viewer", &[0]);
        let said = |reasons: &[Question]| {
            let said = explained(site, &key.secret);
            assert_eq!((said.kind, failures(&said)), (Kind::ApiKeySecret, reasons.to_vec()));
            let heard = nodes.both(|server| server.is_active(&taking, &key.secret));
            assert_eq!(said.is_active(), heard, "{reasons:?}");
        };
        said(&[]);
        site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&key)));
        said(&[Question::KeyEnabled]);
        site.change(|change, deps| manage::api_keys::enable(change, deps, OPERATOR, key_id(&key)));
        said(&[]);
        site.change(|change, deps| manage::api_keys::revoke_tokens(change, deps, OPERATOR, key_id(&key)));
        said(&[]);
        for (on, reasons) in [(false, [Question::SpaceKeysOn].as_slice()), (true, &[])] {
            let input = EditSpace { api_keys_enabled: Some(on), ..EditSpace::of(site.space) };
            site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, input).map(drop));
            said(reasons);
        }
        let expiry = ExpiryPolicy::At(nodes.now().plus(Duration::from_mins(2)));
        let input = SetExpiry { key: key_id(&key), pair: key.public_id, expiry };
        site.change(|change, deps| manage::key_pairs::set_expiry(change, deps, OPERATOR, input));
        site.clock.advance(Duration::from_mins(2));
        said(&[Question::PairInTime]);
    }

    // Covers: EX-01
    #[test]
    fn a_token_for_an_audience_that_nobody_serves_is_active_nowhere(backend) {
        let nodes = Nodes::new(backend);
        let other = nodes.site.resource_server_for("Other", "https://other.example.com");
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.near.mint_with(&key, &[("resource", "https://other.example.com")]);
        assert!(nodes.both(|server| server.is_active(&other, &token)) && explained(&nodes.site, &token).is_active());
        let id = resource_server_id(&other);
        nodes.site.change(|change, deps| manage::resource_servers::remove(change, deps, OPERATOR, id));
        assert!(nodes.both(|server| !server.is_active(&nodes.site.resource_server, &token)));
        assert_eq!(failures(&explained(&nodes.site, &token)), [Question::AudienceServed]);

        // Whoever serves it from now on gets no token from before.
        let again = nodes.site.resource_server_for("Again", "https://other.example.com");
        assert!(nodes.both(|server| !server.is_active(&again, &token)));
        assert_eq!(failures(&explained(&nodes.site, &token)), [Question::AudienceKept]);

        // Keystead's own API asks nobody.
        let of_api = nodes.near.mint_with(&key, &[("resource", "http://127.0.0.1:8080/api/v1")]);
        assert!(explained(&nodes.site, &of_api).is_active());
        assert_eq!(nodes.near.client.get("/api/v1/me").bearer(&of_api).send().status, 200);
    }
}
