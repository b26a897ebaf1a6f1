//! An audit event as it is kept, and the one form in which everybody gets to see it: API, export and command line.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    audit_detail::on_one_line,
    audit_event::{Actor, Origin},
    ids::{AuditEventId, GrantId, SessionId, SpaceId, UserId},
    key_pair::PublicId,
    sequence::Seq,
    time::Timestamp,
    workspace::WorkspaceNumber,
};

/// Version of the form; it grows if a member goes or gets another meaning, and not if one is added.
const VERSION: u8 = 1;

/// An audit event.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// Identifier.
    pub id: AuditEventId,
    /// The change that it belongs to, or the last one before it.
    pub seq: Seq,
    /// When it happened first.
    pub at: Timestamp,
    /// When it happened last, if it is something that is counted.
    pub last_at: Option<Timestamp>,
    /// How often it happened.
    pub count: i64,
    /// Verb.
    pub action: String,
    /// What it happened to.
    pub target: String,
    /// The space it belongs to.
    pub space: Option<SpaceId>,
    /// The workspace that it is about, if it is about one.
    pub workspace: Option<WorkspaceNumber>,
    /// Who did it, with what, for whom, and from where.
    pub origin: Origin,
    /// All that it can be found by.
    pub about: Vec<String>,
    /// What changed.
    pub detail: Value,
    /// Its place in the chain, once it has one.
    pub sealed: Option<Sealed>,
}

/// The place of an event in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which one it is, counted over all spaces.
    pub position: i64,
    /// Hash of everything up to it.
    pub seal: Vec<u8>,
}

impl Sealed {
    /// The seal in hexadecimal digits.
    #[must_use]
    pub fn digits(&self) -> String {
        hex(&self.seal)
    }
}

impl AuditRecord {
    /// One line of JSON without its end, below 8 KiB, as it is exported.
    ///
    /// # Errors
    /// None that this form could cause.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        let line = Line { version: VERSION, event: self };
        serde_json::to_string(&line).map(|json| on_one_line(&json))
    }
}

#[derive(Serialize)]
struct Line<'a> {
    version: u8,
    #[serde(flatten)]
    event: &'a AuditRecord,
}

/// The members, in the order in which people look for them. All are there always.
#[derive(Serialize)]
struct Shown<'a> {
    id: AuditEventId,
    seq: i64,
    at: String,
    last_at: Option<String>,
    count: i64,
    action: &'a str,
    target: &'a str,
    space: Option<SpaceId>,
    workspace: Option<WorkspaceNumber>,
    actor: ShownActor,
    credential: ShownCredential,
    authority: Option<UserId>,
    address: Option<std::net::IpAddr>,
    about: &'a [String],
    detail: &'a Value,
    position: Option<i64>,
    seal: Option<String>,
}

#[derive(Serialize)]
struct ShownActor {
    kind: &'static str,
    id: Option<String>,
}

#[derive(Serialize)]
struct ShownCredential {
    pair: Option<PublicId>,
    grant: Option<GrantId>,
    session: Option<SessionId>,
}

impl Serialize for AuditRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Origin { actor, credential, authority, address } = self.origin;
        let id = match actor {
            Actor::Operator | Actor::System => None,
            somebody => Some(somebody.to_string()),
        };
        let shown = Shown {
            id: self.id,
            seq: self.seq.get(),
            at: self.at.to_the_microsecond(),
            last_at: self.last_at.map(Timestamp::to_the_microsecond),
            count: self.count,
            action: &self.action,
            target: &self.target,
            space: self.space,
            workspace: self.workspace,
            actor: ShownActor { kind: actor.parts().0, id },
            credential: ShownCredential {
                pair: credential.pair(),
                grant: credential.grant(),
                session: credential.session(),
            },
            authority,
            address,
            about: &self.about,
            detail: &self.detail,
            position: self.sealed.as_ref().map(|sealed| sealed.position),
            seal: self.sealed.as_ref().map(Sealed::digits),
        };
        shown.serialize(serializer)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // A text takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use serde_json::json;
    use uuid::Uuid;

    use super::{AuditRecord, Sealed};
    use crate::domain::{
        audit_event::{Actor, Credential, Origin},
        ids::{ApiKeyId, AuditEventId, Id, SpaceId, UserId},
        sequence::Seq,
        time::Timestamp,
        workspace::WorkspaceNumber,
    };

    // Covers: KM-16, K13
    #[test]
    fn a_line_has_these_members_in_this_form() {
        let id = Uuid::from_u128(7);
        let key = Actor::ApiKey(ApiKeyId::from_uuid(id));
        let pair = "AAAAAAAAAAAAAAAA".parse().expect("a public id");
        let address = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let user = UserId::from_uuid(id);
        let record = AuditRecord {
            id: AuditEventId::from_uuid(id),
            seq: Seq::new(3),
            at: Timestamp::from_micros(1_790_000_000_000_001),
            last_at: None,
            count: 1,
            action: "workspace.rename".to_owned(),
            target: "wsp_00000000000000000000000000000007".to_owned(),
            space: Some(SpaceId::from_uuid(id)),
            workspace: WorkspaceNumber::new(1001),
            origin: Origin::client(key, Credential::Pair(pair), address).on_authority_of(Some(user)),
            about: vec!["workspace:1001".to_owned()],
            detail: json!({ "name": { "from": "a", "to": "b\u{2028}" } }),
            sealed: Some(Sealed { position: 9, seal: vec![0, 255] }),
        };
        let golden = concat!(
            r#"{"version":1,"id":"aud_00000000000000000000000000000007","seq":3,"at":"2026-09-21T14:13:20.000001Z","#,
            r#""last_at":null,"count":1,"action":"workspace.rename","target":"wsp_00000000000000000000000000000007","#,
            r#""space":"spc_00000000000000000000000000000007","workspace":1001,"#,
            r#""actor":{"kind":"api_key","id":"key_00000000000000000000000000000007"},"#,
            r#""credential":{"pair":"AAAAAAAAAAAAAAAA","grant":null,"session":null},"#,
            r#""authority":"usr_00000000000000000000000000000007","address":"127.0.0.1","about":["workspace:1001"],"#,
            r#""detail":{"name":{"from":"a","to":"b\u2028"}},"position":9,"seal":"00ff"}"#,
        );
        assert_eq!(record.to_line().expect("a line"), golden);
    }
}
