//! The demo's application: the one that shows a "Log in with" button.

use super::{credentials::ApplicationCredential, site::name};
use crate::{
    cli::failure::Failure,
    domain::{
        application::ApplicationKind,
        authority::Authority,
        ids::{ApplicationId, SpaceId},
        key_pair::ExpiryPolicy,
        name::Description,
        redirect_uri::RedirectUri,
    },
    manage::{
        Deps,
        applications::{self, CreateApplication, EditApplication},
    },
    store::Change,
};

/// Where the example application of the documentation listens.
const REDIRECT_URI: &str = "http://127.0.0.1:8090/callback";
/// What it may ask for (ruling 37).
const SCOPES: [&str; 2] = ["openid", "offline_access"];

/// What was asked for, or the usual place.
pub(super) fn redirect_uri(asked: Option<&RedirectUri>) -> Result<RedirectUri, Failure> {
    match asked {
        Some(uri) => Ok(uri.clone()),
        None => {
            RedirectUri::parse(REDIRECT_URI).map_err(|error| Failure::new("invalid_redirect_uri", error.to_string()))
        }
    }
}

/// Registers it.
pub(super) fn make(
    change: &mut Change<'_>,
    deps: &Deps,
    space: SpaceId,
    redirect_uri: &RedirectUri,
) -> Result<ApplicationCredential, Failure> {
    let input = CreateApplication {
        space,
        owner: None,
        name: name("Demo application")?,
        description: Description::default(),
        kind: ApplicationKind::Confidential,
        first_party: false,
        redirect_uris: vec![redirect_uri.clone()],
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        scopes: SCOPES.map(str::to_owned).to_vec(),
        optional_scopes: Vec::new(),
        resources: Vec::new(),
        id_token_algorithm: None,
        expiry: ExpiryPolicy::Never,
    };
    let made = applications::create(change, deps, &Authority::OPERATOR, input)?;
    let secret = made.credential.map(|made| made.secret.expose().to_owned());
    Ok(ApplicationCredential {
        client_id: made.id.to_string(),
        client_secret: secret.unwrap_or_default(),
        redirect_uri: redirect_uri.to_string(),
    })
}

/// Sends its users to another place from now on.
pub(super) fn move_to(
    change: &mut Change<'_>,
    deps: &Deps,
    credential: &mut ApplicationCredential,
    redirect_uri: &RedirectUri,
) -> Result<(), Failure> {
    let id: ApplicationId =
        credential.client_id.parse().map_err(|error| Failure::new("demo_file", format!("demo.json: {error}")))?;
    let input = EditApplication { redirect_uris: Some(vec![redirect_uri.clone()]), ..EditApplication::of(id) };
    applications::edit(change, deps, &Authority::OPERATOR, input)?;
    credential.redirect_uri = redirect_uri.to_string();
    Ok(())
}
