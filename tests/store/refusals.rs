//! What the tables refuse by themselves, whatever the program asks: foreign spaces, third pairs, second active keys.

use std::sync::Barrier;

use keystead::{
    domain::{
        api_key::{InternalService, Owner, UserKeyRoles},
        assignment::Reach,
        audience::Audience,
        ids::ResourceServerId,
        key_pair::Slot,
        resource_server::{ResourceServer, ResourceServerState},
        role::{Role, RoleHome},
        signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
    },
    store::{
        Change, Error, api_key_roles, api_keys,
        clock::Clock,
        key_pairs, resource_servers, roles,
        signing_keys::{self, SealedSigningKey},
        user_roles, workspaces,
    },
};

use crate::{
    sql,
    support::backend::TestDatabase,
    world::{World, api_key, change, key_in, name_of, pair, role, workspace},
};

fn signing_key(change: &mut Change<'_>, algorithm: SigningAlgorithm, state: SigningKeyState) -> SealedSigningKey {
    let (id, now) = (change.new_id(), change.now());
    let facts = SigningKeyFacts { id, algorithm, state, created_at: now, state_since: now };
    SealedSigningKey { facts, sealed: b"sealed".to_vec() }
}

fn resource_server(id: ResourceServerId, name: &str, audiences: &[&str]) -> ResourceServer {
    ResourceServer {
        id,
        name: name_of(name),
        state: ResourceServerState::Active,
        accepts_api_keys: false,
        audiences: audiences.iter().map(|text| Audience::parse(text).expect("an audience")).collect(),
        pairs: Vec::new(),
    }
}

