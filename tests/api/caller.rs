//! A program that calls the API with a key. Every answer is held against the table: a refusal that the row of the
//! operation does not announce fails the test, whatever the test is about.

use std::sync::OnceLock;

use keystead::{
    domain::{
        api_key::{Owner, UserKeyRoles},
        authority::Authority,
        ids::{SpaceId, UserId},
        name::Description,
        permission::Level,
        role::RoleName,
    },
    http::api::{
        operation::{Operation, Verb},
        operations, refusals,
    },
    manage::{self, roles::CreateRole, spaces::CreateSpace, user_roles::GiveUserRole},
};
use serde_json::Value;

use crate::support::{
    http::{Request, Response},
    site::{Credential, ISSUER, Server, TestSite, name},
};

/// Audience of the API.
pub(crate) const RESOURCE: &str = "http://127.0.0.1:8080/api/v1";

/// A program with a token.
pub(crate) struct Caller<'a> {
    pub(crate) server: &'a Server,
    pub(crate) token: String,
}

/// A request that is held against the table when it is answered.
pub(crate) struct Call {
    method: String,
    path: String,
    request: Request,
}

impl<'a> Caller<'a> {
    /// A program that presents this key.
    pub(crate) fn with_key(server: &'a Server, key: &Credential) -> Self {
        Self { server, token: mint(server, key) }
    }

    /// The administrator of the space of the site.
    pub(crate) fn admin(site: &TestSite, server: &'a Server) -> Self {
        Self::with_key(server, &site.key("space_admin", &[]))
    }

    /// Somebody who runs the site.
    pub(crate) fn site_admin(site: &TestSite, server: &'a Server) -> Self {
        Self::with_key(server, &site_administrator(site, "site.administrator"))
    }

    /// A key of the space with these permissions alone, for what no built-in role is narrow enough for.
    pub(crate) fn with_permission(site: &TestSite, server: &'a Server, permissions: &[&str]) -> Self {
        let role = permissions.concat().replace('.', "_");
        let input = CreateRole {
            space: site.space,
            name: RoleName::parse(&role).expect("a name"),
            description: Description::default(),
            level: Level::Space,
            permissions: permissions.iter().map(|&name| name.to_owned()).collect(),
        };
        site.change(|change, deps| manage::roles::create(change, deps, &Authority::OPERATOR, input));
        Self::with_key(server, &site.key(&role, &[]))
    }

    /// A key of the space that has no role.
    pub(crate) fn nobody(site: &TestSite, server: &'a Server) -> Self {
        Self::with_key(server, &site.key_with(|_| {}))
    }

    /// Any method.
    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        let request = self.server.client.request(method, &format!("/api/v1{path}")).bearer(&self.token);
        Call { method: method.to_owned(), path: path.to_owned(), request }
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.call("GET", path).send()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Response {
        self.call("POST", path).json(body).send()
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Response {
        self.call("PUT", path).json(body).send()
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Response {
        self.call("PATCH", path).json(body).send()
    }

    pub(crate) fn delete(&self, path: &str) -> Response {
        self.call("DELETE", path).send()
    }
}

impl Call {
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self { request: self.request.json(body), ..self }
    }

    pub(crate) fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { request: self.request.body(content_type, body), ..self }
    }

    /// For what is refused before any operation is looked for.
    pub(crate) fn unchecked(self) -> Response {
        self.request.send()
    }

    pub(crate) fn send(self) -> Response {
        let response = self.request.send();
        check(&self.method, &self.path, &response);
        response
    }
}

/// A key of a user who runs the site, with that role chosen by name: by the way it is never passed on.
pub(crate) fn site_administrator(site: &TestSite, login: &str) -> Credential {
    let user = site.user(login);
    give(site, user, "site_admin", &[]);
    key_of(site, user, UserKeyRoles::Subset, &[("site_admin", &[])])
}

/// The operator gives a role of the site's space to a user.
pub(crate) fn give(site: &TestSite, id: UserId, role: &str, workspaces: &[usize]) {
    let input = GiveUserRole { id, space: site.space, request: site.role(role, workspaces) };
    site.change(|change, deps| manage::user_roles::give(change, deps, &Authority::OPERATOR, input));
}

/// A key that acts for this user.
pub(crate) fn key_of(site: &TestSite, id: UserId, roles: UserKeyRoles, asked: &[(&str, &[usize])]) -> Credential {
    site.key_with(|key| {
        key.owner = Owner::User { id, roles };
        key.roles = asked.iter().map(|(role, workspaces)| site.role(role, workspaces)).collect();
    })
}

/// Another space of the site.
pub(crate) fn another_space(site: &TestSite, title: &str) -> SpaceId {
    let input = CreateSpace::production(name(title));
    site.change(|change, deps| manage::spaces::create(change, deps, &Authority::OPERATOR, input)).id
}

/// A token of this key for the API.
pub(crate) fn mint(server: &Server, key: &Credential) -> String {
    server.mint_with(key, &[("resource", RESOURCE)])
}

/// The code of a refusal.
pub(crate) fn code(response: &Response) -> String {
    assert_eq!(response.header("Content-Type"), Some("application/problem+json"), "{response:?}");
    response.text("code")
}

/// Asserts the status and the code of a refusal.
#[track_caller]
pub(crate) fn assert_refused(response: &Response, status: u16, expected: &str) {
    assert_eq!((response.status, code(response).as_str()), (status, expected), "{response:?}");
}

fn table() -> &'static [Operation] {
    static TABLE: OnceLock<Vec<Operation>> = OnceLock::new();
    TABLE.get_or_init(operations)
}

/// The row that a request reaches. A row without parameters in the place goes before one with.
pub(crate) fn row_of(method: &str, path: &str) -> Option<&'static Operation> {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |row: &&Operation| {
        let (mut wanted, mut given) = (row.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(wanted), Some(given)) if wanted == given || (wanted.starts_with('{') && !given.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let verb_fits = |verb: Verb| verb.as_str() == method || (method == "HEAD" && verb == Verb::Get);
    let rows = table().iter().filter(|row| verb_fits(row.verb)).filter(fits);
    rows.min_by_key(|row| row.path_parameters().count())
}

/// What every answer must be like.
fn check(method: &str, path: &str, response: &Response) {
    let Some(row) = row_of(method, path) else { return };
    if response.status < 400 {
        let replayed = response.status == 200 && row.handler.kind.status() == 201;
        let unchanged = response.status == 304;
        assert!(response.status == row.handler.kind.status() || replayed || unchanged, "{}: {response:?}", row.id);
        return;
    }
    if method == "HEAD" {
        return;
    }
    let refusal = (response.status, code(response));
    let announced = refusals::of(row).iter().any(|(status, code)| (*status, *code) == (refusal.0, refusal.1.as_str()));
    assert!(announced, "the row of {} does not announce {refusal:?}: {response:?}", row.id);
    assert_eq!(response.text("type"), format!("{ISSUER}/api/v1/docs#{}", refusal.1));
    assert_eq!(response.json()["status"], response.status);
    assert!(response.json()["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{response:?}");
}
