//! `keystead init`

use std::{
    fs::OpenOptions,
    io::{self, Write},
    sync::Arc,
};

use clap::Args;
use serde_json::json;

use super::{
    arguments::{login, quoted},
    context::{Context, open_store},
    credential,
    failure::Failure,
    first::{self, FirstSpace},
    workspace,
};
use crate::{
    config::{Config, DataDir, Issuer, Purpose},
    crypto::sealed::MasterKey,
    domain::{audience::Audience, authority::Authority, name::Name, user::Login},
    manage::{
        self, Deps,
        site::{self, InitInput},
    },
    store,
};

#[derive(Args)]
pub(super) struct Init {
    /// The URL by which tokens name this site for ever, such as `https://id.example.com`
    #[arg(long, value_name = "URL", value_parser = Issuer::parse)]
    issuer: Issuer,
    /// Audience of tokens that were asked for without `resource` [default: the issuer]
    #[arg(long, value_name = "URI", value_parser = Audience::parse)]
    audience: Option<Audience>,
    /// Name of the first space
    #[arg(long, value_name = "NAME", default_value = "Main", value_parser = Name::parse)]
    space: Name,
    /// Make a workspace of this name in it; may be repeated
    #[arg(long = "workspace", value_name = "NAME", value_parser = Name::parse)]
    workspaces: Vec<Name>,
    /// Login of the first administrator, of the site and of that space
    #[arg(long, value_name = "LOGIN", default_value = "admin", value_parser = login)]
    admin: Login,
    /// The site is for development: its data folder may lie in a git work tree and be open to others
    #[arg(long)]
    development: bool,
}

pub(super) fn run(context: &Context<'_>, init: Init) -> Result<(), Failure> {
    let config = context.settings()?;
    let purpose = if init.development { Purpose::Development } else { Purpose::Production };
    if !config.database.url.is_sqlite() {
        // An unreachable server must leave nothing behind.
        open_store(&config, 1)?.inspect()?;
    }
    DataDir::prepare(&config.data_dir, purpose)?.check_local(&config.database.url)?;
    let store = open_store(&config, 1)?;
    store.migrate()?;
    if let Some(row) = store.snapshot(|tx| store::site::find_row(tx))? {
        return Err(manage::Error::AlreadyInitialized { issuer: row.issuer }.into());
    }
    let deps = Deps { master: Arc::new(MasterKey::load_or_create(&config.keys.master_key_file)?) };
    let audience = match init.audience {
        Some(audience) => audience,
        None => Audience::parse(init.issuer.as_str()).map_err(|error| Failure::new("audience", error.to_string()))?,
    };
    let input = InitInput {
        issuer: init.issuer.clone(),
        development: init.development,
        default_audience: audience.clone(),
        algorithms: config.keys.signing_algorithms.clone(),
    };
    let keys = site::generate_keys(&deps, &input.algorithms, store.now()?)?;
    let made = store.change(|change| {
        site::make(change, &deps, &Authority::OPERATOR, input, keys)?;
        first::make(change, &deps, init.space, init.workspaces, init.admin)
    })?;
    let settings = write_settings(context, &config, &init.issuer)?;
    let json = json!({
        "issuer": init.issuer,
        "audience": audience,
        "data_dir": config.data_dir,
        "master_key_file": config.keys.master_key_file,
        "settings_file": settings,
        "space": { "id": made.space.id, "name": made.space.name },
        "workspaces": made.workspaces.iter().map(workspace::as_json).collect::<Vec<_>>(),
        "admin": {
            "id": made.link.user, "login": made.login, "setup_link": made.link.expose(),
            "setup_link_expires_at": made.link.expires_at,
        },
        "management_key": credential::as_json(&made.key),
    });
    context.printer.print(&json, |out| next_steps(out, &config, &init.issuer, &audience, &made))
}

/// Writes the settings that `serve` cannot guess, unless there is a file already. Answers the file that was written.
fn write_settings(
    context: &Context<'_>,
    config: &Config,
    issuer: &Issuer,
) -> Result<Option<std::path::PathBuf>, Failure> {
    let path = config.data_dir.join("keystead.toml");
    if config.config_file.is_some() {
        return Ok(None);
    }
    let mut table = toml::Table::new();
    table.insert("issuer".to_owned(), issuer.as_str().into());
    if let Some(url) = &context.globals.database {
        table.insert("database".to_owned(), toml::Table::from_iter([("url".to_owned(), url.as_str().into())]).into());
    }
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        file => file?,
    };
    write!(file, "# All settings: docs/CONFIGURATION.md\n{table}")?;
    Ok(Some(path))
}

fn next_steps(
    out: &mut dyn Write,
    config: &Config,
    issuer: &Issuer,
    audience: &Audience,
    made: &FirstSpace,
) -> io::Result<()> {
    let dir = config.data_dir.display();
    writeln!(out, "The site {issuer} is made in {}.", config.database.url)?;
    writeln!(out, "\n  Master key  {}", config.keys.master_key_file.display())?;
    writeln!(out, "              Keep a copy apart from the database: without it every key must be made anew.")?;
    let FirstSpace { space, workspaces, login, link, key } = made;
    writeln!(out, "  Space       {} ({})", space.name, space.id)?;
    for workspace in workspaces {
        writeln!(out, "  Workspace   {} (number {})", workspace.name, workspace.number)?;
    }
    writeln!(out, "  Admin       {login} ({}), roles site_admin and space_admin", link.user)?;
    writeln!(out, "  Setup link  {}", link.expose())?;
    writeln!(
        out,
        "              Open it in a browser to set the password of {login}, once, until {};",
        link.expires_at
    )?;
    writeln!(out, "              `user setup-link {login}` makes a new one.")?;
    writeln!(out, "  Management  {} {}", key.client_id, key.secret.expose())?;
    writeln!(out, "  key         Manages the space through the REST API. Shown this once: store it now.")?;
    writeln!(out, "\nWhat to do next:\n")?;
    if issuer.is_https() {
        writeln!(
            out,
            "  Set `tls.address`, `tls.certificate_file` and `tls.key_file`, or name the proxy that ends TLS in"
        )?;
        writeln!(out, "  `proxy.trusted`; see docs/OPERATIONS.md.")?;
    }
    writeln!(out, "  keystead --data-dir {dir} resource-server create --audience {audience} NAME")?;
    let space = quoted(space.name.as_str());
    writeln!(out, "  keystead --data-dir {dir} key create --space {space} --role viewer@NUMBER NAME")?;
    writeln!(out, "  keystead --data-dir {dir} key create --space {space} --owner {login} --role site_admin NAME")?;
    writeln!(out, "      (the last is a key for routes of the site, such as making spaces)")?;
    writeln!(out, "  keystead --data-dir {dir} doctor")?;
    writeln!(out, "  keystead --data-dir {dir} serve")
}
