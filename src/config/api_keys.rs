//! API keys that requests present by themselves, as scripts and toolkits of other products do.

use serde::{Deserialize, Deserializer, de::Error};

/// Presented API keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeys {
    /// Headers in which a key or an access token is taken besides `Authorization`; in lower case, each once.
    #[serde(deserialize_with = "header_names")]
    pub headers: Vec<String>,
}

/// Each request is searched for all of them.
const MOST_HEADERS: usize = 16;

/// Headers that mean something else to this server, to proxies or to browsers.
const TAKEN: [&str; 22] = [
    "authorization",
    "cache-control",
    "connection",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "keep-alive",
    "origin",
    "pragma",
    "range",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-request-id",
];

/// Beginnings of such headers.
const TAKEN_FAMILIES: [&str; 10] = [
    "accept",
    "access-control-",
    "content-",
    "if-",
    "proxy-",
    "sec-",
    "x-forwarded-",
    "x-keystead-",
    "x-original-",
    "x-real-",
];

fn header_names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let names: Result<Vec<String>, String> = texts.iter().map(|text| header_name(text)).collect();
    let mut names = names.map_err(D::Error::custom)?;
    names.sort_unstable();
    names.dedup();
    if names.len() > MOST_HEADERS {
        return Err(D::Error::custom(format!("{} headers are named; name at most {MOST_HEADERS}", names.len())));
    }
    Ok(names)
}

fn header_name(text: &str) -> Result<String, String> {
    // A `token` of RFC 9110 section 5.6.2.
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || text.len() > 64 || !text.bytes().all(is_name) {
        return Err(format!("`{text}` is not the name of a header, such as `zsessionid`, of at most 64 characters"));
    }
    let name = text.to_ascii_lowercase();
    if TAKEN.contains(&name.as_str()) || TAKEN_FAMILIES.iter().any(|family| name.starts_with(family)) {
        return Err(format!("`{text}` has a meaning of its own and cannot carry API keys; choose another header"));
    }
    Ok(name)
}
