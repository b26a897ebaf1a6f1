//! Invitations: at most one for each user. What is kept of a link opens nothing. Making and ending one is a change; mailing one
//! is a redemption, in which one node alone succeeds.

use std::collections::HashMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, delete, insert_into, update};

use super::{
    batches::delete_some,
    error::Error,
    row,
    schema::invitations,
    transaction::{Change, Reads, Redemption, Upkeep},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    ids::{InvitationId, UserId},
    invitation::{Delivery, Invitation},
    key_pair::{KeptSecret, PublicId, SecretHash},
    sequence::Seq,
    text_enum::TextEnum,
    time::Timestamp,
};

/// An invitation with what nobody sees of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// What is kept of its link, if there is one.
    pub secret: Option<KeptSecret>,
    /// How often its mail was tried.
    pub attempts: i64,
}

#[derive(Queryable)]
struct Row {
    id: DbId,
    user: DbId,
    made_at: i64,
    made_at_seq: i64,
    made_by: String,
    expires_at: i64,
    delivery: String,
    attempts: i64,
    _due_at: Option<i64>,
    public_id: Option<String>,
    pepper: Option<DbId>,
    hash: Option<Vec<u8>>,
}

impl Row {
    fn read(self) -> Result<KeptInvitation, Error> {
        let secret = match (self.public_id, self.pepper, self.hash) {
            (Some(public_id), Some(pepper), Some(hash)) => Some(row::secret("invitations", (public_id, pepper, hash))?),
            _ => None,
        };
        let invitation = Invitation {
            id: self.id.to(),
            user: self.user.to(),
            made_at: Timestamp::from_micros(self.made_at),
            since: Seq::new(self.made_at_seq),
            made_by: self.made_by,
            expires_at: Timestamp::from_micros(self.expires_at),
            delivery: row::word("invitations", "delivery", &self.delivery)?,
        };
        Ok(KeptInvitation { invitation, secret, attempts: self.attempts })
    }
}

/// Keeps an invitation in place of the one that the user had. One that is to be mailed is due at once.
///
/// # Errors
/// [`Error::Refused`] if there is no such user.
pub fn replace(change: &mut Change<'_>, invitation: &Invitation, secret: Option<&KeptSecret>) -> Result<(), Error> {
    use invitations as t;
    delete(t::table.filter(t::user_id.eq(DbId::from(invitation.user)))).execute(change.db)?;
    let due_at = (invitation.delivery == Delivery::MailWaiting).then_some(invitation.made_at.as_micros());
    insert_into(t::table)
        .values((
            t::id.eq(DbId::from(invitation.id)),
            t::user_id.eq(DbId::from(invitation.user)),
            t::made_at.eq(invitation.made_at.as_micros()),
            t::made_at_seq.eq(invitation.since.get()),
            t::made_by.eq(&invitation.made_by),
            t::expires_at.eq(invitation.expires_at.as_micros()),
            t::delivery.eq(invitation.delivery.as_str()),
            t::attempts.eq(0_i64),
            t::due_at.eq(due_at),
            t::public_id.eq(secret.map(|secret| secret.public_id.as_str())),
            t::pepper_id.eq(secret.map(|secret| DbId::from(secret.hash.pepper))),
            t::secret_hash.eq(secret.map(|secret| secret.hash.hash.as_slice())),
        ))
        .execute(change.db)?;
    change.touch(Subject::User(invitation.user))
}

/// The invitations of these users, by user.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_users(tx: &mut impl Reads, users: &[UserId]) -> Result<HashMap<UserId, Invitation>, Error> {
    let wanted: Vec<DbId> = users.iter().copied().map(DbId::from).collect();
    let rows = invitations::table.filter(invitations::user_id.eq_any(wanted)).load::<Row>(tx.db())?;
    let invitation = |row: Row| row.read().map(|KeptInvitation { invitation, .. }| (invitation.user, invitation));
    rows.into_iter().map(invitation).collect()
}

