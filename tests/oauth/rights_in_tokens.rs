//! Which roles a token carries: those of its key, at their places, narrowed by its scope.

use std::collections::BTreeSet;

use keystead::{
    domain::{
        api_key::{InternalService, Mode},
        authority::Authority,
        ids::ApiKeyId,
        key_pair::ExpiryPolicy,
        page::PageRequest,
        workspace::WorkspaceNumber,
    },
    manage::{
        self, api_keys::RegenerateApiKey, key_roles::ChangeKeyRole, role_request::RoleRequest, spaces::CreateSpace,
        workspaces::CreateWorkspace,
    },
    store::api_keys::KeyFilter,
};
use serde_json::{Value, json};

use crate::{
    decoded, on_both,
    support::{
        backend::Backend,
        credential::key_id,
        site::{Credential, Server, TestSite, name},
    },
};

/// A workspace of another space.
fn foreign_workspace(site: &TestSite) -> WorkspaceNumber {
    let other_space = site.change(|change, deps| {
        manage::spaces::create(change, deps, &Authority::OPERATOR, CreateSpace::production(name("Elsewhere")))
    });
    let input = CreateWorkspace { space: other_space.id, name: name("Theirs") };
    site.change(|change, deps| manage::workspaces::create(change, deps, &Authority::OPERATOR, input)).number
}

fn key_with_roles(site: &TestSite, roles: Vec<RoleRequest>) -> Credential {
    site.key_with(|key| key.roles = roles)
}

/// What a new token of the key says: roles in the space, roles in workspaces, type of integration.
fn rights(server: &Server, key: &Credential, scope: &str) -> (Value, Value, Value) {
    let claims = decoded::claims_of(&server.token_with(key, &[("scope", scope)]));
    (claims["roles"].clone(), claims["workspaces"].clone(), claims["key"]["type"].clone())
}

fn new_workspace(site: &TestSite, title: &str) -> WorkspaceNumber {
    let input = CreateWorkspace { space: site.space, name: name(title) };
    site.change(|change, deps| manage::workspaces::create(change, deps, &Authority::OPERATOR, input)).number
}

/// A credential of an internal key of the site's space.
fn internal_key(site: &TestSite, service: InternalService) -> Credential {
    let keys = site.change(|change, _| {
        manage::facts::list(change, &Authority::OPERATOR, site.space, &KeyFilter::default(), PageRequest::default())
    });
    let id: ApiKeyId = keys.items.iter().find(|facts| facts.key.internal == Some(service)).expect("it is there").key.id;
    let input = RegenerateApiKey { id, expiry: ExpiryPolicy::Never };
    let made = site.change(|change, deps| manage::api_keys::regenerate(change, deps, &Authority::OPERATOR, input));
    Credential { client_id: id.to_string(), public_id: made.public_id, secret: made.secret.expose().to_owned() }
}

