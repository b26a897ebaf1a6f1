//! Applications as decisions read them, and what spaces say of them. Registering them stands in
//! [`super::application_registrations`].

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
    use applications as t;
    let found = t::table
        .find(DbId::from(id))
        .select((
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
        .first::<Row>(tx.db())
        .optional()?;
    let Some(row) = found else { return Ok(None) };
    let backchannel = row.backchannel_logout_uri.as_deref();
    let backchannel =
        backchannel.map(|text| row::parsed("applications", "backchannel_logout_uri", text, RedirectUri::parse));
    Ok(Some(Application {
        id,
        space: row.space.to(),
        owner: row.owner.map(DbId::to),
        name: row::parsed("applications", "name", &row.name, Name::parse)?,
        kind: row::word("applications", "kind", &row.kind)?,
        state: row::word("applications", "state", &row.state)?,
        first_party: row.first_party,
        redirect_uris: uris(tx, id, REDIRECT)?,
        post_logout_redirect_uris: uris(tx, id, POST_LOGOUT)?,
        backchannel_logout_uri: backchannel.transpose()?,
        scopes: scopes(tx, id)?,
        resources: resources(tx, id)?,
        id_token_algorithm: row::word("applications", "id_token_algorithm", &row.id_token_algorithm)?,
        pairs: key_pairs::of_application(tx, id)?,
        cut_off: Seq::new(row.cut_off),
        redirects_since: Seq::new(row.redirects_since),
    }))
}

fn uris(tx: &mut impl Reads, id: ApplicationId, purpose: &str) -> Result<Vec<RedirectUri>, Error> {
    use application_uris as t;
    let of_purpose = t::table.filter(t::application_id.eq(DbId::from(id))).filter(t::purpose.eq(purpose));
    let uris = of_purpose.select(t::uri).order(t::uri).load::<String>(tx.db())?;
    uris.iter().map(|uri| row::parsed("application_uris", "uri", uri, RedirectUri::parse)).collect()
}

fn scopes(tx: &mut impl Reads, id: ApplicationId) -> Result<Vec<AllowedScope>, Error> {
    use application_scopes as t;
    let rows = t::table.filter(t::application_id.eq(DbId::from(id))).select((t::scope, t::required, t::since));
    let rows = rows.order(t::scope).load::<(String, bool, i64)>(tx.db())?;
    let read = |(scope, required, since): (String, bool, i64)| {
        let scope = row::user_scope("application_scopes", &scope)?;
        Ok(AllowedScope { scope, required, since: Seq::new(since) })
    };
    let mut scopes = rows.into_iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    scopes.sort_unstable_by(|one, other| one.scope.cmp(&other.scope));
    Ok(scopes)
}

fn resources(tx: &mut impl Reads, id: ApplicationId) -> Result<Vec<AllowedResource>, Error> {
    use application_resources as t;
    let rows = t::table.filter(t::application_id.eq(DbId::from(id))).select((t::audience, t::since));
    let rows = rows.order(t::audience).load::<(String, i64)>(tx.db())?;
    let read = |(audience, since): (String, i64)| {
        let audience = row::parsed("application_resources", "audience", &audience, Audience::parse)?;
        Ok(AllowedResource { audience, since: Seq::new(since) })
    };
    rows.into_iter().map(read).collect()
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
