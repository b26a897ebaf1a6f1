//! How an application is printed.

use serde_json::{Value, json};

use crate::{
    cli::{
        arguments::{or_dash, words},
        context::Context,
        credential,
        failure::Failure,
        output::fields,
    },
    domain::{application::AllowedScope, key_pair::KeyPair},
    manage::applications::ApplicationFacts,
};

/// Prints an application.
pub(super) fn show(context: &Context<'_>, facts: &ApplicationFacts) -> Result<(), Failure> {
    let ApplicationFacts { application, profile } = facts;
    context.printer.print(&as_json(facts), |out| {
        writeln!(out, "Application \"{}\"", application.name)?;
        let mut shown = vec![
            ("client id", application.id.to_string()),
            ("space", application.space.to_string()),
            ("owner", application.owner.map_or_else(|| "space".to_owned(), |owner| owner.to_string())),
            ("kind", application.kind.to_string()),
            ("state", application.state.to_string()),
            ("first-party", if application.first_party { "yes" } else { "no" }.to_owned()),
            ("redirect URIs", words(&application.redirect_uris)),
            ("after logout", words(&application.post_logout_redirect_uris)),
            ("hears of logouts at", or_dash(application.backchannel_logout_uri.as_ref())),
            ("scopes", words(scopes(&application.scopes, true))),
            ("optional scopes", words(scopes(&application.scopes, false))),
            ("resources", words(application.resources.iter().map(|allowed| &allowed.audience))),
            ("id tokens", application.id_token_algorithm.to_string()),
            ("registered", profile.created_at.to_string()),
        ];
        if !profile.description.as_str().is_empty() {
            shown.push(("for", profile.description.to_string()));
        }
        shown.extend(application.pairs.iter().map(|pair| ("pair", credential::pair_line(pair))));
        fields(out, &shown)
    })
}

fn scopes(allowed: &[AllowedScope], required: bool) -> Vec<&str> {
    allowed.iter().filter(|allowed| allowed.required == required).map(|allowed| allowed.scope.as_str()).collect()
}

/// The same for programs.
pub(in crate::cli) fn as_json(ApplicationFacts { application, profile }: &ApplicationFacts) -> Value {
    let pair = |KeyPair { public_id, hint, created_at, expires_at, .. }: &KeyPair| json!({ "public_id": public_id, "hint": hint, "created_at": created_at, "expires_at": expires_at });
    json!({
        "client_id": application.id,
        "space": application.space,
        "owner": application.owner,
        "name": application.name,
        "description": profile.description,
        "kind": application.kind,
        "state": application.state,
        "first_party": application.first_party,
        "redirect_uris": application.redirect_uris,
        "post_logout_redirect_uris": application.post_logout_redirect_uris,
        "backchannel_logout_uri": application.backchannel_logout_uri,
        "scopes": scopes(&application.scopes, true),
        "optional_scopes": scopes(&application.scopes, false),
        "resources": application.resources.iter().map(|allowed| &allowed.audience).collect::<Vec<_>>(),
        "id_token_algorithm": application.id_token_algorithm,
        "created_at": profile.created_at,
        "pairs": application.pairs.iter().map(pair).collect::<Vec<_>>(),
    })
}
