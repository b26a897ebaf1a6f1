//! What becomes of tokens, and of the key that got them, when the key, its pairs or its roles change.

use std::time::Duration;

use keystead::{
    domain::{
        api_key::{Mode, Owner, UserKeyRoles},
        key_pair::ExpiryPolicy,
        name::Description,
        permission::Level,
        role::{Integration, Role, RoleHome, RoleName},
    },
    manage::{
        self, Error,
        api_keys::{EditApiKey, RegenerateApiKey},
        key_pairs::{DeletePair, SetExpiry},
        key_roles::ChangeKeyRole,
        user_roles::GiveUserRole,
    },
    store,
};
use serde_json::json;

use crate::nodes::{Nodes, OPERATOR, add_pair, credential};
use crate::{on_both, support::credential::key_id};

on_both! {
    // Covers: L113, KM-06, I9, IN-09, K5
    #[test]
    fn a_disabled_key_does_nothing_and_enabling_revives_the_key_but_no_token(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        nodes.site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&key)));
        assert!(!nodes.is_active(&token) && !nodes.logs_in(&key));
        let as_caller = nodes.both(|server| {
            server.client.post_form("/oauth/introspect", key.pair(), &[("token", &token)]).status
        });
        assert_eq!(as_caller, 401);
        assert_eq!(nodes.both(|server| server.revoke(&key, &token).status), 401);

        nodes.site.change(|change, deps| manage::api_keys::enable(change, deps, OPERATOR, key_id(&key)));
        assert!(nodes.logs_in(&key) && !nodes.is_active(&token));
        assert!(nodes.is_active(&nodes.token(&key)));
    }

    // Covers: L008, L040, L042, L043, L045, KM-05, KM-06, I9
    #[test]
    fn a_revoked_key_is_dead_until_it_is_regenerated_with_a_new_secret(backend) {
        let nodes = Nodes::new(backend);
        let first = nodes.site.key("viewer", &[0, 1]);
        let second = add_pair(&nodes, &first, ExpiryPolicy::Never);
        let tokens = [nodes.token(&first), nodes.token(&second)];
        let roles = nodes.workspaces(&tokens[0]);

        let id = key_id(&first);
        nodes.site.change(|change, deps| manage::api_keys::revoke(change, deps, OPERATOR, id));
        assert!(!nodes.logs_in(&first) && !nodes.logs_in(&second));
        assert!(tokens.iter().all(|token| !nodes.is_active(token)));
        let enabled = nodes.site.try_change(|change, deps| manage::api_keys::enable(change, deps, OPERATOR, id));
        assert!(matches!(enabled, Err(Error::KeyRevoked)), "{enabled:?}");
        assert!(!nodes.logs_in(&first));

        let input = RegenerateApiKey { id, expiry: ExpiryPolicy::Never };
        let made = nodes.site.change(|change, deps| manage::api_keys::regenerate(change, deps, OPERATOR, input));
        let renewed = credential(&made);
        assert_eq!(renewed.client_id, first.client_id);
        assert_ne!(renewed.secret, first.secret);
        assert!(!nodes.logs_in(&first) && !nodes.logs_in(&second));
        assert!(tokens.iter().all(|token| !nodes.is_active(token)));
        assert_eq!(nodes.workspaces(&nodes.token(&renewed)), roles);
    }

    // Covers: L043, L046, I9
    #[test]
    fn regenerating_an_active_key_ends_both_pairs_and_all_their_tokens(backend) {
        let nodes = Nodes::new(backend);
        let first = nodes.site.key("viewer", &[0]);
        let second = add_pair(&nodes, &first, ExpiryPolicy::Never);
        let tokens = [nodes.token(&first), nodes.token(&second)];
        let input = RegenerateApiKey { id: key_id(&first), expiry: ExpiryPolicy::Never };
        let made = nodes.site.change(|change, deps| manage::api_keys::regenerate(change, deps, OPERATOR, input));
        assert!(!nodes.logs_in(&first) && !nodes.logs_in(&second));
        assert!(tokens.iter().all(|token| !nodes.is_active(token)));
        assert!(nodes.is_active(&nodes.token(&credential(&made))));
    }

    // Covers: L096, L101, KM-05, I9
    #[test]
    fn a_pair_is_replaced_without_a_break_and_takes_only_its_own_tokens_along(backend) {
        let nodes = Nodes::new(backend);
        let first = nodes.site.key("viewer", &[0]);
        let old = nodes.token(&first);
        let second = add_pair(&nodes, &first, ExpiryPolicy::Never);
        assert!(nodes.logs_in(&first) && nodes.logs_in(&second) && nodes.is_active(&old));
        let new = nodes.token(&second);

        let input = DeletePair { key: key_id(&first), pair: first.public_id, even_if_last: false };
        nodes.site.change(|change, deps| manage::key_pairs::delete(change, deps, OPERATOR, input));
        assert!(!nodes.is_active(&old) && nodes.is_active(&new));
        assert!(!nodes.logs_in(&first) && nodes.logs_in(&second));
    }

    // Covers: L122, L121, KM-04
    #[test]
    fn a_pair_of_ninety_days_ends_in_its_second_and_the_other_lives_on(backend) {
        let nodes = Nodes::new(backend);
        let first = nodes.site.key_with(|key| key.expiry = ExpiryPolicy::NinetyDays);
        let second = add_pair(&nodes, &first, ExpiryPolicy::Never);
        let pairs = nodes.site.store.snapshot(|tx| store::key_pairs::of_api_key(tx, key_id(&first)));
        let pairs = pairs.expect("a snapshot");
        let pair = pairs.iter().find(|pair| pair.public_id == first.public_id).expect("the first pair");
        let end = pair.expires_at.expect("an end");
        assert_eq!(end, pair.created_at.plus(Duration::from_hours(90 * 24)).in_whole_seconds());
        let advance_to = |wanted: i64| {
            let ahead = u64::try_from(wanted - nodes.now().as_micros()).expect("it lies ahead");
            nodes.site.clock.advance(Duration::from_micros(ahead));
        };

        advance_to(end.as_micros() - 60_000_000);
        let (token, other) = (nodes.token(&first), nodes.token(&second));
        assert_eq!(nodes.says(&token)["exp"], end.as_seconds(), "the pair and its last tokens end together");
        assert!(nodes.says(&other)["exp"].as_i64().expect("a number") > end.as_seconds());
        advance_to(end.as_micros());
        assert!(!nodes.logs_in(&first) && !nodes.is_active(&token));
        assert!(nodes.logs_in(&second) && nodes.is_active(&other));

        let input = SetExpiry { key: key_id(&first), pair: first.public_id, expiry: ExpiryPolicy::Never };
        let moved = nodes.site.try_change(|change, deps| manage::key_pairs::set_expiry(change, deps, OPERATOR, input));
        assert!(matches!(moved, Err(Error::PairExpired(_))), "{moved:?}");
        assert!(!nodes.logs_in(&first));
        nodes.site.clock.advance(Duration::from_hours(5 * 365 * 24));
        assert!(nodes.logs_in(&second), "a pair without an end has none");
    }

    // Covers: KM-04, L122
    #[test]
    fn an_end_that_is_moved_nearer_counts_for_tokens_already_out(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        let end = ExpiryPolicy::At(nodes.now().plus(Duration::from_mins(2)));
        let input = SetExpiry { key: key_id(&key), pair: key.public_id, expiry: end };
        nodes.site.change(|change, deps| manage::key_pairs::set_expiry(change, deps, OPERATOR, input));
        nodes.site.clock.advance(Duration::from_mins(1));
        assert!(nodes.is_active(&token) && nodes.logs_in(&key));
        nodes.site.clock.advance(Duration::from_mins(1));
        assert!(!nodes.is_active(&token) && !nodes.logs_in(&key));
    }

    // Covers: L039, I9, IN-15
    #[test]
    fn a_role_that_is_taken_is_gone_at_once_and_never_returns_to_an_old_token(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0, 1]);
        let token = nodes.token(&key);
        assert_eq!(nodes.workspaces(&token), json!({ "1001": ["viewer"], "1002": ["viewer"] }));
        let input = || ChangeKeyRole { id: key_id(&key), request: nodes.site.role("viewer", &[0]) };
        nodes.site.change(|change, deps| manage::key_roles::take(change, deps, OPERATOR, input()));
        assert_eq!(nodes.workspaces(&token), json!({ "1002": ["viewer"] }));
        let verified = || nodes.both(|server| {
            server.verify(&nodes.site.resource_server, &token, "workspace=1001").status
        });
        assert_eq!(verified(), 403);

        nodes.site.change(|change, deps| manage::key_roles::give(change, deps, OPERATOR, input()));
        assert_eq!(nodes.workspaces(&token), json!({ "1002": ["viewer"] }));
        assert_eq!(verified(), 403);
        let renewed = nodes.token(&key);
        assert_eq!(nodes.workspaces(&renewed), json!({ "1001": ["viewer"], "1002": ["viewer"] }));
    }

    // Covers: L039
    #[test]
    fn a_role_that_is_given_counts_for_new_tokens_only(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        for request in [nodes.site.role("editor", &[0]), nodes.site.role("auditor", &[])] {
            let input = ChangeKeyRole { id: key_id(&key), request };
            nodes.site.change(|change, deps| manage::key_roles::give(change, deps, OPERATOR, input));
        }
        let said = nodes.says(&token);
        assert_eq!((&said["workspaces"], &said["roles"]), (&json!({ "1001": ["viewer"] }), &json!([])));
        let said = nodes.says(&nodes.token(&key));
        assert_eq!((&said["workspaces"], &said["roles"]), (&json!({ "1001": ["editor", "viewer"] }), &json!(["auditor"])));
    }

    // Covers: I9, IN-15
    #[test]
    fn a_key_made_read_only_writes_no_more_with_tokens_already_out(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("editor", &[0]);
        let token = nodes.token(&key);
        let set = |mode| {
            let input = EditApiKey { mode: Some(mode), ..EditApiKey::of(key_id(&key)) };
            nodes.site.change(|change, deps| manage::api_keys::edit(change, deps, OPERATOR, input));
        };
        set(Mode::ReadOnly);
        let said = nodes.says(&token);
        assert_eq!((&said["scope"], &said["key"]["mode"]), (&json!("read"), &json!("read_only")));
        let permissions = json!(["data.read", "pipelines.read", "reports.read"]);
        assert_eq!(said["permissions"]["workspaces"]["1001"], permissions);
        let asked = nodes.both(|server| server.token_with(&key, &[("scope", "write")]).error());
        assert_eq!(asked, "invalid_scope");

        let reading = nodes.token(&key);
        set(Mode::Full);
        assert_eq!(nodes.says(&reading)["scope"], "read", "a token never grows");
        let said = nodes.says(&token);
        assert_eq!((&said["scope"], &said["key"]["mode"]), (&json!("read"), &json!("full")), "what it lost is lost");
        assert_eq!(said["permissions"]["workspaces"]["1001"], permissions);
        assert_eq!(nodes.says(&nodes.token(&key))["scope"], "read write");
    }

    // Covers: I9, L129
    #[test]
    fn a_key_that_inherits_again_gives_nothing_back_to_tokens_from_before(backend) {
        let nodes = Nodes::new(backend);
        let owner = nodes.site.user("owner");
        for (role, workspace) in [("viewer", 0), ("editor", 1)] {
            let request = nodes.site.role(role, &[workspace]);
            let input = GiveUserRole { id: owner, space: nodes.site.space, request };
            nodes.site.change(|change, deps| manage::user_roles::give(change, deps, OPERATOR, input));
        }
        let key = nodes.site.key_with(|key| key.owner = Owner::User { id: owner, roles: UserKeyRoles::Inherit });
        let set = |kind| {
            let input = EditApiKey { user_roles: Some(kind), ..EditApiKey::of(key_id(&key)) };
            nodes.site.change(|change, deps| manage::api_keys::edit(change, deps, OPERATOR, input));
        };
        let (viewer, both) = (json!({ "1001": ["viewer"] }), json!({ "1001": ["viewer"], "1002": ["editor"] }));
        let inheriting = nodes.token(&key);
        assert_eq!(nodes.says(&inheriting)["workspaces"], both);

        set(UserKeyRoles::Subset);
        assert_eq!(nodes.says(&inheriting)["workspaces"], json!(null));
        let input = ChangeKeyRole { id: key_id(&key), request: nodes.site.role("viewer", &[0]) };
        nodes.site.change(|change, deps| manage::key_roles::give(change, deps, OPERATOR, input));
        let choosing = nodes.token(&key);

        set(UserKeyRoles::Inherit);
        assert_eq!(nodes.says(&inheriting)["workspaces"], json!(null), "what it lost is lost");
        assert_eq!(nodes.says(&choosing)["workspaces"], viewer, "what it has counts without a break");
        assert_eq!(nodes.says(&nodes.token(&key))["workspaces"], both);
    }

    // Covers: I9
    #[test]
    fn a_role_whose_definition_is_trimmed_permits_less_at_once(backend) {
        let nodes = Nodes::new(backend);
        let role = nodes.site.change(|change, _| {
            let role = Role {
                id: change.new_id(),
                home: RoleHome::Space(nodes.site.space),
                name: RoleName::parse("loader").expect("a name"),
                description: Description::default(),
                level: Level::Workspace,
                integration: Integration::None,
                admin_class: false,
                copied_from: None,
                permissions: Vec::new(),
            };
            store::roles::insert(change, nodes.site.space, &role)?;
            store::roles::replace_permissions(change, role.id, &["data.read", "data.write"])?;
            Ok(role.id)
        });
        let key = nodes.site.key("loader", &[0]);
        let token = nodes.token(&key);
        let permitted = || nodes.says(&token)["permissions"]["workspaces"]["1001"].clone();
        assert_eq!(permitted(), json!(["data.read", "data.write"]));
        nodes.site.change(|change, _| Ok(store::roles::replace_permissions(change, role, &["data.read"])?));
        assert_eq!(permitted(), json!(["data.read"]));
        nodes.site.change(|change, _| Ok(store::roles::replace_permissions(change, role, &[])?));
        assert_eq!(permitted(), json!([]));
    }

    // Covers: I9, IN-15
    #[test]
    fn roles_in_a_closed_workspace_are_left_out_until_it_is_reopened(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0, 1]);
        let token = nodes.token(&key);
        let workspace = nodes.site.workspaces[0].0;
        nodes.site.change(|change, deps| manage::workspaces::close(change, deps, OPERATOR, workspace));
        assert_eq!(nodes.workspaces(&token), json!({ "1002": ["viewer"] }));
        let said = nodes.says(&nodes.token(&key));
        assert_eq!(said["workspaces"], json!({ "1002": ["viewer"] }));
        assert_eq!(said["permissions"]["workspaces"].as_object().map(serde_json::Map::len), Some(1));
        let narrowed = nodes.both(|server| server.token_with(&key, &[("scope", "read workspace:1001")]).error());
        assert_eq!(narrowed, "invalid_scope");
        nodes.site.change(|change, deps| manage::workspaces::reopen(change, deps, OPERATOR, workspace));
        assert_eq!(nodes.workspaces(&token), json!({ "1001": ["viewer"], "1002": ["viewer"] }));
    }
}