/// The invitation whose link has this public half.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_by_public_id(tx: &mut impl Reads, public_id: PublicId) -> Result<Option<(Invitation, SecretHash)>, Error> {
    let found = invitations::table.filter(invitations::public_id.eq(public_id.as_str())).first::<Row>(tx.db());
    let kept = found.optional()?.map(Row::read).transpose()?;
    Ok(kept.and_then(|kept| Some((kept.invitation, kept.secret?.hash))))
}

/// Ends an invitation. Answers whether it was there.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove(change: &mut Change<'_>, invitation: &Invitation) -> Result<bool, Error> {
    let removed = delete(invitations::table.find(DbId::from(invitation.id))).execute(change.db)?;
    change.touch(Subject::User(invitation.user))?;
    Ok(removed > 0)
}

/// Ends whatever invitation the user has.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove_of_user(change: &mut Change<'_>, user: UserId) -> Result<(), Error> {
    delete(invitations::table.filter(invitations::user_id.eq(DbId::from(user)))).execute(change.db)?;
    change.touch(Subject::User(user))
}

/// Invitations to be mailed, the longest due first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn due(tx: &mut impl Reads, now: Timestamp, most: i64) -> Result<Vec<KeptInvitation>, Error> {
    use invitations as t;
    let due = t::table.filter(t::due_at.le(now.as_micros())).order((t::due_at, t::id)).limit(most);
    due.load::<Row>(tx.db())?.into_iter().map(Row::read).collect()
}

/// Takes the next attempt to mail an invitation, which gets a new link for it: one that was mailed before is dead. If nobody
/// [notes](note_mail) what became of it, it is due again at `due_again`. One node alone hears that it took the attempt.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn claim(
    redemption: &mut Redemption<'_>,
    kept: &KeptInvitation,
    secret: &KeptSecret,
    due_again: Timestamp,
) -> Result<bool, Error> {
    use invitations as t;
    let unclaimed = t::table
        .find(DbId::from(kept.invitation.id))
        .filter(t::delivery.eq(Delivery::MailWaiting.as_str()))
        .filter(t::attempts.eq(kept.attempts));
    let taken = (
        t::attempts.eq(kept.attempts.saturating_add(1)),
        t::due_at.eq(Some(due_again.as_micros())),
        t::public_id.eq(Some(secret.public_id.as_str())),
        t::pepper_id.eq(Some(DbId::from(secret.hash.pepper))),
        t::secret_hash.eq(Some(secret.hash.hash.as_slice())),
    );
    Ok(update(unclaimed).set(taken).execute(redemption.db)? == 1)
}

/// What became of an attempt to mail an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailed {
    /// The mail server took it.
    Sent,
    /// It is to be tried again at this time.
    Later(Timestamp),
    /// It is given up, and so is the link that nobody has.
    Failed,
}

/// Notes what became of an attempt. Answers whether the invitation still waited for it.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note_mail(redemption: &mut Redemption<'_>, id: InvitationId, mailed: Mailed) -> Result<bool, Error> {
    use invitations as t;
    let waiting = t::table.find(DbId::from(id)).filter(t::delivery.eq(Delivery::MailWaiting.as_str()));
    let noted = match mailed {
        Mailed::Sent => update(waiting)
            .set((t::delivery.eq(Delivery::MailSent.as_str()), t::due_at.eq(None::<i64>)))
            .execute(redemption.db)?,
        Mailed::Later(due_at) => update(waiting).set(t::due_at.eq(Some(due_at.as_micros()))).execute(redemption.db)?,
        Mailed::Failed => update(waiting)
            .set((
                t::delivery.eq(Delivery::MailFailed.as_str()),
                t::due_at.eq(None::<i64>),
                t::public_id.eq(None::<String>),
                t::pepper_id.eq(None::<DbId>),
                t::secret_hash.eq(None::<Vec<u8>>),
            ))
            .execute(redemption.db)?,
    };
    Ok(noted == 1)
}

/// Forgets invitations that ended before this time, at most so many. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_ended(upkeep: &mut Upkeep<'_>, before: Timestamp, most: i64) -> Result<usize, Error> {
    let before = before.as_micros();
    delete_some!(upkeep, invitations.id: DbId where invitations::expires_at.le(before), at most most)
}
