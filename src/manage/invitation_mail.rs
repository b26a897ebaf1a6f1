//! Mailing invitations: one node takes an invitation that is due, makes its link, and notes what became of the mail.

use std::time::Duration;

use serde_json::json;

use super::{
    deps::Deps,
    error::Error,
    find,
    invitations::{InvitationFacts, link_of},
    setup_links::NewSetupLink,
};
use crate::{
    domain::{
        audit_event::{AuditEntry, Origin},
        email::Email,
        ids::SpaceId,
        invitation::{Invitation, InvitationState},
        key_pair::KeptSecret,
        name::Name,
        time::Timestamp,
        user::Login,
    },
    store::{
        self, Redemption, Snapshot, Store, Writes,
        invitations::{KeptInvitation, Mailed},
    },
};

/// Invitations that are looked at in one round.
const MOST: i64 = 20;
/// Whoever took an invitation and says nothing for this long has died.
const LEASE: Duration = Duration::from_mins(5);
/// After these times a mail that could not be handed over is tried again, and then given up.
const RETRIES: [Duration; 4] =
    [Duration::from_mins(1), Duration::from_mins(5), Duration::from_mins(15), Duration::from_hours(1)];

/// An invitation on its way to the person.
#[derive(Debug)]
pub struct InvitationMail {
    /// The address.
    pub to: Email,
    /// What the person will type to log in.
    pub login: Login,
    /// The space that the person belongs to.
    pub space: Name,
    /// The link.
    pub link: NewSetupLink,
    home: SpaceId,
    invitation: Invitation,
    attempt: i64,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server took it.
    Sent,
    /// The mail server is out of reach, or busy.
    NotNow,
    /// The mail server will never take it.
    Refused,
}

/// Invitations that are due to be mailed.
///
/// # Errors
/// Those of the database.
pub fn due(store: &Store) -> Result<Vec<KeptInvitation>, Error> {
    let now = store.now()?;
    store.snapshot(|tx| Ok(store::invitations::due(tx, now, MOST)?))
}

/// Takes an invitation to mail it; none if another node did, or if there is nobody to mail it to any more, which is noted.
///
/// # Errors
/// Those of the database.
pub fn take(store: &Store, deps: &Deps, kept: &KeptInvitation) -> Result<Option<InvitationMail>, Error> {
    let now = store.now()?;
    let written = store.snapshot(|tx| write(tx, deps, kept, now))?;
    store.redeem(|redemption| {
        let Some((mail, secret)) = written else {
            store::invitations::note_mail(redemption, kept.invitation.id, Mailed::Failed)?;
            return Ok(None);
        };
        let due_again = redemption.now().plus(LEASE);
        let taken = store::invitations::claim(redemption, kept, &secret, due_again)?;
        Ok(taken.then_some(mail))
    })
}

/// The mail and what is to be kept of its link, if that can let the person in and there is an address.
fn write(
    tx: &mut Snapshot<'_>,
    deps: &Deps,
    kept: &KeptInvitation,
    now: Timestamp,
) -> Result<Option<(InvitationMail, KeptSecret)>, Error> {
    let KeptInvitation { invitation, attempts, .. } = kept;
    let Some(user) = store::users::find(tx, invitation.user)? else { return Ok(None) };
    let home = find::present(store::spaces::find(tx, user.home)?, "space", user.home)?;
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    let state = InvitationFacts::of(invitation.clone(), site.cut_off, &home, &user).state(now);
    let profile = store::users::profiles(tx, &[user.id])?.remove(&user.id);
    let profile = find::present(profile, "user", user.id)?;
    let Some(to) = profile.emails.first().filter(|_| state == InvitationState::MailWaiting) else { return Ok(None) };
    let (link, secret) = link_of(tx, deps, invitation)?;
    let mail = InvitationMail {
        to: to.clone(),
        login: profile.login,
        space: home.name,
        link,
        home: home.id,
        invitation: invitation.clone(),
        attempt: attempts.saturating_add(1),
    };
    Ok(Some((mail, secret)))
}

/// Notes what became of a mail. One that could not be handed over is tried again some times.
///
/// # Errors
/// Those of the database; then the mail is due again after a while.
pub fn note(store: &Store, mail: &InvitationMail, outcome: Outcome) -> Result<(), Error> {
    store.redeem(|redemption| {
        let pause = usize::try_from(mail.attempt - 1).ok().and_then(|made| RETRIES.get(made));
        let (mailed, action) = match (outcome, pause) {
            (Outcome::Sent, _) => (Mailed::Sent, "user.invitation_mailed"),
            (Outcome::NotNow, Some(pause)) => {
                (Mailed::Later(redemption.now().plus(*pause)), "user.invitation_mail_delayed")
            }
            (Outcome::NotNow, None) | (Outcome::Refused, _) => (Mailed::Failed, "user.invitation_mail_failed"),
        };
        if store::invitations::note_mail(redemption, mail.invitation.id, mailed)? {
            audit(redemption, mail, action)?;
        }
        Ok(())
    })
}

fn audit(redemption: &mut Redemption<'_>, mail: &InvitationMail, action: &'static str) -> Result<(), Error> {
    let detail = json!({ "attempt": mail.attempt });
    let entry = AuditEntry::new(action, mail.invitation.user, Some(mail.home), detail);
    let event = redemption.new_id();
    store::audit::note(redemption, event, mail.invitation.since, &Origin::SYSTEM, &entry)?;
    Ok(())
}
