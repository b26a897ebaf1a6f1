//! Invitations: whoever may set a person's password lets the person set a first one, by a link that is shown once or mailed.
//!
//! A link that is to be mailed is made by whoever mails it (`jobs::invitations`), so that nothing that opens an account is kept
//! until then, and a process that dies loses no invitation.

use std::{collections::HashMap, time::Duration};

use serde_json::json;

use super::{audit, deps::Deps, error::Error, find, refusals::NotInvited, setup_links::NewSetupLink, users};
use crate::{
    config::Config,
    crypto::secret_text::{NewSecret, SecretKind},
    domain::{
        authority::Authority,
        ids::UserId,
        invitation::{Deliver, Delivery, Invitation, InvitationState},
        key_pair::KeptSecret,
        sequence::Seq,
        session::login_stands,
        space::Space,
        time::Timestamp,
        user::{AccountType, User, UserProfile, UserState},
    },
    store::{self, Change, transaction::Reads},
};

/// What the settings say about invitations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvitationRules {
    /// How long a link works.
    pub life: Duration,
    /// Whether there is a mail server.
    pub by_mail: bool,
}

impl InvitationRules {
    /// Those of these settings.
    #[must_use]
    pub const fn of(config: &Config) -> Self {
        Self { life: config.logins.invitation_life, by_mail: config.mail.is_some() }
    }
}

/// A person to be invited.
#[derive(Debug, Clone, Copy)]
pub struct Invite {
    /// Who.
    pub user: UserId,
    /// How the link is to get there.
    pub deliver: Deliver,
    /// What the settings say.
    pub rules: InvitationRules,
}

/// An invitation that was just made.
#[derive(Debug)]
pub struct Invited {
    /// Whom it lets in.
    pub user: UserId,
    /// When its link stops working.
    pub expires_at: Timestamp,
    /// The link, if it is to be shown. It is in this answer only.
    pub link: Option<NewSetupLink>,
}

/// Invites a person who has no password. One who is invited already is invited [again](resend) or not at all.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_invite`, `exceeds_own_rights`, `owner_disabled`, `service_password`,
/// `space_closed`, `logs_in_elsewhere`, `has_password`, `already_invited`, `no_address`, `mail_not_configured`.
pub fn invite(change: &mut Change<'_>, deps: &Deps, authority: &Authority, input: Invite) -> Result<Invited, Error> {
    let present = present_of_invitee(change, authority, input)?;
    if present.is_some_and(|present| change.now() < present.expires_at) {
        return Err(NotInvited::Already.into());
    }
    make(change, deps, authority, "user.invite", input)
}

/// Invites a person anew: the link there was is dead, in whatever state the invitation is.
///
/// # Errors
/// Those of [`invite`], with `not_invited` instead of `already_invited`.
pub fn resend(change: &mut Change<'_>, deps: &Deps, authority: &Authority, input: Invite) -> Result<Invited, Error> {
    if present_of_invitee(change, authority, input)?.is_none() {
        return Err(NotInvited::NotYet.into());
    }
    make(change, deps, authority, "user.resend_invitation", input)
}

/// Takes an invitation back: its link is dead.
///
/// # Errors
/// `not_found`, `missing_permission`, `delegate_cannot_invite`, `not_invited`.
pub fn revoke(change: &mut Change<'_>, _: &Deps, authority: &Authority, user: UserId) -> Result<(), Error> {
    let user = users::managed(change, authority, user)?;
    refuse_delegate(authority)?;
    let present = store::invitations::of_users(change, &[user.id])?.remove(&user.id);
    store::invitations::remove(change, &present.ok_or(NotInvited::NotYet)?)?;
    Ok(audit::write(change, authority, "user.revoke_invitation", user.id, Some(user.home), json!({}))?)
}

