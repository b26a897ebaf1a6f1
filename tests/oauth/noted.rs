//! What an auditor reads of keys that were used and of clients that were denied: who, with which pair, from where, why and how
//! often; and nothing of what was presented.

use std::time::Duration;

use keystead::{
    domain::{
        api_key::UserKeyRoles, change::Subject, denial::Denial, happening::NotedAction, key_pair::ExpiryPolicy,
        text_enum::TextEnum,
    },
    manage,
};
use serde_json::json;

use crate::{
    nodes::{Nodes, OPERATOR, add_pair},
    on_both,
    presented_keys::{accepting_server, ask, forged, serve, serve_with, wrong_secrets},
    support::{
        backend::Backend,
        credential::key_id,
        noted::NotedRow,
        site::{Credential, Server, TestSite},
    },
};

pub(crate) const MINUTE: Duration = Duration::from_mins(1);

/// The rows after everything was written.
pub(crate) fn noted(site: &TestSite, server: &Server) -> Vec<NotedRow> {
    server.write_notes(site);
    site.noted()
}

/// The only row.
#[track_caller]
pub(crate) fn only(rows: &[NotedRow]) -> NotedRow {
    let [row] = rows else { panic!("one row: {rows:?}") };
    row.clone()
}

/// Moves the clock to the beginning of a minute, so that what follows lies in one.
pub(crate) fn begin_minute(site: &TestSite) {
    let into = site.store.now().expect("the database answers").as_micros().rem_euclid(60_000_000);
    site.clock.advance(Duration::from_micros(u64::try_from(60_000_000 - into).expect("below a minute")));
}

/// What happened, how often.
pub(crate) fn counts(rows: &[NotedRow]) -> Vec<((&str, &str), u64)> {
    let mut counts: Vec<_> = rows.iter().map(|row| (row.what(), row.count)).collect();
    counts.sort_unstable();
    counts
}

