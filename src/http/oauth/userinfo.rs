//! `GET` and `POST /oauth/userinfo` (OpenID Connect Core section 5.3, RFC 6750).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{Endpoints, ok};
use crate::{
    http::{
        body::read_form_body,
        credentials::bearer_token,
        error::oauth::{Challenge, OAuthError},
        form::Form,
    },
    oauth::userinfo::NoUserInfo,
};

pub(super) async fn get(req: HttpRequest, endpoints: web::Data<Endpoints>) -> Result<HttpResponse, OAuthError> {
    let token = bearer_token(req.headers(), req.query_string())?;
    answer(&req, token, &endpoints).await
}

/// The token may stand in the form instead of the header, and in one of them alone (RFC 6750 section 2.2, RS-04).
pub(super) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    endpoints: web::Data<Endpoints>,
) -> Result<HttpResponse, OAuthError> {
    let in_header = bearer_token(req.headers(), req.query_string())?;
    if req.headers().get(actix_web::http::header::CONTENT_TYPE).is_none() {
        return answer(&req, in_header, &endpoints).await;
    }
    let body = read_form_body(&req, payload, &endpoints.body).await?;
    let form = Form::parse(&body)?;
    match (in_header, form.get("access_token")) {
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("There is more than one access token; send one")
            .with_challenge(Challenge::BearerInvalidRequest)),
        (token, None) | (None, token) => answer(&req, token, &endpoints).await,
    }
}

async fn answer(req: &HttpRequest, token: Option<&str>, endpoints: &Endpoints) -> Result<HttpResponse, OAuthError> {
    let Some(token) = token else {
        return Err(OAuthError::new(StatusCode::UNAUTHORIZED, "invalid_request", "No access token was sent")
            .with_challenge(Challenge::Bearer));
    };
    match endpoints.oauth.userinfo(token, endpoints.proxies.client_address(req)).await? {
        Ok(info) => Ok(ok(&info)),
        Err(reason @ NoUserInfo::Inactive) => {
            Err(OAuthError::new(StatusCode::UNAUTHORIZED, reason.code(), "The access token is not active")
                .with_challenge(Challenge::BearerInvalidToken))
        }
        Err(reason @ NoUserInfo::NotForThis) => Err(OAuthError {
            needed_scope: Some("openid".to_owned()),
            ..OAuthError::new(
                StatusCode::FORBIDDEN,
                reason.code(),
                "The access token was not made to say who its user is",
            )
            .with_challenge(Challenge::BearerInsufficientScope)
        }),
    }
}
