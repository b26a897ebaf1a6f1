//! Sessions: begun after a right password, found by their cookie, listed and ended.

use std::{net::IpAddr, time::Duration};

use serde_json::json;

use super::{Error, authority::require, find, logins::Peer};
use crate::{
    crypto::{
        keyed_hash::Peppers,
        secret_text::{NewSecret, PresentedSecret, SecretKind, SecretText},
    },
    domain::{
        audit_event::{AuditEntry, Origin},
        authority::{Area, Authority},
        ids::{AuditEventId, SessionId, SpaceId, UserId},
        key_pair::KeptSecret,
        permission::USERS_MANAGE,
        sequence::Seq,
        session::Session,
        space::Space,
        time::Timestamp,
        user::{User, UserProfile},
        user_scope::IdentityScope,
    },
    store::{self, Change, Redemption, Snapshot, Writes, session_ends, sessions::KeptSession, transaction::Reads},
};

/// How long applications are told of a logout that they did not take note of.
const NOTICE_LIFE: Duration = Duration::from_hours(24);

/// A session that has just begun. Its cookie is in this answer only.
#[derive(Debug)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// The cookie.
    pub secret: SecretText,
}

/// A session and whose it is.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The session.
    pub session: Session,
    /// Who is logged in.
    pub user: User,
    /// As people see the user.
    pub profile: UserProfile,
    /// The space in which the user is at home.
    pub home: Space,
}

/// A session that is to begin.
pub(super) struct Begin {
    pub(super) user: UserId,
    pub(super) home: SpaceId,
    /// The state in which the password was found to be right.
    pub(super) made_at: Seq,
    pub(super) peer: Peer,
    pub(super) life: Duration,
}

impl Begin {
    fn session(&self, id: SessionId, now: Timestamp, created_at: Timestamp) -> Session {
        Session {
            id,
            user: self.user,
            made_at: self.made_at,
            created_at,
            authenticated_at: now,
            last_seen_at: now,
            expires_at: now.plus(self.life),
            address: self.peer.address,
            device: self.peer.device().to_owned(),
        }
    }

    fn noted(&self, session: &Session) -> (Origin, AuditEntry) {
        let entry = AuditEntry::new("session.begin", self.user, Some(self.home), json!({ "session": session.id }));
        (Origin::user(self.user, self.peer.address).in_session(session.id), entry)
    }
}

fn secret(peppers: &Peppers) -> Result<(SecretText, KeptSecret), Error> {
    let NewSecret { text, public_id } = NewSecret::generate(SecretKind::Session)?;
    let hash = peppers.hash(&text);
    Ok((text, KeptSecret { public_id, hash }))
}

/// Begins a session. If `before` is one of the same user, it goes on with another cookie, so that what applications have in
/// it lasts; no cookie survives a login (B3).
pub(super) fn begin(
    redemption: &mut Redemption<'_>,
    peppers: &Peppers,
    begin: &Begin,
    before: Option<&KeptSession>,
) -> Result<NewSession, Error> {
    store::accounts::note_login(redemption, begin.user)?;
    let (text, kept) = secret(peppers)?;
    let now = redemption.now();
    let renewed = match before.filter(|before| before.session.user == begin.user) {
        Some(before) => {
            let session = begin.session(before.session.id, now, before.session.created_at);
            let after = KeptSession { session, secret: kept.clone() };
            store::sessions::renew(redemption, before.secret.public_id, &after)?.then_some(after.session)
        }
        None => None,
    };
    let session = if let Some(session) = renewed {
        session
    } else {
        let session = begin.session(redemption.new_id(), now, now);
        store::sessions::begin(redemption, &KeptSession { session: session.clone(), secret: kept })?;
        session
    };
    let (origin, entry) = begin.noted(&session);
    let event = redemption.new_id();
    store::audit::note(redemption, event, begin.made_at, &origin, &entry)?;
    Ok(NewSession { session, secret: text })
}

/// Begins a session in the change that lets it begin.
pub(super) fn begin_in(change: &mut Change<'_>, peppers: &Peppers, begin: &Begin) -> Result<NewSession, Error> {
    store::accounts::note_login(change, begin.user)?;
    let (text, kept) = secret(peppers)?;
    let session = begin.session(change.new_id(), change.now(), change.now());
    store::sessions::begin_in(change, &KeptSession { session: session.clone(), secret: kept })?;
    let (origin, entry) = begin.noted(&session);
    store::audit::insert(change, &origin, &entry)?;
    Ok(NewSession { session, secret: text })
}

/// The session of this cookie, whether or not it still stands.
pub(super) fn kept(
    tx: &mut impl Reads,
    peppers: &Peppers,
    shown: &PresentedSecret<'_>,
) -> Result<Option<KeptSession>, Error> {
    if shown.kind() != SecretKind::Session {
        return Ok(None);
    }
    let found = store::sessions::find_by_public_id(tx, shown.public_id())?;
    Ok(found.filter(|kept| peppers.verify(shown, &kept.secret.hash)))
}

