//! Long lists in pages: what comes after a known item, and how many at most.

use thiserror::Error;

/// How many items a page may have: 1 to 200, 50 unless somebody asks otherwise (K9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u8);

/// The number of items asked for is out of bounds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a page has 1 to 200 items, not `{0}`")]
pub struct InvalidPageSize(String);

impl PageSize {
    /// The largest page.
    pub const LARGEST: Self = Self(200);

    /// What people look through on one screen or two.
    pub const SMALL: Self = Self(20);

    /// Reads decimal digits.
    ///
    /// # Errors
    /// Names what was given.
    pub fn parse(text: &str) -> Result<Self, InvalidPageSize> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let size = text.parse().ok().filter(|size| digits && (1..=Self::LARGEST.0).contains(size));
        size.map(Self).ok_or_else(|| InvalidPageSize(text.to_owned()))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(50)
    }
}

/// Which page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<Key> {
    /// The last item of the page before; none for the first page.
    pub after: Option<Key>,
    /// How many items at most.
    pub size: PageSize,
}

impl<Key> Default for PageRequest<Key> {
    fn default() -> Self {
        Self { after: None, size: PageSize::default() }
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<Item, Key> {
    /// Its items, in order.
    pub items: Vec<Item>,
    /// The last item of this page, if more follow.
    pub next: Option<Key>,
}

impl<Key> PageRequest<Key> {
    /// The first page, as long as one may be.
    #[must_use]
    pub const fn largest() -> Self {
        Self { after: None, size: PageSize::LARGEST }
    }
}

impl<Key: Copy> PageRequest<Key> {
    /// How many rows to read: one more than asked for, which tells whether more follow.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::from(self.size.get()) + 1
    }

    /// The page made of the rows that were read.
    #[must_use]
    pub fn page<Item>(&self, mut rows: Vec<Item>, key: impl Fn(&Item) -> Key) -> Page<Item, Key> {
        let size = usize::from(self.size.get());
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(key);
        Page { items: rows, next }
    }
}

impl<Item, Key> Page<Item, Key> {
    /// The same page with other items.
    pub fn map<Other>(self, other: impl FnMut(Item) -> Other) -> Page<Other, Key> {
        Page { items: self.items.into_iter().map(other).collect(), next: self.next }
    }
}
