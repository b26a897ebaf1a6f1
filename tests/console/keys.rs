//! Keys: made, shown and ended at the console.

use keystead::{
    domain::authority::Authority,
    manage::{
        RoleRequest,
        spaces::{self, CreateSpace},
        user_roles::{self, GiveUserRole},
    },
};

use serde_json::Value;

use crate::{
    on_both,
    person::{Person, give},
    support::{
        browser::field,
        queries::count_queries,
        site::{Credential, TestSite, name},
    },
};

/// What stands in the element with this id.
pub(crate) fn text_of<'p>(page: &'p str, id: &str) -> &'p str {
    let (_, behind) = page.split_once(&format!("id=\"{id}\"")).expect("an element of this id");
    let (_, inside) = behind.split_once('>').expect("its end");
    inside.split('<').next().unwrap_or_default()
}

on_both! {
    // Covers: L036, L037, L099, L107
    #[test]
    fn a_key_made_here_logs_in_and_its_secret_is_shown_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let new = format!("/spaces/{}/keys/new", site.space);
        let role = format!("ci_cd_integration@{}", site.workspaces[0].0);
        let page = ada.page(&new);
        let form = page.split("<main").nth(1).expect("a main part").to_owned();
        let (csrf, once) = (field(&form, "csrf").expect("a token"), field(&form, "once").expect("another"));
        let fields = [("once", once.as_str()), ("name", "Jenkins main"), ("role", role.as_str()), ("expiry", "usual")];

        let made = ada.browser.post(&new, &csrf, &fields);
        assert_eq!((made.status, made.header("cache-control")), (200, Some("no-store")), "{}", made.body);
        let id = text_of(&made.body, "client-id").to_owned();
        let secret = text_of(&made.body, "client-secret").to_owned();
        let public_id = ada.page(&format!("/keys/{id}")).split("<tr id=\"").nth(1).expect("a pair").get(..16).expect("its id").parse();
        let key = Credential { client_id: id.clone(), public_id: public_id.expect("a public id"), secret: secret.clone() };
        let token = server.mint(&key);
        assert!(server.is_active(&site.resource_server, &token));

        // Reloading the answer sends the form again: there is no second key, and the secret is not shown again.
        let again = ada.browser.post(&new, &csrf, &fields);
        assert_eq!(again.header("location"), Some(format!("/keys/{id}?done=shown-before").as_str()), "{}", again.body);
        let shown = ada.page(&format!("/keys/{id}?done=shown-before"));
        assert!(!shown.contains(&secret) && shown.contains("shown then"));
        let grid = ada.page(&format!("/spaces/{}/keys", site.space));
        assert_eq!(grid.matches(">Jenkins main<").count(), 1);
    }

    // Covers: L038, L040, L042, L113
    #[test]
    fn what_is_done_to_a_key_here_counts_for_its_next_request(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        let page = format!("/keys/{}", key.client_id);
        let mut ada = Person::admin(&site, &server);
        let active = |token: &str| server.is_active(&site.resource_server, token);

        let renamed = ada.carry_out(&format!("{page}/edit"), &[("name", "Renamed"), ("networks", "")]);
        assert_eq!(renamed, format!("{page}?done=saved"));
        assert!(active(&token) && ada.page(&page).contains("Renamed"));

        assert!(ada.page(&format!("{page}/disable")).contains("so nothing stops"));
        ada.carry_out(&format!("{page}/disable"), &[]);
        assert!(!active(&token) && server.token(&key).status == 401);
        ada.carry_out(&format!("{page}/enable"), &[]);
        assert!(!active(&token) && server.token(&key).status == 200, "keys come back, tokens do not");

        let second = server.mint(&key);
        ada.carry_out(&format!("{page}/revoke-tokens"), &[]);
        assert!(!active(&second) && server.token(&key).status == 200);

        ada.carry_out(&format!("{page}/revoke"), &[]);
        assert_eq!(server.token(&key).status, 401);
        let again = ada.send(&format!("{page}/revoke"), &[]);
        assert_eq!(again.status, 409, "{}", again.body);
        assert!(again.body.contains("already revoked"), "{}", again.body);

        ada.carry_out(&format!("{page}/delete"), &[]);
        assert_eq!(ada.status(&page), 404);
    }

    // Covers: L096, L110, L111
    #[test]
    fn a_pair_is_added_watched_and_retired(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let page = format!("/keys/{}", key.client_id);
        let mut ada = Person::admin(&site, &server);
        let made = ada.send(&format!("{page}/rotate"), &[("expiry", "none"), ("retire", "24h")]);
        assert_eq!(made.status, 200, "{}", made.body);
        let new = text_of(&made.body, "client-secret").to_owned();
        let shown = ada.page(&page);
        assert!(shown.contains(key.public_id.as_str()) && !shown.contains(&new) && !shown.contains(&key.secret));
        assert!(ada.page(&format!("{page}/rotate")).contains("Nobody has used the new pair yet"));
        assert_eq!(server.token(&key).status, 200);
        site.clock.advance(std::time::Duration::from_hours(25));
        assert_eq!(server.token(&key).status, 401, "its end has come");

        // A third has no room, and what was refused is told.
        let mut ada = Person { id: ada.id, browser: crate::support::browser::Browser::logged_in(&server, "ada") };
        let old = format!("{page}/pairs/{}", key.public_id);
        assert!(ada.send(&format!("{old}/expiry"), &[("expiry", "none")]).body.contains("stays so"));
        ada.carry_out(&format!("{old}/delete"), &[]);
        let last = Credential { secret: new, ..key.clone() };
        assert_eq!(server.token(&last).status, 200);
        assert!(!ada.page(&page).contains(key.public_id.as_str()));
    }

    // Covers: L109, L112, L132, L135
    #[test]
    fn roles_are_granted_by_workspace_and_the_rest_is_explained(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut jo = Person::with_roles(&site, &server, "jo", &[]);
        give(&site, jo.id, "viewer", &[site.workspaces[0].0]);
        let made = jo.send("/account/keys/new", &[("name", "Mine"), ("kind", "subset"), ("expiry", "usual")]);
        assert_eq!(made.status, 200, "{}", made.body);
        let (id, secret) = (text_of(&made.body, "client-id").to_owned(), text_of(&made.body, "client-secret").to_owned());
        let key = Credential { client_id: id.clone(), secret, public_id: site.key("viewer", &[0]).public_id };
        let bare = server.introspect(&site.resource_server, &server.mint(&key));
        assert_eq!((&bare["active"], &bare["workspaces"]), (&Value::Bool(true), &Value::Null), "to skip is possible");

        let roles = format!("/keys/{id}/roles");
        let page = jo.page(&roles);
        let here = format!("viewer@{}", site.workspaces[0].0);
        assert!(page.contains(&format!("value=\"{here}\"")) && !page.contains(&format!("viewer@{}", site.workspaces[1].0)));
        assert!(page.contains("does not hold it there"));
        jo.carry_out(&roles, &[("role", &here)]);
        let token = server.mint(&key);
        assert_eq!(server.introspect(&site.resource_server, &token)["workspaces"]["1001"][0], "viewer");
        jo.carry_out(&roles, &[("held", &here)]);
        assert_eq!(server.introspect(&site.resource_server, &token)["workspaces"], Value::Null, "at once");

        let forged = jo.send(&roles, &[("role", &format!("editor@{}", site.workspaces[1].0))]);
        assert_eq!(forged.status, 422, "{}", forged.body);
        assert!(forged.body.contains("does not hold the role"), "{}", forged.body);
    }

    // Covers: K1, K2
    #[test]
    fn pages_of_keys_are_for_those_who_manage_them(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let other = site.change(|change, deps| {
            spaces::create(change, deps, &Authority::OPERATOR, CreateSpace::production(name("Elsewhere")))
        });
        let other = other.id;
        let mut nobody = Person::with_roles(&site, &server, "jo", &[]);
        let grid = format!("/spaces/{}/keys", site.space);
        assert_eq!(nobody.status(&grid), 403);
        assert_eq!(nobody.status(&format!("/spaces/{other}/keys")), 404);
        for page in ["", "/edit", "/roles", "/rotate", "/regenerate", "/disable", "/revoke", "/delete"] {
            let path = format!("/keys/{}{page}", key.client_id);
            assert_eq!(nobody.status(&path), 403, "{path}");
        }
        for garbage in ["/keys/key_1", "/keys/none", "/spaces/spc_/keys", &format!("/keys/{}", site.space)] {
            assert_eq!(nobody.status(garbage), 404, "{garbage}");
        }
        // Who is not logged in comes back after the login, and a form without its token does nothing.
        let mut stranger = crate::support::browser::Browser::new(&server);
        let answer = stranger.get(&format!("{grid}?q=a"));
        let to = format!("/login?next=/spaces/{}/keys%3Fq%3Da", site.space);
        assert_eq!(answer.header("location"), Some(to.as_str()));
        let mut ada = Person::admin(&site, &server);
        let path = format!("/keys/{}/revoke", key.client_id);
        assert_eq!(ada.browser.post(&path, "forged", &[]).status, 403);
        assert_eq!(stranger.post(&path, "forged", &[]).status, 303);
        assert_eq!(server.token(&key).status, 200);
    }

    // Covers: L020, L021
    #[test]
    fn keys_of_services_are_shown_with_why_they_cannot_be_changed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let grid = ada.page(&format!("/spaces/{}/keys?sort=oldest", site.space));
        let row = grid.split("<tr id=\"").find(|row| row.contains(">Internal<")).expect("an internal key").to_owned();
        assert!(row.contains("Regenerate only") && !row.contains("/disable"), "{row}");
        let id = row.split('"').next().expect("its id");
        let page = ada.page(&format!("/keys/{id}"));
        assert!(page.contains("belongs to a service of the product") && page.contains("/regenerate"));
        for action in ["edit", "roles", "rotate", "disable", "revoke", "delete"] {
            assert!(!page.contains(&format!("/keys/{id}/{action}")), "{action}");
        }
        for action in ["disable", "revoke", "delete", "rotate"] {
            let answer = ada.browser.get(&format!("/keys/{id}/{action}"));
            assert_eq!(answer.status, 403, "{action}");
            assert!(answer.body.contains("can be regenerated"), "{}", answer.body);
        }
        assert_eq!(ada.send(&format!("/keys/{id}/regenerate"), &[("expiry", "usual")]).status, 200);
    }

    // Covers: K9
    #[test]
    fn the_grid_is_searched_filtered_sorted_and_paged(backend) {
        let site = TestSite::new(backend);
        let (server, log) = site.serve_logged();
        let mut ada = Person::admin(&site, &server);
        let grid = format!("/spaces/{}/keys", site.space);
        let names = |page: &str| -> Vec<String> {
            let rows = page.split("<tr id=\"key_").skip(1);
            rows.filter_map(|row| Some(row.split("<bdi>").nth(1)?.split('<').next()?.to_owned())).collect()
        };
        let mut one = |path: &str| count_queries(&log, || names(&ada.page(path)));
        let few = one(&grid).1;
        for number in 0..60 {
            let title = format!("key {:02} & <b>", (number * 7) % 60);
            site.key_with(|input| {
                input.name = name(&title);
                input.roles = vec![site.role("viewer", &[0, 1])];
            });
        }
        let (first, many) = one(&format!("{grid}?sort=name&q=key+"));
        assert_eq!((first.len(), first[0].as_str(), first[19].as_str()), (20, "key 00 &#38; &#60;b&#62;", "key 19 &#38; &#60;b&#62;"), "{first:?}");
        assert!(many <= few + 2, "as many queries for many as for few: {few}, {many}");
        let page = ada.page(&format!("{grid}?sort=name&q=key+"));
        let next = page.split("href=\"").find(|link| link.contains("rel=\"next\"")).expect("a next page");
        let next = next.split('"').next().expect("a link").replace("&#38;", "&");
        let second = names(&ada.page(&next));
        assert_eq!((second.len(), second[0].as_str()), (20, "key 20 &#38; &#60;b&#62;"));
        assert_eq!(names(&ada.page(&format!("{grid}?q=KEY+07"))).len(), 1, "whatever the case");
        assert!(names(&ada.page(&format!("{grid}?q=%25"))).is_empty(), "what is searched for is a text");
        assert!(ada.page(&format!("{grid}?show=revoked")).contains("No key fits"));
        assert_eq!(names(&ada.page(&format!("{grid}?show=active&sort=oldest"))).len(), 20);
    }
}

