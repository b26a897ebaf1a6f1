//! `Idempotency-Key`: a creation that is asked for again is answered again, not made again, and without its secret
//! (ruling 33, KM-19). What was answered stands in the transaction that made the thing, so there is either both or
//! none.

use actix_web::http::header::{HeaderMap, HeaderName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{problem::Problem, reply::Reply, request::Call};
use crate::{
    crypto::secret_text::holds_secret,
    domain::access_token::Acts,
    manage,
    store::{
        Change,
        idempotent_answers::{self, IdempotentAnswer, KEPT},
    },
};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const PURPOSE: &str = "idempotent request";
const LONGEST: usize = 64;

/// The key of a request: 1 to 64 visible ASCII characters.
pub(super) fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(HEADER);
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value.as_bytes(),
        (Some(_), Some(_)) => return Err(Problem::invalid_idempotency_key()),
    };
    let fits = (1..=LONGEST).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
    match str::from_utf8(value) {
        Ok(key) if fits => Ok(Some(key.to_owned())),
        _ => Err(Problem::invalid_idempotency_key()),
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    location: Option<String>,
    answer: Value,
    secret: bool,
}

/// Makes something, or answers what was answered when it was made. Changes run one by one, so of two equal requests at
/// the same time the second finds the answer of the first.
pub(super) fn once<T: Serialize + JsonSchema>(
    change: &mut Change<'_>,
    call: &Call<'_>,
    status: u16,
    make: impl FnOnce(&mut Change<'_>) -> Result<(Option<String>, T), Problem>,
) -> Result<Reply, Problem> {
    let request = call.request();
    let Some(key) = &request.idempotency_key else {
        let (location, answer) = make(change)?;
        return Ok(Reply::json(status, &answer)?.at(location));
    };
    // An application asks for many users, each of whom is a caller of his own.
    let caller = match call.token().acts {
        Acts::Key { key, .. } => key.to_string(),
        Acts::Application { grant, .. } => grant.to_string(),
    };
    let hash = request_hash(call);
    if let Some(known) = idempotent_answers::find(change, &caller, key, change.now().minus(KEPT))? {
        return if known.request_hash == hash {
            again(&known)
        } else {
            Err(manage::Error::IdempotencyKeyReused.into())
        };
    }
    let (location, thing) = make(change)?;
    let mut answer = serde_json::to_value(&thing)?;
    let secret = drop_secrets(&mut answer);
    let kept = Kept { location: location.clone(), answer, secret };
    let answer = serde_json::to_string(&kept)?;
    idempotent_answers::insert(change, &caller, key, &IdempotentAnswer { request_hash: hash, answer })?;
    Ok(Reply::json(status, &thing)?.at(location))
}

fn again(known: &IdempotentAnswer) -> Result<Reply, Problem> {
    let Kept { location, mut answer, secret } = serde_json::from_str(&known.answer)?;
    if let Value::Object(members) = &mut answer
        && secret
    {
        members.insert("secret_already_shown".to_owned(), Value::Bool(true));
    }
    Ok(Reply::json(200, &answer)?.at(location))
}

/// What was asked for: operation, path and body. A keyed hash, since a body may hold a password.
fn request_hash(call: &Call<'_>) -> Vec<u8> {
    let request = call.request();
    let mut parts = vec![request.operation.as_bytes(), request.canonical_body.as_bytes()];
    parts.extend(request.path.values().map(String::as_bytes));
    request.ring.peppers().tag(PURPOSE, &parts).to_vec()
}

/// Drops every member that holds a generated secret, alone or in a link, and tells whether there was one. Secrets are
/// known by their checksum, so that no list of names has to be kept.
fn drop_secrets(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let before = members.len();
            members.retain(|_, member| !member.as_str().is_some_and(holds_secret));
            let nested = members.values_mut().map(drop_secrets).fold(false, |any, found| any | found);
            nested | (members.len() < before)
        }
        Value::Array(items) => {
            let before = items.len();
            items.retain(|item| !item.as_str().is_some_and(holds_secret));
            let nested = items.iter_mut().map(drop_secrets).fold(false, |any, found| any | found);
            nested | (items.len() < before)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::drop_secrets;
    use crate::crypto::secret_text::{NewSecret, SecretKind};

    // Covers: KM-19, K6
    #[test]
    fn what_is_kept_of_an_answer_holds_no_secret_wherever_it_stood() {
        let secret = NewSecret::generate(SecretKind::ApiKey).unwrap();
        let text = secret.text.expose();
        let mut answer = json!({
            "client_secret": text,
            "public_id": secret.public_id,
            "pairs": [{ "secret": text, "hint": secret.text.hint() }],
            "all": [text],
            "link": format!("https://id.example.com/setup#token={text}&x=1"),
        });
        assert!(drop_secrets(&mut answer));
        let kept = json!({ "public_id": secret.public_id, "pairs": [{ "hint": secret.text.hint() }], "all": [] });
        assert_eq!(answer, kept);
        assert!(!drop_secrets(&mut answer));
    }
}
