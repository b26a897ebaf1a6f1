//! The check of gateways: who is behind a token, and may it do what the gateway's own URL asks for?
#![expect(clippy::string_slice, reason = "tokens, secrets and their JSON are ASCII")]

use std::time::Duration;

use keystead::{
    domain::{
        api_key::{Mode, Owner, UserKeyRoles},
        authority::Authority,
    },
    manage::{self, user_roles::GiveUserRole},
};

use crate::{
    on_both,
    support::{
        backend::Backend,
        credential::{key_id, resource_server_id},
        http::{Request, Response},
        site::{Credential, Server, TestSite},
    },
};

const ASKS_FOR_BEARER: &str = r#"Bearer realm="keystead""#;
const INVALID: &str = r#"Bearer realm="keystead", error="invalid_token""#;
const INSUFFICIENT: &str = r#"Bearer realm="keystead", error="insufficient_scope""#;

fn as_gateway(server: &Server, gateway: &Credential, query: &str) -> Request {
    server.client.get(&format!("/oauth/verify{query}")).header("X-Keystead-Gateway", &gateway.basic())
}

fn challenge(response: &Response) -> (u16, &str) {
    (response.status, response.header("WWW-Authenticate").unwrap_or_default())
}

fn identity(response: &Response) -> [&str; 6] {
    assert_eq!(response.status, 200, "{}", response.body);
    ["Subject", "Client", "Space", "Scope", "Roles", "Permissions"]
        .map(|name| response.header(&format!("X-Keystead-{name}")).expect("an identity header"))
}

on_both! {
    // Covers: L092, T13
    #[test]
    fn a_good_token_passes_with_the_identity_behind_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key_with(|key| {
            key.roles = vec![site.role("editor", &[0]), site.role("viewer", &[0, 1]), site.role("auditor", &[])];
        });
        let token = server.mint(&key);
        let (id, space) = (key.client_id.as_str(), site.space.to_string());

        let plain = server.verify(&site.resource_server, &token, "");
        assert_eq!(identity(&plain), [id, id, &space, "read write", "auditor", "audit.read"]);
        assert_eq!((plain.body.as_str(), plain.header("Cache-Control")), ("", Some("no-store")));

        let first = server.verify(&site.resource_server, &token, "workspace=1001");
        let permitted = "data.read data.write pipelines.read reports.read";
        assert_eq!(identity(&first), [id, id, &space, "read write", "editor viewer", permitted]);
        let second = server.verify(&site.resource_server, &token, "workspace=1002");
        let permitted = "data.read pipelines.read reports.read";
        assert_eq!(identity(&second), [id, id, &space, "read write", "viewer", permitted]);
    }
}

// Covers: L092
#[test]
fn a_users_key_passes_as_the_user() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let user = site.user("jo");
    let input = GiveUserRole { id: user, space: site.space, request: site.role("viewer", &[0]) };
    site.change(|change, deps| manage::user_roles::give(change, deps, &Authority::OPERATOR, input));
    let key = site.key_with(|key| key.owner = Owner::User { id: user, roles: UserKeyRoles::Inherit });
    let passed = server.verify(&site.resource_server, &server.mint(&key), "workspace=1001");
    assert_eq!(identity(&passed)[..2], [user.to_string().as_str(), key.client_id.as_str()]);
}

// Covers: RS-01, RS-06
#[test]
fn without_a_token_the_answer_asks_for_one_and_blames_nothing() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint(&site.key("viewer", &[0]));
    let gateway = &site.resource_server;
    let requests = [
        as_gateway(&server, gateway, ""),
        as_gateway(&server, gateway, "?workspace=1001"),
        as_gateway(&server, gateway, "").basic("user", "password"),
        as_gateway(&server, gateway, "").header("Authorization", &format!("Token {token}")),
    ];
    for request in requests {
        let response = request.send();
        assert_eq!(challenge(&response), (401, ASKS_FOR_BEARER));
        assert_eq!(response.body, "");
    }
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "] {
        let request = as_gateway(&server, gateway, "").header("Authorization", &format!("{scheme} {token}"));
        assert_eq!(request.send().status, 200, "{scheme}");
    }
}

