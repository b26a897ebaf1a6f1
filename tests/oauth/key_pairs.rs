//! The pairs of a key, as far as they log in: two at most, each with its own end, none ever shown again.

use std::{collections::BTreeSet, time::Duration};

use keystead::{
    crypto::secret_text::{PresentedSecret, SecretKind},
    domain::{authority::Authority, key_pair::ExpiryPolicy},
    manage::{
        self, Error,
        api_keys::RegenerateApiKey,
        key_pairs::{AddPair, DeletePair},
    },
};

use crate::{
    decoded, on_both,
    support::{
        backend::Backend,
        credential::key_id,
        site::{Credential, TestSite},
    },
};

fn add(site: &TestSite, key: &Credential) -> Result<Credential, Error> {
    let input = AddPair { key: key_id(key), expiry: ExpiryPolicy::Never, retire_other_after: None };
    let made = site.try_change(|change, deps| manage::key_pairs::add(change, deps, &Authority::OPERATOR, input))?;
    let secret = made.secret.expose().to_owned();
    Ok(Credential { client_id: made.client_id.to_string(), public_id: made.public_id, secret })
}

fn pairs_of(site: &TestSite, key: &Credential) -> usize {
    site.change(|change, _| manage::facts::show(change, &Authority::OPERATOR, key_id(key))).key.pairs.len()
}

/// The characters of a secret that nobody can know from elsewhere.
fn secret_part(key: &Credential) -> &str {
    key.secret.get(20..54).expect("sixty characters")
}

fn expiring(site: &TestSite, expiry: ExpiryPolicy) -> Credential {
    site.key_with(|key| {
        key.roles = vec![site.role("viewer", &[0])];
        key.expiry = expiry;
    })
}

