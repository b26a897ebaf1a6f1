//! What an event names, with what people call it and where it leads.

use std::collections::{BTreeSet, HashMap};

use super::{
    Log,
    filter::{THINGS, typed},
};
use crate::{
    domain::{
        audit_event::{Actor, Origin},
        audit_record::AuditRecord,
        key_pair::PublicId,
        workspace::WorkspaceNumber,
    },
    http::pages::console::{asked::Visit, refused::Refused},
    manage::{names_of_ids::names_of, workspaces},
    store::Rows,
};

/// Characters of an id that tell sessions of one day apart.
const BRIEF: usize = 6;
/// What mentions of workspaces begin with.
const WORKSPACE: &str = "workspace:";

/// Something that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// What kind of thing it is, if its name does not say so.
    pub(super) kind: &'static str,
    /// What people call it, or its id.
    pub(super) text: String,
    /// Its own page, below the path of the issuer.
    pub(super) page: Option<String>,
    /// The log with what is about it.
    pub(super) log: Option<String>,
}

impl Reference {
    /// Where it leads: to its own page, else to the log.
    pub(super) fn path(&self) -> Option<&str> {
        self.page.as_deref().or(self.log.as_deref())
    }

    /// Whether its text is an id without a name, which is one word and no text of people.
    pub(super) fn is_word(&self) -> bool {
        matches!(self.kind, "pair" | "consent" | "session")
    }

    /// The text where there is little room: of what has an id and no name, the end alone.
    pub(super) fn brief(&self) -> String {
        match self.text.get(self.text.len().saturating_sub(BRIEF)..) {
            Some(end) if matches!(self.kind, "consent" | "session") => format!("…{end}"),
            _ => self.text.clone(),
        }
    }
}

/// Names of what some events name.
pub(super) struct References<'l> {
    log: &'l Log,
    names: HashMap<String, String>,
}

impl<'l> References<'l> {
    /// Those of these events and of the filters of the address: a number of queries that does not depend on how many there are.
    pub(super) fn of(
        rows: &mut Rows<'_>,
        visit: &Visit<'_>,
        log: &'l Log,
        events: &[AuditRecord],
    ) -> Result<Self, Refused> {
        let mut ids: BTreeSet<&str> = THINGS.iter().map(|name| typed(visit, name)).collect();
        let mut others: BTreeSet<String> = BTreeSet::new();
        for event in events {
            ids.insert(&event.target);
            ids.extend(event.about.iter().map(String::as_str));
            others.insert(event.origin.actor.to_string());
            others.extend(event.origin.authority.map(|user| user.to_string()));
            others.extend(event.workspace.map(|number| format!("{WORKSPACE}{number}")));
        }
        ids.extend(others.iter().map(String::as_str));
        let numbers = ids.iter().filter_map(|id| id.strip_prefix(WORKSPACE)).chain([typed(visit, "workspace")]);
        let numbers: Vec<WorkspaceNumber> = numbers.filter_map(|number| number.parse().ok()).collect();
        let workspaces = workspaces::names(rows, visit.authority, &numbers)?;
        let mut names = names_of(rows, visit.authority, ids.iter().copied())?;
        names.extend(workspaces.into_iter().map(|(number, name)| (number.to_string(), name.as_str().to_owned())));
        Ok(Self { log, names })
    }

    /// What people call it, or what it is written as.
    pub(super) fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// What an event happened to. A workspace is known by its number and not by its id.
    pub(super) fn target(&self, event: &AuditRecord) -> Reference {
        match event.workspace {
            Some(number) if event.target.starts_with("wsp_") => self.refer(&format!("{WORKSPACE}{number}")),
            _ => self.refer(&event.target),
        }
    }

    /// The workspace in which it happened, unless it happened to that.
    pub(super) fn workspace(&self, event: &AuditRecord) -> Option<Reference> {
        let number = event.workspace.filter(|_| !event.target.starts_with("wsp_"))?;
        Some(self.refer(&format!("{WORKSPACE}{number}")))
    }

    /// What an id, the public id of a pair or `workspace:` with a number names. What has no name for the reader has no page
    /// either: it is gone, or lies elsewhere.
    pub(super) fn refer(&self, id: &str) -> Reference {
        let named = self.names.get(id);
        let page = |path: String| named.map(|_| path);
        let find = |filter: &str| Some(self.log.find(filter, id));
        let (kind, page, log) = match id.split_once(['_', ':']) {
            Some(("usr", _)) => ("user", page(format!("/users/{id}")), find("user")),
            Some(("key", _)) => ("API key", page(format!("/keys/{id}")), find("key")),
            Some(("app", _)) => ("application", None, find("application")),
            Some(("rol", _)) => ("role", page(format!("/roles/{id}")), None),
            Some(("spc", _)) => ("space", page(format!("/spaces/{id}")), None),
            Some(("gra", _)) => ("consent", None, find("grant")),
            Some(("ses", _)) => ("session", None, find("session")),
            Some(("rsv", _)) => ("resource server", None, None),
            Some(("workspace", number)) => ("workspace", None, Some(self.log.find("workspace", number))),
            None if id.parse::<PublicId>().is_ok() => ("pair", None, find("pair")),
            _ => ("", None, None),
        };
        let text = self.name(id.strip_prefix(WORKSPACE).unwrap_or(id));
        Reference { kind, text, page, log }
    }

    /// Who did it.
    pub(super) fn actor(&self, origin: &Origin) -> Reference {
        let word = |text: &str| Reference { kind: "", text: text.to_owned(), page: None, log: None };
        match origin.actor {
            Actor::Operator => word("Operator"),
            Actor::System => word("Keystead"),
            somebody => self.refer(&somebody.to_string()),
        }
    }

    /// On whose authority, unless it is who did it.
    pub(super) fn authority(&self, origin: &Origin) -> Option<Reference> {
        let authority = origin.authority.filter(|user| origin.actor != Actor::User(*user))?;
        Some(self.refer(&authority.to_string()))
    }

    /// With what.
    pub(super) fn credential(&self, origin: &Origin) -> Vec<Reference> {
        let credential = origin.credential;
        let shown = [
            credential.pair().map(|pair| pair.to_string()),
            credential.grant().map(|grant| grant.to_string()),
            credential.session().map(|session| session.to_string()),
        ];
        shown.into_iter().flatten().map(|id| self.refer(&id)).collect()
    }
}
