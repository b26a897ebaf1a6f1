//! A server on free ports with a few routes, and clients that send exactly the bytes of a test.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    num::NonZeroUsize,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, web};
use keystead::{
    http::{
        RequestId,
        body::{BodyLimits, read_form_body},
        error::oauth::{OAuthError, method_not_allowed},
        form::Form,
        guard::{Guard, GuardOptions},
        management::ReadinessCheck,
        peer::TrustedProxies,
        server::{ServerOptions, bind},
        shutdown::Stop,
    },
    metrics::Metrics,
};
use tokio::sync::oneshot;

pub const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How the server of a test differs from the usual one.
pub struct Setup {
    pub server: ServerOptions,
    pub guard: GuardOptions,
    pub body: BodyLimits,
    pub proxies: TrustedProxies,
    pub ready: ReadinessCheck,
}

/// A server that stops when the test ends.
pub struct Running {
    pub plain: SocketAddr,
    pub tls: Option<SocketAddr>,
    pub management: SocketAddr,
    pub guard: Guard,
    stop: Option<oneshot::Sender<Stop>>,
    thread: Option<JoinHandle<()>>,
}

pub fn start() -> Running {
    start_with(|_| {})
}

pub fn start_with(change: impl FnOnce(&mut Setup)) -> Running {
    let mut server = ServerOptions::new(NonZeroUsize::MIN);
    server.plain = Some(LOOPBACK);
    server.management = Some(LOOPBACK);
    server.drain_delay = Duration::ZERO;
    let mut setup = Setup {
        server,
        guard: GuardOptions::new(0xfeed),
        body: BodyLimits::default(),
        proxies: TrustedProxies::default(),
        ready: Arc::new(|| Box::pin(async { Ok(()) })),
    };
    change(&mut setup);
    let guard = Guard::new(setup.guard.clone());
    let (stop, stopped) = oneshot::channel();
    let (tell, told) = mpsc::channel();
    let shared = guard.clone();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let Setup { server, body, proxies, ready, .. } = setup;
            let metrics = Arc::new(Metrics::new("1.2.3", 0.0));
            metrics.register(|registry| shared.register(registry));
            let routes = move |app: &mut web::ServiceConfig| routes(app, body, proxies.clone());
            let bound = bind(&server, &shared, ready, metrics, routes).unwrap();
            tell.send((bound.plain.unwrap(), bound.tls, bound.management.unwrap())).unwrap();
            bound.run_until(async { stopped.await.unwrap_or(Stop::Now) }).await.unwrap();
        });
    });
    let (plain, tls, management) = told.recv().unwrap();
    Running { plain, tls, management, guard, stop: Some(stop), thread: Some(thread) }
}

fn routes(app: &mut web::ServiceConfig, body: BodyLimits, proxies: TrustedProxies) {
    app.app_data(web::Data::new(body))
        .app_data(web::Data::new(proxies))
        .route("/", web::get().to(async || "hello"))
        .route(
            "/cached",
            web::get().to(async || HttpResponse::Ok().insert_header(("Cache-Control", "max-age=9")).body("x")),
        )
        .route("/id", web::get().to(async |id: web::ReqData<RequestId>| id.as_str().to_owned()))
        .route("/panic", web::get().to(panics))
        .route("/failure", web::get().to(async || Err::<&str, _>(OAuthError::unavailable("Later", 7))))
        .route("/peer", web::get().to(peer))
        .service(
            web::resource("/form")
                .route(web::post().to(form))
                .default_service(web::to(async || method_not_allowed("POST"))),
        );
}

async fn form(req: HttpRequest, payload: web::Payload, limits: web::Data<BodyLimits>) -> Result<String, OAuthError> {
    let body = read_form_body(&req, payload, &limits).await?;
    let form = Form::parse(&body)?;
    Ok(format!("{} bytes, scope {:?}", body.len(), form.get("scope")))
}

async fn panics() -> &'static str {
    panic!("as the test asked");
}

async fn peer(req: HttpRequest, proxies: web::Data<TrustedProxies>) -> String {
    format!("{} {}", proxies.client_address(&req).unwrap(), proxies.is_secure(&req))
}

impl Running {
    /// Sends these bytes and reads until the server closes the connection.
    pub fn send(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).unwrap();
        read_until_closed(stream)
    }

    /// A connection whose reads fail rather than hang the test.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.plain).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// GET of a path with further header lines, each ending in CRLF.
    pub fn get(&self, path: &str, headers: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"))
    }

    /// Tells the server to stop.
    pub fn begin_stop(&mut self, how: Stop) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(how);
        }
    }

    /// Tells the server to stop and waits until it has.
    pub fn stop(&mut self, how: Stop) {
        self.begin_stop(how);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop(Stop::Now);
        }
    }
}

/// The bytes of one answer.
pub struct Answer(pub String);

pub fn read_until_closed(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{}", String::from_utf8_lossy(&bytes));
    }
    Answer(String::from_utf8(bytes).unwrap())
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.0.split(' ').nth(1).unwrap_or_else(|| panic!("no status in {:?}", self.0)).parse().unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.0.split("\r\n\r\n").next().unwrap();
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|found| found.1)
    }

    pub fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").unwrap().1
    }
}
