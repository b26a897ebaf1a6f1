//! Rules for keys: who makes them, how long their tokens live, what becomes of a secret that somebody saw.

use std::fmt::Debug;

use askama::Template;

use super::{done, edit, editable, path};
use crate::{
    domain::space::Space,
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SpaceTab},
            refused::Refused,
            screen::{Html, Next},
            shown_state, span,
        },
        filters,
        view::Shell,
        words,
    },
    manage::spaces::EditSpace,
    store::{Change, Rows},
};

#[derive(Debug, Template)]
#[template(path = "console/settings_rules.html")]
struct RulesPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    back: String,
    is_restricted: bool,
    revokes_leaked: bool,
    token_life: String,
    span_hint: String,
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = editable(rows, visit)?.space;
    Html::of(&RulesPage {
        shell: visit.shell(),
        frame: visit.frame(Place::Space(&space, SpaceTab::Settings)).showing(shown_state::mark(visit, &state(&space))),
        back: path(space.id),
        is_restricted: visit.is_ticked("restricted", space.key_creation_restricted),
        revokes_leaked: visit.is_ticked("revoke_leaked", space.revoke_leaked_keys),
        token_life: visit.value("token_life", &span::text(space.token_life)).to_owned(),
        span_hint: format!("{} Empty leaves it to the site, which never allows more than its own limit.", span::HINT),
    })
}

/// What the form can alter.
fn state(space: &Space) -> impl Debug {
    (space.key_creation_restricted, space.revoke_leaked_keys, space.token_life)
}

pub(super) fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    shown_state::refuse_other(visit, &state(&editable(&mut Rows::of(change), visit)?.space))?;
    let input = EditSpace {
        key_creation_restricted: Some(visit.ticked("restricted")),
        revoke_leaked_keys: Some(visit.ticked("revoke_leaked")),
        token_life: Some(span::read(visit, "token_life")?),
        ..EditSpace::of(id)
    };
    edit(change, visit, input)?;
    Ok(done(id, "saved"))
}
