//! Webhooks: where a space hears of events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        event::EventKind,
        ids::{SpaceId, WebhookId},
        page::{Page, PageRequest},
        time::Timestamp,
        webhook::{Webhook, WebhookState, WebhookUrl},
    },
    http::api::{
        body::given,
        handler::{Created, create, edit, list, remove, show},
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::webhooks::{self, CreateWebhook, EditWebhook, NewWebhookSecret, OfSpace},
    store::{Change, Rows},
};

pub(super) const TAG: &str = "Events";
pub(super) const MANAGERS: Needs = Needs::OneOf(&["space.manage"], "the space");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_webhooks",
            verb: Verb::Get,
            path: "/spaces/{space}/webhooks",
            tag: TAG,
            summary: "Lists the webhooks of a space, oldest first",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: list(list_of_space),
        },
        Operation {
            id: "create_webhook",
            verb: Verb::Post,
            path: "/spaces/{space}/webhooks",
            tag: TAG,
            summary: "Makes a webhook; the secret that signs its calls is in this answer only",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "space_closed"), (409, "webhook_limit"), (422, "invalid_webhook_url")],
            example: r#"{"url":"https://hooks.example.com/keystead","kinds":["key_pair.expiring"]}"#,
            handler: create(make),
        },
        Operation {
            id: "show_webhook",
            verb: Verb::Get,
            path: "/spaces/{space}/webhooks/{webhook}",
            tag: TAG,
            summary: "Shows a webhook",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_webhook",
            verb: Verb::Patch,
            path: "/spaces/{space}/webhooks/{webhook}",
            tag: TAG,
            summary: "Changes a webhook; while it is disabled nothing is kept for it",
            needs: MANAGERS,
            query: &[],
            refusals: &[(422, "invalid_webhook_url")],
            example: r#"{"kinds":[],"enabled":true}"#,
            handler: edit(view, change_webhook),
        },
        Operation {
            id: "remove_webhook",
            verb: Verb::Delete,
            path: "/spaces/{space}/webhooks/{webhook}",
            tag: TAG,
            summary: "Removes a webhook with what waits for it",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: remove(view, |change, call| {
                Ok(webhooks::remove(change, call.deps(), call.authority, named(call)?)?)
            }),
        },
    ]
}

/// A webhook as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
pub(super) struct WebhookView {
    /// Its id.
    #[schemars(schema_with = "schema::id::<WebhookId>")]
    id: WebhookId,
    /// The space whose events it hears.
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    space: SpaceId,
    /// Where it listens.
    #[schemars(schema_with = "schema::text::<1, 500>")]
    url: WebhookUrl,
    /// The kinds of events that it wants; none named means all.
    #[schemars(schema_with = "schema::list_of_words::<EventKind>")]
    kinds: Vec<EventKind>,
    /// `active`, `disabled`, or `gone`: its receiver has answered 410. Only an active one hears.
    #[schemars(schema_with = "schema::words::<WebhookState>")]
    state: WebhookState,
    /// Until when its calls are signed with the secret before the present one, too; `null` if there was none.
    #[schemars(schema_with = "schema::time_or_null")]
    previous_secret_until: Option<Timestamp>,
    /// When it was made.
    #[schemars(schema_with = "schema::time")]
    created_at: Timestamp,
}

impl From<Webhook> for WebhookView {
    fn from(Webhook { id, space, url, kinds, state, previous_secret_until, created_at }: Webhook) -> Self {
        Self { id, space, url, kinds, state, previous_secret_until, created_at }
    }
}

/// A webhook and its new secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewWebhookSecret")]
pub(super) struct NewSecretView {
    /// The secret that its calls are signed with; nobody can show it again. Left out where it was shown before.
    #[serde(default)]
    #[schemars(with = "String")]
    secret: String,
    /// The webhook as it is now.
    webhook: WebhookView,
}

impl From<NewWebhookSecret> for NewSecretView {
    fn from(NewWebhookSecret { webhook, secret }: NewWebhookSecret) -> Self {
        Self { secret: secret.expose().to_owned(), webhook: webhook.into() }
    }
}

/// A webhook to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateWebhook")]
struct CreateBody {
    /// Where it listens: `https`, without a user name, on the public internet.
    #[schemars(schema_with = "schema::text::<1, 500>")]
    url: WebhookUrl,
    /// The kinds of events that it wants; all, if left out or empty.
    #[serde(default)]
    #[schemars(schema_with = "schema::list_of_words::<EventKind>")]
    kinds: Vec<EventKind>,
}

/// What is to be different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditWebhook")]
struct EditBody {
    /// Where it listens.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 500>")]
    url: Option<WebhookUrl>,
    /// The kinds of events that it wants; all, if empty.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::list_of_words::<EventKind>")]
    kinds: Option<Vec<EventKind>>,
    /// Whether it hears; `true` also brings back one that is gone.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    enabled: Option<bool>,
}

/// The webhook that the path names.
pub(super) fn named(call: &Call<'_>) -> Result<OfSpace, Problem> {
    Ok(OfSpace { space: call.path()?, id: call.path()? })
}

fn list_of_space(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<WebhookId>,
) -> Result<Page<WebhookView, WebhookId>, Problem> {
    Ok(webhooks::list(rows, call.authority, call.path()?, page)?.map(WebhookView::from))
}

pub(super) fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<WebhookView, Problem> {
    Ok(webhooks::show(rows, call.authority, named(call)?)?.into())
}

fn make(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<NewSecretView>, Problem> {
    let CreateBody { url, kinds } = body;
    let input = CreateWebhook { space: call.path()?, url, kinds };
    let made = webhooks::create(change, call.deps(), call.authority, input)?;
    let location = format!("/spaces/{}/webhooks/{}", made.webhook.space, made.webhook.id);
    Ok(Created { location, answer: made.into() })
}

fn change_webhook(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<(), Problem> {
    let EditBody { url, kinds, enabled } = body;
    let input = EditWebhook { named: named(call)?, url, kinds, enabled };
    Ok(webhooks::edit(change, call.deps(), call.authority, input)?)
}
