//! One key: what it is, its pairs, and everything that can be done to it.

use askama::Template;

use super::{
    line::{KeyLine, lines},
    place, space_of,
};
use crate::{
    domain::{authority::Area, ids::ApiKeyId, permission::AUDIT_READ},
    http::pages::{
        console::{
            asked::Visit,
            charts::{self, KeyCharts},
            frame::Frame,
            refused::Refused,
            screen::{Html, Screen},
            words as console_words,
        },
        filters,
        moment::Moment,
        view::Shell,
    },
    manage::facts,
    store::Rows,
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/keys/{key}", show)]
}

#[derive(Debug, Template)]
#[template(path = "console/key.html")]
struct KeyPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    key: KeyLine,
    made: Moment,
    networks: Vec<String>,
    notices: Vec<&'static str>,
    imported_as: Option<String>,
    /// Where its events are, for those who may read them.
    audit: Option<String>,
    charts: KeyCharts,
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let id: ApiKeyId = visit.path()?;
    let facts = facts::show(rows, visit.authority, id)?;
    let space = space_of(rows, visit, &facts)?;
    let audit =
        visit.authority.may(AUDIT_READ, Area::Space(space.id)).then(|| format!("/spaces/{}/audit?key={id}", space.id));
    let made = Moment::new(facts.profile.created_at, visit.now());
    let networks = facts.key.allowed_networks.iter().map(|network| network.to_string()).collect();
    let notices = facts.notices.iter().map(|notice| console_words::notice(*notice)).collect();
    let imported_as = facts.brought.as_ref().map(|brought| brought.client_id.to_string());
    let key = lines(rows, visit, vec![facts])?
        .pop()
        .ok_or_else(|| Refused::Page(crate::http::pages::refusal::PageRefusal::not_found()))?;
    let charts = charts::of_key(rows, visit, id)?;
    let frame = visit.frame(place(visit, &space));
    Html::of(&KeyPage { shell: visit.shell(), frame, key, made, networks, notices, imported_as, audit, charts })
}
