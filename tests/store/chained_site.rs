//! A site with some history, all of it sealed, and a connection that somebody with the password of the database could have.

use std::time::Duration;

use keystead::{
    domain::{
        audit_chain::Checkpoint,
        audit_event::{AuditEntry, Origin},
        authority::Authority,
    },
    jobs::audit_sealing,
    manage::{
        self,
        audit_chain::{Verification, verify},
    },
    store::{audit, audit_chain, db::Db, transaction::Reads},
};
use serde_json::json;

use crate::{
    sql,
    support::{backend::Backend, credential::key_id, site::TestSite},
};

/// A site whose events are sealed.
pub(crate) fn sealed_site(backend: Backend, keys: usize) -> TestSite {
    let site = TestSite::new(backend);
    for _ in 0..keys {
        let key = key_id(&site.key("viewer", &[0, 1]));
        site.change(|change, deps| manage::api_keys::revoke(change, deps, &Authority::OPERATOR, key));
    }
    site.user("jo");
    count_a_denial(&site, 3);
    site.clock.advance(Duration::from_mins(2));
    seal(&site);
    site
}

/// An event that happened so often within a minute, and is closed after it.
pub(crate) fn count_a_denial(site: &TestSite, times: i64) {
    let entry = AuditEntry::new("client.refuse", "somebody", Some(site.space), json!({ "reason": "wrong_secret" }));
    let note = site.store.redeem(|redemption| {
        let id = keystead::store::Writes::new_id(redemption);
        audit::note(redemption, id, keystead::domain::sequence::Seq::ZERO, &Origin::SYSTEM, &entry)
    });
    assert!(note.expect("it commits"));
    let open = "action = 'client.refuse' AND position IS NULL AND last_at IS NULL";
    site.database.execute(&format!("UPDATE audit_events SET count = {times}, last_at = at + 5 WHERE {open}"));
}

/// Seals what is due; how many events that was.
pub(crate) fn seal(site: &TestSite) -> usize {
    audit_sealing::run_once(&site.store, &site.deps.master).expect("the chain is whole")
}

/// Where the chain ends.
pub(crate) fn end(site: &TestSite) -> Checkpoint {
    let head = site.store.snapshot(|tx| audit_chain::find(tx)).expect("it answers");
    head.expect("the chain has begun").head.last
}

/// What the check says.
pub(crate) fn verified(site: &TestSite, checkpoints: &[Checkpoint]) -> Verification {
    site.store.snapshot(|tx| verify(tx, &site.deps.master, checkpoints)).expect("the database answers")
}

/// A connection past Keystead; what is written on it can be read on it before it commits.
pub(crate) struct Past(pub(crate) Db);

impl Past {
    pub(crate) fn new(site: &TestSite) -> Self {
        Self(sql::connect(&site.database))
    }
}

impl Reads for Past {
    fn db(&mut self) -> &mut Db {
        &mut self.0
    }
}
