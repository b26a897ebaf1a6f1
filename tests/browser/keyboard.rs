//! Login and consent for people who use no mouse.

use thirtyfour::Key;

use crate::{
    chromium::Browser,
    world::{ALLOW, LOG_IN_WITH, USER, World},
};

/// So many steps no page takes.
const MANY: usize = 40;

/// Presses Tab until the focus is there, and makes sure that it can be seen at every step.
pub(crate) async fn tab_to(browser: &Browser, selector: &str) {
    for _ in 0..MANY {
        if browser.evaluate(&format!("document.activeElement.matches({selector:?})")).await == true {
            return;
        }
        browser.press(Key::Tab).await;
        let seen = "(style => style.outlineStyle !== 'none' || style.boxShadow !== 'none')\
                    (getComputedStyle(document.activeElement))";
        let element = browser.evaluate("document.activeElement.outerHTML").await;
        assert_eq!(browser.evaluate(seen).await, true, "the focus cannot be seen on {element}");
    }
    panic!("Tab never comes to {selector}: {}", browser.page().await);
}

#[tokio::test]
async fn login_and_consent_need_no_mouse() {
    let world = World::with_choice();
    let browser = Browser::start("keyboard").await;
    browser.open(&world.site).await;
    tab_to(&browser, LOG_IN_WITH).await;
    browser.follow_key(Key::Enter).await;

    tab_to(&browser, "#login").await;
    browser.type_text(&world.login).await;
    tab_to(&browser, "#password").await;
    browser.type_text(&world.password).await;
    browser.follow_key(Key::Enter).await;

    // An optional scope is reached before the decision is, and can be unticked.
    tab_to(&browser, "input[value=read]").await;
    browser.type_text(" ").await;
    assert_eq!(browser.evaluate("document.activeElement.checked").await, false);
    tab_to(&browser, ALLOW).await;
    browser.follow_key(Key::Enter).await;
    assert_eq!(browser.text(USER).await, "Demo user", "the name was allowed");
    let answer = browser.text("#answer").await;
    assert!(answer.contains("profile") && !answer.contains("read"), "{answer}");
}
