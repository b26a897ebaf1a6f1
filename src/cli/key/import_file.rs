//! `keystead key import --file`: many keys, each in a transaction of its own. A key whose client id is there already is left
//! as it is, so that a file can be imported again until nothing fails.

use std::{collections::BTreeSet, io::BufRead, path::Path};

use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    import::{hashed, open},
    options::KeyOptions,
};
use crate::{
    cli::{
        arguments::{SpaceArgument, UserArgument},
        context::{Context, Site},
        failure::Failure,
        output::table,
    },
    crypto::{imported_secret::SecretMember, strict_json},
    domain::{
        allowed_networks::AllowedNetwork,
        api_key::{Mode, UserKeyRoles},
        authority::Authority,
        ids::ApiKeyId,
        imported_client::ImportedClientId,
        key_pair::ExpiryPolicy,
        name::{Description, Name},
        workspace::WorkspaceNumber,
    },
    manage::{
        Deps, RoleRequest,
        api_keys::{self, ImportApiKey, SecretToKeep},
    },
    store::Change,
};

/// One line: the body that the REST API takes, and the owner beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    client_id: ImportedClientId,
    secret: Option<SecretMember>,
    secret_hash: Option<SecretMember>,
    /// Login or id of the user it acts for.
    owner: Option<String>,
    key: LineKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineKey {
    name: Name,
    #[serde(default)]
    description: Description,
    mode: Option<Mode>,
    user_roles: Option<UserKeyRoles>,
    #[serde(default)]
    roles: Vec<LineRole>,
    #[serde(default)]
    expires: ExpiryPolicy,
    #[serde(default)]
    acknowledge_row_level: bool,
    #[serde(default)]
    allowed_networks: Vec<AllowedNetwork>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineRole {
    role: String,
    #[serde(default)]
    workspaces: Vec<WorkspaceNumber>,
}

/// What became of a line.
enum Outcome {
    Imported(Option<ApiKeyId>),
    AlreadyThere(Option<ApiKeyId>),
    Failed(Failure),
}

struct Report {
    line: usize,
    client_id: Option<ImportedClientId>,
    outcome: Outcome,
}

pub(super) fn run(
    context: &Context<'_>,
    site: &Site,
    space: &SpaceArgument,
    file: &Path,
    dry_run: bool,
) -> Result<(), Failure> {
    let mut input = open(file)?;
    let mut seen = BTreeSet::new();
    let mut reports = Vec::new();
    for line in 1.. {
        let Some(text) = next_line(&mut *input)? else { break };
        if text.trim().is_empty() {
            continue;
        }
        let parsed = parse(&text);
        let client_id = parsed.as_ref().ok().map(|line| line.client_id.clone());
        let outcome = parsed.and_then(|parsed| {
            if dry_run && !seen.insert(parsed.client_id.clone()) {
                return Ok(Outcome::AlreadyThere(None));
            }
            import(site, space, parsed, dry_run)
        });
        reports.push(Report { line, client_id, outcome: outcome.unwrap_or_else(Outcome::Failed) });
    }
    print(context, &reports, dry_run)
}

fn next_line(input: &mut dyn BufRead) -> Result<Option<Zeroizing<String>>, Failure> {
    let mut line = Zeroizing::new(String::new());
    let read = input.read_line(&mut line)?;
    Ok((read > 0).then_some(line))
}

fn parse(text: &str) -> Result<Line, Failure> {
    let object = strict_json::request_object(text.as_bytes()).ok_or_else(|| {
        Failure::new("malformed_json", "the line is not one JSON object in which each name stands once")
    })?;
    serde_json::from_value(Value::Object(object)).map_err(|error| Failure::new("invalid_field", error.to_string()))
}

fn import(site: &Site, space: &SpaceArgument, line: Line, dry_run: bool) -> Result<Outcome, Failure> {
    let Line { client_id, secret, secret_hash, owner, key } = line;
    let before = site.read(|tx, authority| {
        let space = space.id(tx, authority)?;
        api_keys::imported_before(tx, authority, space, &client_id)
    })?;
    if before.is_some() {
        return Ok(Outcome::AlreadyThere(before));
    }
    let hash = secret_hash.as_ref().map(|SecretMember(hash)| hash.as_str());
    let hash = hashed(SecretToKeep::read(secret.map(|SecretMember(secret)| secret), hash)?)?;
    let owner = owner.map(|owner| owner.parse::<UserArgument>()).transpose();
    let owner = owner.map_err(|sentence| Failure::new("invalid_field", sentence))?;
    let (name, options) = key.into_options(owner);
    let make = |change: &mut Change<'_>, deps: &Deps, authority: &Authority| {
        let space = space.id(change, authority)?;
        let key = options.into_input(change, authority, space, name)?;
        api_keys::import(change, deps, authority, ImportApiKey { key, client_id, hash })
    };
    // An id that was made up by a rehearsal is nobody's.
    if dry_run {
        return site.rehearse(make).map(|_| Outcome::Imported(None));
    }
    site.change(make).map(|made| Outcome::Imported(Some(made.id)))
}

