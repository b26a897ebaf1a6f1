//! Applications: registered, listed, shown, changed, disabled, enabled, removed.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::application_view::{ApplicationView, SecretView, view};
use crate::{
    domain::{
        application::ApplicationKind,
        audience::Audience,
        ids::{ApplicationId, UserId},
        key_pair::ExpiryPolicy,
        name::{Description, Name},
        page::{Page, PageRequest},
        redirect_uri::RedirectUri,
        signing_key::SigningAlgorithm,
    },
    http::api::{
        body::{Nothing, given},
        handler::{Created, create, edit, list, remove, show},
        operation::{Needs, Operation, QueryParameter, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        Error,
        applications::{self, CreateApplication, EditApplication},
    },
    store::{Change, Rows, application_registrations::ApplicationFilter},
};

/// The chapter of the documentation.
pub(super) const TAG: &str = "Applications";
/// Whoever manages the applications of a space; what acts for a user never does (ruling 15).
pub(super) const MANAGERS: Needs = Needs::OneOf(&["applications.manage"], "the space of the application");
/// The same for what is made or decided in a space.
pub(super) const MANAGERS_OF_SPACE: Needs = Needs::OneOf(&["applications.manage"], "the space");
/// What every operation on applications refuses what acts for a user with.
pub(super) const OF_DELEGATE: (u16, &str) = (403, "delegate_cannot_manage_applications");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_applications",
            verb: Verb::Get,
            path: "/spaces/{space}/applications",
            tag: TAG,
            summary: "Lists the applications of a space, those of its users too, oldest first",
            needs: MANAGERS_OF_SPACE,
            query: &[
                QueryParameter {
                    name: "q",
                    description: "Only applications with this in their name, in any case",
                    words: &[],
                },
                QueryParameter {
                    name: "owner",
                    description: "Only those that the user with this id registered",
                    words: &[],
                },
            ],
            refusals: &[OF_DELEGATE],
            example: "",
            handler: list(of_space),
        },
        Operation {
            id: "create_application",
            verb: Verb::Post,
            path: "/spaces/{space}/applications",
            tag: TAG,
            summary: "Registers an application; the secret of a confidential one is in this answer only",
            needs: MANAGERS_OF_SPACE,
            query: &[],
            refusals: &[
                OF_DELEGATE,
                (400, "invalid_redirect_uri"),
                (409, "owner_disabled"),
                (409, "space_closed"),
                (422, "algorithm_without_key"),
                (422, "expiry_in_the_past"),
                (422, "first_party_of_user"),
                (422, "foreign_owner"),
                (422, "openid_not_optional"),
                (422, "redirect_uri_required"),
                (422, "scope_given_twice"),
                (422, "scope_required"),
                (422, "too_many"),
                (422, "unknown_audience"),
                (422, "unknown_scope"),
            ],
            example: r#"{"name":"Example shop","kind":"confidential","redirect_uris":["https://shop.example.com/callback"],"scopes":["openid"],"optional_scopes":["profile"]}"#,
            handler: create(make),
        },
        Operation {
            id: "show_application",
            verb: Verb::Get,
            path: "/applications/{application}",
            tag: TAG,
            summary: "Shows an application with its pairs",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_application",
            verb: Verb::Patch,
            path: "/applications/{application}",
            tag: TAG,
            summary: "Changes an application; its tokens lose at once what it loses, and gain nothing",
            needs: MANAGERS,
            query: &[],
            refusals: &[
                OF_DELEGATE,
                (400, "invalid_redirect_uri"),
                (422, "algorithm_without_key"),
                (422, "first_party_of_user"),
                (422, "openid_not_optional"),
                (422, "redirect_uri_required"),
                (422, "scope_given_twice"),
                (422, "scope_required"),
                (422, "too_many"),
                (422, "unknown_audience"),
                (422, "unknown_scope"),
            ],
            example: r#"{"name":"Example store","optional_scopes":["profile","email"],"backchannel_logout_uri":null}"#,
            handler: edit(view, change_application),
        },
        Operation {
            id: "delete_application",
            verb: Verb::Delete,
            path: "/applications/{application}",
            tag: TAG,
            summary: "Deletes an application with its secrets and all that users authorized; its id is never used again",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE],
            example: "",
            handler: remove(view, |change, call| {
                Ok(applications::remove(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "disable_application",
            verb: Verb::Post,
            path: "/applications/{application}/disable",
            tag: TAG,
            summary: "Disables an application: its tokens are dead for ever, what users authorized stays",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE, (409, "already_disabled")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(applications::disable(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "enable_application",
            verb: Verb::Post,
            path: "/applications/{application}/enable",
            tag: TAG,
            summary: "Enables an application, with the secrets it had",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE, (409, "not_disabled")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(applications::enable(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
    ]
}

/// An application to be registered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateApplication")]
struct CreateBody {
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
struct EditBody {
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
    backchannel_logout_uri: Option<Option<String>>,
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

fn given_or_cleared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Description>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}

fn uri(text: &String) -> Result<RedirectUri, Error> {
    Ok(RedirectUri::parse(text)?)
}

fn uris(texts: &[String]) -> Result<Vec<RedirectUri>, Error> {
    texts.iter().map(uri).collect()
}

fn of_space(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<ApplicationId>,
) -> Result<Page<ApplicationView, ApplicationId>, Problem> {
    let (owner, text) = (call.parsed_query("owner")?, call.query("q").map(str::to_owned));
    let filter = ApplicationFilter { owner, text, ..ApplicationFilter::default() };
    Ok(applications::list(rows, call.authority, call.path()?, &filter, page)?.map(ApplicationView::from))
}

fn make(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<SecretView>, Problem> {
    let input = CreateApplication {
        space: call.path()?,
        owner: body.owner,
        name: body.name,
        description: body.description,
        kind: body.kind,
        first_party: body.first_party,
        redirect_uris: uris(&body.redirect_uris)?,
        post_logout_redirect_uris: uris(&body.post_logout_redirect_uris)?,
        backchannel_logout_uri: body.backchannel_logout_uri.as_ref().map(uri).transpose()?,
        scopes: body.scopes,
        optional_scopes: body.optional_scopes,
        resources: body.resources,
        id_token_algorithm: body.id_token_algorithm,
        expiry: body.expires.unwrap_or(ExpiryPolicy::Never),
    };
    let made = applications::create(change, call.deps(), call.authority, input)?;
    let answer = SecretView::of(change, call, made.id, made.credential.as_ref())?;
    Ok(Created { location: format!("/applications/{}", made.id), answer })
}

fn change_application(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<(), Problem> {
    let list = |texts: Option<Vec<String>>| texts.map(|texts| uris(&texts)).transpose();
    let backchannel = body.backchannel_logout_uri.map(|text| text.as_ref().map(uri).transpose());
    let input = EditApplication {
        id: call.path()?,
        name: body.name,
        description: body.description,
        first_party: body.first_party,
        redirect_uris: list(body.redirect_uris)?,
        post_logout_redirect_uris: list(body.post_logout_redirect_uris)?,
        backchannel_logout_uri: backchannel.transpose()?,
        scopes: body.scopes,
        optional_scopes: body.optional_scopes,
        resources: body.resources,
        id_token_algorithm: body.id_token_algorithm,
    };
    Ok(applications::edit(change, call.deps(), call.authority, input)?)
}
