//! What a resource server learns of tokens when it is disabled, loses an audience or is removed.

use serde_json::{Value, json};

use super::scene::{Scene, token_for, viewer};
use crate::{
    installation::{Node, credential},
    on_both,
    support::site::Credential,
};

const ORDERS: &str = "https://orders.example.com";
const STOCK: &str = "https://stock.example.com";

/// A resource server with two audiences.
fn orders(scene: &Scene) -> Credential {
    let command = ["resource-server", "create", "--audience", ORDERS, "--audience", STOCK, "Orders"];
    credential(&scene.site.run(&command))
}

/// What all servers answer to it, as the one that introspects and as a gateway: the status, or whether the token is active.
fn told(scene: &Scene, server: &Credential, token: &str) -> [Value; 2] {
    let mut answers = scene.nodes().map(|node| {
        let gateway = node.client.get("/oauth/verify").header("X-Keystead-Gateway", &server.basic()).bearer(token);
        let passed = gateway.send().status;
        let answer = node.introspect(server, token);
        [if answer.status == 200 { answer.json()["active"].clone() } else { json!(answer.status) }, json!(passed)]
    });
    let first = answers.next().expect("a server");
    for next in answers {
        assert_eq!(next, first);
    }
    first
}

on_both! {
    // Covers: I1, K5, I9
    #[test]
    fn a_resource_server_is_disabled_and_enabled(backend) {
        let scene = Scene::new(backend);
        let (server, manager) = (orders(&scene), scene.site_manager());
        let id = server.client_id.as_str();
        let watched = scene.key_with(&json!([viewer(&[1001])]));
        let node = scene.nodes().next().expect("a server");
        let token = token_for(node, &watched.key, ORDERS);
        for way in Scene::ways_of(&manager) {
            assert_eq!(told(&scene, &server, &token), [json!(true), json!(200)]);
            let request = format!("POST /resource-servers/{id}/disable");
            scene.make(way, &request, &json!({}), &["resource-server", "disable", id]);
            assert_eq!(told(&scene, &server, &token), [json!(401), json!(401)]);
            assert!(node.is_active(&watched.key, &token), "the token is not to blame");
            scene.assert_lives(&watched);
            scene.assert_others_live();
            let request = format!("POST /resource-servers/{id}/enable");
            scene.make(way, &request, &json!({}), &["resource-server", "enable", id]);
        }
        assert_eq!(told(&scene, &server, &token), [json!(true), json!(200)]);
    }

    // Covers: IN-07, I2, I9
    #[test]
    fn a_resource_server_loses_an_audience_and_is_removed(backend) {
        let scene = Scene::new(backend);
        let manager = scene.site_manager();
        let watched = scene.key_with(&json!([viewer(&[1001])]));
        let node = scene.nodes().next().expect("a server");
        for way in Scene::ways_of(&manager) {
            let server = orders(&scene);
            let id = server.client_id.as_str();
            let [of_orders, of_stock] = [ORDERS, STOCK].map(|audience| token_for(node, &watched.key, audience));
            for token in [&of_orders, &of_stock] {
                assert_eq!(told(&scene, &server, token), [json!(true), json!(200)]);
            }
            let body = json!({ "audiences": [STOCK] });
            let command = ["resource-server", "edit", "--audience", STOCK, id];
            scene.make(way, &format!("PATCH /resource-servers/{id}"), &body, &command);
            assert_eq!(told(&scene, &server, &of_orders), [json!(false), json!(401)]);
            assert_eq!(told(&scene, &server, &of_stock), [json!(true), json!(200)]);
            let asks = |audience: &str| {
                let form = [("grant_type", "client_credentials"), ("resource", audience)];
                let ask = |node: &Node| node.client.post_form("/oauth/token", watched.key.pair(), &form).status;
                scene.nodes().map(ask).collect()
            };
            let (orders, stock): (Vec<u16>, Vec<u16>) = (asks(ORDERS), asks(STOCK));
            assert!(orders.iter().all(|status| *status == 400) && stock.iter().all(|status| *status == 200));
            scene.assert_lives(&watched);
            scene.assert_others_live();

            let remove = format!("DELETE /resource-servers/{id}");
            scene.make(way, &remove, &Value::Null, &["resource-server", "delete", id]);
            assert_eq!(told(&scene, &server, &of_stock), [json!(401), json!(401)]);
            let stock: Vec<u16> = asks(STOCK);
            assert!(stock.iter().all(|status| *status == 400));
            scene.assert_lives(&watched);
        }
    }
}
