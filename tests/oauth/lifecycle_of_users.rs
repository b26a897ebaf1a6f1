//! What becomes of a user's keys and of their tokens when the user changes.

use keystead::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{Mode, Owner, UserKeyRoles},
        assignment::{Assignment, AssignmentSource, Reach},
        change::Subject,
        ids::SpaceId,
        key_pair::ExpiryPolicy,
        name::Description,
        space::SpaceKind,
    },
    manage::{
        self, Error, api_keys::CreateApiKey, key_roles::ChangeKeyRole, spaces::CreateSpace, user_roles::GiveUserRole,
        users::EnableUser, workspaces::CreateWorkspace,
    },
    store,
};
use serde_json::{Value, json};

use crate::nodes::{Nodes, OPERATOR};
use crate::{
    on_both,
    support::{
        backend::Backend,
        credential::key_id,
        site::{TestSite, name},
    },
};

on_both! {
    // Covers: L085, L126, K5, I9
    #[test]
    fn a_disabled_user_takes_all_keys_and_tokens_along(backend) {
        let nodes = Nodes::new(backend);
        let user = nodes.user_with("jo", "viewer", &[0]);
        let keys = [
            nodes.key_of(user, UserKeyRoles::Inherit, &[]),
            nodes.key_of(user, UserKeyRoles::Subset, &[("viewer", &[0])]),
        ];
        let bystander = nodes.site.key("viewer", &[0]);
        let tokens = keys.each_ref().map(|key| nodes.token(key));
        let other = nodes.token(&bystander);
        let disable = || nodes.site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, user));
        let all_dead = || {
            assert!(keys.iter().all(|key| !nodes.logs_in(key)));
            assert!(tokens.iter().all(|token| !nodes.is_active(token)));
        };
        disable();
        all_dead();
        assert!(nodes.is_active(&other) && nodes.logs_in(&bystander));

        let enable = |restore_keys| {
            let input = EnableUser { id: user, restore_keys };
            nodes.site.change(|change, deps| manage::users::enable(change, deps, OPERATOR, input));
        };
        enable(true);
        assert!(keys.iter().all(|key| nodes.logs_in(key)));
        assert!(tokens.iter().all(|token| !nodes.is_active(token)));

        disable();
        enable(false);
        all_dead();
        nodes.site.change(|change, deps| manage::api_keys::enable(change, deps, OPERATOR, key_id(&keys[0])));
        assert!(nodes.logs_in(&keys[0]) && !nodes.logs_in(&keys[1]));
    }

    // Covers: L129, I9
    #[test]
    fn a_role_taken_from_a_user_is_gone_from_the_users_keys_at_once(backend) {
        let nodes = Nodes::new(backend);
        let user = nodes.user_with("jo", "viewer", &[0, 1]);
        let inheriting = nodes.key_of(user, UserKeyRoles::Inherit, &[]);
        let subset = nodes.key_of(user, UserKeyRoles::Subset, &[("viewer", &[0])]);
        let tokens = [nodes.token(&inheriting), nodes.token(&subset)];
        let seen = || tokens.each_ref().map(|token| nodes.workspaces(token));
        assert_eq!(seen(), [json!({ "1001": ["viewer"], "1002": ["viewer"] }), json!({ "1001": ["viewer"] })]);

        nodes.take_all_from_user(user);
        assert_eq!(seen(), [Value::Null, Value::Null]);
        for key in [&inheriting, &subset] {
            assert_eq!(nodes.workspaces(&nodes.token(key)), Value::Null);
        }
        nodes.give_user(user, "viewer", &[0]);
        assert_eq!(seen(), [Value::Null, Value::Null], "it does not return to old tokens");
        assert_eq!(nodes.workspaces(&nodes.token(&inheriting)), json!({ "1001": ["viewer"] }));
    }

    // Covers: L129
    #[test]
    fn what_a_user_gains_reaches_new_tokens_of_keys_that_inherit_and_no_others(backend) {
        let nodes = Nodes::new(backend);
        let user = nodes.user_with("jo", "viewer", &[0]);
        let inheriting = nodes.key_of(user, UserKeyRoles::Inherit, &[]);
        let subset = nodes.key_of(user, UserKeyRoles::Subset, &[("viewer", &[0])]);
        let old = nodes.token(&inheriting);
        nodes.give_user(user, "editor", &[1]);
        assert_eq!(nodes.workspaces(&old), json!({ "1001": ["viewer"] }));
        let new = nodes.workspaces(&nodes.token(&inheriting));
        assert_eq!(new, json!({ "1001": ["viewer"], "1002": ["editor"] }));
        assert_eq!(nodes.workspaces(&nodes.token(&subset)), json!({ "1001": ["viewer"] }));
    }
}

