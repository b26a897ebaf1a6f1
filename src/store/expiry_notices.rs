//! Which key pairs end soon, and of which of those people were told. One row for each pair, end and period: the database
//! decides which node tells of it.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
    RunQueryDsl,
    dsl::{exists, not},
    insert_into,
};

use super::{
    batches::delete_some,
    db::on_backend,
    error::Error,
    key_pairs, row,
    schema::{
        api_keys, application_pairs, applications, expiry_notices, key_pairs as pairs_of_keys, resource_server_pairs,
        resource_servers, spaces, users,
    },
    transaction::{Reads, Redemption, Upkeep, Writes},
    types::DbId,
};
use crate::domain::{
    api_key::KeyStatus,
    application::ApplicationState,
    expiry_notice::{EndsWithin, NoticePeriod},
    ids::{ApiKeyId, ApplicationId, ExpiryNoticeId, KeyPairId, ResourceServerId, SpaceId, UserId},
    key_pair::{KeyPair, PairOwner, PublicId},
    name::Name,
    resource_server::ResourceServerState,
    space::SpaceState,
    text_enum::TextEnum,
    time::Timestamp,
    user::UserState,
};

/// A pair that works and ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingPair {
    /// Identifier.
    pub id: KeyPairId,
    /// Its public half.
    pub public_id: PublicId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used last, as far as that is noted.
    pub last_used_at: Option<Timestamp>,
    /// The client that it belongs to.
    pub client: PairOwner,
    /// What people call that client.
    pub name: Name,
    /// The space of the client; a resource server has none.
    pub space: Option<SpaceId>,
    /// The user of the client.
    pub user: Option<UserId>,
    /// Whether another pair of the client ends later or never.
    pub another_lives_on: bool,
}

/// What the three kinds of client have in common: pair, public id, made, end, client, name.
type Common = (DbId, String, i64, Option<i64>, DbId, String);

/// Whether this end of the pair was not yet noted for the period.
macro_rules! unnoted {
    ($pairs:ident, $period:expr) => {
        not(exists(
            expiry_notices::table
                .filter(expiry_notices::pair_id.eq($pairs::id))
                .filter(expiry_notices::expires_at.nullable().eq($pairs::expires_at))
                .filter(expiry_notices::days.eq(i64::from($period.days()))),
        ))
    };
}

/// Pairs of clients that work for which this period has begun and no nearer one, and whose end was not noted for it; the
/// soonest first, at most so many of each kind of client. A pair that does not work is left alone and found when it works
/// again.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn due(tx: &mut impl Reads, period: NoticePeriod, now: Timestamp, most: i64) -> Result<Vec<EndingPair>, Error> {
    let within = period.window(now);
    let mut due = of_api_keys(tx, period, within, most)?;
    due.extend(of_applications(tx, period, within, most)?);
    due.extend(of_resource_servers(tx, period, within, most)?);
    Ok(due)
}

fn of_api_keys(
    tx: &mut impl Reads,
    period: NoticePeriod,
    within: EndsWithin,
    most: i64,
) -> Result<Vec<EndingPair>, Error> {
    use api_keys as k;
    use pairs_of_keys as p;
    let user_works = exists(
        users::table
            .filter(users::id.nullable().eq(k::owner_user_id))
            .filter(users::state.eq(UserState::Active.as_str()))
            .filter(users::api_keys_enabled),
    );
    // Internal keys ignore the switch of the space (ruling 16).
    let switched_on = spaces::api_keys_supported.and(spaces::api_keys_enabled);
    let rows = p::table
        .inner_join(k::table.on(k::id.eq(p::api_key_id)))
        .inner_join(spaces::table.on(spaces::id.eq(p::space_id)))
        .filter(p::expires_at.gt(within.after.as_micros()))
        .filter(p::expires_at.le(within.until.as_micros()))
        .filter(unnoted!(p, period))
        .filter(k::status.eq(KeyStatus::Active.as_str()))
        .filter(k::owner_user_id.is_null().or(user_works))
        .filter(spaces::state.eq(SpaceState::Open.as_str()))
        .filter(k::internal.is_not_null().or(switched_on))
        .order((p::expires_at, p::id))
        .limit(most)
        .select((
            (p::id, p::public_id, p::created_at, p::expires_at, k::id, k::name),
            (p::last_used_at, p::space_id, k::owner_user_id),
        ))
        .load::<(Common, (Option<i64>, DbId, Option<DbId>))>(tx.db())?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ApiKeyId> = rows.iter().map(|row| row.0.4.to()).collect();
    let pairs = key_pairs::of_api_keys(tx, &ids)?;
    rows.into_iter()
        .map(|(common, (last_used_at, space, user))| {
            let id: ApiKeyId = common.4.to();
            let all = pairs.get(&id).map_or(&[][..], Vec::as_slice);
            Ok(EndingPair {
                last_used_at: last_used_at.map(Timestamp::from_micros),
                space: Some(space.to()),
                user: user.map(DbId::to),
                ..read("key_pairs", PairOwner::ApiKey(id), common, all)?
            })
        })
        .collect()
}

