//! What an application may be registered with.

use crate::{
    config::issuer::{Issuer, api_audience},
    domain::{
        application::{AllowedResource, AllowedScope, ApplicationKind},
        audience::Audience,
        redirect_uri::{InvalidRedirectUri, RedirectPlace, RedirectUri},
        sequence::Seq,
        signing_key::SigningAlgorithm,
        text_enum::TextEnum,
        user_scope::{IdentityScope, UserScope, UserScopes},
    },
    manage::{Error, find},
    store::{self, transaction::Reads},
};

/// How many URIs of one purpose an application may have.
const MOST_URIS: usize = 20;
/// How many APIs it may ask tokens for.
const MOST_RESOURCES: usize = 20;

/// Each place to send users back to once: at least one.
pub(super) fn redirect_uris(kind: ApplicationKind, uris: Vec<RedirectUri>) -> Result<Vec<RedirectUri>, Error> {
    if uris.is_empty() {
        return Err(Error::RedirectUriRequired);
    }
    places(kind, uris, "redirect URIs")
}

/// Each place to send users to after they logged out once.
pub(super) fn post_logout_redirect_uris(
    kind: ApplicationKind,
    uris: Vec<RedirectUri>,
) -> Result<Vec<RedirectUri>, Error> {
    places(kind, uris, "URIs for after the logout")
}

fn places(kind: ApplicationKind, mut uris: Vec<RedirectUri>, what: &'static str) -> Result<Vec<RedirectUri>, Error> {
    uris.sort_unstable();
    uris.dedup();
    if uris.len() > MOST_URIS {
        return Err(Error::TooMany { what, most: MOST_URIS });
    }
    // A private scheme leads to a program on the user's device, which keeps no secret.
    let is_foreign =
        |uri: &&RedirectUri| kind == ApplicationKind::Confidential && uri.place() == RedirectPlace::PrivateScheme;
    match uris.iter().find(is_foreign) {
        None => Ok(uris),
        Some(uri) => {
            let reason = "a private scheme is for public applications; use https";
            Err(InvalidRedirectUri { uri: uri.as_str().to_owned(), reason }.into())
        }
    }
}

/// Where Keystead itself will call: a web site, or this machine if the whole site runs on it alone (H9).
pub(super) fn backchannel_logout_uri(tx: &mut impl Reads, uri: RedirectUri) -> Result<RedirectUri, Error> {
    let reason = match uri.place() {
        RedirectPlace::Web => return Ok(uri),
        RedirectPlace::Loopback => {
            let issuer = find::site(tx)?.issuer;
            if Issuer::parse(&issuer).is_ok_and(|issuer| issuer.is_loopback()) {
                return Ok(uri);
            }
            "Keystead calls programs on its own machine only if its issuer is there, too; use https"
        }
        RedirectPlace::PrivateScheme => "Keystead calls it over https",
    };
    Err(InvalidRedirectUri { uri: uri.as_str().to_owned(), reason }.into())
}

/// The scopes that an application may ask for. Those that it had keep the change from which on it has them.
pub(super) fn scopes(
    tx: &mut impl Reads,
    required: &[String],
    optional: &[String],
    before: &[AllowedScope],
    seq: Seq,
) -> Result<Vec<AllowedScope>, Error> {
    let registered = store::scopes::all(tx)?;
    let known = |value: &String| match UserScope::parse(value) {
        Some(UserScope::Registered(name)) if registered.iter().all(|scope| scope.name != name) => None,
        scope => scope,
    };
    let all = |values: &[String]| {
        let scopes = values.iter().map(|value| known(value).ok_or_else(|| Error::UnknownScope(value.clone())));
        Ok::<UserScopes, Error>(scopes.collect::<Result<Vec<_>, _>>()?.into_iter().collect())
    };
    let (required, optional) = (all(required)?, all(optional)?);
    if let Some(twice) = required.iter().find(|scope| optional.contains(scope)) {
        return Err(Error::ScopeGivenTwice(twice.to_string()));
    }
    if optional.has(IdentityScope::OpenId) {
        return Err(Error::OpenIdNotOptional);
    }
    let since = |scope: &UserScope| before.iter().find(|known| known.scope == *scope).map_or(seq, |known| known.since);
    let with = |scopes: &UserScopes, required| {
        let allowed = scopes.iter().map(|scope| AllowedScope { scope: scope.clone(), required, since: since(scope) });
        allowed.collect::<Vec<_>>()
    };
    let mut scopes = [with(&required, true), with(&optional, false)].concat();
    scopes.sort_unstable_by(|one, other| one.scope.cmp(&other.scope));
    if scopes.is_empty() { Err(Error::ScopeRequired) } else { Ok(scopes) }
}

/// The APIs that it may ask tokens for: those of the site's resource servers, and Keystead's own. Those that it had keep the
/// change from which on it has them.
pub(super) fn resources(
    tx: &mut impl Reads,
    mut audiences: Vec<Audience>,
    before: &[AllowedResource],
    seq: Seq,
) -> Result<Vec<AllowedResource>, Error> {
    audiences.sort_unstable();
    audiences.dedup();
    if audiences.len() > MOST_RESOURCES {
        return Err(Error::TooMany { what: "resources", most: MOST_RESOURCES });
    }
    let own = api_audience(&find::site(tx)?.issuer);
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    let is_known = |audience: &Audience| {
        audience.as_str() == own || *audience == site.default_audience || site.knows(audience.as_str())
    };
    audiences
        .into_iter()
        .map(|audience| {
            if !is_known(&audience) {
                return Err(Error::UnknownAudience(audience.to_string()));
            }
            let known = before.iter().find(|known| known.audience == audience);
            Ok(AllowedResource { since: known.map_or(seq, |known| known.since), audience })
        })
        .collect()
}

/// What id tokens are signed with: what was asked for, if the site has a key for it, else RS256, which every client knows
/// (OpenID Connect Discovery section 3), or what there is.
pub(super) fn id_token_algorithm(
    tx: &mut impl Reads,
    asked: Option<SigningAlgorithm>,
) -> Result<SigningAlgorithm, Error> {
    let keys = store::signing_keys::all(tx)?;
    let has_key = |algorithm: &SigningAlgorithm| {
        keys.iter().any(|key| key.facts.algorithm == *algorithm && key.facts.state.is_published())
    };
    match asked {
        Some(algorithm) if has_key(&algorithm) => Ok(algorithm),
        Some(algorithm) => Err(Error::AlgorithmWithoutKey(algorithm)),
        None => {
            let usual = SigningAlgorithm::Rs256;
            let mut all = std::iter::once(usual).chain(SigningAlgorithm::ALL.iter().copied());
            Ok(all.find(has_key).unwrap_or(usual))
        }
    }
}
