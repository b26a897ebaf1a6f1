//! What becomes of a token, and of the key that got it, when something changes that they hang on. Two nodes look on, each
//! with warm records: both must see each change in their next answer.
//!
//! Where no use case makes a change yet (the switches of spaces and users, closing a space, taking a user's role, moving an
//! audience) the test writes what such a use case will write.

use std::time::Duration;

use keystead::{
    config::Issuer,
    domain::{
        api_key::{Mode, Owner, UserKeyRoles},
        assignment::{Assignment, AssignmentSource, Reach},
        audit_event::Origin,
        change::Subject,
        ids::{ApiKeyId, SpaceId, UserId},
        key_pair::ExpiryPolicy,
        name::Description,
        permission::Level,
        role::{Integration, Role, RoleHome, RoleName},
        signing_key::{SigningAlgorithm, SigningKeyState},
        space::SpaceKind,
    },
    manage::{
        self, Error, NewCredential,
        api_keys::{CreateApiKey, RegenerateApiKey, SetMode},
        key_pairs::{AddPair, DeletePair, SetExpiry},
        key_roles::ChangeKeyRole,
        signing_keys::{NewSigningKey, RevokeSigningKey},
        spaces::CreateSpace,
        users::{EnableUser, GiveUserRole},
        workspaces::{CreateWorkspace, WorkspaceOf},
    },
    store,
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{
        backend::Backend,
        site::{Credential, Server, TestSite, key_id, name, resource_server_id},
    },
};

const OPERATOR: &Origin = &Origin::OPERATOR;

/// A site and two nodes of it.
struct Nodes {
    site: TestSite,
    near: Server,
    far: Server,
}

impl Nodes {
    fn new(backend: Backend) -> Self {
        let site = TestSite::new(backend);
        let (near, far) = (site.serve(), site.serve());
        Self { site, near, far }
    }

    /// What both nodes say, which must be the same.
    fn both<T: PartialEq + std::fmt::Debug>(&self, ask: impl Fn(&Server) -> T) -> T {
        // The far node first: it is the one that did nothing.
        let far = ask(&self.far);
        assert_eq!(ask(&self.near), far, "the nodes differ");
        far
    }

    fn is_active(&self, token: &str) -> bool {
        self.both(|server| {
            let gateway = &self.site.resource_server;
            let active = server.is_active(gateway, token);
            let verified = server.verify(gateway, token, "").status;
            assert_eq!(verified, if active { 200 } else { 401 });
            active
        })
    }

    /// Whether the key gets a token; if not, it is told nothing but that.
    fn logs_in(&self, key: &Credential) -> bool {
        self.both(|server| {
            let response = server.token(key);
            match response.status {
                200 => true,
                401 => {
                    assert_eq!(response.error(), "invalid_client");
                    false
                }
                other => panic!("{other}: {}", response.body),
            }
        })
    }

    fn says(&self, token: &str) -> Value {
        self.both(|server| server.introspect(&self.site.resource_server, token))
    }

    fn workspaces(&self, token: &str) -> Value {
        self.says(token)["workspaces"].clone()
    }

    /// A token that both nodes have seen active.
    fn token(&self, key: &Credential) -> String {
        let token = self.near.mint(key);
        assert!(self.is_active(&token));
        token
    }

    fn user_with(&self, login: &str, role: &str, workspaces: &[usize]) -> UserId {
        let user = self.site.user(login);
        self.give_user(user, role, workspaces);
        user
    }

    fn give_user(&self, id: UserId, role: &str, workspaces: &[usize]) {
        let input = GiveUserRole { id, space: self.site.space, request: self.site.role(role, workspaces) };
        self.site.change(|change, deps| manage::users::give_role(change, deps, OPERATOR, input));
    }

    /// No use case takes a role from a user yet.
    fn take_all_from_user(&self, id: UserId) {
        self.site.change(|change, _| {
            let user = store::users::find(change, id)?.expect("the user");
            for held in &user.roles {
                store::users::take_role(change, id, held)?;
            }
            Ok(())
        });
    }

    fn key_of(&self, user: UserId, roles: UserKeyRoles, asked: &[(&str, &[usize])]) -> Credential {
        self.site.key_with(|key| {
            key.owner = Owner::User { id: user, roles };
            key.roles = asked.iter().map(|(role, workspaces)| self.site.role(role, workspaces)).collect();
        })
    }

    /// Writes what no use case writes yet, together with the change that tells of it. `:seq` is the number of that change.
    fn write(&self, sql: &str, subjects: &[Subject]) {
        self.site.database.execute(&sql.replace(":seq", "(SELECT seq + 1 FROM change_head)"));
        self.site.change(|change, _| Ok(subjects.iter().try_for_each(|subject| change.touch(*subject))?));
    }

    fn now(&self) -> keystead::domain::time::Timestamp {
        self.site.change(|change, _| Ok(change.now()))
    }
}

