//! A site on which changes are made and watched.

use std::cell::Cell;

use keystead::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::{
    installation::{Installation, Node, credential},
    support::{
        backend::Backend,
        http::{Request, Response},
        site::Credential,
    },
};

/// Audience of the API.
const API: &str = "http://127.0.0.1:8080/api/v1";

/// How a change is made.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    /// Through the API of the first server, by a program with this key.
    Api(&'a Credential),
    /// By the command line, a process of its own.
    CommandLine,
}

/// A key with a token of it, both known to all servers.
pub(super) struct Watched {
    pub(super) key: Credential,
    pub(super) token: String,
    /// The roles of the token by workspace, as introspection tells them.
    pub(super) roles: Value,
}

impl Watched {
    pub(super) fn id(&self) -> &str {
        &self.key.client_id
    }
}

/// What works of a key and a token of it.
struct Expected<'a> {
    key: bool,
    /// The roles of the token if it is active.
    token: Option<&'a Value>,
}

/// A site, the servers of it, and somebody who manages it.
pub(super) struct Scene {
    pub(super) site: Installation,
    /// Changes go to the first.
    nodes: Vec<Node>,
    /// Id of the space `Acme`.
    pub(super) space: String,
    admin: Credential,
    bystander: Option<Watched>,
    /// Which question is asked first after the next change.
    turn: Cell<usize>,
}

impl Scene {
    pub(super) fn new(backend: Backend) -> Self {
        let site = Installation::new(backend);
        let node = || {
            site.node_with(|command| {
                // Refused logins are what is watched here, not what is to be slowed down.
                command.env("KEYSTEAD_LIMITS__WRONG_SECRETS_PER_MINUTE", "100000");
            })
        };
        let nodes = if backend == Backend::Sqlite { vec![node()] } else { vec![node(), node()] };
        let admin = site.key("space_admin");
        let space = nodes[0].introspect(&site.api, &nodes[0].mint(&admin)).text("space");
        let mut scene = Self { site, nodes, space, admin, bystander: None, turn: Cell::new(0) };
        scene.bystander = Some(scene.key_with(&json!([viewer(&[1001, 1002])])));
        scene
    }

    /// All ways of making a change in the space.
    pub(super) const fn ways(&self) -> [Way<'_>; 2] {
        Self::ways_of(&self.admin)
    }

    /// All ways for somebody.
    pub(super) const fn ways_of(caller: &Credential) -> [Way<'_>; 2] {
        [Way::Api(caller), Way::CommandLine]
    }

    /// A key of somebody in another space who runs the site.
    pub(super) fn site_manager(&self) -> Credential {
        self.site.run(&["space", "create", "Head office"]);
        let user = ["user", "create", "--space", "Head office", "--full-name", "Root", "--role", "site_admin", "root"];
        self.site.run(&user);
        let key = ["key", "create", "--space", "Head office", "--owner", "root", "--role", "site_admin", "Site"];
        credential(&self.site.run(&key))
    }

    /// Calls the API of the first server; `request` is such as `POST /keys/key_…/disable`.
    pub(super) fn call(&self, caller: &Credential, request: &str, body: &Value) -> Response {
        let token = token_for(&self.nodes[0], caller, API);
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let request = self.nodes[0].client.request(method, &format!("/api/v1{path}")).bearer(&token);
        if ["GET", "DELETE"].contains(&method) { request } else { request.json(body) }.send()
    }

    /// Calls it as the administrator of the space.
    pub(super) fn administer(&self, request: &str, body: &Value) -> Value {
        answer(request, &self.call(&self.admin, request, body))
    }

    /// The code of a refusal of the administrator's call.
    pub(super) fn refused(&self, request: &str, body: &Value) -> String {
        let response = self.call(&self.admin, request, body);
        assert!(response.status >= 400, "{request}: {response:?}");
        response.text("code")
    }

    /// Makes a change, in the form that it has for the API or for the command line.
    pub(super) fn make(&self, way: Way<'_>, request: &str, body: &Value, command: &[&str]) -> Value {
        match way {
            Way::Api(caller) => answer(request, &self.call(caller, request, body)),
            Way::CommandLine => self.site.run(command),
        }
    }

    /// The word of a refusal of the command line.
    pub(super) fn refused_command(&self, command: &[&str]) -> String {
        let run = self.site.try_run(command);
        assert!(!run.status.success(), "{}", run.stdout);
        let error: Value = serde_json::from_str(run.stderr.trim()).expect("one JSON object");
        error["error"].as_str().expect("a word").to_owned()
    }

    /// A watched key of the space with these roles.
    pub(super) fn key_with(&self, roles: &Value) -> Watched {
        let body = json!({ "name": "Key", "roles": roles, "expires": "none" });
        self.watch(credential(&self.administer(&format!("POST /spaces/{}/keys", self.space), &body)))
    }

    /// A user of the space with these roles; gives the id.
    pub(super) fn user(&self, login: &str, roles: &[Value]) -> String {
        let body = json!({ "login": login, "full_name": "Somebody" });
        let made = self.administer(&format!("POST /spaces/{}/users", self.space), &body);
        let id = made["id"].as_str().expect("an id").to_owned();
        for role in roles {
            self.administer(&format!("POST /users/{id}/roles"), role);
        }
        id
    }

    /// A watched key of a user, with all roles of the user or with these.
    pub(super) fn key_of(&self, user: &str, roles: Option<&Value>) -> Watched {
        let mut body = json!({ "name": "Key", "expires": "none" });
        if let Some(roles) = roles {
            body["roles"] = roles.clone();
        }
        self.watch(credential(&self.administer(&format!("POST /users/{user}/keys"), &body)))
    }

