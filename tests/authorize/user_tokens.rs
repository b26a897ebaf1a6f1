//! Tokens that an application has for a user, as resource servers see them.

use keystead::{
    domain::{
        api_key::{Owner, UserKeyRoles},
        authority::Authority,
        space::ApplicationPolicy,
    },
    manage::{
        self,
        resource_servers::CreateResourceServer,
        spaces::EditSpace,
        user_roles::{IfKeys, TakeUserRole},
        users::EnableUser,
    },
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{
        browser::{Browser, set_password},
        credential::key_id,
        log_in_with::{claims, tokens},
        site::{AUDIENCE, Credential, ISSUER, TestSite, audience, name},
    },
    world::{OPERATOR, World, public, refused},
};

/// A resource server that may introspect API keys.
pub(crate) fn accepting_server(site: &TestSite, served: &str) -> Credential {
    let input =
        CreateResourceServer { name: name("Takes keys"), audiences: vec![audience(served)], accepts_api_keys: true };
    let made = site.change(|change, deps| manage::resource_servers::create(change, deps, &Authority::OPERATOR, input));
    Credential {
        client_id: made.client_id.to_string(),
        public_id: made.public_id,
        secret: made.secret.expose().to_owned(),
    }
}

fn revoke(world: &World, token: &str) -> u16 {
    let form = [("token", token)];
    let id = world.application.client_id.as_str();
    let answer = if let Some(secret) = &world.application.secret {
        world.server.client.post_form("/oauth/revoke", (id, secret), &form)
    } else {
        world.server.client.post("/oauth/revoke").form(&[form[0], ("client_id", id)]).send()
    };
    answer.status
}

