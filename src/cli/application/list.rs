//! `keystead application list`

use clap::{ArgGroup, Args};
use serde_json::json;

use super::shown::as_json;
use crate::{
    cli::{
        arguments::{SpaceArgument, UserArgument},
        context::{Context, Site},
        failure::Failure,
        output::table,
        pages,
    },
    manage::applications::{self, ApplicationFacts},
    store::application_registrations::ApplicationFilter,
};

#[derive(Args)]
#[command(group = ArgGroup::new("whose").required(true).multiple(false).args(["space", "owner"]))]
pub(in crate::cli) struct List {
    /// All applications of this space, by name or id
    #[arg(long)]
    space: Option<SpaceArgument>,
    /// Those that this user registered, by login or id
    #[arg(long, value_name = "USER")]
    owner: Option<UserArgument>,
    /// Only those with this in their name, in any case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

pub(super) fn run(context: &Context<'_>, site: &Site, list: List) -> Result<(), Failure> {
    let List { space, owner, search } = list;
    let filter = ApplicationFilter { text: search, ..ApplicationFilter::default() };
    let found = site.read(|tx, authority| match (space, owner) {
        (Some(space), _) => {
            let space = space.id(tx, authority)?;
            pages::all(|page| applications::list(tx, authority, space, &filter, page))
        }
        (None, Some(owner)) => {
            let owner = owner.id(tx, authority)?;
            pages::all(|page| applications::list_of_user(tx, authority, owner, &filter, page))
        }
        (None, None) => Ok(Vec::new()),
    })?;
    let json = json!({ "applications": found.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| write(out, &found))
}

/// Applications, one a line.
pub(in crate::cli) fn write(out: &mut dyn std::io::Write, applications: &[ApplicationFacts]) -> std::io::Result<()> {
    let rows: Vec<_> = applications.iter().map(row).collect();
    table(out, ["CLIENT ID", "KIND", "STATE", "NAME"], &rows)
}

fn row(ApplicationFacts { application, .. }: &ApplicationFacts) -> [String; 4] {
    [
        application.id.to_string(),
        application.kind.to_string(),
        application.state.to_string(),
        application.name.to_string(),
    ]
}
