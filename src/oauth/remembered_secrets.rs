//! Imported secrets that were found right a moment ago, so that a client that logs in every second is hashed once a minute.
//!
//! What is remembered is a tag under a key that only this process has: over the client, the pair, the very hash that the
//! secret was checked against, and the secret. Which hash a pair has, and whether its key works, every request reads in its
//! own view, so that nothing of this outlives a rotation, a disabling or a deletion on whatever node. Wrong secrets are never
//! remembered, and passwords of people never come here.

use std::{fmt, time::Duration};

use parking_lot::Mutex;
use quick_cache::sync::Cache;
use zeroize::Zeroize;

use crate::{
    crypto::{password::PasswordHash, process_key::ProcessKey, random::RandomUnavailable},
    domain::{imported_client::ImportedClientId, key_pair::PublicId, time::Timestamp},
};

/// How long a secret counts as right without being hashed again.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);
/// Secrets remembered at the same time.
const MOST: usize = 10_000;
/// After this long the process makes another key, and forgets all.
const KEY_LIFE: Duration = Duration::from_hours(24);

const PURPOSE: &str = "v1";

/// The memory of one process.
pub(super) struct RememberedSecrets {
    key: Mutex<Option<CurrentKey>>,
    until: Cache<Tag, Timestamp>,
}

struct CurrentKey {
    key: ProcessKey,
    made_at: Timestamp,
}

/// What is remembered of a secret; wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Tag([u8; 32]);

impl Drop for Tag {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Tag(…)")
    }
}

impl fmt::Debug for RememberedSecrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RememberedSecrets(…)")
    }
}

/// A secret that was presented, and what this request's view knows of the client.
#[derive(Clone, Copy)]
pub(super) struct Presented<'a> {
    pub(super) client: &'a ImportedClientId,
    pub(super) pair: PublicId,
    pub(super) hash: &'a PasswordHash,
    pub(super) secret: &'a str,
}

impl RememberedSecrets {
    /// An empty memory.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub(super) fn new(now: Timestamp) -> Result<Self, RandomUnavailable> {
        let key = CurrentKey { key: ProcessKey::generate()?, made_at: now };
        Ok(Self { key: Mutex::new(Some(key)), until: Cache::new(MOST) })
    }

    /// The tag of what was presented. None while there is no key: then nothing is remembered, and everything is hashed.
    pub(super) fn tag(&self, presented: Presented<'_>, now: Timestamp) -> Option<Tag> {
        let Presented { client, pair, hash, secret } = presented;
        let mut current = self.key.lock();
        if current.as_ref().is_none_or(|current| current.made_at.plus(KEY_LIFE) <= now) {
            self.until.clear();
            *current = ProcessKey::generate().ok().map(|key| CurrentKey { key, made_at: now });
        }
        let parts = [client.as_str().as_bytes(), pair.as_bytes(), hash.as_str().as_bytes(), secret.as_bytes()];
        current.as_ref().map(|current| Tag(current.key.tag(PURPOSE, &parts)))
    }

    /// Whether this was right within the last minute.
    pub(super) fn remembers(&self, tag: &Tag, now: Timestamp) -> bool {
        self.until.get(tag).is_some_and(|until| now < until)
    }

    /// Remembers that this was right.
    pub(super) fn remember(&self, tag: Tag, now: Timestamp) {
        self.until.insert(tag, now.plus(REMEMBERED_FOR));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$qLml5cbqFAO6YxVHhrSBHP0UWdxrIxkNcM8aMX3blzU";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    // Covers: KM-26
    #[test]
    fn a_tag_is_of_one_client_one_pair_one_hash_and_one_secret_and_lasts_a_minute() {
        let memory = RememberedSecrets::new(at(0)).expect("randomness");
        let (client, other) = ("acme-ci".parse().expect("an id"), "acme-cd".parse().expect("an id"));
        let (pair, other_pair) =
            ("J2X9NY3kvsfWyNTA".parse().expect("an id"), "J2X9NY3kvsfWyNTB".parse().expect("an id"));
        let hash = PasswordHash::parse(HASH).expect("a hash");
        let other_hash = PasswordHash::parse(&HASH.replace("t=2", "t=3")).expect("a hash");
        let right = Presented { client: &client, pair, hash: &hash, secret: "0123456789abcdef" };
        let tag = |presented: Presented<'_>, now| memory.tag(presented, now).expect("there is a key");

        memory.remember(tag(right, at(10)), at(10));
        assert!(memory.remembers(&tag(right, at(69)), at(69)));
        assert!(!memory.remembers(&tag(right, at(70)), at(70)));
        for wrong in [
            Presented { client: &other, ..right },
            Presented { pair: other_pair, ..right },
            Presented { hash: &other_hash, ..right },
            Presented { secret: "0123456789abcdeg", ..right },
        ] {
            assert!(!memory.remembers(&tag(wrong, at(11)), at(11)));
        }
    }

    // Covers: KM-26
    #[test]
    fn another_process_and_another_day_have_other_tags_and_nothing_shows_one() {
        let memory = RememberedSecrets::new(at(0)).expect("randomness");
        let client = "acme-ci".parse().expect("an id");
        let hash = PasswordHash::parse(HASH).expect("a hash");
        let pair = "J2X9NY3kvsfWyNTA".parse().expect("an id");
        let right = Presented { client: &client, pair, hash: &hash, secret: "0123456789abcdef" };
        let day = 24 * 60 * 60;
        let (first, before) = (memory.tag(right, at(1)), memory.tag(right, at(day - 1)));
        assert_eq!(first, before);
        memory.remember(before.clone().expect("a tag"), at(day - 1));
        let after = memory.tag(right, at(day));
        assert_ne!(before, after);
        assert!(!memory.remembers(&before.expect("a tag"), at(day)), "the old memory is gone");
        assert_ne!(RememberedSecrets::new(at(0)).expect("randomness").tag(right, at(1)), first);
        assert_eq!(format!("{memory:?} {:?}", after.expect("a tag")), "RememberedSecrets(…) Tag(…)");
    }
}
