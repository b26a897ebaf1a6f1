//! Disabling, enabling and deleting a user: each asked once, with everything that stops because of it.

use super::{done, managed, path_of, place};
use crate::{
    domain::{ids::UserId, user::UserState},
    http::pages::console::{
        asked::Visit,
        confirm::Question,
        refused::Refused,
        screen::{Html, Next, Screen},
    },
    manage::{
        Error,
        facts::KeyFacts,
        members,
        reach::{self, Listed, Reach},
        users::{self, EnableUser},
    },
    store::{Change, Rows},
};

/// So many names are told; of more, how many.
const MOST_NAMES: usize = 10;

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/users/{user}/disable", ask_disable, disable),
        Screen::asking("/users/{user}/enable", ask_enable, enable),
        Screen::asking("/users/{user}/delete", ask_delete, delete),
    ]
}

fn reach_of(rows: &mut Rows<'_>, visit: &Visit<'_>, id: UserId) -> Result<Reach, Refused> {
    Ok(reach::of_user(rows, visit.authority, id, visit.now(), Some(visit.session_idle()))?)
}

fn ask_disable(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    refuse_own(visit, facts.user.id)?;
    let reach = reach_of(rows, visit, facts.user.id)?;
    let mut says = vec![format!("Nobody logs in as this user any more. {}", sessions(reach.sessions.len()))];
    says.push(keys(&reach, "stops at once, and so do its tokens", "stop at once, and so do their tokens"));
    says.extend(applications(&reach));
    says.extend(made_for_others(&reach));
    says.push("Invitations and setup links of the user open nothing.".to_owned());
    says.push(
        "The user can be enabled again; what was dead stays dead, and you choose whether keys come back.".to_owned(),
    );
    let question = Question {
        title: format!("Disable {}", facts.profile.full_name),
        says,
        boxes: Vec::new(),
        is_danger: true,
        back: path_of(facts.user.id),
    };
    question.page(visit, place(&space))
}

fn disable(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    users::disable(change, visit.deps(), visit.authority, id)?;
    Ok(done(id, "user-disabled"))
}

fn ask_enable(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    if facts.user.state == UserState::Active {
        return Err(Error::NotDisabled("user").into());
    }
    let question = Question {
        title: format!("Enable {}", facts.profile.full_name),
        says: vec![
            "The user can log in again. Sessions and tokens from before stay dead.".to_owned(),
            "Keys that do not come back now are disabled one by one, and can be enabled later.".to_owned(),
        ],
        boxes: vec![("restore_keys", "The user's keys work again too".to_owned())],
        is_danger: false,
        back: path_of(facts.user.id),
    };
    question.page(visit, place(&space))
}

fn enable(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    let input = EnableUser { id, restore_keys: visit.ticked("restore_keys") };
    users::enable(change, visit.deps(), visit.authority, input)?;
    Ok(done(id, "user-enabled"))
}

fn ask_delete(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    refuse_own(visit, facts.user.id)?;
    let reach = reach_of(rows, visit, facts.user.id)?;
    let mut says = vec![format!("The user is gone for good. {}", sessions(reach.sessions.len()))];
    if !facts.user.roles.is_empty() {
        says.push("The user still holds roles. Take them first.".to_owned());
    }
    says.push(keys(&reach, "is deleted with it", "are deleted with it"));
    says.extend(applications(&reach));
    says.extend(made_for_others(&reach));
    says.push("OAuth clients that the user registered are left to the space.".to_owned());
    let question = Question {
        title: format!("Delete {}", facts.profile.full_name),
        says,
        boxes: Vec::new(),
        is_danger: true,
        back: path_of(facts.user.id),
    };
    question.page(visit, place(&space))
}

fn delete(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    let home = members::home_of(change, visit.authority, id)?;
    users::remove(change, visit.deps(), visit.authority, id)?;
    Ok(Next::done(&format!("/spaces/{home}/users"), "user-deleted"))
}

fn refuse_own(visit: &Visit<'_>, id: UserId) -> Result<(), Refused> {
    if visit.authority.is_user(id) { Err(Error::OwnAccount.into()) } else { Ok(()) }
}

fn sessions(count: usize) -> String {
    match count {
        0 => "There is no session to end.".to_owned(),
        1 => "One session ends.".to_owned(),
        many => format!("{many} sessions end."),
    }
}

/// What happens to the user's keys, for those who may know of keys.
fn keys(reach: &Reach, of_one: &str, of_many: &str) -> String {
    let Some(keys) = &reach.keys else {
        return format!("Every API key of the user {of_one}; you do not manage keys, so they are not listed here.");
    };
    let more = if keys.more { " and more" } else { "" };
    match keys.items.len() {
        0 => "The user has no API key.".to_owned(),
        1 => format!("One API key {of_one}: {}.", names(keys)),
        many => format!("{many}{more} API keys {of_many}: {}.", names(keys)),
    }
}

fn applications(reach: &Reach) -> Option<String> {
    let applications = &reach.authorized_applications.items;
    match applications.len() {
        0 => None,
        1 => Some("One application loses what the user lets it do.".to_owned()),
        many => Some(format!("{many} applications lose what the user lets them do.")),
    }
}

fn made_for_others(reach: &Reach) -> Option<String> {
    let keys = reach.keys_made_for_others.as_ref().filter(|keys| !keys.items.is_empty())?;
    Some(format!(
        "Keys that the user made for others work on, and the user may know their secrets: {}. Regenerate them.",
        names(keys)
    ))
}

/// The names of the first of these keys.
pub(super) fn names(keys: &Listed<KeyFacts>) -> String {
    let shown: Vec<&str> = keys.items.iter().take(MOST_NAMES).map(|facts| facts.key.name.as_str()).collect();
    let more = keys.items.len().saturating_sub(shown.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}
