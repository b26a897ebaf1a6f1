//! How many queries the lists and the evaluation of rights take, and that each of them finds its rows by an index.

use keystead::{
    domain::{
        access_token::{AccessToken, Acts, WorkspaceRoles},
        allowed_networks::AllowedNetworks,
        api_key::{KeyStatus, Owner, UserKeyRoles},
        authority::Authority,
        expiry_notice::{EndsWithin, NoticePeriod},
        ids::{ApiKeyId, Id as _, RoleId, SpaceId, TokenId, UserId},
        key_pair::ExpiryPolicy,
        name::Description,
        page::{PageRequest, PageSize},
        scope::Scope,
        time::Timestamp,
        user::Login,
        workspace::WorkspaceNumber,
    },
    manage::{
        self, Deps, Error, RoleRequest,
        api_keys::CreateApiKey,
        authority::{Purpose, TokenCaller, of_token, of_user},
        facts,
        spaces::CreateSpace,
        user_roles::GiveUserRole,
        users::CreateUser,
        workspaces::CreateWorkspace,
    },
    store::{self, Change, QueryLog, Snapshot, Store, api_keys::KeyFilter, users::UserFilter},
};

use crate::support::{
    backend::Backend,
    queries::{count_queries, plan, queries_of},
    site::{TestSite, name},
};

const OPERATOR: &Authority = &Authority::OPERATOR;

/// A site whose statements are logged on a second way to its database.
struct Watched {
    site: TestSite,
    store: Store,
    log: QueryLog,
}

impl Watched {
    fn new(backend: Backend) -> Self {
        let site = TestSite::new(backend);
        let (store, log) = site.database.open_logged(&site.clock);
        Self { site, store, log }
    }

