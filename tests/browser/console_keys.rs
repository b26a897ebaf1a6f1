//! A space administrator makes a key for Jenkins, rotates it three months later, and ends it, in a real browser.

use serde_json::json;
use thirtyfour::Key;

use crate::{
    chromium::Browser,
    desk::{DIALOG, Desk, SUBMIT},
    keyboard::tab_to,
};

/// Lets pages read what was copied, as somebody who pastes it would.
async fn let_paste(browser: &Browser) {
    let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    browser.command("Browser.grantPermissions", permissions).await;
}

async fn pasted(browser: &Browser) -> String {
    browser.evaluate("navigator.clipboard.readText()").await.as_str().expect("a text").to_owned()
}

/// The button that copies what stands in the row of this name.
async fn copy(browser: &Browser, id: &str) -> String {
    let button = format!("[data-copy={id}] + button, #{id}.copy + button");
    browser.click(&button).await;
    let told = format!("[data-copy={id}] ~ [role=status], #{id}.copy ~ [role=status]");
    assert_eq!(browser.text(&told).await, "Copied");
    pasted(browser).await
}

// Covers: L027, L028, L029, L036, L037, L099, L107
#[tokio::test]
async fn a_key_is_made_without_a_mouse_and_its_secret_is_there_once() {
    let desk = Desk::start();
    let browser = Browser::start("console-key").await;
    desk.open(&browser, &desk.of_space("keys")).await;
    let_paste(&browser).await;
    tab_to(&browser, "a.primary").await;
    browser.follow_key(Key::Enter).await;

    // Without a name nothing is made; with a network that is none, what was typed stays.
    tab_to(&browser, "#name").await;
    browser.type_text("Jenkins main").await;
    let summaries = browser.evaluate("[...document.querySelectorAll('summary')].map(one => one.textContent)").await;
    assert!(summaries.to_string().contains("For CI servers"), "roles are described: {summaries}");
    tab_to(&browser, "#networks").await;
    browser.type_text("300.1.1.1").await;
    tab_to(&browser, SUBMIT).await;
    browser.follow_key(Key::Enter).await;
    assert!(browser.text(".alert.bad").await.contains("300.1.1.1"));
    assert_eq!(browser.evaluate("document.activeElement.matches('.alert')").await, true, "focus is where to begin");
    assert_eq!(browser.evaluate("document.querySelector('#name').value").await, "Jenkins main");

    tab_to(&browser, "details:has([value='ci_cd_integration@1001']) summary").await;
    browser.type_text(" ").await;
    tab_to(&browser, "[value='ci_cd_integration@1001']").await;
    browser.type_text(" ").await;
    tab_to(&browser, "#networks").await;
    browser.fill("#networks", "").await;
    tab_to(&browser, SUBMIT).await;
    browser.follow_key(Key::Enter).await;

    // Masked until somebody asks for it, and copied without being shown.
    assert!(browser.page().await.contains("only time"));
    assert!(!browser.page().await.contains("ksk_"));
    let id = copy(&browser, "client-id").await;
    let secret = copy(&browser, "client-secret").await;
    assert_eq!(copy(&browser, "both").await, format!("client_id={id}\nclient_secret={secret}"));
    assert!(!browser.page().await.contains(&secret));
    browser.click("details:has(#client-secret) summary").await;
    assert_eq!(browser.text("#client-secret").await, secret);
    assert_eq!(desk.token(&id, &secret).status, 200);

    // Gone after leaving, and not there again by going back.
    browser.follow("a.primary").await;
    assert!(browser.page().await.contains("Jenkins main") && !browser.page().await.contains(&secret));
    browser.back().await;
    assert_eq!(browser.evaluate("document.body.innerHTML.includes('ksk_')").await, false);
    browser.open(&desk.of_space("keys")).await;
    assert!(browser.text(&format!("tr[id='{id}']")).await.contains("Active"));
}

