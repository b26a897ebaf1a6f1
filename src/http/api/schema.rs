//! Schemas of values whose types belong to the domain, for `#[schemars(schema_with = "…")]` at members of bodies and
//! answers. A member that may be left out also has `#[serde(default)]`, in answers too: then the document does not
//! require it.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::domain::{ids::Id, text_enum::TextEnum};

/// One of the words of an enum: `schema_with = "schema::words::<KeyStatus>"`.
pub(super) fn words<T: TextEnum>(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<&str> = T::ALL.iter().map(|variant| variant.as_str()).collect();
    json_schema!({ "type": "string", "enum": words })
}

/// An id: `schema_with = "schema::id::<SpaceId>"`.
pub(super) fn id<T: Id>(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": format!("^{}_[0-9a-f]{{32}}$", T::PREFIX) })
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
