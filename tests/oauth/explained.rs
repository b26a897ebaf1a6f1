//! The inspector beside introspection: both say the same of a token, and the inspector says why.

use std::time::Duration;

use keystead::{
    domain::{
        api_key::{Owner, UserKeyRoles},
        change::Subject,
        condition::Question,
        explanation::{Kind, Outcome},
        ids::UserId,
        key_pair::ExpiryPolicy,
        signing_key::{SigningAlgorithm, SigningKeyState},
    },
    manage::{
        self,
        api_keys::RegenerateApiKey,
        key_pairs::{DeletePair, SetExpiry},
        key_roles::ChangeKeyRole,
        signing_keys::{NewSigningKey, RevokeSigningKey},
        spaces::EditSpace,
        users::EditUser,
    },
};

use crate::{
    nodes::{Nodes, OPERATOR, add_pair},
    on_both,
    support::{
        browser::set_password,
        credential::{key_id, resource_server_id},
        explained::{explained, failures},
        site::Credential,
    },
};

/// Both say that it is dead, and the inspector says why.
#[track_caller]
fn dead(nodes: &Nodes, token: &str, reasons: &[Question]) {
    assert!(!nodes.is_active(token), "introspection says that it is active: {reasons:?}");
    assert_eq!(failures(&explained(&nodes.site, token)), reasons);
}

fn change(nodes: &Nodes, key: &Credential, what: &str) {
    let id = key_id(key);
    nodes.site.change(|change, deps| match what {
        "disable" => manage::api_keys::disable(change, deps, OPERATOR, id),
        "enable" => manage::api_keys::enable(change, deps, OPERATOR, id),
        "revoke" => manage::api_keys::revoke(change, deps, OPERATOR, id),
        "revoke tokens" => manage::api_keys::revoke_tokens(change, deps, OPERATOR, id),
        "remove" => manage::api_keys::remove(change, deps, OPERATOR, id),
        "regenerate" => {
            let input = RegenerateApiKey { id, expiry: ExpiryPolicy::Never };
            manage::api_keys::regenerate(change, deps, OPERATOR, input).map(drop)
        }
        "delete pair" => {
            let input = DeletePair { key: id, pair: key.public_id, even_if_last: true };
            manage::key_pairs::delete(change, deps, OPERATOR, input)
        }
        other => panic!("{other}"),
    });
}

