//! Access tokens: the chain of reasons, from the signature to the roles.

use super::{Around, Inspector, nothing, sight, step, words};
use crate::{
    config::issuer::api_audience,
    crypto::jwt::{self, Rejected},
    domain::{
        access_token::{AccessToken, Acts, Basis, Circumstances},
        condition::{Condition, Question},
        explanation::{About, AboutKind, Explanation, Kind, Outcome, ReadToken, Step, TokenTimes},
        ids::SigningKeyId,
        resource_server::ResourceServerState,
        rights::{HeldRole, Place},
        role::RoleName,
        signing_key::SigningKeyFacts,
        workspace::WorkspaceKey,
    },
    manage::{error::Error, standing},
    store::{self, transaction::Reads},
};

pub(super) fn explain(
    tx: &mut impl Reads,
    inspector: &Inspector<'_>,
    around: &Around,
    text: &str,
) -> Result<Explanation, Error> {
    let Around { issuer, site, ring, now, .. } = around;
    match (inspector.read_token)(text, issuer, ring, &site.scopes, *now) {
        Err(why) => foreign(tx, around, text, why),
        Ok(token) => of_ours(tx, inspector, around, &token),
    }
}

/// What none of our keys signed. Only what the text itself says wrong is told, and of a signing key what is published.
fn foreign(tx: &mut impl Reads, around: &Around, text: &str, why: Rejected) -> Result<Explanation, Error> {
    let known = match why {
        Rejected::UnknownKey | Rejected::KeyState => signing_key(tx, jwt::named_key(text))?,
        _ => None,
    };
    let (condition, says) = match &known {
        Some(key) => {
            let condition = Condition::new(Question::Signed, false).with_time(Some(key.state_since));
            (condition, words::signed_by_dead_key(key))
        }
        None => (Condition::new(Question::Signed, false), words::not_ours(why)),
    };
    let about = known.map(|key| sight::about(AboutKind::SigningKey, &key.id));
    Ok(Explanation {
        about: about.into_iter().collect(),
        steps: vec![Step::deciding(condition, says)],
        ..around.explanation(Kind::Foreign)
    })
}

fn signing_key(tx: &mut impl Reads, id: Option<SigningKeyId>) -> Result<Option<SigningKeyFacts>, Error> {
    let Some(id) = id else { return Ok(None) };
    let all = store::signing_keys::all(tx)?.into_iter();
    Ok(all.map(|kept| kept.facts).find(|facts| facts.id == id))
}

fn of_ours(
    tx: &mut impl Reads,
    inspector: &Inspector<'_>,
    around: &Around,
    token: &ReadToken,
) -> Result<Explanation, Error> {
    if !may_see(tx, inspector, token)? {
        return Err(nothing());
    }
    let facts = &token.facts;
    let mut steps = vec![signed(around, token)];
    let basis = standing::of_token(tx, facts.acts)?;
    let is_revoked = !store::revoked_tokens::among(tx, &[facts.id])?.is_empty();
    match &basis {
        None => steps.extend(missing(tx, facts.acts)?),
        Some(kept) => {
            let circumstances = Circumstances {
                basis: kept.basis(),
                site: &around.site,
                head: around.head,
                now: around.now,
                audience: &token.audience,
                is_in_time: token.is_in_time,
                is_revoked,
            };
            facts.examine(&circumstances, |condition| steps.push(step(condition, Some(facts.made_at))));
        }
    }
    steps.push(served(tx, around, &token.audience)?);
    if let Some(kept) = &basis {
        steps.extend(network(kept.basis()));
        steps.extend(roles(facts, kept.basis()));
    }
    let kind = match facts.acts {
        Acts::Key { .. } => Kind::TokenOfKey,
        Acts::Application { .. } => Kind::TokenOfApplication,
    };
    let times = TokenTimes {
        made_at: facts.made_at,
        issued_at: token.issued_at,
        expires_at: facts.expires_at,
        audience: token.audience.clone(),
        scope: basis.map(|kept| facts.scope_of(kept.basis()).to_string()),
    };
    Ok(Explanation { token: Some(times), about: about(tx, token)?, steps, ..around.explanation(kind) })
}

/// Whoever manages the client, for whom the token speaks, and whoever manages users where that user is at home. What it was
/// made for may be gone by now; the token itself still says whose it was.
fn may_see(tx: &mut impl Reads, inspector: &Inspector<'_>, token: &ReadToken) -> Result<bool, Error> {
    let authority = inspector.authority;
    if let Some(user) = token.subject
        && sight::user(tx, authority, user)?
    {
        return Ok(true);
    }
    match token.facts.acts {
        Acts::Application { .. } => Ok(authority.is_machine()),
        Acts::Key { key, .. } if store::api_keys::find(tx, key)?.is_some() => sight::key(tx, authority, key),
        Acts::Key { .. } => sight::keys_of(authority, token.space),
    }
}

fn signed(around: &Around, token: &ReadToken) -> Step {
    let condition = Condition::new(Question::Signed, true);
    let state = around.ring.find(token.signed_by).map(|key| key.facts().state);
    Step::deciding(condition, words::signed(state))
}

