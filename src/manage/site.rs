//! Making the site and keeping its built-in roles as the program knows them.

use serde_json::json;

use super::{
    audit,
    authority::require,
    deps::Deps,
    error::{Error, taken},
    find, resource_servers,
    signing_keys::NewSigningKey,
};
use crate::{
    config::Issuer,
    crypto::keyed_hash::Pepper,
    domain::{
        audience::Audience,
        audit_detail,
        authority::{Area, Authority},
        permission::SITE_MANAGE,
        signing_key::{SigningAlgorithm, SigningKeyState},
        time::Timestamp,
    },
    store::{self, Change, Store, signing_keys::SealedPepper, site::SiteRow, transaction::Reads},
};

/// A site to be made.
#[derive(Debug, Clone)]
pub struct InitInput {
    /// Names the site for ever.
    pub issuer: Issuer,
    /// Whether its data folder may lie in a source tree and its issuer may change.
    pub development: bool,
    /// Audience of tokens whose request names no resource.
    pub default_audience: Audience,
    /// Algorithms that the site holds a signing key for.
    pub algorithms: Vec<SigningAlgorithm>,
}

/// Makes the signing keys, and then the site in one change.
///
/// # Errors
/// `already_initialized`, `reserved_audience`, `signing_key`.
pub fn init(store: &Store, deps: &Deps, authority: &Authority, input: InitInput) -> Result<(), Error> {
    if let Some(row) = store.snapshot(|tx| store::site::find_row(tx))? {
        return Err(Error::AlreadyInitialized { issuer: row.issuer });
    }
    let keys = generate_keys(deps, &input.algorithms, store.now()?)?;
    store.change(|change| make(change, deps, authority, input, keys))
}

/// One key for each algorithm, made side by side.
///
/// # Errors
/// `signing_key`, `no_randomness`.
pub fn generate_keys(deps: &Deps, algorithms: &[SigningAlgorithm], at: Timestamp) -> Result<Vec<NewSigningKey>, Error> {
    std::thread::scope(|scope| {
        let making: Vec<_> = algorithms
            .iter()
            .map(|algorithm| scope.spawn(move || NewSigningKey::generate(deps, *algorithm, at)))
            .collect();
        let ended = |made: std::thread::ScopedJoinHandle<'_, _>| {
            made.join()
                .unwrap_or_else(|_| Err(store::Error::Unavailable("making a key was abandoned".to_owned()).into()))
        };
        making.into_iter().map(ended).collect()
    })
}

/// Makes the site with these signing keys, which sign from now on, inside a change that may hold more.
///
/// # Errors
/// `already_initialized`, `reserved_audience`.
pub fn make(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: InitInput,
    keys: Vec<NewSigningKey>,
) -> Result<(), Error> {
    let InitInput { issuer, development, default_audience, algorithms: _ } = input;
    resource_servers::refuse_reserved(issuer.as_str(), &default_audience)?;
    if let Some(row) = store::site::find_row(change)? {
        return Err(Error::AlreadyInitialized { issuer: row.issuer });
    }
    let row = SiteRow { issuer: issuer.into(), development, default_audience, service_admins_allowed: false };
    taken(store::site::insert(change, &row), || Error::AlreadyInitialized { issuer: row.issuer.clone() })?;
    store::roles::write_built_in(change)?;
    let pepper = Pepper::generate(change.new_id())?;
    let sealed = SealedPepper { id: pepper.id(), sealed: pepper.seal(&deps.master)? };
    store::signing_keys::insert_pepper(change, &sealed)?;
    let mut kids = Vec::new();
    for key in keys {
        kids.push(key.insert(change, SigningKeyState::Active)?);
    }
    let detail = json!({
        "issuer": row.issuer, "development": row.development, "default_audience": row.default_audience, "signing_keys": kids,
    });
    Ok(audit::write(change, authority, "site.init", "site", None, detail)?)
}

/// Writes the built-in roles of this program into a site that an older one made. A database without site is left alone.
///
/// # Errors
/// Those of the database.
pub fn sync_built_ins(change: &mut Change<'_>) -> Result<(), Error> {
    if store::site::find_row(change)?.is_some() {
        store::roles::write_built_in(change)?;
    }
    Ok(())
}

/// Gives a development site another issuer, such as another port; all tokens die.
///
/// # Errors
/// `not_initialized`, `issuer_is_fixed`.
pub fn move_issuer(change: &mut Change<'_>, _: &Deps, authority: &Authority, issuer: &Issuer) -> Result<(), Error> {
    let row = find::site(change)?;
    if !row.development {
        return Err(Error::IssuerIsFixed);
    }
    if row.issuer == issuer.as_str() {
        return Ok(());
    }
    resource_servers::refuse_reserved(issuer.as_str(), &row.default_audience)?;
    store::site::set_issuer(change, issuer.as_str())?;
    let detail = json!({ "issuer": { "from": row.issuer, "to": issuer } });
    Ok(audit::write(change, authority, "site.move_issuer", "site", None, detail)?)
}

/// What is to change of the site; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct EditSite {
    /// Audience of tokens whose request names no resource.
    pub default_audience: Option<Audience>,
    /// Whether service accounts may hold roles of the administrators' class (C18).
    pub service_admins_allowed: Option<bool>,
}

/// Edits the site.
///
/// # Errors
/// `missing_permission`, `reserved_audience`.
pub fn edit(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: EditSite) -> Result<(), Error> {
    let before = show(change, authority)?;
    let after = SiteRow {
        default_audience: input.default_audience.unwrap_or_else(|| before.default_audience.clone()),
        service_admins_allowed: input.service_admins_allowed.unwrap_or(before.service_admins_allowed),
        ..before.clone()
    };
    resource_servers::refuse_reserved(&after.issuer, &after.default_audience)?;
    store::site::save(change, &after)?;
    let settings = |site: &SiteRow| {
        json!({
            "default_audience": site.default_audience, "service_admins_allowed": site.service_admins_allowed,
        })
    };
    let detail = audit_detail::changed(&settings(&before), &settings(&after));
    Ok(audit::write(change, authority, "site.edit", "site", None, detail)?)
}

/// The site, for those who run it.
///
/// # Errors
/// `missing_permission`.
pub fn show(tx: &mut impl Reads, authority: &Authority) -> Result<SiteRow, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    find::site(tx)
}
