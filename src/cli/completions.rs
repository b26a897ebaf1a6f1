//! `keystead completions`

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, context::Context, failure::Failure};

#[derive(Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

pub(super) fn run(_: &Context<'_>, completions: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut Cli::command(), "keystead", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}