on_both! {
    // Covers: EX-01
    #[test]
    fn whatever_ends_a_token_through_its_key_is_named(backend) {
        let nodes = Nodes::new(backend);
        let cases: [(&[&str], &[Question]); 7] = [
            (&["disable"], &[Question::KeyEnabled, Question::NotCutOffByKey]),
            (&["disable", "enable"], &[Question::NotCutOffByKey]),
            (&["revoke"], &[Question::PairExists, Question::KeyNotRevoked, Question::NotCutOffByKey]),
            (&["regenerate"], &[Question::PairExists, Question::NotCutOffByKey]),
            (&["revoke tokens"], &[Question::NotCutOffByKey]),
            (&["delete pair"], &[Question::PairExists]),
            (&["remove"], &[Question::KeyExists]),
        ];
        for (steps, reasons) in cases {
            let key = nodes.site.key("viewer", &[0]);
            add_pair(&nodes, &key, ExpiryPolicy::Never);
            let token = nodes.token(&key);
            assert_eq!((failures(&explained(&nodes.site, &token)), explained(&nodes.site, &token).kind), (vec![], Kind::TokenOfKey));
            for step in steps {
                change(&nodes, &key, step);
            }
            dead(&nodes, &token, reasons);
        }
    }

    // Covers: EX-01
    #[test]
    fn the_clock_and_a_revocation_by_itself_end_a_token_and_are_named(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let revoked = nodes.token(&key);
        assert_eq!(nodes.near.revoke(&key, &revoked).status, 200);
        dead(&nodes, &revoked, &[Question::NotRevoked]);

        let (short, token) = (add_pair(&nodes, &key, ExpiryPolicy::Never), nodes.token(&key));
        let of_short = nodes.token(&short);
        let end = ExpiryPolicy::At(nodes.now().plus(Duration::from_mins(2)));
        let input = SetExpiry { key: key_id(&key), pair: short.public_id, expiry: end };
        nodes.site.change(|change, deps| manage::key_pairs::set_expiry(change, deps, OPERATOR, input));
        nodes.site.clock.advance(Duration::from_mins(2));
        dead(&nodes, &of_short, &[Question::PairInTime]);
        assert!(nodes.is_active(&token));
        nodes.site.clock.advance(Duration::from_hours(24));
        dead(&nodes, &token, &[Question::InTime]);
    }

    // Covers: EX-01
    #[test]
    fn whatever_ends_a_token_through_its_owner_is_named(backend) {
        let nodes = Nodes::new(backend);
        let owner = nodes.user_with("owner", "viewer", &[0]);
        let key = nodes.key_of(owner, UserKeyRoles::Inherit, &[]);

        let token = nodes.token(&key);
        switch_keys_of_user(&nodes, owner, false);
        dead(&nodes, &token, &[Question::OwnerKeysOn, Question::NotCutOffByUserKeys]);
        switch_keys_of_user(&nodes, owner, true);
        dead(&nodes, &token, &[Question::NotCutOffByUserKeys]);

        let token = nodes.token(&key);
        set_password(&nodes.site, owner, "correct horse battery staple");
        assert!(nodes.is_active(&token), "a new password ends logins and no keys");

        nodes.site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, owner));
        let failed = failures(&explained(&nodes.site, &token));
        assert!(!nodes.is_active(&token) && failed.contains(&Question::OwnerEnabled), "{failed:?}");
        assert!(failed.contains(&Question::NotCutOffByUser), "{failed:?}");
    }

    // Covers: EX-01
    #[test]
    fn whatever_ends_a_token_through_its_space_is_named(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let switch = |on| nodes.site.change(|change, deps| {
            let input = EditSpace { api_keys_enabled: Some(on), ..EditSpace::of(nodes.site.space) };
            manage::spaces::edit(change, deps, OPERATOR, input).map(drop)
        });
        let token = nodes.token(&key);
        switch(false);
        dead(&nodes, &token, &[Question::SpaceKeysOn, Question::NotCutOffBySpaceKeys]);
        switch(true);
        dead(&nodes, &token, &[Question::NotCutOffBySpaceKeys]);

        let token = nodes.token(&key);
        nodes.site.change(|change, deps| manage::spaces::close(change, deps, OPERATOR, nodes.site.space));
        dead(&nodes, &token, &[Question::SpaceOpen, Question::NotCutOffBySpace]);
        nodes.site.change(|change, deps| manage::spaces::reopen(change, deps, OPERATOR, nodes.site.space));
        dead(&nodes, &token, &[Question::NotCutOffBySpace]);

        let token = nodes.token(&key);
        nodes.write("UPDATE site SET cut_off = :seq", &[Subject::Site]);
        dead(&nodes, &token, &[Question::NotCutOffBySite]);

        let token = nodes.token(&key);
        nodes.write("UPDATE audiences SET since = :seq", &[Subject::Site]);
        dead(&nodes, &token, &[Question::AudienceKept]);
        let server = resource_server_id(&nodes.site.resource_server);
        nodes.site.change(|change, deps| manage::resource_servers::disable(change, deps, OPERATOR, server));
        let told = explained(&nodes.site, &token).steps;
        let asked_by = told.iter().find(|step| step.question == Question::AudienceServed).expect("it is told");
        assert_eq!((asked_by.outcome, asked_by.decides), (Outcome::Fails, false), "who may ask decides nothing of the token");
    }

    // Covers: EX-01
    #[test]
    fn a_revoked_signing_key_is_named_and_what_it_signed_is_not_believed(backend) {
        let nodes = Nodes::new(backend);
        let token = nodes.token(&nodes.site.key("viewer", &[0]));
        let keys = nodes.site.store.snapshot(|tx| manage::signing_keys::list(tx)).expect("a snapshot");
        let signs = keys.iter().find(|key| {
            key.algorithm == SigningAlgorithm::Es256 && key.state == SigningKeyState::Active
        });
        let id = signs.expect("a key that signs").id;
        let replacement = NewSigningKey::generate(&nodes.site.deps, SigningAlgorithm::Es256, nodes.now()).expect("a key");
        let input = RevokeSigningKey { id, replacement };
        nodes.site.change(|change, deps| manage::signing_keys::revoke(change, deps, OPERATOR, input).map(drop));
        dead(&nodes, &token, &[Question::Signed]);
        let said = explained(&nodes.site, &token);
        assert_eq!((said.kind, said.token.is_none(), said.steps.len()), (Kind::Foreign, true, 1));
        assert!(said.steps[0].says.contains(&format!("{id}, which is revoked since")), "{}", said.steps[0].says);
    }

    // Covers: EX-02
    #[test]
    fn roles_networks_and_numbers_are_told(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key_with(|key| {
            key.owner = Owner::Space;
            key.roles = vec![nodes.site.role("viewer", &[0, 1])];
            key.allowed_networks = keystead::domain::allowed_networks::AllowedNetworks::new(vec![
                "127.0.0.0/8".parse().expect("a network"),
            ])
            .expect("one");
        });
        let token = nodes.token(&key);
        let request = || ChangeKeyRole { id: key_id(&key), request: nodes.site.role("viewer", &[0]) };
        nodes.site.change(|change, deps| manage::key_roles::take(change, deps, OPERATOR, request()));
        let roles = || -> Vec<_> {
            let steps = explained(&nodes.site, &token).steps.into_iter();
            steps.filter(|step| step.question == Question::RoleCounts).map(|step| (step.outcome, step.says)).collect()
        };
        let (gone, kept) = (&roles()[0], &roles()[1]);
        assert_eq!((gone.0, kept.0), (Outcome::Fails, Outcome::Ok));
        assert!(gone.1.contains("in workspace 1001 is held no more"), "{}", gone.1);
        nodes.site.change(|change, deps| manage::key_roles::give(change, deps, OPERATOR, request()));
        assert!(roles()[0].1.contains("after the token was made"), "{}", roles()[0].1);

        change(&nodes, &key, "revoke tokens");
        let said = explained(&nodes.site, &token);
        let cut = said.steps.iter().find(|step| step.question == Question::NotCutOffByKey).expect("it is told");
        let (made_at, cut_at) = (said.token.expect("a token").made_at, cut.change.expect("a number"));
        assert!(made_at < cut_at && cut_at <= said.head, "{made_at} {cut_at} {}", said.head);
        assert!(cut.says.contains(&format!("at change {cut_at}; this was made before, at change {made_at}")));
        let network = said.steps.iter().find(|step| step.question == Question::AnyNetwork).expect("it is told");
        assert_eq!((network.outcome, network.decides), (Outcome::Unknown, false));
        assert!(network.says.contains("127.0.0.0/8"), "{}", network.says);
    }
}

fn switch_keys_of_user(nodes: &Nodes, id: UserId, on: bool) {
    nodes.site.change(|change, deps| {
        let input = EditUser { api_keys_enabled: Some(on), ..EditUser::of(id) };
        manage::users::edit(change, deps, OPERATOR, input)
    });
}
