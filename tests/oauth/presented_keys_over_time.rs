//! Presented keys while things change: two nodes look on, and the next request of each is decided by the new state.

use std::time::Duration;

use keystead::{
    domain::{
        api_key::{Mode, UserKeyRoles},
        change::Subject,
        key_pair::ExpiryPolicy,
    },
    manage::{
        self,
        api_keys::{EditApiKey, RegenerateApiKey},
        key_pairs::DeletePair,
        key_roles::ChangeKeyRole,
    },
};
use serde_json::Value;

use crate::{
    nodes::{Nodes, OPERATOR, add_pair, credential},
    on_both,
    presented_keys::accepting_server,
    support::credential::{key_id, resource_server_id},
    support::site::Credential,
};

/// Two nodes and a resource server that may ask about keys.
struct Onlookers {
    nodes: Nodes,
    accepting: Credential,
}

impl Onlookers {
    fn new(backend: crate::support::backend::Backend) -> Self {
        let nodes = Nodes::new(backend);
        let accepting = accepting_server(&nodes.site, "https://accepting.example.com");
        Self { nodes, accepting }
    }

    fn says(&self, key: &Credential) -> Value {
        self.nodes.both(|server| server.introspect(&self.accepting, &key.secret))
    }

    /// What gateways are told: status and permissions there.
    fn verified(&self, key: &Credential, needs: &str) -> (u16, String) {
        self.nodes.both(|server| {
            let response = server.verify(&self.nodes.site.resource_server, &key.secret, needs);
            (response.status, response.header("X-Keystead-Permissions").unwrap_or_default().to_owned())
        })
    }

    fn works(&self, key: &Credential) -> bool {
        let active = self.says(key)["active"].as_bool().expect("a boolean");
        assert_eq!(self.verified(key, "").0, if active { 200 } else { 401 });
        active
    }
}

