//! The inspector: what a token, a secret or an id is, whether it counts now, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    domain::{
        condition::Question,
        explanation::{About, AboutKind, Explanation, Kind, Outcome, Step, TokenTimes},
        sequence::Seq,
        time::Timestamp,
    },
    http::api::{
        ask::ask,
        body::given,
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::explain::{Inspector, LONGEST, explain},
    oauth,
    store::Rows,
};

const TAG: &str = "Inspector";
/// Longest id, with room to spare.
const LONGEST_ID: usize = 64;

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "explain",
        verb: Verb::Post,
        path: "/explain",
        tag: TAG,
        summary: "Says what a token, the secret of an API key, or an id is, whether it is active now, and why; to those who manage it or for whom it speaks",
        needs: Needs::Token,
        query: &[],
        refusals: &[(404, "not_found")],
        example: r#"{"token":"eyJhbGciOiJub25lIn0.e30.c2ln"}"#,
        handler: ask(answer),
    }]
}

/// What is to be explained: exactly one of both.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExplainRequest")]
struct Asked {
    /// An access token, or a secret. It is neither kept nor logged.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, LONGEST>")]
    token: Option<String>,
    /// The id of an API key, a user, an application or an authorized application, or the public id of a key pair.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, LONGEST_ID>")]
    id: Option<String>,
}

/// What is said of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Explanation")]
struct View {
    /// What it is.
    #[schemars(schema_with = "schema::words::<Kind>")]
    kind: Kind,
    /// Whether it counts now: what introspection tells a resource server of its audience.
    active: bool,
    /// The time for which this is said.
    #[schemars(schema_with = "schema::time")]
    at: Timestamp,
    /// The number of the last change before.
    #[schemars(with = "i64")]
    head: Seq,
    /// What an access token says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TokenView")]
    token: Option<TokenView>,
    /// What it is about.
    about: Vec<AboutView>,
    /// The reasons, in the order in which they are asked for.
    steps: Vec<StepView>,
}

/// What an access token says of itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExplainedToken")]
struct TokenView {
    /// The number of the change at which it was made.
    #[schemars(with = "i64")]
    made_at: Seq,
    /// When it was made.
    #[schemars(schema_with = "schema::time")]
    issued_at: Timestamp,
    /// Its end.
    #[schemars(schema_with = "schema::time")]
    expires_at: Timestamp,
    /// For whom it is.
    audience: String,
    /// What it may still be used for; left out if that is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    scope: Option<String>,
}

/// A thing that the explanation is about.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExplainedThing")]
struct AboutView {
    /// Its kind.
    #[schemars(schema_with = "schema::words::<AboutKind>")]
    kind: AboutKind,
    /// Its id.
    id: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    name: Option<String>,
}

/// One question and its answer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExplainedStep")]
struct StepView {
    /// What was asked; the word never changes.
    #[schemars(schema_with = "schema::words::<Question>")]
    question: Question,
    /// The answer.
    #[schemars(schema_with = "schema::words::<Outcome>")]
    outcome: Outcome,
    /// Whether `active` depends on it; else it is worth knowing.
    decides: bool,
    /// The change that matters: of a cut-off, or since when something is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    change: Option<Seq>,
    /// The time that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    time: Option<Timestamp>,
    /// The answer in a sentence.
    text: String,
}

fn answer(rows: &mut Rows<'_>, call: &Call<'_>, asked: Asked) -> Result<View, Problem> {
    let text = match (asked.token, asked.id) {
        (Some(token), None) => of_length("/token", token, LONGEST)?,
        (None, Some(id)) => of_length("/id", id, LONGEST_ID)?,
        (None, None) => return Err(Problem::missing_field("/token".to_owned())),
        (Some(_), Some(_)) => {
            let sentence = "send a token or an id, not both".to_owned();
            return Err(Problem::invalid_field("/id".to_owned(), sentence));
        }
    };
    let inspector =
        Inspector { deps: call.deps(), authority: call.authority, now: call.now(), read_token: oauth::explain::read };
    Ok(explain(rows, &inspector, &text)?.into())
}

fn of_length(field: &str, text: String, most: usize) -> Result<Zeroizing<String>, Problem> {
    let text = Zeroizing::new(text);
    if text.is_empty() || text.chars().count() > most {
        let sentence = format!("it has 1 to {most} characters");
        return Err(Problem::invalid_field(field.to_owned(), sentence));
    }
    Ok(text)
}

impl From<Explanation> for View {
    fn from(explanation: Explanation) -> Self {
        let active = explanation.is_active();
        let Explanation { kind, now, head, token, about, steps } = explanation;
        Self {
            kind,
            active,
            at: now,
            head,
            token: token.map(TokenView::from),
            about: about.into_iter().map(|About { kind, id, name }| AboutView { kind, id, name }).collect(),
            steps: steps.into_iter().map(StepView::from).collect(),
        }
    }
}

impl From<TokenTimes> for TokenView {
    fn from(TokenTimes { made_at, issued_at, expires_at, audience, scope }: TokenTimes) -> Self {
        Self { made_at, issued_at, expires_at, audience, scope }
    }
}

impl From<Step> for StepView {
    fn from(Step { question, outcome, decides, change, at, says }: Step) -> Self {
        Self { question, outcome, decides, change, time: at, text: says }
    }
}
