//! A request for a page of the console before the database is asked: who is logged in, what path, query and form say. And
//! the visit: the same inside a transaction, with the rights that count there.

use std::{fmt::Display, net::IpAddr, str::FromStr, sync::Arc, time::Duration};

use actix_web::HttpRequest;

use super::{Console, Refused, frame::Site};
use crate::{
    config::Issuer,
    crypto::keyed_hash::Peppers,
    domain::{
        authority::Authority,
        page::{PageRequest, PageSize},
        time::Timestamp,
    },
    http::{
        api::request::PathValue,
        form::Form,
        pages::{Visitor, refusal::PageRefusal, session::LOG_OUT, view::Shell, words::Complaint},
    },
    manage::{
        self, Deps,
        authority::{SessionCaller, of_session},
        invitations::InvitationRules,
        logins::Keys,
        sessions::LoggedIn,
    },
    store::transaction::Reads,
};

/// Lines of a list on one page, which weighs 60 KB then at most, with everything that it loads.
const LINES: PageSize = PageSize::SMALL;

/// The one form of the console: every page of it may do what the session may do.
pub(super) const FORM: &str = "console";

/// The first page of a list that is a part of another page.
pub(super) const fn first_page<K>() -> PageRequest<K> {
    PageRequest { after: None, size: LINES }
}

/// A request of somebody who is logged in.
pub(super) struct Asked {
    who: LoggedIn,
    address: Option<IpAddr>,
    keys: Keys,
    path: Vec<(String, String)>,
    location: String,
    query: Form<'static>,
    form: Form<'static>,
    csrf: String,
    log_out_csrf: String,
    console: Arc<Console>,
}

impl Asked {
    /// What this visitor asks for; `form` is what was sent, if something was.
    pub(super) fn new(
        req: &HttpRequest,
        console: &Arc<Console>,
        visitor: &Visitor,
        who: LoggedIn,
        form: Form<'static>,
    ) -> Result<Self, PageRefusal> {
        let query = Form::parse_boxes(req.query_string().as_bytes())?.into_owned();
        let matched = req.match_info().iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self {
            who,
            address: visitor.address,
            keys: visitor.keys().clone(),
            path: matched.collect(),
            location: req.path().to_owned(),
            query,
            form,
            csrf: visitor.csrf(FORM),
            log_out_csrf: visitor.csrf(LOG_OUT),
            console: Arc::clone(console),
        })
    }

    /// The rights of whoever asks, as this transaction has them.
    pub(super) fn authority(&self, tx: &mut impl Reads) -> Result<Authority, manage::Error> {
        let (session, idle) = (self.who.session.id, self.console.session_idle);
        of_session(tx, SessionCaller { session, idle, address: self.address, now: self.now() })
    }

    /// What use cases need.
    pub(super) fn deps(&self) -> &Deps {
        &self.console.deps
    }

    /// The console.
    pub(super) fn console(&self) -> &Console {
        &self.console
    }

    pub(super) const fn now(&self) -> Timestamp {
        self.keys.moment().now
    }
}

/// A request inside the transaction that answers it.
pub(super) struct Visit<'a> {
    /// What may be done, from the rows of this transaction.
    pub(super) authority: &'a Authority,
    asked: &'a Asked,
    complaint: Option<&'a Complaint>,
}

impl<'a> Visit<'a> {
    pub(super) const fn new(asked: &'a Asked, authority: &'a Authority, complaint: Option<&'a Complaint>) -> Self {
        Self { authority, asked, complaint }
    }

    /// Who is logged in.
    pub(super) const fn who(&self) -> &'a LoggedIn {
        &self.asked.who
    }

    /// The time of the request.
    pub(super) const fn now(&self) -> Timestamp {
        self.asked.now()
    }

    /// What use cases need.
    pub(super) fn deps(&self) -> &'a Deps {
        self.asked.deps()
    }

    /// The peppers of the site.
    pub(super) fn peppers(&self) -> &'a Peppers {
        self.asked.keys.peppers()
    }

    /// The issuer.
    pub(super) fn issuer(&self) -> &'a Issuer {
        &self.asked.console.issuer
    }

    /// What the settings say about invitations.
    pub(super) fn invitations(&self) -> InvitationRules {
        self.asked.console.invitations
    }

    /// How long a session may be unused.
    pub(super) fn session_idle(&self) -> Duration {
        self.asked.console.session_idle
    }

    /// The console.
    pub(super) fn console(&self) -> &'a Console {
        &self.asked.console
    }

    /// What the query says; filters and pages live there.
    pub(super) const fn query(&self) -> &'a Form<'static> {
        &self.asked.query
    }

    /// What was sent, also when the page is shown again because of it; nothing at first.
    pub(super) const fn form(&self) -> &'a Form<'static> {
        &self.asked.form
    }

    /// Why the page is shown again.
    pub(super) const fn complaint(&self) -> Option<&'a Complaint> {
        self.complaint
    }

    /// Token of the forms.
    pub(super) fn csrf(&self) -> &'a str {
        &self.asked.csrf
    }

    pub(super) fn log_out_csrf(&self) -> &'a str {
        &self.asked.log_out_csrf
    }

    /// The path of this page, with that of the issuer.
    pub(super) fn location(&self) -> &'a str {
        &self.asked.location
    }

    /// The frame of every page.
    pub(super) fn shell(&self) -> Shell<'a> {
        let Site { base, host } = &self.asked.console.site;
        Shell::new(base, host)
    }

    /// The value of the path of this type.
    pub(super) fn path<T: PathValue>(&self) -> Result<T, Refused> {
        T::read(self.path_text(T::NAME)).ok_or_else(|| Refused::Page(PageRefusal::not_found()))
    }

    /// The text of a part of the path that has no type of its own.
    pub(super) fn path_text(&self, name: &str) -> &'a str {
        let found = self.asked.path.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The page that is asked for: `after` names the last item of the one before. What cannot be one is the first page.
    pub(super) fn page<K: FromStr>(&self) -> PageRequest<K> {
        let after = self.query().get("after").and_then(|text| text.parse().ok());
        PageRequest { after, size: LINES }
    }

    /// What was typed into a field, or nothing, as what it has to be: `visit.read("name", Name::parse)`.
    ///
    /// # Errors
    /// A complaint about the field, with the sentence of its reader.
    pub(super) fn read<T, E: Display>(
        &self,
        field: &'static str,
        reader: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Refused> {
        reader(self.form().get(field).unwrap_or_default().trim()).map_err(|error| Refused::field(field, &error))
    }

    /// The same of a field that may be left empty.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn read_if_any<T, E: Display>(
        &self,
        field: &'static str,
        reader: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Refused> {
        if self.form().get(field).is_none() { Ok(None) } else { self.read(field, reader).map(Some) }
    }

    /// Whether the box of this name is ticked.
    pub(super) fn ticked(&self, field: &str) -> bool {
        self.form().get(field).is_some()
    }

    /// Whether a box is ticked: as it was sent, when the page is shown again because of it; else as it is.
    pub(super) fn is_ticked(&self, field: &str, present: bool) -> bool {
        if self.complaint.is_some() { self.ticked(field) } else { present }
    }

    /// What stands in a field: what was typed, when the page is shown again because of it; else what is there.
    pub(super) fn value<'v>(&self, field: &str, present: &'v str) -> &'v str
    where
        'a: 'v,
    {
        if self.complaint.is_some() { self.form().get(field).unwrap_or_default() } else { present }
    }
}