/// Ends an invitation whose mail went, or is to go, to an address that the user does not have any more.
pub(super) fn end_of_changed_address(change: &mut Change<'_>, user: UserId) -> Result<(), Error> {
    match store::invitations::of_users(change, &[user])?.remove(&user) {
        Some(mailed) if mailed.delivery.deliver() == Deliver::Mail => {
            store::invitations::remove(change, &mailed)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What acts for a user never hands out what opens an account (ruling 15).
fn refuse_delegate(authority: &Authority) -> Result<(), Error> {
    if authority.is_delegated() { Err(NotInvited::ByDelegate.into()) } else { Ok(()) }
}

/// The invitation that the person has, for somebody who may set the person's password, if there is a way to do so by a link.
fn present_of_invitee(
    change: &mut Change<'_>,
    authority: &Authority,
    input: Invite,
) -> Result<Option<Invitation>, Error> {
    let Invite { user: id, deliver, rules } = input;
    let user = users::managed(change, authority, id)?;
    refuse_delegate(authority)?;
    let profile = store::users::profiles(change, &[id])?.remove(&id);
    let profile = find::present(profile, "user", id)?;
    let home = find::open_space(change, authority, user.home)?;
    let obstacle = match (&user, &profile) {
        (User { state: UserState::Disabled, .. }, _) => Some(Error::OwnerDisabled),
        (_, UserProfile { account_type: AccountType::Service, .. }) => Some(Error::ServicePassword),
        (user, _) if !user.uses_password(&home) => Some(NotInvited::LogsInElsewhere.into()),
        (User { password_set_at: Some(_), .. }, _) => Some(NotInvited::HasPassword.into()),
        _ => None,
    };
    if let Some(obstacle) = obstacle {
        return Err(obstacle);
    }
    users::refuse_taking_over(change, authority, &user)?;
    if deliver == Deliver::Mail {
        if !rules.by_mail {
            return Err(NotInvited::MailNotConfigured.into());
        }
        if profile.emails.is_empty() {
            return Err(NotInvited::NoAddress.into());
        }
    }
    Ok(store::invitations::of_users(change, &[id])?.remove(&id))
}

fn make(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    action: &'static str,
    input: Invite,
) -> Result<Invited, Error> {
    let Invite { user, deliver, rules } = input;
    let invitation = Invitation {
        id: change.new_id(),
        user,
        made_at: change.now(),
        since: change.seq(),
        made_by: authority.origin().actor.to_string(),
        expires_at: change.now().plus(rules.life),
        delivery: Delivery::of(deliver),
    };
    let expires_at = invitation.expires_at;
    let link = match deliver {
        Deliver::Mail => {
            store::invitations::replace(change, &invitation, None)?;
            None
        }
        Deliver::Show => {
            let (link, kept) = link_of(change, deps, &invitation)?;
            store::invitations::replace(change, &invitation, Some(&kept))?;
            Some(link)
        }
    };
    let home = store::users::find(change, user)?.map(|user| user.home);
    let detail = json!({ "deliver": deliver, "expires_at": expires_at });
    audit::write(change, authority, action, user, home, detail)?;
    Ok(Invited { user, expires_at, link })
}

/// A new link of an invitation, and what is to be kept of it.
pub(super) fn link_of(
    tx: &mut impl Reads,
    deps: &Deps,
    invitation: &Invitation,
) -> Result<(NewSetupLink, KeptSecret), Error> {
    let NewSecret { text, public_id } = NewSecret::generate(SecretKind::Invitation)?;
    let hash = deps.peppers(tx)?.hash(&text);
    let link = NewSetupLink::new(tx, invitation.user, invitation.expires_at, text)?;
    Ok((link, KeptSecret { public_id, hash }))
}

/// An invitation as people see it.
#[derive(Debug, Clone)]
pub struct InvitationFacts {
    /// The invitation.
    pub invitation: Invitation,
    /// Whether its link opens nothing, whatever the time is.
    pub is_cut_off: bool,
}

impl InvitationFacts {
    /// Rows of one transaction are never from its future.
    pub(super) fn of(invitation: Invitation, site_cut_off: Seq, home: &Space, user: &User) -> Self {
        let stands = login_stands(invitation.since, site_cut_off, home, user, invitation.since);
        Self { is_cut_off: !(stands && user.uses_password(home)), invitation }
    }

    /// Where it stands at this time.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> InvitationState {
        self.invitation.state(self.is_cut_off, now)
    }
}

/// The invitations of these users, in a number of queries that does not depend on theirs.
pub(super) fn facts(tx: &mut impl Reads, users: &[&User]) -> Result<HashMap<UserId, InvitationFacts>, Error> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
    let invitations = store::invitations::of_users(tx, &ids)?;
    if invitations.is_empty() {
        return Ok(HashMap::new());
    }
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    let mut homes: Vec<_> = users.iter().map(|user| user.home).collect();
    homes.sort_unstable();
    homes.dedup();
    let homes: HashMap<_, Space> =
        store::spaces::find_many(tx, &homes)?.into_iter().map(|space| (space.id, space)).collect();
    let of_user = |user: &&User| {
        let (invitation, home) = (invitations.get(&user.id)?.clone(), homes.get(&user.home)?);
        Some((user.id, InvitationFacts::of(invitation, site.cut_off, home, user)))
    };
    Ok(users.iter().filter_map(of_user).collect())
}
