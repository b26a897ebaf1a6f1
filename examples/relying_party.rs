//! A site with a "Log in with Keystead" button.
//!
//! `/` shows the button, or who is logged in and what the example API (`resource_server.rs`) says about the access token.
//! When the user withdraws access, or is disabled, the next look at `/` says so and shows the button again. The protocol is
//! in `support/openid.rs`.
//!
//! ```text
//! keystead demo &
//! cargo run --example resource_server &
//! cargo run --example relying_party
//! ```

#[path = "support/http.rs"]
mod http;
#[path = "support/openid.rs"]
mod openid;
#[path = "support/pages.rs"]
mod pages;
#[path = "support/settings.rs"]
mod settings;

use std::{
    collections::HashMap,
    io::{self, Write as _},
    net::SocketAddr,
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    web::{self, Data, Query},
};
use clap::Parser;
use oauth2::CsrfToken;
use ureq::Agent;
use url::Url;

use http::{Problem, agent, get};
use openid::{Asked, Login, OpenId, Outcome};
use pages::{Page, User, redirect, trouble};
use settings::Settings;

const COOKIE: &str = "relying_party";

/// A site with a "Log in with Keystead" button.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Where Keystead sends the browser back to, exactly as it is registered there [default: that of the demo's file]
    #[arg(long, value_name = "URL")]
    redirect_uri: Option<Url>,
    /// Where to listen [default: host and port of the redirect URI]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// What to ask the user for; the application must be allowed it
    #[arg(long, default_value = "openid offline_access")]
    scope: String,
    /// The example API
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8091/me")]
    api: String,
}

struct Site {
    openid: OpenId,
    agent: Agent,
    api: String,
    home: Url,
    /// Visitors by the value of their cookie. A real site keeps them in its database.
    visitors: Mutex<HashMap<String, Arc<Mutex<Visitor>>>>,
}

/// What the site knows of a browser.
enum Visitor {
    /// It is at Keystead.
    Away(Asked),
    LoggedIn(Box<Login>),
    /// Access is gone; the page says so until somebody logs in again.
    LoggedOut,
}

impl Site {
    /// What `/` shows: it calls the API, so it always knows whether access is still there.
    fn look(&self, visitor: &mut Visitor) -> Result<Page, Problem> {
        let Visitor::LoggedIn(login) = visitor else {
            return Ok(match visitor {
                Visitor::LoggedOut => Page::notice("You were logged out: this site has no access any more."),
                _ => Page::default(),
            });
        };
        let call = |login: &Login| get(&self.agent, &self.api, Some(&login.access_token));
        let mut answer = if login.is_ending() { None } else { Some(call(login)?) };
        if answer.as_ref().is_none_or(|answer| answer.status == 401) {
            // The token is at its end, or was ended. Keystead tells which.
            let Some(fresh) = self.openid.refresh(login)? else {
                *visitor = Visitor::LoggedOut;
                return self.look(visitor);
            };
            **login = fresh;
            answer = Some(call(login)?);
        }
        let user = answer.map(|answer| User {
            name: login.name.clone(),
            subject: login.subject.clone(),
            status: answer.status,
            answer: format!("{:#}", answer.body),
        });
        Ok(Page { user, notice: None })
    }

    fn visitor(&self, request: &HttpRequest) -> Option<Arc<Mutex<Visitor>>> {
        locked(&self.visitors).get(cookie_of(request)?).cloned()
    }

    /// Forgets the browser and gives what was known of it.
    fn forget(&self, request: &HttpRequest) -> Option<Visitor> {
        let found = locked(&self.visitors).remove(cookie_of(request)?)?;
        // Another request of the same browser may still be looking at it.
        Some(std::mem::replace(&mut *locked(&found), Visitor::LoggedOut))
    }