crate::on_both! {
    // Covers: L094
    #[test]
    fn of_eight_pairs_added_at_once_one_takes_the_second_slot(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let start = Barrier::new(8);
        let results: Vec<Result<(), Error>> = std::thread::scope(|threads| {
            let add = || {
                start.wait();
                change(&store, |change| {
                    let second = pair(change, world.pepper, Slot::Second);
                    key_pairs::insert_for_api_key(change, world.home.space, world.key, &second)
                })
            };
            let running: Vec<_> = (0..8).map(|_| threads.spawn(add)).collect();
            running.into_iter().map(|thread| thread.join().expect("nobody panics")).collect()
        });
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        assert_eq!(results.iter().filter(|result| matches!(result, Err(Error::Duplicate))).count(), 7, "{results:?}");
        let slots: Vec<Slot> = key_in(&store, world.key).pairs.iter().map(|pair| pair.slot).collect();
        assert_eq!(slots, [Slot::First, Slot::Second]);
        let third = "INSERT INTO key_pairs SELECT space_id, pepper_id, api_key_id, 3, 'x', pepper_id, secret_hash, hint, \
                     created_at, expires_at FROM key_pairs WHERE slot = 1";
        assert!(sql::try_execute(&database, third).is_err(), "there is no third slot");
    }

    // Covers: KM-15
    #[test]
    fn a_key_holds_no_role_and_no_workspace_of_another_space(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let World { home, abroad, key, .. } = World::make(&store);
        let give = |role, assignment| change(&store, |change| api_key_roles::give(change, key, role, &assignment));
        let (here, there) = (Reach::Workspace(home.workspace.id), Reach::Workspace(abroad.workspace.id));
        assert!(matches!(give(&home.role, home.assignment(there)), Err(Error::Refused(_))));
        assert!(matches!(give(&abroad.role, abroad.assignment(there)), Err(Error::Refused(_))));
        let mut foreign_role = home.assignment(here);
        foreign_role.role = abroad.role.id;
        assert!(matches!(give(&abroad.role, foreign_role), Err(Error::Refused(_))));
        for home in [RoleHome::BuiltIn, home.role.home] {
            let disguised = Role { home, ..abroad.role.clone() };
            let given = change(&store, |change| api_key_roles::give(change, key, &disguised, &foreign_role));
            assert!(matches!(given, Err(Error::Refused(_))), "{home:?}: {given:?}");
        }
        assert_eq!(key_in(&store, key).roles, Vec::new());
        give(&home.role, home.assignment(here)).expect("its own role in its own space");
        assert!(matches!(give(&home.role, home.assignment(here)), Err(Error::Duplicate)));
    }

    // Covers: KM-15
    #[test]
    fn a_user_holds_a_role_of_a_space_in_that_space_alone(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let World { home, abroad, .. } = World::make(&store);
        let give = |role, assignment| change(&store, |change| user_roles::give(change, home.user, role, &assignment));
        let (here, there) = (Reach::Workspace(home.workspace.id), Reach::Workspace(abroad.workspace.id));
        assert!(matches!(give(&home.role, home.assignment(there)), Err(Error::Refused(_))));
        let mut foreign_role = home.assignment(here);
        foreign_role.role = abroad.role.id;
        assert!(matches!(give(&abroad.role, foreign_role), Err(Error::Refused(_))));
        give(&abroad.role, abroad.assignment(there)).expect("a guest of the other space");
        give(&home.role, home.assignment(Reach::Space)).expect("a role at home");
        assert!(matches!(give(&home.role, home.assignment(Reach::Space)), Err(Error::Duplicate)));
    }

    // Covers: KM-15
    #[test]
    fn a_pair_belongs_to_a_key_of_its_space(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let World { abroad, key, pepper, .. } = World::make(&store);
        let foreign = change(&store, |change| {
            let second = pair(change, pepper, Slot::Second);
            key_pairs::insert_for_api_key(change, abroad.space, key, &second)
        });
        assert!(matches!(foreign, Err(Error::Refused(_))), "{foreign:?}");
    }

    // Covers: KM-21
    #[test]
    fn an_algorithm_has_one_active_signing_key(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let insert = |algorithm, state| {
            change(&store, |change| {
                let key = signing_key(change, algorithm, state);
                signing_keys::insert(change, &key).map(|()| key.facts.id)
            })
        };
        insert(SigningAlgorithm::Es256, SigningKeyState::Active).expect("the first");
        insert(SigningAlgorithm::EdDsa, SigningKeyState::Active).expect("another algorithm");
        insert(SigningAlgorithm::Es256, SigningKeyState::Passive).expect("not active");
        let second = insert(SigningAlgorithm::Es256, SigningKeyState::Active);
        assert!(matches!(second, Err(Error::Duplicate)), "{second:?}");
        let pending = insert(SigningAlgorithm::Es256, SigningKeyState::Pending).expect("not active");
        let promoted = change(&store, |change| {
            signing_keys::set_state(change, pending, SigningKeyState::Pending, SigningKeyState::Active)
        });
        assert!(matches!(promoted, Err(Error::Duplicate)), "{promoted:?}");
    }

    // Covers: KM-21
    #[test]
    fn a_key_of_the_space_has_no_rights_of_a_user_and_an_internal_key_no_owner(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let World { home, .. } = World::make(&store);
        let owner = Owner::User { id: home.user, roles: UserKeyRoles::Inherit };
        let owned_internal = change(&store, |change| {
            let mut key = api_key(change, home.space, owner);
            key.internal = Some(InternalService::BridgeService);
            api_keys::insert(change, &key, "operator")
        });
        assert!(matches!(owned_internal, Err(Error::Refused(_))), "{owned_internal:?}");
        assert!(sql::try_execute(&database, "UPDATE api_keys SET user_roles = 'inherit'").is_err());
        change(&store, |change| {
            let key = api_key(change, home.space, owner);
            api_keys::insert(change, &key, "operator")
        })
        .expect("a user may own a key");
        let halves = "UPDATE api_keys SET user_roles = NULL WHERE owner_user_id IS NOT NULL";
        assert!(sql::try_execute(&database, halves).is_err());
    }

    // Covers: KM-21
    #[test]
    fn a_space_has_one_internal_key_of_each_service(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let World { home, abroad, .. } = World::make(&store);
        let insert = |space| {
            change(&store, |change| {
                let mut key = api_key(change, space, Owner::Space);
                key.internal = Some(InternalService::BridgeService);
                api_keys::insert(change, &key, "operator")
            })
        };
        insert(home.space).expect("the first");
        insert(abroad.space).expect("in another space");
        assert!(matches!(insert(home.space), Err(Error::Duplicate)));
    }

    // Covers: JW-12
    #[test]
    fn an_audience_belongs_to_one_resource_server(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let insert = |name, audiences: &[&str]| {
            change(&store, |change| {
                let server = resource_server(change.new_id(), name, audiences);
                resource_servers::insert(change, &server)
            })
        };
        insert("first", &["https://api.example.com"]).expect("the audience is free");
        let second = insert("second", &["https://other.example.com", "https://api.example.com"]);
        assert!(matches!(second, Err(Error::Duplicate)), "{second:?}");
        assert_eq!(sql::count(&database, "resource_servers"), 1);
        assert_eq!(sql::count(&database, "audiences"), 1);
        assert!(matches!(insert("first", &[]), Err(Error::Duplicate)), "the name is taken");
    }

    // Covers: KM-15
    #[test]
    fn names_are_unique_where_they_are_used(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let World { home, abroad, .. } = World::make(&store);
        let new_workspace = |space, name| {
            change(&store, |change| {
                let new = workspace(change, space, name)?;
                workspaces::insert(change, &new)
            })
        };
        assert!(matches!(new_workspace(home.space, "plant"), Err(Error::Duplicate)));
        new_workspace(home.space, "office").expect("free here");
        new_workspace(abroad.space, "office").expect("and there");
        let new_role = |space| {
            change(&store, |change| {
                let new = role(change, space, "welder");
                roles::insert(change, space, &new)
            })
        };
        assert!(matches!(new_role(home.space), Err(Error::Duplicate)));
    }
}