on_both! {
    // Covers: L128, L133, L134
    #[test]
    fn what_a_user_has_as_a_guest_or_from_an_identity_provider_reaches_no_key(backend) {
        let nodes = Nodes::new(backend);
        let site = &nodes.site;
        let user = nodes.user_with("jo", "viewer", &[0]);
        let (abroad, number) = second_space(site);
        let request = manage::RoleRequest { role: "editor".to_owned(), workspaces: vec![number] };
        let input = GiveUserRole { id: user, space: abroad, request: request.clone() };
        site.change(|change, deps| manage::user_roles::give(change, deps, OPERATOR, input));
        site.change(|change, _| {
            let role = store::roles::find_by_name(change, site.space, "editor")?.expect("a built-in role");
            let given = Assignment {
                space: site.space,
                role: role.id,
                reach: Reach::Workspace(site.workspaces[1].1),
                source: AssignmentSource::IdentityProvider,
                since: change.seq(),
            };
            Ok(store::user_roles::give(change, user, &role, &given)?)
        });

        let inheriting = nodes.key_of(user, UserKeyRoles::Inherit, &[]);
        assert_eq!(nodes.workspaces(&nodes.token(&inheriting)), json!({ "1001": ["viewer"] }));
        let try_key = |roles| {
            let owner = Owner::User { id: user, roles: UserKeyRoles::Subset };
            site.try_change(|change, deps| {
                let input = CreateApiKey {
                    space: site.space,
                    owner,
                    name: name("Key"),
                    description: Description::default(),
                    mode: Some(Mode::Full),
                    roles: vec![roles],
                    expiry: ExpiryPolicy::Never,
                    row_level_acknowledged: false,
                    allowed_networks: AllowedNetworks::default(),
                };
                manage::api_keys::create(change, deps, OPERATOR, input).map(drop)
            })
        };
        assert!(matches!(try_key(request), Err(Error::ForeignDomain(_))));
        assert!(matches!(try_key(site.role("editor", &[1])), Err(Error::IdpRole(_))));
        // Given here too, it can be passed on.
        nodes.give_user(user, "editor", &[1]);
        assert!(try_key(site.role("editor", &[1])).is_ok());
    }
}

// Covers: L132
#[test]
fn a_users_key_gets_no_role_that_the_user_does_not_hold_there() {
    let nodes = Nodes::new(Backend::Sqlite);
    let user = nodes.user_with("jo", "viewer", &[0]);
    let key = nodes.key_of(user, UserKeyRoles::Subset, &[]);
    for request in [nodes.site.role("viewer", &[1]), nodes.site.role("editor", &[0]), nodes.site.role("auditor", &[])] {
        let input = ChangeKeyRole { id: key_id(&key), request };
        let given = nodes.site.try_change(|change, deps| manage::key_roles::give(change, deps, OPERATOR, input));
        assert!(matches!(given, Err(Error::NotHeld(_))), "{given:?}");
    }
    assert_eq!(nodes.workspaces(&nodes.token(&key)), Value::Null);
}

fn second_space(site: &TestSite) -> (SpaceId, keystead::domain::workspace::WorkspaceNumber) {
    site.change(|change, deps| {
        let input = CreateSpace { name: name("Abroad"), kind: SpaceKind::Production, internal_services: false };
        let space = manage::spaces::create(change, deps, OPERATOR, input)?.id;
        let input = CreateWorkspace { space, name: name("There") };
        Ok((space, manage::workspaces::create(change, deps, OPERATOR, input)?.number))
    })
}

on_both! {
    // Covers: L130, K5, I9
    #[test]
    fn a_user_whose_keys_are_switched_off_has_none_that_works(backend) {
        let nodes = Nodes::new(backend);
        let user = nodes.user_with("jo", "viewer", &[0]);
        let key = nodes.key_of(user, UserKeyRoles::Inherit, &[]);
        let token = nodes.token(&key);
        let subject = [Subject::User(user)];
        nodes.write("UPDATE users SET api_keys_enabled = false, keys_cut_off = :seq", &subject);
        assert!(!nodes.is_active(&token) && !nodes.logs_in(&key));
        let made = nodes.site.try_change(|change, deps| {
            let input = CreateApiKey {
                space: nodes.site.space,
                owner: Owner::User { id: user, roles: UserKeyRoles::Inherit },
                name: name("Key"),
                description: Description::default(),
                mode: Some(Mode::Full),
                roles: Vec::new(),
                expiry: ExpiryPolicy::Never,
                row_level_acknowledged: false,
                allowed_networks: AllowedNetworks::default(),
            };
            manage::api_keys::create(change, deps, OPERATOR, input).map(drop)
        });
        assert!(matches!(made, Err(Error::OwnerKeysDisabled)), "{made:?}");
        nodes.write("UPDATE users SET api_keys_enabled = true", &subject);
        assert!(nodes.logs_in(&key) && !nodes.is_active(&token));
    }
}
