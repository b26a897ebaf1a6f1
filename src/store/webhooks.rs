//! Webhooks, and the secrets that they are signed with.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into, update};

use super::{
    error::Error,
    row,
    schema::webhooks,
    transaction::{Change, Reads, Upkeep},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    event::EventKind,
    ids::{SpaceId, WebhookId},
    page::{Page, PageRequest},
    text_enum::TextEnum,
    time::Timestamp,
    webhook::{Webhook, WebhookUrl},
};

/// The secrets of a webhook, sealed for its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The present one.
    pub present: Vec<u8>,
    /// The one before, and until when it signs too.
    pub previous: Option<(Vec<u8>, Timestamp)>,
}

type Row = (DbId, DbId, String, String, String, Option<i64>, i64);

const COLUMNS: (
    webhooks::id,
    webhooks::space_id,
    webhooks::url,
    webhooks::kinds,
    webhooks::state,
    webhooks::previous_until,
    webhooks::created_at,
) = (
    webhooks::id,
    webhooks::space_id,
    webhooks::url,
    webhooks::kinds,
    webhooks::state,
    webhooks::previous_until,
    webhooks::created_at,
);

/// The webhook with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: WebhookId) -> Result<Option<Webhook>, Error> {
    let found = webhooks::table.find(DbId::from(id)).select(COLUMNS).first::<Row>(tx.db()).optional()?;
    found.map(read).transpose()
}

/// All webhooks of a space, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_space(tx: &mut impl Reads, space: SpaceId) -> Result<Vec<Webhook>, Error> {
    let of_space = webhooks::table.filter(webhooks::space_id.eq(DbId::from(space))).order(webhooks::id);
    of_space.select(COLUMNS).load::<Row>(tx.db())?.into_iter().map(read).collect()
}

/// A page of the webhooks of a space, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn page(
    tx: &mut impl Reads,
    space: SpaceId,
    request: PageRequest<WebhookId>,
) -> Result<Page<Webhook, WebhookId>, Error> {
    let mut query = webhooks::table.filter(webhooks::space_id.eq(DbId::from(space))).select(COLUMNS).into_boxed();
    if let Some(after) = request.after {
        query = query.filter(webhooks::id.gt(DbId::from(after)));
    }
    let rows = query.order(webhooks::id).limit(request.rows()).load::<Row>(tx.db())?;
    let found = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(request.page(found, |webhook| webhook.id))
}

/// Makes a webhook.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn insert(change: &mut Change<'_>, webhook: &Webhook, sealed_secret: &[u8]) -> Result<(), Error> {
    insert_into(webhooks::table)
        .values((
            webhooks::id.eq(DbId::from(webhook.id)),
            webhooks::space_id.eq(DbId::from(webhook.space)),
            webhooks::url.eq(webhook.url.as_str()),
            webhooks::kinds.eq(words(&webhook.kinds)),
            webhooks::state.eq(webhook.state.as_str()),
            webhooks::secret.eq(sealed_secret),
            webhooks::created_at.eq(webhook.created_at.as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::Space(webhook.space))
}

/// Writes everything of a webhook that may change, apart from its secrets.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn save(change: &mut Change<'_>, webhook: &Webhook) -> Result<(), Error> {
    update(webhooks::table.find(DbId::from(webhook.id)))
        .set((
            webhooks::url.eq(webhook.url.as_str()),
            webhooks::kinds.eq(words(&webhook.kinds)),
            webhooks::state.eq(webhook.state.as_str()),
        ))
        .execute(change.db)?;
    change.touch(Subject::Space(webhook.space))
}

/// Deletes a webhook.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove(change: &mut Change<'_>, webhook: &Webhook) -> Result<(), Error> {
    delete(webhooks::table.find(DbId::from(webhook.id))).execute(change.db)?;
    change.touch(Subject::Space(webhook.space))
}

/// The secrets of a webhook, sealed.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn secrets(tx: &mut impl Reads, id: WebhookId) -> Result<Option<SealedSecrets>, Error> {
    let found = webhooks::table
        .find(DbId::from(id))
        .select((webhooks::secret, webhooks::previous_secret, webhooks::previous_until))
        .first::<(Vec<u8>, Option<Vec<u8>>, Option<i64>)>(tx.db())
        .optional()?;
    Ok(found.map(|(present, previous, until)| SealedSecrets {
        present,
        previous: previous.zip(until.map(Timestamp::from_micros)),
    }))
}

/// Puts other secrets in the place of those that a webhook has.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn replace_secrets(change: &mut Change<'_>, webhook: &Webhook, secrets: &SealedSecrets) -> Result<(), Error> {
    let (previous, until) = secrets.previous.clone().unzip();
    update(webhooks::table.find(DbId::from(webhook.id)))
        .set((
            webhooks::secret.eq(&secrets.present),
            webhooks::previous_secret.eq(previous),
            webhooks::previous_until.eq(until.map(Timestamp::as_micros)),
        ))
        .execute(change.db)?;
    change.touch(Subject::Space(webhook.space))
}

/// Forgets secrets that do not sign any more. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn forget_previous(upkeep: &mut Upkeep<'_>) -> Result<usize, Error> {
    let over = webhooks::table.filter(webhooks::previous_until.le(upkeep.now().as_micros()));
    let nothing = (webhooks::previous_secret.eq(None::<Vec<u8>>), webhooks::previous_until.eq(None::<i64>));
    Ok(update(over).set(nothing).execute(upkeep.db)?)
}

fn words(kinds: &[EventKind]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

fn read((id, space, url, kinds, state, previous_until, created_at): Row) -> Result<Webhook, Error> {
    let kinds = kinds.split(' ').filter(|word| !word.is_empty());
    Ok(Webhook {
        id: id.to(),
        space: space.to(),
        // A URL may hold what only its receiver should know.
        url: WebhookUrl::parse(&url).map_err(|_| Error::corrupt("webhooks", "url", "not a URL"))?,
        kinds: kinds.map(|word| row::word("webhooks", "kinds", word)).collect::<Result<_, _>>()?,
        state: row::word("webhooks", "state", &state)?,
        previous_secret_until: previous_until.map(Timestamp::from_micros),
        created_at: Timestamp::from_micros(created_at),
    })
}
