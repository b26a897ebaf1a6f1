//! Secrets of other systems on servers that remember them, while the command line ends them in another process; and that they
//! are found nowhere.

use std::io::Write as _;

use serde_json::Value;

use crate::{
    installation::{Installation, Node},
    on_both,
    support::{backend::Backend, site::Credential},
};

const SECRET: &str = "correct-horse-battery-staple-7301";

/// How often a secret that was ended is tried on each server.
const TRIES: usize = 20;

/// Imports a key and gives its id here, and the client as the other system knew it.
fn import(site: &Installation, client_id: &str) -> (String, Credential) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    writeln!(file, "{SECRET}").expect("it is written");
    let path = file.path().to_str().expect("a path").to_owned();
    let made = site.run(&[
        "key",
        "import",
        "--space",
        "Acme",
        "--client-id",
        client_id,
        "--secret-file",
        &path,
        "--role",
        "viewer@1001",
        "--expires",
        "none",
        "Imported",
    ]);
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let public_id = text("public_id").parse().expect("a public id");
    let client = Credential { client_id: client_id.to_owned(), public_id, secret: SECRET.to_owned() };
    (text("client_id"), client)
}

/// Servers that slow nobody down, so that each try is answered by what they know.
fn nodes(site: &Installation, backend: Backend) -> Vec<Node> {
    let node = || {
        site.node_with(|command| {
            command.env("KEYSTEAD_LIMITS__WRONG_SECRETS_PER_MINUTE", "100000").env("KEYSTEAD_LOG__LEVEL", "trace");
        })
    };
    if backend == Backend::Sqlite { vec![node()] } else { vec![node(), node()] }
}

/// The command that ends the key with this id, or the pair of this client.
type Ending = fn(&str, &Credential) -> Vec<String>;

fn lets_in(node: &Node, client: &Credential) -> bool {
    let answer = node.token(client);
    match answer.status {
        200 => true,
        401 => {
            assert_eq!(answer.error(), "invalid_client");
            false
        }
        other => panic!("{other}: {}", answer.body),
    }
}

on_both! {
    // Covers: KM-26, G2
    #[test]
    fn what_another_process_ends_no_server_lets_in_again(backend) {
        let site = Installation::new(backend);
        let nodes = nodes(&site, backend);
        let all = |client: &Credential| nodes.iter().all(|node| lets_in(node, client));
        let endings: [(&str, Ending); 4] = [
            ("disabled", |id, _| ["key", "disable", id].map(str::to_owned).to_vec()),
            ("deleted", |id, _| ["key", "delete", id].map(str::to_owned).to_vec()),
            ("regenerated", |id, _| ["key", "regenerate", id].map(str::to_owned).to_vec()),
            ("without-pair", |id, client| ["key", "delete-pair", "--even-if-last", id, client.public_id.as_str()].map(str::to_owned).to_vec()),
        ];
        for (name, ending) in endings {
            let (id, client) = import(&site, &format!("acme-{name}"));
            assert!(all(&client) && all(&client), "{name}: it is remembered");
            let command = ending(&id, &client);
            site.run(&command.iter().map(String::as_str).collect::<Vec<_>>());
            let let_in = (0..TRIES).flat_map(|_| &nodes).filter(|node| lets_in(node, &client)).count();
            assert_eq!(let_in, 0, "{name}");
        }
    }

    // Covers: KM-25, K6, I13
    #[test]
    fn an_imported_secret_is_in_no_database_log_audit_or_answer(backend) {
        let site = Installation::new(backend);
        let mut nodes = nodes(&site, backend);
        let (id, client) = import(&site, "acme-nightly");
        let mut said = String::new();
        for node in &nodes {
            let token = node.mint(&client);
            said += &node.introspect(&site.api, &token).body;
            said += &node.introspect(&client, &token).body;
            said += &node.token(&Credential { secret: format!("{SECRET}x"), ..client.clone() }).body;
            said += &node.token(&Credential { client_id: "acme-other".to_owned(), ..client.clone() }).body;
        }
        for arguments in [&["key", "show", &id][..], &["key", "list", "--space", "Acme"], &["doctor"]] {
            said += &site.run(arguments).to_string();
        }
        let columns = "actor_kind || action || target || detail || coalesce(address, '')";
        let audit = site.text(&format!("SELECT string_agg({columns}, '; ') FROM audit_events"));
        assert!(audit.contains("api_key.import"), "{audit}");
        let mut places = vec![("answers", said.into_bytes()), ("audit", audit.into_bytes()), ("database", site.everything_stored())];
        for node in &mut nodes {
            assert_eq!(node.process.terminate().code(), Some(0));
            places.push(("log", node.process.stderr_so_far().into_bytes()));
        }
        for (place, bytes) in places {
            assert!(!bytes.is_empty(), "{place} is empty, so nothing is shown");
            assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "{place}");
        }
        assert_eq!(site.run(&["key", "show", &id])["imported_client_id"], Value::from("acme-nightly"));
    }
}
