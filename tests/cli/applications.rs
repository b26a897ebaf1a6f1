//! Applications: every verb, its answer and its refusal; and what people may do in their own name.

use keystead::{
    domain::{
        grant::{Grant, GrantedScope},
        user_scope::{UserScope, UserScopes},
    },
    store,
};
use serde_json::{Value, json};

use super::support::{Site, column, text};

const UNKNOWN: &str = "app_0190b2c8c6a97a3f9d6f4be0a1c2d3e4";
const REDIRECT: &str = "https://shop.example.com/callback";

fn create(site: &Site, more: &[&str]) -> Value {
    let arguments = ["application", "create", "--space", "Acme", "--redirect-uri", REDIRECT, "--scope", "openid"];
    site.run(&[arguments.as_slice(), more, &["Shop"]].concat()).json()
}

/// What a user's consent writes.
fn consent(site: &Site, user: &str, application: &str) -> String {
    let store = site.store();
    let made = store.change(|change| {
        let since = change.seq();
        let grant = Grant {
            id: change.new_id(),
            user: user.parse().unwrap(),
            application: application.parse().unwrap(),
            consented_at: since,
            scopes: vec![GrantedScope { scope: UserScope::parse("openid").unwrap(), since }],
            left_out: UserScopes::default(),
            resources: Vec::new(),
        };
        store::grants::insert(change, &grant)?;
        Ok::<_, store::Error>(grant.id)
    });
    made.unwrap().to_string()
}

// Covers: L088, K6
#[test]
fn an_application_is_registered_edited_stopped_started_and_deleted() {
    let site = Site::new();
    let made = create(&site, &["--optional-scope", "profile", "--resource", "http://127.0.0.1:9/api/v1"]);
    let (id, secret) = (text(&made, "client_id"), text(&made, "client_secret"));
    assert!(id.starts_with("app_") && secret.starts_with("kss_") && secret.len() == 60);
    assert_eq!(made["expires_at"], Value::Null);
    let run = |verb: &[&str]| site.run(&[&["application"], verb].concat());
    let edited = run(&[
        "edit",
        "--name",
        "Store",
        "--redirect-uri",
        "https://store.example.com/callback",
        "--scope",
        "openid",
        "--scope",
        "email",
        "--no-resource",
        "--first-party",
        "on",
        "--post-logout-uri",
        "https://store.example.com/bye",
        "--backchannel-logout-uri",
        "http://127.0.0.1:9001/logout",
        id,
    ])
    .json();
    assert_eq!((text(&edited, "name"), &edited["first_party"]), ("Store", &json!(true)));
    assert_eq!(edited["redirect_uris"], json!(["https://store.example.com/callback"]));
    assert_eq!((&edited["scopes"], &edited["optional_scopes"]), (&json!(["openid", "email"]), &json!(["profile"])));
    assert_eq!(
        (&edited["resources"], text(&edited, "backchannel_logout_uri")),
        (&json!([]), "http://127.0.0.1:9001/logout")
    );
    assert_eq!(run(&["show", id]).json(), edited);
    let cleared =
        run(&["edit", "--no-optional-scope", "--no-post-logout-uri", "--no-backchannel-logout-uri", id]).json();
    assert_eq!((&cleared["optional_scopes"], &cleared["post_logout_redirect_uris"]), (&json!([]), &json!([])));
    assert_eq!(cleared["backchannel_logout_uri"], Value::Null);
    assert_eq!(run(&["edit", "--scope", "admin", id]).refusal(), "unknown_scope");
    assert_eq!(run(&["edit", "--resource", "https://elsewhere.example.com", id]).refusal(), "unknown_audience");
    for usage in [["edit", id].as_slice(), &["edit", "--redirect-uri", "javascript:alert(1)", id], &["list"]] {
        assert_eq!(run(usage).exit, Some(2), "{usage:?}");
    }
    assert_eq!(column(&run(&["list", "--space", "Acme"]).json()["applications"], "client_id"), [id]);
    assert_eq!(run(&["list", "--space", "Acme", "--search", "shop"]).json()["applications"], json!([]));
    for (verb, state, word) in [("disable", "disabled", "already_disabled"), ("enable", "active", "not_disabled")] {
        assert_eq!(text(&run(&[verb, id]).json(), "state"), state);
        assert_eq!(run(&[verb, id]).refusal(), word);
    }
    assert_eq!(text(&run(&["delete", id]).json(), "state"), "deleted");
    for verb in [
        ["show"].as_slice(),
        &["edit", "--name", "New"],
        &["disable"],
        &["enable"],
        &["delete"],
        &["add-pair"],
        &["regenerate"],
    ] {
        assert_eq!(run(&[verb, &[id]].concat()).refusal(), "not_found", "{verb:?}");
        assert_eq!(run(&[verb, &[UNKNOWN]].concat()).refusal(), "not_found", "{verb:?}");
        assert_eq!(run(&[verb, &["app_1"]].concat()).exit, Some(2), "{verb:?}");
    }
}

