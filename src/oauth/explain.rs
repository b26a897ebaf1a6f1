//! Reading an access token for whoever explains it: the same reader as for introspection, which says why it is none of ours.

use super::verified_tokens::VerifiedToken;
use crate::{
    crypto::{
        jwt::{self, Rejected},
        key_ring::KeyRing,
    },
    domain::{explanation::ReadToken, scope::RegisteredScope, time::Timestamp},
};

/// What a token says, if one of the ring's keys signed it for this issuer.
///
/// # Errors
/// Why it is none of ours.
pub fn read(
    token: &str,
    issuer: &str,
    ring: &KeyRing,
    registered: &[RegisteredScope],
    now: Timestamp,
) -> Result<ReadToken, Rejected> {
    let VerifiedToken { kid, claims, facts, .. } = VerifiedToken::read(token, issuer, ring, registered)?;
    Ok(ReadToken {
        signed_by: kid,
        is_in_time: jwt::check_times(&claims, now).is_ok(),
        facts,
        subject: claims.sub.parse().ok(),
        audience: claims.aud,
        space: claims.space,
        issued_at: Timestamp::from_seconds(claims.iat),
    })
}
