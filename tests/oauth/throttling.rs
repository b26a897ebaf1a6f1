//! Wrong secrets are slowed and told so; the right secret never is, however many wrong ones come (ruling 18).

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use keystead::crypto::secret_text::{NewSecret, SecretKind};

use crate::{
    on_both,
    support::{
        applications::application,
        backend::Backend,
        http::{Request, Response},
        queries::queries_of,
        site::{Credential, Server, TestSite},
    },
};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const POLICY: &str = r#""wrong-secrets";q=3;w=60"#;

/// A server that believes in the addresses that a test makes up, and lets a client guess so often in a minute.
fn serve(site: &TestSite, wrong_secrets: &str) -> Server {
    site.serve_with(|options| {
        options
            .with("limits.wrong_secrets_per_minute", wrong_secrets)
            .with("proxy.trusted", "127.0.0.1")
            .with("listen.workers", "2")
    })
}

/// A secret of the right form that nobody has.
fn made_up(kind: SecretKind) -> String {
    NewSecret::generate(kind).expect("randomness").text.expose().to_owned()
}

fn ask(server: &Server, from: &str, client: &str, secret: &str) -> Response {
    let request = server.client.post("/oauth/token").header("X-Forwarded-For", from);
    request.basic(client, secret).form(&[GRANT]).send()
}

