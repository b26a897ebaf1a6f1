//! Space settings, API access: all keys of the space, to search, filter and sort; and one's own keys.

use std::time::Duration;

use askama::Template;

use super::line::{KeyLine, lines};
use crate::{
    domain::{api_key::KeyStatus, expiry_notice::EndsWithin, space::Space, time::Timestamp},
    http::pages::{
        console::{
            asked::Visit,
            frame::{AccountTab, Frame, Place, SpaceTab},
            parts::{Choice, Pager},
            refused::Refused,
            screen::{Html, Screen},
        },
        filters,
        view::Shell,
    },
    manage::{facts, spaces},
    store::{
        Rows,
        api_keys::{KeyFilter, KeyOrder, OwnerLogin},
    },
};

const DAY: Duration = Duration::from_hours(24);

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/spaces/{space}/keys", of_space), Screen::looking("/account/keys", of_account)]
}

#[derive(Debug, Template)]
#[template(path = "console/keys.html")]
struct KeysPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    /// What the list is of.
    title: &'static str,
    lead: &'static str,
    /// Below the path of the issuer.
    new_key: String,
    /// Where the ends of its pairs are shown.
    calendar: Option<String>,
    /// Why there can be no new key.
    no_new_key: Option<&'static str>,
    text: &'a str,
    shown: Vec<Choice>,
    orders: Vec<Choice>,
    is_filtered: bool,
    keys: Vec<KeyLine>,
    pager: Pager,
    /// How many keys of people the space has.
    count: Option<i64>,
    has_owners: bool,
}

fn of_space(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = visit.path()?;
    let page = facts::list(rows, visit.authority, space, &filter(visit), visit.page())?;
    let pager = Pager::new(visit, page.next);
    let facts = spaces::show(rows, visit.authority, space)?;
    let view = KeysPage {
        title: "API access",
        lead: "Keys with which integrations log in: a CI server, a script, a bridge behind a firewall.",
        new_key: format!("/spaces/{space}/keys/new"),
        calendar: Some(format!("/spaces/{space}/keys/calendar")),
        no_new_key: no_new_key(&facts.space),
        keys: lines(rows, visit, page.items)?,
        pager,
        count: facts.ordinary_keys,
        has_owners: true,
        ..view(visit, Place::Space(&facts.space, SpaceTab::Keys))
    };
    Html::of(&view)
}

fn of_account(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let who = visit.who();
    let page = facts::of_user(rows, visit.authority, who.user.id, &filter(visit), visit.page())?;
    let pager = Pager::new(visit, page.next);
    let space = spaces::find(rows, visit.authority, who.home.id)?;
    let view = KeysPage {
        title: "My API keys",
        lead: "Keys that act for you: never with more rights than you have at that moment.",
        new_key: "/account/keys/new".to_owned(),
        no_new_key: no_new_key(&space),
        keys: lines(rows, visit, page.items)?,
        pager,
        ..view(visit, Place::Account(AccountTab::Keys))
    };
    Html::of(&view)
}

/// The page without keys.
fn view<'a>(visit: &Visit<'a>, place: Place<'_>) -> KeysPage<'a> {
    let query = visit.query();
    let (shown, order) = (query.get("show").unwrap_or_default(), query.get("sort").unwrap_or_default());
    KeysPage {
        shell: visit.shell(),
        frame: visit.frame(place),
        title: "",
        lead: "",
        new_key: String::new(),
        calendar: None,
        no_new_key: None,
        text: query.get("q").unwrap_or_default(),
        shown: SHOWN.iter().map(|(value, text)| Choice::new(value, *text, shown)).collect(),
        orders: ORDERS.iter().map(|(value, text, _)| Choice::new(value, *text, order)).collect(),
        is_filtered: query.get("q").is_some() || query.get("show").is_some(),
        keys: Vec::new(),
        pager: Pager { first: None, next: None },
        count: None,
        has_owners: false,
    }
}

const SHOWN: &[(&str, &str)] = &[
    ("", "All keys"),
    ("active", "Active"),
    ("disabled", "Disabled"),
    ("revoked", "Revoked"),
    ("expiring", "Ending within 30 days"),
    ("unused", "Not used for 90 days"),
    ("no-login", "Owner cannot log in"),
    ("beyond", "Living longer than allowed now"),
];
const ORDERS: &[(&str, &str, KeyOrder)] = &[
    ("", "Newest first", KeyOrder::Newest),
    ("oldest", "Oldest first", KeyOrder::Oldest),
    ("name", "Name", KeyOrder::Name),
    ("used", "Last use", KeyOrder::LastUse),
];

fn filter(visit: &Visit<'_>) -> KeyFilter {
    let (query, now) = (visit.query(), visit.now());
    let order = query.get("sort").unwrap_or_default();
    let order = ORDERS.iter().find(|(word, ..)| *word == order).map_or(KeyOrder::Newest, |(.., order)| *order);
    let text = query.get("q").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    shown(query.get("show").unwrap_or_default(), now, KeyFilter { text, order, ..KeyFilter::default() })
}

fn shown(word: &str, now: Timestamp, filter: KeyFilter) -> KeyFilter {
    match word {
        "active" => KeyFilter { status: Some(KeyStatus::Active), ..filter },
        "disabled" => KeyFilter { status: Some(KeyStatus::Disabled), ..filter },
        "revoked" => KeyFilter { status: Some(KeyStatus::Revoked), ..filter },
        "expiring" => KeyFilter { ends: Some(EndsWithin { after: now, until: now.plus(30 * DAY) }), ..filter },
        "unused" => KeyFilter { unused_since: Some(now.minus(90 * DAY)), ..filter },
        "no-login" => KeyFilter { owner_login: Some(OwnerLogin { cannot: true, now }), ..filter },
        "beyond" => KeyFilter { beyond_policy: Some(now), ..filter },
        _ => filter,
    }
}

const fn no_new_key(space: &Space) -> Option<&'static str> {
    match space {
        Space { api_keys_supported: false, .. } => Some("API keys are not supported in this kind of space."),
        Space { api_keys_enabled: false, .. } => Some("API keys are switched off in this space."),
        _ => None,
    }
}
