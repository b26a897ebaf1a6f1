//! What stands behind an operation: one of a few kinds, each made from plain functions. The kind reads the request,
//! runs one transaction, evaluates the caller from its rows and renders the outcome; the functions make one call each.

use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    body,
    cursor::CursorKey,
    hashing::Hashing,
    idempotency,
    kind::Kind,
    operation::QueryParameter,
    problem::Problem,
    reply::{Reply, Representation},
    request::{Call, Request},
    visitor::PrepareVisit,
};
use crate::{
    crypto::password::PasswordHasher,
    domain::page::{Page, PageRequest},
    manage::{
        self,
        audit_log::{self, Exported},
        authority::Purpose,
    },
    store::{Change, Executor, Rows, Snapshot, Store},
};

type SchemaOf = fn(&mut SchemaGenerator) -> Schema;
pub(super) type Job = Box<dyn FnOnce(&Store) -> Result<Reply, Problem> + Send>;

/// Reads the request of a caller; what is left needs the database.
#[derive(Clone)]
pub(super) enum PrepareCall {
    /// One transaction.
    Job(Arc<dyn Fn(Request) -> Result<Job, Problem> + Send + Sync>),
    /// A hash between two.
    Hashing(Arc<dyn Fn(Request) -> Result<Hashing, Problem> + Send + Sync>),
}

impl PrepareCall {
    /// Answers the request.
    pub(super) async fn answer(
        &self,
        request: Request,
        executor: &Executor,
        hasher: &PasswordHasher,
    ) -> Result<Reply, Problem> {
        match self {
            Self::Job(prepare) => executor.run(prepare(request)?).await,
            Self::Hashing(prepare) => prepare(request)?.run(executor, hasher).await,
        }
    }
}

/// A kind with its functions.
pub struct Handler {
    /// The kind.
    pub kind: Kind,
    pub(super) body: Option<SchemaOf>,
    pub(super) answer: Option<SchemaOf>,
    pub(super) preparation: Preparation,
}

/// Reads a request, before the database is asked.
#[derive(Clone)]
pub(super) enum Preparation {
    /// Of somebody who logged in.
    OfCaller(PrepareCall),
    /// Of anybody.
    OfVisitor(Arc<PrepareVisit>),
}

/// A thing that was made.
pub struct Created<T> {
    /// Its path below `/api/v1`.
    pub location: String,
    /// What it is, with a secret if there is a new one: an answer that is kept for repeated requests loses it.
    pub answer: T,
}

/// A function that shows a thing, alone and after a change.
pub type ShowFn<T> = fn(&mut Rows<'_>, &Call<'_>) -> Result<T, Problem>;
/// A function that shows a page.
pub type ListFn<T, K> = fn(&mut Rows<'_>, &Call<'_>, PageRequest<K>) -> Result<Page<T, K>, Problem>;
/// A function that reads a part of an export.
pub type ExportFn = fn(&mut Snapshot<'_>, &Call<'_>) -> Result<Exported, Problem>;
/// A function that changes something as its input says.
pub type ChangeFn<B, T> = fn(&mut Change<'_>, &Call<'_>, B) -> Result<T, Problem>;

/// Shows one thing: 200 with an entity tag, or 304.
pub fn show<T: Serialize + JsonSchema + 'static>(show: ShowFn<T>) -> Handler {
    Handler::looking::<T>(Kind::Show, move |request| {
        Ok(Box::new(move |store| {
            look(store, &request, |rows, call| {
                let shown = Representation::of(&show(rows, call)?)?;
                Ok(shown.reply_to(request.if_none_match.as_ref()))
            })
        }))
    })
}

/// Shows a page of things, oldest first.
pub fn list<T, K>(list: ListFn<T, K>) -> Handler
where
    T: Serialize + JsonSchema + 'static,
    K: CursorKey,
{
    Handler::looking::<PageOf<T>>(Kind::List, move |request| {
        let page = request.page::<K>()?;
        Ok(Box::new(move |store| {
            look(store, &request, |rows, call| {
                let Page { items, next } = list(rows, call, page)?;
                let next_cursor = next.map(|key| request.cursor_after(&key));
                Reply::json(200, &PageOf { items, next_cursor })
            })
        }))
    })
}

/// Gives out a part of an export as JSON Lines, after it is noted who takes it.
pub fn export(read: ExportFn) -> Handler {
    Handler {
        kind: Kind::Export,
        body: None,
        answer: None,
        preparation: Preparation::OfCaller(PrepareCall::Job(Arc::new(move |request| {
            Ok(Box::new(move |store| {
                let exported = store.snapshot(|tx| {
                    let authority = manage::authority::of_token(tx, &request.caller, Purpose::Look)?;
                    read(tx, &Call::new(&request, &authority))
                })?;
                if let Some(note) = &exported.to_note {
                    store.redeem(|redemption| audit_log::note(redemption, note))?;
                }
                Ok(Reply::lines(exported.lines, exported.last))
            }))
        }))),
    }
}

