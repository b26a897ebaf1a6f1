//! Ids of keys, pairs, users, applications and consents: whether what they name could act now.

use super::{Around, Inspector, nothing, sight, step, token};
use crate::{
    domain::{
        access_token::Basis,
        application::ApplicationState,
        condition::{Condition, Question},
        explanation::{AboutKind, Explanation, Kind},
        ids::{ApiKeyId, ApplicationId, GrantId, UserId},
        key_pair::{KeyPair, PairOwner, PublicId},
        rights::Standing,
        space::SpaceState,
        user::UserState,
    },
    manage::{error::Error, find, standing},
    store::{self, transaction::Reads},
};

/// An id of a kind that is explained.
#[derive(Clone, Copy)]
pub(super) enum Identifier {
    ApiKey(ApiKeyId),
    Pair(PublicId),
    User(UserId),
    Application(ApplicationId),
    Grant(GrantId),
}

/// The id that the text is, if it is one.
pub(super) fn read(text: &str) -> Option<Identifier> {
    let key = || text.parse().map(Identifier::ApiKey).ok();
    let pair = || text.parse().map(Identifier::Pair).ok();
    let user = || text.parse().map(Identifier::User).ok();
    let application = || text.parse().map(Identifier::Application).ok();
    let grant = || text.parse().map(Identifier::Grant).ok();
    key().or_else(pair).or_else(user).or_else(application).or_else(grant)
}

pub(super) fn explain(
    tx: &mut impl Reads,
    inspector: &Inspector<'_>,
    around: &Around,
    id: Identifier,
) -> Result<Explanation, Error> {
    let authority = inspector.authority;
    let is_seen = match id {
        Identifier::ApiKey(id) => sight::key(tx, authority, id)?,
        Identifier::Pair(pair) => match store::key_pairs::find_owner(tx, pair)? {
            Some(PairOwner::ApiKey(id)) => sight::key(tx, authority, id)?,
            Some(PairOwner::Application(id)) => sight::application(tx, authority, id)?,
            Some(PairOwner::ResourceServer(_)) | None => false,
        },
        Identifier::User(id) => sight::user(tx, authority, id)?,
        Identifier::Application(id) => sight::application(tx, authority, id)?,
        Identifier::Grant(id) => match store::grants::find(tx, id)? {
            Some(grant) => sight::user(tx, authority, grant.user)?,
            None => false,
        },
    };
    if !is_seen {
        return Err(nothing());
    }
    match id {
        Identifier::ApiKey(id) => key(tx, around, id),
        Identifier::Pair(pair) => match store::key_pairs::find_owner(tx, pair)? {
            Some(PairOwner::ApiKey(id)) => {
                let standing = standing::of_key(tx, id)?.ok_or_else(nothing)?;
                of_pair(tx, around, Kind::KeyPair, &standing, standing.key.pair(pair))
            }
            Some(PairOwner::Application(id)) => application(tx, around, Kind::KeyPair, id, Some(pair)),
            Some(PairOwner::ResourceServer(_)) | None => Err(nothing()),
        },
        Identifier::User(id) => user(tx, around, id),
        Identifier::Application(id) => application(tx, around, Kind::Application, id, None),
        Identifier::Grant(id) => grant(tx, around, id),
    }
}

/// A key works if it does with one of its pairs: the one that is told of is one that works, if there is any.
fn key(tx: &mut impl Reads, around: &Around, id: ApiKeyId) -> Result<Explanation, Error> {
    let standing = standing::of_key(tx, id)?.ok_or_else(nothing)?;
    let pairs = &standing.key.pairs;
    let working = pairs.iter().find(|pair| standing.check_usable(pair, around.now).is_ok());
    of_pair(tx, around, Kind::ApiKey, &standing, working.or_else(|| pairs.first()))
}

/// What has to be so for a key to work with a pair.
pub(super) fn of_pair(
    tx: &mut impl Reads,
    around: &Around,
    kind: Kind,
    standing: &Standing,
    pair: Option<&KeyPair>,
) -> Result<Explanation, Error> {
    let exists = Condition::new(Question::PairExists, pair.is_some());
    let hurdles = standing.hurdles(pair, around.now).map(|hurdle| hurdle.condition);
    let mut steps: Vec<_> = std::iter::once(exists).chain(hurdles).map(|condition| step(condition, None)).collect();
    steps.extend(token::network(Basis::Key(standing)));
    let mut about = vec![sight::about_key(&standing.key)];
    about.extend(pair.map(|pair| sight::about(AboutKind::KeyPair, &pair.public_id)));
    if let Some(owner) = standing.key.owner.user() {
        about.push(sight::about_user(tx, owner)?);
    }
    about.push(sight::about_space(tx, standing.space.id)?);
    Ok(Explanation { about, steps, ..around.explanation(kind) })
}

fn user(tx: &mut impl Reads, around: &Around, id: UserId) -> Result<Explanation, Error> {
    let user = find::present(store::users::find(tx, id)?, "user", id)?;
    let home = find::present(store::spaces::find(tx, user.home)?, "space", user.home)?;
    let conditions = [
        Condition::new(Question::UserEnabled, user.state == UserState::Active),
        Condition::new(Question::SpaceOpen, home.state == SpaceState::Open),
    ];
    let steps = conditions.map(|condition| step(condition, None)).into();
    let about = vec![sight::about_user(tx, id)?, sight::about_space(tx, home.id)?];
    Ok(Explanation { about, steps, ..around.explanation(Kind::User) })
}

fn application(
    tx: &mut impl Reads,
    around: &Around,
    kind: Kind,
    id: ApplicationId,
    pair: Option<PublicId>,
) -> Result<Explanation, Error> {
    let found = find::present(store::applications::find(tx, id)?, "application", id)?;
    let space = find::present(store::spaces::find(tx, found.space)?, "space", found.space)?;
    let pair_in_time = pair.and_then(|pair| found.pair(pair)).map(|pair| pair.condition(around.now));
    let of_application = [
        Condition::new(Question::ApplicationEnabled, found.state == ApplicationState::Active),
        Condition::new(Question::ApplicationSpaceOpen, space.state == SpaceState::Open),
    ];
    let conditions = pair_in_time.into_iter().chain(of_application);
    let steps = conditions.map(|condition| step(condition, None)).collect();
    let mut about = vec![sight::about_application(tx, id)?];
    about.extend(pair.map(|pair| sight::about(AboutKind::KeyPair, &pair)));
    about.push(sight::about_space(tx, space.id)?);
    Ok(Explanation { about, steps, ..around.explanation(kind) })
}

/// A consent counts if a token that was made now under it would.
fn grant(tx: &mut impl Reads, around: &Around, id: GrantId) -> Result<Explanation, Error> {
    let standing = standing::of_grant(tx, id)?.ok_or_else(nothing)?;
    let conditions = standing.conditions(around.head, around.site.cut_off, around.head);
    let steps = conditions.map(|condition| step(condition, Some(around.head))).collect();
    let (user, application) = (standing.admission.user.id, standing.admission.application.id);
    let about = vec![
        sight::about(AboutKind::Grant, &id),
        sight::about_application(tx, application)?,
        sight::about_user(tx, user)?,
        sight::about_space(tx, standing.admission.home.id)?,
    ];
    Ok(Explanation { about, steps, ..around.explanation(Kind::Grant) })
}