on_both! {
    // Covers: L150
    #[test]
    fn each_reason_for_which_a_key_is_not_let_in_is_told_with_key_pair_and_address(backend) {
        let nodes = Nodes::new(backend);
        let (site, server) = (&nodes.site, &nodes.near);
        let denied = |key: &Credential, reason: &str| {
            site.clock.advance(MINUTE);
            assert_eq!(server.token(key).status, 401, "{reason}");
            let rows = noted(site, server);
            let row = rows.iter().rfind(|row| row.target == key.client_id).expect("a row");
            assert_eq!(row.what(), ("client.refuse", reason));
            let place = (row.pair.as_str(), row.address.as_str(), row.space.as_str(), row.count);
            assert_eq!(place, (key.public_id.as_str(), "127.0.0.1", "Space", 1), "{row:?}");
            assert!(site.noted_about(key.public_id.as_str()).contains(row) && site.noted_about(&key.client_id).contains(row));
        };
        let key = || site.key("viewer", &[0]);
        let guessed = key();
        denied(&Credential { secret: forged(&guessed), ..guessed.clone() }, "wrong_secret");

        let disabled = key();
        site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&disabled)));
        denied(&disabled, "key_disabled");

        let first = key();
        let second = add_pair(&nodes, &first, ExpiryPolicy::At(nodes.now().plus(MINUTE)));
        site.clock.advance(MINUTE);
        denied(&second, "pair_expired");

        let user = nodes.user_with("jo", "viewer", &[0]);
        let of_user = nodes.key_of(user, UserKeyRoles::Inherit, &[]);
        let subject = [Subject::User(user)];
        nodes.write("UPDATE users SET api_keys_enabled = false, keys_cut_off = :seq", &subject);
        denied(&of_user, "owner_keys_disabled");
        nodes.write("UPDATE users SET api_keys_enabled = true, password_set_at = 1", &subject);
        let home = [Subject::Space(site.space)];
        nodes.write("UPDATE spaces SET password_life_seconds = 86400", &home);
        denied(&of_user, "owner_password_expired");
        site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, user));
        denied(&of_user, "owner_disabled");
        assert_eq!(site.noted_about(&user.to_string()).len(), 3, "the owner's auditors find them too");

        for (switch, reason) in [
            ("api_keys_enabled = false, keys_cut_off = :seq", "keys_disabled"),
            ("api_keys_supported = false, keys_cut_off = :seq", "not_supported_here"),
            ("state = 'closed', cut_off = :seq", "space_closed"),
        ] {
            nodes.write(&format!("UPDATE spaces SET {switch}"), &home);
            denied(&guessed, reason);
        }
    }

    // Covers: L150
    #[test]
    fn a_client_that_is_known_by_its_name_alone_is_told_without_a_pair(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        // What is none of our secrets by its form costs no read, so its client is named if the node knows it.
        server.mint(&key);
        begin_minute(&site);
        for (_, secret) in wrong_secrets(&site, &key) {
            assert_eq!(server.token(&Credential { secret, ..key.clone() }).status, 401);
        }
        let wrong = u64::try_from(wrong_secrets(&site, &key).len()).expect("a few");
        let revoked = site.key("viewer", &[0]);
        site.change(|change, deps| manage::api_keys::revoke(change, deps, OPERATOR, key_id(&revoked)));
        assert_eq!(server.token(&revoked).status, 401);
        let form = [("grant_type", "client_credentials"), ("client_id", &key.client_id)];
        assert_eq!(server.client.post("/oauth/token").form(&form).send().status, 401);
        let mut rows = noted(&site, &server);
        rows.retain(|row| row.what().0 == "client.refuse");
        assert!(rows.iter().all(|row| row.pair.is_empty() && row.space == "Space"), "{rows:?}");
        let of_key: Vec<_> = rows.iter().filter(|row| row.target == key.client_id).cloned().collect();
        let expected = [(("client.refuse", "no_credentials"), 1), (("client.refuse", "wrong_secret"), wrong)];
        assert_eq!(counts(&of_key), expected);
        assert_eq!(rows.len(), 3, "{rows:?}");
        let row = rows.iter().find(|row| row.target == revoked.client_id).expect("a row");
        assert_eq!((row.what(), row.count), (("client.refuse", "key_revoked"), 1));
    }

    // Covers: L150, K6
    #[test]
    fn a_stranger_is_told_by_network_and_nothing_that_was_presented_is_kept(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let secret = forged(&key);
        let wrong_field = Credential { client_id: key.secret.clone(), ..key.clone() };
        let gone = Credential { client_id: format!("key_{}", "0".repeat(32)), ..key.clone() };
        begin_minute(&site);
        assert_eq!(server.token(&wrong_field).status, 401);
        assert_eq!(server.token(&gone).status, 401);
        assert_eq!(server.token(&Credential { client_id: "jo@example.com".to_owned(), ..key.clone() }).status, 401);
        let rows = noted(&site, &server);
        let row = only(&rows);
        assert_eq!((row.what(), row.target.as_str(), row.count), (("client.refuse", "unknown_client"), "unknown client", 3));
        assert_eq!((row.address.as_str(), &row.detail["network"]), ("", &json!("127.0.0.0/24")));
        assert!(row.about.is_empty() && row.space.is_empty());

        let accepting = accepting_server(&site, "https://accepting.example.com");
        for shown in [&secret, &key.secret] {
            server.token(&Credential { secret: shown.clone(), ..key.clone() });
            ask(&site, &server, "?workspace=1002").bearer(shown).send();
            server.introspect(&accepting, shown);
            server.client.get("/api/v1/me").bearer(shown).send();
        }
        let everything = format!("{:?}", noted(&site, &server));
        for part in [secret.get(20..54), key.secret.get(20..54), Some("jo@example.com"), Some("000000000000")] {
            assert!(!everything.contains(part.expect("a part")), "{part:?}");
        }
    }
    // Covers: L150
    #[test]
    fn too_many_wrong_secrets_are_told_as_such(backend) {
        let site = TestSite::new(backend);
        let server = serve_with(&site, "2");
        let key = site.key("viewer", &[0]);
        let wrong = Credential { secret: forged(&key), ..key.clone() };
        begin_minute(&site);
        let statuses: Vec<u16> = (0..5).map(|_| server.token(&wrong).status).collect();
        assert_eq!(statuses, [401, 401, 429, 429, 429]);
        let expected = [(("client.refuse", "too_many_wrong_secrets"), 3), (("client.refuse", "wrong_secret"), 2)];
        assert_eq!(counts(&noted(&site, &server)), expected);
    }
}

// Covers: L150, H2
#[test]
fn the_address_is_the_peers_whatever_a_stranger_forwards() {
    let site = TestSite::new(Backend::Sqlite);
    let (disabled, forwarded) = (site.key("viewer", &[0]), "198.51.100.7");
    site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&disabled)));
    let address_noted = |server: &Server| {
        let form = [("grant_type", "client_credentials")];
        let request = server.client.post("/oauth/token").basic(&disabled.client_id, &disabled.secret).form(&form);
        assert_eq!(request.header("X-Forwarded-For", forwarded).send().status, 401);
        noted(&site, server).pop().expect("a row").address
    };
    assert_eq!(address_noted(&site.serve()), "127.0.0.1");
    assert_eq!(address_noted(&site.serve_with(|options| options.with("proxy.trusted", "127.0.0.1"))), forwarded);
}

// Covers: L150
#[test]
fn operators_can_look_up_every_action_and_reason() {
    let document = include_str!("../../docs/OPERATIONS.md");
    let words =
        NotedAction::ALL.iter().map(|action| action.as_str()).chain(Denial::ALL.iter().map(|reason| reason.as_str()));
    let missing: Vec<&str> = words.filter(|word| !document.contains(&format!("`{word}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
