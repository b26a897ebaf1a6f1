//! `GET /oauth/verify`: the check of gateways (ruling 25). The gateway's URL says what is needed, for example
//! `/oauth/verify?workspace=1002&permission=data.write`; its credentials stand in `X-Keystead-Gateway`. The token or API key
//! that the gateway was sent stays in the header that it came in.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
    web,
};

use super::Endpoints;
use crate::{
    domain::{scope::is_scope_token, workspace::WorkspaceNumber},
    http::{
        credentials::gateway_credentials,
        error::oauth::{Challenge, OAuthError},
        form::Form,
        shown::Shown,
    },
    oauth::{
        client_authentication::PresentedClient,
        verify::{Answer, Identity, Needs, Request},
    },
};

pub(super) async fn get(req: HttpRequest, endpoints: web::Data<Endpoints>) -> Result<HttpResponse, OAuthError> {
    let shown = Shown::collect(req.headers(), req.query_string(), &endpoints.key_headers)?;
    let query = Form::parse(req.query_string().as_bytes())?;
    let gateway = gateway_credentials(req.headers());
    let request = Request {
        gateway: PresentedClient {
            credentials: gateway.as_ref().map(|basic| (basic.id(), basic.secret())),
            public_client: None,
            peer: endpoints.proxies.client_address(&req),
        },
        credential: shown.as_ref().map(Shown::credential),
        needs: needs(&query)?,
    };
    match endpoints.oauth.verify(request).await? {
        Answer::Pass(identity) => Ok(pass(&identity)),
        Answer::NoCredential => Ok(no_credential()),
        Answer::Inactive { tries } => {
            Err(OAuthError::new(StatusCode::UNAUTHORIZED, "invalid_token", "The access token or API key is not active")
                .with_challenge(Challenge::BearerInvalidToken)
                .with_quota(tries))
        }
        Answer::TooManyWrongSecrets(quota) => Err(OAuthError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "invalid_token",
            "Too many wrong secrets for this API key from this network; a right one still works",
        )
        .with_retry_after(quota.seconds())
        .with_quota(Some(quota))),
        Answer::AddressNotAllowed => Err(OAuthError::new(
            StatusCode::FORBIDDEN,
            "address_not_allowed",
            "The API key may not be used from this address",
        )),
        Answer::Insufficient => Err(OAuthError {
            needed_scope: query.get("scope").map(str::to_owned),
            ..OAuthError::new(
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "The access token or API key does not reach that far",
            )
            .with_challenge(Challenge::BearerInsufficientScope)
        }),
    }
}

/// What a gateway may ask for.
const NEEDS: [&str; 4] = ["workspace", "role", "permission", "scope"];

/// Whatever is not understood refuses the request: a misspelt name or a variable that the gateway left empty must not turn
/// into a check that is not made.
fn needs<'a>(query: &'a Form<'_>) -> Result<Needs<'a>, OAuthError> {
    if !query.names().all(|name| NEEDS.contains(&name)) {
        return Err(OAuthError::invalid_request("Only workspace, role, permission and scope can be asked for"));
    }
    if query.names().any(|name| query.get(name).is_none()) {
        return Err(OAuthError::invalid_request("What is asked for has no value; leave it out or say what is needed"));
    }
    if query.get("scope").is_some_and(|scope| !scope.split(' ').all(is_scope_token)) {
        return Err(OAuthError::invalid_request("scope is not a list of values separated by single spaces"));
    }
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

/// Who sent nothing is told what to send and blamed for nothing (RFC 6750 section 3.1, RS-01).
fn no_credential() -> HttpResponse {
    HttpResponse::Unauthorized()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((WWW_AUTHENTICATE, Challenge::Bearer.value()))
        .finish()
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
