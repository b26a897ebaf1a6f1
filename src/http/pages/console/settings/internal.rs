//! The keys of the product's own services in a space (L019-L026).

use crate::{
    domain::{authority::Area, permission::KEYS_MANAGE, space::Space},
    http::pages::console::{
        asked::{Visit, first_page},
        keys::line::{KeyLine, lines},
        refused::Refused,
    },
    manage::facts,
    store::{Rows, api_keys::KeyFilter},
};

/// Those keys, for whoever manages the keys of the space; the others see no key.
pub(super) fn keys(rows: &mut Rows<'_>, visit: &Visit<'_>, space: &Space) -> Result<Option<Vec<KeyLine>>, Refused> {
    if !visit.authority.may(KEYS_MANAGE, Area::Space(space.id)) {
        return Ok(None);
    }
    let filter = KeyFilter { internal: true, ..KeyFilter::default() };
    let page = facts::list(rows, visit.authority, space.id, &filter, first_page())?;
    lines(rows, visit, page.items).map(Some)
}
