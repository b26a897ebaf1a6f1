//! Roles at the console: the catalogue, copies that are trimmed, and what a key that holds one may do afterwards.

use keystead::{
    domain::{authority::Authority, name::Description, permission::Level, role::RoleName},
    manage::roles::{self, CreateRole},
};
use serde_json::json;

use crate::{
    audit::another_space,
    on_both,
    person::{Person, give},
    support::site::TestSite,
};

fn roles_of(site: &TestSite) -> String {
    format!("/spaces/{}/roles", site.space)
}

/// The page that a form led to.
fn made(way: &str) -> &str {
    way.split('?').next().expect("a path")
}

/// A role that the space made.
fn own_role(site: &TestSite, space: keystead::domain::ids::SpaceId, name: &str, description: &str) -> String {
    let input = CreateRole {
        space,
        name: RoleName::parse(name).expect("a name"),
        description: Description::parse(description).expect("a description"),
        level: Level::Workspace,
        permissions: vec!["data.read".to_owned()],
    };
    site.change(|change, deps| roles::create(change, deps, &Authority::OPERATOR, input)).to_string()
}

on_both! {
    // Covers: L029
    #[test]
    fn everybody_of_the_space_sees_what_each_role_is_for(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut bob = Person::with_roles(&site, &server, "bob", &[]);
        let page = bob.page(&roles_of(&site));
        for (name, description) in [("viewer", "Reads data of a workspace"), ("datalink", "For scheduled bulk loading of data")] {
            assert!(page.contains(&format!(">{name}</a>")) && page.contains(description), "{page}");
        }
        assert!(!page.contains("/roles/new") && !page.contains("/roles/copy"), "{page}");
        let viewer = format!("{}/rol_00000000000000000000000000000008", roles_of(&site));
        let page = bob.page(&viewer);
        assert!(page.contains("<code>data.read</code>") && page.contains("Read the data of the workspace"), "{page}");
        assert!(page.contains("Built in") && page.contains("you do not hold"), "{page}");
        let moved = bob.browser.get("/roles/rol_00000000000000000000000000000008");
        assert_eq!((moved.status, moved.header("location")), (303, Some(viewer.as_str())));

        let elsewhere = another_space(&site, "Elsewhere");
        let foreign = own_role(&site, elsewhere, "foreign", "");
        assert_eq!(bob.status(&format!("/spaces/{elsewhere}/roles")), 404);
        assert_eq!(bob.status(&format!("/spaces/{elsewhere}/roles/{foreign}")), 404);
        assert_eq!((bob.status(&format!("{}/{foreign}", roles_of(&site))), bob.status(&format!("/roles/{foreign}"))), (404, 404));
    }

    // Covers: L145, L104
    #[test]
    fn a_copy_that_is_trimmed_lets_its_key_do_what_is_left(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let copy = format!("{}/copy?from=power_user", roles_of(&site));
        let page = ada.page(&copy);
        assert_eq!((page.matches("name=\"permission\"").count(), page.matches(" checked").count()), (5, 5), "{page}");

        // A refused form keeps what was ticked.
        let refused = ada.send(&copy, &[("name", "viewer"), ("description", "Loads"), ("permission", "data.transfer")]);
        assert_eq!((refused.status, refused.body.matches(" checked").count()), (409, 1), "{}", refused.body);
        assert!(refused.body.contains("href=\"#name\"") && refused.body.contains("value=\"Loads\""), "{}", refused.body);

        let fields = [("name", "loader"), ("description", "Loads"), ("permission", "data.transfer"), ("permission", "data.read")];
        let role = made(&ada.carry_out(&copy, &fields)).to_owned();
        let key = site.key("loader", &[0]);
        let token = server.mint(&key);
        let gateway = &site.resource_server;
        let permissions = |token: &str| server.introspect(gateway, token)["permissions"].clone();
        assert_eq!(server.introspect(gateway, &token)["workspaces"], json!({ "1001": ["loader"] }));
        assert_eq!(server.verify(gateway, &token, "workspace=1001&permission=data.transfer").status, 200, "{}", permissions(&token));
        assert_eq!(server.verify(gateway, &token, "workspace=1001&permission=data.write").status, 403);

        // What the role loses, a token loses that was made before.
        let edit = format!("{role}/edit");
        let way = ada.carry_out(&edit, &[("description", "Reads"), ("permission", "data.read")]);
        assert!(ada.page(&way).contains("its holders have lost already"));
        assert_eq!(server.verify(gateway, &token, "workspace=1001&permission=data.transfer").status, 403);
        assert_eq!(server.verify(gateway, &token, "workspace=1001&permission=data.read").status, 200);
        let page = ada.page(&role);
        assert!(page.contains("Copied from") && page.contains(">power_user</a>") && !page.contains("data.transfer"), "{page}");
        let changed = &site.audited("role.edit")[0];
        assert_eq!(changed.origin.authority, Some(ada.id));
        assert_eq!(changed.detail["permissions"], json!({ "from": ["data.read", "data.transfer"], "to": ["data.read"] }));

        // It is held, so it stays; when nobody holds it any more, it can go.
        let refused = ada.send(&format!("{role}/delete"), &[]);
        assert!(refused.status == 409 && refused.body.contains("role=\"alert\""), "{}", refused.body);
        ada.carry_out(&format!("/keys/{}/delete", key.client_id), &[]);
        ada.carry_out(&format!("{role}/delete"), &[]);
        assert_eq!(ada.status(&role), 404);
    }

    // Covers: L104
    #[test]
    fn a_role_of_ones_own_has_what_was_ticked(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let new = format!("{}/new", roles_of(&site));
        // What administrators of a space do not have themselves is not offered to them.
        let page = ada.page(&new);
        assert!(page.contains("value=\"data.read\"") && !page.contains("value=\"audit.read\"") && !page.contains("value=\"site.manage\""), "{page}");
        let fields = |name, level| [("name", name), ("description", "Looks"), ("level", level), ("permission", "pipelines.read")];
        ada.carry_out(&new, &fields("reporter", "workspace"));
        let token = server.mint(&site.key("reporter", &[1]));
        assert_eq!(server.introspect(&site.resource_server, &token)["workspaces"], json!({ "1002": ["reporter"] }));

        for (name, level, field, status) in [("Reporter", "space", "name", 422), ("reporter", "space", "name", 409), ("other", "planet", "level", 422)] {
            let refused = ada.send(&new, &fields(name, level));
            assert_eq!(refused.status, status, "{}", refused.body);
            assert!(refused.body.contains(&format!("href=\"#{field}\"")), "{}", refused.body);
        }
        let above = [("name", "other"), ("level", "workspace"), ("permission", "keys.manage")];
        assert_eq!(ada.send(&new, &above).status, 422);
        let beyond = [("name", "other"), ("level", "space"), ("permission", "audit.read")];
        let refused = ada.send(&new, &beyond);
        assert!(refused.status == 403 && refused.body.contains("role=\"alert\""), "{}", refused.body);
        assert_eq!(site.audited("role.create").len(), 1);
    }

    // Covers: L145
    #[test]
    fn whoever_does_not_manage_roles_changes_none_and_nobody_changes_those_built_in(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let own = format!("{}/{}", roles_of(&site), own_role(&site, site.space, "mine", ""));
        let built_in = format!("{}/rol_00000000000000000000000000000008", roles_of(&site));
        let copy = format!("{}/copy?from=viewer", roles_of(&site));
        let csrf = |person: &mut Person| crate::support::browser::field(&person.page("/spaces"), "csrf").expect("a token");

        let mut bob = Person::with_roles(&site, &server, "bob", &[]);
        give(&site, bob.id, "workspace_admin", &[site.workspaces[0].0]);
        let token = csrf(&mut bob);
        for path in [format!("{}/new", roles_of(&site)), copy, format!("{own}/edit"), format!("{own}/delete")] {
            assert_eq!(bob.status(&path), 403, "{path}");
            let sent = bob.browser.post(&path, &token, &[("name", "mine2"), ("level", "workspace")]);
            assert_eq!(sent.status, 403, "{path}");
        }
        let token = csrf(&mut ada);
        for path in [format!("{built_in}/edit"), format!("{built_in}/delete")] {
            assert_eq!(ada.status(&path), 403, "{path}");
            assert_eq!(ada.browser.post(&path, &token, &[("description", "Changed")]).status, 403, "{path}");
        }
        for (from, status) in [("no_such", 404), ("", 404), ("bridge_service", 403), ("site_admin", 422)] {
            assert_eq!(ada.status(&format!("{}/copy?from={from}", roles_of(&site))), status, "{from}");
        }
        assert_eq!((site.audited("role.edit").len(), site.audited("role.delete").len()), (0, 0));
    }

    // Covers: B7
    #[test]
    fn descriptions_that_are_markup_stay_text(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let mut ada = Person::admin(&site, &server);
        let role = own_role(&site, site.space, "mine", "<img src=x onerror=alert(1)>");
        let one = format!("{}/{role}", roles_of(&site));
        for path in [roles_of(&site), one.clone(), format!("{one}/edit"), format!("{}/copy?from=mine", roles_of(&site))] {
            let page = ada.page(&path);
            assert!(page.contains("&#60;img src=x") && !page.contains("<img"), "{path}: {page}");
        }
    }
}
