//! Spaces.

use std::time::Duration;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, insert_into};

use super::{
    error::Error,
    row,
    schema::spaces,
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{change::Subject, ids::SpaceId, name::Name, sequence::Seq, space::Space, text_enum::TextEnum};

type Row = (DbId, String, String, String, bool, bool, Option<i64>, i64, i64, i64, bool, bool, Option<i64>, Option<i64>);

/// The space with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: SpaceId) -> Result<Option<Space>, Error> {
    spaces::table.find(DbId::from(id)).first::<Row>(tx.db()).optional()?.map(read).transpose()
}

/// The space with this name.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_by_name(tx: &mut impl Reads, name: &Name) -> Result<Option<Space>, Error> {
    let found = spaces::table.filter(spaces::name.eq(name.as_str())).first::<Row>(tx.db()).optional()?;
    found.map(read).transpose()
}

/// All spaces, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn all(tx: &mut impl Reads) -> Result<Vec<Space>, Error> {
    spaces::table.order(spaces::id).load::<Row>(tx.db())?.into_iter().map(read).collect()
}

fn read(row: Row) -> Result<Space, Error> {
    let (id, name, kind, state, supported, enabled, token_life, cut_off, keys_cut_off, ..) = row;
    Ok(Space {
        id: id.to(),
        name: row::parsed("spaces", "name", &name, Name::parse)?,
        kind: row::word("spaces", "kind", &kind)?,
        state: row::word("spaces", "state", &state)?,
        api_keys_supported: supported,
        api_keys_enabled: enabled,
        token_life: token_life.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs),
        cut_off: Seq::new(cut_off),
        keys_cut_off: Seq::new(keys_cut_off),
    })
}

/// Makes a space.
///
/// # Errors
/// [`Error::Duplicate`] if the name is taken.
pub fn insert(change: &mut Change<'_>, space: &Space) -> Result<(), Error> {
    let token_life = space.token_life.and_then(|life| i64::try_from(life.as_secs()).ok());
    insert_into(spaces::table)
        .values((
            spaces::id.eq(DbId::from(space.id)),
            spaces::name.eq(space.name.as_str()),
            spaces::kind.eq(space.kind.as_str()),
            spaces::state.eq(space.state.as_str()),
            spaces::api_keys_supported.eq(space.api_keys_supported),
            spaces::api_keys_enabled.eq(space.api_keys_enabled),
            spaces::token_life_seconds.eq(token_life),
            spaces::cut_off.eq(space.cut_off.get()),
            spaces::keys_cut_off.eq(space.keys_cut_off.get()),
            spaces::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::Space(space.id))
}
