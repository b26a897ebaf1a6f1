//! What may go wrong between a page and its form: a right that is gone, a key that is gone, a click too many.

use crate::{
    chromium::Browser,
    desk::{DIALOG, Desk},
};

#[tokio::test]
async fn a_dialog_says_what_went_wrong() {
    let desk = Desk::start();
    let browser = Browser::start("console-mishaps").await;
    desk.open(&browser, &desk.of_space("keys")).await;
    let button = format!("tr[id='{}'] a[data-dialog]", desk.key.0);

    // Somebody else was faster: the question is asked again, with why.
    browser.click(&button).await;
    browser.wait_for(DIALOG).await;
    desk.operator(&["key", "disable", &desk.key.0]);
    browser.click(&format!("{DIALOG} button.danger")).await;
    assert!(browser.text(&format!("{DIALOG} .alert.bad")).await.contains("already disabled"));
    desk.operator(&["key", "enable", &desk.key.0]);

    // The right is gone: the list is not shown as if all were well.
    browser.open(&desk.of_space("keys")).await;
    browser.click(&button).await;
    browser.wait_for(DIALOG).await;
    desk.operator(&["user", "take-role", &desk.login, "space_admin"]);
    browser.click(&format!("{DIALOG} button.danger")).await;
    let title = "main:not(:has(form.filters)) h1";
    assert_eq!(browser.text(title).await, "You may not see this");
    assert!(!browser.has(DIALOG).await);
    assert_eq!(desk.token(&desk.key.0, &desk.key.1).status, 200, "nothing was done");
}

// Covers: L107
#[tokio::test]
async fn a_second_click_does_not_take_the_place_of_the_secret() {
    let desk = Desk::start();
    let browser = Browser::start("console-twice").await;
    desk.open(&browser, &desk.at(&format!("/keys/{}/regenerate", desk.key.0))).await;
    browser
        .evaluate("(form => { form.requestSubmit(); form.requestSubmit() })(document.querySelector('main form'))")
        .await;
    browser.wait_for(".secret").await;
    let secret = browser.evaluate("document.getElementById('client-secret').textContent").await;
    assert_eq!(desk.token(&desk.key.0, secret.as_str().expect("a secret")).status, 200);
}
