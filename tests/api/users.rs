//! Users through the API: made, found, edited, disabled, removed; service accounts; values that do not fit.

use keystead::{
    domain::{api_key::UserKeyRoles, authority::Authority},
    manage,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, another_space, assert_refused, give, key_of},
    on_both,
    support::{
        http::Response,
        site::{Credential, TestSite},
    },
};

fn of_space(site: &TestSite) -> String {
    format!("/spaces/{}/users", site.space)
}

fn make(admin: &Caller<'_>, site: &TestSite, body: &Value) -> Response {
    let made = admin.post(&of_space(site), body);
    assert_eq!(made.status, 201, "{made:?}");
    made
}

fn logins(answer: &Response) -> Vec<String> {
    let items = answer.json()["items"].as_array().expect("a list").clone();
    items.into_iter().map(|item| item["login"].as_str().expect("a login").to_owned()).collect()
}

on_both! {
    // Covers: L139
    #[test]
    fn a_user_is_made_found_changed_and_removed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::with_permission(&site, &server, &["users.manage"]);
        let made = make(&admin, &site, &json!({ "login": " Jo ", "full_name": "Jo Doe", "emails": ["jo@Example.com"] }));
        let id = made.text("id");
        let path = format!("/users/{id}");
        let expected = json!({
            "id": id, "login": "jo", "full_name": "Jo Doe", "emails": ["jo@example.com"], "account_type": "standard",
            "home_space": site.space, "state": "active", "api_keys_enabled": true, "sso_exempt": false,
            "has_password": false, "password_set_at": null, "created_at": made.json()["created_at"], "roles": [],
            "warnings": [],
        });
        assert_eq!((made.json(), admin.get(&path).json()), (expected.clone(), expected));
        make(&admin, &site, &json!({ "login": "kim", "full_name": "Kim Roe" }));

        assert_eq!(logins(&admin.get(&of_space(&site))), ["jo", "kim"]);
        assert_eq!(logins(&admin.get(&format!("{}?q=DOE", of_space(&site)))), ["jo"]);
        assert_eq!(logins(&admin.get(&format!("{}?q=%25", of_space(&site)))), Vec::<String>::new());
        assert_eq!(logins(&admin.get(&format!("{}?guests=true", of_space(&site)))), Vec::<String>::new());
        assert_refused(&admin.get(&format!("{}?guests=yes", of_space(&site))), 400, "invalid_parameter");

        let edited = admin.patch(&path, &json!({ "login": "jo.doe", "emails": [], "sso_exempt": true })).json();
        assert_eq!((&edited["login"], &edited["emails"], &edited["sso_exempt"]), (&json!("jo.doe"), &json!([]), &json!(true)));
        assert_refused(&admin.patch(&path, &json!({ "login": "KIM" })), 409, "login_taken");
        give(&site, id.parse().expect("an id"), "viewer", &[0]);
        assert_refused(&admin.delete(&path), 409, "user_has_roles");
        let roles = admin.get(&path).json()["roles"].clone();
        let viewer = json!([{
            "role": "viewer", "role_id": "rol_00000000000000000000000000000008", "space": site.space, "workspace": 1001,
            "source": "local",
        }]);
        assert_eq!(roles, viewer);
    }

    // Covers: L139, K6
    #[test]
    fn addresses_stand_in_answers_about_users_and_nowhere_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let made = make(&admin, &site, &json!({ "login": "jo", "full_name": "Jo", "emails": ["secret.jo@example.com"] }));
        let path = format!("/users/{}", made.text("id"));
        admin.patch(&path, &json!({ "emails": ["other.jo@example.com"] }));
        let refused = admin.patch(&path, &json!({ "emails": ["broken.jo@"] }));
        assert_refused(&refused, 422, "invalid_field");
        assert!(!refused.body.contains("broken.jo"), "{refused:?}");
        let told = site.database.number("(SELECT COUNT(*) FROM audit_events WHERE detail LIKE '%jo@%')");
        assert_eq!(told, 0);
        // Whoever gives roles sees who it is, and no address.
        let given = admin.post(&format!("{path}/roles"), &json!({ "role": "viewer", "workspaces": [1001] }));
        assert_eq!(given.text("login"), "jo");
        for answer in [given, admin.get("/workspaces/1001/users"), admin.get(&format!("{path}/workspaces"))] {
            assert!(answer.status == 200 && !answer.body.contains("example.com"), "{answer:?}");
        }
    }

    // Covers: K4, L142
    #[test]
    fn values_that_do_not_fit_are_named(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let long = "x".repeat(101);
        let long_address = format!("{}@example.com", "x".repeat(65));
        let cases = [
            ("login", json!("")), ("login", json!("two words")), ("login", json!(long)), ("login", json!("a\u{0}b")),
            ("login", json!("a\u{202e}b")), ("login", json!("a\u{200b}b")), ("login", json!("a\tb")), ("login", json!(7)),
            ("login", json!(null)),
            ("full_name", json!("  ")), ("full_name", json!(long)), ("full_name", json!("J\u{2066}o")),
            ("full_name", json!("J\u{feff}o")), ("full_name", json!("J\no")), ("full_name", json!(["Jo"])),
            ("emails", json!("jo@example.com")), ("emails", json!(null)),
            ("account_type", json!("robot")), ("sso_exempt", json!("no")),
        ];
        for (name, value) in cases {
            let mut body = json!({ "login": "jo", "full_name": "Jo" });
            body[name] = value;
            let refused = admin.post(&of_space(&site), &body);
            assert_refused(&refused, 422, "invalid_field");
            assert_eq!(refused.text("field"), format!("/{name}"), "{body}");
        }
        for address in ["jo", "@example.com", "jo@", "jo@example", "jo@@example.com", "j o@example.com", "jo@-a.com",
            "jo@example.com\n", "jö@example.com", "\"jo\"@example.com", "jo@exa_mple.com", long_address.as_str()] {
            let body = json!({ "login": "jo", "full_name": "Jo", "emails": ["good@example.com", address] });
            let refused = admin.post(&of_space(&site), &body);
            assert_refused(&refused, 422, "invalid_field");
            assert_eq!(refused.text("field"), "/emails/1", "{address}");
        }
        for (body, status, code) in [
            (json!({ "login": "jo" }), 422, "missing_field"),
            (json!({ "full_name": "Jo" }), 422, "missing_field"),
            (json!({ "login": "jo", "full_name": "Jo", "password": "secret-secret" }), 400, "unknown_field"),
            (json!({ "login": "jo", "full_name": "Jo", "id": "usr_1" }), 400, "read_only_field"),
        ] {
            assert_refused(&admin.post(&of_space(&site), &body), status, code);
        }
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM users)"), 0);
        // Two users may share an address; names may have any letters.
        for (login, name) in [("łukasz", "Łukasz Żółć"), ("李", "李明 (测试)")] {
            make(&admin, &site, &json!({ "login": login, "full_name": name, "emails": ["a@example.com", "a@example.com"] }));
        }
    }

    // Covers: L140, L141, L142, L143, L147
    #[test]
    fn a_service_account_has_keys_and_no_password(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        admin.patch(&format!("/spaces/{}", site.space), &json!({ "email_domains": ["example.com"] }));
        let service = |login: &str, name: &str, address: &str| {
            json!({ "login": login, "full_name": name, "account_type": "service", "emails": [address] })
        };
        let foreign = admin.post(&of_space(&site), &service("load", "Load", "load@example.org"));
        assert_refused(&foreign, 422, "email_outside_domains");
        let near = admin.post(&of_space(&site), &service("load", "Load", "load@badexample.com"));
        assert_refused(&near, 422, "email_outside_domains");
        // A person's address may lie anywhere.
        make(&admin, &site, &json!({ "login": "jo", "full_name": "Jo", "emails": ["jo@example.org"] }));

        let made = make(&admin, &site, &service("load", "Nightly load", "team@ops.example.com")).json();
        assert_eq!(made["warnings"], json!(["service_type", "name_hides_service"]));
        let path = format!("/users/{}", made["id"].as_str().expect("an id"));
        let renamed = admin.patch(&path, &json!({ "full_name": "Nightly load (service account)" })).json();
        assert_eq!((&renamed["warnings"], &renamed["has_password"]), (&json!(["service_type"]), &json!(false)));

        let id = made["id"].as_str().expect("an id").parse().expect("an id");
        give(&site, id, "power_user", &[0]);
        let key = key_of(&site, id, UserKeyRoles::Inherit, &[]);
        let said = server.introspect(&site.resource_server, &server.mint(&key));
        assert_eq!(said["workspaces"], json!({ "1001": ["power_user"] }));
        let password = crate::passwords::hash();
        let set = site.try_change(|change, deps| {
            let input = manage::users::SetPassword { id, password };
            manage::users::set_password(change, deps, &Authority::OPERATOR, input)
        });
        assert_eq!(set.expect_err("a refusal").code(), "service_password");
        // Whoever has a password cannot become one.
        let person = site.user("kim");
        crate::passwords::set(&site, person);
        let becomes = admin.patch(&format!("/users/{person}"), &json!({ "account_type": "service" }));
        assert_refused(&becomes, 422, "service_password");
    }

    // Covers: K3
    #[test]
    fn whoever_manages_users_takes_over_nobody_who_holds_more_also_in_closed_workspaces(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (admin, people) = (Caller::admin(&site, &server), Caller::with_permission(&site, &server, &["users.manage"]));
        let (person, other) = (site.user("kim"), site.user("jo"));
        give(&site, person, "workspace_admin", &[1]);
        let set = |user| people.patch(&format!("/users/{user}"), &json!({ "login": format!("mine.{user}") }));
        assert_refused(&set(person), 403, "exceeds_own_rights");
        assert_eq!(admin.post("/workspaces/1002/close", &json!({})).status, 200);
        assert_refused(&set(person), 403, "exceeds_own_rights");
        assert_eq!(set(other).status, 200);
    }

    // Covers: L144, C18
    #[test]
    fn a_service_account_gets_no_role_of_administrators_unless_the_site_allows_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (admin, root) = (Caller::admin(&site, &server), Caller::site_admin(&site, &server));
        let service = json!({ "login": "load", "full_name": "Load service", "account_type": "service" });
        let path = format!("/users/{}", make(&admin, &site, &service).text("id"));
        let roles = [json!({ "role": "space_admin" }), json!({ "role": "workspace_admin", "workspaces": [1001] })];
        for role in &roles {
            assert_refused(&admin.post(&format!("{path}/roles"), role), 422, "admin_role_on_service_account");
        }
        let power = json!({ "role": "power_user", "workspaces": [1001] });
        assert_eq!(admin.post(&format!("{path}/roles"), &power).status, 200);
        // Nor does somebody with such a role become one.
        let person = site.user("jo");
        give(&site, person, "workspace_admin", &[0]);
        let becomes = json!({ "account_type": "service" });
        let refused = admin.patch(&format!("/users/{person}"), &becomes);
        assert_refused(&refused, 422, "admin_role_on_service_account");
        // Nor does a role that one holds grow into such a role.
        let mine = json!({ "name": "mine", "level": "space", "permissions": ["reports.read"] });
        let mine = admin.post(&format!("/spaces/{}/roles", site.space), &mine).json();
        assert_eq!(admin.post(&format!("{path}/roles"), &json!({ "role": "mine" })).status, 200);
        let grown = admin.patch(&format!("/roles/{}", mine["id"].as_str().expect("an id")), &json!({ "permissions": ["users.manage"] }));
        assert_refused(&grown, 422, "admin_role_on_service_account");

        assert_eq!(root.patch("/site", &json!({ "service_admins_allowed": true })).status, 200);
        assert_eq!(admin.post(&format!("{path}/roles"), &roles[0]).status, 200);
        assert_eq!(admin.patch(&format!("/users/{person}"), &becomes).status, 200);
    }

    // Covers: L085, L084, L126, C08
    #[test]
    fn disabling_a_user_stops_everything_and_enabling_brings_back_what_is_asked_for(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = site.user("jo");
        give(&site, user, "viewer", &[0]);
        let keys = [key_of(&site, user, UserKeyRoles::Inherit, &[]), key_of(&site, user, UserKeyRoles::Subset, &[])];
        let tokens = keys.each_ref().map(|key| server.mint(key));
        let path = format!("/users/{user}");
        let works = |key: &Credential| server.token(key).status == 200;
        let act = |name: &str, body: &Value| admin.post(&format!("{path}/{name}"), body);

        let disabled = act("disable", &json!({})).json();
        assert_eq!(disabled["user"]["state"], "disabled");
        assert_eq!(disabled["keys"], json!([keys[0].client_id, keys[1].client_id]));
        assert_refused(&act("disable", &json!({})), 409, "already_disabled");
        assert!(!keys.iter().any(works));
        assert!(!tokens.iter().any(|token| server.is_active(&site.resource_server, token)));
        assert_eq!(admin.get(&format!("/keys/{}", keys[0].client_id)).text("status_reason"), "owner_disabled");
        let made = admin.post(&format!("{path}/keys"), &json!({ "name": "New" }));
        assert_refused(&made, 409, "owner_disabled");

        assert_eq!(act("enable", &json!({ "restore_keys": true })).text("state"), "active");
        assert_refused(&act("enable", &json!({})), 409, "not_disabled");
        assert!(keys.iter().all(works));
        assert!(!tokens.iter().any(|token| server.is_active(&site.resource_server, token)));

        act("disable", &json!({}));
        assert_eq!(act("enable", &json!({})).status, 200);
        assert!(!keys.iter().any(works));
        assert_eq!(admin.post(&format!("/keys/{}/enable", keys[0].client_id), &json!({})).status, 200);
        assert!(works(&keys[0]) && !works(&keys[1]));
    }

    // Covers: L130, C04
    #[test]
    fn the_keys_of_one_user_are_switched_off_and_on(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = site.user("jo");
        give(&site, user, "viewer", &[0]);
        let (key, other) = (key_of(&site, user, UserKeyRoles::Inherit, &[]), site.key("viewer", &[0]));
        let (token, others) = (server.mint(&key), server.mint(&other));
        let path = format!("/users/{user}");
        assert_eq!(admin.patch(&path, &json!({ "api_keys_enabled": false })).json()["api_keys_enabled"], false);
        assert_eq!(server.token(&key).error(), "invalid_client");
        assert!(!server.is_active(&site.resource_server, &token));
        assert!(server.is_active(&site.resource_server, &others));
        let made = admin.post(&format!("{path}/keys"), &json!({ "name": "New" }));
        assert_refused(&made, 403, "owner_keys_disabled");
        admin.patch(&path, &json!({ "api_keys_enabled": true }));
        assert!(!server.is_active(&site.resource_server, &token));
        assert!(server.is_active(&site.resource_server, &server.mint(&key)));
    }

    // Covers: J14, L139
    #[test]
    fn who_takes_a_free_login_is_somebody_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let person = json!({ "login": "jo", "full_name": "Jo" });
        let first = make(&admin, &site, &person).text("id");
        let key = key_of(&site, first.parse().expect("an id"), UserKeyRoles::Inherit, &[]);
        let token = server.mint(&key);
        assert_eq!(server.introspect(&site.resource_server, &token)["sub"], first.as_str());
        assert_eq!(admin.delete(&format!("/users/{first}")).status, 204);
        assert_refused(&admin.get(&format!("/users/{first}")), 404, "not_found");
        assert!(!server.is_active(&site.resource_server, &token));

        let second = make(&admin, &site, &person).text("id");
        assert_ne!(first, second);
        assert!(!server.is_active(&site.resource_server, &token));
        assert_eq!(server.token(&key).error(), "invalid_client");
        let new = key_of(&site, second.parse().expect("an id"), UserKeyRoles::Inherit, &[]);
        assert_eq!(server.introspect(&site.resource_server, &server.mint(&new))["sub"], second.as_str());
    }

    // Covers: L142, KM-21
    #[test]
    fn of_many_who_want_one_login_one_gets_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("listen.workers", "4"));
        let admin = Caller::admin(&site, &server);
        let path = of_space(&site);
        for round in 0..4 {
            let logins = [format!("round{round}"), format!("ROUND{round}")];
            let answers: Vec<Response> = std::thread::scope(|scope| {
                let ask = |login: &String| admin.post(&path, &json!({ "login": login, "full_name": "Somebody" }));
                let asking: Vec<_> =
                    logins.iter().cycle().take(8).map(|login| scope.spawn(move || ask(login))).collect();
                asking.into_iter().map(|asking| asking.join().expect("an answer")).collect()
            });
            let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
            assert_eq!((made.len(), refused.len()), (1, 7), "{answers:?}");
            for answer in refused {
                assert_refused(answer, 409, "login_taken");
            }
        }
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM users)"), 4);
    }

    // Covers: K3, L127
    #[test]
    fn the_users_of_another_space_do_not_exist(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let other = another_space(&site, "Other");
        let theirs = site.change(|change, deps| {
            let login = keystead::domain::user::Login::parse("theirs").expect("a login");
            let input = manage::users::CreateUser::person(other, login, crate::support::site::name("Theirs"));
            manage::users::create(change, deps, &Authority::OPERATOR, input)
        });
        let (path, nothing) = (format!("/users/{}", theirs.id), json!({}));
        for answer in [
            admin.get(&format!("/spaces/{other}/users")),
            admin.post(&format!("/spaces/{other}/users"), &json!({ "login": "x", "full_name": "X" })),
            admin.get(&path),
            admin.patch(&path, &json!({ "full_name": "Mine" })),
            admin.delete(&path),
            admin.post(&format!("{path}/disable"), &nothing),
            admin.post(&format!("{path}/enable"), &nothing),
            admin.post(&format!("{path}/roles"), &json!({ "role": "viewer", "workspaces": [1001], "space": site.space })),
            admin.delete(&format!("{path}/roles/viewer?workspace=1001")),
            admin.get(&format!("{path}/workspaces")),
            admin.get(&format!("{path}/keys")),
            admin.post(&format!("{path}/keys"), &json!({ "name": "Mine" })),
        ] {
            assert_refused(&answer, 404, "not_found");
        }
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM users WHERE full_name = 'Theirs' AND state = 'active')"), 1);
    }
}
