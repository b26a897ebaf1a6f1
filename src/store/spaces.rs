//! Spaces.

use std::{collections::HashMap, time::Duration};

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, delete, insert_into, update};

use super::{
    error::Error,
    row,
    schema::{space_email_domains, spaces},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    email::EmailDomain,
    ids::SpaceId,
    name::Name,
    page::{Page, PageRequest},
    sequence::Seq,
    space::Space,
    text_enum::TextEnum,
};

/// A row of the table, in the order of its columns.
#[expect(clippy::struct_excessive_bools, reason = "the table has these columns")]
#[derive(Queryable)]
struct Row {
    id: DbId,
    name: String,
    kind: String,
    state: String,
    api_keys_supported: bool,
    api_keys_enabled: bool,
    token_life_seconds: Option<i64>,
    cut_off: i64,
    keys_cut_off: i64,
    _created_at: i64,
    key_creation_restricted: bool,
    sso_enabled: bool,
    password_life_seconds: Option<i64>,
    pair_life_seconds: Option<i64>,
    application_policy: String,
    revoke_leaked_keys: bool,
}

/// The space with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: SpaceId) -> Result<Option<Space>, Error> {
    spaces::table.find(DbId::from(id)).first::<Row>(tx.db()).optional()?.map(|row| read(&row)).transpose()
}

/// Those of `ids` that are there, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_many(tx: &mut impl Reads, ids: &[SpaceId]) -> Result<Vec<Space>, Error> {
    let wanted: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = spaces::table.filter(spaces::id.eq_any(wanted)).order(spaces::id).load::<Row>(tx.db())?;
    rows.iter().map(read).collect()
}

/// The space with this name.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_by_name(tx: &mut impl Reads, name: &Name) -> Result<Option<Space>, Error> {
    let found = spaces::table.filter(spaces::name.eq(name.as_str())).first::<Row>(tx.db()).optional()?;
    found.map(|row| read(&row)).transpose()
}

/// All spaces, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn all(tx: &mut impl Reads) -> Result<Vec<Space>, Error> {
    spaces::table.order(spaces::id).load::<Row>(tx.db())?.into_iter().map(|row| read(&row)).collect()
}

/// A page of the spaces among `visible`, or of all, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn page(
    tx: &mut impl Reads,
    visible: Option<&[SpaceId]>,
    request: PageRequest<SpaceId>,
) -> Result<Page<Space, SpaceId>, Error> {
    let mut query = spaces::table.order(spaces::id).limit(request.rows()).into_boxed();
    if let Some(visible) = visible {
        query = query.filter(spaces::id.eq_any(visible.iter().copied().map(DbId::from).collect::<Vec<_>>()));
    }
    if let Some(after) = request.after {
        query = query.filter(spaces::id.gt(DbId::from(after)));
    }
    let found = query.load::<Row>(tx.db())?.into_iter().map(|row| read(&row)).collect::<Result<Vec<_>, _>>()?;
    Ok(request.page(found, |space| space.id))
}

fn read(row: &Row) -> Result<Space, Error> {
    Ok(Space {
        id: row.id.to(),
        name: row::parsed("spaces", "name", &row.name, Name::parse)?,
        kind: row::word("spaces", "kind", &row.kind)?,
        state: row::word("spaces", "state", &row.state)?,
        api_keys_supported: row.api_keys_supported,
        api_keys_enabled: row.api_keys_enabled,
        key_creation_restricted: row.key_creation_restricted,
        token_life: row::seconds(row.token_life_seconds),
        pair_life: row::seconds(row.pair_life_seconds),
        sso_enabled: row.sso_enabled,
        password_life: row::seconds(row.password_life_seconds),
        application_policy: row::word("spaces", "application_policy", &row.application_policy)?,
        revoke_leaked_keys: row.revoke_leaked_keys,
        cut_off: Seq::new(row.cut_off),
        keys_cut_off: Seq::new(row.keys_cut_off),
    })
}

