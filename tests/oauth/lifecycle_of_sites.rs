//! What becomes of tokens when their space, their site, a signing key or a resource server changes.

use keystead::{
    config::Issuer,
    domain::{
        change::Subject,
        key_pair::ExpiryPolicy,
        signing_key::{SigningAlgorithm, SigningKeyState},
    },
    manage::{
        self,
        api_keys::RegenerateApiKey,
        signing_keys::{NewSigningKey, RevokeSigningKey},
    },
    store,
};

use crate::nodes::{Nodes, OPERATOR, credential};
use crate::{
    on_both,
    support::credential::resource_server_id,
    support::site::{Credential, TestSite},
};

fn internal_key(site: &TestSite) -> Credential {
    let made = site.change(|change, deps| {
        let ids = store::api_keys::ids_of_space(change, site.space)?;
        let mut internal = None;
        for id in ids {
            let key = store::api_keys::find(change, id)?.expect("a key");
            internal = internal.or(key.internal.map(|_| id));
        }
        let input = RegenerateApiKey { id: internal.expect("internal keys"), expiry: ExpiryPolicy::Never };
        manage::api_keys::regenerate(change, deps, OPERATOR, input)
    });
    credential(&made)
}

on_both! {
    // Covers: K5, I9
    #[test]
    fn a_space_without_keys_stops_all_but_those_of_the_product(backend) {
        let nodes = Nodes::new(backend);
        let (key, internal) = (nodes.site.key("viewer", &[0]), internal_key(&nodes.site));
        let (token, of_product) = (nodes.token(&key), nodes.token(&internal));
        let subject = [Subject::Space(nodes.site.space)];
        for column in ["api_keys_enabled", "api_keys_supported"] {
            let token = nodes.token(&key);
            nodes.write(&format!("UPDATE spaces SET {column} = false, keys_cut_off = :seq"), &subject);
            assert!(!nodes.is_active(&token) && !nodes.logs_in(&key), "{column}");
            assert!(nodes.is_active(&of_product) && nodes.logs_in(&internal), "{column}");
            nodes.write(&format!("UPDATE spaces SET {column} = true"), &subject);
            assert!(nodes.logs_in(&key) && !nodes.is_active(&token), "{column}");
        }
        assert!(!nodes.is_active(&token));
    }

    // Covers: K5, I9
    #[test]
    fn in_a_closed_space_nothing_works(backend) {
        let nodes = Nodes::new(backend);
        let keys = [nodes.site.key("viewer", &[0]), internal_key(&nodes.site)];
        let tokens = keys.each_ref().map(|key| nodes.token(key));
        let subject = [Subject::Space(nodes.site.space)];
        nodes.write("UPDATE spaces SET state = 'closed', cut_off = :seq", &subject);
        assert!(tokens.iter().all(|token| !nodes.is_active(token)) && keys.iter().all(|key| !nodes.logs_in(key)));
        nodes.write("UPDATE spaces SET state = 'open'", &subject);
        assert!(tokens.iter().all(|token| !nodes.is_active(token)) && keys.iter().all(|key| nodes.logs_in(key)));
    }

    // Covers: I9, IN-08
    #[test]
    fn a_site_that_moves_leaves_all_its_tokens_behind(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        let issuer = Issuer::parse("http://127.0.0.1:9090").expect("an issuer");
        nodes.site.change(|change, deps| manage::site::move_issuer(change, deps, OPERATOR, &issuer));
        assert!(!nodes.is_active(&token));
        let back = Issuer::parse(crate::support::site::ISSUER).expect("an issuer");
        nodes.site.change(|change, deps| manage::site::move_issuer(change, deps, OPERATOR, &back));
        assert!(!nodes.is_active(&token) && nodes.logs_in(&key));
    }
}

fn active_key(site: &TestSite) -> keystead::domain::ids::SigningKeyId {
    let keys = site.store.snapshot(|tx| manage::signing_keys::list(tx)).expect("a snapshot");
    let signs = |key: &&keystead::domain::signing_key::SigningKeyFacts| {
        key.algorithm == SigningAlgorithm::Es256 && key.state == SigningKeyState::Active
    };
    keys.iter().find(signs).expect("a key that signs").id
}

