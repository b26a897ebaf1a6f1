//! When a pair stops working, as people choose it.

use crate::{
    domain::{key_pair::ExpiryPolicy, space::Space, time::Timestamp},
    http::pages::console::{asked::Visit, parts::Choice, refused::Refused},
};

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// The fields of a form in which an end is chosen.
#[derive(Debug)]
pub(super) struct ExpiryFields {
    pub(super) choices: Vec<Choice>,
    /// `YYYY-MM-DD`
    pub(super) date: String,
    /// What the space demands.
    pub(super) hint: String,
    /// First and last day that can be chosen.
    pub(super) earliest: String,
}

impl ExpiryFields {
    /// The fields as they stand at first, or as they were sent.
    pub(super) fn of(visit: &Visit<'_>, space: &Space) -> Self {
        let chosen = visit.value("expiry", "usual");
        let most_days = space.pair_life.map(|life| life.as_secs() / DAY_SECONDS);
        let usual = match most_days {
            Some(days) if days < 90 => format!("In {days} days, the longest that this space allows"),
            _ => "In 90 days".to_owned(),
        };
        let mut choices = vec![Choice::new("usual", usual, chosen), Choice::new("date", "On the day below", chosen)];
        if most_days.is_none() {
            choices.push(Choice::new("none", "Never", chosen));
        }
        Self {
            choices,
            date: visit.value("date", "").to_owned(),
            hint: most_days.map(|days| format!("This space lets a pair live {days} days at most.")).unwrap_or_default(),
            earliest: day_after(visit.now()),
        }
    }
}

fn day_after(now: Timestamp) -> String {
    let text = now.plus(std::time::Duration::from_secs(DAY_SECONDS)).to_string();
    text.split_once('T').map(|(day, _)| day.to_owned()).unwrap_or_default()
}

/// What was chosen.
pub(super) fn read(visit: &Visit<'_>) -> Result<ExpiryPolicy, Refused> {
    match visit.form().get("expiry").unwrap_or_default() {
        "usual" => Ok(ExpiryPolicy::Usual),
        "none" => Ok(ExpiryPolicy::Never),
        _ => visit.read("date", str::parse),
    }
}
