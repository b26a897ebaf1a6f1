//! Webhooks of a space: made with a secret that is shown once, edited, disabled and enabled, removed, and tried.

use serde_json::{Map, json};

use super::{audit, authority::require, deps::Deps, error::Error, events, find, refusals::NoWebhook};
use crate::{
    config::Issuer,
    crypto::{
        secret_text::{NewSecret, SecretKind, SecretText},
        webhook_signature,
    },
    domain::{
        authority::{Area, Authority},
        change::Subject,
        event::{Announcement, EventKind, EventOwner, EventSubject},
        ids::{EventId, SpaceId, WebhookId},
        network::is_public,
        page::{Page, PageRequest},
        permission::SPACE_MANAGE,
        webhook::{InvalidWebhookUrl, PREVIOUS_SECRET_LIFE, Webhook, WebhookState, WebhookUrl},
    },
    store::{
        self, Change,
        event_deliveries::{self, DeliveryStatus},
        transaction::Reads,
        webhooks::SealedSecrets,
    },
};

/// How many webhooks a space may have: each event is written once for each of them.
pub const MOST_WEBHOOKS: usize = 20;

/// A webhook and the secret that nobody can show again.
#[derive(Debug)]
pub struct NewWebhookSecret {
    /// The webhook.
    pub webhook: Webhook,
    /// What its calls are signed with from now on.
    pub secret: SecretText,
}

/// A webhook to be made.
#[derive(Debug, Clone)]
pub struct CreateWebhook {
    /// Whose events it hears.
    pub space: SpaceId,
    /// Where it listens.
    pub url: WebhookUrl,
    /// The kinds it wants; none named means all.
    pub kinds: Vec<EventKind>,
}

/// Makes a webhook. The secret is in this answer only.
///
/// # Errors
/// `not_found`, `missing_permission`, `space_closed`, `invalid_webhook_url`, `webhook_limit`.
pub fn create(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: CreateWebhook,
) -> Result<NewWebhookSecret, Error> {
    let CreateWebhook { space, url, kinds } = input;
    find::space(change, authority, space)?;
    require(authority, SPACE_MANAGE, Area::Space(space))?;
    find::open_space(change, authority, space)?;
    refuse_inside(change, &url)?;
    if store::webhooks::of_space(change, space)?.len() >= MOST_WEBHOOKS {
        return Err(NoWebhook::TooMany(MOST_WEBHOOKS).into());
    }
    let (id, created_at, state) = (change.new_id(), change.now(), WebhookState::Active);
    let kinds = once(kinds);
    let webhook = Webhook { id, space, url, kinds, state, previous_secret_until: None, created_at };
    let secret = NewSecret::generate(SecretKind::Webhook)?.text;
    store::webhooks::insert(change, &webhook, &webhook_signature::seal(&deps.master, id, &secret)?)?;
    let detail = json!({ "host": webhook.url.host(), "kinds": webhook.kinds });
    audit::write(change, authority, "webhook.create", id, Some(space), detail)?;
    Ok(NewWebhookSecret { webhook, secret })
}

/// Keystead calls the public internet, and this machine if the whole site runs on it alone (H9). What a name means is looked
/// at again before each call.
fn refuse_inside(tx: &mut impl Reads, url: &WebhookUrl) -> Result<(), Error> {
    if url.is_loopback() {
        let issuer = find::site(tx)?.issuer;
        let is_here = Issuer::parse(&issuer).is_ok_and(|issuer| issuer.is_loopback());
        let reason = "Keystead calls programs on its own machine only if its issuer is there, too; use https";
        return if is_here { Ok(()) } else { Err(InvalidWebhookUrl(reason).into()) };
    }
    match url.address() {
        Some(address) if !is_public(address) => {
            Err(InvalidWebhookUrl("it lies inside a network; Keystead calls the public internet alone").into())
        }
        _ => Ok(()),
    }
}

