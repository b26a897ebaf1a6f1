//! `keystead application approve` and `withdraw-approval`

use clap::Args;
use serde_json::{Value, json};

use crate::{
    cli::{
        arguments::SpaceArgument,
        context::{Context, Site},
        failure::Failure,
        output::table,
        pages,
    },
    domain::ids::ApplicationId,
    manage::application_approvals::{self, ApplicationInSpace, ApprovedApplication},
};

#[derive(Args)]
pub(in crate::cli) struct Approve {
    /// The space whose users may authorize it, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Client id of the application, of whichever space; without it, those that are approved are listed
    #[arg(value_name = "CLIENT_ID")]
    id: Option<ApplicationId>,
}

#[derive(Args)]
pub(in crate::cli) struct Withdraw {
    /// The space whose users may not authorize it any more, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Client id of the application
    #[arg(value_name = "CLIENT_ID")]
    id: ApplicationId,
}

pub(super) fn approve(context: &Context<'_>, site: &Site, approve: &Approve) -> Result<(), Failure> {
    let Some(id) = approve.id else { return list(context, site, &approve.space) };
    site.change(|change, deps, authority| {
        let input = ApplicationInSpace { space: approve.space.id(change, authority)?, application: id };
        application_approvals::approve(change, deps, authority, input)
    })?;
    let sentence = format!("The application {id} is approved: users of the space may authorize it.");
    context.printer.say(&json!({ "client_id": id, "approved": true }), &sentence)
}

pub(super) fn withdraw(context: &Context<'_>, site: &Site, withdraw: &Withdraw) -> Result<(), Failure> {
    let Withdraw { space, id } = withdraw;
    site.change(|change, deps, authority| {
        let input = ApplicationInSpace { space: space.id(change, authority)?, application: *id };
        application_approvals::withdraw(change, deps, authority, input)
    })?;
    let sentence = format!("The approval of the application {id} is withdrawn.");
    context.printer.say(&json!({ "client_id": id, "approved": false }), &sentence)
}

fn list(context: &Context<'_>, site: &Site, space: &SpaceArgument) -> Result<(), Failure> {
    let approved = site.read(|tx, authority| {
        let space = space.id(tx, authority)?;
        pages::all(|page| application_approvals::list(tx, authority, space, page))
    })?;
    let row = |ApprovedApplication { application, run_by }: &ApprovedApplication| {
        [application.id.to_string(), run_by.to_string(), application.name.to_string()]
    };
    let rows: Vec<_> = approved.iter().map(row).collect();
    let json = json!({ "approved_applications": approved.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["CLIENT ID", "RUN BY", "NAME"], &rows))
}

fn as_json(ApprovedApplication { application, run_by }: &ApprovedApplication) -> Value {
    json!({ "client_id": application.id, "name": application.name, "run_by": run_by })
}
