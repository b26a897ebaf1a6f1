//! Two nodes of one site that look on, each with warm records, while something changes: both must see each change in their
//! next answer.
//!
//! Where no use case makes a change yet (the switches of spaces and users, closing a space, taking a user's role, moving an
//! audience) the test writes what such a use case will write.

use keystead::{
    domain::{
        api_key::{Owner, UserKeyRoles},
        authority::Authority,
        change::Subject,
        ids::{ApiKeyId, UserId},
        key_pair::ExpiryPolicy,
    },
    manage::{self, NewCredential, key_pairs::AddPair, user_roles::GiveUserRole},
    store,
};
use serde_json::Value;

use crate::support::{
    backend::Backend,
    credential::key_id,
    explained::assert_agrees,
    site::{Credential, Server, TestSite},
};
pub(crate) const OPERATOR: &Authority = &Authority::OPERATOR;

/// A site and two nodes of it.
pub(crate) struct Nodes {
    pub(crate) site: TestSite,
    pub(crate) near: Server,
    pub(crate) far: Server,
}

impl Nodes {
    pub(crate) fn new(backend: Backend) -> Self {
        let site = TestSite::new(backend);
        let (near, far) = (site.serve(), site.serve());
        Self { site, near, far }
    }

    /// What both nodes say, which must be the same.
    pub(crate) fn both<T: PartialEq + std::fmt::Debug>(&self, ask: impl Fn(&Server) -> T) -> T {
        // The far node first: it is the one that did nothing.
        let far = ask(&self.far);
        assert_eq!(ask(&self.near), far, "the nodes differ");
        far
    }

    pub(crate) fn is_active(&self, token: &str) -> bool {
        let active = self.both(|server| {
            let gateway = &self.site.resource_server;
            let active = server.is_active(gateway, token);
            let verified = server.verify(gateway, token, "").status;
            assert_eq!(verified, if active { 200 } else { 401 });
            active
        });
        assert_agrees(&self.site, token, active);
        active
    }

    /// Whether the key gets a token; if not, it is told nothing but that.
    pub(crate) fn logs_in(&self, key: &Credential) -> bool {
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

    pub(crate) fn says(&self, token: &str) -> Value {
        self.both(|server| server.introspect(&self.site.resource_server, token))
    }

    pub(crate) fn workspaces(&self, token: &str) -> Value {
        self.says(token)["workspaces"].clone()
    }

    /// A token that both nodes have seen active.
    pub(crate) fn token(&self, key: &Credential) -> String {
        let token = self.near.mint(key);
        assert!(self.is_active(&token));
        token
    }

    pub(crate) fn user_with(&self, login: &str, role: &str, workspaces: &[usize]) -> UserId {
        let user = self.site.user(login);
        self.give_user(user, role, workspaces);
        user
    }

    pub(crate) fn give_user(&self, id: UserId, role: &str, workspaces: &[usize]) {
        let input = GiveUserRole { id, space: self.site.space, request: self.site.role(role, workspaces) };
        self.site.change(|change, deps| manage::user_roles::give(change, deps, OPERATOR, input));
    }

    /// No use case takes a role from a user yet.
    pub(crate) fn take_all_from_user(&self, id: UserId) {
        self.site.change(|change, _| {
            let user = store::users::find(change, id)?.expect("the user");
            for held in &user.roles {
                store::user_roles::take(change, id, held)?;
            }
            Ok(())
        });
    }

    pub(crate) fn key_of(&self, user: UserId, roles: UserKeyRoles, asked: &[(&str, &[usize])]) -> Credential {
        self.site.key_with(|key| {
            key.owner = Owner::User { id: user, roles };
            key.roles = asked.iter().map(|(role, workspaces)| self.site.role(role, workspaces)).collect();
        })
    }

    /// Writes what no use case writes yet, together with the change that tells of it. `:seq` is the number of that change.
    pub(crate) fn write(&self, sql: &str, subjects: &[Subject]) {
        self.site.database.execute(&sql.replace(":seq", "(SELECT seq + 1 FROM change_head)"));
        self.site.change(|change, _| Ok(subjects.iter().try_for_each(|subject| change.touch(*subject))?));
    }

    pub(crate) fn now(&self) -> keystead::domain::time::Timestamp {
        self.site.change(|change, _| Ok(change.now()))
    }
}

pub(crate) fn credential(made: &NewCredential<ApiKeyId>) -> Credential {
    Credential {
        client_id: made.client_id.to_string(),
        public_id: made.public_id,
        secret: made.secret.expose().to_owned(),
    }
}

pub(crate) fn add_pair(nodes: &Nodes, key: &Credential, expiry: ExpiryPolicy) -> Credential {
    let input = AddPair { key: key_id(key), expiry, retire_other_after: None };
    credential(&nodes.site.change(|change, deps| manage::key_pairs::add(change, deps, OPERATOR, input)))
}
