//! Cut-offs: the one rule that decides whether a right was taken away after something was made.
//!
//! Whatever outlives a request (an access token, later a code, a session, a refresh token) carries the [`Seq`] it was made
//! at. Taking a right away sets a cut-off, its own sequence number, on a row. A thing is dead when it was made before the
//! largest cut-off of all that it hangs on. *Once inactive, never active again*: a reversal revives keys, never tokens.

use super::{
    condition::{Condition, Question},
    sequence::Seq,
};

/// What took a right away, with the number of the change that did it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CutOff {
    /// Everything of the site.
    Site(Seq),
    /// The space was closed.
    Space(Seq),
    /// The space switched its keys off.
    SpaceKeys(Seq),
    /// The user was disabled.
    User(Seq),
    /// The user's keys were switched off.
    UserKeys(Seq),
    /// The user's password was changed or reset.
    UserLogins(Seq),
    /// The key was disabled, revoked or regenerated.
    Key(Seq),
    /// The signing key was revoked.
    SigningKey(Seq),
    /// The application was disabled.
    Application(Seq),
    /// The user's space stopped admitting the application.
    Approval(Seq),
}

/// What a thing hangs on, which is what decides which cut-offs reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HangsOn {
    /// A key that belongs to the product itself.
    InternalKey,
    /// A key owned by the space.
    SpaceKey,
    /// A key owned by a user.
    UserKey,
    /// A user's login.
    Login,
    /// A user's consent to an application.
    Consent,
    /// What an application got for a user: codes, refresh and access tokens.
    Authorization,
}

/// Whether a thing still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing it hangs on was taken away since.
    Stands,
    /// It claims to be made after the present state: history was rewound, or it is forged.
    FromTheFuture,
    /// This took it away.
    CutOff(CutOff),
}

impl CutOff {
    /// The number of the change.
    #[must_use]
    pub const fn seq(self) -> Seq {
        match self {
            Self::Site(seq)
            | Self::Space(seq)
            | Self::SpaceKeys(seq)
            | Self::User(seq)
            | Self::UserKeys(seq)
            | Self::UserLogins(seq)
            | Self::Key(seq)
            | Self::SigningKey(seq)
            | Self::Application(seq)
            | Self::Approval(seq) => seq,
        }
    }

    /// The truth table: which cut-offs reach what.
    #[must_use]
    pub const fn reaches(self, bearer: HangsOn) -> bool {
        match self {
            Self::Site(_) | Self::Space(_) | Self::SigningKey(_) => true,
            Self::SpaceKeys(_) => matches!(bearer, HangsOn::SpaceKey | HangsOn::UserKey),
            Self::User(_) => !matches!(bearer, HangsOn::InternalKey | HangsOn::SpaceKey),
            Self::UserKeys(_) => matches!(bearer, HangsOn::UserKey),
            Self::UserLogins(_) => matches!(bearer, HangsOn::Login | HangsOn::Authorization),
            Self::Application(_) => matches!(bearer, HangsOn::Authorization),
            Self::Approval(_) => matches!(bearer, HangsOn::Consent | HangsOn::Authorization),
            Self::Key(_) => matches!(bearer, HangsOn::InternalKey | HangsOn::SpaceKey | HangsOn::UserKey),
        }
    }

    /// Whether it ended what was made at `made_at`, if it reaches that.
    const fn is_after(self, made_at: Seq) -> bool {
        made_at.get() < self.seq().get()
    }

    const fn question(self) -> Question {
        match self {
            Self::Site(_) => Question::NotCutOffBySite,
            Self::Space(_) => Question::NotCutOffBySpace,
            Self::SpaceKeys(_) => Question::NotCutOffBySpaceKeys,
            Self::User(_) => Question::NotCutOffByUser,
            Self::UserKeys(_) => Question::NotCutOffByUserKeys,
            Self::UserLogins(_) => Question::NotCutOffByUserLogins,
            Self::Key(_) => Question::NotCutOffByKey,
            Self::SigningKey(_) => Question::NotCutOffBySigningKey,
            Self::Application(_) => Question::NotCutOffByApplication,
            Self::Approval(_) => Question::NotCutOffByApproval,
        }
    }
}

