//! What the inspector says of something, read from the rows of a test site.

use keystead::{
    domain::{
        authority::Authority,
        condition::Question,
        explanation::{Explanation, Kind, Outcome},
    },
    manage::{
        Error,
        explain::{Inspector, explain},
    },
    oauth,
};

use super::site::{AUDIENCE, TestSite};

/// What it says to somebody.
pub fn explained_to(site: &TestSite, authority: &Authority, text: &str) -> Result<Explanation, Error> {
    let now = site.store.now().expect("the time");
    let inspector = Inspector { deps: &site.deps, authority, now, read_token: oauth::explain::read };
    site.store.snapshot(|tx| explain(tx, &inspector, text))
}

/// What it says to whoever has the machine.
pub fn explained(site: &TestSite, text: &str) -> Explanation {
    explained_to(site, &Authority::OPERATOR, text).expect("the machine sees all that there is")
}

/// The questions that decide and whose answer is no.
pub fn failures(explanation: &Explanation) -> Vec<Question> {
    let fails = |step: &&keystead::domain::explanation::Step| step.decides && step.outcome != Outcome::Ok;
    explanation.steps.iter().filter(fails).map(|step| step.question).collect()
}

/// In whatever state a test brings a site, the inspector says what the resource server of the site hears (EX-01), unless that one
/// may not ask about such.
#[track_caller]
pub fn assert_agrees(site: &TestSite, text: &str, active: bool) {
    let said = explained(site, text);
    let is_for_another = said.token.as_ref().is_some_and(|token| token.audience != AUDIENCE);
    if !is_for_another && said.kind != Kind::ApiKeySecret {
        assert_eq!(said.is_active(), active, "the inspector says otherwise: {:?}", failures(&said));
    }
}