impl LineKey {
    fn into_options(self, owner: Option<UserArgument>) -> (Name, KeyOptions) {
        let roles = self.roles.into_iter().map(|LineRole { role, workspaces }| RoleRequest { role, workspaces });
        let options = KeyOptions {
            description: Some(self.description),
            roles: roles.collect(),
            owner,
            user_roles: self.user_roles,
            mode: self.mode,
            expires: Some(self.expires),
            acknowledge_row_level: self.acknowledge_row_level,
            allowed_networks: self.allowed_networks,
        };
        (self.name, options)
    }
}

impl Report {
    fn as_json(&self) -> Value {
        let (line, client_id, outcome) = (self.line, &self.client_id, self.word());
        match &self.outcome {
            Outcome::Imported(key) | Outcome::AlreadyThere(key) => {
                json!({ "line": line, "client_id": client_id, "outcome": outcome, "key": key })
            }
            Outcome::Failed(failure) => json!({
                "line": line, "client_id": client_id, "outcome": outcome,
                "error": failure.code(), "message": failure.sentence(),
            }),
        }
    }

    const fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Imported(_) => "imported",
            Outcome::AlreadyThere(_) => "already_there",
            Outcome::Failed(_) => "failed",
        }
    }

    fn row(&self) -> [String; 4] {
        let what = match &self.outcome {
            Outcome::Imported(Some(key)) | Outcome::AlreadyThere(Some(key)) => key.to_string(),
            Outcome::Imported(None) | Outcome::AlreadyThere(None) => String::new(),
            Outcome::Failed(failure) => format!("{} [{}]", failure.sentence(), failure.code()),
        };
        let client_id = self.client_id.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        [self.line.to_string(), client_id, self.word().to_owned(), what]
    }
}

fn print(context: &Context<'_>, reports: &[Report], dry_run: bool) -> Result<(), Failure> {
    let count = |word: &str| reports.iter().filter(|report| report.word() == word).count();
    let (imported, present, failed) = (count("imported"), count("already_there"), count("failed"));
    let json = json!({
        "dry_run": dry_run, "imported": imported, "already_there": present, "failed": failed,
        "lines": reports.iter().map(Report::as_json).collect::<Vec<_>>(),
    });
    context.printer.print(&json, |out| {
        let rows: Vec<_> = reports.iter().map(Report::row).collect();
        table(out, ["LINE", "CLIENT ID", "OUTCOME", "KEY"], &rows)?;
        let would = if dry_run { "Nothing was changed. It would be: " } else { "" };
        writeln!(out, "{would}{imported} imported, {present} already there, {failed} failed.")
    })?;
    if failed == 0 {
        return Ok(());
    }
    let sentence =
        format!("{failed} of {} keys were not imported; correct their lines and import the file again", reports.len());
    Err(Failure::new("import_incomplete", sentence))
}