// Covers: L041
#[tokio::test]
async fn a_key_is_disabled_in_its_row_and_the_others_stay_as_they_are() {
    let desk = Desk::start();
    let browser = Browser::start("console-disable").await;
    desk.open(&browser, &desk.of_space("keys")).await;
    let row = format!("tr[id='{}']", desk.key.0);
    browser.evaluate("document.querySelectorAll('tbody tr').forEach(row => { row.seen = true })").await;
    browser.click(&format!("{row} a[data-dialog]")).await;
    let question = browser.text(DIALOG).await;
    assert!(question.contains("Disable Demo integration") && question.contains("Cancel"), "{question}");
    browser.press(Key::Escape).await;
    assert!(!browser.has(DIALOG).await && browser.text(&row).await.contains("Active"));

    browser.click(&format!("{row} a[data-dialog]")).await;
    browser.click(&format!("{DIALOG} button.danger")).await;
    browser.wait_for(&format!("{row} .status.off")).await;
    assert_eq!(browser.evaluate("[...document.querySelectorAll('tbody tr')].filter(row => !row.seen).length").await, 1);
    assert!(browser.text("main > [role=status]").await.contains("disabled"));
    assert_eq!(desk.token(&desk.key.0, &desk.key.1).status, 401);
}

// Covers: L044, L110, L111
#[tokio::test]
async fn a_secret_is_rotated_without_an_outage_and_regenerated_at_once() {
    let desk = Desk::start();
    let browser = Browser::start("console-rotate").await;
    let (id, old) = desk.key.clone();
    desk.open(&browser, &desk.at(&format!("/keys/{id}"))).await;
    browser.follow("a[href$='/rotate']").await;
    browser.follow(SUBMIT).await;
    let new = browser.evaluate("document.getElementById('client-secret').textContent").await;
    let new = new.as_str().expect("a secret").to_owned();
    assert_eq!((desk.token(&id, &old).status, desk.token(&id, &new).status), (200, 200));
    browser.follow("a[href$='/rotate']").await;
    // What programs do is seen within the second in which it is written down; the page looks again by itself.
    let mut advice = String::new();
    for _ in 0..100 {
        browser.open(&desk.at(&format!("/keys/{id}/rotate"))).await;
        advice = browser.text("main .alert").await;
        if !advice.contains("Nobody has used the new pair yet") {
            break;
        }
    }
    assert!(advice.contains("in use") || advice.contains("old"), "{advice}");

    browser.click("a.danger[data-dialog]").await;
    assert!(browser.text(DIALOG).await.contains("The other pair and its tokens go on."));
    browser.follow(&format!("{DIALOG} button.danger")).await;
    assert_eq!((desk.token(&id, &old).status, desk.token(&id, &new).status), (401, 200));

    browser.open(&desk.at(&format!("/keys/{id}/regenerate"))).await;
    browser.follow(SUBMIT).await;
    let newest = browser.evaluate("document.getElementById('client-secret').textContent").await;
    let newest = newest.as_str().expect("a secret").to_owned();
    assert_eq!((desk.token(&id, &new).status, desk.token(&id, &newest).status), (401, 200));
}

// Covers: L027, L107
#[tokio::test]
async fn all_of_it_works_without_scripts() {
    let desk = Desk::start();
    let browser = Browser::start("console-no-scripts").await;
    browser.command("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    desk.open(&browser, &desk.of_space("keys")).await;
    browser.follow("a.primary").await;
    browser.fill("#name", "Nightly").await;
    browser.click("details:has([value='viewer@1001']) summary").await;
    browser.click("[value='viewer@1001']").await;
    browser.follow(SUBMIT).await;
    let id = browser.text("#client-id").await;
    browser.click("details:has(#client-secret) summary").await;
    let secret = browser.text("#client-secret").await;
    assert_eq!(desk.token(&id, &secret).status, 200);
    browser.open(&desk.of_space("keys")).await;
    browser.fill("#q", "night").await;
    browser.follow(".filters button").await;
    assert!(browser.page().await.contains("Nightly") && !browser.page().await.contains("Demo integration"));
    browser.follow(&format!("tr[id='{id}'] a.button")).await;
    assert_eq!(browser.text("h1").await, "Disable Nightly");
    browser.follow("button.danger").await;
    assert!(browser.text(".alert.good").await.contains("disabled"));
    assert_eq!(desk.token(&id, &secret).status, 401);
}
