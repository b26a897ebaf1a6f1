//! What is done to an API key as a whole: revoked, regenerated, disabled, enabled, cut off from its tokens.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    key_secret::SecretView,
    key_view::view,
    keys::{MANAGERS, OF_USER, TAG},
};
use crate::{
    domain::key_pair::ExpiryPolicy,
    http::api::{
        body::Nothing,
        handler::{edit, issue},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::api_keys::{self, RegenerateApiKey},
    store::Change,
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "revoke_key",
            verb: Verb::Post,
            path: "/keys/{key}/revoke",
            tag: TAG,
            summary: "Revokes a key: its pairs are destroyed and its tokens dead; only regenerating brings it back",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_USER, (403, "internal_key"), (409, "already_revoked")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(api_keys::revoke(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "regenerate_key",
            verb: Verb::Post,
            path: "/keys/{key}/regenerate",
            tag: TAG,
            summary: "Gives a key in any status one new pair and makes it active; earlier pairs and tokens are dead",
            needs: MANAGERS,
            query: &[],
            refusals: &[
                OF_USER,
                (403, "exceeds_own_rights"),
                (403, "keys_disabled"),
                (403, "not_supported_here"),
                (409, "already_moved"),
                (409, "owner_disabled"),
                (409, "space_closed"),
                (422, "expiry_beyond_maximum"),
                (422, "expiry_in_the_past"),
            ],
            example: r#"{"expires":"90d"}"#,
            handler: issue(view, regenerate),
        },
        Operation {
            id: "disable_key",
            verb: Verb::Post,
            path: "/keys/{key}/disable",
            tag: TAG,
            summary: "Switches a key off: its tokens are dead, its secrets are kept",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_USER, (403, "internal_key"), (409, "already_disabled"), (409, "key_revoked")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(api_keys::disable(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "enable_key",
            verb: Verb::Post,
            path: "/keys/{key}/enable",
            tag: TAG,
            summary: "Switches a key on again with the secrets it had; its old tokens stay dead",
            needs: MANAGERS,
            query: &[],
            refusals: &[
                OF_USER,
                (403, "internal_key"),
                (403, "keys_disabled"),
                (403, "not_supported_here"),
                (409, "key_revoked"),
                (409, "not_disabled"),
                (409, "owner_disabled"),
            ],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(api_keys::enable(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "revoke_tokens_of_key",
            verb: Verb::Post,
            path: "/keys/{key}/revoke-tokens",
            tag: TAG,
            summary: "Ends all tokens of a key; its pairs stay and get new ones",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_USER, (403, "internal_key")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(api_keys::revoke_tokens(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
    ]
}

/// How a key is to be regenerated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RegenerateApiKey")]
struct RegenerateBody {
    /// When the new pair stops working: `none`, `90d`, a date or a time. Without it after 90 days, or sooner where the space
    /// wants that.
    #[serde(default)]
    #[schemars(schema_with = "schema::expiry")]
    expires: ExpiryPolicy,
}

fn regenerate(
    change: &mut Change<'_>,
    call: &Call<'_>,
    RegenerateBody { expires: expiry }: RegenerateBody,
) -> Result<SecretView, Problem> {
    let input = RegenerateApiKey { id: call.path()?, expiry };
    let made = api_keys::regenerate(change, call.deps(), call.authority, input)?;
    SecretView::of(change, call, &made)
}
