//! `POST /oauth/revoke` (RFC 7009 section 2).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::Endpoints;
use crate::{
    http::{
        body::read_form_body,
        credentials::Presented,
        error::oauth::{OAuthError, json},
        form::Form,
    },
    oauth::revoke::Request,
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
    endpoints.oauth.revoke(request).await?;
    Ok(json(StatusCode::OK).body("{}"))
}
