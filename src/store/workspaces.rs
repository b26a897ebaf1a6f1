//! Workspaces.

use std::collections::{BTreeSet, HashMap};

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, dsl::max, insert_into, update};

use super::{
    error::Error,
    row,
    schema::{api_key_roles, site, user_roles, workspaces},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    ids::{SpaceId, WorkspaceId},
    name::Name,
    page::{Page, PageRequest},
    rights::OpenWorkspaces,
    text_enum::TextEnum,
    workspace::{Workspace, WorkspaceNumber, WorkspaceState},
};

/// Numbers of workspaces begin after this, so that they are told apart from counts at a glance.
const BEFORE_FIRST_NUMBER: i64 = 1_000;

type Row = (DbId, DbId, i64, String, String, i64);

/// The workspace with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: WorkspaceId) -> Result<Option<Workspace>, Error> {
    workspaces::table.find(DbId::from(id)).first::<Row>(tx.db()).optional()?.map(read).transpose()
}

/// Those of `ids` that are there.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_many(tx: &mut impl Reads, ids: &[WorkspaceId]) -> Result<Vec<Workspace>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = workspaces::table.filter(workspaces::id.eq_any(wanted)).order(workspaces::number);
    rows.load::<Row>(tx.db())?.into_iter().map(read).collect()
}

/// The workspace with this number, whatever its space.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_numbered(tx: &mut impl Reads, number: WorkspaceNumber) -> Result<Option<Workspace>, Error> {
    let found = workspaces::table.filter(workspaces::number.eq(number.get())).first::<Row>(tx.db()).optional()?;
    found.map(read).transpose()
}

/// A page of the workspaces of a space, by number.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn page(
    tx: &mut impl Reads,
    space: SpaceId,
    request: PageRequest<WorkspaceNumber>,
) -> Result<Page<Workspace, WorkspaceNumber>, Error> {
    let of_space = workspaces::table.filter(workspaces::space_id.eq(DbId::from(space)));
    let mut query = of_space.order(workspaces::number).limit(request.rows()).into_boxed();
    if let Some(after) = request.after {
        query = query.filter(workspaces::number.gt(after.get()));
    }
    let found = query.load::<Row>(tx.db())?.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(request.page(found, |workspace| workspace.number))
}

/// The workspaces of the site with these numbers.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_all_numbered(
    tx: &mut impl Reads,
    numbers: &[WorkspaceNumber],
) -> Result<HashMap<WorkspaceNumber, Workspace>, Error> {
    let wanted: BTreeSet<i64> = numbers.iter().map(|number| number.get()).collect();
    let rows = workspaces::table.filter(workspaces::number.eq_any(wanted)).load::<Row>(tx.db())?;
    rows.into_iter().map(|row| read(row).map(|workspace| (workspace.number, workspace))).collect()
}

/// The workspaces of a space, by number.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_space(tx: &mut impl Reads, space: SpaceId) -> Result<Vec<Workspace>, Error> {
    let of_space = workspaces::table.filter(workspaces::space_id.eq(DbId::from(space)));
    of_space.order(workspaces::number).load::<Row>(tx.db())?.into_iter().map(read).collect()
}

/// The workspaces of a space that are open; always some, in the shape in which records are read.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn open_of_space(tx: &mut impl Reads, space: SpaceId) -> Result<Option<OpenWorkspaces>, Error> {
    let open = workspaces::table
        .filter(workspaces::space_id.eq(DbId::from(space)))
        .filter(workspaces::state.eq(WorkspaceState::Open.as_str()));
    let numbers = open.select(workspaces::number).load::<i64>(tx.db())?;
    Ok(Some(OpenWorkspaces(numbers.into_iter().map(read_number).collect::<Result<_, _>>()?)))
}

fn read((space, id, number, name, state, _created_at): Row) -> Result<Workspace, Error> {
    Ok(Workspace {
        id: id.to(),
        space: space.to(),
        number: read_number(number)?,
        name: row::parsed("workspaces", "name", &name, Name::parse)?,
        state: row::word("workspaces", "state", &state)?,
    })
}

fn read_number(number: i64) -> Result<WorkspaceNumber, Error> {
    WorkspaceNumber::new(number).ok_or_else(|| Error::corrupt("workspaces", "number", number.to_string()))
}

/// The number that the next workspace of the site gets. Changes run one by one, so nobody else gets it.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn next_number(change: &mut Change<'_>) -> Result<WorkspaceNumber, Error> {
    let last = workspaces::table.select(max(workspaces::number)).first::<Option<i64>>(change.db)?;
    let removed = site::table.select(site::last_workspace_number).first::<i64>(change.db).optional()?;
    let next = last.max(removed).unwrap_or_default().max(BEFORE_FIRST_NUMBER).saturating_add(1);
    read_number(next)
}

/// Makes a workspace.
///
/// # Errors
/// [`Error::Duplicate`] if the space has one of that name.
pub fn insert(change: &mut Change<'_>, workspace: &Workspace) -> Result<(), Error> {
    insert_into(workspaces::table)
        .values((
            workspaces::space_id.eq(DbId::from(workspace.space)),
            workspaces::id.eq(DbId::from(workspace.id)),
            workspaces::number.eq(workspace.number.get()),
            workspaces::name.eq(workspace.name.as_str()),
            workspaces::state.eq(workspace.state.as_str()),
            workspaces::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    touch_with_space(change, workspace.space, workspace.id)
}

/// Which workspaces are open is read with the space.
fn touch_with_space(change: &mut Change<'_>, space: SpaceId, id: WorkspaceId) -> Result<(), Error> {
    change.touch(Subject::Space(space))?;
    change.touch(Subject::Workspace(id))
}

/// Opens or closes a workspace.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn set_state(change: &mut Change<'_>, workspace: &Workspace, state: WorkspaceState) -> Result<(), Error> {
    let id = DbId::from(workspace.id);
    update(workspaces::table.find(id)).set(workspaces::state.eq(state.as_str())).execute(change.db)?;
    touch_with_space(change, workspace.space, workspace.id)
}

/// Gives a workspace another name.
///
/// # Errors
/// [`Error::Duplicate`] if the space has one of that name.
pub fn rename(change: &mut Change<'_>, id: WorkspaceId, name: &Name) -> Result<(), Error> {
    update(workspaces::table.find(DbId::from(id))).set(workspaces::name.eq(name.as_str())).execute(change.db)?;
    change.touch(Subject::Workspace(id))
}

/// Deletes a workspace with all assignments in it. Its number is never given again.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove(change: &mut Change<'_>, workspace: &Workspace) -> Result<(), Error> {
    let id = DbId::from(workspace.id);
    delete(user_roles::table.filter(user_roles::workspace_id.eq(id))).execute(change.db)?;
    delete(api_key_roles::table.filter(api_key_roles::workspace_id.eq(id))).execute(change.db)?;
    delete(workspaces::table.find(id)).execute(change.db)?;
    let number = workspace.number.get();
    update(site::table.filter(site::last_workspace_number.lt(number)))
        .set(site::last_workspace_number.eq(number))
        .execute(change.db)?;
    touch_with_space(change, workspace.space, workspace.id)
}
