//! A browser without a window: it keeps cookies, finds the fields of forms and follows nothing by itself.

use std::collections::BTreeMap;

use keystead::{
    crypto::password::PasswordHasher,
    domain::{authority::Authority, ids::UserId},
    manage::{self, users::SetPassword},
};

use super::{
    http::{Client, Reachable, Request, Response},
    site::TestSite,
};

/// A password that nothing forbids.
pub const PASSWORD: &str = "correct horse battery";

/// Gives a user a password.
pub fn set_password(site: &TestSite, id: UserId, password: &str) {
    let hasher = PasswordHasher::new(std::num::NonZeroUsize::MIN, 0);
    let password = hasher.hash_blocking(password).expect("a hash");
    site.change(|change, deps| {
        manage::users::set_password(change, deps, &Authority::OPERATOR, SetPassword { id, password })
    });
}

/// A user with [`PASSWORD`].
pub fn person(site: &TestSite, login: &str) -> UserId {
    let id = site.user(login);
    set_password(site, id, PASSWORD);
    id
}

/// A browser. Clones keep their own cookies from then on.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(server: &impl Reachable) -> Self {
        Self { client: server.client().clone(), cookies: BTreeMap::new() }
    }

    /// Somebody logged in with [`PASSWORD`].
    pub fn logged_in(server: &impl Reachable, login: &str) -> Self {
        let mut browser = Self::new(server);
        let answer = browser.log_in(login, PASSWORD);
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser
    }

    /// The same cookies, sent to another node.
    pub fn at(&self, server: &impl Reachable) -> Self {
        Self { client: server.client().clone(), cookies: self.cookies.clone() }
    }

    pub fn get(&mut self, path: &str) -> Response {
        let request = self.client.get(path);
        self.send(request)
    }

    /// Opens the page and sends its form, changed as said.
    pub fn submit(&mut self, page: &str, to: &str, fields: &[(&str, &str)]) -> Response {
        let shown = self.get(page);
        let csrf = field(&shown.body, "csrf").unwrap_or_default();
        self.post(to, &csrf, fields)
    }

    /// Sends a form with this token.
    pub fn post(&mut self, to: &str, csrf: &str, fields: &[(&str, &str)]) -> Response {
        let all: Vec<(&str, &str)> = [("csrf", csrf)].iter().chain(fields).copied().collect();
        let request = self.client.post(to).form(&all);
        self.send(request)
    }

    pub fn log_in(&mut self, login: &str, password: &str) -> Response {
        self.submit("/login", "/login", &[("login", login), ("password", password)])
    }

    /// The token of the button that logs out.
    pub fn log_out_token(&mut self) -> String {
        let page = self.get("/account/sessions");
        let form = page.body.split("action=\"/logout\"").nth(1).expect("a button that logs out").to_owned();
        field(&form, "csrf").expect("a token")
    }

    /// Whether anybody is logged in here.
    pub fn is_logged_in(&mut self) -> bool {
        let answer = self.get("/account/sessions");
        match (answer.status, answer.header("location")) {
            (200, _) => true,
            (303, Some("/login")) => false,
            _ => panic!("{answer:?}"),
        }
    }

    /// A request with the cookies of this browser.
    pub fn request(&self, method: &str, path: &str) -> Request {
        self.with_cookies(self.client.request(method, path))
    }

    pub fn send(&mut self, request: Request) -> Response {
        let answer = self.with_cookies(request).send();
        self.keep(&answer);
        answer
    }

    fn with_cookies(&self, request: Request) -> Request {
        if self.cookies.is_empty() {
            return request;
        }
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header("Cookie", &pairs.join("; "))
    }

    pub fn keep(&mut self, answer: &Response) {
        for cookie in set_cookies(answer) {
            let (name, rest) = cookie.split_once('=').expect("a pair");
            let (value, attributes) = rest.split_once(';').expect("attributes");
            if attributes.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// All `Set-Cookie` headers of an answer.
pub fn set_cookies(answer: &Response) -> Vec<String> {
    let all = answer.headers.get_all("set-cookie");
    all.iter().map(|value| value.to_str().expect("visible ASCII").to_owned()).collect()
}

/// The value of the first hidden field of this name.
pub fn field(page: &str, name: &str) -> Option<String> {
    let input = page.split("<input").find(|input| input.contains(&format!("name=\"{name}\"")))?;
    let value = input.split("value=\"").nth(1)?.split('"').next()?;
    Some(value.to_owned())
}

/// The same in the first form that goes to this path.
pub fn field_of_form(page: &str, action: &str, name: &str) -> String {
    let form =
        page.split(&format!("action=\"{action}\"")).nth(1).unwrap_or_else(|| panic!("no form to {action}: {page}"));
    field(form, name).unwrap_or_else(|| panic!("no field {name} in the form to {action}: {page}"))
}
