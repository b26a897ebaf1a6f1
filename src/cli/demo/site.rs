//! The demo site itself: made in one change, so that there is all of it or nothing.

use std::{path::Path, thread};

use super::{
    administrator::{self, NewPassword},
    application,
    credentials::{Credential, DemoCredentials, KeyCredential, UserCredential},
};
use crate::{
    cli::{failure::Failure, first},
    config::Config,
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{KeyStatus, Owner},
        audience::Audience,
        authority::Authority,
        ids::{ApiKeyId, SpaceId},
        key_pair::ExpiryPolicy,
        name::{Description, Name},
        redirect_uri::RedirectUri,
        user::Login,
        workspace::WorkspaceNumber,
    },
    manage::{
        Deps, RoleRequest,
        api_keys::{self, CreateApiKey},
        resource_servers::{self, CreateResourceServer},
        site::{self, InitInput},
        spaces::{self, CreateSpace},
        user_roles::{self, GiveUserRole},
        users::{self, CreateUser},
        workspaces::{self, CreateWorkspace},
    },
    store::{self, Change, Store, site::SiteRow},
};

/// What the demo's resource server protects, and what tokens are for unless they ask for something else.
const AUDIENCE: &str = "https://api.example.com";
const LOGIN: &str = "demo";

/// Makes the site. The file with the credentials is written before the commit: a site without its file could not be used
/// again, a file without its site is overwritten.
pub(super) fn make(
    store: &Store,
    deps: &Deps,
    folder: &Path,
    config: &Config,
    redirect_uri: Option<&RedirectUri>,
) -> Result<DemoCredentials, Failure> {
    let redirect_uri = application::redirect_uri(redirect_uri)?;
    let audience = Audience::parse(AUDIENCE).map_err(|error| Failure::new("audience", error.to_string()))?;
    let input = InitInput {
        issuer: config.issuer.clone(),
        development: true,
        default_audience: audience.clone(),
        algorithms: config.keys.signing_algorithms.clone(),
    };
    let now = store.now()?;
    let (keys, passwords) = thread::scope(|scope| {
        let hashing = scope.spawn(|| Ok::<_, Failure>((NewPassword::make()?, NewPassword::make()?)));
        let keys = site::generate_keys(deps, &input.algorithms, now);
        (keys, hashing.join())
    });
    let abandoned = |_| Failure::new("password", "hashing the passwords was abandoned; try again");
    let (password, of_admin) = passwords.map_err(abandoned)??;
    let keys = keys?;
    store.change(|change| {
        site::make(change, deps, &Authority::OPERATOR, input, keys)?;
        let (space, mut credentials) = fill(change, deps, audience, password, &redirect_uri)?;
        credentials.issuer = config.issuer.to_string();
        credentials.admin = administrator::make(change, deps, space, of_admin)?;
        credentials.write(folder)?;
        Ok::<_, Failure>(credentials)
    })
}

fn fill(
    change: &mut Change<'_>,
    deps: &Deps,
    audience: Audience,
    password: NewPassword,
    redirect_uri: &RedirectUri,
) -> Result<(SpaceId, DemoCredentials), Failure> {
    let origin = &Authority::OPERATOR;
    let space = spaces::create(change, deps, origin, CreateSpace::production(name("Demo space")?))?.id;
    let mut numbers = Vec::new();
    for workspace in ["Production", "Test"] {
        let input = CreateWorkspace { space, name: name(workspace)? };
        numbers.push(workspaces::create(change, deps, origin, input)?.number);
    }
    let first = numbers.iter().copied().take(1).collect();
    let key = CreateApiKey {
        space,
        owner: Owner::Space,
        name: name("Demo integration")?,
        description: Description::default(),
        mode: None,
        roles: vec![role("ci_cd_integration", numbers.clone()), role("viewer", first)],
        expiry: ExpiryPolicy::Never,
        row_level_acknowledged: false,
        allowed_networks: AllowedNetworks::default(),
    };
    let key = api_keys::create(change, deps, origin, key)?;
    let server = CreateResourceServer { name: name("Demo API")?, audiences: vec![audience], accepts_api_keys: false };
    let server = resource_servers::create(change, deps, origin, server)?;
    let management_key = management_key(change, deps, space)?;
    let application = application::make(change, deps, space, redirect_uri)?;
    let login = Login::parse(LOGIN).ok_or_else(|| Failure::new("login", "the demo's login is no login"))?;
    let user = CreateUser { password: Some(password.hash), ..CreateUser::person(space, login, name("Demo user")?) };
    let id = users::create(change, deps, origin, user)?.id;
    user_roles::give(change, deps, origin, GiveUserRole { id, space, request: role("editor", numbers) })?;
    let credentials = DemoCredentials {
        issuer: String::new(),
        api_key: KeyCredential {
            client_id: key.client_id.to_string(),
            client_secret: key.secret.expose().to_owned(),
            scope: "read".to_owned(),
        },
        resource_server: Credential {
            client_id: server.client_id.to_string(),
            client_secret: server.secret.expose().to_owned(),
        },
        management_key: Some(management_key),
        user: UserCredential { login: LOGIN.to_owned(), password: password.text },
        admin: None,
        application: Some(application),
        redirect_uri: None,
    };
    Ok((space, credentials))
}

