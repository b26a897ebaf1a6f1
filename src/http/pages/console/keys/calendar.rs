//! Which pairs of a space end when, in the next ninety days.

use std::collections::BTreeMap;

use askama::Template;

use crate::{
    domain::{api_key::KeyStatus, expiry_notice::EndsWithin, time::Timestamp},
    http::pages::{
        console::{
            asked::Visit,
            charts::{Bar, Chart, Mark, date, month_name},
            frame::{Frame, Place, SpaceTab},
            parts::{Light, Pager},
            refused::Refused,
            screen::{Html, Screen},
        },
        filters,
        moment::Moment,
        view::Shell,
    },
    manage::{key_ends, spaces},
    store::{Rows, pair_ends::PairEnd},
};

const DAYS: i64 = 90;
const DAY_SECONDS: i64 = 24 * 60 * 60;
const WEEK: i64 = 7;
/// A cell with the space around it.
const CELL_WIDTH: i64 = 29;
const CELL_HEIGHT: i64 = 20;
/// Room for the names of days and months.
const LEFT: i64 = 40;
const TOP: i64 = 18;

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/spaces/{space}/keys/calendar", show)]
}

#[derive(Debug, Template)]
#[template(path = "console/calendar.html")]
struct CalendarPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    /// Below the path of the issuer.
    grid: String,
    chart: Chart,
    ends: Vec<EndLine>,
    pager: Pager,
}

#[derive(Debug)]
struct EndLine {
    at: Moment,
    path: String,
    name: String,
    public_id: String,
    status: Light,
    another_lives_on: bool,
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    let now = visit.now();
    let until = Timestamp::from_seconds(now.as_seconds().saturating_add(DAYS * DAY_SECONDS));
    let within = EndsWithin { after: now, until };
    let page = key_ends::list(rows, visit.authority, space.id, within, visit.page())?;
    let times = key_ends::times(rows, visit.authority, space.id, within)?;
    let view = CalendarPage {
        shell: visit.shell(),
        frame: visit.frame(Place::Space(&space, SpaceTab::Keys)),
        grid: format!("/spaces/{}/keys", space.id),
        chart: chart(&times, now),
        pager: Pager::new(visit, page.next),
        ends: page.items.iter().map(|end| line(end, now)).collect(),
    };
    Html::of(&view)
}

fn line(end: &PairEnd, now: Timestamp) -> EndLine {
    EndLine {
        at: Moment::new(end.expires_at, now),
        path: format!("/keys/{}", end.key),
        name: end.name.as_str().to_owned(),
        public_id: end.public_id.to_string(),
        status: match end.status {
            KeyStatus::Active => Light::Good("Active"),
            KeyStatus::Disabled => Light::Off("Disabled"),
            KeyStatus::Revoked => Light::Ended("Revoked"),
        },
        another_lives_on: end.another_lives_on,
    }
}

/// Days since 1970, of which the first was a Thursday.
const fn day_of(at: Timestamp) -> i64 {
    at.as_seconds().div_euclid(DAY_SECONDS)
}

const fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(WEEK)
}

fn begins(day: i64) -> Timestamp {
    Timestamp::from_seconds(day.saturating_mul(DAY_SECONDS))
}

/// A column for each week and a cell for each day.
fn chart(times: &[Timestamp], now: Timestamp) -> Chart {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for at in times {
        *counts.entry(day_of(*at)).or_default() += 1;
    }
    let today = day_of(now);
    let monday = today - weekday(today);
    let (mut bars, mut marks, mut month) = (Vec::new(), Vec::new(), String::new());
    let column = |day: i64| (day - monday).div_euclid(WEEK);
    for day in today..=today + DAYS {
        let (x, y) = (LEFT + column(day) * CELL_WIDTH, TOP + weekday(day) * CELL_HEIGHT);
        let count = counts.get(&day).copied().unwrap_or_default();
        let (class, opacity) = match count {
            0 => ("axis", None),
            1 => ("bar", Some("0.5")),
            2..=4 => ("bar", Some("0.75")),
            _ => ("bar", None),
        };
        let name = date(begins(day));
        let text = if count == 1 { format!("{name}: 1 pair ends") } else { format!("{name}: {count} pairs end") };
        bars.push(Bar { class, x, y, width: CELL_WIDTH - 4, height: CELL_HEIGHT - 4, opacity, text });
        let of_day = name.split('-').nth(1).unwrap_or_default();
        // A month is named over the first week that begins in it, so that no two names meet.
        if of_day != month && (weekday(day) == 0 || day == today) {
            of_day.clone_into(&mut month);
            marks.push(Mark { x, y: TOP - 6, anchor: "start", text: month_name(of_day).to_owned() });
        }
    }
    for (row, text) in [(0, "Mon"), (2, "Wed"), (4, "Fri"), (6, "Sun")] {
        marks.push(Mark { x: 0, y: TOP + row * CELL_HEIGHT + 13, anchor: "start", text: text.to_owned() });
    }
    let total = times.len();
    let pairs_end = match total {
        0 => "No pair ends".to_owned(),
        1 => "1 pair ends".to_owned(),
        several => format!("{several} pairs end"),
    };
    Chart {
        id: "ends-by-day",
        title: format!("{pairs_end} in the next {DAYS} days"),
        text: "A cell for each day, filled where pairs end; the list below names them.".to_owned(),
        width: LEFT + (column(today + DAYS) + 1) * CELL_WIDTH,
        height: TOP + WEEK * CELL_HEIGHT,
        base: None,
        bars,
        marks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_has_its_cell_and_those_with_ends_are_filled() {
        // A Thursday.
        let now = Timestamp::from_seconds(1_795_701_785);
        let chart = chart(&[begins(day_of(now) + 1), begins(day_of(now) + 1), begins(day_of(now) + 90)], now);
        assert_eq!(chart.bars.len(), 91);
        let filled: Vec<&Bar> = chart.bars.iter().filter(|bar| bar.class == "bar").collect();
        assert_eq!(
            filled.iter().map(|bar| bar.text.as_str()).collect::<Vec<_>>(),
            ["2026-11-27: 2 pairs end", "2027-02-24: 1 pair ends"]
        );
        assert_eq!((filled[0].x, filled[0].y), (LEFT, TOP + 4 * CELL_HEIGHT));
        assert!(chart.bars.iter().all(|bar| bar.x + bar.width <= chart.width && bar.y + bar.height <= chart.height));
        assert_eq!(chart.title, "3 pairs end in the next 90 days");
    }
}
