//! Running the site: its spaces, its signing keys, how it is. All of it is for those who run the site; inside spaces they see
//! numbers alone.

mod close;
mod expiring;
mod health;
mod new_space;
mod signing_keys;
mod signing_steps;
mod spaces;
pub(super) mod words;

use super::{
    asked::Visit,
    frame::{Place, SiteTab},
    refused::Refused,
    screen::{Html, Screen},
};
use crate::{manage::site, store::Rows};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::looking("/site", enter),
        Screen::looking("/site/spaces", spaces::list),
        Screen::asking("/site/spaces/new", new_space::show, new_space::make),
        Screen::asking("/site/spaces/{space}/close", close::ask, close::close),
        Screen::asking("/site/spaces/{space}/reopen", close::ask_reopen, close::reopen),
        Screen::asking("/site/spaces/{space}/keys/support", close::ask_support, close::support),
        Screen::asking("/site/spaces/{space}/keys/stop", close::ask_stop, close::stop),
        Screen::looking("/site/signing-keys", signing_keys::list),
        Screen::working("/site/signing-keys/rotate", signing_steps::ask_rotate, signing_steps::rotate),
        Screen::working("/site/signing-keys/{signing_key}/revoke", signing_steps::ask_revoke, signing_steps::revoke),
        Screen::looking("/site/health", health::show),
        Screen::looking("/site/expiring-keys", expiring::list),
    ]
}

const SPACES: Place<'static> = Place::Site(SiteTab::Spaces);
const SIGNING_KEYS: Place<'static> = Place::Site(SiteTab::SigningKeys);

fn enter(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    site::show(rows, visit.authority)?;
    Err(Refused::Elsewhere("/site/spaces".to_owned()))
}