fn of_applications(
    tx: &mut impl Reads,
    period: NoticePeriod,
    within: EndsWithin,
    most: i64,
) -> Result<Vec<EndingPair>, Error> {
    use application_pairs as p;
    use applications as a;
    let rows = p::table
        .inner_join(a::table.on(a::id.eq(p::application_id)))
        .inner_join(spaces::table.on(spaces::id.eq(a::space_id)))
        .filter(p::expires_at.gt(within.after.as_micros()))
        .filter(p::expires_at.le(within.until.as_micros()))
        .filter(unnoted!(p, period))
        .filter(a::state.eq(ApplicationState::Active.as_str()))
        .filter(spaces::state.eq(SpaceState::Open.as_str()))
        .order((p::expires_at, p::id))
        .limit(most)
        .select(((p::id, p::public_id, p::created_at, p::expires_at, a::id, a::name), (a::space_id, a::owner_user_id)))
        .load::<(Common, (DbId, Option<DbId>))>(tx.db())?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<DbId> = rows.iter().map(|row| row.0.4).collect();
    let pairs = key_pairs::of_applications(tx, &ids)?;
    rows.into_iter()
        .map(|(common, (space, user))| {
            let id: ApplicationId = common.4.to();
            let all = pairs.get(&common.4).map_or(&[][..], Vec::as_slice);
            let read = read("application_pairs", PairOwner::Application(id), common, all)?;
            Ok(EndingPair { space: Some(space.to()), user: user.map(DbId::to), ..read })
        })
        .collect()
}

fn of_resource_servers(
    tx: &mut impl Reads,
    period: NoticePeriod,
    within: EndsWithin,
    most: i64,
) -> Result<Vec<EndingPair>, Error> {
    use resource_server_pairs as p;
    use resource_servers as s;
    let rows = p::table
        .inner_join(s::table.on(s::id.eq(p::resource_server_id)))
        .filter(p::expires_at.gt(within.after.as_micros()))
        .filter(p::expires_at.le(within.until.as_micros()))
        .filter(unnoted!(p, period))
        .filter(s::state.eq(ResourceServerState::Active.as_str()))
        .order((p::expires_at, p::id))
        .limit(most)
        .select((p::id, p::public_id, p::created_at, p::expires_at, s::id, s::name))
        .load::<Common>(tx.db())?;
    rows.into_iter()
        .map(|common| {
            let id: ResourceServerId = common.4.to();
            let all = key_pairs::of_resource_server(tx, id)?;
            read("resource_server_pairs", PairOwner::ResourceServer(id), common, &all)
        })
        .collect()
}

fn read(
    table: &'static str,
    client: PairOwner,
    (id, public_id, created_at, end, _, name): Common,
    all: &[KeyPair],
) -> Result<EndingPair, Error> {
    let id: KeyPairId = id.to();
    let end = end.map(Timestamp::from_micros).ok_or_else(|| Error::corrupt(table, "expires_at", "no end"))?;
    let lives_on = |other: &KeyPair| other.id != id && other.expires_at.is_none_or(|other| other > end);
    Ok(EndingPair {
        id,
        public_id: row::parsed(table, "public_id", &public_id, str::parse)?,
        created_at: Timestamp::from_micros(created_at),
        expires_at: end,
        last_used_at: None,
        client,
        name: row::parsed(table, "name", &name, Name::parse)?,
        space: None,
        user: None,
        another_lives_on: all.iter().any(lives_on),
    })
}

/// Whether the pair is there and still ends then.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn still_ends(tx: &mut impl Reads, pair: &EndingPair) -> Result<bool, Error> {
    macro_rules! end_in {
        ($pairs:ident) => {
            $pairs::table.find(DbId::from(pair.id)).select($pairs::expires_at).first::<Option<i64>>(tx.db())
        };
    }
    let end = match pair.client {
        PairOwner::ApiKey(_) => end_in!(pairs_of_keys),
        PairOwner::Application(_) => end_in!(application_pairs),
        PairOwner::ResourceServer(_) => end_in!(resource_server_pairs),
    };
    Ok(end.optional()?.flatten() == Some(pair.expires_at.as_micros()))
}

/// Notes that the end of the pair is announced this long before, or passed over. One caller alone hears that it did.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note(
    redemption: &mut Redemption<'_>,
    pair: &EndingPair,
    period: NoticePeriod,
    announced: bool,
) -> Result<bool, Error> {
    use expiry_notices as t;
    let (id, now): (ExpiryNoticeId, Timestamp) = (redemption.new_id(), redemption.now());
    let row = (
        t::id.eq(DbId::from(id)),
        t::pair_id.eq(DbId::from(pair.id)),
        t::expires_at.eq(pair.expires_at.as_micros()),
        t::days.eq(i64::from(period.days())),
        t::announced.eq(announced),
        t::noted_at.eq(now.as_micros()),
    );
    let noted = on_backend!(redemption.db, |connection| insert_into(t::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(connection)?);
    Ok(noted == 1)
}

/// Forgets notices of ends that came before this time, at most so many. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_of_ended(upkeep: &mut Upkeep<'_>, before: Timestamp, most: i64) -> Result<usize, Error> {
    let before = before.as_micros();
    delete_some!(upkeep, expiry_notices.id: DbId where expiry_notices::expires_at.lt(before), at most most)
}