on_both! {
    // Covers: L079, L081, L083, RI-06
    #[test]
    fn roles_come_with_read_or_write_and_with_nothing_else(backend) {
        let world = World::new(backend);
        world.give("viewer", &[0]);
        let number = world.site.workspaces[0].0.to_string();
        let says = |token: &str| world.server.introspect(&world.site.resource_server, token);
        let with = world.log_in(&[]);
        let said = says(&with.access);
        assert_eq!(said["workspaces"], json!({ number.as_str(): ["viewer"] }));
        assert!(!said["permissions"]["workspaces"][&number].as_array().expect("a list").is_empty());
        assert_eq!((&said["sub"], &said["rls"], said.get("key")), (&json!(world.user.to_string()), &json!(true), None));
        assert_eq!((&said["aud"], &said["iss"]), (&json!(AUDIENCE), &json!(ISSUER)));
        for scope in ["openid", "openid profile email offline_access"] {
            let without = world.log_in(&[("scope", scope)]);
            let (said, claims) = (says(&without.access), claims(&without.access));
            assert_eq!(said["active"], true, "{scope}");
            for token in [&said, &claims] {
                assert_eq!((&token["roles"], token.get("workspaces")), (&json!([]), None), "{scope}");
            }
            assert_eq!(said["permissions"], json!({ "space": [] }));
            assert_eq!(world.server.verify(&world.site.resource_server, &without.access, "role=viewer").status, 403);
        }
        let read = says(&world.log_in(&[("scope", "read")]).access);
        let write = says(&world.log_in(&[("scope", "write")]).access);
        assert_ne!(read["permissions"], write["permissions"], "reading is not changing");
    }

    // Covers: L083, T9, I9
    #[test]
    fn a_role_counts_while_the_user_has_it_and_not_again(backend) {
        let world = World::new(backend);
        world.give("viewer", &[0]);
        let got = world.log_in(&[]);
        let roles = |token: &str| world.server.introspect(&world.site.resource_server, token)["workspaces"].clone();
        let had = roles(&got.access);
        assert_ne!(had, Value::Null);
        let request = world.site.role("viewer", &[0]);
        let input = TakeUserRole { id: world.user, space: world.site.space, request, if_keys: IfKeys::Cascade };
        world.site.change(|change, deps| manage::user_roles::take(change, deps, OPERATOR, input));
        assert_eq!(roles(&got.access), Value::Null);
        let next = tokens(&world.refresh(&got));
        assert_eq!(roles(&next.access), Value::Null);
        world.give("viewer", &[0]);
        for token in [&got.access, &next.access] {
            assert_eq!(roles(token), Value::Null);
        }
        assert_eq!(roles(&tokens(&world.refresh(&next)).access), had, "a new token has what the user has now");
    }

    // Covers: L082, L037
    #[test]
    fn keys_and_applications_have_nothing_to_do_with_each_other(backend) {
        let world = World::new(backend);
        world.give("viewer", &[0]);
        let key = world.site.key_with(|key| key.owner = Owner::User { id: world.user, roles: UserKeyRoles::Inherit });
        let token = world.server.mint(&key);
        let got = world.log_in(&[]);
        let off = EditSpace { api_keys_enabled: Some(false), ..EditSpace::of(world.site.space) };
        world.site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, off));
        refused(&world.server.token(&key), 401, "invalid_client");
        assert!(world.is_active(&got.access));
        let next = tokens(&world.refresh(&got));
        let more = world.log_in(&[]);
        world.site.change(|change, deps| manage::api_keys::revoke(change, deps, OPERATOR, key_id(&key)));
        for token in [&next.access, &more.access] {
            assert!(world.is_active(token));
        }

        let on = EditSpace { api_keys_enabled: Some(true), ..EditSpace::of(world.site.space) };
        world.site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, on));
        assert!(!world.is_active(&token));
        let key = world.site.key_with(|key| key.owner = Owner::User { id: world.user, roles: UserKeyRoles::Inherit });
        let token = world.server.mint(&key);
        let none = EditSpace { application_policy: Some(ApplicationPolicy::None), ..EditSpace::of(world.site.space) };
        world.site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, none));
        assert!(!world.is_active(&more.access));
        assert!(world.is_active(&token));
        world.server.mint(&key);
    }

    // Covers: RV-01, RV-07, RV-08, I7, RV-11
    #[test]
    fn an_application_gives_its_tokens_back(backend) {
        for adjust in [|_: &mut _| {}, public] {
            let world = World::with(backend, adjust);
            let (other, got) = (world.log_in(&[]), world.log_in(&[]));
            let next = tokens(&world.refresh(&got));
            assert_eq!(revoke(&world, &got.access), 200);
            assert!(!world.is_active(&got.access) && world.is_active(&next.access));
            let last = tokens(&world.refresh(&next));
            // Also an old one is enough to name the family.
            assert_eq!(revoke(&world, got.refresh()), 200);
            for token in [&next.access, &last.access] {
                assert!(!world.is_active(token));
            }
            refused(&world.refresh(&last), 400, "invalid_grant");
            assert_eq!(revoke(&world, got.refresh()), 200, "nothing is left to revoke");
            assert!(world.is_active(&other.access), "another login goes on (ruling 30)");
            assert_eq!(world.audited("refresh_token.revoke"), 1);
        }
    }

    // Covers: RV-05, RV-04, I2
    #[test]
    fn nobody_revokes_or_reads_the_tokens_of_another(backend) {
        let mut world = World::new(backend);
        let got = world.log_in(&[]);
        let (mine, stranger) = (world.application.clone(), world.site.application());
        let key = world.site.key("viewer", &[0]);
        for token in [&got.access, got.refresh()] {
            world.application = stranger.clone();
            assert_eq!(revoke(&world, token), 400);
            assert_eq!(world.server.revoke(&key, token).status, 400);
            world.application = mine.clone();
            let form = [("token", token), ("client_id", mine.client_id.as_str())];
            assert_eq!(world.server.client.post("/oauth/revoke").form(&form).send().status, 401);
        }
        let introspect = |application: &crate::support::log_in_with::TestApplication| {
            let secret = application.secret.as_deref().expect("a secret");
            let form = [("token", got.access.as_str())];
            world.server.client.post_form("/oauth/introspect", (&application.client_id, secret), &form).json()
        };
        assert_eq!(introspect(&mine)["active"], true);
        assert_eq!(introspect(&stranger), json!({ "active": false }));
        assert_eq!(world.server.introspect(&key, &got.access), json!({ "active": false }));
        tokens(&world.refresh(&got));
    }

    // Covers: L084, L085, L086, L087, C08, I10
    #[test]
    fn a_disabled_user_takes_everything_along_for_good(backend) {
        let mut world = World::new(backend);
        let key = world.site.key_with(|key| key.owner = Owner::User { id: world.user, roles: UserKeyRoles::Inherit });
        let (got, code, minted) = (world.log_in(&[]), world.code(&[]), world.server.mint(&key));
        let page = world.application.authorize(&mut world.browser, &[("prompt", "consent")]);
        let disable = || world.site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, world.user).map(drop));
        let input = EnableUser { id: world.user, restore_keys: false };
        let enable = || world.site.change(|change, deps| manage::users::enable(change, deps, OPERATOR, input));
        let changes: [&dyn Fn(); 2] = [&disable, &enable];
        for change in changes {
            change();
            refused(&world.exchange(&code), 400, "invalid_grant");
            refused(&world.refresh(&got), 400, "invalid_grant");
            for token in [&got.access, &minted] {
                assert!(!world.is_active(token));
            }
            refused(&world.server.token(&key), 401, "invalid_client");
            let mut browser = world.browser.clone();
            let answer = crate::support::log_in_with::allow(&mut browser, &page);
            assert!(!answer.header("location").unwrap_or_default().contains("code="), "{answer:?}");
            assert!(!world.browser.clone().is_logged_in());
        }
        assert_eq!(world.site.database.number("(SELECT count(*) FROM authorization_codes)"), 2, "no code was made");
        set_password(&world.site, world.user, crate::support::browser::PASSWORD);
        let mut browser = Browser::logged_in(&world.server, "jo");
        assert_eq!(world.application.authorize(&mut browser, &[]).status, 200, "consent is asked again");
    }
}