fn credential(made: &NewCredential<ApiKeyId>) -> Credential {
    Credential {
        client_id: made.client_id.to_string(),
        public_id: made.public_id,
        secret: made.secret.expose().to_owned(),
    }
}

fn add_pair(nodes: &Nodes, key: &Credential, expiry: ExpiryPolicy) -> Credential {
    let input = AddPair { key: key_id(key), expiry, retire_other_after: None };
    credential(&nodes.site.change(|change, deps| manage::key_pairs::add(change, deps, OPERATOR, input)))
}

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
        assert_eq!(end, pair.created_at.plus(Duration::from_hours(90 * 24)));
        let advance_to = |wanted: i64| {
            let ahead = u64::try_from(wanted - nodes.now().as_micros()).expect("it lies ahead");
            nodes.site.clock.advance(Duration::from_micros(ahead));
        };

        advance_to(end.as_micros() - 60_000_000);
        let (token, other) = (nodes.token(&first), nodes.token(&second));
        assert!(nodes.says(&token)["exp"].as_i64().expect("a number") <= end.as_seconds());
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
            let input = SetMode { id: key_id(&key), mode };
            nodes.site.change(|change, deps| manage::api_keys::set_mode(change, deps, OPERATOR, input));
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
        let workspace = WorkspaceOf { space: nodes.site.space, number: nodes.site.workspaces[0].0 };
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

    // Covers: L129, L131, I9
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
        site.change(|change, deps| manage::users::give_role(change, deps, OPERATOR, input));
        site.change(|change, _| {
            let role = store::roles::find_by_name(change, site.space, "editor")?.expect("a built-in role");
            let given = Assignment {
                space: site.space,
                role: role.id,
                reach: Reach::Workspace(site.workspaces[1].1),
                source: AssignmentSource::IdentityProvider,
                since: change.seq(),
            };
            Ok(store::users::give_role(change, user, &role, &given)?)
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
                    mode: Mode::Full,
                    roles: vec![roles],
                    expiry: ExpiryPolicy::Never,
                };
                manage::api_keys::create(change, deps, OPERATOR, input).map(drop)
            })
        };
        assert!(matches!(try_key(request), Err(Error::ForeignWorkspace(_))));
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

fn internal_key(site: &TestSite) -> Credential {
    let made = site.change(|change, deps| {
        let ids = store::api_keys::ids_of_space(change, site.space)?;
        let mut internal = None;
        for id in ids {
            let key = store::api_keys::find(change, id)?.expect("a key");
            internal = internal.or(key.internal.map(|_| id));
        }
        let input = RegenerateApiKey { id: internal.expect("internal keys"), expiry: ExpiryPolicy::Never };
        manage::api_keys::regenerate(change, deps, OPERATOR, input)
    });
    credential(&made)
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
                mode: Mode::Full,
                roles: Vec::new(),
                expiry: ExpiryPolicy::Never,
            };
            manage::api_keys::create(change, deps, OPERATOR, input).map(drop)
        });
        assert!(matches!(made, Err(Error::OwnerKeysDisabled)), "{made:?}");
        nodes.write("UPDATE users SET api_keys_enabled = true", &subject);
        assert!(nodes.logs_in(&key) && !nodes.is_active(&token));
    }

    // Covers: K5, I9
    #[test]
    fn a_space_without_keys_stops_all_but_those_of_the_product(backend) {
        let nodes = Nodes::new(backend);
        let (key, internal) = (nodes.site.key("viewer", &[0]), internal_key(&nodes.site));
        let (token, of_product) = (nodes.token(&key), nodes.token(&internal));
        let subject = [Subject::Space(nodes.site.space)];
        for column in ["api_keys_enabled", "api_keys_supported"] {
            let token = nodes.token(&key);
            nodes.write(&format!("UPDATE spaces SET {column} = false, keys_cut_off = :seq"), &subject);
            assert!(!nodes.is_active(&token) && !nodes.logs_in(&key), "{column}");
            assert!(nodes.is_active(&of_product) && nodes.logs_in(&internal), "{column}");
            nodes.write(&format!("UPDATE spaces SET {column} = true"), &subject);
            assert!(nodes.logs_in(&key) && !nodes.is_active(&token), "{column}");
        }
        assert!(!nodes.is_active(&token));
    }

    // Covers: K5, I9
    #[test]
    fn in_a_closed_space_nothing_works(backend) {
        let nodes = Nodes::new(backend);
        let keys = [nodes.site.key("viewer", &[0]), internal_key(&nodes.site)];
        let tokens = keys.each_ref().map(|key| nodes.token(key));
        let subject = [Subject::Space(nodes.site.space)];
        nodes.write("UPDATE spaces SET state = 'closed', cut_off = :seq", &subject);
        assert!(tokens.iter().all(|token| !nodes.is_active(token)) && keys.iter().all(|key| !nodes.logs_in(key)));
        nodes.write("UPDATE spaces SET state = 'open'", &subject);
        assert!(tokens.iter().all(|token| !nodes.is_active(token)) && keys.iter().all(|key| nodes.logs_in(key)));
    }

    // Covers: I9, IN-08
    #[test]
    fn a_site_that_moves_leaves_all_its_tokens_behind(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        let issuer = Issuer::parse("http://127.0.0.1:9090").expect("an issuer");
        nodes.site.change(|change, deps| manage::site::move_issuer(change, deps, OPERATOR, &issuer));
        assert!(!nodes.is_active(&token));
        let back = Issuer::parse(crate::support::site::ISSUER).expect("an issuer");
        nodes.site.change(|change, deps| manage::site::move_issuer(change, deps, OPERATOR, &back));
        assert!(!nodes.is_active(&token) && nodes.logs_in(&key));
    }
}

