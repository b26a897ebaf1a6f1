//! `keystead application edit`

use clap::{ArgGroup, Args};

use super::shown::show;
use crate::{
    cli::{
        arguments::Switch,
        context::{Context, Site},
        failure::Failure,
    },
    domain::{
        audience::Audience,
        ids::ApplicationId,
        name::{Description, Name},
        redirect_uri::RedirectUri,
        signing_key::SigningAlgorithm,
    },
    manage::applications::{self, EditApplication},
};

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args([
    "name", "description", "first_party", "redirect_uris", "post_logout_uris", "no_post_logout_uri",
    "backchannel_logout_uri", "no_backchannel_logout_uri", "scopes", "optional_scopes", "no_optional_scope", "resources",
    "no_resource", "id_token_algorithm",
]))]
pub(in crate::cli) struct Edit {
    /// Client id of the application
    #[arg(value_name = "CLIENT_ID")]
    id: ApplicationId,
    /// As users see it
    #[arg(long, value_parser = Name::parse)]
    name: Option<Name>,
    /// What it is for
    #[arg(long, value_parser = Description::parse)]
    description: Option<Description>,
    /// Whether users of its space are not asked for their consent
    #[arg(long, value_name = "SWITCH")]
    first_party: Option<Switch>,
    /// Where users may be sent back to, in place of those there are; a new one makes users consent again; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI", value_parser = RedirectUri::parse)]
    redirect_uris: Vec<RedirectUri>,
    /// Where users may be sent after they logged out, in place of those there are; may be repeated
    #[arg(long = "post-logout-uri", value_name = "URI", value_parser = RedirectUri::parse)]
    post_logout_uris: Vec<RedirectUri>,
    /// Send users nowhere after they logged out
    #[arg(long, conflicts_with = "post_logout_uris")]
    no_post_logout_uri: bool,
    /// Where it wants to hear that a session ended
    #[arg(long, value_name = "URI", value_parser = RedirectUri::parse)]
    backchannel_logout_uri: Option<RedirectUri>,
    /// Tell it no more that a session ended
    #[arg(long, conflicts_with = "backchannel_logout_uri")]
    no_backchannel_logout_uri: bool,
    /// A scope that users give together with the other ones, in place of those there are; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A scope that users may leave out, in place of those there are; may be repeated
    #[arg(long = "optional-scope", value_name = "SCOPE")]
    optional_scopes: Vec<String>,
    /// Let users leave out no scope
    #[arg(long, conflicts_with = "optional_scopes")]
    no_optional_scope: bool,
    /// URI of an API that it may ask tokens for, in place of those there are; may be repeated
    #[arg(long = "resource", value_name = "URI", value_parser = Audience::parse)]
    resources: Vec<Audience>,
    /// Let it ask for tokens for the site's default API only
    #[arg(long, conflicts_with = "resources")]
    no_resource: bool,
    /// Algorithm of its id tokens
    #[arg(long, value_name = "ALGORITHM")]
    id_token_algorithm: Option<SigningAlgorithm>,
}

/// All of them, if some were given or none are wanted.
fn all<T>(given: Vec<T>, none: bool) -> Option<Vec<T>> {
    (none || !given.is_empty()).then_some(given)
}

pub(super) fn run(context: &Context<'_>, site: &Site, edit: Edit) -> Result<(), Failure> {
    let id = edit.id;
    let backchannel = edit.backchannel_logout_uri.map(Some).or(edit.no_backchannel_logout_uri.then_some(None));
    let input = EditApplication {
        id,
        name: edit.name,
        description: edit.description,
        first_party: edit.first_party.map(bool::from),
        redirect_uris: all(edit.redirect_uris, false),
        post_logout_redirect_uris: all(edit.post_logout_uris, edit.no_post_logout_uri),
        backchannel_logout_uri: backchannel,
        scopes: all(edit.scopes, false),
        optional_scopes: all(edit.optional_scopes, edit.no_optional_scope),
        resources: all(edit.resources, edit.no_resource),
        id_token_algorithm: edit.id_token_algorithm,
    };
    let facts = site.change(|change, deps, authority| {
        applications::edit(change, deps, authority, input)?;
        applications::show(change, authority, id)
    })?;
    show(context, &facts)
}
