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
        ids::GrantId,
        key_pair::KeptSecret,
        scope::InvalidScope,
        time::Timestamp,
        user_scope::{IdentityScope, UserScopes},
    },
    live::{Interrupted, View},
    oauth::{Error, OAuth, Refusal, families::Ending},
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

enum Decision {
    Refresh(Box<(Admitted, Wanted)>),
    NotServed(NotServed),
    /// The token is another application's.
    Foreign,
}

impl OAuth {
    pub(super) async fn refresh(&self, request: Request<'_>) -> Result<Answer, Error> {
        let presented = request.refresh_token.and_then(|token| PresentedSecret::parse(token).ok());
        let presented = presented.filter(|secret| secret.kind() == SecretKind::RefreshToken);
        let kept = match presented {
            Some(secret) => self.find_refresh_token(secret).await?,
            None => None,
        };
        let issuer = self.options().issuer.as_str();
        let decided =
            self.live().decide(async |view| decide(view, issuer, &request, presented, kept.as_ref()).await).await?;
        let (Some(presented), Some(kept)) = (presented, kept) else {
            let reason = match decided {
                Decision::NotServed(reason) => reason,
                Decision::Refresh(_) | Decision::Foreign => Refusal::InvalidGrant.into(),
            };
            return Err(reason.into_error(self, request.client));
        };
        let (admitted, wanted) = match decided {
            Decision::Refresh(found) => *found,
            Decision::NotServed(reason) => return Err(reason.into_error(self, request.client)),
            Decision::Foreign => {
                self.end_family(kept.family, Ending::RefreshTokenOfAnotherApplication, request.client).await?;
                return Err(Refusal::InvalidGrant.into());
            }
        };
        let family = kept.family;
        let next = NewSecret::generate(SecretKind::RefreshToken).map_err(|_| store::Error::NoRandomness)?;
        let sealed = successor::seal(&presented, &next.text).map_err(|error| Error::CannotSign(error.to_string()))?;
        let idle_end = admitted.moment.now.plus(self.options().refresh_idle).min(admitted.family.expires_at);
        let grant = admitted.family.grant;
        let secret = KeptSecret { public_id: next.public_id, hash: admitted.ring.peppers().hash(&next.text) };
        let redeemed = self.live().executor().run_patiently(move |store| {
            store.redeem(|redemption| redeem(redemption, &kept, grant, &sealed, secret, idle_end))
        });
        let successor = match redeemed.await? {
            Redeemed::Taken => Zeroizing::new(next.text.expose().to_owned()),
            Redeemed::Repeated(sealed) => {
                successor::open(&presented, &sealed).map_err(|error| Error::CannotSign(error.to_string()))?
            }
            Redeemed::Reused => {
                self.end_family(family, Ending::RefreshTokenReused, request.client).await?;
                return Err(Refusal::InvalidGrant.into());
            }
            Redeemed::Ended => return Err(Refusal::InvalidGrant.into()),
        };
        self.user_tokens(&admitted, wanted, Some(successor))
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

async fn decide(
    view: &View<'_>,
    issuer: &str,
    request: &Request<'_>,
    presented: Option<PresentedSecret<'_>>,
    kept: Option<&KeptRefreshToken>,
) -> Result<Decision, Interrupted> {
    let refused = |refusal: Refusal| Ok(Decision::NotServed(refusal.into()));
    let caller = match application(view, request.client).await? {
        Ok(caller) => caller,
        Err(reason) => return Ok(Decision::NotServed(reason)),
    };
    if request.refresh_token.is_none() {
        return refused(Refusal::Missing("refresh_token"));
    }
    let (Some(_), Some(kept)) = (presented, kept) else { return refused(Refusal::InvalidGrant) };
    let asked_by = caller.application.id;
    let Some(family) = view.family(kept.family).await? else { return refused(Refusal::InvalidGrant) };
    let owner = view.grant_standing(family.grant).await?.map(|grant| grant.standing.grant.application);
    if owner.is_some_and(|owner| owner != asked_by) {
        return Ok(Decision::Foreign);
    }
    let admitted = match Admitted::find(view, caller, kept.family).await? {
        Ok(admitted) => admitted,
        Err(refusal) => return refused(refusal),
    };
    let scopes = match narrowed(&admitted, request.scope) {
        Ok(scopes) => scopes,
        Err(refusal) => return refused(refusal),
    };
    let audience = match admitted.audience(&request.resources, issuer) {
        Ok(audience) => audience,
        Err(refusal) => return refused(refusal),
    };
    Ok(Decision::Refresh(Box::new((admitted, Wanted { scopes, audience, nonce: None }))))
}

/// What was granted and still is, or the part of it that is asked for: never more (RT-02, RT-03, T10).
fn narrowed(admitted: &Admitted, asked: Option<&str>) -> Result<UserScopes, Refusal> {
    let available = admitted.scopes();
    // Without this one the user, or the application's registration, no longer lets it act while the user is away.
    if !available.has(IdentityScope::OfflineAccess) {
        return Err(Refusal::InvalidGrant);
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
