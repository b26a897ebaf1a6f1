//! `POST /oauth/token` (RFC 6749 section 3.2).

use actix_web::{HttpRequest, HttpResponse, web};

use super::{Endpoints, ok};
use crate::{
    http::{body::read_form_body, credentials::Presented, error::oauth::OAuthError, form::Form},
    oauth::token::Request,
};

pub(super) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    endpoints: web::Data<Endpoints>,
) -> Result<HttpResponse, OAuthError> {
    let body = read_form_body(&req, payload, &endpoints.body).await?;
    let form = Form::parse(&body)?;
    let presented = Presented::collect(req.headers(), &form)?;
    // A client that needs no secret still has to say who it is (RFC 6749 sections 3.2.1 and 4.1.3).
    let of_users = matches!(form.get("grant_type"), Some("authorization_code" | "refresh_token"));
    if of_users && matches!(presented, Presented::None) {
        return Err(OAuthError::invalid_request("The parameter client_id is missing"));
    }
    let request = Request {
        client: endpoints.client(&req, &presented),
        grant_type: form.get("grant_type"),
        scope: form.get("scope"),
        resources: form.all("resource").collect(),
        code: form.get("code"),
        redirect_uri: form.get("redirect_uri"),
        code_verifier: form.get("code_verifier"),
        refresh_token: form.get("refresh_token"),
    };
    Ok(ok(&endpoints.oauth.token(request).await?))
}
