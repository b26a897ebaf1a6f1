//! A space as it is shown, and what of it can be changed.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    domain::{
        email::EmailDomain,
        ids::SpaceId,
        name::Name,
        space::{ApplicationPolicy, SpaceKind, SpaceState},
    },
    http::api::{body::given, schema},
    manage::spaces::{EditSpace, LONGEST_POLICY, SpaceFacts},
};

/// A policy's time span.
struct Seconds(Duration);

const LONGEST: u64 = LONGEST_POLICY.as_secs();

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u64::deserialize(deserializer)?;
        if (1..=LONGEST).contains(&seconds) {
            return Ok(Self(Duration::from_secs(seconds)));
        }
        Err(de::Error::custom(format!("the seconds are a whole number from 1 to {LONGEST}")))
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.as_secs())
    }
}

/// A time span that is set, or taken away by `null`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Life(Option<Seconds>);

fn seconds_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "minimum": 1, "maximum": LONGEST })
}

/// A space as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Space")]
pub(super) struct SpaceView {
    /// Names it in paths and tokens.
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    id: SpaceId,
    /// Unique in the site.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// What it is used for.
    #[schemars(schema_with = "schema::words::<SpaceKind>")]
    kind: SpaceKind,
    /// `open`, or `closed`: then everything in it is refused.
    #[schemars(schema_with = "schema::words::<SpaceState>")]
    state: SpaceState,
    #[serde(flatten)]
    keys: KeySwitches,
    /// Life of access tokens; `null` leaves it to the site.
    #[schemars(schema_with = "seconds_or_null")]
    token_life_seconds: Option<Seconds>,
    /// The longest life of a new pair; `null` means no limit.
    #[schemars(schema_with = "seconds_or_null")]
    pair_life_seconds: Option<Seconds>,
    /// Whether people log in elsewhere.
    sso_enabled: bool,
    /// Age at which a password stops its owner's keys; `null` means never.
    #[schemars(schema_with = "seconds_or_null")]
    password_life_seconds: Option<Seconds>,
    /// Domains of the addresses of service accounts; empty means any.
    #[schemars(schema_with = "schema::texts::<3, 253>")]
    email_domains: Vec<EmailDomain>,
    /// Which applications its users may authorize: `any`, those that the space `approved`, or `none`.
    #[schemars(schema_with = "schema::words::<ApplicationPolicy>")]
    application_policy: ApplicationPolicy,
    /// Whether a pair whose secret is reported as leaked ends at once, of an API key or an application.
    revoke_leaked_keys: bool,
    /// How many keys the switch stops; left out in lists, and for those who manage neither keys nor the space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    ordinary_keys: Option<i64>,
}

/// What limits the keys of a space.
#[derive(Serialize, JsonSchema)]
struct KeySwitches {
    /// Whether this space can have keys at all.
    api_keys_supported: bool,
    /// The space's own switch for keys.
    api_keys_enabled: bool,
    /// Whether administrators alone make keys.
    key_creation_restricted: bool,
}

impl From<SpaceFacts> for SpaceView {
    fn from(SpaceFacts { space, email_domains, ordinary_keys }: SpaceFacts) -> Self {
        Self {
            id: space.id,
            name: space.name,
            kind: space.kind,
            state: space.state,
            keys: KeySwitches {
                api_keys_supported: space.api_keys_supported,
                api_keys_enabled: space.api_keys_enabled,
                key_creation_restricted: space.key_creation_restricted,
            },
            token_life_seconds: space.token_life.map(Seconds),
            pair_life_seconds: space.pair_life.map(Seconds),
            sso_enabled: space.sso_enabled,
            password_life_seconds: space.password_life.map(Seconds),
            email_domains,
            application_policy: space.application_policy,
            revoke_leaked_keys: space.revoke_leaked_keys,
            ordinary_keys,
        }
    }
}

/// What is to be different; `null` clears.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditSpace")]
pub(super) struct EditBody {
    /// Unique in the site.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Option<Name>,
    /// Whether this space can have keys at all.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    api_keys_supported: Option<bool>,
    /// The space's own switch for keys.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    api_keys_enabled: Option<bool>,
    /// Whether administrators alone make keys.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    key_creation_restricted: Option<bool>,
    /// Life of access tokens; `null` leaves it to the site.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "seconds_or_null")]
    token_life_seconds: Option<Life>,
    /// The longest life of a new pair; `null` means no limit. Pairs that exist keep theirs.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "seconds_or_null")]
    pair_life_seconds: Option<Life>,
    /// Whether people log in elsewhere.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    sso_enabled: Option<bool>,
    /// Age at which a password stops its owner's keys; `null` means never.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "seconds_or_null")]
    password_life_seconds: Option<Life>,
    /// Domains of the addresses of service accounts; empty means any.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::texts::<3, 253>")]
    email_domains: Option<Vec<EmailDomain>>,
    /// Which applications its users may authorize. Consents to those that are not admitted any more end at once, for good.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<ApplicationPolicy>")]
    application_policy: Option<ApplicationPolicy>,
    /// Whether a pair whose secret is reported as leaked ends at once, of an API key or an application.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    revoke_leaked_keys: Option<bool>,
    /// Lets pairs that live longer than `pair_life_seconds` end sooner: none later than a pair that is made now. At most 500 at
    /// once; the answer tells how many are left. Needs `keys.manage`, too.
    #[serde(default)]
    apply_to_existing: bool,
}

impl EditBody {
    /// The input of the use case for this space.
    pub(super) fn of(self, id: SpaceId) -> EditSpace {
        let life = |given: Option<Life>| given.map(|Life(life)| life.map(|Seconds(life)| life));
        EditSpace {
            id,
            name: self.name,
            api_keys_supported: self.api_keys_supported,
            api_keys_enabled: self.api_keys_enabled,
            key_creation_restricted: self.key_creation_restricted,
            token_life: life(self.token_life_seconds),
            pair_life: life(self.pair_life_seconds),
            sso_enabled: self.sso_enabled,
            password_life: life(self.password_life_seconds),
            email_domains: self.email_domains,
            application_policy: self.application_policy,
            revoke_leaked_keys: self.revoke_leaked_keys,
            apply_to_existing: self.apply_to_existing,
        }
    }
}
