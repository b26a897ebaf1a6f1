//! `POST /oauth/introspect` (RFC 7662 section 2).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::PRAGMA},
    web,
};

use super::Endpoints;
use crate::{
    http::{
        body::read_form_body,
        credentials::Presented,
        error::oauth::{OAuthError, json},
        form::Form,
    },
    oauth::introspect::{Answer, Request},
};

pub(super) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    endpoints: web::Data<Endpoints>,
) -> Result<HttpResponse, OAuthError> {
    let body = read_form_body(&req, payload, &endpoints.body).await?;
    let form = Form::parse(&body)?;
    let presented = Presented::collect(req.headers(), &form)?;
    let request = Request { client: endpoints.client(&req, &presented), token: form.get("token") };
    let mut response = json(StatusCode::OK);
    response.insert_header((PRAGMA, "no-cache"));
    Ok(match endpoints.oauth.introspect(request).await? {
        Answer::Active(description) => response.body(description.as_bytes().to_vec()),
        Answer::Inactive => response.body(r#"{"active":false}"#),
    })
}
