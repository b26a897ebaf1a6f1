//! A whole site for one test: database, keys, a space with two workspaces, a resource server; and a server on top of it.

use std::{net::SocketAddr, sync::Arc, thread::JoinHandle, time::Duration};

use keystead::{
    config::{Config, Environment, Issuer, Options},
    crypto::{self, sealed::MasterKey},
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::Owner,
        audience::Audience,
        audit_filter::{AuditFilter, Stream},
        audit_record::AuditRecord,
        authority::Authority,
        ids::{SpaceId, UserId, WorkspaceId},
        key_pair::{ExpiryPolicy, PairUse},
        name::{Description, Name},
        page::{PageRequest, PageSize},
        signing_key::SigningAlgorithm,
        space::SpaceKind,
        user::Login,
        workspace::WorkspaceNumber,
    },
    http::{application::Application, shutdown::Stop},
    jobs::{
        JobContext,
        counts::JobCounts,
        last_use::LastUses,
        mail::{MailContext, Mailer},
        notes::Writer,
    },
    live::{Live, LiveOptions},
    manage::{
        self, Deps, api_keys::CreateApiKey, logins::Logins, resource_servers::CreateResourceServer,
        role_request::RoleRequest, signing_keys::Schedule, site::InitInput, spaces::CreateSpace, users::CreateUser,
        workspaces::CreateWorkspace,
    },
    oauth::notes::Notes,
    store::{Change, Executor, QueryLog, Store, clock::Clock},
};
use tokio::sync::oneshot;

pub use super::credential::Credential;
use super::{
    backend::{Backend, TestDatabase},
    http::{Client, Reachable, Response},
};

/// Issuer of every test site. Requests go to whatever port the server got.
pub const ISSUER: &str = "http://127.0.0.1:8080";

/// Default audience of every test site.
pub const AUDIENCE: &str = "https://api.example.com";

/// A site.
pub struct TestSite {
    pub backend: Backend,
    pub database: TestDatabase,
    pub clock: Clock,
    pub store: Store,
    pub deps: Deps,
    pub space: SpaceId,
    /// Numbers and ids of its workspaces.
    pub workspaces: Vec<(WorkspaceNumber, WorkspaceId)>,
    pub resource_server: Credential,
}

impl TestSite {
    /// A site with keys for `ES256` and `EdDSA`.
    pub fn new(backend: Backend) -> Self {
        Self::with_algorithms(backend, vec![SigningAlgorithm::Es256, SigningAlgorithm::EdDsa])
    }

    /// A site with keys for these algorithms.
    pub fn with_algorithms(backend: Backend, algorithms: Vec<SigningAlgorithm>) -> Self {
        Self::on(TestDatabase::migrated(backend), algorithms)
    }

    /// A site on this database, which has its tables and nothing else.
    pub fn on(database: TestDatabase, algorithms: Vec<SigningAlgorithm>) -> Self {
        crypto::install_provider();
        let clock = Clock::default();
        let store = database.open(&clock);
        let deps = Deps { master: Arc::new(MasterKey::generate().expect("randomness")) };
        let input = InitInput {
            issuer: Issuer::parse(ISSUER).expect("an issuer"),
            development: true,
            default_audience: audience(AUDIENCE),
            algorithms,
        };
        manage::site::init(&store, &deps, &Authority::OPERATOR, input).expect("the site is made");
        let made = store.change(|change| {
            let space = manage::spaces::create(
                change,
                &deps,
                &Authority::OPERATOR,
                CreateSpace { name: name("Space"), kind: SpaceKind::Production, internal_services: true },
            )?
            .id;
            let mut workspaces = Vec::new();
            for title in ["First", "Second"] {
                let input = CreateWorkspace { space, name: name(title) };
                let workspace = manage::workspaces::create(change, &deps, &Authority::OPERATOR, input)?;
                workspaces.push((workspace.number, workspace.id));
            }
            Ok::<_, manage::Error>((space, workspaces))
        });
        let (space, workspaces) = made.expect("the space is made");
        let resource_server = new_resource_server(&store, &deps, "API", AUDIENCE);
        let backend = database.backend();
        Self { backend, database, clock, store, deps, space, workspaces, resource_server }
    }

