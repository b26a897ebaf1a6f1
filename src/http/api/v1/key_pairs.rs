//! The pairs of an API key: added, moved to another end, deleted.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    key_secret::SecretView,
    key_view::view,
    keys::{MANAGERS, OF_USER},
};
use crate::{
    domain::{ids::ApiKeyId, key_pair::ExpiryPolicy},
    http::api::{
        body::given,
        handler::{Created, create, edit, remove},
        operation::{Operation, QueryParameter, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::key_pairs::{self, AddPair, DeletePair, SetExpiry},
    store::Change,
};

const TAG: &str = "Key pairs";

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "add_pair",
            verb: Verb::Post,
            path: "/keys/{key}/pairs",
            tag: TAG,
            summary: "Gives a key a second pair while the first works on; the secret is in this answer only",
            needs: MANAGERS,
            query: &[],
            refusals: &[
                OF_USER,
                (403, "exceeds_own_rights"),
                (403, "internal_key"),
                (403, "keys_disabled"),
                (403, "not_supported_here"),
                (409, "already_moved"),
                (409, "key_revoked"),
                (409, "pair_limit"),
                (422, "expiry_beyond_maximum"),
                (422, "expiry_in_the_past"),
            ],
            example: r#"{"expires":"90d","retire_other_after_seconds":86400}"#,
            handler: create(add),
        },
        Operation {
            id: "edit_pair",
            verb: Verb::Patch,
            path: "/keys/{key}/pairs/{pair}",
            tag: TAG,
            summary: "Moves the end of a pair that has not expired; an earlier end counts at once",
            needs: MANAGERS,
            query: &[],
            refusals: &[
                OF_USER,
                (403, "internal_key"),
                (403, "keys_disabled"),
                (403, "not_supported_here"),
                (409, "already_moved"),
                (409, "pair_expired"),
                (422, "expiry_beyond_maximum"),
                (422, "expiry_in_the_past"),
            ],
            example: r#"{"expires":"none"}"#,
            handler: edit(view, set_expiry),
        },
        Operation {
            id: "delete_pair",
            verb: Verb::Delete,
            path: "/keys/{key}/pairs/{pair}",
            tag: TAG,
            summary: "Deletes a pair: it and its tokens are dead, the other pair lives on",
            needs: MANAGERS,
            query: &[QueryParameter {
                name: "even_if_last",
                description: "`true` deletes the last pair, too, and leaves the key without any",
                words: &["true", "false"],
            }],
            refusals: &[OF_USER, (403, "internal_key"), (409, "last_pair")],
            example: "",
            handler: remove(view, delete),
        },
    ]
}

/// A pair to be added.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AddPair")]
struct AddBody {
    /// When the new pair stops working: `none`, `90d`, a date or a time. Without it after 90 days, or sooner where the space
    /// wants that.
    #[serde(default)]
    #[schemars(schema_with = "schema::expiry")]
    expires: ExpiryPolicy,
    /// After how many seconds the other pair stops working, unless it ends sooner. Without it the other pair stays.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "u32")]
    retire_other_after_seconds: Option<u32>,
}

/// What is to be different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditPair")]
struct EditBody {
    /// When the pair stops working: `none`, `90d` from now, a date or a time.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::expiry")]
    expires: Option<ExpiryPolicy>,
}

fn add(
    change: &mut Change<'_>,
    call: &Call<'_>,
    AddBody { expires: expiry, retire_other_after_seconds }: AddBody,
) -> Result<Created<SecretView>, Problem> {
    let key: ApiKeyId = call.path()?;
    let retire_other_after = retire_other_after_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    let input = AddPair { key, expiry, retire_other_after };
    let made = key_pairs::add(change, call.deps(), call.authority, input)?;
    Ok(Created { location: format!("/keys/{key}"), answer: SecretView::of(change, call, &made)? })
}

fn set_expiry(change: &mut Change<'_>, call: &Call<'_>, EditBody { expires }: EditBody) -> Result<(), Problem> {
    let (key, pair) = (call.path()?, call.path()?);
    match expires {
        Some(expiry) => {
            let input = SetExpiry { key, pair, expiry };
            Ok(key_pairs::set_expiry(change, call.deps(), call.authority, input)?)
        }
        None => Ok(()),
    }
}

fn delete(change: &mut Change<'_>, call: &Call<'_>) -> Result<(), Problem> {
    let even_if_last = call.parsed_query("even_if_last")?.unwrap_or(false);
    let input = DeletePair { key: call.path()?, pair: call.path()?, even_if_last };
    Ok(key_pairs::delete(change, call.deps(), call.authority, input)?)
}
