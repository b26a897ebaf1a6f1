//! The text that the demo prints: lines to paste into a shell.

use askama::Template;

use super::credentials::DemoCredentials;
use crate::domain::{ids::SpaceId, workspace::WorkspaceNumber};

/// `templates/demo.txt`
#[derive(Template)]
#[template(path = "demo.txt")]
pub(super) struct Printed<'a> {
    pub(super) credentials: &'a DemoCredentials,
    pub(super) program: &'a str,
    pub(super) flags: &'a str,
    pub(super) space: SpaceId,
    pub(super) workspace: WorkspaceNumber,
}
