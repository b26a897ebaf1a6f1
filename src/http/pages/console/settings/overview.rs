//! All policies of a space in words, with the way to each form.

use askama::Template;

use super::{internal, path, words};
use crate::{
    domain::{
        authority::Area,
        email::EmailDomain,
        permission::SPACE_MANAGE,
        space::{Space, SpaceState},
    },
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SpaceTab},
            keys::line::KeyLine,
            refused::Refused,
            screen::Html,
            span, words as of_console,
        },
        filters,
        view::Shell,
    },
    manage::{
        pair_policy,
        spaces::{self, SpaceFacts},
    },
    store::Rows,
};

#[derive(Debug, Template)]
#[template(path = "console/settings.html")]
struct SettingsPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    name: String,
    /// The page, below the path of the issuer.
    path: String,
    may_edit: bool,
    groups: Vec<Group>,
    /// Pairs that live longer than allowed now, and where they are listed.
    beyond: Option<(String, String)>,
    /// None for those who see no keys.
    internal: Option<Vec<KeyLine>>,
}

/// Policies with a form in common.
#[derive(Debug)]
struct Group {
    id: &'static str,
    title: &'static str,
    policies: Vec<(&'static str, String)>,
    /// The end of the address of its form, and what stands on the way there.
    edit: (&'static str, &'static str),
    /// Whether the form is a question.
    is_question: bool,
}

impl Group {
    const fn new(
        id: &'static str,
        title: &'static str,
        edit: (&'static str, &'static str),
        policies: Vec<(&'static str, String)>,
    ) -> Self {
        Self { id, title, policies, edit, is_question: false }
    }
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let facts = spaces::show(rows, visit.authority, visit.path()?)?;
    let space = &facts.space;
    let count = pair_policy::count_beyond(rows, visit.authority, space, visit.now())?.filter(|count| count.pairs > 0);
    let beyond = count.map(|count| {
        let verb = if count.pairs == 1 { "lives" } else { "live" };
        let told = format!("{} {verb} longer than this space allows now.", words::pairs(count.pairs));
        (told, format!("/spaces/{}/keys?show=beyond", space.id))
    });
    Html::of(&SettingsPage {
        shell: visit.shell(),
        frame: visit.frame(Place::Space(space, SpaceTab::Settings)),
        name: space.name.as_str().to_owned(),
        path: path(space.id),
        may_edit: visit.authority.may(SPACE_MANAGE, Area::Space(space.id)),
        groups: groups(&facts),
        beyond,
        internal: internal::keys(rows, visit, space)?,
    })
}

fn groups(facts: &SpaceFacts) -> Vec<Group> {
    let space = &facts.space;
    let state = match space.state {
        SpaceState::Open => "Open",
        SpaceState::Closed => "Closed: everything in it is refused",
    };
    let life = |life: Option<std::time::Duration>, none: &str| life.map_or_else(|| none.to_owned(), span::words);
    let yes = |is: bool, yes: &str, no: &str| if is { yes.to_owned() } else { no.to_owned() };
    let domains: Vec<&str> = facts.email_domains.iter().map(EmailDomain::as_str).collect();
    let domains = if domains.is_empty() {
        "Have addresses in any domain".to_owned()
    } else {
        format!("Have addresses in {}", domains.join(", "))
    };
    vec![
        Group::new(
            "space",
            "Space",
            ("name", "Rename"),
            vec![
                ("Name", space.name.as_str().to_owned()),
                ("Used for", of_console::space_kind(space.kind).to_owned()),
                ("State", state.to_owned()),
            ],
        ),
        switch(space, facts.ordinary_keys),
        Group::new(
            "rules",
            "Rules for keys",
            ("rules", "Edit"),
            vec![
                (
                    "Who makes keys",
                    yes(
                        space.key_creation_restricted,
                        "Whoever manages keys",
                        "Users for themselves, and whoever manages keys",
                    ),
                ),
                ("Tokens live", life(space.token_life, "As long as the site lets them")),
                (
                    "Leaked secrets",
                    yes(
                        space.revoke_leaked_keys,
                        "End at once when somebody reports them",
                        "Are reported to those who manage them, who end them",
                    ),
                ),
            ],
        ),
        Group::new(
            "pair-life",
            "Life of pairs",
            ("pair-life", "Edit"),
            vec![(
                "A pair lives",
                space.pair_life.map_or_else(
                    || "As long as whoever makes it chooses".to_owned(),
                    |life| format!("{} at most", span::words(life)),
                ),
            )],
        ),
        Group::new(
            "logins",
            "People",
            ("logins", "Edit"),
            vec![
                (
                    "Single sign-on",
                    yes(
                        space.sso_enabled,
                        "People log in elsewhere; passwords kept here do not count",
                        "Off: people log in with passwords kept here",
                    ),
                ),
                ("Passwords live", life(space.password_life, "For ever")),
                ("Service accounts", domains),
            ],
        ),
        Group::new(
            "applications",
            "Applications",
            ("applications", "Edit"),
            vec![("Users log in to", words::application_policy(space.application_policy).to_owned())],
        ),
    ]
}

/// The switch for keys, with how many it stops.
fn switch(space: &Space, ordinary_keys: Option<i64>) -> Group {
    let state = match (space.api_keys_supported, space.api_keys_enabled) {
        (false, _) => "Not supported in this kind of space; those who run the site can change that",
        (true, true) => "On",
        (true, false) => "Off: keys cannot be used, made or changed",
    };
    let edit = if space.api_keys_enabled { ("keys/off", "Switch off") } else { ("keys/on", "Switch on") };
    let mut policies = vec![("Switch", state.to_owned())];
    policies.extend(ordinary_keys.map(|count| ("Keys of people", count.to_string())));
    Group { is_question: true, ..Group::new("keys", "API keys", edit, policies) }
}
