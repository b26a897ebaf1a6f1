//! An application that a user registers for himself.

use askama::Template;

use super::{
    LIST,
    fields::{self, Fields},
    pairs, words as of_clients,
};
use crate::{
    domain::{application::ApplicationKind, key_pair::ExpiryPolicy, text_enum::TextEnum},
    http::pages::{
        console::{
            asked::Visit,
            frame::{AccountTab, Frame, Place},
            once,
            parts::Choice,
            refused::Refused,
            screen::{Html, Next},
        },
        filters,
        view::Shell,
        words,
    },
    manage::applications::{self, CreateApplication},
    store::{Change, Rows},
};

#[derive(Debug, Template)]
#[template(path = "console/client_form.html")]
struct NewClientPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    title: String,
    lead: &'static str,
    verb: &'static str,
    back: String,
    fields: Fields,
    kinds: Vec<Choice>,
    once: Option<String>,
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let chosen = visit.value("kind", ApplicationKind::Confidential.as_str());
    let kind = |kind: &ApplicationKind| Choice::new(kind, of_clients::kind(*kind), chosen);
    Html::of(&NewClientPage {
        shell: visit.shell(),
        frame: visit.frame(Place::Account(AccountTab::Clients)),
        title: "New OAuth client".to_owned(),
        lead: "A program of yours in which people log in with this site and allow it to act for them.",
        verb: "Register client",
        back: LIST.to_owned(),
        fields: Fields::of(rows, visit, None)?,
        kinds: ApplicationKind::ALL.iter().map(kind).collect(),
        once: Some(once::token(visit)?),
    })
}

pub(super) fn make(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let typed = fields::read(visit)?;
    let (name, who) = (typed.name.clone(), visit.who());
    let input = CreateApplication {
        space: who.home.id,
        owner: Some(who.user.id),
        name: typed.name,
        description: typed.description,
        kind: visit.read("kind", <ApplicationKind as TextEnum>::parse)?,
        first_party: false,
        redirect_uris: typed.redirect_uris,
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        scopes: typed.scopes,
        optional_scopes: typed.optional_scopes,
        resources: Vec::new(),
        id_token_algorithm: None,
        expiry: ExpiryPolicy::Never,
    };
    once::once(change, visit, |change| {
        let made = applications::create(change, visit.deps(), visit.authority, input)?;
        let path = format!("/applications/{}", made.id);
        let Some(credential) = made.credential else {
            let next = Next::done(&path, "client-made");
            return Ok((path, next));
        };
        pairs::shown(visit, Place::Account(AccountTab::Clients), name.as_str(), &credential)
    })
}

/// The page of the same fields for one that is there.
pub(super) fn of_present(
    visit: &Visit<'_>,
    frame: Frame<'_>,
    title: String,
    back: String,
    fields: Fields,
) -> Result<Html, Refused> {
    Html::of(&NewClientPage {
        shell: visit.shell(),
        frame,
        title,
        lead: "What it loses, its tokens lose at once. What it gains, users are asked for.",
        verb: "Save",
        back,
        fields,
        kinds: Vec::new(),
        once: None,
    })
}
