//! The commands of the `keystead` program: each reads its arguments, calls one function of [`crate::manage`] inside one
//! change, and prints. One file for each group.

mod application;
mod arguments;
mod audit;
mod completions;
mod context;
mod credential;
mod demo;
mod doctor;
mod event;
mod explain;
mod failure;
mod first;
mod grant;
mod init;
mod key;
mod leak;
mod migrate;
mod openapi;
mod output;
mod pages;
mod permission;
mod resource_server;
mod role;
mod serve;
mod signing_key;
mod site;
mod space;
mod user;
mod webhook;
mod workspace;

use std::{ffi::OsString, io::Write, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::config::Environment;
use arguments::UserArgument;
use context::Context;
use failure::Failure;

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  refused or failed; standard error says why and what to do next
  2  the command line is wrong
  3  the database is out of reach

To try it out:          keystead demo
To run a site:          keystead init --issuer https://id.example.com && keystead serve
To let a program in:    keystead key create --space Example --role ci_cd_integration@1001 'Jenkins'";

/// OAuth 2.0 authorization server and API access manager.
#[derive(Parser)]
#[command(name = "keystead", version, after_help = AFTER_HELP, max_term_width = 120, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes.
#[derive(Args)]
struct Globals {
    /// Folder of database, keys and settings [default: keystead-data]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Site")]
    data_dir: Option<PathBuf>,
    /// The database: `sqlite://FILE` (relative to the data folder) or `postgres://USER@HOST/NAME`
    #[arg(long, global = true, value_name = "URL", help_heading = "Site")]
    database: Option<String>,
    /// File with settings [default: keystead.toml in the data folder]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Site")]
    config: Option<PathBuf>,
    /// Act with the rights of this user instead of the operator's, to see what a person may do; the audit log names the user
    #[arg(long = "as", global = true, value_name = "LOGIN", help_heading = "Caller")]
    acts_as: Option<UserArgument>,
    /// Print one JSON object instead of text
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server until it is stopped by SIGTERM or Ctrl-C.
    #[command(after_help = "Example:\n  keystead serve --data-dir /var/lib/keystead")]
    Serve,
    /// Make a site for trying out, serve it on this machine and print what to paste.
    #[command(after_help = "Example:\n  keystead demo --port 8080")]
    Demo(demo::Demo),
    /// Make a new site: tables, master key, signing keys, a first space with its administrator.
    #[command(
        after_help = "Example:\n  keystead init --issuer https://id.example.com --audience https://api.example.com --space Example --workspace Production"
    )]
    Init(init::Init),
    /// Bring the tables of the database up to this program.
    #[command(after_help = "Example:\n  keystead migrate --data-dir /var/lib/keystead")]
    Migrate,
    /// Show and change the policies of the installation.
    #[command(subcommand)]
    Site(site::Command),
    /// Make, change and close spaces, the tenants of the site.
    #[command(subcommand)]
    Space(space::Command),
    /// Make, close and remove workspaces, the parts of a space that roles are given in.
    #[command(subcommand)]
    Workspace(workspace::Command),
    /// Make, change and stop users, and give them roles.
    #[command(subcommand)]
    User(user::Command),
    /// Show roles, and make those of a space.
    #[command(subcommand)]
    Role(role::Command),
    /// Show what roles can permit, and register what the product behind a resource server knows.
    #[command(subcommand)]
    Permission(permission::Command),
    /// Make, change and stop resource servers, the APIs that introspect tokens.
    #[command(subcommand)]
    ResourceServer(resource_server::Command),
    /// Make, change and end API keys, with which programs log in.
    #[command(subcommand)]
    Key(key::Command),
    /// Hand in secrets that were seen where they should not be, and show what was reported of a key.
    #[command(subcommand)]
    Leak(leak::Command),
    /// Register, change and end applications, which users log in with, and approve them for the users of a space.
    #[command(subcommand)]
    Application(application::Command),
    /// Show and withdraw what users let applications do.
    #[command(subcommand)]
    Grant(grant::Command),
    /// Make, change and try webhooks, where a space hears of events.
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Show what the people and webhooks of a space are told of.
    #[command(subcommand)]
    Event(event::Command),
    /// Say what a token, a secret or an id is, whether it is active now, and why.
    #[command(
        after_help = "Examples:\n  keystead explain key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4\n  keystead explain --stdin < token.txt"
    )]
    Explain(explain::Explain),
    /// List, rotate and revoke the keys that sign tokens.
    #[command(subcommand)]
    SigningKey(signing_key::Command),
    /// Show, export and check the audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Check settings, folders, database and keys, and say what to do about each finding.
    #[command(after_help = "Example:\n  keystead doctor --data-dir /var/lib/keystead")]
    Doctor,
    /// Print the OpenAPI document of the REST API.
    #[command(after_help = "Example:\n  keystead openapi > docs/openapi.json")]
    Openapi,
    /// Print completions for a shell.
    #[command(after_help = "Example:\n  keystead completions bash > /etc/bash_completion.d/keystead")]
    Completions(completions::Completions),
}

