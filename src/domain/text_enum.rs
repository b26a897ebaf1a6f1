//! Enums that are stored, shown and read as one word each, so that the word stands in one place.

use thiserror::Error;

/// The word is none of those that the enum knows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{word}` is not one of {expected}")]
pub struct UnknownWord {
    /// What was given.
    pub word: String,
    /// All words, for the person who mistyped.
    pub expected: String,
}

/// An enum whose variants are words.
pub trait TextEnum: Copy + Sized + 'static {
    /// All variants, in the order that people should see.
    const ALL: &'static [Self];

    /// Their words, in the same order.
    const WORDS: &'static [&'static str];

    /// The word of this variant.
    fn as_str(self) -> &'static str;

    /// The variant with this word.
    ///
    /// # Errors
    /// [`UnknownWord`] names the word and all that are known.
    fn parse(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.iter().copied().find(|variant| variant.as_str() == word).ok_or_else(|| UnknownWord {
            word: word.to_owned(),
            expected: Self::ALL.iter().map(|variant| format!("`{}`", variant.as_str())).collect::<Vec<_>>().join(", "),
        })
    }
}

/// Declares an enum together with its words.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $crate::domain::text_enum::TextEnum for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            const WORDS: &'static [&'static str] = &[$($word,)+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str($crate::domain::text_enum::TextEnum::as_str(*self))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::text_enum::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                $crate::domain::text_enum::TextEnum::parse(word)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::domain::text_enum::TextEnum::as_str(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                $crate::domain::text_enum::TextEnum::parse(&word).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_enum;
