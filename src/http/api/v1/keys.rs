//! API keys: listed, shown, edited and deleted.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::key_view::{KeyView, view};
use crate::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{KeyStatus, Mode, UserKeyRoles},
        expiry_notice::EndsWithin,
        ids::ApiKeyId,
        name::{Description, Name},
        page::{Page, PageRequest},
        text_enum::TextEnum as _,
        time_span::TimeSpan,
    },
    http::api::{
        body::given,
        handler::{edit, list, remove, show},
        operation::{Needs, Operation, QueryParameter, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        api_keys::{self, EditApiKey},
        facts,
    },
    store::{
        Change, Rows,
        api_keys::{KeyFilter, OwnerLogin},
    },
};

/// The chapter of the documentation.
pub(super) const TAG: &str = "API keys";
/// Whoever manages the keys of a space; a key of a user never does (ruling 15).
pub(super) const MANAGERS_OF_SPACE: Needs = Needs::OneOf(&["keys.manage"], "the space");
/// The same, for keys of a user.
pub(super) const MANAGERS_AT_HOME: Needs = Needs::OneOf(&["keys.manage"], "the home space of the user");
/// The same, for a key that is there.
pub(super) const MANAGERS: Needs = Needs::OneOf(&["keys.manage"], "the space of the key");
/// What every operation on a key refuses a user's key with.
pub(super) const OF_USER: (u16, &str) = (403, "user_key_cannot_manage_keys");

const FILTERS: &[QueryParameter] = &[
    QueryParameter { name: "status", description: "Only keys that stand there", words: KeyStatus::WORDS },
    QueryParameter { name: "q", description: "Only keys with this in their name, in any case", words: &[] },
    QueryParameter {
        name: "owner_cannot_log_in",
        description: "Only keys whose owner cannot log in, as far as it can be seen here; `false` for all others",
        words: &["true", "false"],
    },
    QueryParameter {
        name: "expiring_within",
        description: "Only keys with a pair that ends within this time, such as `30d`, and has not ended",
        words: &[],
    },
    QueryParameter {
        name: "unused_for",
        description: "Only keys that are older than this time, such as `90d`, and were not used for so long",
        words: &[],
    },
    QueryParameter {
        name: "beyond_policy",
        description: "Only keys with a pair that lives longer than the space lets one live that is made now",
        words: &["true"],
    },
];

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_keys",
            verb: Verb::Get,
            path: "/spaces/{space}/keys",
            tag: TAG,
            summary: "Lists the keys of a space, those of its users and of the product's services too",
            needs: MANAGERS_OF_SPACE,
            query: FILTERS,
            refusals: &[OF_USER],
            example: "",
            handler: list(of_space),
        },
        Operation {
            id: "list_keys_of_user",
            verb: Verb::Get,
            path: "/users/{user}/keys",
            tag: TAG,
            summary: "Lists the keys that act for a user",
            needs: MANAGERS_AT_HOME,
            query: FILTERS,
            refusals: &[OF_USER],
            example: "",
            handler: list(of_user),
        },
        Operation {
            id: "show_key",
            verb: Verb::Get,
            path: "/keys/{key}",
            tag: TAG,
            summary: "Shows a key with its pairs, its last use and the roles that count now",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_USER],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_key",
            verb: Verb::Patch,
            path: "/keys/{key}",
            tag: TAG,
            summary: "Changes name, description, mode and networks of a key; client id, secrets and tokens stay",
            needs: MANAGERS,
            query: &[],
            refusals: &[
                OF_USER,
                (403, "exceeds_own_rights"),
                (403, "internal_key"),
                (403, "keys_disabled"),
                (403, "not_supported_here"),
                (422, "own_roles_only"),
            ],
            example: r#"{"name":"Jenkins of the second team","description":null}"#,
            handler: edit(view, change_key),
        },
        Operation {
            id: "delete_key",
            verb: Verb::Delete,
            path: "/keys/{key}",
            tag: TAG,
            summary: "Deletes a key, whatever its status; its id is never used again",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_USER, (403, "internal_key")],
            example: "",
            handler: remove(view, |change, call| {
                Ok(api_keys::remove(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
    ]
}

/// What is to be different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditApiKey")]
struct EditBody {
    /// As people see it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Option<Name>,
    /// What it is for; `null` clears it.
    #[serde(default, deserialize_with = "given_or_cleared")]
    #[schemars(schema_with = "schema::text_or_null::<1000>")]
    description: Option<Description>,
    /// A mask over its roles; to narrow it counts at once, also for tokens already out.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<Mode>")]
    mode: Option<Mode>,
    /// Of a key of a user: whether it has all roles of the user or those chosen. Whoever changes it chooses anew.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<UserKeyRoles>")]
    user_roles: Option<UserKeyRoles>,
    /// You have read that row-level restrictions of the product do not apply to keys.
    #[serde(default)]
    acknowledge_row_level: bool,
    /// From where it may be used: the whole list, empty for everywhere. To narrow it counts at once, also for tokens already
    /// out.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::networks")]
    allowed_networks: Option<AllowedNetworks>,
}

fn filter(call: &Call<'_>) -> Result<KeyFilter, Problem> {
    let now = call.now();
    let expiring_within: Option<TimeSpan> = call.parsed_query("expiring_within")?;
    let unused_for: Option<TimeSpan> = call.parsed_query("unused_for")?;
    Ok(KeyFilter {
        status: call.parsed_query("status")?,
        text: call.query("q").map(str::to_owned),
        owner_login: call.query("owner_cannot_log_in").map(|word| OwnerLogin { cannot: word == "true", now }),
        ends: expiring_within.map(|time| EndsWithin { after: now, until: now.plus(time.duration()) }),
        unused_since: unused_for.map(|time| now.minus(time.duration())),
        beyond_policy: call.query("beyond_policy").map(|_| now),
        ..KeyFilter::default()
    })
}

fn given_or_cleared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Description>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}

fn of_space(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<ApiKeyId>,
) -> Result<Page<KeyView, ApiKeyId>, Problem> {
    let keys = facts::list(rows, call.authority, call.path()?, &filter(call)?, page)?;
    Ok(keys.map(|facts| KeyView::of(facts, call.now())))
}

fn of_user(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<ApiKeyId>,
) -> Result<Page<KeyView, ApiKeyId>, Problem> {
    let keys = facts::of_user(rows, call.authority, call.path()?, &filter(call)?, page)?;
    Ok(keys.map(|facts| KeyView::of(facts, call.now())))
}

fn change_key(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<(), Problem> {
    let EditBody { name, description, mode, user_roles, acknowledge_row_level, allowed_networks } = body;
    let input = EditApiKey {
        id: call.path()?,
        name,
        description,
        mode,
        user_roles,
        row_level_acknowledged: acknowledge_row_level,
        allowed_networks,
    };
    Ok(api_keys::edit(change, call.deps(), call.authority, input)?)
}
