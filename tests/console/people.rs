//! Who else is there: other spaces, people who are at home there, and what identity providers give.

use keystead::{
    domain::{
        api_key::{Owner, UserKeyRoles},
        assignment::{Assignment, AssignmentSource, Reach},
        authority::Authority,
        ids::{SpaceId, UserId},
        user::Login,
    },
    manage::{self, RoleRequest, spaces::CreateSpace, users::CreateUser},
    store,
};

use crate::support::site::{Credential, TestSite, name};

/// Another space of the site.
pub(crate) fn another_space(site: &TestSite, title: &str) -> SpaceId {
    let input = CreateSpace::production(name(title));
    site.change(|change, deps| manage::spaces::create(change, deps, &Authority::OPERATOR, input)).id
}

/// Somebody who is at home there.
pub(crate) fn foreign_user(site: &TestSite, space: SpaceId, login: &str) -> UserId {
    let input = CreateUser::person(space, Login::parse(login).expect("a login"), name(login));
    site.change(|change, deps| manage::users::create(change, deps, &Authority::OPERATOR, input)).id
}

/// An identity provider gives a role in a workspace of the site.
pub(crate) fn give_from_idp(site: &TestSite, id: UserId, role: &str, workspace: usize) {
    site.change(|change, _| {
        let role = store::roles::find_by_name(change, site.space, role)?.expect("a role");
        let (reach, source) = (Reach::Workspace(site.workspaces[workspace].1), AssignmentSource::IdentityProvider);
        let given = Assignment { space: site.space, role: role.id, reach, source, since: change.seq() };
        Ok(store::user_roles::give(change, id, &role, &given)?)
    });
}

/// A key of a user, with all roles of the user or with these.
pub(crate) fn key_of(site: &TestSite, id: UserId, title: &str, own: Option<RoleRequest>) -> Credential {
    site.key_with(|key| {
        let roles = if own.is_some() { UserKeyRoles::Subset } else { UserKeyRoles::Inherit };
        (key.owner, key.name, key.roles) = (Owner::User { id, roles }, name(title), own.into_iter().collect());
    })
}