    fn count<T>(&self, read: impl FnOnce(&mut Snapshot<'_>) -> Result<T, Error>) -> (T, usize) {
        let (answer, count) = count_queries(&self.log, || self.store.snapshot(read));
        (answer.expect("it is allowed"), count)
    }

    /// This many keys of the space and as many of the user, with a role each.
    fn add_keys(&self, count: usize, owner: UserId) {
        self.site.change(|change, deps| {
            for number in 0..count {
                let workspaces = vec![self.site.workspaces[number % 2].0];
                let roles = vec![RoleRequest { role: "viewer".to_owned(), workspaces }];
                create(change, deps, self.site.space, Owner::Space, roles)?;
                let owner = Owner::User { id: owner, roles: UserKeyRoles::Inherit };
                create(change, deps, self.site.space, owner, Vec::new())?;
            }
            Ok(())
        });
    }

    /// A user with a role in this many workspaces, each new.
    fn user_in(&self, login: &str, workspaces: usize) -> UserId {
        let id = self.site.user(login);
        let numbers: Vec<WorkspaceNumber> = (0..workspaces)
            .map(|number| {
                let input = CreateWorkspace { space: self.site.space, name: name(&format!("{login}{number}")) };
                self.site.change(|change, deps| manage::workspaces::create(change, deps, OPERATOR, input)).number
            })
            .collect();
        for role in ["viewer", "editor", "workspace_admin"] {
            let request = RoleRequest { role: role.to_owned(), workspaces: numbers.clone() };
            let input = GiveUserRole { id, space: self.site.space, request };
            self.site.change(|change, deps| manage::user_roles::give(change, deps, OPERATOR, input));
        }
        id
    }
}

fn create(
    change: &mut Change<'_>,
    deps: &Deps,
    space: SpaceId,
    owner: Owner,
    roles: Vec<RoleRequest>,
) -> Result<ApiKeyId, Error> {
    let input = CreateApiKey {
        space,
        owner,
        name: name("Key"),
        description: Description::default(),
        mode: None,
        roles,
        expiry: ExpiryPolicy::default(),
        row_level_acknowledged: false,
        allowed_networks: AllowedNetworks::default(),
    };
    Ok(manage::api_keys::create(change, deps, OPERATOR, input)?.client_id)
}

fn largest<Key>() -> PageRequest<Key> {
    PageRequest { after: None, size: PageSize::LARGEST }
}

/// A token of this key, as use cases take it.
fn caller(store: &Store, key: ApiKeyId) -> TokenCaller {
    let read = store.snapshot(|tx| Ok::<_, store::Error>((tx.stamp().seq, store::api_keys::find(tx, key)?)));
    let (head, key) = read.expect("the database answers");
    let key = key.expect("the key is there");
    let token = AccessToken {
        id: TokenId::from_uuid(key.id.as_uuid()),
        acts: Acts::Key { key: key.id, pair: key.pairs[0].public_id },
        made_at: head,
        expires_at: Timestamp::from_seconds(i64::from(u32::MAX)),
        scope: Scope { read: true, write: true, ..Scope::default() },
        roles: Vec::new(),
        workspaces: WorkspaceRoles::default(),
        workspaces_omitted: true,
    };
    TokenCaller { token, address: None, head, now: store.now().expect("the database answers") }
}

crate::on_both! {
    // Covers: K9
    #[test]
    fn a_long_list_of_keys_or_users_costs_as_many_queries_as_a_short_one(backend) {
        let watched = Watched::new(backend);
        let owner = watched.user_in("owner", 3);
        let list = || {
            let filter = KeyFilter::default();
            let (keys, of_space) = watched.count(|tx| facts::list(tx, OPERATOR, watched.site.space, &filter, largest()));
            let (own, of_user) = watched.count(|tx| facts::of_user(tx, OPERATOR, owner, &KeyFilter::default(), largest()));
            let filter = UserFilter::default();
            let (users, of_users) = watched.count(|tx| facts::list_users(tx, OPERATOR, watched.site.space, &filter, largest()));
            ((keys.items.len(), own.items.len(), users.items.len()), (of_space, of_user, of_users))
        };
        watched.add_keys(5, owner);
        let (few, queries) = list();
        assert_eq!(few, (13, 5, 1));
        watched.add_keys(120, owner);
        for number in 0..20 {
            watched.user_in(&format!("user{number}"), 1);
        }
        let (many, as_many_queries) = list();
        assert_eq!(many, (200, 125, 21));
        assert_eq!(queries, as_many_queries);
    }

    // Covers: K9
    #[test]
    fn finding_out_what_a_caller_may_do_costs_the_same_however_much_that_is(backend) {
        let watched = Watched::new(backend);
        let inherits = |id| {
            watched.site.change(|change, deps| {
                let owner = Owner::User { id, roles: UserKeyRoles::Inherit };
                create(change, deps, watched.site.space, owner, Vec::new())
            })
        };
        let ask = |user: UserId, key: ApiKeyId| {
            let caller = caller(&watched.site.store, key);
            let (_, by_token) = watched.count(|tx| of_token(tx, &caller, Purpose::Change));
            let (_, by_user) = watched.count(|tx| of_user(tx, user));
            (by_token, by_user)
        };
        let modest = watched.user_in("modest", 1);
        let modest_key = inherits(modest);
        let queries = ask(modest, modest_key);

        let busy = watched.user_in("busy", 40);
        let busy_key = inherits(busy);
        for number in 0..10 {
            watched.site.user(&format!("user{number}"));
            let input = CreateSpace::production(name(&format!("Space {number}")));
            let space = watched.site.change(|change, deps| manage::spaces::create(change, deps, OPERATOR, input)).id;
            let input = CreateUser::person(space, Login::parse(&format!("far{number}")).expect("a login"), name("Far"));
            watched.site.change(|change, deps| manage::users::create(change, deps, OPERATOR, input));
        }
        assert_eq!(ask(busy, busy_key), queries);
        assert_eq!(ask(modest, modest_key), queries);
    }
}

/// The statements of a piece of work that touch these tables, with SQLite's plans of them.
fn plans<T>(watched: &Watched, read: impl FnOnce(&mut Snapshot<'_>) -> Result<T, Error>) -> Vec<(String, String)> {
    let (answer, queries) = queries_of(&watched.log, || watched.store.snapshot(read));
    answer.expect("it is allowed");
    let planned = |query: String| {
        let plan = plan(&watched.site.database, &query);
        (query, plan)
    };
    queries.into_iter().map(planned).collect()
}

// Covers: K9
#[test]
fn no_list_reads_a_whole_table() {
    let watched = Watched::new(Backend::Sqlite);
    let owner = watched.user_in("owner", 2);
    watched.add_keys(2, owner);
    let (space, workspace) = (watched.site.space, watched.site.workspaces[0]);
    let role = RoleId::from_uuid(uuid::Uuid::from_u128(8));
    let mut all = Vec::new();
    let mut add = |name: &str, found: Vec<(String, String)>| {
        all.extend(found.into_iter().map(|(query, plan)| (name.to_owned(), query, plan)));
    };
    for status in [None, Some(KeyStatus::Active)] {
        for text in [None, Some("key".to_owned())] {
            let filter = KeyFilter { status, text, ..KeyFilter::default() };
            let first = plans(&watched, |tx| facts::list(tx, OPERATOR, space, &filter, PageRequest::default()));
            add("keys of a space", first);
        }
    }
    for period in NoticePeriod::ALL {
        let now = Timestamp::from_micros(0);
        add("pairs that end", plans(&watched, |tx| Ok(store::expiry_notices::due(tx, period, now, 50)?)));
    }
    let now = Timestamp::from_micros(0);
    let reports = [
        KeyFilter { ends: Some(EndsWithin { after: now, until: now }), ..KeyFilter::default() },
        KeyFilter { unused_since: Some(now), ..KeyFilter::default() },
        KeyFilter { beyond_policy: Some(now), ..KeyFilter::default() },
    ];
    for filter in reports {
        add("a report", plans(&watched, |tx| facts::list(tx, OPERATOR, space, &filter, PageRequest::default())));
        add("a report", plans(&watched, |tx| facts::of_user(tx, OPERATOR, owner, &filter, PageRequest::default())));
    }
    add("pairs beyond policy", plans(&watched, |tx| Ok(store::pair_policy::count(tx, space, now)?)));
    add("pairs beyond policy", plans(&watched, |tx| Ok(store::pair_policy::first(tx, space, now, 20)?)));
    let unknown = "0000000000000000".parse().expect("a public id");
    add("a leaked secret", plans(&watched, |tx| Ok(store::leaks::find_secret(tx, unknown)?)));
    add(
        "keys of a user",
        plans(&watched, |tx| facts::of_user(tx, OPERATOR, owner, &KeyFilter::default(), PageRequest::default())),
    );
    for guests in [false, true] {
        for text in [None, Some("o".to_owned())] {
            let filter = UserFilter { text, guests };
            for after in [None, Some(owner)] {
                let request = PageRequest { after, size: PageSize::default() };
                add("users", plans(&watched, |tx| facts::list_users(tx, OPERATOR, space, &filter, request)));
            }
        }
    }
    let page = PageRequest::default();
    add("members", plans(&watched, |tx| Ok(store::user_roles::members(tx, space, workspace.1, page)?)));
    add("workspaces", plans(&watched, |tx| Ok(store::workspaces::page(tx, space, PageRequest::default())?)));
    add("roles", plans(&watched, |tx| Ok(store::roles::page(tx, space, PageRequest::default())?)));
    let visible = [space];
    add("spaces", plans(&watched, |tx| Ok(store::spaces::page(tx, Some(&visible), PageRequest::default())?)));
    add("all spaces", plans(&watched, |tx| Ok(store::spaces::page(tx, None, PageRequest::default())?)));
    add("holders of a role", plans(&watched, |tx| Ok(store::roles::is_held(tx, role)?)));
    let nobody = RoleId::from_uuid(owner.as_uuid());
    add("holders of a role", plans(&watched, |tx| Ok(store::roles::is_held(tx, nobody)?)));
    for exempt in [false, true] {
        let time = Timestamp::from_micros(0);
        add("old passwords", plans(&watched, |tx| Ok(store::users::ids_with_older_password(tx, space, time, exempt)?)));
    }
    let key = watched.site.store.snapshot(|tx| store::api_keys::ids_of_owner(tx, owner)).expect("it answers")[0];
    let caller = caller(&watched.site.store, key);
    add("rights of a token", plans(&watched, |tx| of_token(tx, &caller, Purpose::Look)));
    add("rights of a user", plans(&watched, |tx| of_user(tx, owner)));

    // The site is one row with few audiences and scopes; the log and the list of all spaces are read from one end.
    let whole = ["site", "audiences", "scopes", "changes", "spaces"];
    // What asks for none of no ids reads nothing, whatever its plan says.
    for (name, query, plan) in all.iter().filter(|(_, query, _)| !query.contains("(1=0)")) {
        for step in plan.lines().filter(|step| step.starts_with("SCAN ")) {
            let table = step.split(' ').nth(1).unwrap_or_default();
            assert!(whole.contains(&table), "{name}: `{query}` is run as\n{plan}");
        }
    }
}