/// Makes a thing: 201, or 200 for a repeated `Idempotency-Key`.
pub fn create<B, T>(create: ChangeFn<B, Created<T>>) -> Handler
where
    B: DeserializeOwned + JsonSchema + Send + 'static,
    T: Serialize + JsonSchema + 'static,
{
    Handler::changing::<B, T>(Kind::Create, move |request, input| creation(Arc::new(request), input, create))
}

/// The transaction that makes a thing.
pub(super) fn creation<I, T>(request: Arc<Request>, input: I, create: ChangeFn<I, Created<T>>) -> Job
where
    I: Send + 'static,
    T: Serialize + JsonSchema + 'static,
{
    Box::new(move |store| {
        change(store, &request, |change, call| {
            idempotency::once(change, call, 201, |change| {
                let Created { location, answer } = create(change, call, input)?;
                Ok((Some(location), answer))
            })
        })
    })
}

/// Gives a thing something new that is answered once, such as a secret: 200.
pub fn issue<B, S, T>(show: ShowFn<S>, issue: ChangeFn<B, T>) -> Handler
where
    B: DeserializeOwned + JsonSchema + Send + 'static,
    S: Serialize + 'static,
    T: Serialize + JsonSchema + 'static,
{
    Handler::changing::<B, T>(Kind::Issue, move |request, input| {
        Box::new(move |store| {
            change(store, &request, |change, call| {
                idempotency::once(change, call, 200, |change| {
                    refuse_other_state(change, call, show)?;
                    Ok((None, issue(change, call, input)?))
                })
            })
        })
    })
}

/// Changes a thing as the body says, and shows it.
pub fn edit<B, T>(show: ShowFn<T>, edit: ChangeFn<B, ()>) -> Handler
where
    B: DeserializeOwned + JsonSchema + Send + 'static,
    T: Serialize + JsonSchema + 'static,
{
    Handler::changing::<B, T>(Kind::Edit, move |request, input| {
        Box::new(move |store| {
            change(store, &request, |change, call| {
                refuse_other_state(change, call, show)?;
                edit(change, call, input)?;
                Ok(Representation::of(&show(&mut Rows::of(change), call)?)?.reply_to(None))
            })
        })
    })
}

/// The parameter of the query by which an edit is only rehearsed.
pub const DRY_RUN: QueryParameter = QueryParameter {
    name: "dry_run",
    description: "`true` changes nothing, and answers what would come of it",
    words: &["true", "false"],
};

/// The same for a change that has more to tell than what the thing is now, and that may be rehearsed ([`DRY_RUN`]). What it
/// tells besides is no part of the state that its tag names.
pub fn edit_and_tell<B, S, T>(show: ShowFn<S>, edit: ChangeFn<B, T>) -> Handler
where
    B: DeserializeOwned + JsonSchema + Send + 'static,
    S: Serialize + 'static,
    T: Serialize + JsonSchema + 'static,
{
    Handler::changing::<B, T>(Kind::Edit, move |request, input| {
        Box::new(move |store| {
            let work = |change: &mut Change<'_>, call: &Call<'_>| {
                refuse_other_state(change, call, show)?;
                Ok(Representation::of(&edit(change, call, input)?)?.reply_to(None))
            };
            if request.query.get(DRY_RUN.name) == Some("true") {
                rehearse(store, &request, work)
            } else {
                change(store, &request, work)
            }
        })
    })
}

/// Removes a thing: 204.
pub fn remove<T: Serialize + 'static>(
    show: ShowFn<T>,
    remove: fn(&mut Change<'_>, &Call<'_>) -> Result<(), Problem>,
) -> Handler {
    Handler {
        kind: Kind::Remove,
        body: None,
        answer: None,
        preparation: Preparation::OfCaller(PrepareCall::Job(Arc::new(move |request| {
            Ok(Box::new(move |store| {
                change(store, &request, |change, call| {
                    refuse_other_state(change, call, show)?;
                    remove(change, call)?;
                    Ok(Reply::empty(204))
                })
            }))
        }))),
    }
}

