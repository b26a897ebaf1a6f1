//! The longest life of a pair, and what it means for pairs that are there: told before it is saved, changed only where that
//! is asked for (C11).

use actix_web::http::StatusCode;
use askama::Template;

use super::{done, edit, editable, path, words as of_settings};
use crate::{
    domain::{authority::Area, ids::SpaceId, permission::KEYS_MANAGE},
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SpaceTab},
            refused::Refused,
            screen::{Html, Next},
            span,
        },
        filters,
        view::Shell,
        words::{self, Complaint},
    },
    manage::{pair_policy::BeyondPolicy, spaces::EditSpace},
    store::{Change, Rows},
};

#[derive(Debug, Template)]
#[template(path = "console/settings_pair_life.html")]
struct PairLifePage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    back: String,
    pair_life: String,
    span_hint: String,
    /// Whether pairs that are there can be ended sooner, and the box for that is ticked.
    apply: Option<bool>,
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = editable(rows, visit)?.space;
    let manages_keys = visit.authority.may(KEYS_MANAGE, Area::Space(space.id));
    Html::of(&PairLifePage {
        shell: visit.shell(),
        frame: visit.frame(Place::Space(&space, SpaceTab::Settings)),
        back: path(space.id),
        pair_life: visit.value("pair_life", &span::text(space.pair_life)).to_owned(),
        span_hint: format!("{} Empty means that a pair may live for ever.", span::HINT),
        apply: manages_keys.then(|| visit.ticked("apply")),
    })
}

pub(super) fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id: SpaceId = visit.path()?;
    let apply_to_existing = visit.ticked("apply");
    let input = EditSpace { pair_life: Some(span::read(visit, "pair_life")?), apply_to_existing, ..EditSpace::of(id) };
    let beyond = edit(change, visit, input)?;
    if visit.ticked("check") {
        // A refusal takes everything back.
        let complaint = Complaint { text: meaning(beyond.as_ref()), field: None, is_error: false };
        return Err(Refused::Form(complaint, StatusCode::OK));
    }
    Ok(done(id, if apply_to_existing { "pairs-shortened" } else { "pair-life" }))
}

/// What the edit would mean.
fn meaning(beyond: Option<&BeyondPolicy>) -> String {
    let Some(BeyondPolicy { count, shortened, .. }) = beyond else {
        return "Nothing changes for pairs that are there. Nothing is saved yet.".to_owned();
    };
    let of_keys = if count.keys == 1 { "1 key".to_owned() } else { format!("{} keys", count.keys) };
    let shortened = i64::try_from(*shortened).unwrap_or(i64::MAX);
    let told = match (shortened, count.pairs) {
        (0, 0) => "No pair that is there lives longer.".to_owned(),
        (0, left) => format!("{} of {of_keys} would live longer and stay as they are.", of_settings::pairs(left)),
        (ended, 0) => format!("{} would end sooner.", of_settings::pairs(ended)),
        (ended, left) => format!(
            "{} would end sooner now, and {} of {of_keys} would be left: save again to end more of them sooner.",
            of_settings::pairs(ended),
            of_settings::pairs(left),
        ),
    };
    format!("{told} Nothing is saved yet.")
}
