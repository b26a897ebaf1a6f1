//! The signing keys: where each stands and what it does next.

use askama::Template;

use super::words;
use crate::{
    domain::signing_key::{SigningKeyFacts, SigningKeyState},
    http::pages::{
        console::{asked::Visit, frame::Frame, parts::Light, refused::Refused, screen::Html},
        filters,
        moment::Moment,
        view::Shell,
    },
    manage::signing_keys::{self, Schedule},
    store::Rows,
};

/// Keys out of use that the page tells of, the last ones.
const PAST: usize = 50;

#[derive(Debug, Template)]
#[template(path = "console/site_signing_keys.html")]
struct SigningKeysPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    /// Those in the key set.
    published: Vec<KeyLine>,
    past: Vec<KeyLine>,
}

#[derive(Debug)]
struct KeyLine {
    id: String,
    algorithm: String,
    state: Light,
    since: Moment,
    next: &'static str,
    next_at: Option<Moment>,
}

pub(super) fn list(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let mut keys = signing_keys::show_all(rows, visit.authority)?;
    keys.reverse();
    let schedule = visit.console().schedule;
    let (published, past): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key.state.is_published());
    let lines = |keys: Vec<SigningKeyFacts>, most| {
        keys.into_iter().take(most).map(|key| line(visit, schedule, &key)).collect::<Vec<_>>()
    };
    Html::of(&SigningKeysPage {
        shell: visit.shell(),
        frame: visit.frame(super::SIGNING_KEYS),
        published: lines(published, usize::MAX),
        past: lines(past, PAST),
    })
}

fn line(visit: &Visit<'_>, schedule: Schedule, key: &SigningKeyFacts) -> KeyLine {
    let word = words::state(key.state);
    KeyLine {
        id: key.id.to_string(),
        algorithm: key.algorithm.to_string(),
        state: match key.state {
            SigningKeyState::Active => Light::Good(word),
            SigningKeyState::Pending => Light::Warn(word),
            SigningKeyState::Passive | SigningKeyState::Retired => Light::Off(word),
            SigningKeyState::Revoked => Light::Ended(word),
        },
        since: Moment::new(key.state_since, visit.now()),
        next: words::next_step(key.state),
        next_at: schedule.next_step(key).map(|at| Moment::new(at, visit.now())),
    }
}
