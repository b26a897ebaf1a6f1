//! Ending families: when something of them was used by whom or when it must not have been, and when the application gives
//! them back.

use serde_json::json;

use super::{Error, OAuth, client_authentication::PresentedClient};
use crate::{
    domain::{
        audit_event::{Actor, AuditEntry, Credential, Origin},
        grant::{Family, Grant},
        ids::FamilyId,
        key_pair::PairOwner,
        text_enum::{TextEnum, text_enum},
    },
    store::{self, Change, audit, families, grants, key_pairs, users},
};

text_enum! {
    /// Why a family ends.
    Ending {
        /// A code was presented a second time (AC-02).
        CodeReused = "authorization_code.reuse",
        /// A code was presented by an application that it was not made for (A12).
        CodeOfAnotherApplication = "authorization_code.foreign_client",
        /// A refresh token was presented after its successor (T6).
        RefreshTokenReused = "refresh_token.reuse",
        /// A refresh token was presented by an application that it was not made for (T11).
        RefreshTokenOfAnotherApplication = "refresh_token.foreign_client",
        /// The application revoked its refresh token (RV-07).
        Revoked = "refresh_token.revoke",
    }
}

impl OAuth {
    /// Ends the family. When this returns, no node takes anything of it as active.
    /// `client` has proved who it is, and need not be the application that the family belongs to.
    pub(super) async fn end_family(
        &self,
        id: FamilyId,
        ending: Ending,
        client: PresentedClient<'_>,
    ) -> Result<(), Error> {
        let (pair, peer) = (client.pair(), client.peer);
        let public = client.public_client.and_then(|id| id.parse().ok());
        let ended = self.live.executor().run_patiently(move |store| {
            // Of a crowd that comes with one code all but one find that it has been done, and wait for no other change.
            if store.snapshot(|tx| families::find(tx, id))?.is_none() {
                return Ok(());
            }
            store.change(|change| {
                let Some(family) = families::find(change, id)? else { return Ok::<_, store::Error>(()) };
                let grant = grants::find(change, family.grant)?;
                let by = match pair {
                    Some(pair) => key_pairs::find_owner(change, pair)?.and_then(PairOwner::application),
                    None => public,
                };
                families::end(change, id)?;
                let origin = Origin::client(by.map_or(Actor::System, Actor::Application), Credential::of(pair), peer);
                let (origin, entry) = told(change, origin, ending, &family, grant.as_ref())?;
                audit::insert(change, &origin, &entry)
            })
        });
        Ok(ended.await?)
    }
}

/// What the log says: it belongs to the space of the user, who is acted for only if the application is the right one.
fn told(
    change: &mut Change<'_>,
    origin: Origin,
    ending: Ending,
    family: &Family,
    grant: Option<&Grant>,
) -> Result<(Origin, AuditEntry), store::Error> {
    let action = TextEnum::as_str(ending);
    let Some(grant) = grant else {
        let detail = json!({ "grant": family.grant });
        return Ok((origin, AuditEntry::new(action, family.id, None, detail).about(family.grant)));
    };
    let Grant { id, user, application, .. } = grant;
    let home = users::find(change, *user)?.map(|user| user.home);
    let detail = json!({ "grant": id, "user": user, "application": application });
    let entry = AuditEntry::new(action, family.id, home, detail).about(*id).about(*user).about(*application);
    if origin.actor != Actor::Application(*application) {
        return Ok((origin, entry));
    }
    let credential = Credential::Grant { grant: *id, pair: origin.credential.pair() };
    Ok((Origin { credential, ..origin.on_authority_of(Some(*user)) }, entry))
}
