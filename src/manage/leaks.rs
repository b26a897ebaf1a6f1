//! Leaks: secrets that somebody saw where they should not be, and hands in. Whoever does need not log in, and learns nothing.
//!
//! A secret is recognized by its form, found by the public id that it carries, and known by its keyed hash. Of one that is
//! nobody's, nothing is kept.

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{api_keys::managed, deps::Deps, error::Error, events, expiry_notices::subject};
use crate::{
    crypto::{
        keyed_hash::Peppers,
        secret_text::{NewSecret, PresentedSecret, SecretKind, may_hold_secret},
    },
    domain::{
        audit_event::{AuditEntry, Origin},
        authority::Authority,
        change::Subject,
        event::{Announcement, EventKind, EventOwner},
        ids::{ApiKeyId, LeakId},
        key_pair::{KeyPair, PairOwner, PublicId},
        leak::{KnownUse, Leak, LeakSource},
        name::Name,
        network,
        page::{Page, PageRequest},
        space::Space,
    },
    store::{self, Change, Store, leaks::KnownSecret, transaction::Reads},
};

/// What somebody hands in.
#[derive(Debug)]
pub struct Report<'a> {
    /// Texts that may be secrets.
    pub secrets: &'a [Zeroizing<String>],
    /// Where they were seen.
    pub source: Option<LeakSource>,
    /// Whoever hands them in: the operator, or somebody of whom an address is known.
    pub origin: Origin,
}

/// A secret of ours among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundLeak {
    /// The client.
    pub client: PairOwner,
    /// The pair.
    pub pair: PublicId,
    /// Whether it was not known before that it leaked.
    pub is_new: bool,
    /// Whether this report ended the pair.
    pub revoked: bool,
}

/// Takes a report. Looks up and hashes as much for each text, whatever it is. What is ours is noted once for each pair, in a
/// change that also tells its owner and, where the space says so, ends the pair.
///
/// # Errors
/// Those of the database; then it may be handed in again.
pub fn report(store: &Store, deps: &Deps, report: &Report<'_>) -> Result<Vec<FoundLeak>, Error> {
    let recognized = store.snapshot(|tx| {
        let peppers = deps.peppers(tx)?;
        recognize(tx, &peppers, report.secrets)
    })?;
    let mut found = Vec::with_capacity(recognized.len());
    for secret in &recognized {
        let leak = if secret.is_settled {
            secret.known_already()
        } else {
            store.change(|change| record(change, report, secret))?
        };
        if !leak.is_new {
            store.redeem(|redemption| {
                let now = store::Writes::now(redemption);
                store::leaks::count_report(redemption, secret.pair, now)
            })?;
        }
        found.push(leak);
    }
    Ok(found)
}

/// A secret of ours.
struct Recognized {
    pair: PublicId,
    secret: KnownSecret,
    /// Whether there is nothing left to do but to count.
    is_settled: bool,
}

impl Recognized {
    const fn known_already(&self) -> FoundLeak {
        FoundLeak { client: self.secret.client, pair: self.pair, is_new: false, revoked: false }
    }
}

/// Those that are ours, each once.
fn recognize(tx: &mut impl Reads, peppers: &Peppers, secrets: &[Zeroizing<String>]) -> Result<Vec<Recognized>, Error> {
    // What has not the form of a secret is looked up like one that is nobody's.
    let nobodys = NewSecret::generate(SecretKind::ApiKey)?;
    let mut recognized: Vec<Recognized> = Vec::new();
    for text in secrets {
        let presented = PresentedSecret::parse(text).unwrap_or_else(|_| (&nobodys.text).into());
        let pair = presented.public_id();
        let Some(secret) = store::leaks::find_secret(tx, pair)? else {
            peppers.verify_dummy(&presented);
            continue;
        };
        if peppers.verify(&presented, &secret.hash) && !recognized.iter().any(|known| known.pair == pair) {
            let is_settled = secret.is_reported && !(secret.is_there && ends_by_report(tx, secret.client)?);
            recognized.push(Recognized { pair, secret, is_settled });
        }
    }
    Ok(recognized)
}

fn ends_by_report(tx: &mut impl Reads, client: PairOwner) -> Result<bool, Error> {
    let space = match client {
        PairOwner::ApiKey(id) => store::api_keys::find(tx, id)?.map(|key| key.space),
        PairOwner::Application(id) => store::applications::find(tx, id)?.map(|application| application.space),
        PairOwner::ResourceServer(_) => None,
    };
    let Some(space) = space else { return Ok(false) };
    Ok(store::spaces::find(tx, space)?.is_some_and(|space| space.revoke_leaked_keys))
}

/// A client whose secret leaked.
struct LeakyClient {
    name: Name,
    space: Option<Space>,
    owner: EventOwner,
    /// The pair, if it is still there.
    pair: Option<KeyPair>,
    used: KnownUse,
    touched: Subject,
}

fn record(change: &mut Change<'_>, report: &Report<'_>, recognized: &Recognized) -> Result<FoundLeak, Error> {
    let (pair, client) = (recognized.pair, recognized.secret.client);
    let Some(leaky) = find(change, client, pair)? else { return Ok(recognized.known_already()) };
    let ends = leaky.space.as_ref().is_some_and(|space| space.revoke_leaked_keys);
    let now = change.now();
    let leak = Leak {
        id: change.new_id(),
        pair,
        client,
        reported_at: now,
        last_reported_at: now,
        reports: 1,
        network: report.origin.address.and_then(network::of_customer).map(|network| network.to_string()),
        source: source_of(report),
        revoked_at: None,
        used_before: leaky.used.clone(),
    };
    let is_new = store::leaks::insert(change, &leak, &recognized.secret.hash)?;
    let revoked = match &leaky.pair {
        Some(found) if ends => {
            end(change, client, found)?;
            store::leaks::note_revoked(change, pair)?;
            true
        }
        _ => false,
    };
    if is_new || revoked {
        change.touch(leaky.touched)?;
        tell(change, report, &leak, &leaky, revoked)?;
    }
    Ok(FoundLeak { client, pair, is_new, revoked })
}

