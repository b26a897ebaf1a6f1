//! JSON as tokens may carry it: one object, no name twice at any level, no fractions, at most eight levels (J5, J8, J9).
//! Bodies of requests are read by the same rules, with `null` and fractions on top: those are answered by name.
//!
//! `serde_json` alone takes an array for a struct, the last of two equal names in a map, and nests 128 levels deep.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

const MOST_LEVELS: usize = 8;

/// Reads one object. `None` if it is anything else or does not fit `T`; the reason is not told, it would quote content.
pub(super) fn object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    if json.first() != Some(&b'{') {
        return None;
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    Strict { levels_left: MOST_LEVELS, of_request: false }.deserialize(&mut reader).ok()?;
    serde_json::from_slice(json).ok()
}

/// Reads the body of a request: one object, no name twice at any level, at most eight levels. `None` if it is anything else.
#[must_use]
pub fn request_object(json: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    Strict { levels_left: MOST_LEVELS, of_request: true }.deserialize(&mut reader).ok()?;
    serde_json::from_slice(json).ok()
}

#[derive(Clone, Copy)]
struct Strict {
    levels_left: usize,
    of_request: bool,
}

#[derive(Deserialize, PartialEq, Eq, Hash)]
struct MemberName<'a>(#[serde(borrow)] Cow<'a, str>);

impl Strict {
    fn inner<E: Error>(self) -> Result<Self, E> {
        let levels_left = self.levels_left.checked_sub(1).ok_or_else(|| E::custom("too many levels"))?;
        Ok(Self { levels_left, ..self })
    }

    fn only_in_requests<E: Error>(self, what: &str) -> Result<(), E> {
        if self.of_request { Ok(()) } else { Err(E::custom(format_args!("{what} stands where none is allowed"))) }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("strings, integers, booleans, arrays and objects")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.only_in_requests("a fraction")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.only_in_requests("null")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<MemberName<'de>>()? {
            if !names.insert(name) {
                return Err(Error::custom("a name stands twice"));
            }
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}
