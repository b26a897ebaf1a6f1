//! Lists as a whole: the command line has no pages.

use crate::{
    domain::page::{Page, PageRequest, PageSize},
    manage,
};

/// The items of all pages, in order.
pub(super) fn all<Item, Key: Copy>(
    mut page: impl FnMut(PageRequest<Key>) -> Result<Page<Item, Key>, manage::Error>,
) -> Result<Vec<Item>, manage::Error> {
    let mut all = Vec::new();
    let mut request = PageRequest { after: None, size: PageSize::LARGEST };
    loop {
        let Page { items, next } = page(request)?;
        all.extend(items);
        match next {
            Some(_) => request.after = next,
            None => return Ok(all),
        }
    }
}
