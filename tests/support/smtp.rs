//! A mail server that takes what it is told to take and lets the test read it.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

/// A message as it was handed over.
#[derive(Debug)]
pub struct Delivered {
    pub to: Vec<String>,
    pub text: String,
}

/// A mail server on loopback.
pub struct MailServer {
    pub address: SocketAddr,
    delivered: Receiver<Delivered>,
    refused: Arc<Mutex<HashSet<String>>>,
}

impl MailServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, delivered) = channel();
        let refused = Arc::<Mutex<HashSet<String>>>::default();
        let refusing = Arc::clone(&refused);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (sender, refused) = (sender.clone(), Arc::clone(&refusing));
                std::thread::spawn(move || converse(&stream, &sender, &refused));
            }
        });
        Self { address, delivered, refused }
    }

    /// Takes nothing for this address any more.
    pub fn refuse(&self, address: &str) {
        self.refused.lock().expect("nobody panics with it").insert(address.to_owned());
    }

    /// Takes everything again.
    pub fn refuse_nobody(&self) {
        self.refused.lock().expect("nobody panics with it").clear();
    }

    /// All messages that are there.
    pub fn taken(&self) -> Vec<Delivered> {
        self.delivered.try_iter().collect()
    }

    /// The next message.
    pub fn next(&self) -> Delivered {
        self.delivered.recv_timeout(Duration::from_secs(30)).expect("a message")
    }

    /// Whether a message is there.
    pub fn is_quiet(&self) -> bool {
        self.delivered.recv_timeout(Duration::from_millis(700)).is_err()
    }
}

fn converse(stream: &TcpStream, delivered: &Sender<Delivered>, refused: &Mutex<HashSet<String>>) -> Option<()> {
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
            let address = address.trim().trim_matches(['<', '>']).to_owned();
            if refused.lock().ok()?.contains(&address) {
                say("550 nobody here")?;
            } else {
                to.push(address);
                say("250 fine")?;
            }
        } else if command == "DATA" {
            say("354 go on")?;
            let text: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
            delivered.send(Delivered { to: std::mem::take(&mut to), text: text.join("\n") }).ok()?;
            say("250 taken")?;
        } else if command == "QUIT" {
            say("221 bye")?;
            return Some(());
        } else {
            say("250 fine")?;
        }
    }
    Some(())
}
