//! Where keys end soon, or ended lately: numbers for each space, since those who run the site do not act inside spaces.

use askama::Template;

use crate::{
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SiteTab},
            parts::Pager,
            refused::Refused,
            screen::Html,
        },
        filters,
        view::Shell,
    },
    manage::ending_pairs::{self, EndingPairs},
    store::Rows,
};

#[derive(Debug, Template)]
#[template(path = "console/site_expiring.html")]
struct ExpiringPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    spaces: Vec<EndingPairs>,
    pager: Pager,
}

pub(super) fn list(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let page = ending_pairs::by_space(rows, visit.authority, visit.page(), visit.now())?;
    let pager = Pager::new(visit, page.next);
    let frame = visit.frame(Place::Site(SiteTab::ExpiringKeys));
    Html::of(&ExpiringPage { shell: visit.shell(), frame, spaces: page.items, pager })
}
