//! The OpenAPI 3.1 document, made from the table of operations.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings, transform::transform_subschemas};
use serde_json::{Map, Value, json};

use super::{
    kind::Kind,
    operation::{Needs, Operation},
    operations, query, refusals,
    reply::{LAST_POSITION, LINES},
    request::{PATH_PARAMETERS, QUERY_FORMS},
};
use crate::domain::audit_filter::Actions;

const DESCRIPTION: &str = "\
Manages a Keystead site. Ask `/oauth/token` for an access token with `resource=<issuer>/api/v1` and send it as \
`Authorization: Bearer`. Every refusal is a problem (RFC 9457) with a `code` that never changes. A change is on disk, and \
every node decides by it, when its answer arrives.";

/// What forms take as the value of a parameter ([`crate::http::form`]).
const FREE_TEXT: &str = r"^[^\x00-\x1f\x7f-\x9f]+$";

/// The document. It names no server: paths are relative to where it was read.
#[must_use]
pub fn document() -> Value {
    let mut schemas = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .with_transform(drop_null_defaults)
        .into_generator();
    let mut paths = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(verbs) = path {
            verbs.insert(operation.verb.as_str().to_ascii_lowercase(), describe(&operation, &mut schemas));
        }
    }
    let mut definitions = schemas.take_definitions(true);
    definitions.insert("Problem".to_owned(), problem());
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Keystead", "version": "1", "description": DESCRIPTION },
        "servers": [{ "url": "../v1" }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
            "schemas": definitions,
        },
    });
    // The order must not hang on a feature of serde_json that some other crate of the build may switch on.
    document.sort_all_objects();
    document
}

/// A member that is left out is not `null`: schemars sees no difference.
fn drop_null_defaults(schema: &mut Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    transform_subschemas(&mut drop_null_defaults, schema);
}

/// The document as it is kept in the repository and printed.
#[must_use]
pub fn text() -> String {
    format!("{:#}\n", document())
}

fn describe(operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let handler = &operation.handler;
    let description = match operation.scope() {
        Some(scope) => format!("Needs the scope `{scope}` and {}.", operation.needs),
        None => format!("Needs {}.", operation.needs),
    };
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": description,
        "parameters": parameters(operation),
        "responses": responses(operation, schemas),
    });
    if let (Needs::Nobody, Value::Object(members)) = (operation.needs, &mut described) {
        members.insert("security".to_owned(), json!([]));
    }
    if let (Some(body), Value::Object(members)) = (handler.body, &mut described) {
        let example: Value = serde_json::from_str(operation.example).unwrap_or_default();
        let schema = body(schemas);
        let required = requires_a_member(&schema, schemas);
        let content = json!({ "application/json": { "schema": schema, "example": example } });
        members.insert("requestBody".to_owned(), json!({ "required": required, "content": content }));
    }
    described
}

/// Whether a body without members, and so none at all, would be refused.
fn requires_a_member(schema: &Schema, schemas: &SchemaGenerator) -> bool {
    let named = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next());
    let members = match named {
        Some(name) => schemas.definitions().get(name).and_then(|definition| definition.get("required")),
        None => schema.get("required"),
    };
    members.and_then(Value::as_array).is_some_and(|members| !members.is_empty())
}

