//! Charts: drawn by the server as SVG, with what they show in words beside them.

use std::fmt::Write as _;

use super::{asked::Visit, refused::Refused};
use crate::{
    domain::{ids::ApiKeyId, time::Timestamp},
    manage::key_use::{self, DayOfUse},
    store::transaction::Reads,
};

/// Days of the charts of a key.
const DAYS: u8 = 14;
/// Width of a day, with the space around it.
const DAY_WIDTH: i64 = 32;
/// Where the bars stand, and how high the highest is.
const BASE: i64 = 112;
const HIGHEST: i64 = 92;
/// Where the days are named.
const BELOW: i64 = BASE + 18;
/// Of what has happened at all, something is to be seen.
const LOWEST: i64 = 2;
const SPARK_WIDTH: i64 = 104;
const SPARK_HEIGHT: i64 = 24;

/// A chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chart {
    /// Id that its texts begin with, once on a page.
    pub(super) id: &'static str,
    pub(super) title: String,
    /// What it shows, for whoever does not see it.
    pub(super) text: String,
    pub(super) width: i64,
    pub(super) height: i64,
    /// Where the line stands that bars stand on.
    pub(super) base: Option<i64>,
    pub(super) bars: Vec<Bar>,
    pub(super) marks: Vec<Mark>,
}

/// A bar, or a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bar {
    /// `bar`, `bar bad` or `axis`, which is an empty cell.
    pub(super) class: &'static str,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) opacity: Option<&'static str>,
    /// What it stands for, on request.
    pub(super) text: String,
}

/// A text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) x: i64,
    pub(super) y: i64,
    /// `start`, `middle` or `end`.
    pub(super) anchor: &'static str,
    pub(super) text: String,
}

/// A line as small as a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spark {
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) points: String,
    pub(super) text: String,
}

/// How a key was used and denied in the last days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyCharts {
    pub(super) sentence: String,
    /// Whether there is anything to draw.
    pub(super) happened: bool,
    pub(super) chart: Chart,
    pub(super) spark: Spark,
    pub(super) days: Vec<DayLine>,
    /// The day before which not all is counted.
    pub(super) counted_since: Option<String>,
}

/// A day in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DayLine {
    pub(super) name: String,
    pub(super) uses: i64,
    pub(super) denials: i64,
}

/// The charts of a key, for whoever manages it.
pub(super) fn of_key(rows: &mut impl Reads, visit: &Visit<'_>, key: ApiKeyId) -> Result<KeyCharts, Refused> {
    let by_day = key_use::by_day(rows, visit.authority, key, visit.now(), DAYS)?;
    let days = &by_day.days;
    let (uses, denials) = (sum(days, |day| day.uses), sum(days, |day| day.denials));
    let sentence = format!("{} and {} in the last {DAYS} days.", times(uses, "use"), times(denials, "denial"));
    let line = |day: &DayOfUse| DayLine { name: date(day.begins), uses: day.uses, denials: day.denials };
    Ok(KeyCharts {
        chart: bars(days, sentence.clone()),
        spark: spark(days, format!("{} in the last {DAYS} days", times(uses, "use"))),
        happened: uses > 0 || denials > 0,
        days: days.iter().rev().map(line).collect(),
        counted_since: by_day.counted_since.map(date),
        sentence,
    })
}

fn sum(days: &[DayOfUse], of: impl Fn(&DayOfUse) -> i64) -> i64 {
    days.iter().map(of).fold(0, i64::saturating_add)
}