/// The token of the forms of somebody who may see the form of this page.
pub(crate) fn csrf_of(person: &mut Person, path: &str) -> String {
    let page = person.page(path);
    let form = page.split("<main").nth(1).expect("a main part").to_owned();
    field(&form, "csrf").expect("a token")
}

on_both! {
    // Covers: CO-01
    #[test]
    fn a_form_that_was_open_too_long_puts_nothing_back(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let path = format!("/keys/{}/edit", key.client_id);
        let (mut ada, mut kim) = (Person::admin(&site, &server), Person::with_roles(&site, &server, "kim", &["space_admin"]));
        let page = ada.page(&path);
        let form = page.split("<main").nth(1).expect("a main part").to_owned();
        let (csrf, seen) = (field(&form, "csrf").expect("a token"), field(&form, "seen").expect("a mark"));
        kim.carry_out(&path, &[("name", "Key"), ("networks", "192.0.2.0/24"), ("read_only", "yes")]);
        let stale = ada.browser.post(&path, &csrf, &[("seen", &seen), ("name", "Key with a better name"), ("networks", "")]);
        assert_eq!(stale.status, 412, "{}", stale.body);
        assert!(stale.body.contains("Somebody has changed it since you read it"), "{}", stale.body);
        assert_eq!(server.token(&key).status, 401, "from here it may not be used, as Kim said");
        let shown = ada.page(&format!("/keys/{}", key.client_id));
        assert!(shown.contains("192.0.2.0/24") && shown.contains("Read only") && !shown.contains("better name"));
        ada.carry_out(&path, &[("name", "Key with a better name"), ("networks", "")]);
        assert_eq!(server.token(&key).status, 200);
    }

    // Covers: K9
    #[test]
    fn a_list_tells_nothing_of_where_keys_of_others_would_stand(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let other = site.change(|change, deps| {
            spaces::create(change, deps, &Authority::OPERATOR, CreateSpace::production(name("Elsewhere")))
        });
        let foreign = site.key_with(|input| {
            input.space = other.id;
            input.roles = Vec::new();
        });
        let mut ada = Person::admin(&site, &server);
        site.key("viewer", &[0]);
        for order in ["name", "used"] {
            let page = ada.page(&format!("/spaces/{}/keys?sort={order}&after={}", site.space, foreign.client_id));
            assert!(!page.contains("<tr id=\"key_"), "{order}");
        }
    }

    // Covers: L134
    #[test]
    fn what_an_owner_holds_elsewhere_is_not_taken_for_what_the_key_holds_here(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut jo = Person::with_roles(&site, &server, "jo", &["auditor"]);
        let elsewhere = site.change(|change, deps| {
            spaces::create(change, deps, &Authority::OPERATOR, CreateSpace::production(name("Elsewhere")))
        });
        site.change(|change, deps| {
            let request = RoleRequest { role: "auditor".to_owned(), workspaces: Vec::new() };
            let input = GiveUserRole { id: jo.id, space: elsewhere.id, request };
            user_roles::give(change, deps, &Authority::OPERATOR, input)
        });
        let made = jo.send("/account/keys/new", &[("name", "Mine"), ("kind", "subset"), ("expiry", "usual")]);
        let roles = format!("/keys/{}/roles", text_of(&made.body, "client-id"));
        let boxes = |page: &str| page.matches("name=\"role\" value=\"auditor\"").count();
        let page = jo.page(&roles);
        assert_eq!(boxes(&page), 1);
        assert!(page.contains("Another space") && page.contains("in another space, as a guest"), "{page}");
        jo.carry_out(&roles, &[("role", "auditor")]);
        assert_eq!(boxes(&jo.page(&roles)), 1, "held here, once");
        jo.carry_out(&roles, &[("held", "auditor")]);
        assert!(!jo.page(&roles).contains("name=\"held\""), "it was really taken");
    }
}
