//! A demo, and its administrator, for tests of the console.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{
    chromium::Browser,
    support::{
        canary::TestFolder,
        http::{Client, Response},
        process::{Running, finish, keystead},
    },
};

const DATA_DIR: &str = "demo";
/// Starts what asks for confirmation over the page.
pub(crate) const DIALOG: &str = "dialog[open]";
/// The button of a form of the console.
pub(crate) const SUBMIT: &str = "main form[method=post] button";

/// The demo, and who may do everything in it.
pub(crate) struct Desk {
    pub(crate) issuer: String,
    pub(crate) login: String,
    pub(crate) password: String,
    /// Login and password of somebody who manages nothing.
    pub(crate) user: (String, String),
    /// Id of the demo's space.
    pub(crate) space: String,
    /// Id and secret of the demo's key.
    pub(crate) key: (String, String),
    /// Numbers of the workspaces of the demo.
    pub(crate) workspaces: [i64; 2],
    pub(crate) client: Client,
    _demo: Running,
    folder: TestFolder,
}

impl Desk {
    pub(crate) fn start() -> Self {
        let folder = TestFolder::new();
        let data_dir = folder.path().join(DATA_DIR);
        let mut command = keystead(&["demo", "--json", "--port", "0"]);
        let mut demo = Running::spawn(command.arg("--data-dir").arg(&data_dir));
        let printed: Value = serde_json::from_str(&demo.wait_for_line(|_| true)).expect("the line is JSON");
        let text = |pointer: &str| printed.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let issuer = text("/issuer");
        let mut desk = Self {
            login: text("/admin/login"),
            password: text("/admin/password"),
            user: (text("/user/login"), text("/user/password")),
            space: String::new(),
            key: (text("/api_key/client_id"), text("/api_key/client_secret")),
            workspaces: [1001, 1002],
            client: Client::new(issuer.clone()),
            issuer,
            _demo: demo,
            folder,
        };
        let space: Value =
            serde_json::from_str(&desk.operator(&["space", "show", "Demo space", "--json"])).expect("JSON");
        space["id"].as_str().expect("an id").clone_into(&mut desk.space);
        desk
    }

    /// What the operator does on the command line, beside the server that runs. Answers what that printed.
    pub(crate) fn operator(&self, arguments: &[&str]) -> String {
        finish(keystead(arguments).arg("--data-dir").arg(self.folder.path().join(DATA_DIR))).succeeded()
    }

    /// Imports so many keys, with names of all kinds.
    pub(crate) fn import_keys(&self, count: usize) {
        let mut lines = String::new();
        for number in 0..count {
            let name = match number % 50 {
                0 => format!("{number} {}", "A name as long as names may be ".repeat(3).trim()),
                7 => format!("Übersetzer für Łódź und Αθήνα {number}"),
                _ => format!("Pipeline {number}"),
            };
            let hash =
                "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
            writeln!(
                lines,
                r#"{{"client_id":"import-{number}","secret_hash":"{hash}","key":{{"name":"{name}","roles":[{{"role":"viewer","workspaces":[{}]}}]}}}}"#,
                self.workspaces[number % 2]
            )
            .expect("a string takes all");
        }
        let file = self.folder.path().join("keys.jsonl");
        std::fs::write(&file, lines).expect("the folder takes files");
        self.operator(&["key", "import", "--space", &self.space, "--file", file.to_str().expect("a path")]);
    }

    /// The absolute URL of a path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The URL of a page of the space.
    pub(crate) fn of_space(&self, page: &str) -> String {
        self.at(&format!("/spaces/{}/{page}", self.space))
    }

    /// Somebody comes to this page, and logs in on the way.
    pub(crate) async fn open(&self, browser: &Browser, url: &str) {
        self.open_as(browser, url, &self.login, &self.password).await;
    }

    pub(crate) async fn open_as(&self, browser: &Browser, url: &str, login: &str, password: &str) {
        browser.open(url).await;
        browser.fill("#login", login).await;
        browser.fill("#password", password).await;
        browser.follow("form[action$='/login'] button").await;
        assert_eq!(browser.url().await.as_str(), url, "the login leads back");
    }

    /// What the token endpoint answers to these credentials.
    pub(crate) fn token(&self, id: &str, secret: &str) -> Response {
        self.client.post_form("/oauth/token", (id, secret), &[("grant_type", "client_credentials")])
    }
}

/// People, keys and roles of all kinds, as a space has them after a while.
pub(crate) struct Crowd {
    /// Somebody with roles and two keys.
    pub(crate) jo: String,
    /// A service account whose name does not tell so.
    pub(crate) robot: String,
    /// A key with chosen roles of that somebody.
    pub(crate) key_of_jo: String,
}

impl Crowd {
    pub(crate) fn of(desk: &Desk) -> Self {
        let made = |arguments: &[&str], pointer: &str| {
            let printed = desk.operator(&[arguments, &["--json"]].concat());
            let printed: Value = serde_json::from_str(&printed).expect("JSON");
            printed
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_else(|| panic!("no {pointer} in {printed}"))
                .to_owned()
        };
        let space = desk.space.as_str();
        let user = |login: &str, name: &str, more: &[&str]| {
            made(&[&["user", "create", "--space", space, "--full-name", name, login], more].concat(), "/id")
        };
        let jo = user(
            "jo",
            "Jo Example",
            &["--email", "jo@example.com", "--role", "viewer@1001,1002", "--role", "editor@1001"],
        );
        let robot = user("nightly", "Nightly", &["--service", "--role", "ci_cd_integration@1001"]);
        user("long", &"A full name as long as names may be ".repeat(2), &["--invite", "show"]);
        desk.operator(&["user", "disable", &user("gone", "Somebody who left", &[])]);
        let key_of_jo = made(
            &["key", "create", "--space", space, "--owner", "jo", "--role", "viewer@1001", "Report of Jo"],
            "/client_id",
        );
        made(&["key", "create", "--space", space, "--owner", "jo", "Everything of Jo"], "/client_id");
        made(
            &["key", "create", "--space", space, "--owner", "nightly", "--expires", "90d", "Nightly build"],
            "/client_id",
        );
        desk.operator(&["role", "copy", "--space", space, "viewer", "reader_of_reports"]);
        desk.operator(&["space", "create", "Another space", "--admin", "kim", "--internal-services"]);
        desk.operator(&["user", "invite-guest", "--space", space, "kim", "viewer@1002"]);
        Self { jo, robot, key_of_jo }
    }
}