fn active_key(site: &TestSite) -> keystead::domain::ids::SigningKeyId {
    let keys = site.store.snapshot(|tx| manage::signing_keys::list(tx)).expect("a snapshot");
    let signs = |key: &&keystead::domain::signing_key::SigningKeyFacts| {
        key.algorithm == SigningAlgorithm::Es256 && key.state == SigningKeyState::Active
    };
    keys.iter().find(signs).expect("a key that signs").id
}

fn kids(nodes: &Nodes) -> Vec<String> {
    nodes.both(|server| {
        let set = server.client.get("/oauth/jwks").send().json();
        let mut kids: Vec<String> = set["keys"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|key| key["kid"].as_str().expect("text").to_owned())
            .collect();
        kids.sort();
        kids
    })
}

on_both! {
    // Covers: J13, I9
    #[test]
    fn a_revoked_signing_key_takes_its_tokens_along_and_leaves_the_key_set(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        let id = active_key(&nodes.site);
        assert!(kids(&nodes).contains(&id.to_string()));
        let replacement = NewSigningKey::generate(&nodes.site.deps, SigningAlgorithm::Es256, nodes.now()).expect("a key");
        let input = RevokeSigningKey { id, replacement };
        let successor =
            nodes.site.change(|change, deps| manage::signing_keys::revoke(change, deps, OPERATOR, input));
        assert!(!nodes.is_active(&token));
        let published = kids(&nodes);
        assert!(!published.contains(&id.to_string()));
        assert!(published.contains(&successor.expect("a successor").to_string()));
        assert!(nodes.is_active(&nodes.token(&key)));
    }

    // Covers: JK-02, I9
    #[test]
    fn a_token_outlives_the_rotation_of_the_key_that_signed_it(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        let before = active_key(&nodes.site);
        let new = NewSigningKey::generate(&nodes.site.deps, SigningAlgorithm::Es256, nodes.now()).expect("a key");
        nodes.site.change(|change, deps| manage::signing_keys::rotate_now(change, deps, OPERATOR, new));
        let after = active_key(&nodes.site);
        assert_ne!(before, after);
        let renewed = nodes.far.mint(&key);
        assert!(nodes.is_active(&token) && nodes.is_active(&renewed));
        assert_ne!(token.split('.').next(), renewed.split('.').next(), "another key signs");
        assert_eq!(kids(&nodes).iter().filter(|kid| [before, after].iter().any(|id| id.to_string() == **kid)).count(), 2);
    }

    // Covers: I1, K5, I9
    #[test]
    fn a_disabled_resource_server_gets_no_answers_and_harms_no_token(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        let id = resource_server_id(&nodes.site.resource_server);
        nodes.site.change(|change, deps| manage::resource_servers::disable(change, deps, OPERATOR, id));
        let statuses = nodes.both(|server| {
            let caller = &nodes.site.resource_server;
            let asked = server.client.post_form("/oauth/introspect", caller.pair(), &[("token", &token)]);
            assert_eq!(server.is_active(&key, &token), true);
            [asked.status, server.verify(caller, &token, "").status]
        });
        assert_eq!(statuses, [401, 401]);
        nodes.site.change(|change, deps| manage::resource_servers::enable(change, deps, OPERATOR, id));
        assert!(nodes.is_active(&token));
    }

    // Covers: IN-07, I2, I9
    #[test]
    fn an_audience_that_moves_takes_its_tokens_to_the_other_resource_server(backend) {
        let nodes = Nodes::new(backend);
        let other = nodes.site.resource_server_for("Other", "https://other.example.com");
        let (id, other_id) = (resource_server_id(&nodes.site.resource_server), resource_server_id(&other));
        let token = nodes.token(&nodes.site.key("viewer", &[0]));
        let seen = || nodes.both(|server| {
            [&nodes.site.resource_server, &other].map(|caller| server.is_active(caller, &token))
        });
        assert_eq!(seen(), [true, false]);
        let to_other = "UPDATE audiences SET resource_server_id = \
                        (SELECT id FROM resource_servers WHERE name = 'Other') WHERE audience = 'https://api.example.com'";
        nodes.write(to_other, &[Subject::ResourceServer(id), Subject::ResourceServer(other_id), Subject::Site]);
        assert_eq!(seen(), [false, true]);
    }
}