/// Makes a space.
///
/// # Errors
/// [`Error::Duplicate`] if the name is taken.
pub fn insert(change: &mut Change<'_>, space: &Space) -> Result<(), Error> {
    insert_into(spaces::table)
        .values((
            spaces::id.eq(DbId::from(space.id)),
            spaces::name.eq(space.name.as_str()),
            spaces::kind.eq(space.kind.as_str()),
            spaces::state.eq(space.state.as_str()),
            spaces::api_keys_supported.eq(space.api_keys_supported),
            spaces::api_keys_enabled.eq(space.api_keys_enabled),
            spaces::key_creation_restricted.eq(space.key_creation_restricted),
            spaces::token_life_seconds.eq(whole_seconds(space.token_life)),
            spaces::pair_life_seconds.eq(whole_seconds(space.pair_life)),
            spaces::sso_enabled.eq(space.sso_enabled),
            spaces::password_life_seconds.eq(whole_seconds(space.password_life)),
            spaces::application_policy.eq(space.application_policy.as_str()),
            spaces::revoke_leaked_keys.eq(space.revoke_leaked_keys),
            spaces::cut_off.eq(space.cut_off.get()),
            spaces::keys_cut_off.eq(space.keys_cut_off.get()),
            spaces::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::Space(space.id))
}

/// Writes everything of a space that may change: changes run one by one, so what was read is what is there.
///
/// # Errors
/// [`Error::Duplicate`] if the name is taken.
pub fn save(change: &mut Change<'_>, space: &Space) -> Result<(), Error> {
    update(spaces::table.find(DbId::from(space.id)))
        .set((
            spaces::name.eq(space.name.as_str()),
            spaces::state.eq(space.state.as_str()),
            spaces::api_keys_supported.eq(space.api_keys_supported),
            spaces::api_keys_enabled.eq(space.api_keys_enabled),
            spaces::key_creation_restricted.eq(space.key_creation_restricted),
            spaces::token_life_seconds.eq(whole_seconds(space.token_life)),
            spaces::pair_life_seconds.eq(whole_seconds(space.pair_life)),
            spaces::sso_enabled.eq(space.sso_enabled),
            spaces::password_life_seconds.eq(whole_seconds(space.password_life)),
            spaces::application_policy.eq(space.application_policy.as_str()),
            spaces::revoke_leaked_keys.eq(space.revoke_leaked_keys),
            spaces::cut_off.eq(space.cut_off.get()),
            spaces::keys_cut_off.eq(space.keys_cut_off.get()),
        ))
        .execute(change.db)?;
    change.touch(Subject::Space(space.id))
}

fn whole_seconds(life: Option<Duration>) -> Option<i64> {
    life.and_then(|life| i64::try_from(life.as_secs()).ok())
}

/// Domains in which the addresses of the space's service accounts must lie; none means any (L142).
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn email_domains(tx: &mut impl Reads, id: SpaceId) -> Result<Vec<EmailDomain>, Error> {
    Ok(email_domains_of_many(tx, &[id])?.remove(&id).unwrap_or_default())
}

/// The same for these spaces; those without are left out.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn email_domains_of_many(
    tx: &mut impl Reads,
    ids: &[SpaceId],
) -> Result<HashMap<SpaceId, Vec<EmailDomain>>, Error> {
    let rows = space_email_domains::table
        .filter(space_email_domains::space_id.eq_any(ids.iter().copied().map(DbId::from).collect::<Vec<_>>()))
        .order((space_email_domains::space_id, space_email_domains::domain))
        .load::<(DbId, String)>(tx.db())?;
    let mut of_space: HashMap<SpaceId, Vec<EmailDomain>> = HashMap::new();
    for (space, text) in rows {
        let domain = row::parsed("space_email_domains", "domain", &text, EmailDomain::parse)?;
        of_space.entry(space.to()).or_default().push(domain);
    }
    Ok(of_space)
}

/// Sets those domains.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn replace_email_domains(change: &mut Change<'_>, id: SpaceId, domains: &[EmailDomain]) -> Result<(), Error> {
    let of_space = space_email_domains::table.filter(space_email_domains::space_id.eq(DbId::from(id)));
    delete(of_space).execute(change.db)?;
    for domain in domains {
        insert_into(space_email_domains::table)
            .values((space_email_domains::space_id.eq(DbId::from(id)), space_email_domains::domain.eq(domain.as_str())))
            .execute(change.db)?;
    }
    change.touch(Subject::Space(id))
}