/// What is left and for how many seconds, and nothing else in the field.
fn left(answer: &Response) -> (u32, u32) {
    let field = answer.header("ratelimit").unwrap_or_else(|| panic!("no RateLimit: {answer:?}"));
    let numbers = field.strip_prefix(r#""wrong-secrets";r="#).and_then(|rest| rest.split_once(";t="));
    let (available, seconds) = numbers.unwrap_or_else(|| panic!("{field}"));
    (available.parse().expect("a number"), seconds.parse().expect("seconds"))
}

fn says_nothing_of_limits(answer: &Response) {
    for name in ["ratelimit", "ratelimit-policy", "retry-after"] {
        assert_eq!(answer.header(name), None, "{answer:?}");
    }
}

on_both! {
    // Covers: TE-17, OM-05
    #[test]
    fn a_flood_of_wrong_secrets_never_slows_the_rightful_owner(backend) {
        let site = TestSite::new(backend);
        let nodes: Vec<Server> = match backend {
            Backend::Sqlite => vec![serve(&site, "1")],
            Backend::Postgres => vec![serve(&site, "1"), serve(&site, "1")],
        };
        let key = site.key("viewer", &[0]);
        let (over, admitted, slowed) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
        let networks = ["203.0.113.7", "198.51.100.7"];
        std::thread::scope(|scope| {
            let flood: Vec<_> = (0..4)
                .map(|thread| {
                    let (nodes, key, admitted, slowed) = (&nodes, &key, &admitted, &slowed);
                    scope.spawn(move || {
                        let wrong = made_up(SecretKind::ApiKey);
                        for round in 0..500 {
                            let node = &nodes[round % nodes.len()];
                            match ask(node, networks[thread % 2], &key.client_id, &wrong).status {
                                401 => admitted.fetch_add(1, Ordering::Relaxed),
                                429 => slowed.fetch_add(1, Ordering::Relaxed),
                                other => panic!("a wrong secret was answered {other}"),
                            };
                        }
                    })
                })
                .collect();
            let owner = scope.spawn(|| {
                let mut served = 0;
                while !over.load(Ordering::Relaxed) || served < 20 {
                    let from = [networks[0], networks[1], "192.0.2.1"][served % 3];
                    let node = &nodes[served % nodes.len()];
                    let answer = ask(node, from, &key.client_id, &key.secret);
                    assert_eq!(answer.status, 200, "the owner at {from}: {answer:?}");
                    says_nothing_of_limits(&answer);
                    served += 1;
                }
            });
            for one in flood {
                one.join().expect("the flood");
            }
            over.store(true, Ordering::Relaxed);
            owner.join().expect("the owner");
        });
        let (admitted, slowed) = (admitted.into_inner(), slowed.into_inner());
        assert_eq!(admitted + slowed, 2_000);
        // One of each network on each node, and as many again for each minute that the machine may have taken.
        assert!(admitted <= 2 * nodes.len() * 5, "{admitted} were looked at");
    }

    // Covers: TE-17
    #[test]
    fn refused_secrets_are_told_what_is_left_at_every_endpoint_and_whoever_they_are_for(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site, "3");
        let unknown = Credential { client_id: format!("key_{}", "0".repeat(32)), ..site.key("viewer", &[0]) };
        let clients = [site.key("viewer", &[0]), site.resource_server.clone(), application(&site, |_| {}), unknown];
        let body: &[(&str, &str)] = &[GRANT, ("token", "x")];
        for (number, client) in clients.iter().enumerate() {
            for (place, path) in ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/par"].iter().enumerate() {
                let from = format!("10.{number}.{place}.1");
                let post = || server.client.post(path).header("X-Forwarded-For", &from);
                let guess = |request: Request| request.basic(&client.client_id, &made_up(SecretKind::ApiKey)).form(body).send();
                let answers: Vec<Response> = (0..5).map(|_| guess(post())).collect();
                let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
                assert_eq!(statuses, [401, 401, 401, 429, 429], "{path}");
                for (answer, available) in answers.iter().zip([2, 1, 0, 0, 0]) {
                    assert_eq!(answer.header("ratelimit-policy"), Some(POLICY), "{path}");
                    assert_eq!(answer.error(), "invalid_client");
                    let (found, seconds) = left(answer);
                    assert_eq!(found, available, "{path}");
                    assert!((1..=20).contains(&seconds), "{seconds}");
                    let advice = (answer.status == 429).then(|| seconds.to_string());
                    assert_eq!(answer.header("retry-after"), advice.as_deref(), "{path}");
                }
                says_nothing_of_limits(&post().form(body).send());
            }
        }
    }

    // Covers: TE-17, TE-18
    #[test]
    fn a_secret_that_may_not_be_used_is_counted_like_a_wrong_one(backend) {
        use keystead::{domain::authority::Authority, manage};
        let site = TestSite::new(backend);
        let server = serve(&site, "3");
        let key = site.key("viewer", &[0]);
        let id = key.client_id.parse().expect("an id");
        site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, id));
        let right: Vec<_> = (0..4).map(|_| ask(&server, "10.0.0.1", &key.client_id, &key.secret)).collect();
        let wrong: Vec<_> =
            (0..4).map(|_| ask(&server, "10.0.1.1", &key.client_id, &made_up(SecretKind::ApiKey))).collect();
        for (right, wrong) in right.iter().zip(&wrong) {
            let look = |answer: &Response| (answer.status, answer.body.clone(), left(answer).0);
            assert_eq!(look(right), look(wrong));
        }
        assert_eq!(right.last().map(|answer| answer.status), Some(429));
    }

    // Covers: TE-17
    #[test]
    fn gateways_pass_on_what_is_left_for_the_key_that_was_presented(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site, "3");
        let guess = made_up(SecretKind::ApiKey);
        let verify = |shown: &str| {
            let request = server.client.get("/oauth/verify").header("X-Keystead-Gateway", &site.resource_server.basic());
            request.bearer(shown).send()
        };
        for (status, available) in [(401, 2), (401, 1), (401, 0), (429, 0)] {
            let answer = verify(&guess);
            assert_eq!((answer.status, left(&answer).0), (status, available), "{answer:?}");
            assert_eq!(answer.header("ratelimit-policy"), Some(POLICY));
        }
        says_nothing_of_limits(&verify(&site.key("viewer", &[0]).secret));
        says_nothing_of_limits(&verify("a.b.c"));
    }

    // Covers: TE-17, K7
    #[test]
    fn a_wrong_secret_costs_no_look_up_and_no_password_hash(backend) {
        let site = TestSite::new(backend);
        let (key, other) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
        let (server, log) = site.serve_logged();
        server.mint(&key);
        let head = |queries: &[String]| {
            let distinct: BTreeSet<&String> = queries.iter().collect();
            distinct.iter().all(|query| query.contains("change_feed"))
        };
        let last = if key.secret.ends_with('0') { "1" } else { "0" };
        let mistyped = key.secret.get(..59).expect("sixty characters").to_owned() + last;
        let wrong = [other.secret.clone(), made_up(SecretKind::ApiKey), made_up(SecretKind::ClientSecret), mistyped.clone()];
        for secret in &wrong {
            let (statuses, queries) = queries_of(&log, || {
                [(); 8].map(|()| server.client.post_form("/oauth/token", (&key.client_id, secret), &[GRANT]).status)
            });
            assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
            assert!(queries.len() <= 8 && head(&queries), "{queries:#?}");
        }
        // A typo is told from a guess without asking anybody, even for a client that was never heard of.
        for client in [format!("key_{}", "1".repeat(32)), key.public_id.to_string(), "nobody".to_owned()] {
            let (answer, queries) =
                queries_of(&log, || server.client.post_form("/oauth/token", (&client, &mistyped), &[GRANT]));
            assert_eq!(answer.status, 401);
            assert!(queries.len() <= 1 && head(&queries), "{queries:#?}");
        }
        assert_eq!(server.logins.hasher().work_done(), 0);
        assert_eq!(server.token(&key).status, 200);
    }
}
