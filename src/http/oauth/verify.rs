//! `GET /oauth/verify`: the check of gateways (ruling 25). The gateway's URL says what is needed, for example
//! `/oauth/verify?workspace=1002&permission=data.write`; its credentials stand in `X-Keystead-Gateway`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::CACHE_CONTROL},
    web,
};

use super::Endpoints;
use crate::{
    domain::workspace::WorkspaceNumber,
    http::{
        credentials::{bearer_token, gateway_credentials},
        error::oauth::{Challenge, OAuthError},
        form::Form,
    },
    oauth::{
        client_authentication::PresentedClient,
        verify::{Answer, Identity, Needs, Request},
    },
};

pub(super) async fn get(req: HttpRequest, endpoints: web::Data<Endpoints>) -> Result<HttpResponse, OAuthError> {
    let token = bearer_token(req.headers(), req.query_string())?;
    let query = Form::parse(req.query_string().as_bytes())?;
    let gateway = gateway_credentials(req.headers());
    let request = Request {
        gateway: PresentedClient {
            credentials: gateway.as_ref().map(|basic| (basic.id(), basic.secret())),
            peer: endpoints.proxies.client_address(&req),
        },
        token,
        needs: needs(&query)?,
    };
    match endpoints.oauth.verify(request).await? {
        Answer::Pass(identity) => Ok(pass(&identity)),
        Answer::NoToken => {
            Err(bearer_challenge(StatusCode::UNAUTHORIZED, Challenge::Bearer, "No access token was sent"))
        }
        Answer::Inactive => Err(bearer_challenge(
            StatusCode::UNAUTHORIZED,
            Challenge::BearerInvalidToken,
            "The access token is not active",
        )),
        Answer::Insufficient => Err(bearer_challenge(
            StatusCode::FORBIDDEN,
            Challenge::BearerInsufficientScope,
            "The access token does not reach that far",
        )),
    }
}

fn needs<'a>(query: &'a Form<'_>) -> Result<Needs<'a>, OAuthError> {
    let workspace = query.get("workspace").map(|text| {
        WorkspaceNumber::parse(text)
            .ok_or_else(|| OAuthError::invalid_request("workspace is not the number of a workspace"))
    });
    Ok(Needs {
        workspace: workspace.transpose()?,
        role: query.get("role"),
        permission: query.get("permission"),
        scope: query.get("scope"),
    })
}

fn pass(identity: &Identity) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Keystead-Subject", identity.subject.as_str()))
        .insert_header(("X-Keystead-Client", identity.client.as_str()))
        .insert_header(("X-Keystead-Space", identity.space.as_str()))
        .insert_header(("X-Keystead-Scope", identity.scope.as_str()))
        .insert_header(("X-Keystead-Roles", identity.roles.as_str()))
        .insert_header(("X-Keystead-Permissions", identity.permissions.as_str()))
        .finish()
}

fn bearer_challenge(status: StatusCode, challenge: Challenge, description: &'static str) -> OAuthError {
    let code = match challenge {
        Challenge::BearerInsufficientScope => "insufficient_scope",
        _ => "invalid_token",
    };
    OAuthError::new(status, code, description).with_challenge(challenge)
}
