//! `keystead audit`: shows and exports what happened, and checks that nothing of it was altered.

mod chain;
mod log;

use clap::Subcommand;

use super::{context::Context, failure::Failure};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List what happened, newest first; filters can be combined.
    #[command(after_help = "Example:\n  keystead audit list --space Example --action api_key. --from 2027-03-01")]
    List(Box<log::List>),
    /// Print sealed events as JSON Lines, in the order of the chain.
    #[command(after_help = "Example:\n  keystead audit export --space Example --after 1200 >> events.jsonl")]
    Export(log::ExportLines),
    /// Check that no audit event was changed, added, moved or deleted, and print a checkpoint to keep elsewhere.
    #[command(after_help = "\
Exit codes:
  0  everything fits
  1  something does not fit
  2  it could not be checked
  3  the database is out of reach

Example:
  keystead audit verify --checkpoint 1207:9f2c...")]
    Verify(chain::Verify),
    /// Let sealing go on after somebody forged or removed the head of the chain; what does not fit still does not.
    #[command(after_help = "Example:\n  keystead audit resume")]
    Resume,
}

impl Command {
    /// Whether it is about the database and not about what somebody may see of it.
    pub(super) const fn is_for_the_machine(&self) -> bool {
        matches!(self, Self::Verify(_) | Self::Resume)
    }
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::List(list) => log::list(context, &context.site()?, *list),
        Command::Export(lines) => log::export(&context.site()?, &lines),
        Command::Verify(arguments) => chain::run_verify(context, arguments),
        Command::Resume => chain::run_resume(context),
    }
}
