//! Setting a password with a link: whoever has it is who it was made for, once. Looking at it uses nothing up.

use zeroize::Zeroizing;

use super::{
    Keys, Logins, NewPassword, NotSet, Peer,
    account::{self, Account},
    new_password::{Replace, check},
};
use crate::{
    crypto::secret_text::{PresentedSecret, SecretKind},
    domain::{
        cut_off::{CutOff, HangsOn, Verdict, verdict},
        time::Timestamp,
        user::UserProfile,
    },
    manage::Error,
    store::{self, Snapshot, setup_links::KeptSetupLink, transaction::Reads},
};

/// Whose password a link sets.
#[derive(Debug, Clone)]
pub struct LinkedAccount {
    /// The user.
    pub profile: UserProfile,
    /// Whether there is no password yet.
    pub is_first: bool,
}

impl Logins {
    /// Whose password this link sets; none if it is used, too old, or cut off.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn linked(&self, keys: &Keys, secret: &str) -> Result<Option<LinkedAccount>, Error> {
        let found = self.read_link(keys, secret).await?;
        Ok(found.map(|account| LinkedAccount {
            is_first: account.user.password_set_at.is_none(),
            profile: account.profile,
        }))
    }

    /// Sets a password with a link, which is used up by it, and logs its user in.
    ///
    /// # Errors
    /// The database does not answer, or the password cannot be hashed.
    pub async fn set_by_link(
        &self,
        keys: &Keys,
        secret: &str,
        new: Zeroizing<String>,
        peer: Peer,
    ) -> Result<NewPassword, Error> {
        let Some(account) = self.read_link(keys, secret).await? else { return Ok(NotSet::Ended.into()) };
        if let Err(weak) = check(&new, account.profile.login.as_str(), &account.profile.emails) {
            return Ok(NotSet::Weak(weak).into());
        }
        if let Some(hash) = account.hash.clone() {
            match self.hasher.verify(new.clone(), hash).await {
                Ok(true) => return Ok(NotSet::Same.into()),
                Ok(false) => {}
                Err(crate::crypto::password::PasswordError::Busy) => return Ok(NotSet::Busy.into()),
                Err(other) => return Err(other.into()),
            }
        }
        let hash = match self.hash(new).await? {
            Ok(hash) => hash,
            Err(busy) => return Ok(busy.into()),
        };
        let (of_link, secret) = (keys.clone(), secret.to_owned());
        let replace = Replace { action: "user.set_password_by_link", account, session: None, peer };
        self.replace(keys, hash, replace, move |change| {
            let now = change.now();
            match kept(change, &of_link, &secret, now)? {
                Some(link) => Ok(store::setup_links::remove(change, &link)?),
                None => Ok(false),
            }
        })
        .await
    }

    async fn read_link(&self, keys: &Keys, secret: &str) -> Result<Option<Account>, Error> {
        let (keys, secret) = (keys.clone(), secret.to_owned());
        self.executor().run(move |store| store.snapshot(|tx| standing(tx, &keys, &secret))).await
    }
}

/// The account that the link opens now.
fn standing(tx: &mut Snapshot<'_>, keys: &Keys, secret: &str) -> Result<Option<Account>, Error> {
    let Some(link) = kept(tx, keys, secret, keys.moment().now)? else { return Ok(None) };
    let Some(account) = account::with_id(tx, link.user)? else { return Ok(None) };
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    let cut_offs = [
        CutOff::Site(site.cut_off),
        CutOff::Space(account.home.cut_off),
        CutOff::User(account.user.cut_off),
        CutOff::UserLogins(account.user.logins_cut_off),
    ];
    let stands = verdict(link.made_at, account.head, HangsOn::Login, cut_offs) == Verdict::Stands;
    Ok(Some(account).filter(|account| stands && account.uses_password()))
}

/// The link with this secret, if it is not too old.
fn kept(tx: &mut impl Reads, keys: &Keys, secret: &str, now: Timestamp) -> Result<Option<KeptSetupLink>, Error> {
    let Ok(shown) = PresentedSecret::parse(secret) else { return Ok(None) };
    if shown.kind() != SecretKind::Invitation {
        return Ok(None);
    }
    let found = store::setup_links::find_by_public_id(tx, shown.public_id())?;
    Ok(found.filter(|link| now < link.expires_at && keys.peppers().verify(&shown, &link.secret)))
}
