//! The `keystead` program.

use std::process::ExitCode;

use keystead::{cli, config::Environment, crypto};

fn main() -> ExitCode {
    crypto::install_provider();
    cli::run(std::env::args_os(), &Environment::from_process())
}
