//! Keys made through the API, and the people and spaces that they are made among.

use keystead::{
    domain::{
        authority::Authority,
        ids::{SpaceId, UserId},
        key_pair::PublicId,
        name::Description,
        permission::Level,
        role::RoleName,
        space::SpaceKind,
        user::Login,
        workspace::WorkspaceNumber,
    },
    http::api::operation::Operation,
    manage::{
        self, RoleRequest, roles::CreateRole, spaces::CreateSpace, user_roles::GiveUserRole, users::CreateUser,
        workspaces::CreateWorkspace,
    },
};
use serde_json::{Value, json};

use crate::{
    caller::Caller,
    support::{
        http::Response,
        site::{Credential, Server, TestSite, name},
    },
};

/// The keys of the space of the site.
pub(crate) fn keys_of(site: &TestSite) -> String {
    format!("/spaces/{}/keys", site.space)
}

/// The path of a key.
pub(crate) fn path_of(key: &Credential) -> String {
    format!("/keys/{}", key.client_id)
}

/// The credential in an answer that shows a secret.
#[track_caller]
pub(crate) fn secret_of(answer: &Response) -> Credential {
    assert!([200, 201].contains(&answer.status), "{answer:?}");
    Credential {
        client_id: answer.text("client_id"),
        public_id: answer.text("public_id").parse::<PublicId>().expect("a public id"),
        secret: answer.text("client_secret"),
    }
}

/// Makes a key of the space.
#[track_caller]
pub(crate) fn create(admin: &Caller<'_>, site: &TestSite, body: &Value) -> Credential {
    let answer = admin.post(&keys_of(site), body);
    assert_eq!(answer.status, 201, "{answer:?}");
    secret_of(&answer)
}

/// A body for a key with this role in these workspaces.
pub(crate) fn with_role(role: &str, workspaces: &[i64]) -> Value {
    json!({ "name": "Key", "roles": [{ "role": role, "workspaces": workspaces }] })
}

/// Roles in the space and in workspaces, as introspection tells them.
pub(crate) fn rights(site: &TestSite, server: &Server, token: &str) -> (Value, Value) {
    let described = server.introspect(&site.resource_server, token);
    assert_eq!(described["active"], true, "{described}");
    (described["roles"].clone(), described["workspaces"].clone())
}

/// Whether a token of this key is active.
pub(crate) fn is_active(site: &TestSite, server: &Server, token: &str) -> bool {
    server.is_active(&site.resource_server, token)
}

/// A user of the space with these roles.
pub(crate) fn user_with(site: &TestSite, login: &str, roles: Vec<RoleRequest>) -> UserId {
    let user = site.user(login);
    for request in roles {
        give(site, user, site.space, request);
    }
    user
}

/// Gives a role to a user.
pub(crate) fn give(site: &TestSite, id: UserId, space: SpaceId, request: RoleRequest) {
    let input = GiveUserRole { id, space, request };
    site.change(|change, deps| manage::user_roles::give(change, deps, &Authority::OPERATOR, input));
}

/// A role of the space with these permissions.
pub(crate) fn new_role(site: &TestSite, word: &str, level: Level, permissions: &[&str]) {
    let input = CreateRole {
        space: site.space,
        name: RoleName::parse(word).expect("a role name"),
        description: Description::default(),
        level,
        permissions: permissions.iter().map(|held| (*held).to_owned()).collect(),
    };
    site.change(|change, deps| manage::roles::create(change, deps, &Authority::OPERATOR, input));
}

/// A program that manages keys and may do nothing else.
pub(crate) fn key_manager<'a>(site: &TestSite, server: &'a Server) -> (Caller<'a>, Credential) {
    new_role(site, "key_manager", Level::Space, &["keys.manage"]);
    let key = site.key("key_manager", &[]);
    (Caller::with_key(server, &key), key)
}

/// Another space.
pub(crate) struct Elsewhere {
    pub(crate) space: SpaceId,
    pub(crate) workspace: WorkspaceNumber,
    pub(crate) user: UserId,
    /// A key of that space with all rights there.
    pub(crate) admin: Credential,
}

/// Another space with a workspace, a user and an administrator.
pub(crate) fn elsewhere(site: &TestSite) -> Elsewhere {
    let (space, workspace, user) = site.change(|change, deps| {
        let new = CreateSpace { name: name("Other"), kind: SpaceKind::Production, internal_services: false };
        let space = manage::spaces::create(change, deps, &Authority::OPERATOR, new)?.id;
        let new = CreateWorkspace { space, name: name("Theirs") };
        let workspace = manage::workspaces::create(change, deps, &Authority::OPERATOR, new)?.number;
        let new = CreateUser::person(space, Login::parse("stranger").expect("a login"), name("Stranger"));
        let user = manage::users::create(change, deps, &Authority::OPERATOR, new)?.id;
        Ok((space, workspace, user))
    });
    let admin = site.key_with(|key| {
        key.space = space;
        key.roles = vec![RoleRequest { role: "space_admin".to_owned(), workspaces: Vec::new() }];
    });
    Elsewhere { space, workspace, user, admin }
}

/// What an operation on keys is called on.
pub(crate) struct Target<'a> {
    pub(crate) space: SpaceId,
    pub(crate) user: UserId,
    pub(crate) key: &'a Credential,
}

/// Calls an operation on keys with its example.
pub(crate) fn call(caller: &Caller<'_>, row: &Operation, target: &Target<'_>) -> Response {
    let path = row
        .path
        .replace("{space}", &target.space.to_string())
        .replace("{user}", &target.user.to_string())
        .replace("{key}", &target.key.client_id)
        .replace("{pair}", target.key.public_id.as_str())
        .replace("{role_name}", "auditor");
    let call = caller.call(row.verb.as_str(), &path);
    match row.example {
        "" => call.send(),
        example => call.json(&serde_json::from_str(example).expect("an example is JSON")).send(),
    }
}

/// All operations on keys.
pub(crate) fn operations_on_keys() -> Vec<Operation> {
    let tags = ["API keys", "Key pairs", "Roles of API keys"];
    let rows: Vec<_> = keystead::http::api::operations().into_iter().filter(|row| tags.contains(&row.tag)).collect();
    assert_eq!(rows.len(), 24, "every operation on keys is meant here");
    rows
}
