//! `refresh_token` (RFC 6749 section 6, RFC 9700 section 4.14): each use takes the token and gives its successor. Whoever
//! repeats the use within ten seconds gets the same successor; later uses of a taken token end the whole family (ruling 10).

use std::time::Duration;

use zeroize::Zeroizing;

use super::{
    Answer, NotServed, Request, application,
    user_tokens::{Admitted, Wanted},
};
use crate::{
    crypto::{
        secret_text::{NewSecret, PresentedSecret, SecretKind},
        successor,
    },
    domain::{
        happening::GrantType,
        ids::GrantId,
        key_pair::KeptSecret,
        scope::InvalidScope,
        time::Timestamp,
        user_scope::{IdentityScope, UserScopes},
    },
    live::{Interrupted, View},
    oauth::{Error, InvalidGrant, OAuth, Refusal, families::Ending},
    store::{
        self, Redemption, Writes, families, grants,
        refresh_tokens::{self, KeptRefreshToken, Rotated},
    },
};

/// How long a repeated use is answered as the first was.
const GRACE: Duration = Duration::from_secs(10);

enum Redeemed {
    /// It was taken by this request.
    Taken,
    /// Somebody took it a moment ago; this is the successor, sealed.
    Repeated(Vec<u8>),
    /// It was taken long ago.
    Reused,
    /// It was left unused for too long, or the authorization has been ended meanwhile.
    Ended,
}

impl Redeemed {
    fn again(rotated: Rotated, now: Timestamp) -> Self {
        if now < rotated.at.plus(GRACE) { Self::Repeated(rotated.successor) } else { Self::Reused }
    }
}

/// A request that may have the token's successor.
struct Exchange<'a> {
    admitted: Admitted,
    wanted: Wanted,
    presented: PresentedSecret<'a>,
    kept: KeptRefreshToken,
}

impl OAuth {
    pub(super) async fn refresh(&self, request: Request<'_>) -> Result<Answer, Error> {
        let presented = request.refresh_token.and_then(|token| PresentedSecret::parse(token).ok());
        let presented = presented.filter(|secret| secret.kind() == SecretKind::RefreshToken);
        let kept = match presented {
            Some(secret) => self.find_refresh_token(secret).await?,
            None => None,
        };
        let known = presented.zip(kept.as_ref());
        let decided = self.live().decide(async |view| decide(self, view, &request, known).await).await?;
        let Exchange { admitted, wanted, presented, kept } = match decided {
            Ok(exchange) => *exchange,
            Err(reason) => {
                if let Some(token) = kept.filter(|_| reason.is_with_anothers()) {
                    let ending = Ending::RefreshTokenOfAnotherApplication;
                    self.end_family(token.family, ending, request.client).await?;
                }
                return Err(reason.into_error(self, request.client));
            }
        };
        let next = NewSecret::generate(SecretKind::RefreshToken).map_err(|_| store::Error::NoRandomness)?;
        let sealed = successor::seal(&presented, &next.text).map_err(|error| Error::CannotSign(error.to_string()))?;
        let idle_end = admitted.idle_end(self.options().refresh_idle);
        let (family, grant) = (admitted.family.id, admitted.family.grant);
        let secret = KeptSecret { public_id: next.public_id, hash: admitted.ring.peppers().hash(&next.text) };
        let redeemed = self.live().executor().run_patiently(move |store| {
            store.redeem(|redemption| redeem(redemption, &kept, grant, &sealed, secret, idle_end))
        });
        let peer = request.client.peer;
        let refuse = |reason: InvalidGrant| Err(self.refuse_request(reason, admitted.party(), peer, "token"));
        let successor = match redeemed.await? {
            Redeemed::Taken => Zeroizing::new(next.text.expose().to_owned()),
            Redeemed::Repeated(sealed) => {
                successor::open(&presented, &sealed).map_err(|error| Error::CannotSign(error.to_string()))?
            }
            Redeemed::Reused => {
                self.end_family(family, Ending::RefreshTokenReused, request.client).await?;
                return refuse(InvalidGrant::Reused);
            }
            Redeemed::Ended => return refuse(InvalidGrant::Ended),
        };
        let answer = self.user_tokens(&admitted, wanted, Some(successor))?;
        self.note_issue(&admitted, GrantType::RefreshToken, peer);
        Ok(answer)
    }