// Covers: L088, KM-03
#[test]
fn an_application_changes_its_secret_with_or_without_a_break() {
    let site = Site::new();
    let made = create(&site, &["--expires", "90d"]);
    let (id, first) = (text(&made, "client_id"), text(&made, "public_id"));
    assert!(made["expires_at"].is_string());
    let run = |verb: &[&str]| site.run(&[&["application"], verb].concat());
    let second = run(&["add-pair", id]).json();
    assert_eq!(run(&["add-pair", id]).refusal(), "pair_limit");
    assert_eq!(text(&run(&["delete-pair", id, first]).json(), "deleted"), first);
    assert_eq!(run(&["delete-pair", id, first]).refusal(), "not_found");
    assert_eq!(run(&["delete-pair", id, text(&second, "public_id")]).refusal(), "last_pair");
    let third = run(&["regenerate", id]).json();
    let shown = run(&["show", id]);
    assert_eq!(column(&shown.json()["pairs"], "public_id"), [text(&third, "public_id")]);
    assert!(!shown.stdout.contains(text(&third, "client_secret")));

    let public = create(&site, &["--kind", "public"]);
    assert_eq!((text(&public, "kind"), &public["pairs"], public.get("client_secret")), ("public", &json!([]), None));
    for verb in ["add-pair", "regenerate"] {
        assert_eq!(run(&[verb, text(&public, "client_id")]).refusal(), "public_application");
    }
}

// Covers: L055, L088, K3
#[test]
fn people_register_applications_of_their_own() {
    let site = Site::new();
    site.user("ada", &["editor@1001"]);
    site.user("bob", &[]);
    site.run(&["space", "create", "Other"]).json();
    site.user_in("Other", "eve", &["space_admin"]);
    let register = |login: &str, more: &[&str]| {
        let arguments = ["application", "create", "--space", "Acme", "--redirect-uri", REDIRECT, "--scope", "openid"];
        site.run_as(login, &[arguments.as_slice(), more, &["Shop"]].concat())
    };
    let made = register("ada", &["--owner", "ada"]).json();
    let id = text(&made, "client_id");
    for (login, more, word) in [
        ("ada", [].as_slice(), "missing_permission"),
        ("ada", &["--owner", "bob"], "missing_permission"),
        ("ada", &["--owner", "ada", "--first-party"], "missing_permission"),
        ("eve", &[], "not_found"),
        ("admin", &["--owner", "ada", "--first-party"], "first_party_of_user"),
    ] {
        assert_eq!(register(login, more).refusal(), word, "{login} {more:?}");
    }
    let run = |login: &str, verb: &[&str]| site.run_as(login, &[&["application"], verb].concat());
    for verb in [["show"].as_slice(), &["edit", "--name", "Mine"], &["regenerate"], &["disable"]] {
        assert_eq!(run("bob", &[verb, &[id]].concat()).refusal(), "missing_permission", "{verb:?}");
        assert_eq!(run("eve", &[verb, &[id]].concat()).refusal(), "not_found", "{verb:?}");
        assert_eq!(run("ada", &[verb, &[id]].concat()).exit, Some(0), "{verb:?}");
    }
    assert_eq!(column(&run("ada", &["list", "--owner", "ada"]).json()["applications"], "client_id"), [id]);
    assert_eq!(run("ada", &["list", "--space", "Acme"]).refusal(), "missing_permission");
    assert_eq!(run("bob", &["list", "--owner", "ada"]).refusal(), "missing_permission");
    assert_eq!(column(&run("admin", &["list", "--space", "Acme"]).json()["applications"], "name"), ["Mine"]);
    assert_eq!(run("ada", &["edit", "--first-party", "on", id]).refusal(), "missing_permission");
}

// Covers: L075, L077, AP-01, AP-02
#[test]
fn a_space_says_what_its_users_may_authorize_and_users_withdraw_it() {
    let site = Site::new();
    let (ada, made) = (site.user("ada", &[]), create(&site, &[]));
    let id = text(&made, "client_id");
    let grant = consent(&site, &ada, id);
    let listed = site.run(&["grant", "list", "--user", "ada"]).json();
    assert_eq!(column(&listed["grants"], "id"), [grant.as_str()]);
    assert_eq!(
        listed["grants"][0]["application"],
        json!({ "client_id": id, "name": "Shop", "run_by": { "space": "Acme", "user": null } })
    );
    assert_eq!(site.run(&["grant", "list", "--space", "Acme"]).json(), listed);
    assert_eq!(site.run_as("ada", &["grant", "list", "--user", "ada"]).json(), listed);
    assert_eq!(site.run_as("ada", &["grant", "list", "--space", "Acme"]).refusal(), "missing_permission");
    site.user("bob", &[]);
    assert_eq!(site.run_as("bob", &["grant", "withdraw", &grant]).refusal(), "missing_permission");

    let approval = |verb: &str| site.run(&["application", verb, "--space", "Acme", id]);
    assert_eq!(approval("withdraw-approval").refusal(), "not_approved");
    assert_eq!(approval("approve").json()["approved"], true);
    assert_eq!(approval("approve").refusal(), "already_approved");
    let approved = site.run(&["application", "approve", "--space", "Acme"]).json();
    assert_eq!(column(&approved["approved_applications"], "client_id"), [id]);
    assert_eq!(site.run_as("ada", &["application", "approve", "--space", "Acme", id]).refusal(), "missing_permission");
    let edited = site.run(&["space", "edit", "--application-policy", "approved", "Acme"]).json();
    assert_eq!(text(&edited, "application_policy"), "approved");
    assert_eq!(site.run(&["grant", "list", "--space", "Acme"]).json(), listed);
    assert_eq!(approval("withdraw-approval").json()["approved"], false);
    assert_eq!(site.run(&["grant", "list", "--space", "Acme"]).json()["grants"], json!([]));

    // What does not count any more can be withdrawn all the same.
    assert_eq!(site.run_as("ada", &["grant", "withdraw", &grant]).json()["withdrawn"], true);
    assert_eq!(site.run_as("ada", &["grant", "withdraw", &grant]).refusal(), "not_found");
    assert_eq!(site.run(&["grant", "withdraw", "gra_1"]).exit, Some(2));
    assert_eq!(site.run(&["grant", "list"]).exit, Some(2));
}
