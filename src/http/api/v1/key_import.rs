//! API keys that are brought along from another system, for a space or for a user.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    key_creation::{CreateBody, OF_KEYS_OF_SPACES, OF_KEYS_OF_USERS},
    key_view::KeyView,
    keys::{MANAGERS_AT_HOME, MANAGERS_OF_SPACE, TAG},
};
use crate::{
    crypto::{imported_secret::SecretMember, password::PasswordHash},
    domain::{ids::UserId, imported_client::ImportedClientId},
    http::api::{
        body::given,
        handler::Created,
        hashing::create_hashed,
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        api_keys::{self, ImportApiKey, SecretToKeep},
        facts,
    },
    store::{Change, Rows},
};

const EXAMPLE: &str = r#"{"client_id":"acme-nightly","secret_hash":"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$qLml5cbqFAO6YxVHhrSBHP0UWdxrIxkNcM8aMX3blzU","key":{"name":"Nightly report","expires":"90d"}}"#;

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "import_key",
            verb: Verb::Post,
            path: "/spaces/{space}/keys/import",
            tag: TAG,
            summary: "Makes a key of the space whose clients keep the id and the secret of another system",
            needs: MANAGERS_OF_SPACE,
            query: &[],
            refusals: OF_KEYS_OF_SPACES,
            example: EXAMPLE,
            handler: create_hashed(may_for_space, secret_of, import_for_space),
        },
        Operation {
            id: "import_key_of_user",
            verb: Verb::Post,
            path: "/users/{user}/keys/import",
            tag: TAG,
            summary: "Makes a key that acts for a user, whose clients keep the id and the secret of another system",
            needs: MANAGERS_AT_HOME,
            query: &[],
            refusals: OF_KEYS_OF_USERS,
            example: EXAMPLE,
            handler: create_hashed(may_for_user, secret_of, import_for_user),
        },
    ]
}

/// A key to be brought along.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ImportApiKey")]
struct ImportBody {
    /// The id that its clients present, unique in the site: visible ASCII characters without a colon, and not of the form of
    /// an id of Keystead.
    #[schemars(schema_with = "schema::text::<1, 128>")]
    client_id: ImportedClientId,
    /// The secret that they present, at least 16 characters long. No answer ever shows it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<16, 1024>")]
    secret: Option<SecretMember>,
    /// Instead of it, its hash: an Argon2id PHC string of version 19, from `m=7168` (with `m` × `t` of 32768 at least) to
    /// `m=65536,t=10,p=4`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 512>")]
    secret_hash: Option<SecretMember>,
    /// All that a key which is made here would have. `expires` is when the imported secret stops working.
    key: CreateBody,
}

fn secret_of(body: &mut ImportBody) -> Result<SecretToKeep, Problem> {
    let (secret, hash) = (body.secret.take(), body.secret_hash.take());
    let hash = hash.as_ref().map(|SecretMember(hash)| hash.as_str());
    Ok(SecretToKeep::read(secret.map(|SecretMember(secret)| secret), hash)?)
}

fn may_for_space(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<(), Problem> {
    Ok(api_keys::require_import(rows, call.authority, call.path()?)?)
}

fn may_for_user(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<(), Problem> {
    let home = api_keys::home_of_owner(rows, call.authority, call.path::<UserId>()?)?;
    Ok(api_keys::require_import(rows, call.authority, home)?)
}

type Hashed = (ImportBody, PasswordHash);

fn import_for_space(
    change: &mut Change<'_>,
    call: &Call<'_>,
    (body, hash): Hashed,
) -> Result<Created<KeyView>, Problem> {
    let key = body.key.for_space(call)?;
    import(change, call, ImportApiKey { key, client_id: body.client_id, hash })
}

fn import_for_user(
    change: &mut Change<'_>,
    call: &Call<'_>,
    (body, hash): Hashed,
) -> Result<Created<KeyView>, Problem> {
    let key = body.key.for_user(change, call)?;
    import(change, call, ImportApiKey { key, client_id: body.client_id, hash })
}

fn import(change: &mut Change<'_>, call: &Call<'_>, input: ImportApiKey) -> Result<Created<KeyView>, Problem> {
    let made = api_keys::import(change, call.deps(), call.authority, input)?;
    let facts = facts::show(&mut Rows::of(change), call.authority, made.id)?;
    Ok(Created { location: format!("/keys/{}", made.id), answer: KeyView::of(facts, call.now()) })
}
