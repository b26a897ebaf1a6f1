//! Somebody at the console: opens pages, and sends their forms with what they carry.

use keystead::{
    domain::{authority::Authority, ids::UserId, workspace::WorkspaceNumber},
    manage::{
        RoleRequest,
        user_roles::{self, GiveUserRole},
    },
};

use crate::support::{
    browser::{self, Browser, field},
    http::{Reachable, Response},
    site::TestSite,
};

/// A person with a browser who is logged in.
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) browser: Browser,
}

impl Person {
    /// Somebody with these roles of the whole space.
    pub(crate) fn with_roles(site: &TestSite, server: &impl Reachable, login: &str, roles: &[&str]) -> Self {
        let id = browser::person(site, login);
        for role in roles {
            give(site, id, role, &[]);
        }
        Self { id, browser: Browser::logged_in(server, login) }
    }

    /// Somebody who runs the space.
    pub(crate) fn admin(site: &TestSite, server: &impl Reachable) -> Self {
        Self::with_roles(site, server, "ada", &["space_admin"])
    }

    /// The page, which is there.
    #[track_caller]
    pub(crate) fn page(&mut self, path: &str) -> String {
        let answer = self.browser.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    /// The status of a page.
    pub(crate) fn status(&mut self, path: &str) -> u16 {
        self.browser.get(path).status
    }

    /// Opens the page and sends the form on it with these fields.
    pub(crate) fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let page = self.page(path);
        let form = page.split("<main").nth(1).expect("a main part").to_owned();
        let csrf = field(&form, "csrf").expect("a form");
        let carried = ["once", "seen"].map(|name| (name, field(&form, name).unwrap_or_default()));
        let carried = carried.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<(&str, &str)> = fields.iter().copied().chain(carried).collect();
        self.browser.post(path, &csrf, &all)
    }

    /// The same with a form that is carried out: where it leads.
    #[track_caller]
    pub(crate) fn carry_out(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.send(path, fields);
        assert_eq!(answer.status, 303, "{path}: {}", answer.body);
        answer.header("location").expect("a way on").to_owned()
    }
}

/// Gives somebody a role.
pub(crate) fn give(site: &TestSite, id: UserId, role: &str, workspaces: &[WorkspaceNumber]) {
    let request = RoleRequest { role: role.to_owned(), workspaces: workspaces.to_vec() };
    let input = GiveUserRole { id, space: site.space, request };
    site.change(|change, deps| user_roles::give(change, deps, &Authority::OPERATOR, input));
}
