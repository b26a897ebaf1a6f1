//! The answer that holds a new secret of a key: the only one that ever does (L007, KM-01).

use schemars::JsonSchema;
use serde::Serialize;

use super::key_view::KeyView;
use crate::{
    domain::{ids::ApiKeyId, key_pair::PublicId, time::Timestamp},
    http::api::{problem::Problem, request::Call, schema},
    manage::{NewCredential, facts},
    store::{Change, Rows},
};

/// A new credential of a key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewApiKeySecret")]
pub(super) struct SecretView {
    /// Names the key at the token endpoint.
    #[schemars(schema_with = "schema::id::<ApiKeyId>")]
    client_id: ApiKeyId,
    /// The secret: 60 characters. Nobody can show it again; a repeated request is answered without it, and with
    /// `secret_already_shown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    client_secret: Option<String>,
    /// The public half of the pair, which may stand in the place of the client id.
    #[schemars(with = "String")]
    public_id: PublicId,
    /// When the pair stops working; `null` if never.
    #[schemars(schema_with = "schema::time_or_null")]
    expires_at: Option<Timestamp>,
    /// The key as it is now.
    key: KeyView,
}

impl SecretView {
    /// The answer for a pair that this change has made.
    pub(super) fn of(
        change: &mut Change<'_>,
        call: &Call<'_>,
        made: &NewCredential<ApiKeyId>,
    ) -> Result<Self, Problem> {
        let facts = facts::show(&mut Rows::of(change), call.authority, made.client_id)?;
        Ok(Self {
            client_id: made.client_id,
            client_secret: Some(made.secret.expose().to_owned()),
            public_id: made.public_id,
            expires_at: made.expires_at,
            key: KeyView::of(facts, call.now()),
        })
    }
}
