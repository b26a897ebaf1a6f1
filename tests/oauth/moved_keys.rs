//! A key that was moved to a service account: both work for some hours, on every node, and then one alone.

use std::time::Duration;

use keystead::{
    domain::{
        api_key::UserKeyRoles,
        ids::UserId,
        key_pair::ExpiryPolicy,
        user::{AccountType, Login},
    },
    manage::{
        self,
        key_moves::{MissingRoles, MoveKeys},
        users::CreateUser,
    },
};
use serde_json::json;

use crate::{
    nodes::{Nodes, OPERATOR, credential},
    on_both,
    support::credential::key_id,
    support::site::{Credential, name},
};

fn service(nodes: &Nodes) -> UserId {
    let person = CreateUser::person(nodes.site.space, Login::parse("robot").expect("a login"), name("Robot"));
    let input = CreateUser { account_type: AccountType::Service, ..person };
    nodes.site.change(|change, deps| manage::users::create(change, deps, OPERATOR, input)).id
}

fn move_to(nodes: &Nodes, from: UserId, key: &Credential, to: UserId, hours: u64) -> Credential {
    let input = MoveKeys {
        from,
        keys: vec![key_id(key)],
        to,
        overlap: Duration::from_hours(hours),
        missing_roles: MissingRoles::Give,
        expiry: ExpiryPolicy::Usual,
    };
    let moved = nodes.site.change(|change, deps| manage::key_moves::move_keys(change, deps, OPERATOR, &input));
    credential(&moved[0].made)
}

on_both! {
    // Covers: PE-08
    #[test]
    fn both_keys_work_until_the_overlap_ends_and_then_the_new_one_alone(backend) {
        let nodes = Nodes::new(backend);
        let jo = nodes.user_with("jo", "viewer", &[0]);
        let old = nodes.key_of(jo, UserKeyRoles::Inherit, &[]);
        let before = nodes.token(&old);
        let robot = service(&nodes);
        let new = move_to(&nodes, jo, &old, robot, 1);
        assert!(nodes.is_active(&before) && nodes.logs_in(&old) && nodes.logs_in(&new));
        nodes.site.clock.advance(Duration::from_mins(55));
        let (of_old, of_new) = (nodes.token(&old), nodes.token(&new));
        assert!(nodes.is_active(&of_old) && nodes.is_active(&of_new));
        assert_eq!((nodes.says(&of_old)["sub"].clone(), nodes.says(&of_new)["sub"].clone()), (json!(jo), json!(robot)));
        assert_eq!(nodes.workspaces(&of_new), nodes.workspaces(&of_old));
        nodes.site.clock.advance(Duration::from_mins(5));
        assert!(!nodes.is_active(&of_old) && !nodes.logs_in(&old));
        assert!(nodes.is_active(&of_new) && nodes.logs_in(&new));
    }

    // Covers: PE-08
    #[test]
    fn without_overlap_or_without_its_user_the_old_key_stops_at_once(backend) {
        let nodes = Nodes::new(backend);
        let jo = nodes.user_with("jo", "viewer", &[0]);
        let robot = service(&nodes);
        let keys = [(); 2].map(|()| nodes.key_of(jo, UserKeyRoles::Subset, &[("viewer", &[0])]));
        let tokens = keys.each_ref().map(|key| nodes.token(key));
        let first = move_to(&nodes, jo, &keys[0], robot, 0);
        assert!(!nodes.is_active(&tokens[0]) && !nodes.logs_in(&keys[0]) && nodes.logs_in(&first));
        assert!(nodes.is_active(&tokens[1]));
        let second = move_to(&nodes, jo, &keys[1], robot, 720);
        assert!(nodes.is_active(&tokens[1]) && nodes.logs_in(&keys[1]));
        let new = nodes.token(&second);
        nodes.site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, jo));
        assert!(!nodes.is_active(&tokens[1]) && !nodes.logs_in(&keys[1]));
        assert!(nodes.is_active(&new) && nodes.logs_in(&second));
    }
}
