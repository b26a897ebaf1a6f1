//! Keys of people at the console: made on the way over the user, granted workspace by workspace, seen and changed from both
//! sides; and the one place for everything that acts for oneself.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    chromium::Browser,
    desk::{Crowd, DIALOG, Desk, SUBMIT},
};

/// What a new token of this key says.
fn claims(desk: &Desk, id: &str, secret: &str) -> Value {
    let token = desk.token(id, secret).text("access_token");
    let payload = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON")
}

// Covers: L105, L106, L108, L109, L112, L135
#[tokio::test]
async fn a_key_of_a_user_is_made_on_the_way_over_the_user_and_granted_in_the_next_step() {
    let desk = Desk::start();
    let crowd = Crowd::of(&desk);
    let browser = Browser::start("console-user-key").await;
    desk.open(&browser, &desk.of_space("users")).await;
    browser.follow(&format!("a[href$='/users/{}']", crowd.jo)).await;
    browser.follow("a[href$='/keys/new']").await;
    browser.fill("#name", "Script of Jo").await;
    browser.fill("#description", "Reads what is new each morning").await;
    browser.click("input[name=kind][value=subset]").await;
    browser.click("input[name=expiry][value=none]").await;
    browser.follow(SUBMIT).await;
    let id = browser.text("#client-id").await;
    browser.click("details:has(#client-secret) summary").await;
    let secret = browser.text("#client-secret").await;
    assert_eq!(claims(&desk, &id, &secret)["workspaces"], Value::Null, "without access it logs in and may do nothing");

    browser.follow("a[href$='/roles']:not(nav a)").await;
    browser.click("details:has(table) summary").await;
    assert!(browser.page().await.contains("The owner does not hold it there"));
    assert!(!browser.has("[value='editor@1002']").await, "only what Jo holds");
    browser.click("[value='viewer@1002'][name=role]").await;
    browser.follow(SUBMIT).await;
    assert_eq!(claims(&desk, &id, &secret)["workspaces"], json!({ "1002": ["viewer"] }));
    assert!(browser.page().await.contains("Script of Jo") && browser.page().await.contains("Never"));
}

// Covers: L114
#[tokio::test]
async fn roles_of_keys_are_taken_from_the_side_of_the_user_too() {
    let desk = Desk::start();
    let crowd = Crowd::of(&desk);
    let browser = Browser::start("console-user-workspaces").await;
    desk.open(&browser, &desk.at(&format!("/users/{}/workspaces", crowd.jo))).await;
    let take = format!("a[href*='/keys/{}/roles/viewer/take'][href*='/workspaces/1001/']", crowd.key_of_jo);
    browser.click(&take).await;
    assert!(browser.text(DIALOG).await.contains("Report of Jo"));
    browser.follow(&format!("{DIALOG} button.danger")).await;
    assert!(!browser.has(&take).await);
    browser.open(&desk.at(&format!("/keys/{}", crowd.key_of_jo))).await;
    let roles = browser.text("section[aria-labelledby=roles-of-key]").await;
    assert!(!roles.contains("Production"), "{roles}");
}

// Covers: L141
#[tokio::test]
async fn a_service_account_is_told_from_people() {
    let desk = Desk::start();
    let crowd = Crowd::of(&desk);
    let browser = Browser::start("console-service").await;
    desk.open(&browser, &desk.of_space("users")).await;
    let row = browser.text(&format!("tr:has(a[href$='{}'])", crowd.robot)).await;
    assert!(row.contains("Service account"), "{row}");
    browser.follow(&format!("a[href$='{}']", crowd.robot)).await;
    assert!(browser.text("h1").await.contains("Service account"));
    assert!(browser.page().await.contains("full name does not tell that no person stands behind it"));
    assert!(!browser.has("a[href$='/invite']").await, "nobody stands behind it who could be invited");
}

// Covers: L047, L077, L110, L113
#[tokio::test]
async fn one_place_has_all_that_acts_for_oneself() {
    let desk = Desk::start();
    let browser = Browser::start("console-account").await;
    let (login, password) = desk.user.clone();
    desk.open_as(&browser, &desk.at("/account/applications"), &login, &password).await;
    let tabs = browser.text("nav.tabs").await;
    assert_eq!(
        tabs.split_whitespace().collect::<Vec<_>>().join(" "),
        "Authorized applications API keys OAuth clients Sessions Password"
    );
    browser.follow("nav.tabs a[href$='/account/keys']").await;
    browser.follow("a.primary").await;
    browser.fill("#name", "Mine").await;
    browser.follow(SUBMIT).await;
    let id = browser.text("#client-id").await;
    let secret = browser.evaluate("document.getElementById('client-secret').textContent").await;
    let secret = secret.as_str().expect("a secret").to_owned();
    assert_eq!(desk.token(&id, &secret).status, 200);
    browser.open(&desk.at("/account/keys")).await;
    browser.click(&format!("tr[id='{id}'] a[data-dialog]")).await;
    browser.click(&format!("{DIALOG} button.danger")).await;
    browser.wait_for(&format!("tr[id='{id}'] .status.off")).await;
    assert_eq!(desk.token(&id, &secret).status, 401);
    browser.click(&format!("tr[id='{id}'] a[data-dialog]")).await;
    browser.click(&format!("{DIALOG} button.primary")).await;
    browser.wait_for(&format!("tr[id='{id}'] .status.good")).await;
    assert_eq!(desk.token(&id, &secret).status, 200);

    browser.follow("nav.tabs a[href$='/account/clients']").await;
    browser.follow("a.primary").await;
    browser.fill("#name", "My site").await;
    browser.fill("#redirect_uris", "https://app.example.com/back").await;
    browser.click("[name=kind][value=confidential]").await;
    browser.follow(SUBMIT).await;
    assert!(browser.page().await.contains("My site"), "{}", browser.page().await);
    // Whoever manages nothing is shown no door to what others manage.
    browser.open(&desk.of_space("keys")).await;
    assert!(browser.page().await.contains("keys.manage"));
}