/// Runs the command that `arguments` (with the name of the program first) ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: &Environment) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let program = arguments.first().map_or_else(|| "keystead".into(), |name| name.to_string_lossy().into_owned());
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be said on a closed terminal.
            error.print().ok();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let context = Context::new(cli.globals, environment, program);
    let done = refuse_useless_caller(&context, &cli.command).and_then(|()| run_command(&context, cli.command));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let text = failure.text(context.printer.json);
            // Nothing can be said on a closed terminal.
            writeln!(std::io::stderr().lock(), "{text}").ok();
            ExitCode::from(failure.exit)
        }
    }
}

fn run_command(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve => serve::run(context),
        Command::Demo(demo) => demo::run(context, &demo),
        Command::Init(init) => init::run(context, init),
        Command::Migrate => migrate::run(context),
        Command::Site(command) => site::run(context, command),
        Command::Space(command) => space::run(context, command),
        Command::Workspace(command) => workspace::run(context, command),
        Command::User(command) => user::run(context, command),
        Command::Role(command) => role::run(context, command),
        Command::Permission(command) => permission::run(context, command),
        Command::ResourceServer(command) => resource_server::run(context, command),
        Command::Key(command) => key::run(context, command),
        Command::Leak(command) => leak::run(context, command),
        Command::Application(command) => application::run(context, command),
        Command::Grant(command) => grant::run(context, command),
        Command::Webhook(command) => webhook::run(context, command),
        Command::Event(command) => event::run(context, command),
        Command::Explain(arguments) => explain::run(context, &arguments),
        Command::SigningKey(command) => signing_key::run(context, &command),
        Command::Audit(command) => audit::run(context, command),
        Command::Doctor => doctor::run(context),
        Command::Openapi => openapi::run(),
        Command::Completions(completions) => completions::run(context, &completions),
    }
}

/// What only somebody with the machine can do is done by nobody else, so it is not done as somebody else either.
fn refuse_useless_caller(context: &Context<'_>, command: &Command) -> Result<(), Failure> {
    let name = match command {
        Command::Serve => "serve",
        Command::Demo(_) => "demo",
        Command::Init(_) => "init",
        Command::Migrate => "migrate",
        Command::SigningKey(_) => "signing-key",
        Command::Audit(command) if command.is_for_the_machine() => "audit",
        Command::Doctor => "doctor",
        Command::Openapi => "openapi",
        Command::Completions(_) => "completions",
        Command::Site(_)
        | Command::Space(_)
        | Command::Workspace(_)
        | Command::User(_)
        | Command::Role(_)
        | Command::Permission(_)
        | Command::ResourceServer(_)
        | Command::Key(_)
        | Command::Leak(_)
        | Command::Application(_)
        | Command::Grant(_)
        | Command::Webhook(_)
        | Command::Event(_)
        | Command::Explain(_)
        | Command::Audit(_) => return Ok(()),
    };
    if context.globals.acts_as.is_none() {
        return Ok(());
    }
    let sentence = format!("`{name}` is done by whoever has the machine and by no user; leave out `--as`");
    Err(Failure::usage("caller_without_use", sentence))
}
