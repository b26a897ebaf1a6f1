//! A mail server that takes everything and lets the test read it.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

/// A message as it was handed over.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
}

/// A mail server on loopback.
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    delivered: Receiver<Delivered>,
}

impl MailServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, delivered) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                std::thread::spawn(move || converse(&stream, &sender));
            }
        });
        Self { address, delivered }
    }

    /// The next message.
    pub(crate) fn next(&self) -> Delivered {
        self.delivered.recv_timeout(Duration::from_secs(30)).expect("a message")
    }

    /// Whether a message is there.
    pub(crate) fn is_quiet(&self) -> bool {
        self.delivered.recv_timeout(Duration::from_millis(700)).is_err()
    }
}

fn converse(stream: &TcpStream, delivered: &Sender<Delivered>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let say = |text: &str| {
        let mut out = stream;
        out.write_all(format!("{text}\r\n").as_bytes()).ok()
    };
    let mut to = Vec::new();
    say("220 mail.example.com ready")?;
    while let Some(Ok(line)) = lines.next() {
        let command = line.to_ascii_uppercase();
        if command.starts_with("EHLO") || command.starts_with("HELO") {
            say("250 mail.example.com")?;
        } else if let (true, Some((_, address))) = (command.starts_with("RCPT TO:"), line.split_once(':')) {
            to.push(address.trim().trim_matches(['<', '>']).to_owned());
            say("250 fine")?;
        } else if command == "DATA" {
            say("354 go on")?;
            let text: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
            say("250 taken")?;
            delivered.send(Delivered { to: std::mem::take(&mut to), text: text.join("\n") }).ok()?;
        } else if command == "QUIT" {
            say("221 bye")?;
            return Some(());
        } else {
            say("250 fine")?;
        }
    }
    Some(())
}
