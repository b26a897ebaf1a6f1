//! The questions on whose answers it depends whether a token, a key or a consent counts. Each is asked in one place, whether
//! somebody wants to know if it counts or why it does not.

use super::{sequence::Seq, text_enum::text_enum, time::Timestamp};

text_enum! {
    /// What has to be so. Its word never changes.
    Question {
        /// One of our keys signed it, and that key counts.
        Signed = "signed",
        /// Its end has not come, and its beginning has.
        InTime = "in_time",
        /// It was not revoked by itself.
        NotRevoked = "not_revoked",
        /// The API key is there.
        KeyExists = "key_exists",
        /// The key pair is there.
        PairExists = "pair_exists",
        /// The consent is there.
        GrantExists = "grant_exists",
        /// The authorization under the consent is there: nobody ended it.
        FamilyExists = "family_exists",
        /// The application is there.
        ApplicationExists = "application_exists",
        /// The key is not disabled.
        KeyEnabled = "key_enabled",
        /// The key is not revoked.
        KeyNotRevoked = "key_not_revoked",
        /// The end of the pair has not come.
        PairInTime = "pair_in_time",
        /// The space is open.
        SpaceOpen = "space_open",
        /// The space is of a kind that has keys.
        KeysSupported = "keys_supported",
        /// The keys of the space are switched on.
        SpaceKeysOn = "space_keys_on",
        /// The owner of the key may act.
        OwnerEnabled = "owner_enabled",
        /// The keys of the owner are switched on.
        OwnerKeysOn = "owner_keys_on",
        /// The password of the owner is younger than the space demands.
        OwnerPasswordInTime = "owner_password_in_time",
        /// The application is switched on.
        ApplicationEnabled = "application_enabled",
        /// The space that registered the application is open.
        ApplicationSpaceOpen = "application_space_open",
        /// The user may act.
        UserEnabled = "user_enabled",
        /// The user's space lets its users authorize the application.
        ApplicationAdmitted = "application_admitted",
        /// Nothing that the consent hangs on was taken away since it was given.
        ConsentStands = "consent_stands",
        /// It was not made after the present state.
        NotFromTheFuture = "not_from_the_future",
        /// Not cut off with everything of the site.
        NotCutOffBySite = "not_cut_off_by_site",
        /// Not cut off by closing the space.
        NotCutOffBySpace = "not_cut_off_by_space",
        /// Not cut off by switching the keys of the space off.
        NotCutOffBySpaceKeys = "not_cut_off_by_space_keys",
        /// Not cut off by disabling the user.
        NotCutOffByUser = "not_cut_off_by_user",
        /// Not cut off by switching the keys of the user off.
        NotCutOffByUserKeys = "not_cut_off_by_user_keys",
        /// Not cut off by a new password of the user.
        NotCutOffByUserLogins = "not_cut_off_by_user_logins",
        /// Not cut off by the key: disabled, revoked, regenerated, or its tokens revoked.
        NotCutOffByKey = "not_cut_off_by_key",
        /// Not cut off by its signing key.
        NotCutOffBySigningKey = "not_cut_off_by_signing_key",
        /// Not cut off by disabling the application.
        NotCutOffByApplication = "not_cut_off_by_application",
        /// Not cut off by the user's space, which stopped admitting the application.
        NotCutOffByApproval = "not_cut_off_by_approval",
        /// Whoever serves its audience did so when it was made.
        AudienceKept = "audience_kept",
        /// Some resource server serves its audience.
        AudienceServed = "audience_served",
        /// It may be used from everywhere.
        AnyNetwork = "any_network",
        /// A role that it carries still counts for it.
        RoleCounts = "role_counts",
        /// It has the form of what it wants to be.
        WellFormed = "well_formed",
        /// It is of a kind that opens an API.
        OpensApi = "opens_api",
    }
}

/// One answer, with what it was found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// What was asked.
    pub question: Question,
    /// Whether it is so.
    pub holds: bool,
    /// The change that matters, if one does.
    pub change: Option<Seq>,
    /// The time that matters, if one does.
    pub at: Option<Timestamp>,
}

impl Condition {
    /// An answer that nothing else belongs to.
    #[must_use]
    pub const fn new(question: Question, holds: bool) -> Self {
        Self { question, holds, change: None, at: None }
    }

    /// The same with a change.
    #[must_use]
    pub const fn with_change(self, change: Seq) -> Self {
        Self { change: Some(change), ..self }
    }

    /// The same with a time.
    #[must_use]
    pub const fn with_time(self, at: Option<Timestamp>) -> Self {
        Self { at, ..self }
    }
}

/// A condition together with what is told where it does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hurdle<E> {
    /// The condition.
    pub condition: Condition,
    /// What is told of it.
    pub otherwise: E,
}

impl<E> Hurdle<E> {
    /// A hurdle.
    #[must_use]
    pub const fn new(question: Question, holds: bool, otherwise: E) -> Self {
        Self { condition: Condition::new(question, holds), otherwise }
    }

    /// Passes it.
    ///
    /// # Errors
    /// What is told of it.
    pub fn pass(self) -> Result<(), E> {
        if self.condition.holds { Ok(()) } else { Err(self.otherwise) }
    }
}
