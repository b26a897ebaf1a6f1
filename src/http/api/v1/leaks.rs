//! Leaks: secrets that somebody saw where they should not be, handed in by anybody, and shown to those who manage the key.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use zeroize::Zeroizing;

use super::keys::{MANAGERS, OF_USER};
use crate::{
    domain::{
        audit_event::Origin,
        ids::LeakId,
        key_pair::PublicId,
        leak::{LeakSource, MOST_SECRETS},
        page::{Page, PageRequest},
        time::Timestamp,
    },
    http::api::{
        body::given,
        handler::list,
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
        visitor::{Visitor, hand_in},
    },
    manage::leaks::{self, LeakFacts, Report},
    store::{Rows, Store},
};

const TAG: &str = "Leaks";

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "report_leak",
            verb: Verb::Post,
            path: "/leaks",
            tag: TAG,
            summary: "Takes secrets that somebody saw where they should not be; the answer is the same whatever they are",
            needs: Needs::Nobody,
            query: &[],
            refusals: &[],
            example: r#"{"secrets":["ksk_J2X9NY3kvsfWyNTAeK4R4ntHvLvk2JxqxLpppCoQUxQCZHiCQJ43LB84"],"source":"https://git.example.com/shop/commit/3f2a"}"#,
            handler: hand_in(report),
        },
        Operation {
            id: "list_leaks_of_key",
            verb: Verb::Get,
            path: "/keys/{key}/leaks",
            tag: TAG,
            summary: "Lists the reported leaks of a key's secrets, also of pairs that are gone, and what is known of their use since",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_USER],
            example: "",
            handler: list(of_key),
        },
    ]
}

/// What somebody hands in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LeakReport")]
struct ReportBody {
    /// Texts that may be secrets of this site, as they were seen.
    #[schemars(schema_with = "secrets")]
    secrets: Secrets,
    /// Where they were seen, for those who own them.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 200>")]
    source: Option<Source>,
}

struct Secrets(Vec<Zeroizing<String>>);

fn secrets(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": MOST_SECRETS })
}

/// The sentence of a refusal never repeats what was sent: it may be a secret.
impl<'de> Deserialize<'de> for Secrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = |value: Value| match value {
            Value::String(text) => Some(Zeroizing::new(text)),
            _ => None,
        };
        let texts = match Value::deserialize(deserializer)? {
            Value::Array(items) => items.into_iter().map(text).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let few = texts.filter(|texts| (1..=MOST_SECRETS).contains(&texts.len()));
        few.map(Self).ok_or_else(|| de::Error::custom(format!("this is a list of 1 to {MOST_SECRETS} texts")))
    }
}

struct Source(LeakSource);

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        LeakSource::parse(value.as_str().unwrap_or_default()).map(Self).map_err(de::Error::custom)
    }
}

/// That the report has come.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LeakReportReceived")]
struct Received {
    /// How many texts there were.
    received: usize,
}

fn report(store: &Store, visitor: &Visitor, body: ReportBody) -> Result<Received, Problem> {
    let ReportBody { secrets: Secrets(secrets), source } = body;
    let origin = Origin { address: visitor.address, ..Origin::SYSTEM };
    let report = Report { secrets: &secrets, source: source.map(|Source(source)| source), origin };
    leaks::report(store, &visitor.deps, &report)?;
    Ok(Received { received: secrets.len() })
}

/// That the secret of a pair was seen.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Leak")]
struct LeakView {
    /// Names it.
    #[schemars(schema_with = "schema::id::<LeakId>")]
    id: LeakId,
    /// The pair.
    #[schemars(with = "String")]
    pair: PublicId,
    /// Whether the pair is still there.
    pair_exists: bool,
    /// When it was reported first.
    #[schemars(schema_with = "schema::time")]
    reported_at: Timestamp,
    /// When it was reported last.
    #[schemars(schema_with = "schema::time")]
    last_reported_at: Timestamp,
    /// How often it was reported.
    reports: i64,
    /// The network that the first report came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    network: Option<String>,
    /// Where the secret was seen, as the first report says. A stranger wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    source: Option<String>,
    /// When a report ended the pair, because the space says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    revoked_at: Option<Timestamp>,
    /// When the pair was used last, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    last_used_at: Option<Timestamp>,
    /// The last address that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    last_used_from: Option<String>,
    /// How often the pair was used since the first report; left out if the pair went later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    uses_since: Option<i64>,
}

impl From<LeakFacts> for LeakView {
    fn from(LeakFacts { leak, pair_is_there, last_use, uses_since }: LeakFacts) -> Self {
        Self {
            id: leak.id,
            pair: leak.pair,
            pair_exists: pair_is_there,
            reported_at: leak.reported_at,
            last_reported_at: leak.last_reported_at,
            reports: leak.reports,
            network: leak.network,
            source: leak.source,
            revoked_at: leak.revoked_at,
            last_used_at: last_use.at,
            last_used_from: last_use.from,
            uses_since,
        }
    }
}

fn of_key(rows: &mut Rows<'_>, call: &Call<'_>, page: PageRequest<LeakId>) -> Result<Page<LeakView, LeakId>, Problem> {
    Ok(leaks::of_key(rows, call.authority, call.path()?, page)?.map(LeakView::from))
}
