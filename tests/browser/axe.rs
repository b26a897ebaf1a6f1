//! What axe-core finds wrong with a page: rules of WCAG 2.2 A and AA that a program can judge.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::chromium::Browser;

/// Its source, installed from npm into the target folder at the version of the lock file.
fn source() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe");
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/axe");
        fs::create_dir_all(&folder).expect("the target folder takes files");
        for file in ["package.json", "package-lock.json"] {
            fs::copy(here.join(file), folder.join(file)).expect("the target folder takes files");
        }
        let script: PathBuf = folder.join("node_modules/axe-core/axe.min.js");
        if !script.exists() {
            let installed =
                Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit"]).current_dir(&folder).output();
            let installed = installed.expect("npm is there");
            assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
        }
        fs::read_to_string(script).expect("axe-core is installed")
    })
}

const RUN: &str =
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then(({ violations }) => violations.map(({ id, impact, help, nodes }) =>
        `${impact}: ${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`))";

/// What it finds on the page as it is now, worst first of all. Nothing is let through by how bad it is said to be.
pub(crate) async fn complaints(browser: &Browser) -> Vec<String> {
    browser.run_script(source()).await;
    let found = browser.evaluate(RUN).await;
    serde_json::from_value(found).expect("a list of sentences")
}
