//! `keystead explain`

use std::io::Read;

use clap::Args;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    context::{Context, deps},
    failure::Failure,
    output::{fields, table},
};
use crate::{
    crypto::secret_text::SecretKind,
    domain::{
        explanation::{About, Explanation, Outcome, Step},
        text_enum::TextEnum,
    },
    manage::explain::{Inspector, LONGEST, explain},
    oauth,
};

#[derive(Args)]
pub(super) struct Explain {
    /// Id of an API key, a key pair, a user, an application or a grant; `-` reads a token or a secret from standard input
    #[arg(value_name = "ID", required_unless_present = "stdin", conflicts_with = "stdin")]
    id: Option<String>,
    /// Read a token or a secret from standard input, so that it stands in no list of processes and no history
    #[arg(long)]
    stdin: bool,
}

pub(super) fn run(context: &Context<'_>, arguments: &Explain) -> Result<(), Failure> {
    let site = context.site()?;
    let text = match &arguments.id {
        Some(id) if id != "-" => of_arguments(id)?,
        _ => from_stdin()?,
    };
    let (deps, now) = (deps(&site.config)?, site.store.now()?);
    let explained = site.read(|tx, authority| {
        let inspector = Inspector { deps: &deps, authority, now, read_token: oauth::explain::read };
        explain(tx, &inspector, &text)
    })?;
    print(context, &explained)
}

/// What stands on the command line is seen by every user of the machine.
fn of_arguments(id: &str) -> Result<Zeroizing<String>, Failure> {
    if id.contains('.') || SecretKind::claimed_by(id).is_some() {
        let sentence =
            "a token or secret on the command line is seen by others; write it to standard input, with `--stdin`";
        return Err(Failure::usage("secret_as_argument", sentence));
    }
    Ok(Zeroizing::new(id.to_owned()))
}

fn from_stdin() -> Result<Zeroizing<String>, Failure> {
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(2);
    let mut bytes = Zeroizing::new(Vec::new());
    std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).trim().to_owned());
    if text.is_empty() {
        return Err(Failure::usage("nothing_given", "there is nothing on standard input; write one token to it"));
    }
    Ok(text)
}

fn print(context: &Context<'_>, explained: &Explanation) -> Result<(), Failure> {
    context.printer.print(&as_json(explained), |out| {
        let state = if explained.is_active() { "active" } else { "not active" };
        writeln!(out, "{}: {state} at {}, change {}", explained.kind, explained.now, explained.head)?;
        if let Some(why) = explained.first_failure() {
            writeln!(out, "Because: {}", why.says)?;
        }
        let mut shown = Vec::new();
        if let Some(token) = &explained.token {
            shown.push(("made", format!("{}, at change {}", token.issued_at, token.made_at)));
            shown.push(("ends", token.expires_at.to_string()));
            shown.push(("audience", token.audience.clone()));
            shown.extend(token.scope.iter().map(|scope| ("scope now", scope.clone())));
        }
        shown.extend(explained.about.iter().map(|about| (TextEnum::as_str(about.kind), about_line(about))));
        fields(out, &shown)?;
        let row = |step: &Step| [mark(step).to_owned(), step.question.to_string(), step.says.clone()];
        table(out, ["IS", "QUESTION", "ANSWER"], &explained.steps.iter().map(row).collect::<Vec<_>>())
    })
}

fn about_line(About { id, name, .. }: &About) -> String {
    name.as_ref().map_or_else(|| id.clone(), |name| format!("{id} \"{name}\""))
}

/// What only tells does not decide, and stands in brackets.
const fn mark(step: &Step) -> &'static str {
    match (step.outcome, step.decides) {
        (Outcome::Ok, true) => "✓ yes",
        (Outcome::Ok, false) => "(yes)",
        (Outcome::Fails, true) => "✗ no",
        (Outcome::Fails, false) => "(no)",
        (Outcome::Unknown, _) => "(unknown)",
    }
}

fn as_json(explained: &Explanation) -> Value {
    let about = |About { kind, id, name }: &About| json!({ "kind": kind, "id": id, "name": name });
    let step = |Step { question, outcome, decides, change, at, says }: &Step| {
        json!({
            "question": question, "outcome": outcome, "decides": decides, "change": change, "time": at, "text": says,
        })
    };
    let token = explained.token.as_ref().map(|token| {
        json!({
            "made_at": token.made_at, "issued_at": token.issued_at, "expires_at": token.expires_at,
            "audience": token.audience, "scope": token.scope,
        })
    });
    json!({
        "kind": explained.kind, "active": explained.is_active(), "at": explained.now, "head": explained.head,
        "token": token, "about": explained.about.iter().map(about).collect::<Vec<_>>(),
        "steps": explained.steps.iter().map(step).collect::<Vec<_>>(),
    })
}
