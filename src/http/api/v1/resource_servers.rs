//! Resource servers: the clients that may introspect.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::resource_server_parts::NewSecret;
use crate::{
    domain::{
        audience::Audience,
        ids::ResourceServerId,
        key_pair::{KeyPair, PublicId},
        name::Name,
        page::{Page, PageRequest},
        resource_server::{ResourceServer, ResourceServerState},
        time::Timestamp,
    },
    http::api::{
        body::{Nothing, given},
        handler::{Created, create, edit, list, remove, show},
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::resource_servers::{self, CreateResourceServer, EditResourceServer},
    store::{Change, Rows},
};

pub(super) const TAG: &str = "Resource servers";
pub(super) const MANAGERS: Needs = Needs::OneOf(&["site.manage"], "the site");

const OF_AUDIENCES: &[(u16, &str)] =
    &[(409, "audience_taken"), (409, "name_taken"), (422, "audience_required"), (422, "reserved_audience")];

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_resource_servers",
            verb: Verb::Get,
            path: "/resource-servers",
            tag: TAG,
            summary: "Lists the resource servers of the site, oldest first",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: list(list_all),
        },
        Operation {
            id: "create_resource_server",
            verb: Verb::Post,
            path: "/resource-servers",
            tag: TAG,
            summary: "Makes a resource server; its secret is in this answer only",
            needs: MANAGERS,
            query: &[],
            refusals: OF_AUDIENCES,
            example: r#"{"name":"Orders API","audiences":["urn:example:orders"],"accepts_api_keys":false}"#,
            handler: create(make),
        },
        Operation {
            id: "show_resource_server",
            verb: Verb::Get,
            path: "/resource-servers/{resource_server}",
            tag: TAG,
            summary: "Shows a resource server",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_resource_server",
            verb: Verb::Patch,
            path: "/resource-servers/{resource_server}",
            tag: TAG,
            summary: "Changes a resource server; tokens for an audience that it loses are inactive to it at once",
            needs: MANAGERS,
            query: &[],
            refusals: OF_AUDIENCES,
            example: r#"{"audiences":["urn:example:orders","urn:example:stock"]}"#,
            handler: edit(view, change_server),
        },
        Operation {
            id: "remove_resource_server",
            verb: Verb::Delete,
            path: "/resource-servers/{resource_server}",
            tag: TAG,
            summary: "Removes a resource server that has no permissions registered; its audiences are free again",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "permissions_registered")],
            example: "",
            handler: remove(view, |change, call| {
                Ok(resource_servers::remove(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "disable_resource_server",
            verb: Verb::Post,
            path: "/resource-servers/{resource_server}/disable",
            tag: TAG,
            summary: "Stops a resource server from calling",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "already_disabled")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(resource_servers::disable(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "enable_resource_server",
            verb: Verb::Post,
            path: "/resource-servers/{resource_server}/enable",
            tag: TAG,
            summary: "Lets a resource server call again, with the secrets it had",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "not_disabled")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(resource_servers::enable(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
    ]
}

/// A resource server as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ResourceServer")]
pub(super) struct ServerView {
    /// Its OAuth `client_id`, which also names it in paths.
    #[schemars(schema_with = "schema::id::<ResourceServerId>")]
    client_id: ResourceServerId,
    /// Unique in the site.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// `active`, or `disabled`: then it may not call.
    #[schemars(schema_with = "schema::words::<ResourceServerState>")]
    state: ResourceServerState,
    /// Whether it may introspect presented API keys.
    accepts_api_keys: bool,
    /// The APIs it protects: tokens for any other are inactive to it.
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    audiences: Vec<Audience>,
    /// Its credentials, at most two.
    pairs: Vec<PairView>,
}

/// A credential of a resource server.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ResourceServerPair")]
struct PairView {
    /// Names it, and is part of its secret.
    #[schemars(with = "String")]
    public_id: PublicId,
    /// The last characters of its secret.
    hint: String,
    /// When it was made.
    #[schemars(schema_with = "schema::time")]
    created_at: Timestamp,
    /// When it stops working; `null` means never.
    #[schemars(schema_with = "schema::time_or_null")]
    expires_at: Option<Timestamp>,
}

impl From<ResourceServer> for ServerView {
    fn from(server: ResourceServer) -> Self {
        let ResourceServer { id, name, state, accepts_api_keys, audiences, pairs } = server;
        let pairs = pairs.into_iter().map(PairView::from).collect();
        Self { client_id: id, name, state, accepts_api_keys, audiences, pairs }
    }
}

impl From<KeyPair> for PairView {
    fn from(KeyPair { public_id, hint, created_at, expires_at, .. }: KeyPair) -> Self {
        Self { public_id, hint, created_at, expires_at }
    }
}

/// A resource server to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateResourceServer")]
struct CreateBody {
    /// Unique in the site.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// The APIs it protects, at least one; each belongs to one resource server.
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    audiences: Vec<Audience>,
    /// Whether it may introspect presented API keys.
    #[serde(default)]
    accepts_api_keys: bool,
}

/// What is to be different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditResourceServer")]
struct EditBody {
    /// Unique in the site.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Option<Name>,
    /// All the APIs it protects.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    audiences: Option<Vec<Audience>>,
    /// Whether it may introspect presented API keys.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    accepts_api_keys: Option<bool>,
}

fn list_all(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<ResourceServerId>,
) -> Result<Page<ServerView, ResourceServerId>, Problem> {
    Ok(resource_servers::list(rows, call.authority, page)?.map(ServerView::from))
}

pub(super) fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<ServerView, Problem> {
    Ok(resource_servers::show(rows, call.authority, call.path()?)?.into())
}

fn make(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<NewSecret>, Problem> {
    let CreateBody { name, audiences, accepts_api_keys } = body;
    let input = CreateResourceServer { name, audiences, accepts_api_keys };
    let made = resource_servers::create(change, call.deps(), call.authority, input)?;
    Ok(Created { location: format!("/resource-servers/{}", made.client_id), answer: (&made).into() })
}

fn change_server(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<(), Problem> {
    let EditBody { name, audiences, accepts_api_keys } = body;
    let input = EditResourceServer { id: call.path()?, name, audiences, accepts_api_keys };
    Ok(resource_servers::edit(change, call.deps(), call.authority, input)?)
}
