//! What an event names, with what people call it and where it leads.

use std::collections::HashMap;

use super::Log;
use crate::{
    domain::{
        audit_event::{Actor, Origin},
        audit_record::AuditRecord,
        key_pair::PublicId,
    },
    http::pages::console::{asked::Visit, refused::Refused},
    manage::names_of_ids::names_of,
    store::Rows,
};

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
        let mut ids: Vec<String> =
            super::filter::THINGS.iter().map(|name| super::filter::typed(visit, name).to_owned()).collect();
        for event in events {
            ids.push(event.target.clone());
            ids.push(event.origin.actor.to_string());
            ids.extend(event.origin.authority.map(|user| user.to_string()));
            ids.extend(event.about.iter().cloned());
        }
        Ok(Self { log, names: names_of(rows, visit.authority, ids.iter().map(String::as_str))? })
    }

    /// What people call it, or what it is written as.
    pub(super) fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
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
        let text = match id.strip_prefix("workspace:") {
            Some(number) => number.to_owned(),
            None => self.name(id),
        };
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