    /// The token as it is kept, if this is it.
    pub(in crate::oauth) async fn find_refresh_token(
        &self,
        presented: PresentedSecret<'_>,
    ) -> Result<Option<KeptRefreshToken>, Error> {
        let public_id = presented.public_id();
        let found = self
            .live()
            .executor()
            .run_patiently(move |store| store.snapshot(|tx| refresh_tokens::find(tx, public_id)))
            .await?;
        let Some(kept) = found else { return Ok(None) };
        let ring = self.live().decide(async |view| view.key_ring().await).await?;
        Ok(ring.peppers().verify(&presented, &kept.secret.hash).then_some(kept))
    }
}

async fn decide<'a>(
    oauth: &OAuth,
    view: &View<'_>,
    request: &Request<'_>,
    known: Option<(PresentedSecret<'a>, &KeptRefreshToken)>,
) -> Result<Result<Box<Exchange<'a>>, NotServed>, Interrupted> {
    let caller = match application(oauth, view, request.client).await? {
        Ok(caller) => caller,
        Err(reason) => return Ok(Err(reason)),
    };
    let by_itself = caller.party();
    let refused = |refusal: Refusal| Ok(Err(NotServed::Refused(refusal, by_itself)));
    if request.refresh_token.is_none() {
        return refused(Refusal::Missing("refresh_token"));
    }
    let Some((presented, kept)) = known else { return refused(InvalidGrant::Unknown.into()) };
    let admitted = match Admitted::find(view, caller, kept.family).await? {
        Ok(admitted) => admitted,
        Err(reason) => return refused(reason.into()),
    };
    let refused = |refusal: Refusal| Ok(Err(NotServed::Refused(refusal, admitted.party())));
    let scopes = match narrowed(&admitted, request.scope) {
        Ok(scopes) => scopes,
        Err(refusal) => return refused(refusal),
    };
    let audience = match admitted.audience(&request.resources, oauth.options().issuer.as_str()) {
        Ok(audience) => audience,
        Err(refusal) => return refused(refusal),
    };
    let (wanted, kept) = (Wanted { scopes, audience, nonce: None }, kept.clone());
    Ok(Ok(Box::new(Exchange { admitted, wanted, presented, kept })))
}

/// What was granted and still is, or the part of it that is asked for: never more (RT-02, RT-03, T10).
fn narrowed(admitted: &Admitted, asked: Option<&str>) -> Result<UserScopes, Refusal> {
    let available = admitted.scopes();
    // Without this one the user, or the application's registration, no longer lets it act while the user is away.
    if !available.has(IdentityScope::OfflineAccess) {
        return Err(InvalidGrant::Ended.into());
    }
    let Some(asked) = asked else { return Ok(available) };
    let asked = UserScopes::parse(asked).map_err(Refusal::Scope)?;
    if asked.are_within(&available) { Ok(asked) } else { Err(Refusal::Scope(InvalidScope::NotGranted)) }
}

fn redeem(
    redemption: &mut Redemption<'_>,
    token: &KeptRefreshToken,
    grant: GrantId,
    successor: &[u8],
    secret: KeptSecret,
    idle_end: Timestamp,
) -> Result<Redeemed, store::Error> {
    let now = redemption.now();
    // Of a crowd that comes with one token most are answered here, and write nothing.
    if let Some(rotated) = refresh_tokens::rotated(redemption, token.id)? {
        return Ok(Redeemed::again(rotated, now));
    }
    if token.expires_at <= now || !families::hold(redemption, token.family)? {
        return Ok(Redeemed::Ended);
    }
    if refresh_tokens::take(redemption, token.id, successor)? {
        let id = redemption.new_id();
        let next = KeptRefreshToken { id, secret, family: token.family, expires_at: idle_end };
        refresh_tokens::insert(redemption, &next)?;
        grants::note_use(redemption, grant, now)?;
        return Ok(Redeemed::Taken);
    }
    let rotated = refresh_tokens::rotated(redemption, token.id)?;
    Ok(rotated.map_or(Redeemed::Ended, |rotated| Redeemed::again(rotated, now)))
}
