//! What people see: Chromium walks through the example site, the login, the consent page and the account pages.
//!
//! Pictures of the pages are kept in `screenshots/` of the target folder; each run prints where. Chromium and its driver
//! are Debian's `chromium` and `chromium-driver`.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod axe;
mod chromium;
mod console_keys;
mod console_mishaps;
mod console_people;
mod console_pictures;
mod desk;
mod first_start;
mod gallery;
mod keyboard;
mod log_in_with;
mod pictures;
mod refusals;
mod without_scripts;
mod world;