/// The form of a parameter of the query that names nothing of a path and has no few words.
fn form_of_query(name: &str) -> Value {
    match name {
        "action" => json!({ "type": "string", "enum": Actions::words() }),
        "from" | "to" => json!({ "type": "string", "anyOf": [{ "format": "date-time" }, { "format": "date" }] }),
        _ => {
            let form = QUERY_FORMS.iter().find(|(known, _)| *known == name);
            json!({ "type": "string", "pattern": form.map_or(FREE_TEXT, |(_, pattern)| pattern) })
        }
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let kind = operation.handler.kind;
    let of_path = operation.path_parameters().filter_map(|name| {
        let known = PATH_PARAMETERS.iter().find(|known| known.name == name)?;
        let schema = json!({ "type": "string", "pattern": known.pattern });
        Some(
            json!({ "in": "path", "name": name, "required": true, "description": known.description, "schema": schema }),
        )
    });
    let of_query = operation.query.iter().map(|parameter| {
        let named = PATH_PARAMETERS.iter().find(|known| known.name == parameter.name);
        let schema = match (parameter.words, named) {
            ([], Some(named)) => json!({ "type": "string", "pattern": named.pattern }),
            ([], None) => form_of_query(parameter.name),
            (words, _) => json!({ "type": "string", "enum": words }),
        };
        json!({ "in": "query", "name": parameter.name, "description": parameter.description, "schema": schema })
    });
    let [limit, cursor] = query::OF_PAGES;
    let of_pages = [
        json!({ "in": "query", "name": limit, "description": "How many items at most",
                "schema": { "type": "integer", "minimum": 1, "maximum": 200, "default": 50 } }),
        json!({ "in": "query", "name": cursor, "description": "`next_cursor` of the page before",
                "schema": { "type": "string", "pattern": "^[A-Za-z0-9_-]+$" } }),
    ];
    let text = json!({ "type": "string" });
    let header = |applies: bool, name: &str, description: &str, schema: &Value| {
        applies.then(|| json!({ "in": "header", "name": name, "description": description, "schema": schema }))
    };
    let headers = [
        header(kind == Kind::Show, "If-None-Match", "The ETag that the caller has: 304 if it is still so", &text),
        header(kind.takes_if_match(), "If-Match", "The ETag that the caller read: 412 if it is not so any more", &text),
        header(
            kind.is_idempotent_by_key(),
            "Idempotency-Key",
            "Asked for again with it within 24 hours, it is answered again and not made again, without a secret",
            &json!({ "type": "string", "pattern": "^[!-~]{1,64}$" }),
        ),
    ];
    let [after, most] = query::OF_EXPORTS;
    let of_exports = [
        json!({ "in": "query", "name": after, "description": "Only what stands behind this position of the chain",
                "schema": { "type": "integer", "format": "int64", "minimum": 0, "default": 0 } }),
        json!({ "in": "query", "name": most, "description": "How many lines at most",
                "schema": { "type": "integer", "minimum": 1, "maximum": 1000, "default": 1000 } }),
    ];
    let pages = match kind {
        Kind::List => Vec::from(of_pages),
        Kind::Export => Vec::from(of_exports),
        _ => Vec::new(),
    };
    of_path.chain(of_query).chain(pages).chain(headers.into_iter().flatten()).collect()
}

fn responses(operation: &Operation, schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let (kind, mut responses) = (operation.handler.kind, Map::new());
    let mut success = json!({ "description": "Done" });
    if let (Some(answer), Value::Object(members)) = (operation.handler.answer, &mut success) {
        let content = json!({ "application/json": { "schema": answer(schemas) } });
        if kind == Kind::Create {
            let again =
                json!({ "description": "Made before with this Idempotency-Key; without a secret", "content": content });
            responses.insert("200".to_owned(), again);
        }
        members.insert("content".to_owned(), content);
    }
    if let (Kind::Export, Value::Object(members)) = (kind, &mut success) {
        let lines = json!({ "type": "string", "description": "One audit event a line, with its `version`" });
        members.insert("content".to_owned(), json!({ LINES: { "schema": lines } }));
    }
    let header = match kind {
        Kind::Export => Some((LAST_POSITION, "The position to go on behind")),
        Kind::Create => Some(("Location", "Where it is")),
        _ if kind.has_etag() => Some(("ETag", "Names this state of it")),
        _ => None,
    };
    if let (Some((name, description)), Value::Object(members)) = (header, &mut success) {
        let header = json!({ name: { "description": description, "schema": { "type": "string" } } });
        members.insert("headers".to_owned(), header);
    }
    responses.insert(kind.status().to_string(), success);
    if kind == Kind::Show {
        responses
            .insert("304".to_owned(), json!({ "description": "Unchanged since the state that If-None-Match names" }));
    }
    let refusals = refusals::of(operation);
    for of_status in refusals.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((status, _)) = of_status.first() else { continue };
        let codes: Vec<String> = of_status.iter().map(|(_, code)| format!("`{code}`")).collect();
        let content = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
        responses.insert(status.to_string(), json!({ "description": codes.join(", "), "content": content }));
    }
    responses
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Why there is no success (RFC 9457)",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": { "type": "string", "description": "Where the code is explained" },
            "title": { "type": "string", "description": "The code in words" },
            "status": { "type": "integer", "description": "The status of the answer" },
            "code": { "type": "string", "description": "Tells programs what happened; never changes" },
            "detail": { "type": "string", "description": "Tells people what happened and what to do" },
            "request_id": { "type": "string", "description": "Names the request in the log of the server" },
            "field": { "type": "string", "description": "The member that does not fit, as a JSON pointer" },
            "parameter": { "type": "string", "description": "The parameter of the query that does not fit" },
            "permission": { "type": "string", "description": "What the caller lacks" },
            "keys": { "type": "array", "items": { "type": "string" }, "description": "The keys that stand in the way" },
        },
    })
}