fn management_key(change: &mut Change<'_>, deps: &Deps, space: SpaceId) -> Result<Credential, Failure> {
    let key = first::management_key(change, deps, space, ExpiryPolicy::Never)?;
    Ok(Credential { client_id: key.client_id.to_string(), client_secret: key.secret.expose().to_owned() })
}

/// The space of the demo and its first workspace, for lines to paste.
pub(super) fn place(store: &Store, credentials: &DemoCredentials) -> Result<(SpaceId, WorkspaceNumber), Failure> {
    let gone =
        || Failure::new("demo_gone", "the demo's key or workspace is gone; delete the folder to get a new demo site");
    let id: ApiKeyId = credentials.api_key.client_id.parse().map_err(|_| gone())?;
    store.snapshot(|tx| {
        let space = store::api_keys::find(tx, id)?.ok_or_else(gone)?.space;
        let workspace = store::workspaces::of_space(tx, space)?.into_iter().next().ok_or_else(gone)?;
        Ok((space, workspace.number))
    })
}

/// Takes the site of an earlier run; if it was asked for at another port, the site moves there, and so does the application.
pub(super) fn reuse(
    store: &Store,
    deps: &Deps,
    folder: &Path,
    row: &SiteRow,
    config: &Config,
    redirect_uri: Option<&RedirectUri>,
) -> Result<DemoCredentials, Failure> {
    let foreign = || {
        Failure::new(
            "not_a_demo",
            format!(
                "the database holds a site that is not the demo of {}; choose another `--data-dir` or `--database`",
                folder.display()
            ),
        )
    };
    let mut credentials = DemoCredentials::read(folder)?.filter(|_| row.development).ok_or_else(foreign)?;
    let id: ApiKeyId = credentials.api_key.client_id.parse().map_err(|_| foreign())?;
    let key = store.snapshot(|tx| store::api_keys::find(tx, id))?.ok_or_else(foreign)?;
    if key.status != KeyStatus::Active {
        tracing::warn!(status = %key.status, "the demo's API key does not work; delete the folder to get a new demo site");
    }
    if row.issuer != config.issuer.as_str() {
        tracing::info!(from = row.issuer, to = %config.issuer, "the demo site moves to another port; its tokens are dead");
        store.change(|change| site::move_issuer(change, deps, &Authority::OPERATOR, &config.issuer))?;
    }
    let has_moved = credentials.issuer != config.issuer.as_str();
    credentials.issuer = config.issuer.to_string();
    let is_moved = is_elsewhere(&credentials, redirect_uri);
    let of_admin = if credentials.admin.is_none() { Some(NewPassword::make()?) } else { None };
    if credentials.management_key.is_none() || credentials.application.is_none() || of_admin.is_some() || is_moved {
        store.change(|change| {
            complete(change, deps, key.space, &mut credentials, redirect_uri)?;
            if let Some(password) = of_admin {
                credentials.admin = administrator::make(change, deps, key.space, password)?;
            }
            credentials.write(folder)
        })?;
    } else if has_moved {
        credentials.write(folder)?;
    }
    Ok(credentials)
}

/// Whether the application's users are to be sent to another place than so far.
fn is_elsewhere(credentials: &DemoCredentials, redirect_uri: Option<&RedirectUri>) -> bool {
    let known = credentials.application.as_ref().map(|application| application.redirect_uri.as_str());
    redirect_uri.is_some_and(|asked| known != Some(asked.as_str()))
}

/// What a release without REST API, or without applications, did not make; and the place that was asked for.
fn complete(
    change: &mut Change<'_>,
    deps: &Deps,
    space: SpaceId,
    credentials: &mut DemoCredentials,
    redirect_uri: Option<&RedirectUri>,
) -> Result<(), Failure> {
    if credentials.management_key.is_none() {
        credentials.management_key = Some(management_key(change, deps, space)?);
    }
    match (&mut credentials.application, redirect_uri) {
        (None, asked) => {
            let known = credentials.redirect_uri.as_deref().and_then(|known| RedirectUri::parse(known).ok());
            let redirect_uri = application::redirect_uri(asked.or(known.as_ref()))?;
            credentials.application = Some(application::make(change, deps, space, &redirect_uri)?);
        }
        (Some(application), Some(asked)) if application.redirect_uri != asked.as_str() => {
            application::move_to(change, deps, application, asked)?;
        }
        (Some(_), _) => {}
    }
    Ok(())
}

fn role(role: &str, workspaces: Vec<WorkspaceNumber>) -> RoleRequest {
    RoleRequest { role: role.to_owned(), workspaces }
}

pub(super) fn name(text: &str) -> Result<Name, Failure> {
    Name::parse(text).map_err(|error| Failure::new("name", error.to_string()))
}
