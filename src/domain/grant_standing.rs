//! What an application may do for a user at one moment: evaluated when it gets a token and again whenever that is used.

use std::{collections::HashMap, sync::Arc};

use thiserror::Error;

use super::{
    application::{Application, ApplicationState},
    condition::{Condition, Hurdle, Question},
    cut_off::{self, CutOff, HangsOn, Verdict, verdict},
    grant::Grant,
    ids::{RoleId, WorkspaceId},
    rights::{HeldRole, held_in},
    role::Role,
    sequence::Seq,
    space::{Space, SpaceState},
    user::{User, UserState},
    user_scope::UserScope,
    workspace::Workspace,
};

/// What the user's space says of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Approval {
    /// Whether it approves it.
    pub approved: bool,
    /// When it last stopped admitting it: everything from before is dead.
    pub cut_off: Seq,
}

/// Everything that decides whether a user may authorize an application at all, all of it valid at one sequence number.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The application.
    pub application: Arc<Application>,
    /// The space that registered it.
    pub application_space: Arc<Space>,
    /// The user.
    pub user: Arc<User>,
    /// The space that the user is at home in.
    pub home: Arc<Space>,
    /// What that space says of the application.
    pub approval: Approval,
}

/// A consent with everything that it rests on.
#[derive(Debug, Clone)]
pub struct GrantStanding {
    /// The consent.
    pub grant: Arc<Grant>,
    /// Who gave it to whom.
    pub admission: Admission,
    /// Definitions of all roles that the user holds.
    pub roles: HashMap<RoleId, Arc<Role>>,
    /// All workspaces in which the user holds a role.
    pub workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
}

/// Why an application cannot act for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotAdmitted {
    /// The application is switched off.
    #[error("the application is disabled")]
    ApplicationDisabled,
    /// The space that registered it is closed.
    #[error("the space of the application is closed")]
    ApplicationSpaceClosed,
    /// The user may not act.
    #[error("the user is disabled")]
    UserDisabled,
    /// The user's space is closed.
    #[error("the space of the user is closed")]
    SpaceClosed,
    /// The user's space does not let its users authorize it.
    #[error("the space of the user does not allow this application")]
    NotApproved,
}

impl Admission {
    /// Whether the user may authorize the application now (L086).
    ///
    /// # Errors
    /// The first reason why not.
    pub fn check(&self) -> Result<(), NotAdmitted> {
        self.hurdles().try_for_each(Hurdle::pass)
    }

    /// What has to be so for that, in the order in which reasons are told.
    pub fn hurdles(&self) -> impl Iterator<Item = Hurdle<NotAdmitted>> + use<> {
        let is_enabled = self.application.state == ApplicationState::Active;
        let is_registered_where_open = self.application_space.state == SpaceState::Open;
        let is_admitted = self.home.application_policy.admits(self.approval.approved);
        [
            Hurdle::new(Question::ApplicationEnabled, is_enabled, NotAdmitted::ApplicationDisabled),
            Hurdle::new(Question::ApplicationSpaceOpen, is_registered_where_open, NotAdmitted::ApplicationSpaceClosed),
            Hurdle::new(Question::UserEnabled, self.user.state == UserState::Active, NotAdmitted::UserDisabled),
            Hurdle::new(Question::SpaceOpen, self.home.state == SpaceState::Open, NotAdmitted::SpaceClosed),
            Hurdle::new(Question::ApplicationAdmitted, is_admitted, NotAdmitted::NotApproved),
        ]
        .into_iter()
    }

    /// Whether the user's own space vouches for the application, so that the user is not asked.
    #[must_use]
    pub fn needs_no_consent(&self) -> bool {
        self.application.first_party && self.application.space == self.user.home
    }

    /// Cut-offs of all rows that consents and their tokens hang on, beside those of the site and the signing key.
    pub fn cut_offs(&self) -> impl Iterator<Item = CutOff> {
        [
            CutOff::Space(self.home.cut_off.max(self.application_space.cut_off)),
            CutOff::User(self.user.cut_off),
            CutOff::UserLogins(self.user.logins_cut_off),
            CutOff::Application(self.application.cut_off),
            CutOff::Approval(self.approval.cut_off),
        ]
        .into_iter()
    }
}

impl GrantStanding {
    /// Whether the consent still counts: nothing that it hangs on was taken away since it was given. If not, the user is
    /// asked again.
    #[must_use]
    pub fn consent_stands(&self, site_cut_off: Seq, head: Seq) -> bool {
        let cut_offs = self.admission.cut_offs().chain([CutOff::Site(site_cut_off)]);
        verdict(self.grant.consented_at, head, HangsOn::Consent, cut_offs) == Verdict::Stands
    }

    /// Whether something that was made for the application at `made_at` still stands.
    #[must_use]
    pub fn authorization_stands(&self, made_at: Seq, site_cut_off: Seq, head: Seq) -> bool {
        self.conditions(made_at, site_cut_off, head).all(|condition| condition.holds)
    }

    /// What has to be so for that.
    pub fn conditions(&self, made_at: Seq, site_cut_off: Seq, head: Seq) -> impl Iterator<Item = Condition> {
        let consent = Condition::new(Question::ConsentStands, self.consent_stands(site_cut_off, head));
        let consent = consent.with_change(self.grant.consented_at);
        let cut_offs = self.admission.cut_offs().chain([CutOff::Site(site_cut_off)]);
        let admitted = self.admission.hurdles().map(|hurdle| hurdle.condition);
        admitted.chain([consent]).chain(cut_off::conditions(made_at, head, HangsOn::Authorization, cut_offs))
    }

    /// Whether the scope is given by the user and allowed to the application now, and was when something was made at
    /// `made_at`.
    #[must_use]
    pub fn covers(&self, scope: &UserScope, made_at: Seq) -> bool {
        self.grant.covers(scope, made_at) && self.admission.application.allows(scope, made_at)
    }

    /// The roles that count now: all that the user holds in the home space, and of the site.
    #[must_use]
    pub fn held_roles(&self) -> Vec<HeldRole> {
        let user = &self.admission.user;
        let at_home = user.roles.iter().filter(|given| given.space == user.home);
        at_home.filter_map(|given| held_in(user.home, given, given.since, &self.roles, &self.workspaces)).collect()
    }
}