/// What has to be so for [`verdict`] to be [`Verdict::Stands`]: one condition for each cut-off that reaches `bearer`.
pub fn conditions(
    made_at: Seq,
    head: Seq,
    bearer: HangsOn,
    cut_offs: impl IntoIterator<Item = CutOff>,
) -> impl Iterator<Item = Condition> {
    let present = Condition::new(Question::NotFromTheFuture, made_at <= head).with_change(head);
    let reaching = cut_offs.into_iter().filter(move |cut_off| cut_off.reaches(bearer));
    let not_cut_off = move |cut_off: CutOff| {
        Condition::new(cut_off.question(), !cut_off.is_after(made_at)).with_change(cut_off.seq())
    };
    std::iter::once(present).chain(reaching.map(not_cut_off))
}

/// Decides for something made at `made_at`, hanging on `bearer`, in the state that `head` numbers.
#[must_use]
pub fn verdict(made_at: Seq, head: Seq, bearer: HangsOn, cut_offs: impl IntoIterator<Item = CutOff>) -> Verdict {
    if made_at > head {
        return Verdict::FromTheFuture;
    }
    cut_offs
        .into_iter()
        .filter(|cut_off| cut_off.reaches(bearer) && cut_off.is_after(made_at))
        .max_by_key(|cut_off| cut_off.seq())
        .map_or(Verdict::Stands, Verdict::CutOff)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Covers: I10
    #[test]
    fn each_cut_off_reaches_exactly_what_hangs_on_it() {
        let at = Seq::new(5);
        let table = [
            (CutOff::Site(at), [true, true, true, true, true, true]),
            (CutOff::Space(at), [true, true, true, true, true, true]),
            (CutOff::SpaceKeys(at), [false, true, true, false, false, false]),
            (CutOff::User(at), [false, false, true, true, true, true]),
            (CutOff::UserKeys(at), [false, false, true, false, false, false]),
            (CutOff::UserLogins(at), [false, false, false, true, false, true]),
            (CutOff::Key(at), [true, true, true, false, false, false]),
            (CutOff::SigningKey(at), [true, true, true, true, true, true]),
            (CutOff::Application(at), [false, false, false, false, false, true]),
            (CutOff::Approval(at), [false, false, false, false, true, true]),
        ];
        let bearers = [
            HangsOn::InternalKey,
            HangsOn::SpaceKey,
            HangsOn::UserKey,
            HangsOn::Login,
            HangsOn::Consent,
            HangsOn::Authorization,
        ];
        for (cut_off, expected) in table {
            for (bearer, reached) in bearers.into_iter().zip(expected) {
                let before = verdict(Seq::new(4), Seq::new(9), bearer, [cut_off]);
                assert_eq!(before == Verdict::CutOff(cut_off), reached, "{cut_off:?} on {bearer:?}");
                assert_eq!(verdict(at, Seq::new(9), bearer, [cut_off]), Verdict::Stands);
            }
        }
    }

    // Covers: I10, IN-08
    #[test]
    fn the_largest_cut_off_decides_whatever_stands_beside_it() {
        let cut_offs = [CutOff::Key(Seq::new(2)), CutOff::Site(Seq::new(7)), CutOff::Space(Seq::new(3))];
        let decided = verdict(Seq::new(6), Seq::new(9), HangsOn::SpaceKey, cut_offs);
        assert_eq!(decided, Verdict::CutOff(CutOff::Site(Seq::new(7))));
    }

    #[test]
    fn what_was_made_after_the_present_state_is_dead() {
        assert_eq!(verdict(Seq::new(10), Seq::new(9), HangsOn::SpaceKey, []), Verdict::FromTheFuture);
    }
}
