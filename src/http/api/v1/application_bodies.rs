//! What is sent to register an application, or to change it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::{
    domain::{
        application::ApplicationKind,
        audience::Audience,
        ids::{ApplicationId, SpaceId, UserId},
        key_pair::ExpiryPolicy,
        name::{Description, Name},
        redirect_uri::RedirectUri,
        signing_key::SigningAlgorithm,
    },
    http::api::{body::given, schema},
    manage::{
        Error,
        applications::{CreateApplication, EditApplication},
    },
};

/// An application to be registered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateApplication")]
pub(super) struct CreateBody {
    /// As users see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// What it is for.
    #[serde(default)]
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Description,
    /// `confidential` if it runs on a server and keeps a secret, `public` if it runs on the user's device or in the browser.
    #[schemars(schema_with = "schema::words::<ApplicationKind>")]
    kind: ApplicationKind,
    /// The user who registers it for himself; without it, it is the space's own.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::id::<UserId>")]
    owner: Option<UserId>,
    /// Users of the space are not asked for their consent.
    #[serde(default)]
    first_party: bool,
    /// Where users may be sent back to, 1 to 20: https, http on loopback, or a private scheme of a public application.
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    redirect_uris: Vec<String>,
    /// Where users may be sent after they logged out, at most 20.
    #[serde(default)]
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    post_logout_redirect_uris: Vec<String>,
    /// Where it wants to hear that a session ended.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 500>")]
    backchannel_logout_uri: Option<String>,
    /// Scopes that users give all together.
    #[serde(default)]
    scopes: Vec<String>,
    /// Scopes that users may leave out.
    #[serde(default)]
    optional_scopes: Vec<String>,
    /// APIs that it may ask tokens for, besides the site's default audience.
    #[serde(default)]
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    resources: Vec<Audience>,
    /// Algorithm of its id tokens; RS256 unless the site has no such key.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<SigningAlgorithm>")]
    id_token_algorithm: Option<SigningAlgorithm>,
    /// When its first pair stops working: `none`, `90d`, a date or a time. Without it never.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::expiry")]
    expires: Option<ExpiryPolicy>,
}

/// What is to be different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditApplication")]
pub(super) struct EditBody {
    /// As users see it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Option<Name>,
    /// What it is for; `null` clears it.
    #[serde(default, deserialize_with = "given_or_cleared")]
    #[schemars(schema_with = "schema::text_or_null::<1000>")]
    description: Option<Description>,
    /// Users of the space are not asked for their consent.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "bool")]
    first_party: Option<bool>,
    /// All places that users may be sent back to. If there is a new one, users are asked for their consent again.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    redirect_uris: Option<Vec<String>>,
    /// All places that users may be sent to after they logged out.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    post_logout_redirect_uris: Option<Vec<String>>,
    /// Where it wants to hear that a session ended; `null` for nowhere.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text_or_null::<500>")]
    backchannel_logout_uri: Option<Clearable>,
    /// All scopes that users give together. One that was optional is not any more.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Vec<String>")]
    scopes: Option<Vec<String>>,
    /// All scopes that users may leave out. One that was required is not any more.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Vec<String>")]
    optional_scopes: Option<Vec<String>>,
    /// All APIs that it may ask tokens for.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    resources: Option<Vec<Audience>>,
    /// Algorithm of its id tokens.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::words::<SigningAlgorithm>")]
    id_token_algorithm: Option<SigningAlgorithm>,
}

/// A text, or `null` for none.
#[derive(Deserialize)]
#[serde(transparent)]
struct Clearable(Option<String>);

fn given_or_cleared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Description>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}

fn uri(text: &str) -> Result<RedirectUri, Error> {
    Ok(RedirectUri::parse(text)?)
}

fn uris(texts: &[String]) -> Result<Vec<RedirectUri>, Error> {
    texts.iter().map(|text| uri(text)).collect()
}

impl CreateBody {
    /// The input of the use case for this space.
    pub(super) fn of(self, space: SpaceId) -> Result<CreateApplication, Error> {
        Ok(CreateApplication {
            space,
            owner: self.owner,
            name: self.name,
            description: self.description,
            kind: self.kind,
            first_party: self.first_party,
            redirect_uris: uris(&self.redirect_uris)?,
            post_logout_redirect_uris: uris(&self.post_logout_redirect_uris)?,
            backchannel_logout_uri: self.backchannel_logout_uri.as_deref().map(uri).transpose()?,
            scopes: self.scopes,
            optional_scopes: self.optional_scopes,
            resources: self.resources,
            id_token_algorithm: self.id_token_algorithm,
            expiry: self.expires.unwrap_or(ExpiryPolicy::Never),
        })
    }
}

impl EditBody {
    /// The input of the use case for this application.
    pub(super) fn of(self, id: ApplicationId) -> Result<EditApplication, Error> {
        let list = |texts: Option<Vec<String>>| texts.map(|texts| uris(&texts)).transpose();
        let backchannel = self.backchannel_logout_uri.map(|Clearable(text)| text.as_deref().map(uri).transpose());
        Ok(EditApplication {
            id,
            name: self.name,
            description: self.description,
            first_party: self.first_party,
            redirect_uris: list(self.redirect_uris)?,
            post_logout_redirect_uris: list(self.post_logout_redirect_uris)?,
            backchannel_logout_uri: backchannel.transpose()?,
            scopes: self.scopes,
            optional_scopes: self.optional_scopes,
            resources: self.resources,
            id_token_algorithm: self.id_token_algorithm,
        })
    }
}