fn once(mut kinds: Vec<EventKind>) -> Vec<EventKind> {
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Which webhook of which space.
#[derive(Debug, Clone, Copy)]
pub struct OfSpace {
    /// The space.
    pub space: SpaceId,
    /// The webhook.
    pub id: WebhookId,
}

fn managed(tx: &mut impl Reads, authority: &Authority, named: OfSpace) -> Result<Webhook, Error> {
    let OfSpace { space, id } = named;
    find::space(tx, authority, space)?;
    require(authority, SPACE_MANAGE, Area::Space(space))?;
    let found = store::webhooks::find(tx, id)?.filter(|webhook| webhook.space == space);
    find::present(found, "webhook of this space", id)
}

/// What is to change of a webhook; what is absent stays.
#[derive(Debug, Clone)]
pub struct EditWebhook {
    /// The webhook.
    pub named: OfSpace,
    /// Where it listens.
    pub url: Option<WebhookUrl>,
    /// The kinds it wants; none named means all.
    pub kinds: Option<Vec<EventKind>>,
    /// Whether it hears: enabling it also brings back one whose receiver said that it was gone.
    pub enabled: Option<bool>,
}

/// Edits a webhook. While it is disabled no event is kept for it, and what waits is dropped when its next attempt comes.
///
/// # Errors
/// `not_found`, `missing_permission`, `invalid_webhook_url`.
pub fn edit(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: EditWebhook) -> Result<(), Error> {
    let EditWebhook { named, url, kinds, enabled } = input;
    let before = managed(change, authority, named)?;
    if let Some(url) = &url {
        refuse_inside(change, url)?;
    }
    let state = match (enabled, before.state) {
        (Some(true), _) => WebhookState::Active,
        (Some(false), WebhookState::Active) => WebhookState::Disabled,
        (Some(false) | None, state) => state,
    };
    let after = Webhook {
        url: url.unwrap_or_else(|| before.url.clone()),
        kinds: kinds.map_or_else(|| before.kinds.clone(), once),
        state,
        ..before.clone()
    };
    store::webhooks::save(change, &after)?;
    let detail = json!({
        "host": { "from": before.url.host(), "to": after.url.host() },
        "url_changed": before.url != after.url,
        "kinds": { "from": before.kinds, "to": after.kinds },
        "state": { "from": before.state, "to": after.state },
    });
    Ok(audit::write(change, authority, "webhook.edit", named.id, Some(named.space), detail)?)
}

/// Gives a webhook another secret. For a day calls are signed with both. The secret is in this answer only.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn rotate_secret(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    named: OfSpace,
) -> Result<NewWebhookSecret, Error> {
    let webhook = managed(change, authority, named)?;
    let kept = find::present(store::webhooks::secrets(change, named.id)?, "webhook of this space", named.id)?;
    let secret = NewSecret::generate(SecretKind::Webhook)?.text;
    let until = change.now().plus(PREVIOUS_SECRET_LIFE);
    let present = webhook_signature::seal(&deps.master, named.id, &secret)?;
    let secrets = SealedSecrets { present, previous: Some((kept.present, until)) };
    store::webhooks::replace_secrets(change, &webhook, &secrets)?;
    let detail = json!({ "previous_secret_until": until });
    audit::write(change, authority, "webhook.rotate_secret", named.id, Some(named.space), detail)?;
    Ok(NewWebhookSecret { webhook: Webhook { previous_secret_until: Some(until), ..webhook }, secret })
}

/// Removes a webhook, with its secrets and what waits for it.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn remove(change: &mut Change<'_>, _: &Deps, authority: &Authority, named: OfSpace) -> Result<(), Error> {
    let webhook = managed(change, authority, named)?;
    event_deliveries::remove_of(change, named.id)?;
    store::webhooks::remove(change, &webhook)?;
    let detail = json!({ "host": webhook.url.host() });
    Ok(audit::write(change, authority, "webhook.remove", named.id, Some(named.space), detail)?)
}

/// Sends an event of the kind `webhook.test` to one webhook, whatever kinds it wants.
///
/// # Errors
/// `not_found`, `missing_permission`, `space_closed`, `webhook_not_active`.
pub fn test(change: &mut Change<'_>, _: &Deps, authority: &Authority, named: OfSpace) -> Result<EventId, Error> {
    let webhook = managed(change, authority, named)?;
    find::open_space(change, authority, named.space)?;
    if webhook.state != WebhookState::Active {
        return Err(NoWebhook::NotActive(webhook.state).into());
    }
    let told = Announcement {
        kind: EventKind::WebhookTest,
        subject: EventSubject::Webhook(named.id),
        owner: EventOwner::Space(named.space),
        detail: Map::new(),
    };
    let event = events::write(change, told)?;
    event_deliveries::insert(change, &event, named.id, 0)?;
    audit::write(change, authority, "webhook.test", named.id, Some(named.space), json!({ "event": event.id }))?;
    change.touch(Subject::Space(named.space))?;
    Ok(event.id)
}

/// Notes that the receiver of a webhook said that it is gone for good.
///
/// # Errors
/// Those of the database.
pub fn note_gone(change: &mut Change<'_>, id: WebhookId) -> Result<(), Error> {
    let Some(webhook) = store::webhooks::find(change, id)? else { return Ok(()) };
    if webhook.state != WebhookState::Active {
        return Ok(());
    }
    let (space, host) = (webhook.space, webhook.url.host());
    store::webhooks::save(change, &Webhook { state: WebhookState::Gone, ..webhook })?;
    Ok(audit::write(change, &Authority::SYSTEM, "webhook.gone", id, Some(space), json!({ "host": host }))?)
}

/// One webhook.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show(tx: &mut impl Reads, authority: &Authority, named: OfSpace) -> Result<Webhook, Error> {
    managed(tx, authority, named)
}

/// The webhooks of a space, oldest first.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    request: PageRequest<WebhookId>,
) -> Result<Page<Webhook, WebhookId>, Error> {
    find::space(tx, authority, space)?;
    require(authority, SPACE_MANAGE, Area::Space(space))?;
    Ok(store::webhooks::page(tx, space, request)?)
}

/// What became of the events that a webhook was to hear, the newest first.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn deliveries(
    tx: &mut impl Reads,
    authority: &Authority,
    named: OfSpace,
    request: PageRequest<EventId>,
) -> Result<Page<DeliveryStatus, EventId>, Error> {
    managed(tx, authority, named)?;
    Ok(event_deliveries::page(tx, named.id, request)?)
}
