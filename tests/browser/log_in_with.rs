//! The whole story: log in with Keystead, see what that allows, withdraw it.

use std::collections::BTreeSet;

use crate::{
    chromium::Browser,
    world::{ALLOW, COMPLAINT, LOG_IN, LOG_IN_WITH, NOTICE, USER, World},
};

#[tokio::test]
async fn a_user_logs_in_allows_withdraws_and_is_asked_again() {
    let world = World::start();
    let browser = Browser::start("log_in_with").await;

    // The site knows nobody and sends the browser to Keystead, where alone the password is typed.
    browser.open(&world.site).await;
    assert!(!browser.has(USER).await);
    browser.follow(LOG_IN_WITH).await;
    browser.wait_for(LOG_IN).await;
    assert!(browser.url().await.as_str().starts_with(&world.issuer), "{}", browser.url().await);
    world.log_in(&browser).await;

    // Consent says who asks and where it leads.
    browser.wait_for(ALLOW).await;
    let asked = browser.page().await;
    assert!(asked.contains("localhost") && asked.contains(&world.login), "{asked}");
    browser.follow(ALLOW).await;

    // Back at the site, which knows the user and gets an answer from the API.
    browser.wait_for(USER).await;
    assert_eq!(browser.url().await.as_str().trim_end_matches("#_"), world.site);
    let subject = browser.text("#subject").await;
    assert!(subject.starts_with("usr_"), "{subject}");
    // What was not asked for is not told: the name.
    assert_eq!(browser.text(USER).await, subject);
    assert_eq!(browser.text("#status").await, "200");
    let answer = browser.text("#answer").await;
    assert!(answer.contains(&subject), "{answer}");
    browser.follow("#again").await;
    assert_eq!(browser.text("#answer").await, answer, "the same token does for several calls");

    // The next login needs neither password nor consent.
    browser.open(&format!("{}login", world.site)).await;
    assert_eq!(browser.text("#subject").await, subject);

    // The entry stands in the list; withdrawn, it is gone, and the site is logged out at its next call.
    browser.open(&world.applications()).await;
    assert!(browser.page().await.contains("Demo application"), "{}", browser.page().await);
    world.withdraw(&browser).await;
    assert!(!browser.has("main details").await);
    browser.open(&world.site).await;
    assert!(browser.text(NOTICE).await.contains("logged out"));
    assert!(!browser.has(USER).await);

    // Consent is asked again, without a password: the login at Keystead still stands.
    browser.follow(LOG_IN_WITH).await;
    browser.wait_for(ALLOW).await;
    browser.follow(ALLOW).await;
    assert_eq!(browser.text("#subject").await, subject);

    let console = browser.console().await;
    assert!(console.is_empty(), "{console:#?}");
}

#[tokio::test]
async fn a_login_outlives_its_access_tokens_but_not_the_users_consent() {
    // The site takes a token that ends within ten seconds for one that has ended.
    let world = World::start_with(&[("KEYSTEAD_TOKENS__ACCESS_TOKEN_LIFE", "5s")]);
    let browser = Browser::start("refresh").await;
    world.sign_up(&browser).await;
    let mut answers = BTreeSet::new();
    for _ in 0..4 {
        browser.follow("#again").await;
        assert_eq!(browser.text("#status").await, "200");
        answers.insert(browser.text("#answer").await);
    }
    assert_eq!(answers.len(), 4, "each call was made with a token of its own: {answers:#?}");
    world.withdraw(&browser).await;
    browser.open(&world.site).await;
    assert!(browser.text(NOTICE).await.contains("logged out"));
}

#[tokio::test]
async fn a_user_who_is_disabled_is_logged_out_everywhere_at_once() {
    let world = World::start();
    let browser = Browser::start("disabled").await;
    world.sign_up(&browser).await;
    world.operator(&["user", "disable", &world.login]);
    browser.follow("#again").await;
    assert!(browser.text(NOTICE).await.contains("logged out"));
    // At Keystead too: the button leads to the login page, which does not say why the password is refused.
    browser.follow(LOG_IN_WITH).await;
    world.log_in(&browser).await;
    browser.wait_for(COMPLAINT).await;
    assert!(!browser.page().await.contains("disabled"));

    // Enabled again, the user decides again.
    world.operator(&["user", "enable", &world.login]);
    world.log_in(&browser).await;
    browser.follow(ALLOW).await;
    browser.wait_for(USER).await;
}