    /// One change with what use cases need.
    pub fn change<T>(&self, body: impl FnOnce(&mut Change<'_>, &Deps) -> Result<T, manage::Error>) -> T {
        self.try_change(body).expect("the change succeeds")
    }

    /// The same, for changes that may be refused.
    pub fn try_change<T>(
        &self,
        body: impl FnOnce(&mut Change<'_>, &Deps) -> Result<T, manage::Error>,
    ) -> Result<T, manage::Error> {
        self.store.change(|change| body(change, &self.deps))
    }

    /// A key of the space with this role in these workspaces; none means in the space itself.
    pub fn key(&self, role: &str, workspaces: &[usize]) -> Credential {
        self.key_with(|key| key.roles = vec![self.role(role, workspaces)])
    }

    /// A role in these workspaces of the site.
    pub fn role(&self, role: &str, workspaces: &[usize]) -> RoleRequest {
        let workspaces = workspaces.iter().map(|index| self.workspaces[*index].0).collect();
        RoleRequest { role: role.to_owned(), workspaces }
    }

    /// A key of the space that never expires, after `adjust` has had its say.
    pub fn key_with(&self, adjust: impl FnOnce(&mut CreateApiKey)) -> Credential {
        let mut input = CreateApiKey {
            space: self.space,
            owner: Owner::Space,
            name: name("Key"),
            description: Description::default(),
            mode: None,
            roles: Vec::new(),
            expiry: ExpiryPolicy::Never,
            row_level_acknowledged: false,
            allowed_networks: AllowedNetworks::default(),
        };
        adjust(&mut input);
        let made = self.change(|change, deps| manage::api_keys::create(change, deps, &Authority::OPERATOR, input));
        Credential {
            client_id: made.client_id.to_string(),
            public_id: made.public_id,
            secret: made.secret.expose().to_owned(),
        }
    }

    /// A resource server that serves this audience.
    pub fn resource_server_for(&self, title: &str, served: &str) -> Credential {
        new_resource_server(&self.store, &self.deps, title, served)
    }

    /// A user of the space.
    pub fn user(&self, login: &str) -> UserId {
        let input = CreateUser::person(self.space, Login::parse(login).expect("a login"), name(login));
        self.change(|change, deps| manage::users::create(change, deps, &Authority::OPERATOR, input)).id
    }

    /// The audit events of this action, newest first.
    pub fn audited(&self, action: &str) -> Vec<AuditRecord> {
        let filter = AuditFilter { actions: Some(action.parse().expect("an action")), ..AuditFilter::default() };
        let request = PageRequest { after: None, size: PageSize::LARGEST };
        let read = self
            .store
            .snapshot(|tx| manage::audit_log::list(tx, &Authority::OPERATOR, Stream::Everything, &filter, request));
        read.expect("it is allowed").items
    }

    /// A live view of this site, as one process has it.
    pub fn live(&self) -> Arc<Live> {
        self.live_on(self.database.open(&self.clock))
    }

    fn live_on(&self, store: Store) -> Arc<Live> {
        let live = Live::start(Executor::new(store), Arc::clone(&self.deps.master), LiveOptions::default());
        Arc::new(live.expect("the view starts"))
    }

    /// A server of this site.
    pub fn serve(&self) -> Server {
        self.serve_with(|options| options)
    }

    /// A server with other settings.
    pub fn serve_with(&self, adjust: impl FnOnce(Options) -> Options) -> Server {
        self.serve_live(adjust, self.live())
    }

    /// A server, and a log of all statements that its connections run.
    pub fn serve_logged(&self) -> (Server, QueryLog) {
        let (store, log) = self.database.open_logged(&self.clock);
        (self.serve_live(|options| options, self.live_on(store)), log)
    }

    fn serve_live(&self, adjust: impl FnOnce(Options) -> Options, live: Arc<Live>) -> Server {
        let options = Options { data_dir: Some(self.database.path("data")), ..Options::default() }
            .with("issuer", ISSUER)
            .with("database.url", self.database.url_text())
            .with("listen.address", "127.0.0.1:0")
            .with("listen.workers", "1")
            .with("management.address", "127.0.0.1:0");
        let config = Config::load(&adjust(options), &Environment::new(std::iter::empty::<(String, String)>()));
        Server::start(&config.expect("the settings fit"), live)
    }
}

fn new_resource_server(store: &Store, deps: &Deps, title: &str, served: &str) -> Credential {
    let input = CreateResourceServer { name: name(title), audiences: vec![audience(served)], accepts_api_keys: false };
    let made = store.change(|change| manage::resource_servers::create(change, deps, &Authority::OPERATOR, input));
    let made = made.expect("the resource server is made");
    Credential {
        client_id: made.client_id.to_string(),
        public_id: made.public_id,
        secret: made.secret.expose().to_owned(),
    }
}

/// A server in this process, stopped when dropped.
pub struct Server {
    pub address: SocketAddr,
    pub management: SocketAddr,
    pub client: Client,
    pub live: Arc<Live>,
    pub notes: Arc<Notes>,
    pub logins: Arc<Logins>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Reachable for Server {
    fn client(&self) -> &Client {
        &self.client
    }
}

impl Server {
    fn start(config: &Config, live: Arc<Live>) -> Self {
        let (bound, is_bound) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let (config, served) = (config.clone(), Arc::clone(&live));
        let thread = std::thread::spawn(move || {
            let mut application = Application::bind(&config, Arc::clone(&served)).expect("the server binds");
            let mailer = application.take_letters().zip(config.mail.clone()).map(|(letters, mail)| {
                let deps = Deps { master: Arc::clone(served.master()) };
                let (issuer, counts) = (config.issuer.clone(), JobCounts::default());
                let context = MailContext { live: served, deps, mail, issuer, letters, counts };
                Mailer::start(context).expect("letters can be sent")
            });
            let (notes, logins) = (application.notes(), application.logins());
            let made = (application.address(), application.management_address(), notes, logins);
            bound.send(made).expect("the test waits");
            let shutdown = async move {
                let _ = stopped.await;
                Stop::Now
            };
            application.run_until(shutdown).expect("the server runs");
            drop(mailer);
        });
        let (address, management, notes, logins) = is_bound.recv().expect("the server starts");
        let address = address.expect("an address");
        Self {
            address,
            management: management.expect("an address"),
            client: Client::new(format!("http://{address}")),
            live,
            notes,
            logins,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The uses of pairs that were noted since this was last asked, one for each pair.
    pub fn pair_uses(&self) -> Vec<PairUse> {
        let mut uses = LastUses::default();
        self.notes.take().iter().filter_map(|(fold, tally)| fold.pair_use(tally)).for_each(|used| uses.add(used));
        uses.take()
    }

    /// What the jobs of this process work with.
    pub fn job_context(&self, site: &TestSite) -> JobContext {
        JobContext {
            live: Arc::clone(&self.live),
            deps: site.deps.clone(),
            schedule: Schedule {
                rotation_interval: Duration::from_hours(720),
                publish_lead: Duration::from_mins(10),
                passive_life: Duration::from_hours(1),
            },
            algorithms: vec![SigningAlgorithm::Es256, SigningAlgorithm::EdDsa],
            notes: Arc::clone(&self.notes),
            session_idle: Duration::from_hours(12),
            counts: JobCounts::default(),
            issuer: Issuer::parse(ISSUER).expect("an issuer"),
        }
    }

    /// Writes down what was noted, as the jobs of a process do that ends thereafter.
    pub fn write_notes(&self, site: &TestSite) {
        self.writer(site).run_once().expect("the database answers");
    }

    /// Whoever writes down what this process notes.
    pub fn writer(&self, site: &TestSite) -> Writer {
        Writer::new(&self.job_context(site)).expect("randomness")
    }

    /// Asks for a token.
    pub fn token(&self, key: &Credential) -> Response {
        self.token_with(key, &[])
    }

    /// Asks for a token with more parameters.
    pub fn token_with(&self, key: &Credential, parameters: &[(&str, &str)]) -> Response {
        let form: Vec<_> = [("grant_type", "client_credentials")].iter().chain(parameters).copied().collect();
        self.client.post_form("/oauth/token", key.pair(), &form)
    }

    /// A token that the key gets.
    pub fn mint(&self, key: &Credential) -> String {
        self.mint_with(key, &[])
    }

    /// A token that the key gets with more parameters.
    pub fn mint_with(&self, key: &Credential, parameters: &[(&str, &str)]) -> String {
        let response = self.token_with(key, parameters);
        assert_eq!(response.status, 200, "{}", response.body);
        response.text("access_token")
    }

    /// What introspection says of a token to this caller.
    pub fn introspect(&self, caller: &Credential, token: &str) -> serde_json::Value {
        let response = self.client.post_form("/oauth/introspect", caller.pair(), &[("token", token)]);
        assert_eq!(response.status, 200, "{}", response.body);
        response.json()
    }

    /// Whether a token is active to this caller.
    pub fn is_active(&self, caller: &Credential, token: &str) -> bool {
        self.introspect(caller, token)["active"].as_bool().expect("a boolean")
    }

    /// Asks as a gateway about a token; `needs` is the query of the gateway's own URL.
    pub fn verify(&self, gateway: &Credential, token: &str, needs: &str) -> Response {
        let path = format!("/oauth/verify?{needs}");
        self.client.get(&path).header("X-Keystead-Gateway", &gateway.basic()).bearer(token).send()
    }

    /// Revokes a token.
    pub fn revoke(&self, key: &Credential, token: &str) -> Response {
        self.client.post_form("/oauth/revoke", key.pair(), &[("token", token)])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server ended with a panic");
        }
    }
}

/// A name.
pub fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// An audience.
pub fn audience(text: &str) -> Audience {
    Audience::parse(text).expect("an audience")
}