fn kids(nodes: &Nodes) -> Vec<String> {
    nodes.both(|server| {
        let set = server.client.get("/oauth/jwks").send().json();
        let mut kids: Vec<String> = set["keys"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|key| key["kid"].as_str().expect("text").to_owned())
            .collect();
        kids.sort();
        kids
    })
}

on_both! {
    // Covers: J13, I9
    #[test]
    fn a_revoked_signing_key_takes_its_tokens_along_and_leaves_the_key_set(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        let id = active_key(&nodes.site);
        assert!(kids(&nodes).contains(&id.to_string()));
        let replacement = NewSigningKey::generate(&nodes.site.deps, SigningAlgorithm::Es256, nodes.now()).expect("a key");
        let input = RevokeSigningKey { id, replacement };
        let successor =
            nodes.site.change(|change, deps| manage::signing_keys::revoke(change, deps, OPERATOR, input));
        assert!(!nodes.is_active(&token));
        let published = kids(&nodes);
        assert!(!published.contains(&id.to_string()));
        assert!(published.contains(&successor.expect("a successor").to_string()));
        assert!(nodes.is_active(&nodes.token(&key)));
    }

    // Covers: JK-02, I9
    #[test]
    fn a_token_outlives_the_rotation_of_the_key_that_signed_it(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        let before = active_key(&nodes.site);
        let new = NewSigningKey::generate(&nodes.site.deps, SigningAlgorithm::Es256, nodes.now()).expect("a key");
        nodes.site.change(|change, deps| manage::signing_keys::rotate_now(change, deps, OPERATOR, new));
        let after = active_key(&nodes.site);
        assert_ne!(before, after);
        let renewed = nodes.far.mint(&key);
        assert!(nodes.is_active(&token) && nodes.is_active(&renewed));
        assert_ne!(token.split('.').next(), renewed.split('.').next(), "another key signs");
        assert_eq!(kids(&nodes).iter().filter(|kid| [before, after].iter().any(|id| id.to_string() == **kid)).count(), 2);
    }

    // Covers: I1, K5, I9
    #[test]
    fn a_disabled_resource_server_gets_no_answers_and_harms_no_token(backend) {
        let nodes = Nodes::new(backend);
        let key = nodes.site.key("viewer", &[0]);
        let token = nodes.token(&key);
        let id = resource_server_id(&nodes.site.resource_server);
        nodes.site.change(|change, deps| manage::resource_servers::disable(change, deps, OPERATOR, id));
        let statuses = nodes.both(|server| {
            let caller = &nodes.site.resource_server;
            let asked = server.client.post_form("/oauth/introspect", caller.pair(), &[("token", &token)]);
            assert!(server.is_active(&key, &token));
            [asked.status, server.verify(caller, &token, "").status]
        });
        assert_eq!(statuses, [401, 401]);
        nodes.site.change(|change, deps| manage::resource_servers::enable(change, deps, OPERATOR, id));
        assert!(nodes.is_active(&token));
    }

    // Covers: IN-07, I2, I9
    #[test]
    fn an_audience_that_moves_takes_its_tokens_to_the_other_resource_server(backend) {
        let nodes = Nodes::new(backend);
        let other = nodes.site.resource_server_for("Other", "https://other.example.com");
        let (id, other_id) = (resource_server_id(&nodes.site.resource_server), resource_server_id(&other));
        let token = nodes.token(&nodes.site.key("viewer", &[0]));
        let seen = || nodes.both(|server| {
            [&nodes.site.resource_server, &other].map(|caller| server.is_active(caller, &token))
        });
        assert_eq!(seen(), [true, false]);
        let to_other = "UPDATE audiences SET resource_server_id = \
                        (SELECT id FROM resource_servers WHERE name = 'Other') WHERE audience = 'https://api.example.com'";
        nodes.write(to_other, &[Subject::ResourceServer(id), Subject::ResourceServer(other_id), Subject::Site]);
        assert_eq!(seen(), [false, true]);
    }
}
