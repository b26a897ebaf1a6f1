//! An application or a receiver of webhooks as seen from the network: it hears calls, answers them or not, and reads logout
//! tokens strictly.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use keystead::crypto::jwt::RegisteredClaims;
use serde::Deserialize;

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
pub(crate) const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
pub(crate) const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
/// No answer; the connection stays open.
pub(crate) const NOTHING: &str = "";

/// What was asked: the head of the request and its body.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// An application that listens on loopback.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Listening {
    /// Gives these answers, one after the other, and the last one for ever.
    pub(crate) fn answering(answers: &[&str]) -> Self {
        Self::at("127.0.0.1:0".parse().expect("an address"), answers)
    }

    /// The same at a known address.
    pub(crate) fn at(address: SocketAddr, answers: &[&str]) -> Self {
        let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        // It ends with the process.
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut heard = ears.lock().expect("nobody panics with it");
                let answer = answers.get(heard.len()).or(answers.last()).expect("there is an answer");
                heard.extend(read(&mut stream));
                drop(heard);
                // Who has hung up is not interested.
                let _ = stream.write_all(answer.as_bytes());
                if answer.is_empty() {
                    open.push(stream);
                }
            }
        });
        Self { address, heard }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/backchannel_logout", self.address)
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("nobody panics with it").clone()
    }

    /// The logout tokens that came, in order.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let token = |heard: Heard| heard.body.strip_prefix("logout_token=").expect("one field").to_owned();
        self.heard().into_iter().map(token).collect()
    }
}

fn read(stream: &mut TcpStream) -> Option<Heard> {
    let mut request = String::new();
    let mut part = [0; 4096];
    loop {
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length =
                lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some(Heard { head: head.to_owned(), body: body.to_owned() });
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(bytes) => request.push_str(std::str::from_utf8(&part[..bytes]).expect("text")),
        }
    }
}

/// Whatever else it said would be refused, such as a nonce.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogoutToken {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) jti: String,
    pub(crate) sub: String,
    pub(crate) sid: String,
    pub(crate) events: serde_json::Value,
}

impl RegisteredClaims for LogoutToken {
    fn issuer(&self) -> &str {
        &self.iss
    }

    fn audience(&self) -> &str {
        &self.aud
    }

    fn expires_at(&self) -> i64 {
        self.exp
    }

    fn not_before(&self) -> i64 {
        self.iat
    }

    fn issued_at(&self) -> i64 {
        self.iat
    }
}
