//! What tests of presented API keys share: a server with headers of its own, and secrets that are almost right.

use keystead::{
    crypto::secret_text::{NewSecret, SecretKind},
    domain::authority::Authority,
    manage::{self, resource_servers::CreateResourceServer},
};

use crate::support::{
    http::{Request, Response},
    site::{Credential, Server, TestSite, audience, name},
};

/// A server that takes keys in two headers and lets a client guess for as long as it likes.
pub(crate) fn serve(site: &TestSite) -> Server {
    serve_with(site, "100000")
}

/// The same with this many wrong secrets in a minute.
pub(crate) fn serve_with(site: &TestSite, wrong_secrets: &str) -> Server {
    site.serve_with(|options| {
        options
            .with("api_keys.headers", "ZSESSIONID,apptio-opentoken")
            .with("limits.wrong_secrets_per_minute", wrong_secrets)
    })
}

/// A request of the site's gateway that presents nothing yet.
pub(crate) fn ask(site: &TestSite, server: &Server, query: &str) -> Request {
    let path = format!("/oauth/verify{query}");
    server.client.get(&path).header("X-Keystead-Gateway", &site.resource_server.basic())
}

/// One form on the wire: puts a key into a request.
pub(crate) type Form = fn(Request, &Credential) -> Request;

/// All forms in which a key can be presented.
pub(crate) const FORMS: [(&str, Form); 8] = [
    ("Bearer", |request, key| request.bearer(&key.secret)),
    ("Basic, the secret as user name", |request, key| request.basic(&key.secret, "")),
    ("Basic, id of the key", |request, key| request.basic(&key.client_id, &key.secret)),
    ("Basic, id of the pair", |request, key| request.basic(key.public_id.as_str(), &key.secret)),
    ("the header as it was named", |request, key| request.header("ZSESSIONID", &key.secret)),
    ("in small letters", |request, key| request.header("zsessionid", &key.secret)),
    ("in mixed letters", |request, key| request.header("ZsEssIonId", &key.secret)),
    ("the other header", |request, key| request.header("Apptio-OpenToken", &key.secret)),
];

/// Secrets that no key has, and why.
pub(crate) fn wrong_secrets(site: &TestSite, key: &Credential) -> Vec<(&'static str, String)> {
    let secret = key.secret.as_str();
    let cut = secret.get(..59).expect("sixty characters").to_owned();
    let last = if secret.ends_with('0') { "1" } else { "0" };
    let unknown = |kind| NewSecret::generate(kind).expect("randomness").text.expose().to_owned();
    vec![
        ("59 characters", cut.clone()),
        ("61 characters", format!("{secret}0")),
        ("a wrong checksum", cut + last),
        ("the prefix alone", "ksk_".to_owned()),
        ("another kind", unknown(SecretKind::ClientSecret)),
        ("the secret of a resource server", site.resource_server.secret.clone()),
        ("a key's secret under the prefix of another kind", secret.replace("ksk_", "kss_")),
        ("nobody's", unknown(SecretKind::ApiKey)),
    ]
}

/// A resource server that may introspect API keys.
pub(crate) fn accepting_server(site: &TestSite, served: &str) -> Credential {
    let input =
        CreateResourceServer { name: name("Takes keys"), audiences: vec![audience(served)], accepts_api_keys: true };
    let made = site.change(|change, deps| manage::resource_servers::create(change, deps, &Authority::OPERATOR, input));
    Credential {
        client_id: made.client_id.to_string(),
        public_id: made.public_id,
        secret: made.secret.expose().to_owned(),
    }
}

/// The values of the identity headers.
pub(crate) fn identity(response: &Response) -> [&str; 6] {
    assert_eq!(response.status, 200, "{}", response.body);
    ["Subject", "Client", "Space", "Scope", "Roles", "Permissions"]
        .map(|name| response.header(&format!("X-Keystead-{name}")).expect("an identity header"))
}

/// Status and challenge of a refusal, which tells nothing about anyone.
pub(crate) fn refusal(response: &Response) -> (u16, &str) {
    let told = response.headers.keys().any(|name| name.as_str().starts_with("x-keystead-"));
    assert!(!told && response.header("Set-Cookie").is_none(), "{response:?}");
    (response.status, response.header("WWW-Authenticate").unwrap_or_default())
}

/// A secret with the public id of this key's pair and a checksum that fits: only its hash tells it from the right one.
pub(crate) fn forged(key: &Credential) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = key.secret.get(..20).expect("prefix and public id").to_owned();
    text.push_str(&"x".repeat(34));
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 62).expect("small")];
        rest /= 62;
    }
    text.push_str(std::str::from_utf8(&digits).expect("ASCII"));
    text
}