/// Which part of what it rests on is gone.
fn missing(tx: &mut impl Reads, acts: Acts) -> Result<Vec<Step>, Error> {
    let conditions = match acts {
        Acts::Key { .. } => vec![Condition::new(Question::KeyExists, false)],
        Acts::Application { application, grant, family, .. } => vec![
            Condition::new(Question::ApplicationExists, store::applications::find(tx, application)?.is_some()),
            Condition::new(Question::GrantExists, store::grants::find(tx, grant)?.is_some()),
            Condition::new(Question::FamilyExists, store::families::find(tx, family)?.is_some()),
        ],
    };
    Ok(conditions.into_iter().map(|condition| step(condition, None)).collect())
}

/// Who answers to its audience now. If nobody does, every resource server hears that the token is not active; else it decides
/// nothing of the token who answers.
fn served(tx: &mut impl Reads, around: &Around, audience: &str) -> Result<Step, Error> {
    let question = Question::AudienceServed;
    if audience == api_audience(&around.issuer) {
        let says = "It is for the API of this site itself, which takes tokens without asking anybody".to_owned();
        return Ok(Step::telling(question, Outcome::Ok, says));
    }
    let server = match around.site.served(audience) {
        Some(served) => store::resource_servers::find(tx, served.resource_server)?,
        None => None,
    };
    Ok(match server {
        None => {
            let says = format!("No resource server serves the audience {audience} now, so no API takes it");
            Step::deciding(Condition::new(question, false), says)
        }
        Some(server) if server.state == ResourceServerState::Disabled => {
            let says =
                format!("The resource server {} serves {audience}; it is disabled and learns nothing", server.name);
            Step::telling(question, Outcome::Fails, says)
        }
        Some(server) => {
            Step::telling(question, Outcome::Ok, format!("The resource server {} serves {audience}", server.name))
        }
    })
}

/// From where it may be used; where its holder is, is not known here.
pub(super) fn network(basis: Basis<'_>) -> Option<Step> {
    let Basis::Key(standing) = basis else { return None };
    let networks: Vec<String> = standing.key.allowed_networks.iter().map(|network| network.to_string()).collect();
    Some(if networks.is_empty() {
        Step::telling(Question::AnyNetwork, Outcome::Ok, "It may be used from every address".to_owned())
    } else {
        let says =
            format!("It may be used from {} only; gateways check that, introspection cannot", networks.join(", "));
        Step::telling(Question::AnyNetwork, Outcome::Unknown, says)
    })
}

/// Each role that it carries, and whether it still counts.
fn roles(token: &AccessToken, basis: Basis<'_>) -> Vec<Step> {
    let held = match basis {
        Basis::Key(standing) => standing.held_roles(),
        Basis::Grant(standing, _) => standing.held_roles(),
    };
    let carried = token.roles.iter().map(|name| (name, None));
    let named = token.workspaces.iter().flat_map(|(key, names)| names.iter().map(move |name| (name, Some(*key))));
    // A token that left its workspaces out carries whatever was held when it was made.
    let left_out = held.iter().filter(|_| token.workspaces_omitted).filter_map(|held| match held.place {
        Place::Workspace(key) => Some((&held.role.name, Some(key))),
        Place::Site | Place::Space => None,
    });
    let all = carried.chain(named).chain(left_out);
    all.map(|(name, workspace)| role(token, basis, &held, name, workspace)).collect()
}

fn role(
    token: &AccessToken,
    basis: Basis<'_>,
    held: &[HeldRole],
    name: &RoleName,
    workspace: Option<WorkspaceKey>,
) -> Step {
    let is_there = |held: &&HeldRole| {
        let place = match held.place.narrowed(token.scope.workspace) {
            Some(Place::Workspace(key)) => Some(Some(key)),
            Some(Place::Site | Place::Space) => Some(None),
            None => None,
        };
        held.role.name == *name && place == Some(workspace)
    };
    let now = held.iter().find(is_there);
    let counts = now.is_some_and(|held| token.counts(basis, held));
    let outcome = if counts { Outcome::Ok } else { Outcome::Fails };
    let since = now.map(|held| held.since);
    let says = words::role(name, workspace, counts, since, token.made_at);
    Step { change: since, ..Step::telling(Question::RoleCounts, outcome, says) }
}

fn about(tx: &mut impl Reads, token: &ReadToken) -> Result<Vec<About>, Error> {
    let mut about = Vec::new();
    match token.facts.acts {
        Acts::Key { key, pair } => {
            let found = store::api_keys::find(tx, key)?;
            about.push(found.as_ref().map_or_else(|| sight::about(AboutKind::ApiKey, &key), sight::about_key));
            about.push(sight::about(AboutKind::KeyPair, &pair));
        }
        Acts::Application { application, grant, .. } => {
            about.push(sight::about_application(tx, application)?);
            about.push(sight::about(AboutKind::Grant, &grant));
        }
    }
    if let Some(user) = token.subject {
        about.push(sight::about_user(tx, user)?);
    }
    about.push(sight::about_space(tx, token.space)?);
    about.push(sight::about(AboutKind::SigningKey, &token.signed_by));
    Ok(about)
}
