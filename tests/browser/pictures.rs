//! Pictures of the pages, for people to look at: light, dark, and as narrow as a small phone. What a program can judge of
//! their looks is judged here too, by `look.js` and by axe-core: labels, contrast, the size of what is pressed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use std::io::Write as _;

use crate::{
    axe,
    chromium::{Browser, keep_picture, pictures},
    world::{ALLOW, COMPLAINT, LOG_IN, USER, World},
};

/// Takes three pictures of a page, and makes sure that it can be read in each, on a phone without scrolling sideways.
pub(crate) async fn take(browser: &Browser, name: &str) {
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        shoot(browser, &format!("{name}-{scheme}")).await;
    }
    browser.prefer("light").await;
    browser.narrow(360).await;
    shoot(browser, &format!("{name}-360px")).await;
    browser.wide().await;
}

async fn shoot(browser: &Browser, name: &str) {
    let taken = browser.command("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await;
    let png = STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("base64");
    keep_picture(name, &png);
    assert_eq!(browser.look().await, Vec::<String>::new(), "{name}");
    assert_eq!(axe::complaints(browser).await, Vec::<String>::new(), "{name}");
}

#[tokio::test]
async fn pictures_of_login_consent_and_the_list_are_kept() {
    let world = World::with_choice();
    let browser = Browser::start("pictures").await;
    world.go_to_login(&browser).await;
    take(&browser, "login").await;
    browser.fill("#login", &world.login).await;
    browser.fill("#password", "not the password").await;
    browser.follow(LOG_IN).await;
    browser.wait_for(COMPLAINT).await;
    take(&browser, "login-wrong").await;
    world.log_in(&browser).await;
    browser.wait_for(ALLOW).await;
    take(&browser, "consent").await;
    browser.follow(ALLOW).await;
    browser.wait_for(USER).await;
    browser.open(&world.applications()).await;
    take(&browser, "applications").await;
    browser.click("main details summary").await;
    take(&browser, "applications-withdraw").await;
    // Past the test harness, which swallows what a passing test prints.
    writeln!(std::io::stderr(), "pictures of the pages: {}", pictures().display()).expect("stderr is open");
}
