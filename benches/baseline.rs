//! The least that a token endpoint on actix-web can cost: one worker reads a form and answers 700 fixed bytes.
//! `benches/run` starts it as `baseline PORT`; all ratios are taken to it.

use actix_web::{App, HttpResponse, HttpServer, web};
use serde::Deserialize;

/// The form of a token request; reading it is part of the baseline.
#[derive(Deserialize)]
struct TokenForm {
    grant_type: String,
}

async fn answer(form: web::Form<TokenForm>, body: web::Data<String>) -> HttpResponse {
    if form.grant_type.is_empty() {
        return HttpResponse::BadRequest().finish();
    }
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("Cache-Control", "no-store"))
        .body(body.as_str().to_owned())
}

fn main() -> std::io::Result<()> {
    // `cargo bench` and `cargo test --benches` start every benchmark without a port.
    let Some(port) = std::env::args().nth(1).and_then(|port| port.parse::<u16>().ok()) else {
        return Ok(());
    };
    let body = web::Data::new(format!("{{\"access_token\":\"{}\"}}", "x".repeat(700 - 19)));
    actix_web::rt::System::new().block_on(
        HttpServer::new(move || App::new().app_data(body.clone()).route("/p", web::post().to(answer)))
            .workers(1)
            .bind(("127.0.0.1", port))?
            .run(),
    )
}
