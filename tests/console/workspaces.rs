//! Workspaces at the console: made, renamed, closed and reopened, removed, with who works there.

use serde_json::{Value, json};

use crate::{
    on_both,
    people::{another_space, key_of},
    person::{Person, give},
    support::{browser, site::TestSite},
};

on_both! {
    // Covers: L138
    #[test]
    fn a_workspace_shows_who_works_there_and_what_stops_with_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let jo = site.user("jo");
        let (first, second) = (site.workspaces[0].0, site.workspaces[1].0);
        give(&site, jo, "viewer", &[first]);
        let key = site.key("editor", &[0]);
        key_of(&site, jo, "Inherits", None);
        key_of(&site, jo, "Chose nothing", Some(site.role("viewer", &[0])));
        let elsewhere = site.key_with(|key| {
            (key.name, key.roles) = (crate::support::site::name("Elsewhere"), vec![site.role("viewer", &[1])]);
        });
        let path = format!("/workspaces/{first}");
        assert!(ada.page(&format!("/spaces/{}/workspaces", site.space)).contains(&format!("href=\"{path}\"")));
        let page = ada.page(&path);
        assert!(page.contains(&format!("href=\"/users/{jo}\"")) && page.contains(&key.client_id), "{page}");
        assert!(page.contains("Inherits") && page.contains("Chose nothing") && !page.contains(&elsewhere.client_id));
        assert!(page.contains(&format!("/users/{jo}/workspaces/{first}/roles/viewer/take")));
        assert!(ada.page(&format!("/workspaces/{second}")).contains("Nobody works here"));

        let token = server.mint(&key);
        let asks = ada.page(&format!("{path}/close"));
        assert!(asks.contains("Roles there are held by 1 user and 3 API keys"), "{asks}");
        let says = |token: &str| server.introspect(&site.resource_server, token)["workspaces"].clone();
        assert_eq!(says(&token), json!({ "1001": ["editor"] }));
        assert_eq!(ada.carry_out(&format!("{path}/close"), &[]), format!("{path}?done=workspace-closed"));
        assert_eq!(says(&token), Value::Null);
        assert_eq!(ada.send(&format!("{path}/close"), &[]).status, 409);
        assert_eq!(ada.carry_out(&format!("{path}/reopen"), &[]), format!("{path}?done=workspace-reopened"));
        assert_eq!(says(&server.mint(&key)), json!({ "1001": ["editor"] }));

        let to = ada.carry_out(&format!("{path}/remove"), &[]);
        assert_eq!(to, format!("/spaces/{}/workspaces?done=workspace-removed", site.space));
        assert_eq!((says(&token), ada.status(&path)), (Value::Null, 404));
        assert!(!ada.page(&format!("/users/{jo}")).contains(">viewer<"));
        assert_eq!(site.audited("workspace.remove").len(), 1);
    }

    #[test]
    fn a_workspace_is_made_and_renamed_under_a_name_of_its_own(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let new = format!("/spaces/{}/workspaces/new", site.space);
        assert_eq!(ada.carry_out(&new, &[("name", "Third")]), "/workspaces/1003?done=workspace-made");
        let taken = ada.send(&new, &[("name", "Third")]);
        assert_eq!(taken.status, 409);
        assert!(taken.body.contains("href=\"#name\"") && taken.body.contains("value=\"Third\""), "{}", taken.body);
        let to = ada.carry_out("/workspaces/1003/rename", &[("name", "<i>Fourth</i>")]);
        let page = ada.page(&to);
        assert!(page.contains("&#60;i&#62;Fourth") && !page.contains("<i>") && page.contains("another name"), "{page}");
        assert_eq!(ada.send("/workspaces/1003/rename", &[("name", "First")]).status, 409);
        for wrong in ["", "\u{202E}gpj.exe"] {
            assert_eq!(ada.send("/workspaces/1003/rename", &[("name", wrong)]).status, 422, "{wrong:?}");
        }
    }

    #[test]
    fn who_manages_no_workspaces_sees_their_names_and_nothing_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (first, second) = (site.workspaces[0].0, site.workspaces[1].0);
        give(&site, site.user("jo"), "viewer", &[first]);
        let key = site.key("viewer", &[0]);
        let mut bob = Person::with_roles(&site, &server, "bob", &[]);
        let page = bob.page(&format!("/workspaces/{first}"));
        assert!(page.contains("First") && !page.contains("/users/") && !page.contains(&key.client_id), "{page}");
        assert!(!bob.page(&format!("/spaces/{}/workspaces", site.space)).contains("/workspaces/new"));
        assert_eq!(bob.status(&format!("/spaces/{}/workspaces/new", site.space)), 403);
        let form = bob.page("/account/keys/new");
        let csrf = browser::field(form.split("<main").nth(1).expect("a main part"), "csrf").expect("a token");
        for what in ["close", "reopen", "remove", "rename"] {
            let path = format!("/workspaces/{first}/{what}");
            assert_eq!(bob.status(&path), 403, "{what}");
            assert_eq!(bob.browser.post(&path, &csrf, &[("name", "Mine")]).status, 403, "{what}");
        }
        assert_eq!(bob.status("/workspaces/9999"), 404);
        assert!(bob.page(&format!("/workspaces/{first}")).contains("Open"));
        // Who runs one workspace names it, and closes none.
        give(&site, bob.id, "workspace_admin", &[first]);
        let to = bob.carry_out(&format!("/workspaces/{first}/rename"), &[("name", "Bob's")]);
        assert!(bob.page(&to).contains("Bob&#39;s") && bob.page(&to).contains("/users/"));
        assert_eq!(bob.status(&format!("/workspaces/{second}/rename")), 403);
        assert_eq!(bob.status(&format!("/workspaces/{first}/close")), 403);

        let theirs = another_space(&site, "Theirs");
        assert_eq!(bob.status(&format!("/spaces/{theirs}/workspaces")), 404);
    }
}
