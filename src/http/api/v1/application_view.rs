//! How applications are shown: everything but the secret, which is shown the one time that it is made.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::{
        application::{Application, ApplicationKind, ApplicationState},
        audience::Audience,
        ids::{ApplicationId, SpaceId, UserId},
        key_pair::{KeyPair, PublicId},
        name::{Description, Name},
        redirect_uri::RedirectUri,
        signing_key::SigningAlgorithm,
        time::Timestamp,
    },
    http::api::{problem::Problem, request::Call, schema},
    manage::{
        NewCredential,
        applications::{self, ApplicationFacts, RunBy},
    },
    store::{Change, Rows},
};

/// An application as those see it who manage it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Application")]
pub(super) struct ApplicationView {
    /// Its OAuth `client_id`, which also names it in paths.
    #[schemars(schema_with = "schema::id::<ApplicationId>")]
    client_id: ApplicationId,
    /// The space that registered it.
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    space: SpaceId,
    /// The user who registered it for himself; left out if it is the space's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::id::<UserId>")]
    owner: Option<UserId>,
    /// As users see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// What it is for.
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Description,
    /// Whether it can keep a secret.
    #[schemars(schema_with = "schema::words::<ApplicationKind>")]
    kind: ApplicationKind,
    /// `active`, or `disabled`: then nobody logs in with it and its tokens are dead.
    #[schemars(schema_with = "schema::words::<ApplicationState>")]
    state: ApplicationState,
    /// Users of its own space are not asked for their consent.
    first_party: bool,
    /// Where users may be sent back to.
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    redirect_uris: Vec<RedirectUri>,
    /// Where users may be sent after they logged out.
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    post_logout_redirect_uris: Vec<RedirectUri>,
    /// Where it hears that a session ended; `null` if nowhere.
    #[schemars(schema_with = "schema::text_or_null::<500>")]
    backchannel_logout_uri: Option<RedirectUri>,
    /// Scopes that users give all together.
    scopes: Vec<String>,
    /// Scopes that users may leave out.
    optional_scopes: Vec<String>,
    /// APIs that it may ask tokens for, besides the site's default audience.
    #[schemars(schema_with = "schema::texts::<1, 500>")]
    resources: Vec<Audience>,
    /// Algorithm of its id tokens.
    #[schemars(schema_with = "schema::words::<SigningAlgorithm>")]
    id_token_algorithm: SigningAlgorithm,
    /// When it was registered.
    #[schemars(schema_with = "schema::time")]
    created_at: Timestamp,
    /// Its credentials, at most two; a public application has none.
    pairs: Vec<PairView>,
}

/// A credential of an application.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ApplicationPair")]
struct PairView {
    /// Names it, and is part of its secret.
    #[schemars(with = "String")]
    public_id: PublicId,
    /// The last characters of its secret.
    hint: String,
    /// When it was made.
    #[schemars(schema_with = "schema::time")]
    created_at: Timestamp,
    /// When it stops working; `null` means never.
    #[schemars(schema_with = "schema::time_or_null")]
    expires_at: Option<Timestamp>,
}

impl From<KeyPair> for PairView {
    fn from(KeyPair { public_id, hint, created_at, expires_at, .. }: KeyPair) -> Self {
        Self { public_id, hint, created_at, expires_at }
    }
}

impl From<ApplicationFacts> for ApplicationView {
    fn from(ApplicationFacts { application, profile }: ApplicationFacts) -> Self {
        let scopes = |required| scopes_of(&application, required);
        Self {
            client_id: application.id,
            space: application.space,
            owner: application.owner,
            scopes: scopes(true),
            optional_scopes: scopes(false),
            name: application.name,
            description: profile.description,
            kind: application.kind,
            state: application.state,
            first_party: application.first_party,
            redirect_uris: application.redirect_uris,
            post_logout_redirect_uris: application.post_logout_redirect_uris,
            backchannel_logout_uri: application.backchannel_logout_uri,
            resources: application.resources.into_iter().map(|allowed| allowed.audience).collect(),
            id_token_algorithm: application.id_token_algorithm,
            created_at: profile.created_at,
            pairs: application.pairs.into_iter().map(PairView::from).collect(),
        }
    }
}

fn scopes_of(application: &Application, required: bool) -> Vec<String> {
    let some = application.scopes.iter().filter(|allowed| allowed.required == required);
    some.map(|allowed| allowed.scope.to_string()).collect()
}

/// Shows the application of the path.
pub(super) fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<ApplicationView, Problem> {
    Ok(applications::show(rows, call.authority, call.path()?)?.into())
}

/// A new application, or a new credential of one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewApplicationSecret")]
pub(super) struct SecretView {
    /// Names the application at every endpoint.
    #[schemars(schema_with = "schema::id::<ApplicationId>")]
    client_id: ApplicationId,
    /// The secret: 60 characters. Nobody can show it again; a repeated request is answered without it, and with
    /// `secret_already_shown`. A public application has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    client_secret: Option<String>,
    /// Names the pair, and is part of the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    public_id: Option<PublicId>,
    /// When the pair stops working; `null` means never.
    #[schemars(schema_with = "schema::time_or_null")]
    expires_at: Option<Timestamp>,
    /// The application as it is now.
    application: ApplicationView,
}

impl SecretView {
    /// The answer for an application that this change has made, or given a pair.
    pub(super) fn of(
        change: &mut Change<'_>,
        call: &Call<'_>,
        client_id: ApplicationId,
        made: Option<&NewCredential<ApplicationId>>,
    ) -> Result<Self, Problem> {
        let facts = applications::show(&mut Rows::of(change), call.authority, client_id)?;
        Ok(Self {
            client_id,
            client_secret: made.map(|made| made.secret.expose().to_owned()),
            public_id: made.map(|made| made.public_id),
            expires_at: made.and_then(|made| made.expires_at),
            application: facts.into(),
        })
    }
}

/// Who stands behind an application.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RunBy")]
pub(super) struct RunByView {
    /// Name of the space that registered it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    space: Name,
    /// Full name of the user who registered it for himself; left out if it is the space's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::text::<1, 100>")]
    user: Option<Name>,
}

impl From<RunBy> for RunByView {
    fn from(RunBy { space, user }: RunBy) -> Self {
        Self { space, user }
    }
}

/// An application as those see it who meet it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ApplicationName")]
pub(super) struct NameView {
    /// Its OAuth `client_id`.
    #[schemars(schema_with = "schema::id::<ApplicationId>")]
    client_id: ApplicationId,
    /// As users see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// `active`, or `disabled`: then nobody logs in with it.
    #[schemars(schema_with = "schema::words::<ApplicationState>")]
    state: ApplicationState,
    /// Who stands behind it.
    run_by: RunByView,
}

impl NameView {
    /// This application.
    pub(super) fn of(application: &Application, run_by: RunBy) -> Self {
        Self {
            client_id: application.id,
            name: application.name.clone(),
            state: application.state,
            run_by: run_by.into(),
        }
    }
}