on_both! {
    // Covers: CC-01, L093, L095, L096
    #[test]
    fn both_pairs_are_the_same_key_and_end_apart(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let first = site.key("ci_cd_integration", &[0, 1]);
        assert_eq!(pairs_of(&site, &first), 1);

        let second = add(&site, &first).expect("a second pair");
        assert_eq!(second.client_id, first.client_id);
        assert_ne!(second.public_id, first.public_id);
        let (one, other) = (server.mint(&first), server.mint(&second));
        let (claims, other_claims) = (decoded::claims(&one), decoded::claims(&other));
        for member in ["sub", "client_id", "roles", "workspaces", "scope", "space"] {
            assert_eq!(claims[member], other_claims[member], "{member}");
        }
        assert_eq!(claims["key"]["pair"], first.public_id.as_str());
        assert_eq!(other_claims["key"]["pair"], second.public_id.as_str());

        let input = DeletePair { key: key_id(&first), pair: first.public_id, even_if_last: false };
        site.change(|change, deps| manage::key_pairs::delete(change, deps, &Authority::OPERATOR, input));
        assert_eq!(server.token(&first).status, 401);
        assert!(!server.is_active(&site.resource_server, &one));
        assert_eq!(server.token(&second).status, 200);
        assert!(server.is_active(&site.resource_server, &other));
        assert!(add(&site, &first).is_ok(), "the place is free again");
    }

    // Covers: L094, KM-03
    #[test]
    fn a_third_pair_is_refused_and_changes_nothing(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let first = site.key("viewer", &[0]);
        let second = add(&site, &first).expect("a second pair");

        assert!(matches!(add(&site, &first), Err(Error::PairLimit)));
        assert_eq!(pairs_of(&site, &first), 2);
        assert_eq!((server.token(&first).status, server.token(&second).status), (200, 200));
    }

    // Covers: L094
    #[test]
    fn of_two_pairs_added_at_once_to_one_place_one_is_refused(backend) {
        let site = TestSite::new(backend);
        for _ in 0..5 {
            let key = site.key("viewer", &[0]);
            let outcomes: Vec<_> = std::thread::scope(|scope| {
                let adding: Vec<_> = (0..2).map(|_| scope.spawn(|| add(&site, &key))).collect();
                adding.into_iter().map(|thread| thread.join().expect("no panic")).collect()
            });
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
            assert_eq!(pairs_of(&site, &key), 2);
        }
    }

    // Covers: L122
    #[test]
    fn a_pair_of_ninety_days_ends_at_that_second_and_so_do_its_tokens(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = expiring(&site, ExpiryPolicy::NinetyDays);
        let end = site.change(|change, _| manage::facts::show(change, &Authority::OPERATOR, key_id(&key))).key.pairs[0].expires_at;
        let end = end.expect("an end");
        let left = || Duration::from_micros(u64::try_from(end.as_micros() - server.live.present().now.as_micros()).unwrap());

        let early = server.token(&key);
        assert_eq!(early.json()["expires_in"], 900);
        site.clock.advance(left().checked_sub(Duration::from_secs(100)).unwrap());
        let late = server.token(&key);
        let claims = decoded::claims_of(&late);
        assert_eq!(claims["exp"], end.as_seconds(), "no token outlives its pair");
        let (expires_in, iat) = (late.json()["expires_in"].as_i64().unwrap(), claims["iat"].as_i64().unwrap());
        assert_eq!(expires_in, end.as_seconds() - iat);
        assert!(expires_in <= 100);
        let token = late.text("access_token");

        site.clock.advance(Duration::from_mins(1));
        assert_eq!(server.token(&key).status, 200);
        assert!(server.is_active(&site.resource_server, &token));
        site.clock.advance(Duration::from_secs(40));
        assert_eq!(server.token(&key).status, 401);
        assert!(!server.is_active(&site.resource_server, &token));
    }

    // Covers: L121
    #[test]
    fn a_pair_without_expiry_lasts_for_years_and_no_longer_than_its_key(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = expiring(&site, ExpiryPolicy::Never);
        assert_eq!(server.token(&key).status, 200);

        site.clock.advance(Duration::from_hours(5 * 366 * 24));
        assert_eq!(server.token(&key).json()["expires_in"], 900);
        site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
        assert_eq!(server.token(&key).status, 401);
    }

    // Covers: L008, L042, L043, L045
    #[test]
    fn a_lost_secret_is_revoked_and_regenerated_and_stays_dead(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let lost = site.key("viewer", &[0]);
        let token = server.mint(&lost);
        site.change(|change, deps| manage::api_keys::revoke(change, deps, &Authority::OPERATOR, key_id(&lost)));
        assert_eq!(server.token(&lost).status, 401);

        let input = RegenerateApiKey { id: key_id(&lost), expiry: ExpiryPolicy::Never };
        let made = site.change(|change, deps| manage::api_keys::regenerate(change, deps, &Authority::OPERATOR, input));
        assert_eq!(made.client_id.to_string(), lost.client_id);
        let new = Credential { secret: made.secret.expose().to_owned(), public_id: made.public_id, ..lost.clone() };
        assert_eq!(server.token(&lost).status, 401);
        assert_eq!(decoded::claims_of(&server.token(&new))["workspaces"], decoded::claims(&token)["workspaces"]);
        assert!(!server.is_active(&site.resource_server, &token));
    }
}

// Covers: L097, L005, K7
#[test]
fn secrets_are_sixty_url_safe_characters_and_no_two_are_equal() {
    let site = TestSite::new(Backend::Sqlite);
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        let key = site.key("viewer", &[0]);
        assert_eq!(key.secret.len(), 60);
        assert!(key.secret.starts_with("ksk_"), "people and scanners recognize it");
        assert!(key.secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        let secret = PresentedSecret::parse(&key.secret).expect("the checksum fits");
        assert_eq!((secret.kind(), secret.public_id()), (SecretKind::ApiKey, key.public_id));
        assert_ne!(key.client_id, key.secret);
        assert!(seen.insert(secret_part(&key).to_owned()));
        assert!(seen.insert(key.public_id.to_string()));
    }
}

// Covers: L006, K7
#[test]
fn the_database_has_no_secret_only_its_keyed_hash() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let token = server.mint(&key);

    let mut files = 0;
    for entry in std::fs::read_dir(site.database.folder.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        if !path.is_file() {
            continue;
        }
        files += 1;
        let bytes = std::fs::read(&path).expect("a file");
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(&key.secret) && !holds(secret_part(&key)), "{}", path.display());
        assert!(!holds(secret_part(&site.resource_server)), "{}", path.display());
        assert!(!holds(token.rsplit('.').next().expect("a signature")), "{}", path.display());
    }
    assert!(files >= 1);
    let facts = site.change(|change, _| manage::facts::show(change, &Authority::OPERATOR, key_id(&key)));
    assert!(!format!("{facts:?}").contains(secret_part(&key)));
    assert!(!format!("{:?}", server.token(&key).body).contains(secret_part(&key)));
}
