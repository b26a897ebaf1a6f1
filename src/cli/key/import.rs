//! `keystead key import`

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use super::{import_file, options::KeyOptions};
use crate::{
    cli::{
        arguments::SpaceArgument,
        context::{Context, Site},
        failure::Failure,
        output::fields,
    },
    crypto::password::{MAX_BYTES, PasswordHash, PasswordHasher},
    domain::{imported_client::ImportedClientId, name::Name},
    manage::api_keys::{self, ImportApiKey, SecretToKeep},
};

#[derive(Args)]
pub(in crate::cli) struct Import {
    /// The space, by name or id
    #[arg(long)]
    pub(super) space: SpaceArgument,
    /// Import all keys of this file, one JSON object a line (`-` for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["one_key", "key_options", "name"])]
    pub(super) file: Option<PathBuf>,
    /// Report what would happen, and change nothing
    #[arg(long, requires = "file", conflicts_with_all = ["one_key", "name"])]
    pub(super) dry_run: bool,
    #[command(flatten)]
    one: OneKey,
    /// As people see it
    #[arg(value_parser = Name::parse, required_unless_present = "file")]
    name: Option<Name>,
    #[command(flatten)]
    options: KeyOptions,
}

#[derive(Args)]
#[group(id = "one_key")]
struct OneKey {
    /// The id that its clients present
    #[arg(long, value_name = "ID", required_unless_present = "file")]
    client_id: Option<ImportedClientId>,
    /// A file whose first line is the secret that they present (`-` for standard input)
    #[arg(long, value_name = "FILE", required_unless_present_any = ["file", "hash_file"], conflicts_with = "hash_file")]
    secret_file: Option<PathBuf>,
    /// A file whose first line is an Argon2id hash of it, as a PHC string (`-` for standard input)
    #[arg(long, value_name = "FILE")]
    hash_file: Option<PathBuf>,
}

pub(super) fn run(context: &Context<'_>, site: &Site, import: Import) -> Result<(), Failure> {
    let Import { space, file, dry_run, one, name, options } = import;
    if let Some(file) = file {
        return import_file::run(context, site, &space, &file, dry_run);
    }
    let OneKey { client_id: Some(client_id), secret_file, hash_file } = one else { return Err(incomplete()) };
    let name = name.ok_or_else(incomplete)?;
    let secret = secret_file.as_deref().map(first_line).transpose()?;
    let hash = hash_file.as_deref().map(first_line).transpose()?;
    let hash = hashed(SecretToKeep::read(secret, hash.as_ref().map(|hash| hash.as_str()))?)?;
    let shown = client_id.clone();
    let made = site.change(|change, deps, authority| {
        let space = space.id(change, authority)?;
        let key = options.into_input(change, authority, space, name)?;
        api_keys::import(change, deps, authority, ImportApiKey { key, client_id, hash })
    })?;
    let json = json!({ "client_id": made.id, "imported_client_id": shown, "public_id": made.pair });
    context.printer.print(&json, |out| {
        writeln!(out, "The key is imported: its clients go on with their id and their secret.")?;
        let shown = [
            ("client id", made.id.to_string()),
            ("imported as", shown.to_string()),
            ("public id", made.pair.to_string()),
        ];
        fields(out, &shown)
    })
}

/// What the parser of the command line has refused already.
fn incomplete() -> Failure {
    Failure::usage("usage", "name the key and its client id, or a file of keys")
}

/// What is kept of a secret.
pub(super) fn hashed(secret: SecretToKeep) -> Result<PasswordHash, Failure> {
    match secret {
        SecretToKeep::Hash(hash) => Ok(hash),
        SecretToKeep::Plain(secret) => {
            Ok(PasswordHasher::new(NonZeroUsize::MIN, 0).hash_blocking(&secret.into_text())?)
        }
    }
}

/// A file, or standard input.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let sentence = |error: io::Error| Failure::new("io", format!("{} cannot be read: {error}", path.display()));
    Ok(Box::new(BufReader::new(File::open(path).map_err(sentence)?)))
}

fn first_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    let most = u64::try_from(MAX_BYTES).unwrap_or_default() + 2;
    open(path)?.take(most).read_line(&mut line)?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}
