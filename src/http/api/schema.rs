//! Schemas of values whose types belong to the domain, for `#[schemars(schema_with = "…")]` at members of bodies and
//! answers. A member that may be left out also has `#[serde(default)]`, in answers too: then the document does not
//! require it.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::domain::{
    allowed_networks::MOST_NETWORKS,
    ids::{ApiKeyId, ApplicationId, Id},
    text_enum::TextEnum,
};

/// One of the words of an enum: `schema_with = "schema::words::<KeyStatus>"`.
pub(super) fn words<T: TextEnum>(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": T::WORDS })
}

/// An id: `schema_with = "schema::id::<SpaceId>"`.
pub(super) fn id<T: Id>(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": format!("^{}_[0-9a-f]{{32}}$", T::PREFIX) })
}

/// The id of an API key or of an application.
pub(super) fn client_id(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": format!("^({}|{})_[0-9a-f]{{32}}$", ApiKeyId::PREFIX, ApplicationId::PREFIX) })
}

/// Some ids.
pub(super) fn ids<T: Id>(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": id::<T>(generator) })
}

/// A point in time.
pub(super) fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

/// The number of a workspace.
pub(super) fn workspace(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "format": "int64", "minimum": 1 })
}

/// A text of so many characters: `schema_with = "schema::text::<1, 100>"` for a name.
pub(super) fn text<const LEAST: usize, const MOST: usize>(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": LEAST, "maxLength": MOST })
}

/// Some of the words of an enum.
pub(super) fn list_of_words<T: TextEnum>(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": words::<T>(generator) })
}

/// A point in time, or `null` for none.
pub(super) fn time_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "format": "date-time" })
}

/// The same for a text that may be `null`, which clears it.
pub(super) fn text_or_null<const MOST: usize>(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "maxLength": MOST })
}

/// When a pair ends.
pub(super) fn expiry(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "anyOf": [{ "enum": ["none", "90d"] }, { "format": "date" }, { "format": "date-time" }],
    })
}

/// Networks, or addresses alone.
pub(super) fn networks(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "maxItems": MOST_NETWORKS, "items": text::<2, 64>(generator) })
}

/// Numbers of workspaces.
pub(super) fn workspaces(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": workspace(generator) })
}

/// Some texts of so many characters each.
pub(super) fn texts<const LEAST: usize, const MOST: usize>(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": text::<LEAST, MOST>(generator) })
}

fn or_null(schema: &Schema) -> Schema {
    json_schema!({ "anyOf": [schema, { "type": "null" }] })
}

/// The number of a workspace, or `null`.
pub(super) fn workspace_or_null(generator: &mut SchemaGenerator) -> Schema {
    or_null(&workspace(generator))
}

/// An id, or `null`.
pub(super) fn id_or_null<T: Id>(generator: &mut SchemaGenerator) -> Schema {
    or_null(&id::<T>(generator))
}