on_both! {
    // Covers: L009, L010, L018, IN-15
    #[test]
    fn the_type_follows_from_the_roles_and_the_places_are_told(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (ci, viewer) = ("ci_cd_integration", "viewer");
        let table = [
            (vec![], json!([]), Value::Null, "third_party"),
            (vec![site.role(viewer, &[0])], json!([]), json!({"1001": [viewer]}), "third_party"),
            (vec![site.role("auditor", &[])], json!(["auditor"]), Value::Null, "third_party"),
            (vec![site.role(ci, &[0, 1])], json!([]), json!({"1001": [ci], "1002": [ci]}), "ci_cd"),
            (
                vec![site.role("auditor", &[]), site.role(ci, &[0]), site.role(viewer, &[1])],
                json!(["auditor"]),
                json!({"1001": [ci], "1002": [viewer]}),
                "ci_cd",
            ),
            (vec![site.role("integration_bridge", &[])], json!(["integration_bridge"]), Value::Null, "integration_bridge"),
        ];
        for (roles, space, workspaces, kind) in table {
            let key = key_with_roles(&site, roles);
            let token = server.mint_with(&key, &[("integration_type", "bridge_service")]);
            let claims = decoded::claims(&token);
            assert_eq!((&claims["roles"], &claims["workspaces"]), (&space, &workspaces));
            assert_eq!(claims["key"]["type"], kind);
            let described = server.introspect(&site.resource_server, &token);
            for member in ["sub", "client_id", "roles", "workspaces", "key", "scope", "space", "aud", "jti", "seq", "exp"] {
                assert_eq!(described[member], claims[member], "{member}");
            }
        }
    }

    // Covers: L011
    #[test]
    fn the_type_changes_with_the_roles(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let ci = || ChangeKeyRole { id: key_id(&key), request: site.role("ci_cd_integration", &[1]) };
        let kind = || rights(&server, &key, "read").2;

        assert_eq!(kind(), "third_party");
        site.change(|change, deps| manage::key_roles::give(change, deps, &Authority::OPERATOR, ci()));
        assert_eq!(kind(), "ci_cd");
        site.change(|change, deps| manage::key_roles::take(change, deps, &Authority::OPERATOR, ci()));
        assert_eq!(kind(), "third_party");
    }

    // Covers: CC-05, TE-13
    #[test]
    fn a_scope_of_one_workspace_leaves_its_roles_alone(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let roles = vec![site.role("auditor", &[]), site.role("editor", &[0]), site.role("viewer", &[0, 1])];
        let key = key_with_roles(&site, roles);

        let (space, workspaces, _) = rights(&server, &key, "workspace:1002");
        assert_eq!((space, workspaces), (json!([]), json!({"1002": ["viewer"]})));
        let token = server.mint_with(&key, &[("scope", "read workspace:1001")]);
        let described = server.introspect(&site.resource_server, &token);
        assert_eq!(described["workspaces"], json!({"1001": ["editor", "viewer"]}));
        assert_eq!(described["roles"], json!([]));
        let permitted = described["permissions"].to_string();
        assert!(permitted.contains("data.read") && !permitted.contains("data.write"), "{permitted}");
        assert!(!permitted.contains("audit.read"), "{permitted}");
    }

    // Covers: CC-05
    #[test]
    fn no_scope_reaches_a_workspace_that_is_closed_foreign_or_without_a_role(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0, 1]);
        let theirs = foreign_workspace(&site);
        let without_role = new_workspace(&site, "Third");
        let closed = site.workspaces[1].0;
        site.change(|change, deps| manage::workspaces::close(change, deps, &Authority::OPERATOR, closed));

        let ask = |number: WorkspaceNumber| server.token_with(&key, &[("scope", &format!("workspace:{number}"))]);
        assert_eq!(ask(site.workspaces[0].0).status, 200);
        let answers: BTreeSet<_> = [theirs, without_role, closed, WorkspaceNumber::new(987_654).unwrap()]
            .into_iter()
            .map(|number| (ask(number).status, ask(number).body))
            .collect();
        assert_eq!(answers.len(), 1, "nothing tells a foreign workspace from none: {answers:?}");
        assert!(answers.iter().all(|(status, body)| *status == 400 && body.contains("invalid_scope")));

        let foreign = RoleRequest { role: "viewer".to_owned(), workspaces: vec![theirs] };
        let input = ChangeKeyRole { id: key_id(&key), request: foreign };
        let given = site.try_change(|change, deps| manage::key_roles::give(change, deps, &Authority::OPERATOR, input));
        assert!(given.is_err(), "no key has a role in another space");
    }

    // Covers: L025, L018
    #[test]
    fn internal_keys_stand_at_the_space_or_in_all_workspaces(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let synchronizer = internal_key(&site, InternalService::SynchronizerService);
        let bridge = internal_key(&site, InternalService::BridgeService);
        let product = internal_key(&site, InternalService::ProductBridgeService);

        let everywhere = json!({"*": ["synchronizer_service"]});
        let token = server.mint(&synchronizer);
        assert_eq!(decoded::claims(&token)["workspaces"], everywhere);
        assert_eq!(decoded::claims(&token)["key"]["type"], "synchronizer_service");
        let later = new_workspace(&site, "Later");
        assert_eq!(rights(&server, &synchronizer, "read").1, everywhere);
        assert_eq!(server.introspect(&site.resource_server, &token)["workspaces"], everywhere);
        let (_, workspaces, _) = rights(&server, &synchronizer, &format!("workspace:{later}"));
        assert_eq!(workspaces, json!({later.to_string(): ["synchronizer_service"]}));

        for (key, role) in [(&bridge, "bridge_service"), (&product, "product_bridge_service")] {
            assert_eq!(rights(&server, key, "read"), (json!([role]), Value::Null, role.into()));
        }
    }

    // Covers: L025, CC-05, K1
    #[test]
    fn a_role_in_all_workspaces_counts_in_the_open_ones_of_its_space_alone(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let synchronizer = internal_key(&site, InternalService::SynchronizerService);
        let theirs = foreign_workspace(&site);
        let closed = site.workspaces[1].0;
        let narrow = |number: WorkspaceNumber| [("scope", format!("workspace:{number}"))];
        let ask = |number| server.token_with(&synchronizer, &narrow(number).each_ref().map(|(name, value)| (*name, value.as_str())));
        let everywhere = server.mint(&synchronizer);
        let narrowed = ask(closed).json()["access_token"].as_str().expect("a token").to_owned();
        let verify = |token: &str, number| server.verify(&site.resource_server, token, &format!("workspace={number}")).status;
        assert_eq!((verify(&everywhere, closed), verify(&narrowed, closed)), (200, 200));
        assert_eq!((ask(theirs).error(), verify(&everywhere, theirs)), ("invalid_scope".to_owned(), 403));

        site.change(|change, deps| manage::workspaces::close(change, deps, &Authority::OPERATOR, closed));
        assert_eq!(ask(closed).error(), "invalid_scope");
        assert_eq!((verify(&everywhere, closed), verify(&narrowed, closed)), (403, 403));
        assert_eq!(server.introspect(&site.resource_server, &narrowed)["workspaces"], Value::Null);
        site.change(|change, deps| manage::workspaces::reopen(change, deps, &Authority::OPERATOR, closed));
        assert_eq!((ask(closed).status, verify(&everywhere, closed)), (200, 200));
    }

    // Covers: JW-06, IN-15
    #[test]
    fn past_the_size_budget_introspection_names_the_workspaces(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let numbers: Vec<_> = (0..250).map(|number| new_workspace(&site, &format!("W{number}"))).collect();
        let key_in = |workspaces: &[WorkspaceNumber]| {
            key_with_roles(&site, vec![RoleRequest { role: "viewer".to_owned(), workspaces: workspaces.to_vec() }])
        };

        let few = server.mint(&key_in(&numbers[..20]));
        assert_eq!(decoded::claims(&few)["workspaces"].as_object().expect("named").len(), 20);
        assert!(decoded::claims(&few).get("workspaces_omitted").is_none());

        let many = key_in(&numbers);
        let token = server.mint(&many);
        let claims = decoded::claims(&token);
        assert!(claims.get("workspaces").is_none());
        assert_eq!(claims["workspaces_omitted"], true);
        assert!(token.len() < 4 * 1024, "{}", token.len());
        let described = server.introspect(&site.resource_server, &token);
        let named = described["workspaces"].as_object().expect("named");
        assert_eq!(named.len(), 250);
        assert!(named.values().all(|roles| *roles == json!(["viewer"])));

        let narrowed = server.mint_with(&many, &[("scope", &format!("workspace:{}", numbers[249]))]);
        assert_eq!(decoded::claims(&narrowed)["workspaces"].as_object().expect("named").len(), 1);
    }

    // Covers: L092, RS-06
    #[test]
    fn a_token_answers_who_it_is_and_what_it_may_do_in_a_workspace(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("editor", &[0]);
        let token = server.mint(&key);
        let gateway = base64(&format!("{}:{}", site.resource_server.client_id, site.resource_server.secret));
        let verify = |needs: &str| {
            let request = server.client.get(&format!("/oauth/verify?{needs}"));
            let request = request.header("X-Keystead-Gateway", &format!("Basic {gateway}"));
            request.header("Authorization", &format!("bEaReR {token}")).send()
        };

        let passed = verify("workspace=1001&permission=data.write");
        assert_eq!(passed.status, 200, "{passed:?}");
        assert_eq!(passed.header("X-Keystead-Subject"), Some(key.client_id.as_str()));
        assert_eq!(passed.header("X-Keystead-Roles"), Some("editor"));
        assert_eq!(verify("workspace=1002&permission=data.write").status, 403);
        assert_eq!(verify("workspace=1001&permission=pipelines.manage").status, 403);
        let described = server.introspect(&site.resource_server, &token);
        assert_eq!(described["permissions"]["workspaces"]["1001"], json!(["data.read", "data.write", "pipelines.read", "reports.read"]));
    }
}

// Covers: TE-14
#[test]
fn a_read_only_key_carries_its_roles_and_no_permission_to_write() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key_with(|key| {
        key.roles = vec![site.role("editor", &[0])];
        key.mode = Some(Mode::ReadOnly);
    });

    let token = server.mint(&key);
    assert_eq!(decoded::claims(&token)["key"]["mode"], "read_only");
    let described = server.introspect(&site.resource_server, &token);
    assert_eq!(described["scope"], "read");
    assert_eq!(described["workspaces"], json!({"1001": ["editor"]}));
    let permitted = &described["permissions"]["workspaces"]["1001"];
    assert_eq!(*permitted, json!(["data.read", "pipelines.read", "reports.read"]));
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
