//! From a login and a password to a session.

use std::net::IpAddr;

use zeroize::Zeroizing;

use super::{
    Keys, Logins, Peer,
    account::{self, Account},
    counts::Attempted,
    device::{self, KnownDevice},
    throttling::Counted,
};
use crate::{
    crypto::{
        password::{PasswordError, PasswordHash},
        secret_text::PresentedSecret,
    },
    domain::{
        account_name::AccountName,
        audit_event::Origin,
        ids::{AuditEventId, Id},
        throttle::Quota,
    },
    manage::{
        Error,
        sessions::{self, Begin, NewSession},
        setup_links::{self, NewSetupLink},
    },
    store::{self, Store},
};

/// An attempt to log in.
pub struct LogIn<'a> {
    /// Login or address, as typed.
    pub name: &'a str,
    /// The password, as typed.
    pub password: Zeroizing<String>,
    /// Who tries.
    pub peer: Peer,
    /// What the browser shows to prove that somebody was logged in here before.
    pub device: Option<&'a str>,
    /// The session that the browser is in. It gets another cookie, or ends if it is somebody else's (B3).
    pub session: Option<&'a str>,
}

/// What became of an attempt.
#[derive(Debug)]
pub enum Outcome {
    /// The password was right.
    LoggedIn(Box<LoggedInAs>),
    /// It was right and is too old; the link sets a new one.
    MustRenew(NewSetupLink),
    /// There is no such account, or the password is another one, or nobody logs in to the account with a password: nobody
    /// learns which (P1).
    Wrong,
    /// Too many attempts: nothing is left for so long.
    Wait(Quota),
    /// So many passwords are being checked that this one must come back.
    Busy,
}

/// A session that has just begun, and what the browser remembers of it.
#[derive(Debug)]
pub struct LoggedInAs {
    /// The session.
    pub session: NewSession,
    /// What proves later that this user was logged in here.
    pub device: String,
}

/// What was read before the password is checked.
struct Read {
    keys: Keys,
    account: Option<Account>,
    counted: Counted,
}

impl Logins {
    /// Logs somebody in. Whoever cannot log in costs the same work and gets the same answer, whatever the reason.
    ///
    /// # Errors
    /// The database does not answer, or a password cannot be checked.
    pub async fn log_in(&self, attempt: LogIn<'_>) -> Result<Outcome, Error> {
        let outcome = self.attempt(attempt).await?;
        self.counts.logins.inc(match &outcome {
            Outcome::LoggedIn(_) => Attempted::LoggedIn,
            Outcome::MustRenew(_) => Attempted::MustRenew,
            Outcome::Wrong => Attempted::Wrong,
            Outcome::Wait(_) => Attempted::Throttled,
            Outcome::Busy => Attempted::Busy,
        });
        Ok(outcome)
    }

    async fn attempt(&self, attempt: LogIn<'_>) -> Result<Outcome, Error> {
        let keys = self.keys().await?;
        let name = AccountName::parse(attempt.name).unwrap_or(AccountName::NOBODY);
        let device = attempt.device.and_then(|text| KnownDevice::parse(text, keys.peppers()));
        let (address, now) = (attempt.peer.address, keys.moment().now);
        let refusal = self.refusals.key(&name, device.as_ref(), address);
        if let Some(exhausted) = self.refusals.still(refusal, now) {
            return Ok(Outcome::Wait(exhausted));
        }
        let account = self.executor().run({
            let name = name.clone();
            move |store: &Store| store.snapshot(|tx| account::named(tx, &name))
        });
        let account = account.await?;
        let counted = Counted::of_login(self, keys.peppers(), &name, account.as_ref(), device.as_ref(), address);
        let admitted = self.executor().run({
            let counted = counted.clone();
            move |store| counted.admit(store)
        });
        if let Some(exhausted) = admitted.await? {
            self.refusals.remember(refusal, now, exhausted);
            return Ok(Outcome::Wait(exhausted));
        }
        let read = Read { keys, account, counted };
        self.check(attempt, read).await
    }

    async fn check(&self, attempt: LogIn<'_>, read: Read) -> Result<Outcome, Error> {
        let password = attempt.password.clone();
        let kept = read.account.as_ref().and_then(Account::hash_that_opens).cloned();
        let checked = match kept {
            Some(hash) => self.hasher.verify(password, hash).await,
            None => self.hasher.verify_dummy(password).await.map(|()| false),
        };
        match (checked, &read.account) {
            (Ok(true), Some(_)) => self.admit(attempt, read).await,
            (Ok(_), _) => {
                self.note_failure(&attempt.peer, &read).await;
                Ok(Outcome::Wrong)
            }
            (Err(PasswordError::Busy), _) => {
                let counted = read.counted;
                self.executor().run(move |store| counted.give_back_alone(store)).await?;
                Ok(Outcome::Busy)
            }
            (Err(other), _) => Err(other.into()),
        }
    }

