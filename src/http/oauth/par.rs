//! `POST /oauth/par` (RFC 9126 section 2).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::PRAGMA},
    web,
};

use super::{Endpoints, parameters};
use crate::http::{
    body::read_form_body,
    credentials::Presented,
    error::oauth::{OAuthError, json},
    form::Form,
};

pub(super) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    endpoints: web::Data<Endpoints>,
) -> Result<HttpResponse, OAuthError> {
    let body = read_form_body(&req, payload, &endpoints.body).await?;
    let form = Form::parse(&body)?;
    let presented = Presented::collect(req.headers(), &form)?;
    let client = endpoints.client(&req, &presented);
    let pushed = endpoints.oauth.push(client, &parameters(&form)).await?;
    let mut response = json(StatusCode::CREATED);
    response.insert_header((PRAGMA, "no-cache"));
    Ok(response.body(serde_json::to_string(&pushed).unwrap_or_default()))
}