on_both! {
    // Covers: RS-02, RS-07, I2
    #[test]
    fn a_token_that_does_not_count_is_invalid(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        site.resource_server_for("Other API", "https://other.example.com");
        let revoked = server.mint(&key);
        assert_eq!(server.revoke(&key, &revoked).status, 200);
        let foreign = server.mint_with(&key, &[("resource", "https://other.example.com")]);
        let of_disabled = {
            let key = site.key("viewer", &[0]);
            let token = server.mint(&key);
            site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
            token
        };
        let expired = server.mint(&key);
        site.clock.advance(Duration::from_mins(16));
        let live = server.mint(&key);
        assert_eq!(server.verify(&site.resource_server, &live, "").status, 200);

        let causes = [
            ("garbage", "garbage"),
            ("truncated", &live[..live.len() - 1]),
            ("revoked", &revoked),
            ("for another audience", &foreign),
            ("of a disabled key", &of_disabled),
            ("expired", &expired),
        ];
        for (cause, token) in causes {
            for needs in ["", "workspace=1001", "workspace=9999&role=nobody"] {
                let response = server.verify(&site.resource_server, token, needs);
                assert_eq!(challenge(&response), (401, INVALID), "{cause}, {needs}");
                assert_eq!(response.error(), "invalid_token", "{cause}");
                assert_eq!(response.header("X-Keystead-Subject"), None, "{cause}");
            }
        }
    }
}

// Covers: RS-03, L092
#[test]
fn a_token_passes_exactly_where_all_needs_are_met() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let mixed = || {
        site.key_with(|key| {
            key.roles = vec![site.role("editor", &[0]), site.role("viewer", &[1]), site.role("auditor", &[])];
        })
    };
    let key = mixed();
    let all = server.mint(&key);
    let reading = server.mint_with(&key, &[("scope", "read")]);
    let narrow = server.mint_with(&key, &[("scope", "read write workspace:1002")]);
    let masked = server.mint(&site.key_with(|key| {
        key.roles = vec![site.role("editor", &[0])];
        key.mode = Some(Mode::ReadOnly);
    }));

    let table = [
        ("all", &all, "workspace=1001", true),
        ("all", &all, "workspace=1002", true),
        ("all", &all, "workspace=9999", false),
        ("all", &all, "workspace=9223372036854775807", false),
        ("all", &all, "role=auditor", true),
        ("all", &all, "role=editor", false),
        ("all", &all, "workspace=1001&role=editor", true),
        ("all", &all, "workspace=1001&role=viewer", false),
        ("all", &all, "workspace=1001&role=auditor", false),
        ("all", &all, "workspace=1001&role=edito", false),
        ("all", &all, "workspace=1001&role=Editor", false),
        ("all", &all, "permission=audit.read", true),
        ("all", &all, "permission=data.read", false),
        ("all", &all, "workspace=1001&permission=data.write", true),
        ("all", &all, "workspace=1002&permission=data.write", false),
        ("all", &all, "workspace=1002&permission=data.read", true),
        ("all", &all, "workspace=1002&permission=audit.read", false),
        ("all", &all, "workspace=1002&permission=data", false),
        ("all", &all, "scope=write", true),
        ("all", &all, "scope=read+write", true),
        ("all", &all, "scope=write%20read", true),
        ("all", &all, "scope=admin", false),
        ("all", &all, "workspace=1001&role=editor&permission=data.write&scope=write", true),
        ("all", &all, "workspace=1001&role=editor&permission=data.write&scope=admin", false),
        ("reading", &reading, "scope=read", true),
        ("reading", &reading, "scope=write", false),
        ("reading", &reading, "scope=read+write", false),
        ("reading", &reading, "workspace=1001&role=editor", true),
        ("reading", &reading, "workspace=1001&permission=data.write", false),
        ("reading", &reading, "workspace=1001&permission=data.read", true),
        ("narrow", &narrow, "workspace=1002", true),
        ("narrow", &narrow, "workspace=1001", false),
        ("narrow", &narrow, "role=auditor", false),
        ("narrow", &narrow, "permission=audit.read", false),
        ("narrow", &narrow, "scope=workspace:1002", true),
        ("narrow", &narrow, "scope=workspace:1001", false),
        ("masked", &masked, "scope=write", false),
        ("masked", &masked, "workspace=1001&permission=data.write", false),
        ("masked", &masked, "workspace=1001&permission=data.read", true),
    ];
    for (whose, token, needs, passes) in table {
        let response = server.verify(&site.resource_server, token, needs);
        if passes {
            assert_eq!(response.status, 200, "{whose}: {needs}");
            continue;
        }
        assert_eq!(response.status, 403, "{whose}: {needs}");
        assert_eq!(response.error(), "insufficient_scope", "{whose}: {needs}");
        assert_eq!(response.header("X-Keystead-Subject"), None, "{whose}: {needs}");
        let named = response.header("WWW-Authenticate").expect("a challenge");
        assert!(named.starts_with(INSUFFICIENT), "{named}");
    }
}

