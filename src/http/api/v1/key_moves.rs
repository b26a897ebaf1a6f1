//! Moving keys of a user to a service account.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{
    key_secret::SecretView,
    keys::{MANAGERS_AT_HOME, OF_USER, TAG},
};
use crate::{
    domain::{
        ids::{ApiKeyId, UserId},
        key_pair::ExpiryPolicy,
        time::Timestamp,
    },
    http::api::{
        handler::{Created, create},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::key_moves::{self, MissingRoles, MoveKeys},
    store::Change,
};

/// Keys that are moved at once, while all other changes wait.
const MOST_KEYS: usize = 50;
/// Longest overlap: 30 days.
const MOST_HOURS: u16 = 720;

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "move_keys_of_user",
        verb: Verb::Post,
        path: "/users/{user}/keys/move",
        tag: TAG,
        summary: "Makes a key of a service account in place of each of these; the old ones work on for some hours, \
                  unless their user is disabled before",
        needs: MANAGERS_AT_HOME,
        query: &[],
        refusals: &[
            OF_USER,
            (403, "exceeds_own_rights"),
            (403, "internal_role"),
            (403, "keys_disabled"),
            (403, "not_supported_here"),
            (403, "owner_keys_disabled"),
            (409, "already_moved"),
            (409, "key_disabled"),
            (409, "key_does_not_work"),
            (409, "no_pair"),
            (409, "key_revoked"),
            (409, "owner_disabled"),
            (409, "roles_missing"),
            (409, "space_closed"),
            (422, "admin_role_on_service_account"),
            (422, "bridge_mixed"),
            (422, "closed_workspace"),
            (422, "expiry_beyond_maximum"),
            (422, "expiry_in_the_past"),
            (422, "idp_role"),
            (422, "not_a_key_of_user"),
            (422, "not_a_service_account"),
            (422, "not_held"),
            (422, "same_owner"),
        ],
        example: r#"{"keys":["key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"],"to":"usr_0190b2c8c6a97a3f9d6f4be0a1c2d3e4","overlap_hours":72}"#,
        handler: create(move_keys),
    }]
}

/// Keys to be moved.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MoveKeys")]
struct MoveBody {
    /// The keys; all of them are moved, or none.
    #[schemars(schema_with = "some_keys")]
    keys: SomeKeys,
    /// The service account.
    #[schemars(schema_with = "schema::id::<UserId>")]
    to: UserId,
    /// For how many hours the old keys work on, unless they end sooner.
    #[schemars(schema_with = "hours")]
    overlap_hours: Hours,
    /// Gives the service account the roles that it lacks for this, as far as you may give them.
    #[serde(default)]
    give_missing_roles: bool,
    /// When the new pairs stop working: `none`, `90d`, a date or a time. Without it after 90 days, or sooner where the space
    /// wants that.
    #[serde(default)]
    #[schemars(schema_with = "schema::expiry")]
    expires: ExpiryPolicy,
}

#[derive(Deserialize)]
#[serde(try_from = "Vec<ApiKeyId>")]
struct SomeKeys(Vec<ApiKeyId>);

impl TryFrom<Vec<ApiKeyId>> for SomeKeys {
    type Error = String;

    fn try_from(keys: Vec<ApiKeyId>) -> Result<Self, String> {
        match keys.len() {
            1..=MOST_KEYS => Ok(Self(keys)),
            given => Err(format!("1 to {MOST_KEYS} keys can be moved at once, not {given}")),
        }
    }
}

fn some_keys(generator: &mut SchemaGenerator) -> Schema {
    let key = schema::id::<ApiKeyId>(generator);
    json_schema!({ "type": "array", "items": key, "minItems": 1, "maxItems": MOST_KEYS })
}

#[derive(Deserialize)]
#[serde(try_from = "u16")]
struct Hours(u16);

impl TryFrom<u16> for Hours {
    type Error = String;

    fn try_from(hours: u16) -> Result<Self, String> {
        let fits = hours <= MOST_HOURS;
        if fits { Ok(Self(hours)) } else { Err(format!("old keys work on for 0 to {MOST_HOURS} hours, not {hours}")) }
    }
}

fn hours(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": MOST_HOURS })
}

/// Keys that were moved.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MovedKeys")]
struct MovedView {
    /// One for each of the old keys.
    moved: Vec<MovedKeyView>,
}

/// A key that was moved.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MovedKey")]
struct MovedKeyView {
    /// The old key.
    #[schemars(schema_with = "schema::id::<ApiKeyId>")]
    from: ApiKeyId,
    /// When its last pair stops working; `null` if it has no pair.
    #[schemars(schema_with = "schema::time_or_null")]
    old_ends_at: Option<Timestamp>,
    /// The new key with its secret.
    to: SecretView,
}

fn move_keys(change: &mut Change<'_>, call: &Call<'_>, body: MoveBody) -> Result<Created<MovedView>, Problem> {
    let MoveBody { keys, to, overlap_hours: Hours(hours), give_missing_roles, expires: expiry } = body;
    let input = MoveKeys {
        from: call.path()?,
        keys: keys.0,
        to,
        overlap: Duration::from_hours(hours.into()),
        missing_roles: if give_missing_roles { MissingRoles::Give } else { MissingRoles::Refuse },
        expiry,
    };
    let moved = key_moves::move_keys(change, call.deps(), call.authority, &input)?;
    let view = |moved: &key_moves::MovedKey| {
        let secret = SecretView::of(change, call, &moved.made)?;
        Ok(MovedKeyView { from: moved.from, old_ends_at: moved.old_ends_at, to: secret })
    };
    let moved = moved.iter().map(view).collect::<Result<_, Problem>>()?;
    Ok(Created { location: format!("/users/{to}/keys"), answer: MovedView { moved } })
}
