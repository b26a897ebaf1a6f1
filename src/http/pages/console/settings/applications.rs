//! Which applications the users of a space may authorize.

use askama::Template;

use super::{done, edit, editable, path, words as of_settings};
use crate::{
    domain::{space::ApplicationPolicy, text_enum::TextEnum},
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SpaceTab},
            parts::Choice,
            refused::Refused,
            screen::{Html, Next},
        },
        filters,
        view::Shell,
    },
    manage::spaces::EditSpace,
    store::{Change, Rows},
};

#[derive(Debug, Template)]
#[template(path = "console/settings_applications.html")]
struct ApplicationsPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    back: String,
    policies: Vec<Choice>,
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = editable(rows, visit)?.space;
    let chosen = visit.value("policy", space.application_policy.as_str());
    let choice = |policy: &ApplicationPolicy| Choice::new(policy, of_settings::application_policy(*policy), chosen);
    Html::of(&ApplicationsPage {
        shell: visit.shell(),
        frame: visit.frame(Place::Space(&space, SpaceTab::Settings)),
        back: path(space.id),
        policies: ApplicationPolicy::ALL.iter().map(choice).collect(),
    })
}

pub(super) fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    let application_policy = Some(visit.read("policy", <ApplicationPolicy as TextEnum>::parse)?);
    edit(change, visit, EditSpace { application_policy, ..EditSpace::of(id) })?;
    Ok(done(id, "applications-saved"))
}
