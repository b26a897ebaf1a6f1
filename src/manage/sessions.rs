//! Sessions: begun after a right password, found by their cookie, listed and ended.

use std::{net::IpAddr, time::Duration};

use serde_json::json;

use super::{Deps, Error, audit, find, logins::event_id, users};
use crate::{
    crypto::{
        keyed_hash::Peppers,
        random,
        secret_text::{NewSecret, PresentedSecret, SecretKind, SecretText},
    },
    domain::{
        audit_event::{Actor, AuditEntry, Origin},
        authority::Authority,
        ids::{AuditEventId, Id, SessionId, SpaceId, UserId},
        key_pair::PublicId,
        scope::OFFLINE_ACCESS,
        sequence::Seq,
        session::Session,
        space::Space,
        time::Timestamp,
        user::{User, UserProfile},
    },
    store::{self, Change, Upkeep, session_ends, sessions::KeptSession, transaction::Reads},
};
