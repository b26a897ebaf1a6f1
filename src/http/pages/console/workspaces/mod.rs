//! Workspaces: those of a space, one with its members and the keys that reach into it, and its life.

mod life;
mod list;
mod show;
pub(super) mod words;

use super::{
    asked::Visit,
    frame::{Place, SpaceTab},
    refused::Refused,
    screen::Screen,
};
use crate::{
    domain::{space::Space, workspace::Workspace},
    manage::{spaces, workspaces},
    store::transaction::Reads,
};

pub(super) fn screens() -> Vec<Screen> {
    [list::screens(), show::screens(), life::screens()].into_iter().flatten().collect()
}

const fn place(space: &Space) -> Place<'_> {
    Place::Space(space, SpaceTab::Workspaces)
}

/// The workspace of the path, and its space.
fn found(tx: &mut impl Reads, visit: &Visit<'_>) -> Result<(Workspace, Space), Refused> {
    let workspace = workspaces::show(tx, visit.authority, visit.path()?)?;
    let space = spaces::find(tx, visit.authority, workspace.space)?;
    Ok((workspace, space))
}

fn path_of(workspace: &Workspace) -> String {
    format!("/workspaces/{}", workspace.number)
}
