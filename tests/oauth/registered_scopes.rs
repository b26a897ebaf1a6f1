//! Scopes that resource servers register: asked for at their own audience, as wide as their class, and no wider.

use keystead::{
    domain::{
        api_key::Mode,
        name::Description,
        permission::PermissionClass,
        scope::{RegisteredScope, ScopeName},
    },
    manage::{self, Error},
    store,
};
use serde_json::json;

use crate::nodes::{Nodes, OPERATOR};
use crate::{
    on_both,
    support::credential::resource_server_id,
    support::site::{Credential, TestSite},
};

const OTHER: &str = "https://other.example.com";

fn register(site: &TestSite, server: &Credential, name: &str, class: PermissionClass) -> Result<(), Error> {
    let scope = RegisteredScope {
        name: ScopeName::parse(name).expect("a name of a scope"),
        resource_server: resource_server_id(server),
        class,
        description: Description::default(),
    };
    site.try_change(|change, deps| manage::scopes::register(change, deps, OPERATOR, &scope))
}

on_both! {
    // Covers: A20, JW-05
    #[test]
    fn a_registered_scope_lets_through_what_its_class_says_and_is_granted_at_its_own_audience_alone(backend) {
        let nodes = Nodes::new(backend);
        let site = &nodes.site;
        let other = site.resource_server_for("Other", OTHER);
        let key = site.key("editor", &[0]);
        let refused = |scope, resource| {
            let response = nodes.near.token_with(&key, &[("scope", scope), ("resource", resource)]);
            (response.status, response.error())
        };
        assert_eq!(refused("alm.read", "https://api.example.com"), (400, "invalid_scope".to_owned()), "not yet known");
        register(site, &site.resource_server, "alm.read", PermissionClass::Read).expect("it is registered");
        register(site, &other, "other.write", PermissionClass::Write).expect("it is registered");

        let token = nodes.near.mint_with(&key, &[("scope", "alm.read")]);
        let said = nodes.says(&token);
        assert_eq!((&said["active"], &said["scope"]), (&json!(true), &json!("alm.read")));
        let permitted = &said["permissions"]["workspaces"]["1001"];
        assert_eq!(permitted, &json!(["data.read", "pipelines.read", "reports.read"]), "what reads, and nothing else");
        let gateway = |needs| nodes.both(|server| server.verify(&site.resource_server, &token, needs).status);
        assert_eq!(gateway("scope=alm.read"), 200);
        assert_eq!(gateway("scope=read"), 403);

        assert_eq!(refused("alm.read", OTHER), (400, "invalid_scope".to_owned()), "it means nothing there");
        assert_eq!(refused("alm.read other.write", "https://api.example.com"), (400, "invalid_scope".to_owned()));
        let there = nodes.near.mint_with(&key, &[("scope", "other.write"), ("resource", OTHER)]);
        let said = nodes.both(|server| server.introspect(&other, &there));
        assert_eq!(said["permissions"]["workspaces"]["1001"], json!(["data.write"]));
    }

    // Covers: L056
    #[test]
    fn a_key_that_reads_gets_no_registered_scope_that_writes_and_loses_it_with_its_mode(backend) {
        let nodes = Nodes::new(backend);
        let site = &nodes.site;
        register(site, &site.resource_server, "alm.write", PermissionClass::Write).expect("it is registered");
        let reads = site.key_with(|key| {
            key.mode = Some(Mode::ReadOnly);
            key.roles = vec![site.role("editor", &[0])];
        });
        let refused = nodes.near.token_with(&reads, &[("scope", "alm.write")]);
        assert_eq!((refused.status, refused.error()), (400, "invalid_scope".to_owned()));

        let writes = site.key("editor", &[0]);
        let token = nodes.near.mint_with(&writes, &[("scope", "read alm.write")]);
        assert_eq!(nodes.says(&token)["scope"], json!("read alm.write"));
        let edit = manage::api_keys::EditApiKey {
            mode: Some(Mode::ReadOnly),
            ..manage::api_keys::EditApiKey::of(crate::support::credential::key_id(&writes))
        };
        site.change(|change, deps| manage::api_keys::edit(change, deps, OPERATOR, edit));
        assert_eq!(nodes.says(&token)["scope"], json!("read"));
    }

    #[test]
    fn a_scope_has_one_owner_and_goes_with_it(backend) {
        let nodes = Nodes::new(backend);
        let site = &nodes.site;
        let other = site.resource_server_for("Other", OTHER);
        register(site, &other, "alm.read", PermissionClass::Read).expect("it is registered");
        let again = register(site, &site.resource_server, "alm.read", PermissionClass::Read);
        assert!(matches!(again, Err(Error::Store(store::Error::Duplicate))), "{again:?}");
        let key = site.key("viewer", &[0]);
        let token = nodes.near.mint_with(&key, &[("scope", "alm.read"), ("resource", OTHER)]);
        let id = resource_server_id(&other);
        site.change(|change, deps| manage::resource_servers::remove(change, deps, OPERATOR, id));
        register(site, &site.resource_server, "alm.read", PermissionClass::Read).expect("the name is free");
        assert!(!nodes.is_active(&token), "nobody takes tokens of that audience any more");
    }
}