    /// A new token of the key, which all servers have seen.
    pub(super) fn watch(&self, key: Credential) -> Watched {
        let token = self.nodes[0].mint(&key);
        let roles = self.introspection(&token)["workspaces"].clone();
        let watched = Watched { key, token, roles };
        self.assert_lives(&watched);
        watched
    }

    /// The same for a key that was watched before.
    pub(super) fn renewed(&self, watched: &Watched) -> Watched {
        self.watch(watched.key.clone())
    }

    /// The servers, the one that makes no changes first.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().rev()
    }

    /// What all servers say of a token.
    pub(super) fn introspection(&self, token: &str) -> Value {
        let mut answers = self.nodes().map(|node| node.introspect(&self.site.api, token).json());
        let first = answers.next().expect("a server");
        for next in answers {
            assert_eq!(next, first);
        }
        first
    }

    /// What gateways are told of a token and of a presented key, with this query; all servers say the same.
    pub(super) fn at_gateways(&self, watched: &Watched, query: &str) -> [u16; 2] {
        let mut answers = self.nodes().map(|node| {
            [&watched.token, &watched.key.secret]
                .map(|presented| self.gateway(node, query).bearer(presented).send().status)
        });
        let first = answers.next().expect("a server");
        for next in answers {
            assert_eq!(next, first);
        }
        first
    }

    fn gateway(&self, node: &Node, query: &str) -> Request {
        node.client.get(&format!("/oauth/verify{query}")).header("X-Keystead-Gateway", &self.site.api.basic())
    }

    /// Key and token work on all servers, and the token has its roles.
    #[track_caller]
    pub(super) fn assert_lives(&self, watched: &Watched) {
        self.assert_state(&watched.key, &watched.token, &Expected { key: true, token: Some(&watched.roles) });
    }

    /// The key works, and the token is active with these roles.
    #[track_caller]
    pub(super) fn assert_has(&self, watched: &Watched, roles: &Value) {
        self.assert_state(&watched.key, &watched.token, &Expected { key: true, token: Some(roles) });
    }

    /// The key works and the token does not.
    #[track_caller]
    pub(super) fn assert_token_dead(&self, watched: &Watched) {
        self.assert_state(&watched.key, &watched.token, &Expected { key: true, token: None });
    }

    /// Neither works on any server.
    #[track_caller]
    pub(super) fn assert_dead(&self, watched: &Watched) {
        self.assert_state(&watched.key, &watched.token, &Expected { key: false, token: None });
    }

    /// Another key of the space goes on, with the token it had.
    #[track_caller]
    pub(super) fn assert_others_live(&self) {
        self.assert_lives(self.bystander.as_ref().expect("it was made with the scene"));
    }

    /// Each question takes its turn at being the first that a server hears after a change.
    #[track_caller]
    fn assert_state(&self, key: &Credential, token: &str, expected: &Expected<'_>) {
        for node in self.nodes() {
            let turn = self.turn.replace(self.turn.get() + 1);
            for question in (0..4).map(|offset| (turn + offset) % 4) {
                match question {
                    0 => {
                        let said = node.introspect(&self.site.api, token).json();
                        match expected.token {
                            Some(roles) => assert_eq!((&said["active"], &said["workspaces"]), (&json!(true), roles)),
                            None => assert_eq!(said, json!({ "active": false })),
                        }
                    }
                    1 if expected.key => assert_eq!(node.token(key).status, 200),
                    1 => {
                        let refusal = node.token(key);
                        assert_eq!((refusal.status, refusal.error().as_str()), (401, "invalid_client"));
                    }
                    2 => {
                        let status = self.gateway(node, "").bearer(token).send().status;
                        assert_eq!(status, if expected.token.is_some() { 200 } else { 401 }, "a token at a gateway");
                    }
                    _ => {
                        let status = self.gateway(node, "").bearer(&key.secret).send().status;
                        assert_eq!(status, if expected.key { 200 } else { 401 }, "a key at a gateway");
                    }
                }
            }
        }
    }

    /// What the command line shows of a key.
    pub(super) fn shown(&self, id: &str) -> Value {
        self.site.run(&["key", "show", id])
    }

    /// The time of the database.
    pub(super) fn now(&self) -> Timestamp {
        self.site.store().now().expect("the database has a clock")
    }

    /// Looks until this moment has come: before it key and token live, and in the very next request neither does.
    pub(super) fn assert_ends_at(&self, watched: &Watched, end: Timestamp) {
        let store = self.site.store();
        let now = || store.now().expect("the database has a clock");
        let node = self.nodes().next().expect("a server");
        while now() < end {
            let works = node.token(&watched.key).status == 200;
            let active = node.is_active(&self.site.api, &watched.token);
            assert!((works && active) || now() >= end, "it ended before {end}");
        }
        self.assert_dead(watched);
    }
}

/// A token of the key for this audience.
pub(super) fn token_for(node: &Node, key: &Credential, audience: &str) -> String {
    let form = [("grant_type", "client_credentials"), ("resource", audience)];
    let response = node.client.post_form("/oauth/token", key.pair(), &form);
    assert_eq!(response.status, 200, "{response:?}");
    response.text("access_token")
}

/// The body of an answer that is no refusal.
#[track_caller]
fn answer(request: &str, response: &Response) -> Value {
    assert!(response.status < 300, "{request}: {response:?}");
    if response.status == 204 { Value::Null } else { response.json() }
}

/// The role `viewer` in these workspaces, as requests name it.
pub(super) fn viewer(workspaces: &[i64]) -> Value {
    role("viewer", workspaces)
}

/// A role in these workspaces.
pub(super) fn role(name: &str, workspaces: &[i64]) -> Value {
    json!({ "role": name, "workspaces": workspaces })
}

/// The credential that regenerating or adding a pair yields.
pub(super) fn new_credential(made: &Value) -> Credential {
    credential(made)
}
