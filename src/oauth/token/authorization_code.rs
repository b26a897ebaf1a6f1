//! `authorization_code` (RFC 6749 section 4.1.3, RFC 7636 section 4.6): an application exchanges a code, once.

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{
    Answer, NotServed, Request, application,
    user_tokens::{Admitted, Wanted},
};
use crate::{
    crypto::secret_text::{NewSecret, PresentedSecret, SecretKind},
    domain::{
        happening::GrantType,
        ids::GrantId,
        key_pair::KeptSecret,
        pkce::{self, CodeChallenge},
        time::Timestamp,
        user_scope::IdentityScope,
    },
    live::{Interrupted, View},
    oauth::{Error, InvalidGrant, OAuth, Refusal, families::Ending},
    store::{
        self, Redemption, Writes,
        authorization_codes::{self, KeptCode},
        families, grants,
        refresh_tokens::{self, KeptRefreshToken},
    },
};

/// What the redemption of a code came to.
enum Redeemed {
    /// It was taken by this request.
    Taken,
    /// Somebody had taken it before.
    Reused,
    /// It came too late, or the authorization has been ended meanwhile.
    Ended,
}

/// A request that may have the code's tokens.
struct Exchange {
    admitted: Admitted,
    wanted: Wanted,
    code: KeptCode,
}

impl OAuth {
    pub(super) async fn authorization_code(&self, request: Request<'_>) -> Result<Answer, Error> {
        let kept = self.find_code(request.code).await?;
        let decided = self.live().decide(async |view| decide(self, view, &request, kept.as_ref()).await).await?;
        let Exchange { admitted, wanted, code } = match decided {
            Ok(exchange) => *exchange,
            Err(reason) => {
                if let Some(code) = kept.filter(|_| reason.is_with_anothers()) {
                    self.end_family(code.family, Ending::CodeOfAnotherApplication, request.client).await?;
                }
                return Err(reason.into_error(self, request.client));
            }
        };
        let refresh = if wanted.scopes.has(IdentityScope::OfflineAccess) {
            Some(NewSecret::generate(SecretKind::RefreshToken).map_err(|_| store::Error::NoRandomness)?)
        } else {
            None
        };
        let kept = refresh
            .as_ref()
            .map(|secret| KeptSecret { public_id: secret.public_id, hash: admitted.ring.peppers().hash(&secret.text) });
        let (family, grant) = (admitted.family.id, admitted.family.grant);
        let idle_end = admitted.idle_end(self.options().refresh_idle);
        let redeemed = self
            .live()
            .executor()
            .run_patiently(move |store| store.redeem(|redemption| redeem(redemption, &code, grant, kept, idle_end)));
        let peer = request.client.peer;
        let refuse = |reason: InvalidGrant| Err(self.refuse_request(reason, admitted.party(), peer, "token"));
        match redeemed.await? {
            Redeemed::Taken => {
                let refresh = refresh.map(|secret| Zeroizing::new(secret.text.expose().to_owned()));
                let answer = self.user_tokens(&admitted, wanted, refresh)?;
                self.note_issue(&admitted, GrantType::AuthorizationCode, peer);
                Ok(answer)
            }
            Redeemed::Reused => {
                self.end_family(family, Ending::CodeReused, request.client).await?;
                refuse(InvalidGrant::Reused)
            }
            Redeemed::Ended => refuse(InvalidGrant::Ended),
        }
    }

    async fn find_code(&self, code: Option<&str>) -> Result<Option<KeptCode>, Error> {
        let presented = code.and_then(|code| PresentedSecret::parse(code).ok());
        let presented = presented.filter(|secret| secret.kind() == SecretKind::AuthorizationCode);
        let Some(public_id) = presented.map(|secret| secret.public_id()) else { return Ok(None) };
        let found = self
            .live()
            .executor()
            .run_patiently(move |store| store.snapshot(|tx| authorization_codes::find(tx, public_id)));
        Ok(found.await?)
    }
}

async fn decide(
    oauth: &OAuth,
    view: &View<'_>,
    request: &Request<'_>,
    kept: Option<&KeptCode>,
) -> Result<Result<Box<Exchange>, NotServed>, Interrupted> {
    let caller = match application(oauth, view, request.client).await? {
        Ok(caller) => caller,
        Err(reason) => return Ok(Err(reason)),
    };
    let by_itself = caller.party();
    let refused = |refusal: Refusal| Ok(Err(NotServed::Refused(refusal, by_itself)));
    let Some(code) = request.code else { return refused(Refusal::Missing("code")) };
    let ring = view.key_ring().await?;
    let presented = PresentedSecret::parse(code).ok();
    let is_this = |kept: &&KeptCode| presented.is_some_and(|code| ring.peppers().verify(&code, &kept.secret.hash));
    let Some(kept) = kept.filter(is_this) else { return refused(InvalidGrant::Unknown.into()) };
    let admitted = match Admitted::find(view, caller, kept.family).await? {
        Ok(admitted) => admitted,
        Err(reason) => return refused(reason.into()),
    };
    let refused = |refusal: Refusal| Ok(Err(NotServed::Refused(refusal, admitted.party())));
    let sent_there = match request.redirect_uri {
        Some(uri) => uri == kept.redirect_uri,
        None => !kept.redirect_uri_sent,
    };
    if !sent_there || !fits(request.code_verifier, &kept.challenge) {
        return refused(InvalidGrant::Mismatch.into());
    }
    let audience = match admitted.audience(&request.resources, oauth.options().issuer.as_str()) {
        Ok(audience) => audience,
        Err(refusal) => return refused(refusal),
    };
    let scopes = admitted.scopes();
    if scopes.is_empty() {
        return refused(InvalidGrant::Ended.into());
    }
    let wanted = Wanted { scopes, audience, nonce: kept.nonce.clone() };
    Ok(Ok(Box::new(Exchange { admitted, wanted, code: kept.clone() })))
}

/// Whether the challenge was made of this verifier (A8, AC-07, AC-09).
fn fits(verifier: Option<&str>, challenge: &CodeChallenge) -> bool {
    let Some(verifier) = verifier.filter(|text| pkce::is_verifier(text)) else { return false };
    let hash = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    verify_slices_are_equal(hash.as_bytes(), challenge.as_str().as_bytes()).is_ok()
}

fn redeem(
    redemption: &mut Redemption<'_>,
    code: &KeptCode,
    grant: GrantId,
    refresh: Option<KeptSecret>,
    idle_end: Timestamp,
) -> Result<Redeemed, store::Error> {
    // Of a crowd that comes with one code most are told here, and write nothing.
    if authorization_codes::was_taken(redemption, code.id)? {
        return Ok(Redeemed::Reused);
    }
    if code.expires_at <= redemption.now() || !families::hold(redemption, code.family)? {
        return Ok(Redeemed::Ended);
    }
    if !authorization_codes::take(redemption, code.id)? {
        return Ok(Redeemed::Reused);
    }
    if let Some(secret) = refresh {
        let id = redemption.new_id();
        let token = KeptRefreshToken { id, secret, family: code.family, expires_at: idle_end };
        refresh_tokens::insert(redemption, &token)?;
    }
    let now = redemption.now();
    grants::note_use(redemption, grant, now)?;
    Ok(Redeemed::Taken)
}
