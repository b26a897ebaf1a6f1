//! Lengths of time of policies: as people read them, and as they type them.

use std::time::Duration;

use crate::{
    domain::time_span::TimeSpan,
    http::pages::console::{asked::Visit, refused::Refused},
    manage::spaces::LONGEST_POLICY,
};

/// Units in which a length is told, largest first; weeks are told in days.
const UNITS: [(u64, &str, &str); 4] =
    [(86_400, "day", "d"), (3_600, "hour", "h"), (60, "minute", "m"), (1, "second", "s")];

/// What the field of a policy takes.
pub(super) const HINT: &str = "A number and a letter: 90d for days, 12h for hours, 15m for minutes.";

fn parts(life: Duration) -> (u64, &'static str, &'static str) {
    let seconds = life.as_secs();
    let whole = UNITS.iter().find(|(unit, ..)| seconds > 0 && seconds.is_multiple_of(*unit));
    whole.map_or((seconds, "second", "s"), |(unit, word, letter)| (seconds / unit, word, letter))
}

/// The length in the largest unit that it is a whole number of.
pub(super) fn words(life: Duration) -> String {
    let (number, word, _) = parts(life);
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// The same as it is typed; nothing for no limit.
pub(super) fn text(life: Option<Duration>) -> String {
    life.map(parts).map(|(number, _, letter)| format!("{number}{letter}")).unwrap_or_default()
}

/// What was typed into the field of a policy.
pub(super) fn read(visit: &Visit<'_>, field: &'static str) -> Result<Option<Duration>, Refused> {
    visit.read_if_any(field, |text| {
        let life = text.parse::<TimeSpan>().map_err(|error| error.to_string())?.duration();
        if life > LONGEST_POLICY { Err("no policy looks further ahead than ten years".to_owned()) } else { Ok(life) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_and_typed_in_the_largest_unit_that_fits() {
        for (seconds, told, typed) in [
            (7_776_000, "90 days", "90d"),
            (86_400, "1 day", "1d"),
            (43_200, "12 hours", "12h"),
            (900, "15 minutes", "15m"),
            (61, "61 seconds", "61s"),
        ] {
            let life = Duration::from_secs(seconds);
            assert_eq!((words(life), text(Some(life))), (told.to_owned(), typed.to_owned()));
        }
        assert_eq!(text(None), "");
    }
}
