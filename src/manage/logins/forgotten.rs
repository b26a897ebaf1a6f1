//! Forgotten passwords: whoever says so gets the same answer, and whoever is meant gets a link by mail (P1, P9).

use std::{net::IpAddr, time::Duration};

use super::{
    Keys, Logins,
    account::{self, Account},
    throttling::{Counted, bucket, of_network},
};
use crate::{
    domain::{
        account_name::AccountName,
        email::Email,
        ids::Id,
        throttle::{Limit, Quota, Rate},
    },
    manage::{
        Deps, Error,
        outbox::Letter,
        setup_links::{self, NewSetupLink},
    },
    store::Store,
};

/// Requests from one network.
const PER_NETWORK: Limit =
    Limit { name: "network-letters", rate: Rate { burst: 20, interval: Duration::from_secs(30) } };
/// Letters to one user.
const PER_USER: Limit = Limit { name: "account-letters", rate: Rate { burst: 3, interval: Duration::from_mins(10) } };

/// A link on its way to its user.
#[derive(Debug)]
pub struct ResetMail {
    /// The address.
    pub to: Email,
    /// The link.
    pub link: NewSetupLink,
}

impl Logins {
    /// Whether passwords can be renewed by mail.
    #[must_use]
    pub const fn offers_reset(&self) -> bool {
        self.outbox.is_some()
    }

    /// Notes that somebody has forgotten a password. What it does is the same whether or not there is such a user. The answer
    /// is for how long nothing is left to a network that asks too often.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forgotten(&self, keys: &Keys, name: &str, address: Option<IpAddr>) -> Result<Option<Quota>, Error> {
        let counted = Counted::one(of_network(keys.peppers(), b"forgotten from", address), PER_NETWORK);
        if let Some(exhausted) = self.executor().run(move |store| counted.admit(store)).await? {
            return Ok(Some(exhausted));
        }
        if let (Some(name), Some(outbox)) = (AccountName::parse(name), &self.outbox)
            && !outbox.put(Letter::Forgotten(name))
        {
            tracing::warn!(
                "more people have forgotten their password than letters can be sent; some have to ask again"
            );
        }
        Ok(None)
    }
}

/// The link for whoever has this name, and where to send it; none if nobody has, or has no address, or logs in otherwise, or
/// was sent enough. It opens the account for fifteen minutes, once.
///
/// # Errors
/// Those of the database.
pub fn write_reset(store: &Store, deps: &Deps, name: &AccountName) -> Result<Option<ResetMail>, Error> {
    let read = store.snapshot(|tx| {
        let account = account::named(tx, name)?;
        Ok::<_, Error>(account.zip(Some(deps.peppers(tx)?)))
    })?;
    let Some((account, peppers)) = read.filter(|(account, _)| account.uses_password()) else { return Ok(None) };
    let Some(to) = address_of(&account, name) else { return Ok(None) };
    let id = account.user.id;
    let counted = Counted::one(bucket(&peppers, &[b"forgotten by", id.as_uuid().as_bytes()]), PER_USER);
    if counted.admit(store)?.is_some() {
        return Ok(None);
    }
    let link = store.change(|change| setup_links::reset(change, deps, id, account.head))?;
    Ok(link.map(|link| ResetMail { to, link }))
}

/// The address that was typed, if it is one of the account; else the first one.
fn address_of(account: &Account, name: &AccountName) -> Option<Email> {
    let emails = &account.profile.emails;
    let typed = name.email();
    let same = |email: &&Email| typed.as_ref().is_some_and(|typed| typed.as_str().eq_ignore_ascii_case(email.as_str()));
    emails.iter().find(same).or_else(|| emails.first()).cloned()
}
