//! Secrets: API keys that are presented as such are explained whole; of all others only what their form says.

use super::{Around, Inspector, identifier, nothing, sight, words};
use crate::{
    crypto::secret_text::{PresentedSecret, SecretKind},
    domain::{
        condition::{Condition, Question},
        explanation::{Explanation, Kind, Step},
        key_pair::PairOwner,
    },
    manage::{error::Error, standing},
    store::{self, transaction::Reads},
};

pub(super) fn explain(
    tx: &mut impl Reads,
    inspector: &Inspector<'_>,
    around: &Around,
    kind: SecretKind,
    text: &str,
) -> Result<Explanation, Error> {
    let explained = around.explanation(kind_of(kind));
    let secret = match PresentedSecret::parse(text) {
        Ok(secret) => secret,
        Err(why) => {
            let condition = Condition::new(Question::WellFormed, false);
            let steps = vec![Step::deciding(condition, words::malformed(why))];
            return Ok(Explanation { steps, ..explained });
        }
    };
    if kind == SecretKind::ApiKey {
        return api_key(tx, inspector, around, &secret);
    }
    let opens =
        Step::deciding(Condition::new(Question::OpensApi, false), words::opens_no_api(explained.kind).to_owned());
    Ok(Explanation { steps: vec![well_formed(), opens], ..explained })
}

/// A wrong secret, an unknown one and one that is not the caller's to see get the same answer, after the same work.
fn api_key(
    tx: &mut impl Reads,
    inspector: &Inspector<'_>,
    around: &Around,
    secret: &PresentedSecret<'_>,
) -> Result<Explanation, Error> {
    let peppers = around.ring.peppers();
    let standing = match store::key_pairs::find_owner(tx, secret.public_id())? {
        Some(PairOwner::ApiKey(id)) => standing::of_key(tx, id)?,
        Some(PairOwner::ResourceServer(_) | PairOwner::Application(_)) | None => None,
    };
    let pair = standing.as_ref().and_then(|standing| Some((standing, standing.key.pair(secret.public_id())?)));
    let Some((standing, pair)) = pair else {
        peppers.verify_dummy(secret);
        return Err(nothing());
    };
    let is_right = peppers.verify(secret, &pair.secret);
    if !is_right || !sight::key(tx, inspector.authority, standing.key.id)? {
        return Err(nothing());
    }
    let explained = identifier::of_pair(tx, around, Kind::ApiKeySecret, standing, Some(pair))?;
    let steps = std::iter::once(well_formed()).chain(explained.steps).collect();
    Ok(Explanation { steps, ..explained })
}

fn well_formed() -> Step {
    super::step(Condition::new(Question::WellFormed, true), None)
}

const fn kind_of(kind: SecretKind) -> Kind {
    match kind {
        SecretKind::ApiKey => Kind::ApiKeySecret,
        SecretKind::ClientSecret => Kind::ClientSecret,
        SecretKind::Invitation => Kind::Invitation,
        SecretKind::AuthorizationCode => Kind::AuthorizationCode,
        SecretKind::RefreshToken => Kind::RefreshToken,
        SecretKind::Session => Kind::Session,
        SecretKind::AuthorizationRequest => Kind::AuthorizationRequest,
        SecretKind::Webhook => Kind::WebhookSecret,
    }
}
