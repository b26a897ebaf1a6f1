//! The words of the domain's enums and those that the tables take are the same.

use keystead::{
    domain::{
        api_key::{InternalService, KeyStatus, Mode, Owner, UserKeyRoles},
        assignment::{AssignmentSource, Reach},
        audit_event::{Actor, AuditEntry, Origin},
        change::SubjectKind,
        ids::Id as _,
        permission::Level,
        resource_server::{ResourceServer, ResourceServerState},
        role::Integration,
        signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
        space::{SpaceKind, SpaceState},
        text_enum::TextEnum,
        user::{AccountType, UserState},
        workspace::WorkspaceState,
    },
    store::{
        Store, api_key_roles, api_keys, audit,
        clock::Clock,
        resource_servers,
        signing_keys::{self, SealedSigningKey},
        user_roles,
    },
};
use uuid::Uuid;

use crate::{
    sql,
    support::backend::{Backend, TestDatabase},
    world::{World, api_key, change, name_of},
};

fn words<T: TextEnum>() -> Vec<&'static str> {
    T::ALL.iter().map(|word| word.as_str()).collect()
}

fn actors() -> Vec<&'static str> {
    let id = Uuid::nil();
    let [user, api_key, resource_server] = [
        Actor::User(keystead::domain::ids::UserId::from_uuid(id)),
        Actor::ApiKey(keystead::domain::ids::ApiKeyId::from_uuid(id)),
        Actor::ResourceServer(keystead::domain::ids::ResourceServerId::from_uuid(id)),
    ];
    [Actor::Operator, Actor::System, user, api_key, resource_server].map(|actor| actor.parts().0).to_vec()
}

/// A row in every table that has a column for a word.
fn fill(store: &Store) {
    let world = World::make(store);
    let filled = change(store, |change| {
        let here = world.home.assignment(Reach::Workspace(world.home.workspace.id));
        api_key_roles::give(change, world.key, &world.home.role, &here)?;
        user_roles::give(change, world.home.user, &world.home.role, &here)?;
        let owner = Owner::User { id: world.home.user, roles: UserKeyRoles::Inherit };
        let of_a_user = api_key(change, world.home.space, owner);
        api_keys::insert(change, &of_a_user, "operator")?;
        let (id, now) = (change.new_id(), change.now());
        let (algorithm, state) = (SigningAlgorithm::Es256, SigningKeyState::Pending);
        let facts = SigningKeyFacts { id, algorithm, state, created_at: now, state_since: now };
        signing_keys::insert(change, &SealedSigningKey { facts, sealed: Vec::new() })?;
        let server = ResourceServer {
            id: change.new_id(),
            name: name_of("api"),
            state: ResourceServerState::Active,
            accepts_api_keys: false,
            audiences: Vec::new(),
            pairs: Vec::new(),
        };
        resource_servers::insert(change, &server)?;
        let (target, detail) = (server.id.to_string(), serde_json::json!({}));
        audit::insert(change, &Origin::OPERATOR, &AuditEntry::new("test", target, None, detail))
    });
    filled.expect("every table takes a row");
}

crate::on_both! {
    // Covers: G12
    #[test]
    fn the_tables_take_every_word_of_the_domain_and_no_other(backend) {
        let database = TestDatabase::migrated(backend);
        fill(&database.open(&Clock::default()));
        // It keeps events as they are, whatever word would be allowed.
        let trigger = "DROP TRIGGER audit_events_are_set_once";
        sql::execute(&database, &match backend {
            Backend::Sqlite => trigger.to_owned(),
            Backend::Postgres => format!("{trigger} ON audit_events"),
        });
        for (column, rows, words) in [
            ("kind", "changes WHERE seq = 0", words::<SubjectKind>()),
            ("algorithm", "signing_keys WHERE 1 = 1", words::<SigningAlgorithm>()),
            ("state", "signing_keys WHERE 1 = 1", words::<SigningKeyState>()),
            ("kind", "spaces WHERE 1 = 1", words::<SpaceKind>()),
            ("state", "spaces WHERE 1 = 1", words::<SpaceState>()),
            ("state", "workspaces WHERE 1 = 1", words::<WorkspaceState>()),
            ("level", "roles WHERE 1 = 1", words::<Level>()),
            ("integration", "roles WHERE 1 = 1", words::<Integration>()),
            ("account_type", "users WHERE 1 = 1", words::<AccountType>()),
            ("state", "users WHERE 1 = 1", words::<UserState>()),
            ("source", "user_roles WHERE 1 = 1", words::<AssignmentSource>()),
            ("user_roles", "api_keys WHERE owner_user_id IS NOT NULL", words::<UserKeyRoles>()),
            ("mode", "api_keys WHERE 1 = 1", words::<Mode>()),
            ("status", "api_keys WHERE 1 = 1", words::<KeyStatus>()),
            ("internal", "api_keys WHERE owner_user_id IS NULL", words::<InternalService>()),
            ("reach", "api_key_roles WHERE 1 = 1", vec!["workspace"]),
            ("state", "resource_servers WHERE 1 = 1", words::<ResourceServerState>()),
            ("actor_kind", "audit_events WHERE 1 = 1", actors()),
        ] {
            let (table, condition) = rows.split_once(' ').expect("a table and a condition");
            let set = |word: &str| sql::try_execute(&database, &format!("UPDATE {table} SET {column} = '{word}' {condition}"));
            for word in words {
                set(word).unwrap_or_else(|error| panic!("{table}.{column} = {word}: {error}"));
                assert!(set(&word.to_uppercase()).is_err() || word == word.to_uppercase(), "{table}.{column}: {word}");
            }
            assert!(set("nonsense").is_err() && set("").is_err(), "{table}.{column} takes any word");
            assert!(sql::count(&database, rows) > 0, "{table} has no row");
        }
    }
}
