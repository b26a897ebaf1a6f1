//! `keystead site`

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::{arguments::Switch, context::Context, failure::Failure, output::fields};
use crate::{
    domain::audience::Audience,
    manage::site::{self, EditSite},
    store::site::SiteRow,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show the installation and its policies.
    #[command(after_help = "Example:\n  keystead site show")]
    Show,
    /// Change the policies of the installation.
    #[command(after_help = "Example:\n  keystead site edit --audience https://api.example.com")]
    Edit(Edit),
}

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["audience", "service_admins"]))]
pub(super) struct Edit {
    /// Audience of tokens that were asked for without `resource`
    #[arg(long, value_name = "URI", value_parser = Audience::parse)]
    audience: Option<Audience>,
    /// Whether service accounts may hold roles of administrators
    #[arg(long, value_name = "SWITCH")]
    service_admins: Option<Switch>,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let open = context.site()?;
    let row = match command {
        Command::Show => open.read(|tx, authority| site::show(tx, authority))?,
        Command::Edit(Edit { audience, service_admins }) => open.change(|change, deps, authority| {
            let service_admins_allowed = service_admins.map(bool::from);
            site::edit(change, deps, authority, EditSite { default_audience: audience, service_admins_allowed })?;
            site::show(change, authority)
        })?,
    };
    context.printer.print(&as_json(&row), |out| {
        writeln!(out, "Site {}", row.issuer)?;
        let switch = |on| if on { "yes" } else { "no" }.to_owned();
        fields(
            out,
            &[
                ("default audience", row.default_audience.to_string()),
                ("service accounts may be administrators", switch(row.service_admins_allowed)),
                ("for development", switch(row.development)),
            ],
        )
    })
}

fn as_json(row: &SiteRow) -> Value {
    json!({
        "issuer": row.issuer, "default_audience": row.default_audience,
        "service_admins_allowed": row.service_admins_allowed, "development": row.development,
    })
}
