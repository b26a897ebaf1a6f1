//! What a refresh gives: never more than was granted, never what was taken away since, for the API that was asked for.

use keystead::{
    domain::audience::Audience,
    manage::{self, grants::ConsentOfUser},
};

use crate::{
    on_both,
    support::{
        backend::Backend,
        credential::resource_server_id,
        http::Response,
        log_in_with::{Tokens, allow, decide, returned, tokens},
        site::{AUDIENCE, Credential, audience},
    },
    world::{OPERATOR, World, api, refused},
};

const WIKI: &str = "https://wiki.example.com";
const CHAT: &str = "https://chat.example.com";

fn refresh_with(world: &World, got: &Tokens, more: &[(&str, &str)]) -> Response {
    let form = [("grant_type", "refresh_token"), ("refresh_token", got.refresh())];
    let form: Vec<_> = form.iter().chain(more).copied().collect();
    world.application.token(&world.server, &form)
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|&word| word.to_owned()).collect()
}

/// A world with two more APIs, for which the application may ask tokens.
fn with_apis(backend: Backend) -> (World, [Credential; 2]) {
    let mut servers = None;
    let world = World::new(backend);
    servers.replace([WIKI, CHAT].map(|served| world.site.resource_server_for(served, served)));
    world.edit(|input| input.resources = Some(vec![audience(WIKI), audience(CHAT)]));
    (world, servers.expect("they were made"))
}

