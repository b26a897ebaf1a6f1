//! `/me`: the caller as the API sees it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::{
        ids::{ClientId, SpaceId, TokenId, UserId},
        time::Timestamp,
    },
    http::api::{
        handler::show,
        operation::{Needs, Operation, Verb},
        request::Call,
        schema,
    },
};

const TAG: &str = "Me";

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "who_am_i",
        verb: Verb::Get,
        path: "/me",
        tag: TAG,
        summary: "Shows who is calling and what the token is for",
        needs: Needs::Token,
        query: &[],
        refusals: &[],
        example: "",
        handler: show(|_, call| Ok(Me::of(call))),
    }]
}

/// The caller.
#[derive(Serialize, JsonSchema)]
struct Me {
    /// The API key or application that acts.
    #[schemars(schema_with = "schema::client_id")]
    client_id: ClientId,
    /// The user for whom it acts, if it acts for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::id::<UserId>")]
    user: Option<UserId>,
    /// The presented token.
    #[schemars(schema_with = "schema::id::<TokenId>")]
    token: TokenId,
    /// What the token was made for; the mode of the key may narrow it.
    scope: String,
    /// Until when the token is valid.
    #[schemars(schema_with = "schema::time")]
    expires_at: Timestamp,
    /// Spaces that the caller belongs to; left out for whoever sees all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::ids::<SpaceId>")]
    spaces: Option<Vec<SpaceId>>,
}

impl Me {
    fn of(call: &Call<'_>) -> Self {
        let token = call.token();
        Self {
            client_id: token.acts.client(),
            user: call.authority.acts_for(),
            token: token.id,
            scope: token.scope.to_string(),
            expires_at: token.expires_at,
            spaces: call.authority.spaces(),
        }
    }
}
