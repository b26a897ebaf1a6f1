//! The kinds of operations, and what follows from a kind for requests and answers.

/// What an operation does, as far as its form follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One thing.
    Show,
    /// A page of things.
    List,
    /// Lines, one for each thing, to be kept elsewhere.
    Export,
    /// What is said about something that the body names: it has no address.
    Ask,
    /// A new thing: 201 and where it is.
    Create,
    /// A new secret or another result for a thing that is there: 200.
    Issue,
    /// A changed thing: 200 and what it is now.
    Edit,
    /// Nothing is left: 204.
    Remove,
    /// Something is taken away, and the answer tells what that did: 200.
    Take,
    /// Somebody who need not log in hands something in, and learns nothing of what came of it: 202.
    HandIn,
}

impl Kind {
    /// Whether it changes nothing.
    #[must_use]
    pub const fn only_looks(self) -> bool {
        matches!(self, Self::Show | Self::List | Self::Export | Self::Ask)
    }

    /// Whether `If-Match` is honoured.
    #[must_use]
    pub const fn takes_if_match(self) -> bool {
        matches!(self, Self::Issue | Self::Edit | Self::Remove | Self::Take)
    }

    /// Whether the answer has an entity tag.
    #[must_use]
    pub const fn has_etag(self) -> bool {
        matches!(self, Self::Show | Self::Edit)
    }

    /// Whether `Idempotency-Key` is honoured.
    #[must_use]
    pub const fn is_idempotent_by_key(self) -> bool {
        matches!(self, Self::Create | Self::Issue)
    }

    /// The status of a success.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Create => 201,
            Self::HandIn => 202,
            Self::Remove => 204,
            Self::Show | Self::List | Self::Export | Self::Ask | Self::Issue | Self::Edit | Self::Take => 200,
        }
    }
}
