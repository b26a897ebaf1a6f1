//! `keystead key create`

use clap::Args;

use super::options::KeyOptions;
use crate::{
    cli::{
        arguments::SpaceArgument,
        context::{Context, Site},
        credential,
        failure::Failure,
    },
    domain::name::Name,
    manage::api_keys,
};

#[derive(Args)]
pub(in crate::cli) struct Create {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// As people see it
    #[arg(value_parser = Name::parse)]
    name: Name,
    #[command(flatten)]
    options: KeyOptions,
}

pub(super) fn run(context: &Context<'_>, site: &Site, create: Create) -> Result<(), Failure> {
    let Create { space, name, options } = create;
    let heading = format!("API key \"{name}\" is made.");
    let made = site.change(|change, deps, authority| {
        let space = space.id(change, authority)?;
        let input = options.into_input(change, authority, space, name)?;
        api_keys::create(change, deps, authority, input)
    })?;
    credential::show(context, &heading, &made)
}
