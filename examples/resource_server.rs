//! An API that lets nobody in without asking Keystead.
//!
//! `GET /me` answers who calls and what is permitted. The access token of every request is introspected (RFC 7662), so what
//! was withdrawn a moment ago is refused now.
//!
//! ```text
//! keystead demo &
//! cargo run --example resource_server
//! curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8091/me
//! ```

#[path = "support/http.rs"]
mod http;
#[path = "support/settings.rs"]
mod settings;

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    process::ExitCode,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use clap::Parser;
use serde_json::json;
use ureq::Agent;

use http::{Answer, Problem, agent, discover, post_form};
use settings::{Identity, Settings};

/// An API that asks Keystead about every access token.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8091")]
    listen: SocketAddr,
}

struct Api {
    agent: Agent,
    identity: Identity,
    introspection_endpoint: String,
}

impl Api {
    fn new(identity: Identity) -> Result<Self, Problem> {
        let agent = agent();
        let found = discover(&agent, &identity.issuer)?;
        let endpoint = found.get("introspection_endpoint").and_then(|endpoint| endpoint.as_str());
        let introspection_endpoint = endpoint.ok_or("the server names no introspection_endpoint")?.to_owned();
        Ok(Self { agent, identity, introspection_endpoint })
    }

    /// Keystead's word on a token: active or not at this moment, for this API.
    fn introspect(&self, token: &str) -> Result<Answer, Problem> {
        let us = (self.identity.client_id.as_str(), self.identity.client_secret.as_str());
        let answer = post_form(&self.agent, &self.introspection_endpoint, us, &[("token", token)])?;
        match answer.status {
            200 => Ok(answer),
            status => Err(format!("Keystead answered {status}: {}", answer.body).into()),
        }
    }
}

/// Who calls, and what is permitted.
async fn me(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    let Some(token) = bearer_token(&request) else {
        return refused("Bearer", "no access token was sent");
    };
    let told = match web::block(move || api.introspect(&token)).await {
        Ok(Ok(told)) => told,
        // Not knowing is no reason to let anybody in.
        Ok(Err(problem)) => return unavailable(&problem.to_string()),
        Err(problem) => return unavailable(&problem.to_string()),
    };
    if told.body.get("active") != Some(&json!(true)) {
        return refused("Bearer error=\"invalid_token\"", "the access token is not active");
    }
    let said = |member: &str| told.body.get(member).cloned().unwrap_or_default();
    HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(json!({
        "subject": said("sub"),
        "application": said("client_id"),
        "scope": said("scope"),
        "permissions": said("permissions"),
        "token": said("jti"),
    }))
}

/// The token of an `Authorization` header; none in the URL, where it would end up in logs.
fn bearer_token(request: &HttpRequest) -> Option<String> {
    let (scheme, token) = request.headers().get("Authorization")?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn refused(challenge: &str, why: &str) -> HttpResponse {
    HttpResponse::Unauthorized().insert_header(("WWW-Authenticate", challenge)).json(json!({ "problem": why }))
}

fn unavailable(why: &str) -> HttpResponse {
    // Our own trouble: for the log, not for the caller.
    writeln!(io::stderr(), "{why}").ok();
    HttpResponse::ServiceUnavailable().json(json!({ "problem": "access cannot be checked now" }))
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            writeln!(io::stderr(), "error: {problem}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Problem> {
    let api = web::Data::new(Api::new(arguments.settings.complete("resource_server")?)?);
    let server = HttpServer::new(move || App::new().app_data(api.clone()).route("/me", web::get().to(me)))
        .workers(1)
        .bind(arguments.listen)
        .map_err(|error| format!("cannot listen on {}: {error}; choose another with --listen", arguments.listen))?;
    for address in server.addrs() {
        writeln!(io::stdout(), "The API listens on http://{address}/me")?;
    }
    Ok(actix_web::rt::System::new().block_on(server.run())?)
}
