//! Lists of API keys: which keys, a page at a time.

use diesel::{
    BoolExpressionMethods, Connection, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension,
    QueryDsl, RunQueryDsl,
    dsl::{exists, not, sql},
    expression::SqlLiteral,
    sql_types::BigInt,
};

use super::{
    db::Db,
    error::Error,
    pair_policy::pairs_beyond_policy,
    schema::{api_key_roles, api_keys, key_pairs as pairs, spaces, user_roles, users},
    search::{self, lower},
    transaction::Reads,
    types::{DbId, IdSql},
};
use crate::domain::{
    api_key::{KeyStatus, UserKeyRoles},
    assignment::AssignmentSource,
    expiry_notice::EndsWithin,
    ids::{ApiKeyId, SpaceId, UserId, WorkspaceId},
    login_history::LONG,
    page::{Page, PageRequest},
    text_enum::TextEnum,
    time::Timestamp,
    user::{AccountType, UserState},
};

/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// Which keys.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    /// Those of this space.
    pub space: Option<SpaceId>,
    /// Those of this user.
    pub owner: Option<UserId>,
    /// Those that stand there; the keys of a disabled user are disabled, unless they are revoked (C08).
    pub status: Option<KeyStatus>,
    /// Those with this in their name, in any case.
    pub text: Option<String>,
    /// Those with a pair that ends in this time.
    pub ends: Option<EndsWithin>,
    /// Those that are older than this and were not used since, by whatever pair.
    pub unused_since: Option<Timestamp>,
    /// Those of people with a pair that ends later than one that is made at this time could.
    pub beyond_policy: Option<Timestamp>,
    /// Those whose owner cannot log in, or all others.
    pub owner_login: Option<OwnerLogin>,
    /// Those of the product's services alone.
    pub internal: bool,
    /// What comes first.
    pub order: KeyOrder,
    /// Those that this user made and does not own, by the text of the id.
    pub made_for_others_by: Option<UserId>,
    /// Those with a role in this workspace: given to the key itself, or to the owner whose roles it has.
    pub workspace: Option<WorkspaceId>,
}

/// What comes first in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyOrder {
    /// What was made first.
    #[default]
    Oldest,
    /// What was made last.
    Newest,
    /// By name, whatever its case.
    Name,
    /// What was used last; what never was comes at the end.
    LastUse,
}

/// Keys told apart by whether their owner can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerLogin {
    /// Whether the owner cannot.
    pub cannot: bool,
    /// At this time.
    pub now: Timestamp,
}

/// A page of keys, in the order of the filter.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn page(
    tx: &mut impl Reads,
    filter: &KeyFilter,
    request: PageRequest<ApiKeyId>,
) -> Result<Page<ApiKeyId, ApiKeyId>, Error> {
    let mut query = api_keys::table.limit(request.rows()).select(api_keys::id).into_boxed();
    if let Some(space) = filter.space {
        query = query.filter(api_keys::space_id.eq(DbId::from(space)));
    }
    if let Some(owner) = filter.owner {
        query = query.filter(api_keys::owner_user_id.eq(DbId::from(owner)));
    }
    if let Some(status) = filter.status {
        let own = api_keys::status.eq(status.as_str());
        let of_disabled_user = exists(
            users::table
                .filter(users::id.nullable().eq(api_keys::owner_user_id))
                .filter(users::state.eq(UserState::Disabled.as_str())),
        );
        let active = api_keys::status.eq(KeyStatus::Active.as_str());
        query = match status {
            KeyStatus::Active => query.filter(own.and(not(of_disabled_user))),
            KeyStatus::Disabled => query.filter(own.or(active.and(of_disabled_user))),
            KeyStatus::Revoked => query.filter(own),
        };
    }
    if let Some(text) = &filter.text {
        query = query.filter(search::contains(api_keys::name, text));
    }
    if let Some(EndsWithin { after, until }) = filter.ends {
        let of_key = pairs::table.filter(pairs::api_key_id.eq(api_keys::id));
        let ending = of_key.filter(pairs::expires_at.gt(after.as_micros()));
        query = query.filter(exists(ending.filter(pairs::expires_at.le(until.as_micros()))));
    }
    if let Some(since) = filter.unused_since {
        let unused = api_keys::last_used_at.is_null().or(api_keys::last_used_at.le(since.as_micros()));
        query = query.filter(api_keys::created_at.le(since.as_micros())).filter(unused);
    }
    if let Some(now) = filter.beyond_policy {
        let beyond = pairs_beyond_policy!(now).filter(pairs::api_key_id.eq(api_keys::id));
        query = query.filter(api_keys::internal.is_null()).filter(exists(beyond));
    }
    if let Some(OwnerLogin { cannot, now }) = filter.owner_login {
        // What `LoginHistory::obstacle` says of one user.
        let (long_ago, now) = (now.minus(LONG).as_micros(), now.as_micros());
        let by_password = || spaces::sso_enabled.eq(false).or(users::sso_exempt.eq(true));
        let without = by_password().and(users::password_set_at.is_null()).nullable();
        let end = users::password_set_at + spaces::password_life_seconds * MICROS;
        let expired = by_password().nullable().and(end.le(now));
        let last = users::last_logged_in_at.le(long_ago);
        let never = users::last_logged_in_at.is_null().and(users::created_at.le(long_ago)).nullable();
        let barred = exists(
            users::table
                .inner_join(spaces::table.on(spaces::id.eq(users::home_space_id)))
                .filter(users::id.nullable().eq(api_keys::owner_user_id))
                .filter(users::state.eq(UserState::Active.as_str()))
                .filter(users::account_type.eq(AccountType::Standard.as_str()))
                .filter(without.or(expired).or(last).or(never)),
        );
        query = if cannot { query.filter(barred) } else { query.filter(not(barred)) };
    }
    if filter.internal {
        query = query.filter(api_keys::internal.is_not_null());
    }
    if let Some(maker) = filter.made_for_others_by {
        let others = api_keys::owner_user_id.is_null().or(api_keys::owner_user_id.ne(DbId::from(maker)));
        query = query.filter(api_keys::created_by.eq(maker.to_string())).filter(others);
    }
    if let Some(workspace) = filter.workspace {
        let own = api_key_roles::table.filter(api_key_roles::api_key_id.eq(api_keys::id));
        let own = own.filter(api_key_roles::workspace_id.eq(DbId::from(workspace)));
        let of_owner = user_roles::table.filter(user_roles::user_id.nullable().eq(api_keys::owner_user_id));
        let of_owner = of_owner.filter(user_roles::workspace_id.eq(DbId::from(workspace)));
        let passed_on = of_owner.filter(user_roles::source.eq(AssignmentSource::Local.as_str()));
        let inherits = api_keys::user_roles.eq(UserKeyRoles::Inherit.as_str());
        query = query.filter(exists(own).nullable().or(inherits.and(exists(passed_on).nullable())));
    }
    let behind = match request.after {
        None => None,
        Some(after) => match place_of(tx, filter, after)? {
            // Where it stood is not known any more.
            None => return Ok(Page { items: Vec::new(), next: None }),
            found => found,
        },
    };
    let ids = in_order(query, filter.order, behind).load::<DbId>(tx.db())?;
    Ok(request.page(ids.into_iter().map(DbId::to).collect(), |id| *id))
}

