//! `keystead demo`: a site for trying out, made at first run, reused later.

mod administrator;
mod application;
mod credentials;
mod printed;
mod site;

use std::{io::Write, net::TcpListener, path::PathBuf, sync::Arc};

use askama::Template;
use clap::Args;

use super::{arguments::quoted, context::Context, failure::Failure, serve};
use crate::{
    config::{Config, DataDir, Issuer, Options, Purpose, logging},
    crypto::sealed::MasterKey,
    domain::{ids::SpaceId, redirect_uri::RedirectUri, workspace::WorkspaceNumber},
    manage::Deps,
    store::{self, site::SiteRow},
};
use credentials::DemoCredentials;
use printed::Printed;

const DEFAULT_PORT: u16 = 8080;

#[derive(Args)]
pub(super) struct Demo {
    /// Port on 127.0.0.1; 0 takes a free one [default: that of the last run, else 8080]
    #[arg(long)]
    port: Option<u16>,
    /// Where the demo application's users are sent back to [default: that of the last run, else port 8090 of this machine]
    #[arg(long, value_name = "URI", value_parser = RedirectUri::parse)]
    redirect_uri: Option<RedirectUri>,
}

pub(super) fn run(context: &Context<'_>, demo: &Demo) -> Result<(), Failure> {
    let data_dir = context.globals.data_dir.clone().unwrap_or_else(|| PathBuf::from("demo-site"));
    // The port is known when the site has been read.
    let opening = settings(context, &data_dir, 0)?;
    logging::init(opening.log)?;
    let folder = DataDir::prepare(&opening.data_dir, Purpose::Development)?;
    let (store, _lock) = serve::open(&opening)?;
    let found = store.snapshot(|tx| store::site::find_row(tx))?;
    let key_file = &opening.keys.master_key_file;
    // A new key would not open what the site sealed under the lost one.
    let master = if found.is_some() { MasterKey::load(key_file) } else { MasterKey::load_or_create(key_file) };
    let deps = Deps { master: Arc::new(master?) };
    let port = choose_port(demo.port, found.as_ref())?;
    let config = settings(context, &data_dir, port)?;
    let redirect_uri = demo.redirect_uri.as_ref();
    let credentials = match found {
        Some(row) => site::reuse(&store, &deps, folder.path(), &row, &config, redirect_uri)?,
        None => site::make(&store, &deps, folder.path(), &config, redirect_uri)?,
    };
    let place = site::place(&store, &credentials)?;
    let server = serve::start(&config, store, &deps)?;
    server.run(|| print(context, &data_dir, &credentials, place))
}

/// Loopback only, wide limits, no proxy, nothing beside the one listener (ruling 37).
fn settings(context: &Context<'_>, data_dir: &std::path::Path, port: u16) -> Result<Config, Failure> {
    let options = Options { data_dir: Some(data_dir.to_owned()), ..context.options() }
        .with("issuer", issuer(port))
        .with("listen.address", format!("127.0.0.1:{port}"))
        .with("management.address", "off")
        .with("proxy.trusted", "")
        .with("limits.wrong_secrets_per_minute", "10000")
        .with("limits.leak_reports_per_minute", "10000")
        .with("logins.wrong_passwords", "100")
        .with("logins.wrong_password_interval", "1s")
        .with("logins.wrong_passwords_per_network", "1000")
        .with("logins.network_interval", "100ms");
    Ok(Config::load(&options, context.environment)?)
}

fn issuer(port: u16) -> String {
    // Port 80 is the one that an issuer leaves out.
    if port == 80 { "http://127.0.0.1".to_owned() } else { format!("http://127.0.0.1:{port}") }
}

/// The port asked for, else that of the site, else 8080. Taken ports are refused before anything is made.
fn choose_port(asked: Option<u16>, found: Option<&SiteRow>) -> Result<u16, Failure> {
    let of_site = || {
        let issuer = found.and_then(|row| Issuer::parse(&row.issuer).ok())?;
        issuer.host().rsplit_once(':').and_then(|(_, port)| port.parse().ok())
    };
    let port = asked.or_else(of_site).unwrap_or(DEFAULT_PORT);
    let bound = TcpListener::bind(("127.0.0.1", port)).map_err(|error| {
        let sentence = format!("cannot listen on 127.0.0.1:{port}: {error}; choose another port with `--port`");
        Failure::new("port_taken", sentence)
    })?;
    Ok(bound.local_addr()?.port())
}

fn print(
    context: &Context<'_>,
    data_dir: &std::path::Path,
    credentials: &DemoCredentials,
    (space, workspace): (SpaceId, WorkspaceNumber),
) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if context.printer.json {
        writeln!(out, "{}", credentials.ready_line())?;
    } else {
        let mut flags = format!("--data-dir {}", quoted(&data_dir.display().to_string()));
        if let Some(url) = &context.globals.database {
            flags = format!("{flags} --database {}", quoted(url));
        }
        let program = &quoted(&context.program);
        let page = Printed { credentials, program, flags: &flags, space, workspace };
        let text = page.render().map_err(std::io::Error::other)?;
        writeln!(out, "{text}")?;
    }
    out.flush()
}
