//! The console: the pages on which people manage spaces, keys, users, roles and the site. Each row of `screens` is an
//! address; what stands there calls the same use cases as the API.

mod asked;
mod audit;
pub(super) mod back;
mod charts;
mod clients;
mod confirm;
mod frame;
mod inspect;
mod keys;
mod once;
mod parts;
mod refused;
mod role_picker;
mod roles;
mod screen;
mod settings;
mod shown_state;
mod site;
mod spaces;
mod span;
mod users;
mod words;
mod workspaces;

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, web};

use self::{frame::Site, refused::Refused, screen::Screen};
use super::refusal::PageRefusal;
use crate::{
    config::Issuer,
    http::{
        body::{BodyLimits, read_form_body},
        oauth::Endpoints,
    },
    manage::{Deps, invitations::InvitationRules, signing_keys::Schedule},
    store::Executor,
};

/// Longest form of the console, in bytes: a few hundred boxes to tick.
const LONGEST_FORM: usize = 64 * 1024;

/// What the console answers from.
pub struct Console {
    endpoints: Arc<Endpoints>,
    issuer: Issuer,
    site: Site,
    deps: Deps,
    body: BodyLimits,
    session_idle: Duration,
    invitations: InvitationRules,
    schedule: Schedule,
}

/// What the settings say that matters here.
#[derive(Debug, Clone, Copy)]
pub struct ConsoleOptions {
    /// How long a session may be unused.
    pub session_idle: Duration,
    /// About invitations.
    pub invitations: InvitationRules,
    /// About signing keys.
    pub schedule: Schedule,
}

impl Console {
    /// The console of the site that these endpoints serve.
    #[must_use]
    pub fn new(endpoints: Arc<Endpoints>, options: ConsoleOptions) -> Self {
        let ConsoleOptions { session_idle, invitations, schedule } = options;
        let issuer = endpoints.oauth.options().issuer.clone();
        let site = Site { base: issuer.path_prefix().to_owned(), host: issuer.host().to_owned() };
        let deps = Deps { master: Arc::clone(endpoints.oauth.live().master()) };
        let body = BodyLimits { size: endpoints.body.size.min(LONGEST_FORM), ..endpoints.body };
        Self { endpoints, issuer, site, deps, body, session_idle, invitations, schedule }
    }

    /// Adds the routes under the issuer's path.
    pub fn configure(self: &Arc<Self>, app: &mut web::ServiceConfig) {
        for screen in screens() {
            screen.configure(app, &self.site.base, self);
        }
    }

    fn executor(&self) -> &Executor {
        self.endpoints.oauth.live().executor()
    }

    async fn form(&self, req: &HttpRequest, payload: web::Payload) -> Result<web::Bytes, PageRefusal> {
        Ok(read_form_body(req, payload, &self.body).await?)
    }
}

/// An address of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Below the path of the issuer, with names in braces for what differs.
    pub path: &'static str,
    /// Whether a form is posted to it.
    pub has_form: bool,
}

/// All addresses, for whoever looks at every one of them.
#[must_use]
pub fn addresses() -> Vec<Address> {
    screens().iter().map(|screen| Address { path: screen.path, has_form: screen.act.is_some() }).collect()
}

/// All screens.
fn screens() -> Vec<Screen> {
    [
        spaces::screens(),
        keys::screens(),
        users::screens(),
        roles::screens(),
        workspaces::screens(),
        audit::screens(),
        settings::screens(),
        clients::screens(),
        site::screens(),
        inspect::screens(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