/// The session with its user, if nothing has ended it.
pub(super) fn standing(
    tx: &mut Snapshot<'_>,
    session: Session,
    idle: Duration,
    now: Timestamp,
) -> Result<Option<LoggedIn>, Error> {
    if session.is_over(idle, now) {
        return Ok(None);
    }
    let head = tx.stamp().seq;
    let Some(user) = store::users::find(tx, session.user)? else { return Ok(None) };
    let home = find::present(store::spaces::find(tx, user.home)?, "space", user.home)?;
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    if !session.stands(site.cut_off, &home, &user, head) {
        return Ok(None);
    }
    let profile = store::users::profiles(tx, &[user.id])?.remove(&user.id);
    let profile = find::present(profile, "user", user.id)?;
    Ok(Some(LoggedIn { session, user, profile, home }))
}

/// The sessions of a user that have not ended, oldest first, for the user and for whoever manages the users of the user's
/// home. Where it is not known for how long a session may be unused, those that were not ended yet are among them.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn of_user(
    tx: &mut impl Reads,
    authority: &Authority,
    id: UserId,
    now: Timestamp,
    idle: Option<Duration>,
) -> Result<Vec<Session>, Error> {
    let user = reachable(tx, authority, id)?;
    let home = find::present(store::spaces::find(tx, user.home)?, "space", user.home)?;
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    let idle = idle.unwrap_or(Duration::MAX);
    // Rows of one transaction are never from its future.
    let stands =
        |session: &Session| !session.is_over(idle, now) && session.stands(site.cut_off, &home, &user, session.made_at);
    Ok(store::sessions::of_user(tx, id)?.into_iter().filter(stands).collect())
}

/// One of them.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show(
    tx: &mut impl Reads,
    authority: &Authority,
    user: UserId,
    id: SessionId,
    now: Timestamp,
) -> Result<Session, Error> {
    let found = of_user(tx, authority, user, now, None)?.into_iter().find(|session| session.id == id);
    find::present(found, "session", id)
}

/// Ends one session of a user.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn end(change: &mut Change<'_>, authority: &Authority, user: UserId, id: SessionId) -> Result<(), Error> {
    reachable(change, authority, user)?;
    let found = store::sessions::find(change, id)?.filter(|kept| kept.session.user == user);
    let session = find::present(found, "session", id)?.session;
    end_one(change, authority.origin(), &session)
}

/// Ends all sessions of a user but one, if one is to stay. Answers how many ended.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn end_all(
    change: &mut Change<'_>,
    authority: &Authority,
    user: UserId,
    except: Option<SessionId>,
) -> Result<usize, Error> {
    reachable(change, authority, user)?;
    end_all_of(change, authority.origin(), user, except)
}

/// The user, for the user himself and for whoever manages the users of the user's home.
fn reachable(tx: &mut impl Reads, authority: &Authority, id: UserId) -> Result<User, Error> {
    let user = find::user(tx, authority, id)?;
    if !authority.is_user(id) {
        require(authority, USERS_MANAGE, Area::Space(user.home))?;
    }
    Ok(user)
}

pub(super) fn end_all_of(
    change: &mut Change<'_>,
    origin: &Origin,
    user: UserId,
    except: Option<SessionId>,
) -> Result<usize, Error> {
    let mut sessions = store::sessions::of_user(change, user)?;
    sessions.retain(|session| Some(session.id) != except);
    sessions.iter().try_for_each(|session| end_one(change, origin, session))?;
    Ok(sessions.len())
}

/// Ends a session: what applications have in it ends too, unless it was given to outlast logouts, and those that want to hear
/// of it are told.
pub(super) fn end_one(change: &mut Change<'_>, origin: &Origin, session: &Session) -> Result<(), Error> {
    let families = session_ends::families(change, session.id)?;
    let mut told = Vec::new();
    for family in &families {
        if !family.scopes.has(IdentityScope::OfflineAccess) {
            store::families::end(change, family.id)?;
        }
        if family.hears_of_logout && !told.contains(&family.application) {
            session_ends::notify(change, family.application, session, change.now().plus(NOTICE_LIFE))?;
            told.push(family.application);
        }
    }
    if !store::sessions::remove(change, session)? {
        return Ok(());
    }
    let home = store::users::find(change, session.user)?.map(|user| user.home);
    let detail = json!({ "session": session.id, "authorizations": families.len() });
    let entry = AuditEntry::new("session.end", session.user, home, detail).about(session.id);
    Ok(store::audit::insert(change, origin, &entry)?)
}

/// Notes that a login was refused, unless that was noted under this id before. Names that nobody has are not kept.
pub(super) fn note_refusal(
    redemption: &mut Redemption<'_>,
    id: AuditEventId,
    seq: Seq,
    address: Option<IpAddr>,
    user: Option<(UserId, SpaceId)>,
) -> Result<(), Error> {
    let target = user.map_or_else(|| "unknown user".to_owned(), |(id, _)| id.to_string());
    let space = user.map(|(_, home)| home);
    let entry = AuditEntry::new("session.refuse", target, space, json!({}));
    let origin = Origin { address, ..Origin::SYSTEM };
    store::audit::note(redemption, id, seq, &origin, &entry)?;
    Ok(())
}

/// Ends sessions that nobody uses any more, a few at a time. Answers how many.
///
/// # Errors
/// Those of the database.
pub fn end_those_over(
    change: &mut Change<'_>,
    authority: &Authority,
    idle: Duration,
    most: i64,
) -> Result<usize, Error> {
    let now = change.now();
    let over = store::sessions::over(change, now, now.minus(idle), most)?;
    over.iter().try_for_each(|session| end_one(change, authority.origin(), session))?;
    Ok(over.len())
}
