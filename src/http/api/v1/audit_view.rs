//! How audit events are shown. Their form is that of [`AuditRecord`], which the export and the command line share; here it is
//! described.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::{
    domain::{
        audit_record::AuditRecord,
        ids::{AuditEventId, GrantId, SessionId, SpaceId, UserId},
    },
    http::api::schema,
};

/// An audit event.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct EventView(pub(super) AuditRecord);

impl JsonSchema for EventView {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AuditEvent".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (mut properties, mut required) = (serde_json::Map::new(), Vec::new());
        for (name, description, mut member) in members(generator) {
            member.insert("description".to_owned(), description.into());
            properties.insert(name.to_owned(), member.into());
            required.push(name);
        }
        json_schema!({ "type": "object", "description": "An audit event", "properties": properties, "required": required })
    }
}

type Member = (&'static str, &'static str, Schema);

fn members(generator: &mut SchemaGenerator) -> Vec<Member> {
    let texts = json_schema!({ "type": "array", "items": { "type": "string" } });
    let text = || json_schema!({ "type": "string" });
    let text_or_null = || json_schema!({ "type": ["string", "null"] });
    let number = |least: i64| json_schema!({ "type": "integer", "format": "int64", "minimum": least });
    let number_or_null = || json_schema!({ "type": ["integer", "null"], "format": "int64" });
    let actor = json_schema!({
        "type": "object",
        "properties": {
            "kind": { "enum": ["operator", "system", "user", "api_key", "resource_server", "application"] },
            "id": { "type": ["string", "null"] },
        },
        "required": ["kind", "id"],
    });
    let credential = json_schema!({
        "type": "object",
        "properties": {
            "pair": { "type": ["string", "null"], "pattern": "^[0-9A-Za-z]{16}$" },
            "grant": schema::id_or_null::<GrantId>(generator),
            "session": schema::id_or_null::<SessionId>(generator),
        },
        "required": ["pair", "grant", "session"],
    });
    vec![
        ("id", "Identifier", schema::id::<AuditEventId>(generator)),
        ("seq", "The change that it belongs to, or the last one before it", number(0)),
        ("at", "When it happened, or happened first", schema::time(generator)),
        ("last_at", "When it happened last, if it is something that is counted", schema::time_or_null(generator)),
        ("count", "How often it happened", number(1)),
        ("action", "What was done", text()),
        ("target", "Id of what it was done to", text()),
        ("space", "The space that it belongs to", schema::id_or_null::<SpaceId>(generator)),
        ("workspace", "The workspace that it is about, if it is about one", schema::workspace_or_null(generator)),
        ("actor", "Who did it", actor),
        ("credential", "With what: a key pair, a consent, or a session", credential),
        ("authority", "The user on whose authority", schema::id_or_null::<UserId>(generator)),
        ("address", "Where the request came from", text_or_null()),
        ("about", "All that it is found by: ids, public ids of pairs, `workspace:` and a number", texts),
        ("detail", "What changed: `{\"field\": {\"from\": …, \"to\": …}}`", json_schema!({ "type": "object" })),
        ("position", "Its place in the chain of all events, once it has one", number_or_null()),
        ("seal", "Hash of the chain up to it, in hexadecimal digits", text_or_null()),
    ]
}
