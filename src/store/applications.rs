//! Applications as decisions read them, and what spaces say of them. Registering them stands in
//! [`super::application_registrations`].

use std::collections::HashMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};

use super::{
    error::Error,
    key_pairs, row,
    schema::{application_resources, application_scopes, application_uris, applications, space_applications},
    transaction::Reads,
    types::DbId,
};
use crate::domain::{
    application::{AllowedResource, AllowedScope, Application},
    audience::Audience,
    grant_standing::Approval,
    ids::{ApplicationId, SpaceId},
    key_pair::KeyPair,
    name::Name,
    redirect_uri::RedirectUri,
    sequence::Seq,
};

/// What `application_uris.purpose` says of places that users are sent back to with a code.
pub(super) const REDIRECT: &str = "redirect";
/// And of those that users are sent to after they logged out.
pub(super) const POST_LOGOUT: &str = "post_logout";

#[derive(Queryable)]
struct Row {
    id: DbId,
    space: DbId,
    owner: Option<DbId>,
    name: String,
    kind: String,
    state: String,
    first_party: bool,
    id_token_algorithm: String,
    backchannel_logout_uri: Option<String>,
    cut_off: i64,
    redirects_since: i64,
}

/// What decisions need to know of the application with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: ApplicationId) -> Result<Option<Application>, Error> {
    Ok(find_many(tx, &[id])?.pop())
}

/// Those of `ids` that are there, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_many(tx: &mut impl Reads, ids: &[ApplicationId]) -> Result<Vec<Application>, Error> {
    use applications as t;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = t::table
        .filter(t::id.eq_any(&ids))
        .order(t::id)
        .select((
            t::id,
            t::space_id,
            t::owner_user_id,
            t::name,
            t::kind,
            t::state,
            t::first_party,
            t::id_token_algorithm,
            t::backchannel_logout_uri,
            t::cut_off,
            t::redirects_since,
        ))
        .load::<Row>(tx.db())?;
    let mut parts = Parts {
        uris: uris(tx, &ids)?,
        scopes: scopes(tx, &ids)?,
        resources: resources(tx, &ids)?,
        pairs: key_pairs::of_applications(tx, &ids)?,
    };
    rows.iter().map(|row| read(row, &mut parts)).collect()
}

/// What stands in other tables, by application.
struct Parts {
    uris: HashMap<(DbId, String), Vec<RedirectUri>>,
    scopes: HashMap<DbId, Vec<AllowedScope>>,
    resources: HashMap<DbId, Vec<AllowedResource>>,
    pairs: HashMap<DbId, Vec<KeyPair>>,
}

fn read(row: &Row, parts: &mut Parts) -> Result<Application, Error> {
    let mut uris = |purpose: &str| parts.uris.remove(&(row.id, purpose.to_owned())).unwrap_or_default();
    let backchannel = row.backchannel_logout_uri.as_deref();
    let backchannel =
        backchannel.map(|text| row::parsed("applications", "backchannel_logout_uri", text, RedirectUri::parse));
    Ok(Application {
        id: row.id.to(),
        space: row.space.to(),
        owner: row.owner.map(DbId::to),
        name: row::parsed("applications", "name", &row.name, Name::parse)?,
        kind: row::word("applications", "kind", &row.kind)?,
        state: row::word("applications", "state", &row.state)?,
        first_party: row.first_party,
        redirect_uris: uris(REDIRECT),
        post_logout_redirect_uris: uris(POST_LOGOUT),
        backchannel_logout_uri: backchannel.transpose()?,
        scopes: parts.scopes.remove(&row.id).unwrap_or_default(),
        resources: parts.resources.remove(&row.id).unwrap_or_default(),
        id_token_algorithm: row::word("applications", "id_token_algorithm", &row.id_token_algorithm)?,
        pairs: parts.pairs.remove(&row.id).unwrap_or_default(),
        cut_off: Seq::new(row.cut_off),
        redirects_since: Seq::new(row.redirects_since),
    })
}

fn uris(tx: &mut impl Reads, ids: &[DbId]) -> Result<HashMap<(DbId, String), Vec<RedirectUri>>, Error> {
    use application_uris as t;
    let rows = t::table.filter(t::application_id.eq_any(ids)).order((t::application_id, t::purpose, t::uri));
    let mut uris: HashMap<_, Vec<_>> = HashMap::new();
    for (id, purpose, uri) in rows.load::<(DbId, String, String)>(tx.db())? {
        let uri = row::parsed("application_uris", "uri", &uri, RedirectUri::parse)?;
        uris.entry((id, purpose)).or_default().push(uri);
    }
    Ok(uris)
}

fn scopes(tx: &mut impl Reads, ids: &[DbId]) -> Result<HashMap<DbId, Vec<AllowedScope>>, Error> {
    use application_scopes as t;
    let rows = t::table.filter(t::application_id.eq_any(ids)).order((t::application_id, t::scope));
    let mut scopes: HashMap<_, Vec<AllowedScope>> = HashMap::new();
    for (id, scope, required, since) in rows.load::<(DbId, String, bool, i64)>(tx.db())? {
        let scope = row::user_scope("application_scopes", &scope)?;
        scopes.entry(id).or_default().push(AllowedScope { scope, required, since: Seq::new(since) });
    }
    for of_one in scopes.values_mut() {
        of_one.sort_unstable_by(|one, other| one.scope.cmp(&other.scope));
    }
    Ok(scopes)
}

fn resources(tx: &mut impl Reads, ids: &[DbId]) -> Result<HashMap<DbId, Vec<AllowedResource>>, Error> {
    use application_resources as t;
    let rows = t::table.filter(t::application_id.eq_any(ids)).order((t::application_id, t::audience));
    let mut resources: HashMap<_, Vec<_>> = HashMap::new();
    for (id, audience, since) in rows.load::<(DbId, String, i64)>(tx.db())? {
        let audience = row::parsed("application_resources", "audience", &audience, Audience::parse)?;
        resources.entry(id).or_default().push(AllowedResource { audience, since: Seq::new(since) });
    }
    Ok(resources)
}

/// What the space says of the application; what it never spoke of, it has not approved.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn approval(tx: &mut impl Reads, space: SpaceId, id: ApplicationId) -> Result<Approval, Error> {
    use space_applications as t;
    let said = t::table.find((DbId::from(space), DbId::from(id))).select((t::approved, t::cut_off));
    let said = said.first::<(bool, i64)>(tx.db()).optional()?;
    Ok(said.map_or_else(Approval::default, |(approved, cut_off)| Approval { approved, cut_off: Seq::new(cut_off) }))
}
