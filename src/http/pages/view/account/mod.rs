//! `/account`: what users see and alter of their own.

pub(super) mod applications;
pub(super) mod password;
pub(super) mod sessions;
