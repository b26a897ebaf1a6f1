//! Setting a new password: with the present one, or with a link. Either ends all that was made by a login before, and begins
//! a new session in this browser (P7, P8).

use zeroize::Zeroizing;

use super::{
    Keys, Logins, Peer,
    account::{self, Account},
    device,
    log_in::LoggedInAs,
    throttling::Counted,
};
use crate::{
    crypto::password::{PasswordError, PasswordHash},
    domain::{
        audit_event::{AuditEntry, Origin},
        email::Email,
        ids::SessionId,
        password_policy::{self, WeakPassword},
        sequence::Seq,
        throttle::Quota,
    },
    manage::{
        Error,
        sessions::{self, Begin, LoggedIn},
        users,
    },
    store::{self, Change},
};

/// A password to be changed by its owner.
pub struct ChangePassword<'a> {
    /// Who is logged in.
    pub logged_in: &'a LoggedIn,
    /// The present password, as typed (P7).
    pub current: Zeroizing<String>,
    /// The new one, as typed.
    pub new: Zeroizing<String>,
    /// Who asks.
    pub peer: Peer,
}

/// What became of a new password.
#[derive(Debug)]
pub enum NewPassword {
    /// It is set; this browser goes on in a session of its own.
    Set(Box<LoggedInAs>),
    /// It is not.
    NotSet(NotSet),
}

/// Why a password was not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSet {
    /// The present password is another one.
    WrongCurrent,
    /// The new one may not be one.
    Weak(WeakPassword),
    /// The new one is the present one.
    Same,
    /// Too many attempts: nothing is left for so long.
    Wait(Quota),
    /// So many passwords are being checked that this one must come back.
    Busy,
    /// The session or the link has ended.
    Ended,
}

impl From<NotSet> for NewPassword {
    fn from(why: NotSet) -> Self {
        Self::NotSet(why)
    }
}

/// How the password comes to be replaced.
pub(super) struct Replace {
    pub(super) action: &'static str,
    pub(super) account: Account,
    /// The session in which it is asked for, if it is not a link that sets it.
    pub(super) session: Option<SessionId>,
    pub(super) peer: Peer,
}

impl Logins {
    /// Changes a password. The other sessions end, and so does what applications were given; this browser gets a new session.
    ///
    /// # Errors
    /// The database does not answer, or a password cannot be checked.
    pub async fn change_password(&self, input: ChangePassword<'_>) -> Result<NewPassword, Error> {
        let ChangePassword { logged_in, current, new, peer } = input;
        if let Err(weak) = check(&new, logged_in.profile.login.as_str(), &logged_in.profile.emails) {
            return Ok(NotSet::Weak(weak).into());
        }
        let (id, session) = (logged_in.user.id, logged_in.session.id);
        let keys = self.keys().await?;
        let counted = Counted::of_session(self, keys.peppers(), session);
        let read = self.executor().run({
            let counted = counted.clone();
            move |store| {
                let account = store.snapshot(|tx| account::with_id(tx, id))?;
                Ok::<_, Error>((account, counted.admit(store)?))
            }
        });
        let (account, exhausted) = read.await?;
        if let Some(exhausted) = exhausted {
            return Ok(NotSet::Wait(exhausted).into());
        }
        let Some((account, hash)) =
            account.and_then(|account| Some((account.clone(), account.hash_that_opens()?.clone())))
        else {
            return Ok(NotSet::Ended.into());
        };
        let same = *current == *new;
        let right = match self.hasher.verify(current, hash).await {
            Err(PasswordError::Busy) => Err(NotSet::Busy),
            checked => Ok(checked?),
        };
        if right == Ok(false) {
            return Ok(NotSet::WrongCurrent.into());
        }
        self.executor().run(move |store| counted.give_back_alone(store)).await?;
        let hash = match right {
            Ok(_) if same => Err(NotSet::Same),
            Ok(_) => self.hash(new).await?,
            Err(busy) => Err(busy),
        };
        let hash = match hash {
            Ok(hash) => hash,
            Err(why) => return Ok(why.into()),
        };
        let replace = Replace { action: "user.change_password", account, session: Some(session), peer };
        self.replace(&keys, hash, replace, move |change| {
            Ok(store::sessions::find(change, session)?.is_some_and(|kept| kept.session.user == id))
        })
        .await
    }

    /// The hash of a new password, or that there is no room to make it.
    pub(super) async fn hash(&self, new: Zeroizing<String>) -> Result<Result<PasswordHash, NotSet>, Error> {
        match self.hasher.hash(new).await {
            Ok(hash) => Ok(Ok(hash)),
            Err(PasswordError::Busy) => Ok(Err(NotSet::Busy)),
            Err(other) => Err(other.into()),
        }
    }

    /// Replaces the password in one change and begins a session in it, if what the account rests on is still as it was read
    /// and `still` says that it may.
    pub(super) async fn replace(
        &self,
        keys: &Keys,
        hash: PasswordHash,
        replace: Replace,
        still: impl FnOnce(&mut Change<'_>) -> Result<bool, Error> + Send + 'static,
    ) -> Result<NewPassword, Error> {
        let (keys, life) = (keys.clone(), self.options.session_life);
        let replaced = self.executor().run(move |store| {
            store.change(|change| {
                let Replace { action, account, session, peer } = replace;
                let (id, head) = (account.user.id, account.head);
                let seq = change.seq();
                let Some(now) = account::of_rows(change, id, seq)?.filter(|now| is_as_read(now, head)) else {
                    return Ok(None);
                };
                if !still(change)? {
                    return Ok(None);
                }
                let origin = Origin::user(id, peer.address);
                let origin = session.map_or(origin, |session| origin.in_session(session));
                users::replace_password(change, &origin, &now.user, &hash)?;
                let entry = AuditEntry::new(action, id, Some(now.user.home), serde_json::json!({}));
                store::audit::insert(change, &origin, &entry)?;
                let begin = Begin { user: id, home: now.user.home, made_at: seq, peer, life };
                let session = sessions::begin_in(change, keys.peppers(), &begin)?;
                Ok::<_, Error>(Some((session, device::remember(id, seq, keys.peppers())?)))
            })
        });
        Ok(match replaced.await? {
            Some((session, device)) => NewPassword::Set(Box::new(LoggedInAs { session, device })),
            None => NotSet::Ended.into(),
        })
    }
}

/// Whether the account may still be entered, and nobody has stopped it or set another password since it was read.
fn is_as_read(now: &Account, head: Seq) -> bool {
    now.uses_password() && now.user.logins_cut_off <= head && now.user.cut_off <= head && now.home.cut_off <= head
}

/// Whether somebody with this login and these addresses may have the password.
pub(super) fn check(password: &str, login: &str, emails: &[Email]) -> Result<(), WeakPassword> {
    password_policy::check(password, login, emails.iter().map(Email::as_str))
}
