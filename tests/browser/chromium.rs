//! A Chromium of its own for each test, driven as a person would: open, look, type, click.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    By, ChromeCapabilities, ChromiumLikeCapabilities as _, DesiredCapabilities, Key, LoggingPrefsLogLevel, WebDriver,
    WebElement,
    extensions::query::{ElementPollerWithTimeout, ElementQueryable as _, ElementWaitable as _},
};
use url::Url;

use crate::support::{http::Client, process::Running};

/// Ends a wait that would never end; far above what any page needs.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often it is looked.
const INTERVAL: Duration = Duration::from_millis(25);

/// A page fills the window of a small laptop.
const WINDOW: (u32, u32) = (1100, 900);

/// A browser with one window and no history.
pub(crate) struct Browser {
    driver: Option<WebDriver>,
    session: String,
    name: &'static str,
    client: Client,
    _chromedriver: Running,
    _folder: TempDir,
}

impl Browser {
    /// Starts it for the test `name`.
    pub(crate) async fn start(name: &'static str) -> Self {
        let found = Command::new("chromedriver").arg("--version").stdout(Stdio::null()).status();
        assert!(found.is_ok(), "chromedriver is missing; on Debian: apt-get install chromium chromium-driver");
        let folder = tempfile::tempdir().expect("a temporary folder");
        // There the driver keeps the profile, which it takes away with the browser.
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("TMPDIR", folder.path()).stdin(Stdio::null());
        let mut chromedriver = Running::spawn(&mut command);
        let started = chromedriver.wait_for_line(|line| line.contains("started successfully on port "));
        let port = started.rsplit(' ').next().expect("a port at the end").trim_end_matches('.').to_owned();
        let url = format!("http://127.0.0.1:{port}");

        let client = reqwest::Client::builder().no_proxy().timeout(2 * DEADLINE).build().expect("a client");
        let poller = ElementPollerWithTimeout::new(DEADLINE, INTERVAL);
        let connecting = WebDriver::builder(&url, capabilities()).poller(Arc::new(poller)).client(client);
        let driver = connecting.connect().await.expect("Chromium starts");
        let session = driver.handle().session_id().to_string();
        let client = Client::new(url);
        Self { driver: Some(driver), session, name, client, _chromedriver: chromedriver, _folder: folder }
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("it runs until it is dropped")
    }

    /// Types a URL into the address bar.
    pub(crate) async fn open(&self, url: &str) {
        self.driver().goto(url).await.unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    /// Goes back to the page before.
    pub(crate) async fn back(&self) {
        self.driver().back().await.expect("there is a page before");
    }

    /// The URL in the address bar.
    pub(crate) async fn url(&self) -> Url {
        self.driver().current_url().await.expect("a URL")
    }

    /// The first element that can be seen under this selector, as soon as there is one.
    pub(crate) async fn wait_for(&self, selector: &str) -> WebElement {
        match self.driver().query(By::Css(selector)).and_displayed().first().await {
            Ok(found) => found,
            Err(error) => panic!("no {selector}: {error}\n{}", self.everything().await),
        }
    }

    /// What can be read there.
    pub(crate) async fn text(&self, selector: &str) -> String {
        self.wait_for(selector).await.text().await.expect("a text")
    }

    /// What can be read on the whole page.
    pub(crate) async fn page(&self) -> String {
        self.text("body").await
    }

    /// There is no such element on the page as it is now.
    pub(crate) async fn has(&self, selector: &str) -> bool {
        !self.driver().find_all(By::Css(selector)).await.expect("an answer").is_empty()
    }

    /// Puts text into a field in place of what is there.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let field = self.wait_for(selector).await;
        field.clear().await.expect("a field that can be changed");
        field.send_keys(text).await.expect("a field that takes text");
    }

    /// Clicks something that leads nowhere.
    pub(crate) async fn click(&self, selector: &str) {
        let clicked = self.wait_for(selector).await.click().await;
        clicked.unwrap_or_else(|error| panic!("{selector} cannot be clicked: {error}"));
    }

    /// Clicks something that leads to another page, and waits for that.
    pub(crate) async fn follow(&self, selector: &str) {
        let page = self.this_page().await;
        self.click(selector).await;
        self.leave(page, selector).await;
    }

