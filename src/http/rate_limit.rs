//! `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11), on answers that a limit had a part in.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::throttle::Quota;

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Says what the limit is and what is left of it.
pub(super) fn announce(headers: &mut HeaderMap, quota: &Quota) {
    let Quota { limit, available, .. } = quota;
    let (quantity, window) = (limit.rate.burst, limit.rate.window().as_secs().max(1));
    let policy = format!(r#""{}";q={quantity};w={window}"#, limit.name);
    let left = format!(r#""{}";r={available};t={}"#, limit.name, quota.seconds());
    for (name, value) in [(RATELIMIT_POLICY, policy), (RATELIMIT, left)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}
