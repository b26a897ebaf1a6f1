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
        ids::UserId, invitation::Invitation, sequence::Seq, session::login_stands, time::Timestamp, user::UserProfile,
    },
    manage::Error,
    store::{self, Change, Snapshot, setup_links::KeptSetupLink, transaction::Reads},
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
                Some(link) => Ok(link.remove(change)?),
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
    let Some(account) = account::with_id(tx, link.user())? else { return Ok(None) };
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    let stands = login_stands(link.made_at(), site.cut_off, &account.home, &account.user, account.head);
    Ok(Some(account).filter(|account| stands && account.uses_password()))
}

/// What a secret in a link stands for.
enum KeptLink {
    SetupLink(KeptSetupLink),
    Invitation(Invitation),
}

impl KeptLink {
    const fn user(&self) -> UserId {
        match self {
            Self::SetupLink(link) => link.user,
            Self::Invitation(invitation) => invitation.user,
        }
    }

    const fn made_at(&self) -> Seq {
        match self {
            Self::SetupLink(link) => link.made_at,
            Self::Invitation(invitation) => invitation.since,
        }
    }

    const fn expires_at(&self) -> Timestamp {
        match self {
            Self::SetupLink(link) => link.expires_at,
            Self::Invitation(invitation) => invitation.expires_at,
        }
    }

    /// Takes it away. Answers whether it was there.
    fn remove(&self, change: &mut Change<'_>) -> Result<bool, store::Error> {
        match self {
            Self::SetupLink(link) => store::setup_links::remove(change, link),
            Self::Invitation(invitation) => store::invitations::remove(change, invitation),
        }
    }
}

/// The link with this secret, if it is not too old.
fn kept(tx: &mut impl Reads, keys: &Keys, secret: &str, now: Timestamp) -> Result<Option<KeptLink>, Error> {
    let Ok(shown) = PresentedSecret::parse(secret) else { return Ok(None) };
    if shown.kind() != SecretKind::Invitation {
        return Ok(None);
    }
    let found = match store::setup_links::find_by_public_id(tx, shown.public_id())? {
        Some(link) => Some((link.secret.clone(), KeptLink::SetupLink(link))),
        None => store::invitations::find_by_public_id(tx, shown.public_id())?
            .map(|(invitation, hash)| (hash, KeptLink::Invitation(invitation))),
    };
    let right = found.filter(|(hash, link)| now < link.expires_at() && keys.peppers().verify(&shown, hash));
    Ok(right.map(|(_, link)| link))
}
