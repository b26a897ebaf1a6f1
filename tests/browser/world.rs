//! A demo of Keystead, the example API and the example site, all of them real programs.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU16, Ordering},
};

use serde_json::{Value, json};

use crate::{
    chromium::Browser,
    support::{
        canary::TestFolder,
        http::Client,
        process::{Running, finish, keystead},
    },
};

/// The link of the example site.
pub(crate) const LOG_IN_WITH: &str = "a.log-in-with";
/// The button of the login page.
pub(crate) const LOG_IN: &str = "form[action$='/login'] button";
/// Where the login page says what is wrong.
pub(crate) const COMPLAINT: &str = ".alert.bad";
/// The buttons of the consent page.
pub(crate) const ALLOW: &str = "button[name=decision][value=allow]";
/// The same.
pub(crate) const DENY: &str = "button[name=decision][value=deny]";
/// Who is logged in, on the example site.
pub(crate) const USER: &str = "#user";
/// What the example site has to say.
pub(crate) const NOTICE: &str = "#notice";

/// The demo's folder, in that of the test.
const DATA_DIR: &str = "demo";

/// The programs and what is needed to use them.
pub(crate) struct World {
    pub(crate) issuer: String,
    /// The front page of the example site.
    pub(crate) site: String,
    pub(crate) login: String,
    pub(crate) password: String,
    _programs: [Running; 3],
    folder: TestFolder,
}

impl World {
    /// A demo as anybody gets it.
    pub(crate) fn start() -> Self {
        Self::make(&[], Asks::AsTheDemo)
    }

    /// The same with settings of Keystead, as variables of its environment.
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::make(settings, Asks::AsTheDemo)
    }

    /// A demo whose application asks for more, and lets its users choose.
    pub(crate) fn with_choice() -> Self {
        Self::make(&[], Asks::WithChoice)
    }

    fn make(settings: &[(&str, &str)], asks: Asks) -> Self {
        let folder = TestFolder::new();
        let data_dir = folder.path().join(DATA_DIR);
        // Another host than the issuer's, so that the browser takes it for another site.
        let site = format!("http://localhost:{}/", free_port());
        let mut command = keystead(&["demo", "--json", "--port", "0", "--redirect-uri"]);
        command.arg(format!("{site}callback")).arg("--data-dir").arg(&data_dir).envs(settings.iter().copied());
        let mut demo = Running::spawn(&mut command);
        let printed: Value = serde_json::from_str(&demo.wait_for_line(|_| true)).expect("the line is JSON");

        let credentials = data_dir.join("demo.json");
        let mut api = example("resource_server");
        let mut api = Running::spawn(api.arg("--demo").arg(&credentials).args(["--listen", "127.0.0.1:0"]));
        let line = api.wait_for_line(|_| true);
        let url = line.split_whitespace().last().expect("the line ends with the URL");
        let mut relying_party = example("relying_party");
        relying_party.arg("--demo").arg(&credentials).args(["--api", url]);
        if matches!(asks, Asks::WithChoice) {
            let choice = ["profile", "email", "read"];
            let edited = json!({ "optional_scopes": choice, "post_logout_redirect_uris": [site] });
            edit_application(&printed, &edited);
            relying_party.args(["--scope", &format!("openid offline_access {}", choice.join(" "))]);
        }
        let mut relying_party = Running::spawn(&mut relying_party);
        relying_party.wait_for_line(|line| line.contains(&site));
        Self {
            issuer: text(&printed, "/issuer"),
            login: text(&printed, "/user/login"),
            password: text(&printed, "/user/password"),
            site,
            _programs: [demo, api, relying_party],
            folder,
        }
    }

    /// The page on which users see and end what they allowed.
    pub(crate) fn applications(&self) -> String {
        format!("{}/account/applications", self.issuer)
    }

    /// From the front page of the example site to the login page.
    pub(crate) async fn go_to_login(&self, browser: &Browser) {
        browser.open(&self.site).await;
        browser.follow(LOG_IN_WITH).await;
        browser.wait_for(LOG_IN).await;
    }

    /// Types the right login and password, and sends them.
    pub(crate) async fn log_in(&self, browser: &Browser) {
        browser.fill("#login", &self.login).await;
        browser.fill("#password", &self.password).await;
        browser.follow(LOG_IN).await;
    }

    /// All the way from the front page of the example site to being logged in there, for the first time.
    pub(crate) async fn sign_up(&self, browser: &Browser) {
        self.go_to_login(browser).await;
        self.log_in(browser).await;
        browser.follow(ALLOW).await;
        browser.wait_for(USER).await;
    }

    /// What the operator does on the command line, beside the server that runs.
    pub(crate) fn operator(&self, arguments: &[&str]) {
        finish(keystead(arguments).arg("--data-dir").arg(self.folder.path().join(DATA_DIR))).succeeded();
    }

    /// Withdraws the one entry of the list.
    pub(crate) async fn withdraw(&self, browser: &Browser) {
        browser.open(&self.applications()).await;
        browser.click("main details summary").await;
        browser.follow("main details button.danger").await;
        browser.wait_for(".alert.good").await;
    }
}

/// What the example site asks for.
#[derive(Clone, Copy)]
enum Asks {
    AsTheDemo,
    WithChoice,
}

fn text(printed: &Value, pointer: &str) -> String {
    printed.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {printed}")).to_owned()
}

/// Changes the demo's application, as whoever manages the space does.
fn edit_application(printed: &Value, edited: &Value) {
    let client = Client::new(text(printed, "/issuer"));
    let manager = (text(printed, "/management_key/client_id"), text(printed, "/management_key/client_secret"));
    let resource = format!("{}/api/v1", text(printed, "/issuer"));
    let fields = [("grant_type", "client_credentials"), ("resource", &resource)];
    let token = client.post_form("/oauth/token", (&manager.0, &manager.1), &fields).text("access_token");
    let path = format!("/api/v1/applications/{}", text(printed, "/application/client_id"));
    let answer = client.request("PATCH", &path).bearer(&token).json(edited).send();
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// An example, as Cargo built it beside this test.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("the test knows its file");
    let folder: PathBuf = test.ancestors().nth(2).expect("target/debug").join("examples");
    let program = folder.join(name);
    assert!(
        program.exists(),
        "{} is missing: `cargo test` builds it, `cargo test --test browser` does not; run `cargo build --examples`",
        program.display()
    );
    Command::new(program)
}

/// A port of this machine on which nothing listens. It is below those that the system gives to connections, so that none
/// takes it before the site does.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 1_000).expect("below 1000") * 10;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