on_both! {
    // Covers: RT-02, RT-03, T10
    #[test]
    fn a_refresh_narrows_one_access_token_and_never_widens(backend) {
        let world = World::new(backend);
        let got = world.log_in(&[("scope", "openid offline_access read write")]);
        let narrow = tokens(&refresh_with(&world, &got, &[("scope", "read")]));
        assert_eq!((narrow.scope.as_str(), &narrow.id), ("read", &None));
        let wide = tokens(&world.refresh(&narrow));
        assert_eq!(wide.scope, "openid offline_access read write", "the refresh token keeps what was granted");
        for wider in ["read email", "openid offline_access read write profile", "read data.all"] {
            refused(&refresh_with(&world, &wide, &[("scope", wider)]), 400, "invalid_scope");
        }
        refused(&refresh_with(&world, &wide, &[("scope", "read  write")]), 400, "invalid_scope");
        assert_eq!(tokens(&world.refresh(&wide)).scope, wide.scope, "a refused request takes no token");
        // The same application knows the user with less.
        let little = world.log_in(&[("scope", "openid offline_access")]);
        refused(&refresh_with(&world, &little, &[("scope", "read")]), 400, "invalid_scope");
        assert_eq!(tokens(&world.refresh(&little)).scope, "openid offline_access");
    }

    // Covers: RT-03, T9
    #[test]
    fn what_the_application_lost_is_gone_and_does_not_come_back(backend) {
        let world = World::new(backend);
        let got = world.log_in(&[("scope", "openid offline_access read write email")]);
        let introspected = |token: &str| world.server.introspect(&world.site.resource_server, token)["scope"].clone();
        world.edit(|input| input.scopes = Some(words(&["openid", "offline_access", "read"])));
        assert_eq!(introspected(&got.access), "openid email offline_access read");
        let next = tokens(&refresh_with(&world, &got, &[]));
        assert_eq!(next.scope, "openid email offline_access read");
        refused(&refresh_with(&world, &next, &[("scope", "write")]), 400, "invalid_scope");
        world.edit(|input| input.scopes = Some(words(&["openid", "offline_access", "read", "write"])));
        assert_eq!(introspected(&got.access), "openid email offline_access read");
        assert_eq!(tokens(&world.refresh(&next)).scope, "openid email offline_access read");
    }

    // Covers: RT-03, T9
    #[test]
    fn what_the_user_took_back_is_gone(backend) {
        let mut world = World::new(backend);
        let got = world.log_in(&[("scope", "openid offline_access email")]);
        assert_eq!(got.scope, "openid email offline_access");
        let page = world.application.authorize(&mut world.browser, &[("prompt", "consent"), ("scope", "openid email")]);
        assert_eq!(page.status, 200);
        returned(&decide(&mut world.browser, &page, "allow", &[]));
        assert_eq!(tokens(&world.refresh(&got)).scope, "openid offline_access");
    }

    // Covers: T9, RT-07
    #[test]
    fn without_offline_access_there_is_no_refresh(backend) {
        let world = World::new(backend);
        let got = world.log_in(&[]);
        world.edit(|input| input.scopes = Some(words(&["openid", "read"])));
        refused(&world.refresh(&got), 400, "invalid_grant");
        assert!(world.is_active(&got.access), "it lives out its minutes");
        world.edit(|input| input.scopes = Some(words(&["openid", "offline_access", "read"])));
        refused(&world.refresh(&got), 400, "invalid_grant");
    }

    // Covers: T9, AC-01
    #[test]
    fn a_code_of_which_nothing_is_left_gives_nothing(backend) {
        let world = World::new(backend);
        let code = world.code(&[("scope", "read")]);
        world.edit(|input| input.scopes = Some(words(&["openid"])));
        refused(&world.exchange(&code), 400, "invalid_grant");
    }

    // Covers: RI-05, RI-06, RT-07
    #[test]
    fn a_token_is_for_one_of_the_apis_that_were_granted(backend) {
        let (mut world, servers) = with_apis(backend);
        let path = world.application.authorize_path(&[]) + "&resource=" + WIKI + "&resource=" + CHAT;
        let first = world.browser.get(&path);
        let page = crate::support::log_in_with::follow(&mut world.browser, first);
        let code = returned(&allow(&mut world.browser, &page))["code"].clone();
        let got = tokens(&world.exchange(&code));
        assert_eq!(got.claim("aud"), WIKI, "the first of those that were granted");
        for (asked, server) in [WIKI, CHAT].into_iter().zip(&servers) {
            let next = tokens(&refresh_with(&world, &got, &[("resource", asked)]));
            assert_eq!(next.claim("aud"), asked);
            assert!(world.server.is_active(server, &next.access));
            assert!(!world.is_active(&next.access), "it is for that API alone");
        }
        for other in [AUDIENCE, "https://nobody.example.com", &api(), "not a uri"] {
            refused(&refresh_with(&world, &got, &[("resource", other)]), 400, "invalid_target");
        }
        refused(&refresh_with(&world, &got, &[("resource", WIKI), ("resource", CHAT)]), 400, "invalid_target");
        let code = world.code(&[("resource", WIKI)]);
        let form = [("grant_type", "authorization_code"), ("code", &code), ("resource", CHAT),
            ("redirect_uri", &world.application.redirect_uri), ("code_verifier", crate::support::log_in_with::VERIFIER)];
        refused(&world.application.token(&world.server, &form), 400, "invalid_target");
        assert_eq!(tokens(&world.exchange(&code)).claim("aud"), WIKI);
    }

    // Covers: T9, RI-05, RT-07
    #[test]
    fn an_api_that_is_gone_is_granted_to_nobody(backend) {
        let (world, [wiki, _]) = with_apis(backend);
        let got = world.log_in(&[("resource", WIKI)]);
        assert!(world.server.is_active(&wiki, &got.access));
        let (id, code) = (resource_server_id(&wiki), world.code(&[("resource", WIKI)]));
        world.site.change(|change, deps| manage::resource_servers::remove(change, deps, OPERATOR, id));
        refused(&world.refresh(&got), 400, "invalid_target");
        refused(&world.exchange(&code), 400, "invalid_target");
        let again = world.site.resource_server_for("Again", WIKI);
        assert!(!world.server.is_active(&again, &got.access), "it comes back for nobody");
        refused(&world.refresh(&got), 400, "invalid_target");
        let anew = world.log_in(&[("resource", WIKI), ("prompt", "consent")]);
        assert!(world.server.is_active(&again, &anew.access));
    }

    // Covers: T9, RI-05, RT-07
    #[test]
    fn an_api_that_the_application_lost_is_left_out(backend) {
        let (mut world, servers) = with_apis(backend);
        let path = world.application.authorize_path(&[]) + "&resource=" + WIKI + "&resource=" + CHAT;
        let first = world.browser.get(&path);
        let page = crate::support::log_in_with::follow(&mut world.browser, first);
        let code = returned(&allow(&mut world.browser, &page))["code"].clone();
        let got = tokens(&world.exchange(&code));
        let kept = |list: &[&str]| Some(list.iter().map(|one| audience(one)).collect::<Vec<Audience>>());
        world.edit(|input| input.resources = kept(&[WIKI]));
        let next = tokens(&world.refresh(&got));
        assert_eq!(next.claim("aud"), WIKI);
        assert!(world.server.is_active(&servers[0], &next.access));
        refused(&refresh_with(&world, &next, &[("resource", CHAT)]), 400, "invalid_target");
        world.edit(|input| input.resources = kept(&[]));
        refused(&refresh_with(&world, &next, &[]), 400, "invalid_target");
    }

    // Covers: RT-07, T9, L076, L077
    #[test]
    fn a_consent_that_was_withdrawn_comes_back_as_another(backend) {
        let mut world = World::new(backend);
        let got = world.log_in(&[]);
        let code = world.code(&[]);
        let grant = got.claim("grant").parse().expect("the id of a grant");
        let input = ConsentOfUser { user: world.user, grant };
        world.site.change(|change, deps| manage::grants::withdraw(change, deps, OPERATOR, input));
        refused(&world.refresh(&got), 400, "invalid_grant");
        refused(&world.exchange(&code), 400, "invalid_grant");
        let page = world.application.authorize(&mut world.browser, &[]);
        assert_eq!(page.status, 200, "the user is asked again");
        let code = returned(&allow(&mut world.browser, &page))["code"].clone();
        let anew = tokens(&world.exchange(&code));
        assert_ne!(anew.claim("grant"), got.claim("grant"));
        assert!(world.is_active(&anew.access) && !world.is_active(&got.access));
        refused(&world.refresh(&got), 400, "invalid_grant");
    }
}
