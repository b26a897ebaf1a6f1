//! `keystead key`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    arguments::{SpaceArgument, or_dash, role_request},
    context::{Context, Site, space_id},
    failure::Failure,
    key_pair::{self, AddPair, DeletePair},
    output::{fields, table},
};
use crate::{
    domain::{
        api_key::{Mode, Owner, UserKeyRoles},
        authority::Authority,
        ids::ApiKeyId,
        key_pair::{ExpiryPolicy, KeyPair},
        name::{Description, Name},
        rights::Place,
        user::Login,
    },
    manage::{
        self, NewCredential, RoleRequest,
        api_keys::{self, CreateApiKey, RegenerateApiKey},
        facts::{self, KeyFacts},
    },
    store,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make an API key; its secret is printed once.
    #[command(
        after_help = "Examples:\n  keystead key create --space Example --role ci_cd_integration@1001,1002 --role viewer@1001 Jenkins\n  keystead key create --space Example --owner reports 'Nightly report'"
    )]
    Create(Create),
    /// List the keys of a space.
    #[command(after_help = "Example:\n  keystead key list --space Example")]
    List(List),
    /// Show a key, its roles and its pairs.
    #[command(after_help = "Example:\n  keystead key show key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Show(Named),
    /// Destroy the secrets of a key; its tokens are dead when this returns.
    #[command(after_help = "Example:\n  keystead key revoke key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Revoke(Named),
    /// Give a key one new secret, printed once; earlier secrets and tokens are dead, roles stay.
    #[command(after_help = "Example:\n  keystead key regenerate --expires none key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Regenerate(Regenerate),
    /// Switch a key off; its tokens are dead, its secrets are kept.
    #[command(after_help = "Example:\n  keystead key disable key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Disable(Named),
    /// Switch a key on again, with the secrets it had.
    #[command(after_help = "Example:\n  keystead key enable key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Enable(Named),
    /// Give a key a second secret, printed once, while the first works on.
    #[command(
        after_help = "Example:\n  keystead key add-pair --retire-other-after 24h key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    AddPair(AddPair),
    /// Delete one pair of a key; it and its tokens are dead when this returns.
    #[command(
        after_help = "Example:\n  keystead key delete-pair key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 J2X9NY3kvsfWyNTA"
    )]
    DeletePair(DeletePair),
}

#[derive(Args)]
pub(super) struct Create {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// As people see it
    #[arg(value_parser = Name::parse)]
    name: Name,
    /// What it is for
    #[arg(long, default_value = "", value_parser = Description::parse)]
    description: Description,
    /// A role, as ROLE or ROLE@WORKSPACE,WORKSPACE; may be repeated
    #[arg(long = "role", value_name = "ROLE[@WORKSPACES]", value_parser = role_request)]
    roles: Vec<RoleRequest>,
    /// Login of the user it acts for; without `--role` it has the user's roles, else those chosen of them
    #[arg(long, value_name = "LOGIN")]
    owner: Option<String>,
    /// It reads only, whatever its roles say
    #[arg(long)]
    read_only: bool,
    /// When its secret expires: `90d`, `none`, or a date such as 2027-03-31
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    expires: ExpiryPolicy,
}

#[derive(Args)]
pub(super) struct List {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
}

#[derive(Args)]
pub(super) struct Named {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
}

#[derive(Args)]
pub(super) struct Regenerate {
    /// Client id of the key
    #[arg(value_name = "CLIENT_ID")]
    id: ApiKeyId,
    /// When the new secret expires: `90d`, `none`, or a date such as 2027-03-31
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    expires: ExpiryPolicy,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    let origin = &Authority::OPERATOR;
    match command {
        Command::Create(create) => run_create(context, &site, create),
        Command::List(List { space }) => {
            let keys = site.read(|tx| {
                let space = space_id(tx, &space)?;
                facts::list(
                    tx,
                    &Authority::OPERATOR,
                    space,
                    &store::api_keys::KeyFilter::default(),
                    crate::domain::page::PageRequest::default(),
                )
            })?;
            let json = json!({ "keys": keys.items.iter().map(as_json).collect::<Vec<_>>() });
            let rows: Vec<_> = keys.items.iter().map(row).collect();
            context.printer.print(&json, |out| table(out, ["CLIENT ID", "STATUS", "TYPE", "PAIRS", "NAME"], &rows))
        }
        Command::Show(Named { id }) => show(context, &site.read(|tx| facts::show(tx, &Authority::OPERATOR, id))?),
        Command::Revoke(Named { id }) => {
            site.change(|change, deps| api_keys::revoke(change, deps, origin, id))?;
            acknowledge(context, id, "revoked", "revoked: its secrets are destroyed and its tokens dead")
        }
        Command::Disable(Named { id }) => {
            site.change(|change, deps| api_keys::disable(change, deps, origin, id))?;
            acknowledge(context, id, "disabled", "disabled: its tokens are dead, its secrets are kept")
        }
        Command::Enable(Named { id }) => {
            site.change(|change, deps| api_keys::enable(change, deps, origin, id))?;
            acknowledge(context, id, "active", "enabled: its secrets work again, its old tokens stay dead")
        }
        Command::Regenerate(Regenerate { id, expires: expiry }) => {
            let input = RegenerateApiKey { id, expiry };
            let made = site.change(|change, deps| api_keys::regenerate(change, deps, origin, input))?;
            show_secret(context, "The key is regenerated; all earlier secrets and tokens are dead.", &made)
        }
        Command::AddPair(add) => key_pair::add(context, &site, &add),
        Command::DeletePair(delete) => key_pair::delete(context, &site, &delete),
    }
}

