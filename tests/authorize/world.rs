//! What the tests of this binary share: a user, an application, a browser in which the user is logged in.

use std::{io::Write as _, time::Duration};

use keystead::{
    config::Environment,
    crypto::password::PasswordHasher,
    domain::{
        application::ApplicationKind,
        authority::Authority,
        ids::{ApplicationId, UserId},
    },
    manage::{
        self,
        applications::{CreateApplication, EditApplication},
        user_roles::GiveUserRole,
    },
};

use crate::support::{
    backend::Backend,
    browser::{Browser, person},
    explained::assert_agrees,
    http::Response,
    log_in_with::{TestApplication, Tokens, claims},
    site::{ISSUER, Server, TestSite},
};

pub(crate) const OPERATOR: &Authority = &Authority::OPERATOR;

/// Audience of Keystead's own API.
pub(crate) fn api() -> String {
    format!("{ISSUER}/api/v1")
}

/// A site with a server, the user `jo`, and an application.
pub(crate) struct World {
    pub(crate) site: TestSite,
    pub(crate) server: Server,
    pub(crate) user: UserId,
    pub(crate) application: TestApplication,
    pub(crate) browser: Browser,
}

impl World {
    pub(crate) fn new(backend: Backend) -> Self {
        Self::with(backend, |_| {})
    }

    /// With an application that is not the usual one.
    pub(crate) fn with(backend: Backend, adjust: impl FnOnce(&mut CreateApplication)) -> Self {
        let site = TestSite::new(backend);
        let user = person(&site, "jo");
        let application = site.application_with(adjust);
        let server = site.serve();
        let browser = Browser::logged_in(&server, "jo");
        Self { site, server, user, application, browser }
    }

    /// A code of the application.
    pub(crate) fn code(&self, changes: &[(&str, &str)]) -> String {
        self.application.code(&mut self.browser.clone(), changes)
    }

    /// Tokens of the application.
    pub(crate) fn log_in(&self, changes: &[(&str, &str)]) -> Tokens {
        self.application.log_in(&self.server, &mut self.browser.clone(), changes)
    }

    pub(crate) fn exchange(&self, code: &str) -> Response {
        self.application.exchange(&self.server, code)
    }

    pub(crate) fn refresh(&self, tokens: &Tokens) -> Response {
        self.application.refresh(&self.server, tokens.refresh())
    }

    pub(crate) fn is_active(&self, token: &str) -> bool {
        let active = self.server.is_active(&self.site.resource_server, token);
        assert_agrees(&self.site, token, active);
        active
    }

    /// Changes the registration of the application.
    pub(crate) fn edit(&self, adjust: impl FnOnce(&mut EditApplication)) {
        let mut input = EditApplication::of(self.application.id());
        adjust(&mut input);
        self.site.change(|change, deps| manage::applications::edit(change, deps, OPERATOR, input));
    }

    /// Gives the user a role.
    pub(crate) fn give(&self, role: &str, workspaces: &[usize]) {
        let request = self.site.role(role, workspaces);
        let input = GiveUserRole { id: self.user, space: self.site.space, request };
        self.site.change(|change, deps| manage::user_roles::give(change, deps, OPERATOR, input));
    }

    /// How often the audit has this action.
    pub(crate) fn audited(&self, action: &str) -> i64 {
        self.site.database.number(&format!("(SELECT count(*) FROM audit_events WHERE action = '{action}')"))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.site.clock.advance(Duration::from_secs(seconds));
    }

    /// The person logs in anew, with the password that the person has.
    pub(crate) fn log_in_again(&mut self) {
        self.browser = Browser::logged_in(&self.server, "jo");
    }
}

/// An application that has no secret.
pub(crate) fn public(input: &mut CreateApplication) {
    input.kind = ApplicationKind::Public;
}

impl TestApplication {
    pub(crate) fn id(&self) -> ApplicationId {
        self.client_id.parse().expect("the id of an application")
    }
}

impl Tokens {
    pub(crate) fn refresh(&self) -> &str {
        self.refresh.as_deref().expect("a refresh token")
    }

    pub(crate) fn id(&self) -> &str {
        self.id.as_deref().expect("an id token")
    }

    pub(crate) fn claim(&self, name: &str) -> String {
        claims(&self.access)[name].as_str().unwrap_or_else(|| panic!("no claim {name}")).to_owned()
    }
}

/// The request was refused like this.
#[track_caller]
pub(crate) fn refused(answer: &Response, status: u16, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{answer:?}");
}

/// A hash of some password, as use cases take it.
pub(crate) fn hash(password: &str) -> keystead::crypto::password::PasswordHash {
    PasswordHasher::new(std::num::NonZeroUsize::MIN, 0).hash_blocking(password).expect("a hash")
}

/// How many rounds each race runs.
pub(crate) fn rounds() -> usize {
    campaign().map_or(10, |rounds| rounds.parse().expect("a number of rounds"))
}

/// The rounds that were asked for (README.md).
fn campaign() -> Option<String> {
    Environment::from_process().get("KEYSTEAD_TEST_RACES").map(str::to_owned)
}

/// How long the rounds of a race took. Told at the end, when the test ran for its figures.
pub(crate) struct Tally {
    what: String,
    took: Vec<Duration>,
}

impl Tally {
    pub(crate) fn new(what: &str) -> Self {
        Self { what: what.to_owned(), took: Vec::new() }
    }

    pub(crate) fn note(&mut self, took: Duration) {
        self.took.push(took);
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.took.sort_unstable();
        let of =
            |part: usize| self.took.get(self.took.len().saturating_sub(1) * part / 100).copied().unwrap_or_default();
        let total: Duration = self.took.iter().sum();
        let (rounds, median, most) = (self.took.len(), of(50), of(100));
        if campaign().is_some() {
            let said = format!(
                "{}: {rounds} rounds in {total:.1?}, half within {median:.0?}, all within {most:.0?}\n",
                self.what
            );
            // Nothing depends on it.
            let _ = std::io::stderr().write_all(said.as_bytes());
        }
    }
}
