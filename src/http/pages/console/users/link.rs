//! Links by which somebody sets a password: invitations and setup links. Each is shown once, in the answer to the form
//! that made it, or mailed.

use askama::Template;

use super::{done, managed, path_of, place, tied};
use crate::{
    domain::{authority::Authority, ids::UserId, invitation::Deliver, text_enum::TextEnum},
    http::pages::{
        console::{
            asked::Visit,
            confirm::Question,
            frame::Frame,
            once,
            parts::Choice,
            refused::Refused,
            screen::{Html, Next, Screen},
        },
        filters,
        moment::Moment,
        view::Shell,
    },
    manage::{
        self, Deps,
        invitations::{self, Invite, Invited},
        setup_links::{self, NewSetupLink},
    },
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/users/{user}/invite", ask_invite, invite),
        Screen::asking("/users/{user}/invitation/resend", ask_resend, resend),
        Screen::asking("/users/{user}/invitation/revoke", ask_revoke, revoke),
        Screen::asking("/users/{user}/setup-link", ask_setup_link, make_setup_link),
    ]
}

/// How an invitation can get to somebody on this site.
pub(super) fn ways(visit: &Visit<'_>, chosen: &str) -> impl Iterator<Item = Choice> {
    let by_mail =
        visit.invitations().by_mail.then(|| Choice::new(Deliver::Mail, "By mail to the first address", chosen));
    std::iter::once(Choice::new(Deliver::Show, "Show me a link that I pass on", chosen)).chain(by_mail)
}

/// The way that was chosen, if one was.
pub(super) fn way(visit: &Visit<'_>) -> Result<Option<Deliver>, Refused> {
    visit.read_if_any("invite", Deliver::parse)
}

#[derive(Template)]
#[template(path = "console/link_new.html")]
struct NewLinkPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    title: String,
    says: &'a [&'static str],
    button: &'static str,
    ways: Vec<Choice>,
    back: String,
    once: String,
}

/// What a form asks that makes a link.
struct Ask<'a> {
    title: &'static str,
    says: &'a [&'static str],
    button: &'static str,
    is_invitation: bool,
}

fn ask(rows: &mut Rows<'_>, visit: &Visit<'_>, ask: &Ask<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    let ways = if ask.is_invitation { ways(visit, visit.value("invite", "show")).collect() } else { Vec::new() };
    Html::of(&NewLinkPage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        title: format!("{} {}", ask.title, facts.profile.full_name),
        says: ask.says,
        button: ask.button,
        ways,
        back: path_of(facts.user.id),
        once: once::token(visit)?,
    })
}

fn ask_invite(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let says = ["A link lets the person set a first password, once. Whoever has it can become this user."];
    ask(rows, visit, &Ask { title: "Invite", says: &says, button: "Invite", is_invitation: true })
}

fn ask_resend(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let says = ["There will be a new link. The one there was, and its mail, open nothing any more."];
    ask(rows, visit, &Ask { title: "Invite again:", says: &says, button: "Invite again", is_invitation: true })
}

type InviteFn = fn(&mut Change<'_>, &Deps, &Authority, Invite) -> Result<Invited, manage::Error>;

fn send(change: &mut Change<'_>, visit: &Visit<'_>, invite: InviteFn) -> Result<Next, Refused> {
    let user = visit.path()?;
    let deliver = way(visit)?.unwrap_or(Deliver::Show);
    once::once(change, visit, |change| {
        let input = Invite { user, deliver, rules: visit.invitations() };
        let invited = invite(change, visit.deps(), visit.authority, input).map_err(tied)?;
        shown(change, visit, user, invited.link.as_ref())
    })
}

fn invite(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    send(change, visit, invitations::invite)
}

fn resend(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    send(change, visit, invitations::resend)
}

fn ask_revoke(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    let question = Question {
        title: format!("Revoke the invitation of {}", facts.profile.full_name),
        says: vec!["Its link opens nothing any more. You can invite again at any time.".to_owned()],
        boxes: Vec::new(),
        is_danger: true,
        back: path_of(facts.user.id),
    };
    question.page(visit, place(&space))
}

fn revoke(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    invitations::revoke(change, visit.deps(), visit.authority, id)?;
    Ok(done(id, "invitation-revoked"))
}

fn ask_setup_link(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let says = [
        "Whoever opens the link sets the password of this user, once, within ten minutes. Give it to somebody who waits for it.",
        "The password there is works until then. Once another is set, the user is logged out everywhere; keys live on.",
    ];
    ask(rows, visit, &Ask { title: "Make a setup link for", says: &says, button: "Make link", is_invitation: false })
}

fn make_setup_link(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    once::once(change, visit, |change| {
        let link = setup_links::create(change, visit.deps(), visit.authority, id)?;
        shown(change, visit, id, Some(&link))
    })
}

#[derive(Template)]
#[template(path = "console/link.html")]
struct LinkPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    name: String,
    link: String,
    expires: Moment,
    path: String,
}

/// The page with this link; without one, it went by mail.
pub(super) fn shown(
    change: &mut Change<'_>,
    visit: &Visit<'_>,
    user: UserId,
    link: Option<&NewSetupLink>,
) -> Result<(String, Next), Refused> {
    let path = path_of(user);
    let Some(link) = link else { return Ok((path, done(user, "invitation-mailed"))) };
    let facts = manage::facts::show_user(change, visit.authority, user)?;
    let space = super::space_of(change, visit, &facts.user)?;
    let html = Html::of(&LinkPage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        name: facts.profile.full_name.as_str().to_owned(),
        link: link.expose(),
        expires: Moment::new(link.expires_at, visit.now()),
        path: path.clone(),
    })?;
    Ok((path, Next::Once(html)))
}