on_both! {
    // Covers: L113, KM-06, I9, RS-07, K5
    #[test]
    fn a_disabled_or_revoked_key_is_refused_by_the_next_request(backend) {
        let on = Onlookers::new(backend);
        let key = on.nodes.site.key("viewer", &[0]);
        assert!(on.works(&key));
        on.nodes.site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&key)));
        assert!(!on.works(&key));
        on.nodes.site.change(|change, deps| manage::api_keys::enable(change, deps, OPERATOR, key_id(&key)));
        assert!(on.works(&key));
        on.nodes.site.change(|change, deps| manage::api_keys::revoke(change, deps, OPERATOR, key_id(&key)));
        assert!(!on.works(&key));
        let input = RegenerateApiKey { id: key_id(&key), expiry: ExpiryPolicy::Never };
        let made = on.nodes.site.change(|change, deps| manage::api_keys::regenerate(change, deps, OPERATOR, input));
        assert!(on.works(&credential(&made)) && !on.works(&key));
    }

    // Covers: L096, KM-04, KM-05, L122
    #[test]
    fn a_pair_that_is_gone_or_over_is_refused_and_the_other_is_not(backend) {
        let on = Onlookers::new(backend);
        let first = on.nodes.site.key("viewer", &[0]);
        let end = on.nodes.now().plus(Duration::from_mins(5));
        let second = add_pair(&on.nodes, &first, ExpiryPolicy::At(end));
        assert!(on.works(&first) && on.works(&second));
        on.nodes.site.clock.advance(Duration::from_mins(4));
        assert!(on.works(&first) && on.works(&second));
        on.nodes.site.clock.advance(Duration::from_mins(1));
        assert!(on.works(&first) && !on.works(&second));

        let third = {
            let input = DeletePair { key: key_id(&first), pair: second.public_id, even_if_last: false };
            on.nodes.site.change(|change, deps| manage::key_pairs::delete(change, deps, OPERATOR, input));
            add_pair(&on.nodes, &first, ExpiryPolicy::Never)
        };
        assert!(on.works(&first) && on.works(&third));
        let input = DeletePair { key: key_id(&first), pair: first.public_id, even_if_last: false };
        on.nodes.site.change(|change, deps| manage::key_pairs::delete(change, deps, OPERATOR, input));
        assert!(!on.works(&first) && on.works(&third));
    }

    // Covers: L039, L092, I9, RS-07
    #[test]
    fn roles_that_are_given_or_taken_count_in_the_next_request(backend) {
        let on = Onlookers::new(backend);
        let site = &on.nodes.site;
        let key = site.key("viewer", &[0]);
        let editor = |workspace| ChangeKeyRole { id: key_id(&key), request: site.role("editor", &[workspace]) };
        let reading = "data.read pipelines.read reports.read";
        let writing = "data.read data.write pipelines.read reports.read";
        assert_eq!(on.verified(&key, "workspace=1001"), (200, reading.to_owned()));
        assert_eq!(on.verified(&key, "workspace=1002").0, 403);

        for workspace in [0, 1] {
            site.change(|change, deps| manage::key_roles::give(change, deps, OPERATOR, editor(workspace)));
        }
        for needs in ["workspace=1001", "workspace=1002"] {
            assert_eq!(on.verified(&key, needs), (200, writing.to_owned()));
        }
        assert_eq!(on.says(&key)["workspaces"]["1001"], serde_json::json!(["editor", "viewer"]));
        site.change(|change, deps| {
            manage::api_keys::edit(change, deps, OPERATOR, EditApiKey { mode: Some(Mode::ReadOnly), ..EditApiKey::of(key_id(&key)) })
        });
        assert_eq!(on.verified(&key, "workspace=1001"), (200, reading.to_owned()));
        assert_eq!(on.verified(&key, "scope=write").0, 403);
        assert_eq!(on.says(&key)["scope"], "read");

        site.change(|change, deps| manage::key_roles::take(change, deps, OPERATOR, editor(1)));
        assert_eq!(on.verified(&key, "workspace=1002").0, 403);
        let first = site.workspaces[0].0;
        site.change(|change, deps| manage::workspaces::close(change, deps, OPERATOR, first));
        assert_eq!(on.verified(&key, "workspace=1001").0, 403);
        assert!(on.works(&key), "the key is the same, it only reaches nowhere");
        site.change(|change, deps| manage::workspaces::reopen(change, deps, OPERATOR, first));
        assert_eq!(on.verified(&key, "workspace=1001").0, 200);
    }

    // Covers: K5, I9, RS-07
    #[test]
    fn a_space_without_keys_and_a_closed_one_refuse_theirs(backend) {
        let on = Onlookers::new(backend);
        let key = on.nodes.site.key("viewer", &[0]);
        assert!(on.works(&key));
        let subject = [Subject::Space(on.nodes.site.space)];
        let switches = [
            ("api_keys_enabled = false, keys_cut_off = :seq", "api_keys_enabled = true"),
            ("api_keys_supported = false, keys_cut_off = :seq", "api_keys_supported = true"),
            ("state = 'closed', cut_off = :seq", "state = 'open'"),
        ];
        for (off, back) in switches {
            on.nodes.write(&format!("UPDATE spaces SET {off}"), &subject);
            assert!(!on.works(&key), "{off}");
            on.nodes.write(&format!("UPDATE spaces SET {back}"), &subject);
            assert!(on.works(&key), "{back}");
        }
    }

    // Covers: L064, L085, L130, K5
    #[test]
    fn a_users_key_lives_and_ends_with_the_user_and_not_with_logins(backend) {
        let on = Onlookers::new(backend);
        let user = on.nodes.user_with("jo", "viewer", &[0]);
        let key = on.nodes.key_of(user, UserKeyRoles::Inherit, &[]);
        assert!(on.works(&key));
        assert_eq!(on.says(&key)["sub"], user.to_string());
        let subject = [Subject::User(user)];
        on.nodes.write("UPDATE users SET logins_cut_off = :seq", &subject);
        assert!(on.works(&key), "logging out ends logins, and a key is none");

        on.nodes.write("UPDATE users SET api_keys_enabled = false, keys_cut_off = :seq", &subject);
        assert!(!on.works(&key));
        on.nodes.write("UPDATE users SET api_keys_enabled = true", &subject);
        assert!(on.works(&key));
        on.nodes.take_all_from_user(user);
        assert_eq!(on.verified(&key, "workspace=1001").0, 403);
        on.nodes.site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, user));
        assert!(!on.works(&key));
    }

    // Covers: I4, I9
    #[test]
    fn a_resource_server_that_may_no_longer_ask_about_keys_sees_none(backend) {
        let on = Onlookers::new(backend);
        let key = on.nodes.site.key("viewer", &[0]);
        assert!(on.works(&key));
        let subject = [Subject::ResourceServer(resource_server_id(&on.accepting))];
        on.nodes.write("UPDATE resource_servers SET accepts_api_keys = false", &subject);
        assert_eq!(on.says(&key), serde_json::json!({ "active": false }));
        assert_eq!(on.verified(&key, "").0, 200, "gateways hand keys over always");
    }
}