/// `1 use`, `12 uses`.
fn times(count: i64, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

fn bars(days: &[DayOfUse], text: String) -> Chart {
    let most = days.iter().map(|day| day.uses.max(day.denials)).max().unwrap_or_default();
    let (mut bars, mut marks) = (Vec::new(), Vec::new());
    let width = DAY_WIDTH.saturating_mul(i64::from(DAYS));
    let mut x = 0;
    for (index, day) in days.iter().enumerate() {
        let mut bar = |class, from: i64, width, count, of| {
            let height = height(count, most, HIGHEST);
            if height > 0 {
                let text = format!("{}: {}", date(day.begins), times(count, of));
                bars.push(Bar { class, x: x + from, y: BASE - height, width, height, opacity: None, text });
            }
        };
        bar("bar", 3, 14, day.uses, "use");
        bar("bar bad", 19, 10, day.denials, "denial");
        let text = short_date(day.begins);
        match index {
            0 => marks.push(Mark { x, y: BELOW, anchor: "start", text }),
            _ if index + 1 == days.len() => marks.push(Mark { x: width, y: BELOW, anchor: "end", text }),
            4 | 9 => marks.push(Mark { x: x + DAY_WIDTH / 2, y: BELOW, anchor: "middle", text }),
            _ => {}
        }
        x += DAY_WIDTH;
    }
    marks.push(Mark { x: 0, y: 12, anchor: "start", text: most.to_string() });
    for (class, left, text) in [("bar", 140, "Uses"), ("bar bad", 70, "Denials")] {
        let text = text.to_owned();
        bars.push(Bar { class, x: width - left, y: 3, width: 10, height: 10, opacity: None, text: text.clone() });
        marks.push(Mark { x: width - left + 16, y: 12, anchor: "start", text });
    }
    let title = "Uses and denials, day by day".to_owned();
    Chart { id: "use-by-day", title, text, width, height: BASE + 24, base: Some(BASE), bars, marks }
}

/// The height of a count where `most` is `highest` high.
fn height(count: i64, most: i64, highest: i64) -> i64 {
    let exact = i128::from(count) * i128::from(highest) / i128::from(most.max(1));
    let height = i64::try_from(exact).unwrap_or(highest);
    if count > 0 { height.max(LOWEST) } else { 0 }
}

fn spark(days: &[DayOfUse], text: String) -> Spark {
    let most = days.iter().map(|day| day.uses).max().unwrap_or_default();
    let step = SPARK_WIDTH / i64::from(DAYS).saturating_sub(1).max(1);
    let (mut points, mut x) = (String::new(), 0);
    for day in days {
        let y = SPARK_HEIGHT - 2 - height(day.uses, most, SPARK_HEIGHT - 4);
        // A text takes everything.
        let _ = write!(points, "{x},{y} ");
        x += step;
    }
    Spark { width: SPARK_WIDTH, height: SPARK_HEIGHT, points: points.trim_end().to_owned(), text }
}

/// `2026-11-27`
pub(super) fn date(at: Timestamp) -> String {
    let text = at.to_string();
    text.split_once('T').map_or_else(|| text.clone(), |(day, _)| day.to_owned())
}

/// `27 Nov`
pub(super) fn short_date(at: Timestamp) -> String {
    let date = date(at);
    let mut parts = date.rsplit('-');
    let (day, month) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{} {}", day.trim_start_matches('0'), month_name(month))
}

/// The month of a number of two digits, in three letters.
pub(super) fn month_name(number: &str) -> &'static str {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    index.and_then(|index| NAMES.get(index)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn days(uses: [i64; 3], denials: [i64; 3]) -> Vec<DayOfUse> {
        let day = |index: i64, uses, denials| DayOfUse { begins: Timestamp::from_seconds(index * DAY), uses, denials };
        (0..).zip(uses.into_iter().zip(denials)).map(|(index, (uses, denials))| day(index, uses, denials)).collect()
    }

    #[test]
    fn bars_are_as_high_as_what_they_count_and_nothing_has_none() {
        let chart = bars(&days([0, 1_000, 500], [0, 1, 0]), String::new());
        let drawn: Vec<(&str, i64, &str)> =
            chart.bars.iter().map(|bar| (bar.class, bar.height, bar.text.as_str())).collect();
        let expected = [
            ("bar", HIGHEST, "1970-01-02: 1000 uses"),
            ("bar bad", LOWEST, "1970-01-02: 1 denial"),
            ("bar", HIGHEST / 2, "1970-01-03: 500 uses"),
        ];
        let (drawn_days, legend) = drawn.split_at(expected.len());
        assert_eq!(drawn_days, expected);
        assert_eq!(legend.iter().map(|(_, _, text)| *text).collect::<Vec<_>>(), ["Uses", "Denials"]);
        assert!(chart.bars.iter().take(expected.len()).all(|bar| bar.y + bar.height == BASE));
        assert_eq!(height(i64::MAX, i64::MAX, HIGHEST), HIGHEST);
    }

    #[test]
    fn dates_are_short_where_there_is_little_room() {
        assert_eq!(short_date(Timestamp::from_seconds(0)), "1 Jan");
        assert_eq!(short_date(Timestamp::from_seconds(1_795_701_785)), "26 Nov");
        assert_eq!(month_name("13"), "");
    }
}