fn run_create(context: &Context<'_>, site: &Site, create: Create) -> Result<(), Failure> {
    let Create { space, name, description, roles, owner: acts_for, read_only, expires: expiry } = create;
    let mode = read_only.then_some(Mode::ReadOnly);
    let heading = format!("API key \"{name}\" is made.");
    let credential = site.change(|change, deps| {
        let space = space_id(change, &space)?;
        let owner = match acts_for {
            None => Owner::Space,
            Some(login) => {
                let found =
                    Login::parse(&login).map(|login| store::users::find_by_login(change, &login)).transpose()?;
                let missing = || manage::Error::NotFound { what: "user", given: format!("`{login}`") };
                let id = found.flatten().ok_or_else(missing)?;
                Owner::User { id, roles: if roles.is_empty() { UserKeyRoles::Inherit } else { UserKeyRoles::Subset } }
            }
        };
        let input =
            CreateApiKey { space, owner, name, description, mode, roles, expiry, row_level_acknowledged: false };
        api_keys::create(change, deps, &Authority::OPERATOR, input)
    })?;
    show_secret(context, &heading, &credential)
}

/// Prints a credential, the only time that its secret is seen.
pub(super) fn show_secret(context: &Context<'_>, heading: &str, made: &NewCredential<ApiKeyId>) -> Result<(), Failure> {
    let secret = made.secret.expose();
    let json = json!({
        "client_id": made.client_id, "client_secret": secret, "public_id": made.public_id, "expires_at": made.expires_at,
    });
    context.printer.print(&json, |out| {
        writeln!(out, "{heading} The secret is shown this once: store it now.")?;
        let expires = made.expires_at.map_or_else(|| "never".to_owned(), |end| end.to_string());
        let shown = [
            ("client id", made.client_id.to_string()),
            ("client secret", secret.to_owned()),
            ("public id", made.public_id.to_string()),
            ("expires", expires),
        ];
        fields(out, &shown)
    })
}

fn acknowledge(context: &Context<'_>, id: ApiKeyId, status: &str, what: &str) -> Result<(), Failure> {
    context.printer.say(&json!({ "client_id": id, "status": status }), &format!("The key {id} is {what}."))
}

fn row(facts: &KeyFacts) -> [String; 5] {
    let key = &facts.key;
    let pairs: Vec<_> = key.pairs.iter().map(|pair| pair.public_id.as_str()).collect();
    let name = key.name.to_string();
    [key.id.to_string(), key.status.to_string(), facts.integration_type.to_string(), pairs.join(" "), name]
}

fn show(context: &Context<'_>, facts: &KeyFacts) -> Result<(), Failure> {
    let key = &facts.key;
    context.printer.print(&as_json(facts), |out| {
        writeln!(out, "API key \"{}\"", key.name)?;
        let roles: Vec<_> = facts.roles.iter().map(|(role, place)| format!("{role}@{}", place_word(*place))).collect();
        let mut shown = vec![
            ("client id", key.id.to_string()),
            ("space", key.space.to_string()),
            ("status", key.status.to_string()),
            ("type", facts.integration_type.to_string()),
            ("owner", owner_word(key.owner)),
            ("mode", key.mode.to_string()),
            ("roles", if roles.is_empty() { "-".to_owned() } else { roles.join(" ") }),
        ];
        for pair in &key.pairs {
            let KeyPair { public_id, hint, created_at, expires_at, .. } = pair;
            let text = format!("{public_id} (…{hint}) made {created_at}, expires {}", or_dash(*expires_at));
            shown.push(("pair", text));
        }
        fields(out, &shown)
    })
}

fn place_word(place: Place) -> String {
    match place {
        Place::Site => "site".to_owned(),
        Place::Space => "space".to_owned(),
        Place::Workspace(key) => key.to_string(),
    }
}

fn owner_word(owner: Owner) -> String {
    match owner {
        Owner::Space => "space".to_owned(),
        Owner::User { id, roles } => format!("{id} ({roles})"),
    }
}

fn as_json(facts: &KeyFacts) -> Value {
    let key = &facts.key;
    let role = |(role, place): &(_, Place)| json!({ "role": role, "in": place_word(*place) });
    let pair = |pair: &KeyPair| {
        json!({
            "public_id": pair.public_id, "hint": pair.hint, "created_at": pair.created_at, "expires_at": pair.expires_at,
        })
    };
    json!({
        "client_id": key.id,
        "name": key.name,
        "description": key.description,
        "space": key.space,
        "status": key.status,
        "integration_type": facts.integration_type,
        "internal": key.internal.is_some(),
        "owner": owner_word(key.owner),
        "mode": key.mode,
        "roles": facts.roles.iter().map(role).collect::<Vec<_>>(),
        "pairs": key.pairs.iter().map(pair).collect::<Vec<_>>(),
    })
}