    /// The password was right.
    async fn admit(&self, attempt: LogIn<'_>, read: Read) -> Result<Outcome, Error> {
        let Read { keys, account, counted } = read;
        let Some(account) = account else { return Ok(Outcome::Wrong) };
        if account.user.is_stopped_by_password(&account.home, keys.moment().now) {
            return self.must_renew(account, counted, attempt.peer.address).await;
        }
        let rehashed = self.rehashed(&account, attempt.password).await;
        let device = device::remember(account.user.id, account.head, keys.peppers())?;
        let begin = Begin {
            user: account.user.id,
            home: account.user.home,
            made_at: account.head,
            peer: attempt.peer,
            life: self.options.session_life,
        };
        let before = attempt.session.map(str::to_owned);
        let idle = self.options.session_idle;
        let session = self.executor().run(move |store| {
            let before = before.as_deref().and_then(|text| PresentedSecret::parse(text).ok());
            let before = match before {
                Some(shown) => store.snapshot(|tx| sessions::kept(tx, keys.peppers(), &shown))?,
                None => None,
            };
            let (own, other) = match before {
                Some(kept) if kept.session.user == begin.user && !kept.session.is_over(idle, keys.moment().now) => {
                    (Some(kept), None)
                }
                other => (None, other),
            };
            let session = store.redeem(|redemption| {
                counted.give_back(redemption)?;
                if let Some((before, after)) = &rehashed {
                    store::accounts::rehash(redemption, begin.user, before.as_str(), after.as_str())?;
                }
                sessions::begin(redemption, keys.peppers(), &begin, own.as_ref())
            })?;
            if let Some(other) = other {
                let origin = Origin::user(other.session.user, begin.peer.address).in_session(other.session.id);
                store.change(|change| sessions::end_one(change, &origin, &other.session))?;
            }
            Ok::<_, Error>(session)
        });
        match session.await {
            Ok(session) => Ok(Outcome::LoggedIn(Box::new(LoggedInAs { session, device }))),
            // The user was deleted meanwhile.
            Err(Error::Store(store::Error::Refused(_))) => Ok(Outcome::Wrong),
            Err(other) => Err(other),
        }
    }

    async fn must_renew(&self, account: Account, counted: Counted, address: Option<IpAddr>) -> Result<Outcome, Error> {
        let deps = self.deps.clone();
        let link = self.executor().run(move |store| {
            counted.give_back_alone(store)?;
            let origin = Origin::user(account.user.id, address);
            store.change(|change| setup_links::renew(change, &deps, &origin, account.user.id, account.head))
        });
        Ok(link.await?.map_or(Outcome::Wrong, Outcome::MustRenew))
    }

    /// What is to be kept of the password instead of a hash of older costs. If there is no room to compute it, the next login
    /// will.
    async fn rehashed(&self, account: &Account, password: Zeroizing<String>) -> Option<(PasswordHash, PasswordHash)> {
        let before = account.hash.as_ref().filter(|hash| !hash.is_current())?;
        let after = self.hasher.hash(password).await.ok()?;
        Some((before.clone(), after))
    }

    /// Notes a wrong password: once for each account and minute, and for all names that nobody has together. The name itself
    /// is not kept; people type passwords where names belong.
    async fn note_failure(&self, peer: &Peer, read: &Read) {
        let (keys, address) = (&read.keys, peer.address);
        let minute = keys.moment().now.as_seconds().div_euclid(60);
        let user = read.account.as_ref().map(|account| (account.user.id, account.user.home));
        let who = user.map(|(id, _)| id.to_string()).unwrap_or_default();
        let tag = keys.peppers().tag("failed login", &[who.as_bytes(), &minute.to_be_bytes()]);
        let (head, _) = tag.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let id = AuditEventId::from_uuid(uuid::Builder::from_custom_bytes(*head).into_uuid());
        let seq = keys.moment().seq;
        let noted = self
            .executor()
            .run(move |store| store.redeem(|redemption| sessions::note_refusal(redemption, id, seq, address, user)));
        if let Err(error) = noted.await {
            tracing::warn!(%error, "a failed login could not be noted");
        }
    }
}
