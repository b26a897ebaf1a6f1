//! Puts records together to what a key, or an application for a user, may do, and remembers which records those were.

use std::{collections::HashMap, sync::Arc};

use super::{
    record::{Dependency, Record, RecordCache},
    view::{Found, Interrupted, View},
};
use crate::domain::{
    api_key::ApiKey,
    assignment::{Assignment, Reach},
    grant_standing::{Admission, GrantStanding},
    ids::{ApiKeyId, ApplicationId, GrantId, RoleId, SpaceId, UserId, WorkspaceId},
    rights::{OpenWorkspaces, Standing},
    role::Role,
    user::User,
    workspace::Workspace,
};

/// Collects records and remembers which ones.
pub(super) struct Parts<'a, 'b> {
    view: &'b View<'a>,
    dependencies: Vec<Dependency>,
}

/// What some assignments speak of.
#[derive(Default)]
struct Places {
    roles: HashMap<RoleId, Arc<Role>>,
    workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
    all_workspaces: Option<Arc<OpenWorkspaces>>,
}

impl<'a, 'b> Parts<'a, 'b> {
    pub(super) const fn new(view: &'b View<'a>) -> Self {
        Self { view, dependencies: Vec::new() }
    }

    pub(super) fn into_dependencies(self) -> Vec<Dependency> {
        self.dependencies
    }

    async fn take<T: Record>(&mut self, cache: &RecordCache<T>, key: T::Key) -> Found<T> {
        let stamped = self.view.get(cache, key).await?;
        self.dependencies.push(stamped.dependency());
        Ok(stamped.into_value())
    }

    pub(super) async fn standing(&mut self, id: ApiKeyId) -> Result<Option<Standing>, Interrupted> {
        let records = self.view.records();
        let Some(key) = self.take(&records.api_keys, id).await? else { return Ok(None) };
        // A key whose space is gone in a newer state than the key's: the records do not belong together.
        let space = self.take(&records.spaces, key.space).await?.ok_or(Interrupted::Moved)?;
        let owner = match key.owner.user() {
            None => None,
            Some(id) => self.take(&records.users, id).await?,
        };
        let assignments = assignments_of_key(&key, owner.as_deref());
        let Places { roles, workspaces, all_workspaces } = self.places(space.id, &assignments).await?;
        Ok(Some(Standing { key, space, owner, roles, workspaces, all_workspaces }))
    }

    pub(super) async fn grant_standing(&mut self, id: GrantId) -> Result<Option<GrantStanding>, Interrupted> {
        let Some(grant) = self.take(&self.view.records().grants, id).await? else { return Ok(None) };
        let Some(admission) = self.admission(grant.application, grant.user).await? else { return Ok(None) };
        let user = &admission.user;
        let at_home: Vec<_> = user.roles.iter().filter(|given| given.space == user.home).copied().collect();
        let Places { roles, workspaces, .. } = self.places(user.home, &at_home).await?;
        Ok(Some(GrantStanding { grant, admission, roles, workspaces }))
    }

    pub(super) async fn admission(
        &mut self,
        application: ApplicationId,
        user: UserId,
    ) -> Result<Option<Admission>, Interrupted> {
        let records = self.view.records();
        let Some(application) = self.take(&records.applications, application).await? else { return Ok(None) };
        let Some(user) = self.take(&records.users, user).await? else { return Ok(None) };
        let application_space = self.take(&records.spaces, application.space).await?.ok_or(Interrupted::Moved)?;
        let home = self.take(&records.spaces, user.home).await?.ok_or(Interrupted::Moved)?;
        let approval = self.take(&records.approvals, (user.home, application.id)).await?;
        let approval = approval.map(|approval| *approval).unwrap_or_default();
        Ok(Some(Admission { application, application_space, user, home, approval }))
    }

    async fn places(&mut self, space: SpaceId, assignments: &[Assignment]) -> Result<Places, Interrupted> {
        let records = self.view.records();
        let mut places = Places::default();
        for assignment in assignments {
            if let Some(role) = self.take(&records.roles, assignment.role).await? {
                places.roles.insert(assignment.role, role);
            }
            match assignment.reach {
                Reach::Space => {}
                Reach::Workspace(id) => {
                    if let Some(workspace) = self.take(&records.workspaces, id).await? {
                        places.workspaces.insert(id, workspace);
                    }
                }
                Reach::AllWorkspaces => {
                    places.all_workspaces = self.take(&records.open_workspaces, space).await?;
                }
            }
        }
        Ok(places)
    }
}

fn assignments_of_key(key: &ApiKey, owner: Option<&User>) -> Vec<Assignment> {
    let of_owner = owner.map(|user| user.roles.as_slice()).unwrap_or_default();
    key.roles.iter().chain(of_owner.iter().filter(|given| given.space == key.space)).copied().collect()
}