// Covers: RS-03
#[test]
fn a_refusal_names_the_scope_that_was_needed() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint_with(&site.key("editor", &[0]), &[("scope", "read")]);
    for (needs, scope) in [("scope=write", "write"), ("workspace=1001&scope=read+write", "read write")] {
        let response = server.verify(&site.resource_server, &token, needs);
        assert_eq!(challenge(&response), (403, format!(r#"{INSUFFICIENT}, scope="{scope}""#).as_str()));
    }
    let other = server.verify(&site.resource_server, &token, "role=auditor");
    assert_eq!(challenge(&other), (403, INSUFFICIENT));
}

// Covers: RS-03
#[test]
fn a_need_that_is_not_understood_is_never_a_check_that_is_not_made() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint(&site.key("editor", &[0]));
    let queries = [
        "workspace=",
        "workspace",
        "role=",
        "permission=",
        "scope=",
        "workspace=1001&permission=",
        "permision=data.write",
        "Workspace=1001",
        "workspace=1001&resource=x",
        "workspace=1001&workspace=1002",
        "workspace=one",
        "workspace=-1001",
        "workspace=01001",
        "workspace=0",
        "workspace=%2B1001",
        "workspace=1001%20",
        "workspace=9223372036854775808",
        "workspace=1001%00",
        "workspace=%ff",
        "role=%zz",
        "scope=read++write",
        "scope=read%22",
    ];
    for query in queries {
        let response = server.verify(&site.resource_server, &token, query);
        assert_eq!((response.status, response.error()), (400, "invalid_request".to_owned()), "{query}");
    }
}

// Covers: RS-04, RS-05, T17
#[test]
fn a_malformed_token_and_one_outside_its_header_are_invalid_requests() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let token = server.mint(&site.key("viewer", &[0]));
    let gateway = &site.resource_server;
    let ask = |query: &str| as_gateway(&server, gateway, query);
    let with = |value: &str| ask("").header("Authorization", value);
    let requests = [
        ("in the query", ask(&format!("?access_token={token}"))),
        ("in the query, escaped", ask(&format!("?%61ccess_token={token}"))),
        ("in both places", ask(&format!("?access_token={token}")).bearer(&token)),
        ("twice in headers", with(&format!("Bearer {token}")).bearer(&token)),
        ("no token behind the scheme", with("Bearer")),
        ("only a space behind the scheme", with("Bearer ")),
        ("two words", with(&format!("Bearer {token} {token}"))),
        ("quoted", with(&format!("Bearer \"{token}\""))),
        ("with a comma", with(&format!("Bearer {token},{token}"))),
        ("padding inside", with("Bearer a=b")),
    ];
    for (what, request) in requests {
        let response = request.send();
        assert_eq!((response.status, response.error()), (400, "invalid_request".to_owned()), "{what}");
    }
    let posted = server.client.post("/oauth/verify").header("X-Keystead-Gateway", &gateway.basic());
    let posted = posted.form(&[("access_token", &token)]).send();
    assert_eq!((posted.status, posted.header("Allow")), (405, Some("GET")));
}

