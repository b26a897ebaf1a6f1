//! The applications that a user registered for himself.

use askama::Template;

use super::words;
use crate::{
    http::pages::{
        console::{
            asked::Visit,
            frame::{AccountTab, Frame, Place},
            parts::{Light, Pager},
            refused::Refused,
            screen::Html,
        },
        filters,
        moment::Moment,
        view::Shell,
    },
    manage::applications::{self, ApplicationFacts},
    store::{Rows, application_registrations::ApplicationFilter},
};

#[derive(Debug, Template)]
#[template(path = "console/clients.html")]
struct ClientsPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    clients: Vec<ClientLine>,
    pager: Pager,
}

#[derive(Debug)]
struct ClientLine {
    id: String,
    name: String,
    kind: &'static str,
    state: Light,
    secrets: usize,
    registered: Moment,
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (me, filter) = (visit.who().user.id, ApplicationFilter::default());
    let page = applications::list_of_user(rows, visit.authority, me, &filter, visit.page())?;
    let pager = Pager::new(visit, page.next);
    let line = |ApplicationFacts { application, profile }: ApplicationFacts| ClientLine {
        id: application.id.to_string(),
        name: application.name.as_str().to_owned(),
        kind: words::kind(application.kind).split(':').next().unwrap_or_default(),
        state: words::state(application.state),
        secrets: application.pairs.len(),
        registered: Moment::new(profile.created_at, visit.now()),
    };
    let clients = page.items.into_iter().map(line).collect();
    let frame = visit.frame(Place::Account(AccountTab::Clients));
    Html::of(&ClientsPage { shell: visit.shell(), frame, clients, pager })
}
