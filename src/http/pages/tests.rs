//! Checks over every page.