// Covers: I1, RS-07
#[test]
fn only_a_gateway_that_proves_itself_gets_answers() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let token = server.mint(&key);
    let gateway = &site.resource_server;
    let good = gateway.basic();
    let ask = || server.client.get("/oauth/verify").bearer(&token);
    let with = |value: &str| ask().header("X-Keystead-Gateway", value);
    let wrong = Credential { secret: key.secret.clone(), ..gateway.clone() };
    let disabled = site.resource_server_for("Disabled", "https://disabled.example.com");
    let id = resource_server_id(&disabled);
    site.change(|change, deps| manage::resource_servers::disable(change, deps, &Authority::OPERATOR, id));

    let refused = [
        ("none", ask()),
        ("empty", with("")),
        ("the scheme alone", with("Basic")),
        ("without a scheme", with(&good["Basic ".len()..])),
        ("another scheme", with(&good.replace("Basic", "Bearer"))),
        ("not base64", with("Basic !!!")),
        ("no colon", with("Basic YWJj")),
        ("twice", with(&good).header("X-Keystead-Gateway", &good)),
        ("a wrong secret", with(&wrong.basic())),
        ("an API key", with(&key.basic())),
        ("a disabled resource server", with(&disabled.basic())),
        ("far too long", with(&format!("Basic {}", "A".repeat(11_000)))),
        ("in the place of the token", server.client.get("/oauth/verify").header("Authorization", &good)),
    ];
    for (what, request) in refused {
        let response = request.send();
        assert_eq!((response.status, response.error()), (401, "invalid_client".to_owned()), "{what}");
        assert_eq!(response.header("X-Keystead-Subject"), None, "{what}");
    }
    for header in [good.clone(), good.replace("Basic ", "bAsIc   ")] {
        assert_eq!(with(&header).send().status, 200, "{header}");
    }
}

// Covers: I12
#[test]
fn two_gateways_get_their_own_answers_about_one_token() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let stranger = site.resource_server_for("Stranger", "https://stranger.example.com");
    let token = server.mint(&site.key("viewer", &[0]));
    for (gateway, status) in [(&site.resource_server, 200), (&stranger, 401)].into_iter().cycle().take(6) {
        assert_eq!(server.verify(gateway, &token, "workspace=1001").status, status);
    }
}

on_both! {
    // Covers: RS-03, RS-07, I9
    #[test]
    fn a_closed_workspace_is_out_of_reach_at_once(backend) {
        let site = TestSite::new(backend);
        let (near, far) = (site.serve(), site.serve());
        let token = near.mint(&site.key("viewer", &[0, 1]));
        let workspace = site.workspaces[0].0;
        let answers = || [&near, &far].map(|server| {
            ["workspace=1001", "workspace=1002"].map(|needs| server.verify(&site.resource_server, &token, needs).status)
        });
        assert_eq!(answers(), [[200, 200]; 2]);
        site.change(|change, deps| manage::workspaces::close(change, deps, &Authority::OPERATOR, workspace));
        assert_eq!(answers(), [[403, 200]; 2]);
        site.change(|change, deps| manage::workspaces::reopen(change, deps, &Authority::OPERATOR, workspace));
        assert_eq!(answers(), [[200, 200]; 2]);
    }
}
