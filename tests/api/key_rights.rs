//! Who may manage keys, and that those of another space do not exist.

use serde_json::json;

use crate::{
    caller::{Caller, assert_refused},
    key_world::{Target, call, create, elsewhere, give, is_active, keys_of, operations_on_keys, path_of, with_role},
    on_both,
    support::site::TestSite,
};

on_both! {
    // Covers: L001, L103, K1
    #[test]
    fn keys_are_managed_by_administrators_of_their_space_alone(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let user = site.user("jo");
        let key = site.key("viewer", &[0]);
        let target = Target { space: site.space, user, key: &key };
        for (role, workspaces) in [("viewer", &[0][..]), ("workspace_admin", &[0, 1]), ("auditor", &[])] {
            let caller = Caller::with_key(&server, &site.key(role, workspaces));
            for row in operations_on_keys() {
                assert_refused(&call(&caller, &row, &target), 403, "missing_permission");
            }
        }
        assert_eq!(server.token(&key).status, 200);
        let admin = site.key_with(|key| key.roles = vec![site.role("space_admin", &[]), site.role("auditor", &[])]);
        let admin = Caller::with_key(&server, &admin);
        for row in operations_on_keys() {
            let key = site.key("viewer", &[0]);
            let answer = call(&admin, &row, &Target { space: site.space, user, key: &key });
            // The example may not fit this key; that it was asked for is all right.
            assert!(![401, 403, 404].contains(&answer.status) && answer.status < 500, "{}: {answer:?}", row.id);
        }
    }

    // Covers: K3, L001, KM-15
    #[test]
    fn the_keys_of_another_space_do_not_exist(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let other = elsewhere(&site);
        let token = server.mint(&other.admin);
        let before = Caller::with_key(&server, &other.admin).get(&path_of(&other.admin)).json();
        let admin = Caller::admin(&site, &server);
        let theirs = Target { space: other.space, user: other.user, key: &other.admin };
        for row in operations_on_keys() {
            assert_refused(&call(&admin, &row, &theirs), 404, "not_found");
        }
        // Nor do they when only a part of the path or the body is theirs.
        let own = create(&admin, &site, &with_role("viewer", &[1001]));
        let foreign_pair = format!("{}/pairs/{}", path_of(&own), other.admin.public_id);
        assert_refused(&admin.delete(&foreign_pair), 404, "not_found");
        assert_refused(&admin.patch(&foreign_pair, &json!({ "expires": "none" })), 404, "not_found");
        let number = other.workspace;
        let body = json!({ "name": "Key", "roles": [{ "role": "viewer", "workspaces": [number] }] });
        let role = json!({ "role": "viewer", "workspaces": [1001, number] });
        let roles = format!("{}/roles", path_of(&own));
        assert_refused(&admin.post(&keys_of(&site), &body), 422, "foreign_workspace");
        assert_refused(&admin.post(&roles, &role), 422, "foreign_workspace");
        assert_refused(&admin.call("PUT", &roles).json(&json!({ "roles": [role] })).send(), 422, "foreign_workspace");
        assert_refused(&admin.delete(&format!("{roles}/viewer?workspace={number}")), 422, "foreign_workspace");
        let list = admin.get(&format!("{}?limit=200", keys_of(&site)));
        assert!(!list.body.contains(&other.admin.client_id));

        assert!(is_active(&site, &server, &token));
        assert_eq!(Caller::with_key(&server, &other.admin).get(&path_of(&other.admin)).json(), before);
    }

    // Covers: L127, K3
    #[test]
    fn the_keys_of_a_guest_are_managed_at_home(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let other = elsewhere(&site);
        give(&site, other.user, site.space, site.role("viewer", &[0]));
        let path = format!("/users/{}/keys", other.user);
        let (here, at_home) = (Caller::admin(&site, &server), Caller::with_key(&server, &other.admin));
        for answer in [here.get(&path), here.post(&path, &json!({ "name": "Key" })), here.get(&format!("/users/{}/grantable", other.user))] {
            assert_refused(&answer, 403, "missing_permission");
        }
        assert_eq!(at_home.post(&path, &json!({ "name": "Key" })).status, 201);
        let admin_of_site = site.key("space_admin", &[]);
        assert_refused(&Caller::with_key(&server, &admin_of_site).get("/users/usr_00000000000000000000000000000001/keys"), 404, "not_found");
    }
}
