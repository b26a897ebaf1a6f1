//! The id that an API key had in another system, under which its clients go on presenting themselves.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use uuid::Uuid;

use super::key_pair::PublicId;

/// Longest id, in characters.
pub const LONGEST: usize = 128;

/// 1 to 128 visible ASCII characters without a colon, which would end the user name of Basic (RFC 7617 section 2), and of a
/// form that no id of ours has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportedClientId(Arc<str>);

/// Why a text cannot be the id of an imported client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidImportedClientId {
    /// None, or too many characters.
    #[error("an imported client id has 1 to {LONGEST} characters")]
    Length,
    /// A character that cannot be presented.
    #[error("an imported client id has visible ASCII characters only, and no colon")]
    Character,
    /// It could be taken for one of ours.
    #[error("an imported client id must not have the form of an id or a secret that Keystead makes")]
    LooksLikeOurs,
}

impl ImportedClientId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 16 bytes that name it in the change log: FNV-1a. Two ids with the same cost each other needless loads and no more.
    #[must_use]
    pub fn fingerprint(&self) -> Uuid {
        const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        const PRIME: u128 = 0x0100_0000_0000_0000_0000_013b;
        let mix = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        Uuid::from_u128(self.0.bytes().fold(OFFSET, mix))
    }
}

/// `xyz_` and 32 hexadecimal digits, the public id of a pair, or the beginning of a secret.
fn looks_like_ours(text: &str) -> bool {
    let is_id = text.split_once('_').is_some_and(|(prefix, digits)| {
        prefix.len() == 3 && digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    let is_secret = matches!(text.as_bytes(), [b'k', b's', kind, b'_', ..] if kind.is_ascii_lowercase());
    is_id || is_secret || PublicId::from_str(text).is_ok()
}

impl FromStr for ImportedClientId {
    type Err = InvalidImportedClientId;

    fn from_str(text: &str) -> Result<Self, InvalidImportedClientId> {
        match text {
            _ if !(1..=LONGEST).contains(&text.len()) => Err(InvalidImportedClientId::Length),
            _ if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') => {
                Err(InvalidImportedClientId::Character)
            }
            _ if looks_like_ours(text) => Err(InvalidImportedClientId::LooksLikeOurs),
            fitting => Ok(Self(fitting.into())),
        }
    }
}

impl fmt::Display for ImportedClientId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for ImportedClientId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Serialize for ImportedClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ImportedClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Covers: KM-24
    #[test]
    fn an_id_is_taken_as_it_was_unless_it_could_be_one_of_ours() {
        let longest = "x".repeat(LONGEST);
        for fitting in ["a", "acme-ci", "0oa1b2c3d4e5f6g7h8i9", "a@b.example/c?d=%41+[e]", "key_1", &longest] {
            assert_eq!(fitting.parse::<ImportedClientId>().expect(fitting).as_str(), fitting);
        }
        let too_long = "x".repeat(LONGEST + 1);
        let cases = [
            ("", InvalidImportedClientId::Length),
            (too_long.as_str(), InvalidImportedClientId::Length),
            ("a b", InvalidImportedClientId::Character),
            ("a:b", InvalidImportedClientId::Character),
            ("a\nb", InvalidImportedClientId::Character),
            ("é", InvalidImportedClientId::Character),
            ("key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4", InvalidImportedClientId::LooksLikeOurs),
            ("APP_0190B2C8C6A97A3F9D6F4BE0A1C2D3E4", InvalidImportedClientId::LooksLikeOurs),
            ("J2X9NY3kvsfWyNTA", InvalidImportedClientId::LooksLikeOurs),
            ("ksk_anything", InvalidImportedClientId::LooksLikeOurs),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<ImportedClientId>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn fingerprints_are_the_same_in_every_process_and_tell_ids_apart() {
        let fingerprint = |text: &str| text.parse::<ImportedClientId>().expect("an id").fingerprint().as_u128();
        // The published test vector of FNV-1a for "a".
        assert_eq!(fingerprint("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_ne!(fingerprint("acme-ci"), fingerprint("acme-cj"));
    }
}