/// Takes something away, as path and query say, and tells what that did: 200.
pub fn take<S: Serialize + 'static, T: Serialize + JsonSchema + 'static>(
    show: ShowFn<S>,
    take: fn(&mut Change<'_>, &Call<'_>) -> Result<T, Problem>,
) -> Handler {
    Handler {
        kind: Kind::Take,
        body: None,
        answer: Some(SchemaGenerator::subschema_for::<T>),
        preparation: Preparation::OfCaller(PrepareCall::Job(Arc::new(move |request| {
            Ok(Box::new(move |store| {
                change(store, &request, |change, call| {
                    refuse_other_state(change, call, show)?;
                    Reply::json(200, &take(change, call)?)
                })
            }))
        }))),
    }
}

/// One page as it is answered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
struct PageOf<T> {
    /// The things, in the order of the list.
    items: Vec<T>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    next_cursor: Option<String>,
}

impl Handler {
    fn looking<T: JsonSchema>(
        kind: Kind,
        prepare: impl Fn(Request) -> Result<Job, Problem> + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            body: None,
            answer: Some(SchemaGenerator::subschema_for::<T>),
            preparation: Preparation::OfCaller(PrepareCall::Job(Arc::new(prepare))),
        }
    }

    pub(super) fn changing<B: DeserializeOwned + JsonSchema, T: JsonSchema>(
        kind: Kind,
        job: impl Fn(Request, B) -> Job + Send + Sync + 'static,
    ) -> Self {
        let prepare = move |mut request: Request| {
            let input = body::typed::<B>(std::mem::take(&mut request.body))?;
            Ok(job(request, input))
        };
        Self {
            kind,
            body: Some(SchemaGenerator::subschema_for::<B>),
            answer: Some(SchemaGenerator::subschema_for::<T>),
            preparation: Preparation::OfCaller(PrepareCall::Job(Arc::new(prepare))),
        }
    }

    pub(super) fn hashing<B: DeserializeOwned + JsonSchema, T: JsonSchema>(
        begin: impl Fn(Request, B) -> Result<Hashing, Problem> + Send + Sync + 'static,
    ) -> Self {
        let prepare = move |mut request: Request| {
            let input = body::typed::<B>(std::mem::take(&mut request.body))?;
            begin(request, input)
        };
        Self {
            kind: Kind::Create,
            body: Some(SchemaGenerator::subschema_for::<B>),
            answer: Some(SchemaGenerator::subschema_for::<T>),
            preparation: Preparation::OfCaller(PrepareCall::Hashing(Arc::new(prepare))),
        }
    }

    /// Whether it reads a body.
    #[must_use]
    pub const fn takes_body(&self) -> bool {
        self.body.is_some()
    }

    /// Whether it hashes a secret that is brought along.
    #[must_use]
    pub const fn takes_secret(&self) -> bool {
        matches!(self.preparation, Preparation::OfCaller(PrepareCall::Hashing(_)))
    }
}

pub(super) fn look(
    store: &Store,
    request: &Request,
    body: impl FnOnce(&mut Rows<'_>, &Call<'_>) -> Result<Reply, Problem>,
) -> Result<Reply, Problem> {
    store.snapshot(|tx| {
        let authority = manage::authority::of_token(tx, &request.caller, Purpose::Look)?;
        body(&mut Rows::of(tx), &Call::new(request, &authority))
    })
}

fn change(
    store: &Store,
    request: &Request,
    body: impl FnOnce(&mut Change<'_>, &Call<'_>) -> Result<Reply, Problem>,
) -> Result<Reply, Problem> {
    store.change(|change| of_caller(change, request, body))
}

/// The same, and everything is taken back.
fn rehearse(
    store: &Store,
    request: &Request,
    body: impl FnOnce(&mut Change<'_>, &Call<'_>) -> Result<Reply, Problem>,
) -> Result<Reply, Problem> {
    store.rehearse(|change| of_caller(change, request, body))
}

fn of_caller(
    change: &mut Change<'_>,
    request: &Request,
    body: impl FnOnce(&mut Change<'_>, &Call<'_>) -> Result<Reply, Problem>,
) -> Result<Reply, Problem> {
    let authority = manage::authority::of_token(change, &request.caller, Purpose::Change)?;
    body(change, &Call::new(request, &authority))
}

/// `If-Match`, decided inside the change, so that nobody can alter the thing in between.
fn refuse_other_state<T: Serialize>(change: &mut Change<'_>, call: &Call<'_>, show: ShowFn<T>) -> Result<(), Problem> {
    let Some(tags) = call.if_match() else { return Ok(()) };
    let present = Representation::of(&show(&mut Rows::of(change), call)?)?;
    if tags.name_exactly(&present.etag) { Ok(()) } else { Err(manage::Error::ChangedMeanwhile.into()) }
}
