//! `keystead application create`

use clap::Args;

use super::shown::show;
use crate::{
    cli::{
        arguments::{SpaceArgument, UserArgument},
        context::{Context, Site},
        credential,
        failure::Failure,
    },
    domain::{
        application::ApplicationKind,
        audience::Audience,
        key_pair::ExpiryPolicy,
        name::{Description, Name},
        redirect_uri::RedirectUri,
        signing_key::SigningAlgorithm,
    },
    manage::applications::{self, CreateApplication},
};

#[derive(Args)]
pub(in crate::cli) struct Create {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// As users see it
    #[arg(value_parser = Name::parse)]
    name: Name,
    /// What it is for
    #[arg(long, default_value = "", value_parser = Description::parse)]
    description: Description,
    /// `confidential` if it runs on a server and keeps a secret, `public` on the user's device or in the browser
    #[arg(long, default_value = "confidential")]
    kind: ApplicationKind,
    /// The user who registers it for himself, by login or id [default: it is the space's own]
    #[arg(long, value_name = "USER")]
    owner: Option<UserArgument>,
    /// Do not ask users of the space for their consent
    #[arg(long)]
    first_party: bool,
    /// Where users may be sent back to; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI", required = true, value_parser = RedirectUri::parse)]
    redirect_uris: Vec<RedirectUri>,
    /// Where users may be sent after they logged out; may be repeated
    #[arg(long = "post-logout-uri", value_name = "URI", value_parser = RedirectUri::parse)]
    post_logout_uris: Vec<RedirectUri>,
    /// Where it wants to hear that a session ended
    #[arg(long, value_name = "URI", value_parser = RedirectUri::parse)]
    backchannel_logout_uri: Option<RedirectUri>,
    /// A scope that users give together with the other ones; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A scope that users may leave out; may be repeated
    #[arg(long = "optional-scope", value_name = "SCOPE")]
    optional_scopes: Vec<String>,
    /// URI of an API that it may ask tokens for, besides the site's default; may be repeated
    #[arg(long = "resource", value_name = "URI", value_parser = Audience::parse)]
    resources: Vec<Audience>,
    /// Algorithm of its id tokens [default: RS256, or what the site has]
    #[arg(long, value_name = "ALGORITHM")]
    id_token_algorithm: Option<SigningAlgorithm>,
    /// When its secret expires: `90d`, `none`, or a date such as 2027-03-31
    #[arg(long, value_name = "WHEN", default_value = "none")]
    expires: ExpiryPolicy,
}

pub(super) fn run(context: &Context<'_>, site: &Site, create: Create) -> Result<(), Failure> {
    let heading = format!("Application \"{}\" is registered.", create.name);
    let (made, facts) = site.change(|change, deps, authority| {
        let input = CreateApplication {
            space: create.space.id(change, authority)?,
            owner: create.owner.map(|owner| owner.id(change, authority)).transpose()?,
            name: create.name,
            description: create.description,
            kind: create.kind,
            first_party: create.first_party,
            redirect_uris: create.redirect_uris,
            post_logout_redirect_uris: create.post_logout_uris,
            backchannel_logout_uri: create.backchannel_logout_uri,
            scopes: create.scopes,
            optional_scopes: create.optional_scopes,
            resources: create.resources,
            id_token_algorithm: create.id_token_algorithm,
            expiry: create.expires,
        };
        let made = applications::create(change, deps, authority, input)?;
        let facts = applications::show(change, authority, made.id)?;
        Ok((made, facts))
    })?;
    match made.credential {
        Some(credential) => credential::show(context, &heading, &credential),
        None => show(context, &facts),
    }
}