    /// Presses a key that leads to another page, and waits for that.
    pub(crate) async fn follow_key(&self, key: Key) {
        let page = self.this_page().await;
        self.press(key).await;
        self.leave(page, "the key").await;
    }

    async fn this_page(&self) -> WebElement {
        self.driver().find(By::Tag("html")).await.expect("a page")
    }

    async fn leave(&self, page: WebElement, by: &str) {
        if let Err(error) = page.wait_until().stale().await {
            panic!("{by} leads nowhere: {error}\n{}", self.everything().await);
        }
        self.wait_for("body").await;
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn press(&self, key: Key) {
        self.driver().action_chain().send_keys(key).perform().await.expect("a key");
    }

    /// Types text, wherever the focus is.
    pub(crate) async fn type_text(&self, text: &str) {
        self.driver().action_chain().send_keys(text).perform().await.expect("keys");
    }

    /// The result of an expression of JavaScript in the page.
    pub(crate) async fn evaluate(&self, expression: &str) -> Value {
        let result = self.driver().execute(format!("return ({expression})"), Vec::new()).await;
        result.unwrap_or_else(|error| panic!("{expression}: {error}")).json().clone()
    }

    /// Runs a script in the page, whatever its policy says.
    pub(crate) async fn run_script(&self, script: &str) {
        let ran = self.driver().execute(script, Vec::new()).await;
        ran.unwrap_or_else(|error| panic!("the script fails: {error}"));
    }

    /// Sends a command of the `DevTools` protocol.
    pub(crate) async fn command(&self, method: &str, parameters: Value) -> Value {
        let result = self.driver().cdp().send_raw(method, parameters).await;
        result.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Prefers this colour scheme, `light` or `dark`.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.command("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Is a phone with so many CSS pixels from side to side.
    pub(crate) async fn narrow(&self, width: u32) {
        let phone = json!({ "width": width, "height": 740, "deviceScaleFactor": 2, "mobile": true });
        self.command("Emulation.setDeviceMetricsOverride", phone).await;
    }

    /// Is no phone any more.
    pub(crate) async fn wide(&self) {
        self.command("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    /// What is wrong with how the page looks now, as far as a program can judge it.
    pub(crate) async fn look(&self) -> Vec<String> {
        serde_json::from_value(self.evaluate(include_str!("look.js")).await).expect("a list of sentences")
    }

    /// What pages wrote to the console since it was asked last, such as a policy that they broke.
    pub(crate) async fn console(&self) -> Vec<String> {
        let entries = self.driver().browser_log().await.expect("a log");
        entries.into_iter().map(|entry| format!("{:?}: {}", entry.level, entry.message)).collect()
    }

    async fn everything(&self) -> String {
        let url = self.driver().current_url().await.map(|url| url.to_string()).unwrap_or_default();
        let text = match self.driver().find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        format!("{url} says:\n{text}")
    }
}

impl Drop for Browser {
    /// Closes Chromium: its driver, when it is killed, would leave it running. A test that fails keeps a picture.
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            // Its own way out needs a runtime, which may be at its end.
            let _ = driver.leak();
        }
        let session = format!("/session/{}", self.session);
        if std::thread::panicking() {
            let taken = self.client.get(&format!("{session}/screenshot")).try_send();
            if let Some(png) = taken.ok().and_then(|taken| STANDARD.decode(taken.json()["value"].as_str()?).ok()) {
                keep_picture(&format!("failed-{}", self.name), &png);
            }
        }
        let _ = self.client.request("DELETE", &session).try_send();
    }
}

/// Puts a picture where people look for it.
pub(crate) fn keep_picture(name: &str, png: &[u8]) {
    let folder = pictures();
    std::fs::create_dir_all(&folder).expect("the target folder takes files");
    std::fs::write(folder.join(format!("{name}.png")), png).expect("the target folder takes files");
}

/// The folder of the pictures.
pub(crate) fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder").join("screenshots")
}

fn capabilities() -> ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    let arguments = [
        "--headless",
        // Needed where tests run as root; all pages are our own.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--no-proxy-server",
        "--no-first-run",
        // Nothing but what the test asks for.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-quic",
        "--disable-sync",
        "--lang=en",
        "--force-device-scale-factor=1",
        &format!("--window-size={},{}", WINDOW.0, WINDOW.1),
    ];
    for argument in arguments {
        capabilities.add_arg(argument).expect("an argument");
    }
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a capability");
    capabilities
}