/// The last use, in the very words of the index, which a parameter in the place of the zero would hide.
fn last_use() -> SqlLiteral<BigInt> {
    sql::<BigInt>("coalesce(api_keys.last_used_at, 0)")
}

type KeyIds<'a> = api_keys::BoxedQuery<'a, <Db as Connection>::Backend, IdSql>;

/// The query in this order, behind this place.
fn in_order(query: KeyIds<'_>, order: KeyOrder, behind: Option<PlaceOfKey>) -> KeyIds<'_> {
    let query = match order {
        KeyOrder::Oldest => query.order(api_keys::id),
        KeyOrder::Newest => query.order(api_keys::id.desc()),
        KeyOrder::Name => query.order((lower(api_keys::name), api_keys::id)),
        KeyOrder::LastUse => query.order((last_use().desc(), api_keys::id.desc())),
    };
    let Some(PlaceOfKey { id, name, used }) = behind else { return query };
    match order {
        KeyOrder::Oldest => query.filter(api_keys::id.gt(id)),
        KeyOrder::Newest => query.filter(api_keys::id.lt(id)),
        KeyOrder::Name => {
            let later = lower(api_keys::name).eq(name.clone()).and(api_keys::id.gt(id));
            let further = lower(api_keys::name).gt(name.clone()).or(later);
            // The index begins at the name, which the two halves of an `OR` would hide.
            query.filter(lower(api_keys::name).ge(name)).filter(further)
        }
        KeyOrder::LastUse => {
            let earlier = last_use().eq(used).and(api_keys::id.lt(id));
            query.filter(last_use().le(used)).filter(last_use().lt(used).or(earlier))
        }
    }
}

/// What a key is ordered by, now. A list goes on behind that.
struct PlaceOfKey {
    id: DbId,
    /// In lower case.
    name: String,
    used: i64,
}

/// The place of a key that is there; of one that is gone only where its id says it.
fn place_of(tx: &mut impl Reads, filter: &KeyFilter, id: ApiKeyId) -> Result<Option<PlaceOfKey>, Error> {
    let id = DbId::from(id);
    if matches!(filter.order, KeyOrder::Oldest | KeyOrder::Newest) {
        return Ok(Some(PlaceOfKey { id, name: String::new(), used: 0 }));
    }
    let mut place = api_keys::table.filter(api_keys::id.eq(id)).into_boxed();
    // A key elsewhere tells nothing of where it would stand here.
    if let Some(space) = filter.space {
        place = place.filter(api_keys::space_id.eq(DbId::from(space)));
    }
    if let Some(owner) = filter.owner {
        place = place.filter(api_keys::owner_user_id.eq(DbId::from(owner)));
    }
    let found = place.select((lower(api_keys::name), last_use())).first(tx.db()).optional()?;
    Ok(found.map(|(name, used)| PlaceOfKey { id, name, used }))
}
