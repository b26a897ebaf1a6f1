//! What an edit of a space tells besides: which pairs live longer than the space lets pairs live.

use schemars::JsonSchema;
use serde::Serialize;

use super::space_policies::SpaceView;
use crate::{
    domain::{
        ids::{ApiKeyId, SpaceId},
        key_pair::PublicId,
        name::Name,
        time::Timestamp,
    },
    http::api::schema,
    manage::pair_policy::BeyondPolicy,
    store::pair_policy::PairBeyond,
};

/// A space that was edited.
#[derive(Serialize, JsonSchema)]
pub(super) struct EditedSpace {
    #[serde(flatten)]
    pub(super) space: SpaceView,
    /// Told if the longest life of a pair is new or shorter, or was asked to count for pairs that exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BeyondPolicyView")]
    pub(super) beyond_policy: Option<BeyondPolicyView>,
}

/// Pairs that live longer than one that is made now could. They stay as they are.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BeyondPolicy")]
pub(super) struct BeyondPolicyView {
    /// How many there are.
    pairs: i64,
    /// How many keys they belong to.
    keys: i64,
    /// How many pairs end sooner since this edit.
    shortened: usize,
    /// The first 20 of those that there are, for those who manage keys.
    first: Vec<PairBeyondView>,
    /// Where all keys with such pairs are listed, below `/api/v1`.
    list: String,
}

/// A pair that lives longer than one that is made now could.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PairBeyondPolicy")]
struct PairBeyondView {
    /// Its key.
    #[schemars(schema_with = "schema::id::<ApiKeyId>")]
    key: ApiKeyId,
    /// What people call that key.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// Its public half.
    #[schemars(with = "String")]
    pair: PublicId,
    /// When it stops working; `null` if never.
    #[schemars(schema_with = "schema::time_or_null")]
    expires_at: Option<Timestamp>,
}

impl BeyondPolicyView {
    /// The same, with the place of the list of this space.
    pub(super) fn of(BeyondPolicy { count, shortened, first }: BeyondPolicy, space: SpaceId) -> Self {
        let view =
            |PairBeyond { key, name, public_id: pair, expires_at, .. }| PairBeyondView { key, name, pair, expires_at };
        Self {
            pairs: count.pairs,
            keys: count.keys,
            shortened,
            first: first.into_iter().map(view).collect(),
            list: format!("/spaces/{space}/keys?beyond_policy=true"),
        }
    }
}