/// Ends a pair, be it the last one: its tokens are dead with it.
fn end(change: &mut Change<'_>, client: PairOwner, pair: &KeyPair) -> Result<(), store::Error> {
    match client {
        PairOwner::ApiKey(id) => store::key_pairs::delete_of_api_key(change, id, pair),
        PairOwner::Application(id) => store::application_pairs::delete_one(change, id, pair),
        PairOwner::ResourceServer(id) => store::key_pairs::delete_of_resource_server(change, id, pair),
    }
}

/// The audit, and whoever the client belongs to. What the reporter wrote stays in the list of leaks: nobody is to be sent a text
/// by a stranger.
fn tell(
    change: &mut Change<'_>,
    report: &Report<'_>,
    leak: &Leak,
    leaky: &LeakyClient,
    revoked: bool,
) -> Result<(), Error> {
    let detail = json!({ "pair": leak.pair, "leak": leak.id, "source": leak.source, "revoked": revoked });
    let space = leaky.space.as_ref().map(|space| space.id);
    let mut entry = AuditEntry::new("key_pair.leak_reported", leak.client, space, detail).about(leak.pair);
    if let Some(owner) = leaky.owner.user() {
        entry = entry.about(owner);
    }
    store::audit::insert(change, &report.origin, &entry)?;
    let members = [
        ("name", json!(leaky.name)),
        ("reported_at", json!(leak.reported_at)),
        ("revoked", json!(revoked)),
        ("last_used_at", json!(leaky.used.at)),
    ];
    let detail: Map<String, Value> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let kind = EventKind::KeyLeaked;
    let told = Announcement { kind, subject: subject(leak.client, leak.pair), owner: leaky.owner, detail };
    events::announce(change, told)?;
    Ok(())
}

fn find(change: &mut Change<'_>, client: PairOwner, pair: PublicId) -> Result<Option<LeakyClient>, Error> {
    let owner_of = |user, space| match user {
        Some(id) => EventOwner::User { id, space },
        None => EventOwner::Space(space),
    };
    match client {
        PairOwner::ApiKey(id) => {
            let Some(key) = store::api_keys::find(change, id)? else { return Ok(None) };
            let last = store::pair_uses::of_keys(change, &[id])?.remove(&pair).unwrap_or_default();
            Ok(Some(LeakyClient {
                space: store::spaces::find(change, key.space)?,
                owner: owner_of(key.owner.user(), key.space),
                pair: key.pair(pair).cloned(),
                used: KnownUse { at: last.at, from: last.from, count: last.count },
                touched: Subject::ApiKey(id),
                name: key.name,
            }))
        }
        PairOwner::Application(id) => {
            let Some(application) = store::applications::find(change, id)? else { return Ok(None) };
            Ok(Some(LeakyClient {
                space: store::spaces::find(change, application.space)?,
                owner: owner_of(application.owner, application.space),
                pair: application.pair(pair).cloned(),
                used: KnownUse::default(),
                touched: Subject::Application(id),
                name: application.name,
            }))
        }
        PairOwner::ResourceServer(id) => {
            let Some(server) = store::resource_servers::find(change, id)? else { return Ok(None) };
            Ok(Some(LeakyClient {
                space: None,
                owner: EventOwner::Site,
                pair: server.pairs.into_iter().find(|found| found.public_id == pair),
                used: KnownUse::default(),
                touched: Subject::ResourceServer(id),
                name: server.name,
            }))
        }
    }
}

/// Where it was seen, unless that text holds a secret itself.
fn source_of(report: &Report<'_>) -> Option<String> {
    let text = report.source.as_ref()?.as_str();
    let repeats = report.secrets.iter().any(|secret| !secret.is_empty() && text.contains(secret.as_str()));
    Some(if repeats || may_hold_secret(text) { "withheld: it holds a secret".to_owned() } else { text.to_owned() })
}

/// A leak with what is known of the pair's use since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeakFacts {
    /// The leak.
    pub leak: Leak,
    /// Whether the pair is there; if not, it cannot be used.
    pub pair_is_there: bool,
    /// The last use that is known.
    pub last_use: KnownUse,
    /// Uses since the first report; none if the pair went later and nobody knows.
    pub uses_since: Option<i64>,
}

/// The leaks of a key's secrets, the first reported first, for somebody who may manage the key.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn of_key(
    tx: &mut impl Reads,
    authority: &Authority,
    id: ApiKeyId,
    request: PageRequest<LeakId>,
) -> Result<Page<LeakFacts, LeakId>, Error> {
    managed(tx, authority, id)?;
    let page = store::leaks::page(tx, id, request)?;
    let mut uses = store::pair_uses::of_keys(tx, &[id])?;
    Ok(page.map(|leak| {
        let present = uses.remove(&leak.pair).map(|last| KnownUse { at: last.at, from: last.from, count: last.count });
        let uses_since = match (&present, leak.revoked_at) {
            (Some(present), _) => Some(present.count.saturating_sub(leak.used_before.count)),
            (None, Some(_)) if leak.revoked_at == Some(leak.reported_at) => Some(0),
            (None, _) => None,
        };
        let pair_is_there = present.is_some();
        let last_use = present.unwrap_or_else(|| leak.used_before.clone());
        LeakFacts { leak, pair_is_there, last_use, uses_since }
    }))
}
