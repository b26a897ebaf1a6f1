//! The pages of the account in every state.

use std::time::Duration;

use super::{
    library::{
        domain::time::Timestamp,
        http::pages::{
            moment::Moment,
            view::{
                AccountApplicationsPage, AccountPasswordPage, AccountSessionsPage, AuthorizedApplication, RunBy,
                SessionLine, Shell,
            },
            words::{Done, PasswordProblem},
        },
    },
    states::{CSRF, State, Texts, state},
};

const NOW: Timestamp = Timestamp::from_seconds(1_795_701_785);
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

fn ago(seconds: u64) -> Moment {
    Moment::new(NOW.minus(Duration::from_secs(seconds)), NOW)
}

fn ahead(seconds: u64) -> Moment {
    Moment::new(NOW.plus(Duration::from_secs(seconds)), NOW)
}

/// All of them.
pub(crate) fn all(shell: Shell<'_>, texts: &Texts) -> Vec<State> {
    let mut states = applications(shell, texts);
    states.extend(sessions(shell, texts));
    states.extend(password(shell, texts));
    states
}

fn applications(shell: Shell<'_>, texts: &Texts) -> Vec<State> {
    let application = |number: u64| AuthorizedApplication {
        grant: format!("gra_example{number}").into(),
        name: texts.application,
        run_by: RunBy { space: texts.space, user: (number % 3 == 1).then_some(texts.person) },
        scopes: vec!["Recognise you when you log in", "See what you can see", texts.scope],
        authorized: ago(number * 9 * DAY + HOUR),
        last_used: (number % 4 != 3).then(|| ago(number * number * 1_000)),
        logins: number % 3,
    };
    let page = |count| AccountApplicationsPage {
        shell,
        user: texts.user(),
        done: None,
        applications: (0..count).map(application).collect(),
        csrf: CSRF,
    };
    let withdrawn = Some(Done::Withdrawn(texts.application));
    vec![
        state("applications", &page(3)),
        state("applications-none", &page(0)),
        state("applications-withdrawn", &AccountApplicationsPage { done: withdrawn, ..page(1) }),
        state("applications-50", &page(50)),
    ]
}

fn sessions(shell: Shell<'_>, texts: &Texts) -> Vec<State> {
    let session = |number: u64| SessionLine {
        session: format!("ses_example{number}").into(),
        is_this: number == 0,
        device: texts.device.into(),
        address: if number.is_multiple_of(2) {
            "198.51.100.23".into()
        } else {
            "2001:db8:85a3:8d3:1319:8a2e:370:7348".into()
        },
        logged_in: ago(number * DAY + 7 * HOUR),
        last_seen: ago(number * HOUR),
        expires: ahead(30 * DAY),
    };
    let page = |count| AccountSessionsPage {
        shell,
        user: texts.user(),
        done: None,
        sessions: (0..count).map(session).collect(),
        csrf: CSRF,
    };
    vec![
        state("sessions", &page(3)),
        state("sessions-one", &AccountSessionsPage { done: Some(Done::OtherSessionsEnded), ..page(1) }),
        state("sessions-50", &page(50)),
    ]
}

fn password(shell: Shell<'_>, texts: &Texts) -> Vec<State> {
    let page = |problem| AccountPasswordPage { shell, user: texts.user(), done: None, least: 8, csrf: CSRF, problem };
    vec![
        state("password", &page(None)),
        state("password-changed", &AccountPasswordPage { done: Some(Done::PasswordChanged), ..page(None) }),
        state("password-wrong", &page(Some(PasswordProblem::WrongCurrent))),
        state("password-like-login", &page(Some(PasswordProblem::LikeLogin))),
        state("password-same", &page(Some(PasswordProblem::Same))),
        state("password-throttled", &page(Some(PasswordProblem::Throttled { seconds: 120 }))),
    ]
}