    /// Remembers a browser. The value of the cookie is always a new one, so that nobody can have planted it.
    fn remember(&self, visitor: Visitor) -> (&'static str, String) {
        let id = CsrfToken::new_random().into_secret();
        let secure = if self.home.scheme() == "https" { "; Secure" } else { "" };
        let cookie = format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax{secure}");
        locked(&self.visitors).insert(id, Arc::new(Mutex::new(visitor)));
        ("Set-Cookie", cookie)
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cookie_of(request: &HttpRequest) -> Option<&str> {
    let cookies = request.headers().get("Cookie")?.to_str().ok()?.split(';');
    cookies.filter_map(|cookie| cookie.trim().split_once('=')).find_map(|(name, id)| (name == COOKIE).then_some(id))
}

async fn home(request: HttpRequest, site: Data<Site>) -> HttpResponse {
    let Some(visitor) = site.visitor(&request) else { return Page::default().show() };
    let looked = web::block(move || site.look(&mut locked(&visitor))).await;
    match looked.map_err(Problem::from).flatten() {
        Ok(page) => page.show(),
        Err(problem) => trouble(&problem),
    }
}

async fn log_in(request: HttpRequest, site: Data<Site>) -> HttpResponse {
    site.forget(&request);
    let (url, asked) = site.openid.ask();
    redirect(&url).insert_header(site.remember(Visitor::Away(asked))).finish()
}

async fn callback(request: HttpRequest, answer: Query<HashMap<String, String>>, site: Data<Site>) -> HttpResponse {
    let Some(Visitor::Away(asked)) = site.forget(&request) else {
        return Page::notice("No login began in this browser, or it is answered already.").show();
    };
    let shared = Data::clone(&site);
    let came_back = web::block(move || shared.openid.came_back(asked, &answer)).await;
    match came_back.map_err(Problem::from).flatten() {
        Ok(Outcome::LoggedIn(login)) => {
            redirect(&site.home).insert_header(site.remember(Visitor::LoggedIn(login))).finish()
        }
        Ok(Outcome::Refused(error, _)) if error == "access_denied" => {
            Page::notice("Access denied: you did not let this site in.").show()
        }
        Ok(Outcome::Refused(error, sentence)) => trouble(&format!("Keystead refused: {error} {sentence}").into()),
        Err(problem) => trouble(&problem),
    }
}

async fn log_out(request: HttpRequest, site: Data<Site>) -> HttpResponse {
    let url = match site.forget(&request) {
        Some(Visitor::LoggedIn(login)) => site.openid.logout_url(&login, site.home.as_str()),
        _ => None,
    };
    redirect(url.as_ref().unwrap_or(&site.home)).finish()
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            writeln!(io::stderr(), "error: {problem}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Problem> {
    let identity = arguments.settings.complete("application")?;
    let redirect_uri = match arguments.redirect_uri {
        Some(given) => given,
        None => arguments.settings.of_demo("/application/redirect_uri")?.parse()?,
    };
    let listen = match arguments.listen {
        Some(given) => vec![given],
        None => redirect_uri.socket_addrs(|| None)?,
    };
    let (agent, path) = (agent(), redirect_uri.path().to_owned());
    let openid = OpenId::new(agent.clone(), identity, redirect_uri.to_string(), arguments.scope)?;
    let front = redirect_uri.join("/")?;
    let site = Site { openid, agent, api: arguments.api, home: front.clone(), visitors: Mutex::default() };
    let site = Data::new(site);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::clone(&site))
            .route("/", web::get().to(home))
            .route("/login", web::get().to(log_in))
            .route(&path, web::get().to(callback))
            .route("/logout", web::post().to(log_out))
    });
    let server = server.workers(1).bind(listen.as_slice()).map_err(|error| {
        format!("cannot listen where {redirect_uri} leads: {error}; end what listens there, or choose with --listen")
    })?;
    writeln!(io::stdout(), "The site listens on {front}")?;
    Ok(actix_web::rt::System::new().block_on(server.run())?)
}
