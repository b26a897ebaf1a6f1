//! The one row of the installation, and its audiences.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, insert_into, update};

use super::{
    error::Error,
    imported_clients, row,
    schema::{audiences, site},
    scopes,
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    audience::Audience,
    change::Subject,
    sequence::Seq,
    site::{ServedAudience, Site},
};

/// What a site is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRow {
    /// The issuer, byte for byte; tokens of another one are not ours.
    pub issuer: String,
    /// A development site may keep its keys inside a source tree.
    pub development: bool,
    /// Audience of tokens whose request named no resource.
    pub default_audience: Audience,
    /// Whether service accounts may hold roles of the administrators' class (C18).
    pub service_admins_allowed: bool,
}

/// The site as it was made, or nothing if there is none yet.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_row(tx: &mut impl Reads) -> Result<Option<SiteRow>, Error> {
    let found = site::table
        .select((site::issuer, site::development, site::default_audience, site::service_admins_allowed))
        .first::<(String, bool, String, bool)>(tx.db())
        .optional()?;
    found
        .map(|(issuer, development, default_audience, service_admins_allowed)| {
            let default_audience = row::parsed("site", "default_audience", &default_audience, Audience::parse)?;
            Ok(SiteRow { issuer, development, default_audience, service_admins_allowed })
        })
        .transpose()
}

/// What decisions need to know of the site.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads) -> Result<Option<Site>, Error> {
    let found =
        site::table.select((site::default_audience, site::cut_off)).first::<(String, i64)>(tx.db()).optional()?;
    let Some((default_audience, cut_off)) = found else { return Ok(None) };
    let rows = audiences::table
        .select((audiences::audience, audiences::resource_server_id, audiences::since))
        .order(audiences::audience)
        .load::<(String, DbId, i64)>(tx.db())?;
    let audience = |text: &str| row::parsed("audiences", "audience", text, Audience::parse);
    Ok(Some(Site {
        default_audience: audience(&default_audience)?,
        cut_off: Seq::new(cut_off),
        scopes: scopes::all(tx)?,
        has_imported_clients: imported_clients::exist(tx)?,
        audiences: rows
            .iter()
            .map(|(text, id, since)| {
                Ok(ServedAudience { audience: audience(text)?, resource_server: id.to(), since: Seq::new(*since) })
            })
            .collect::<Result<_, Error>>()?,
    }))
}

/// Gives the site another issuer; every token made before is foreign from then on.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn set_issuer(change: &mut Change<'_>, issuer: &str) -> Result<(), Error> {
    update(site::table.find(1))
        .set((site::issuer.eq(issuer), site::cut_off.eq(change.seq().get())))
        .execute(change.db)?;
    change.touch(Subject::Site)
}

/// Makes the site.
///
/// # Errors
/// [`Error::Duplicate`] if there is one.
pub fn insert(change: &mut Change<'_>, row: &SiteRow) -> Result<(), Error> {
    insert_into(site::table)
        .values((
            site::id.eq(1),
            site::issuer.eq(&row.issuer),
            site::development.eq(row.development),
            site::default_audience.eq(row.default_audience.as_str()),
            site::cut_off.eq(0),
            site::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::Site)
}

/// Writes what may change of a site apart from its issuer.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn save(change: &mut Change<'_>, row: &SiteRow) -> Result<(), Error> {
    update(site::table.find(1))
        .set((
            site::default_audience.eq(row.default_audience.as_str()),
            site::service_admins_allowed.eq(row.service_admins_allowed),
        ))
        .execute(change.db)?;
    change.touch(Subject::Site)
}
