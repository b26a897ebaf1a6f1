//! Lists of API keys: which keys, a page at a time.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, RunQueryDsl,
    dsl::{exists, not},
};

use super::{
    error::Error,
    pair_policy::pairs_beyond_policy,
    schema::{api_keys, key_pairs as pairs, spaces, users},
    search,
    transaction::Reads,
    types::DbId,
};
use crate::domain::{
    api_key::KeyStatus,
    expiry_notice::EndsWithin,
    ids::{ApiKeyId, SpaceId, UserId},
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
    /// Those that this user made and does not own, by the text of the id.
    pub made_for_others_by: Option<UserId>,
}

/// Keys told apart by whether their owner can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerLogin {
    /// Whether the owner cannot.
    pub cannot: bool,
    /// At this time.
    pub now: Timestamp,
}

/// A page of keys, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn page(
    tx: &mut impl Reads,
    filter: &KeyFilter,
    request: PageRequest<ApiKeyId>,
) -> Result<Page<ApiKeyId, ApiKeyId>, Error> {
    let mut query = api_keys::table.order(api_keys::id).limit(request.rows()).select(api_keys::id).into_boxed();
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
    if let Some(maker) = filter.made_for_others_by {
        let others = api_keys::owner_user_id.is_null().or(api_keys::owner_user_id.ne(DbId::from(maker)));
        query = query.filter(api_keys::created_by.eq(maker.to_string())).filter(others);
    }
    if let Some(after) = request.after {
        query = query.filter(api_keys::id.gt(DbId::from(after)));
    }
    let ids = query.load::<DbId>(tx.db())?;
    Ok(request.page(ids.into_iter().map(DbId::to).collect(), |id| *id))
}
