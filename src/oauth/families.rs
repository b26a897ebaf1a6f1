//! Ending families: when something of them was used by whom or when it must not have been, and when the application gives
//! them back.

use std::net::IpAddr;

use serde_json::json;

use super::{Error, OAuth};
use crate::{
    domain::{
        audit_event::{Actor, AuditEntry, Credential, Origin},
        ids::FamilyId,
        text_enum::text_enum,
    },
    store::{self, audit, families, grants, users},
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
    pub(super) async fn end_family(&self, id: FamilyId, ending: Ending, peer: Option<IpAddr>) -> Result<(), Error> {
        let ended = self.live.executor().run_patiently(move |store| {
            // Of a crowd that comes with one code all but one find that it has been done, and wait for no other change.
            if store.snapshot(|tx| families::find(tx, id))?.is_none() {
                return Ok(());
            }
            store.change(|change| {
                let Some(family) = families::find(change, id)? else { return Ok::<_, store::Error>(()) };
                let grant = grants::find(change, family.grant)?;
                families::end(change, id)?;
                let application = grant.as_ref().map(|grant| grant.application);
                let actor = application.map_or(Actor::System, Actor::Application);
                let user = grant.map(|grant| grant.user);
                let home = match user {
                    Some(user) => users::find(change, user)?.map(|user| user.home),
                    None => None,
                };
                let detail = json!({ "grant": family.grant, "user": user, "application": application });
                let action = crate::domain::text_enum::TextEnum::as_str(ending);
                let entry = AuditEntry::new(action, id, home, detail);
                let credential = Credential::Grant { grant: family.grant, pair: None };
                let origin = Origin::client(actor, credential, peer).on_authority_of(user);
                audit::insert(change, &origin, &entry)
            })
        });
        Ok(ended.await?)
    }
}
