//! What can still act for a user, in one report: keys, what applications were given, sessions, links, roles. It is what an
//! administrator reads when somebody leaves, and what a user reads to see what is out there.

use std::{collections::HashMap, time::Duration};

use super::{
    api_keys::require_keys_manage,
    applications::{self, ApplicationFacts, require_applications_manage},
    authority::require,
    error::Error,
    facts::{self, KeyFacts, UserFacts},
    find,
    grants::{self, AuthorizedApplication},
    sessions,
};
use crate::{
    domain::{
        api_key::KeyStatus,
        authority::{Area, Authority},
        ids::{GrantId, UserId},
        login_history::CannotLogIn,
        page::{Page, PageRequest},
        permission::USERS_MANAGE,
        session::{Session, login_stands},
        space::Space,
        time::Timestamp,
        user::User,
    },
    store::{self, api_keys::KeyFilter, application_registrations::ApplicationFilter, transaction::Reads},
};

/// What can act for a user. A list that the caller may not see is none.
#[derive(Debug)]
pub struct Reach {
    /// The user, with the roles in spaces that the caller belongs to and the invitation.
    pub user: UserFacts,
    /// Why the user cannot log in, as far as it can be seen here.
    pub cannot_log_in: Option<CannotLogIn>,
    /// Keys that act for the user.
    pub keys: Option<Listed<KeyFacts>>,
    /// Keys of the home space that the user made for others. They do not act for the user, who may know their secrets.
    pub keys_made_for_others: Option<Listed<KeyFacts>>,
    /// What the user let applications do.
    pub authorized_applications: Listed<AuthorizedApplication>,
    /// How many authorizations under each of them live on; those without any are left out.
    pub authorizations: HashMap<GrantId, i64>,
    /// Applications that the user registered for himself.
    pub applications: Option<Listed<ApplicationFacts>>,
    /// Browsers in which the user is logged in.
    pub sessions: Vec<Session>,
    /// Until when a setup link lets somebody set the user's password.
    pub setup_link_expires_at: Option<Timestamp>,
}

/// The beginning of a list.
#[derive(Debug)]
pub struct Listed<Item> {
    /// At most two hundred.
    pub items: Vec<Item>,
    /// Whether there are more.
    pub more: bool,
}

impl<Item, Key> From<Page<Item, Key>> for Listed<Item> {
    fn from(Page { items, next }: Page<Item, Key>) -> Self {
        Self { items, more: next.is_some() }
    }
}

impl Reach {
    /// How many of the keys that were moved to a service account still work.
    #[must_use]
    pub fn keys_on_overlap(&self, now: Timestamp) -> Option<usize> {
        let works = |facts: &&KeyFacts| {
            facts.profile.moved_to.is_some()
                && facts.status == KeyStatus::Active
                && facts.key.pairs.iter().any(|pair| !pair.is_expired(now))
        };
        self.keys.as_ref().map(|keys| keys.items.iter().filter(works).count())
    }
}

/// What can act for a user, for the user in person and for whoever manages the users of the user's home; keys and
/// applications for those who manage them. `idle` is how long a session may be unused, where that is known.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn of_user(
    tx: &mut impl Reads,
    authority: &Authority,
    id: UserId,
    now: Timestamp,
    idle: Option<Duration>,
) -> Result<Reach, Error> {
    let user = find::user(tx, authority, id)?;
    if !authority.is_user(id) {
        require(authority, USERS_MANAGE, Area::Space(user.home))?;
    }
    let home = find::present(store::spaces::find(tx, user.home)?, "space", user.home)?;
    let history = store::accounts::login_histories(tx, &[id])?.remove(&id);
    let manages_keys = require_keys_manage(authority, home.id).is_ok();
    let keys = if manages_keys || authority.is_user(id) {
        Some(facts::of_user(tx, authority, id, &KeyFilter::default(), PageRequest::largest())?.into())
    } else {
        None
    };
    let keys_made_for_others = if manages_keys {
        let filter = KeyFilter { made_for_others_by: Some(id), ..KeyFilter::default() };
        Some(facts::list(tx, authority, home.id, &filter, PageRequest::largest())?.into())
    } else {
        None
    };
    let authorized_applications: Listed<_> = grants::list_of_user(tx, authority, id, PageRequest::largest())?.into();
    let consents: Vec<GrantId> = authorized_applications.items.iter().map(|entry| entry.grant.id).collect();
    let applications = if authority.is_user(id) || require_applications_manage(authority, home.id).is_ok() {
        Some(
            applications::list_of_user(tx, authority, id, &ApplicationFilter::default(), PageRequest::largest())?
                .into(),
        )
    } else {
        None
    };
    Ok(Reach {
        cannot_log_in: history.and_then(|history| history.obstacle(&user, &home, now)),
        keys,
        keys_made_for_others,
        authorizations: store::families::count_living(tx, &consents, now)?,
        authorized_applications,
        applications,
        sessions: sessions::of_user(tx, authority, id, now, idle)?,
        setup_link_expires_at: setup_link(tx, &user, &home, now)?,
        user: find::present(facts::of_users(tx, authority, &[id])?.pop(), "user", id)?,
    })
}

fn setup_link(tx: &mut impl Reads, user: &User, home: &Space, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let site = store::site::find(tx)?.ok_or(Error::NotInitialized)?;
    let link = store::setup_links::of_user(tx, user.id)?.filter(|link| {
        let stands = login_stands(link.made_at, site.cut_off, home, user, link.made_at);
        stands && user.uses_password(home) && now < link.expires_at
    });
    Ok(link.map(|link| link.expires_at))
}
