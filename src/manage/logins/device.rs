//! Browsers in which somebody was logged in before. One that can prove it is counted by itself, so that a flood of wrong
//! passwords from elsewhere does not make its user wait (P3).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    crypto::{
        keyed_hash::Peppers,
        random::{OsRandom, RandomUnavailable},
    },
    domain::{
        ids::{Id, UserId},
        sequence::Seq,
        user::User,
    },
};

const PURPOSE: &str = "device";

/// What a browser shows, once its tag was found to be ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KnownDevice {
    user: UserId,
    made_at: Seq,
    pub(super) nonce: [u8; 16],
}

impl KnownDevice {
    /// Reads a text that this site made. A text that it did not make is nothing.
    pub(super) fn parse(text: &str, peppers: &Peppers) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let (user, made_at, nonce, tag) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let device = Self {
            user: user.parse().ok()?,
            made_at: Seq::new(made_at.parse().ok()?),
            nonce: URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?,
        };
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        device.with_parts(|parts| peppers.has_tagged(PURPOSE, parts, &tag)).then_some(device)
    }

    /// Whether this user was logged in here, and has not changed the password since: whoever took a device along with the old
    /// password does not keep it.
    pub(super) fn knows(&self, user: &User) -> bool {
        self.user == user.id && self.made_at >= user.logins_cut_off.max(user.cut_off)
    }

    fn with_parts<T>(&self, work: impl FnOnce(&[&[u8]]) -> T) -> T {
        let (user, made_at) = (self.user.as_uuid(), self.made_at.get().to_be_bytes());
        work(&[user.as_bytes().as_slice(), made_at.as_slice(), self.nonce.as_slice()])
    }
}

/// What a browser is given to remember that this user was logged in here.
pub(super) fn remember(user: UserId, made_at: Seq, peppers: &Peppers) -> Result<String, RandomUnavailable> {
    let device = KnownDevice { user, made_at, nonce: OsRandom::bytes()? };
    let tag = device.with_parts(|parts| peppers.tag(PURPOSE, parts));
    let (nonce, tag) = (URL_SAFE_NO_PAD.encode(device.nonce), URL_SAFE_NO_PAD.encode(tag));
    Ok(format!("{user}.{}.{nonce}.{tag}", made_at.get()))
}
