//! What goes another way than planned: a wrong password, no consent, a logout.

use crate::{
    chromium::Browser,
    world::{ALLOW, COMPLAINT, DENY, LOG_IN, LOG_IN_WITH, NOTICE, USER, World},
};

#[tokio::test]
async fn a_wrong_password_is_told_and_can_be_mended() {
    let world = World::start();
    let browser = Browser::start("wrong_password").await;
    world.go_to_login(&browser).await;
    browser.fill("#login", &world.login).await;
    browser.fill("#password", "not the password").await;
    browser.follow(LOG_IN).await;
    let told = browser.text(COMPLAINT).await;
    assert!(!told.is_empty() && browser.url().await.as_str().starts_with(&world.issuer), "{told}");
    // The login is still there, the password is not, and the focus is where the trouble is.
    assert_eq!(browser.evaluate("document.getElementById('login').value").await, world.login.as_str());
    assert_eq!(browser.evaluate("document.getElementById('password').value").await, "");
    assert_eq!(browser.evaluate("document.activeElement.matches('.alert')").await, true);

    // A login that does not exist is told the same.
    browser.fill("#login", "nobody").await;
    browser.fill("#password", "not the password").await;
    browser.follow(LOG_IN).await;
    assert_eq!(browser.text(COMPLAINT).await, told);

    world.log_in(&browser).await;
    browser.wait_for(ALLOW).await;
}

#[tokio::test]
async fn who_denies_returns_to_the_site_and_is_not_logged_in_there() {
    let world = World::start();
    let browser = Browser::start("deny").await;
    world.go_to_login(&browser).await;
    world.log_in(&browser).await;
    browser.follow(DENY).await;
    let told = browser.text(NOTICE).await;
    assert!(told.starts_with("Access denied"), "{told}");
    assert!(!browser.has(USER).await);
    browser.open(&world.applications()).await;
    assert!(browser.has("main .empty").await, "{}", browser.page().await);

    // The answer is not remembered against the user.
    browser.open(&world.site).await;
    browser.follow(LOG_IN_WITH).await;
    browser.follow(ALLOW).await;
    browser.wait_for(USER).await;
}

#[tokio::test]
async fn logging_out_at_the_site_logs_out_at_keystead_too() {
    let world = World::with_choice();
    let browser = Browser::start("log_out").await;
    world.sign_up(&browser).await;
    browser.follow("form[action='/logout'] button").await;
    // Keystead asks, because anybody could have sent the browser there.
    browser.follow("button[name=decision][value=log_out]").await;
    // That is back at the site, as it registered.
    browser.wait_for(LOG_IN_WITH).await;
    assert_eq!(browser.url().await.as_str().trim_end_matches("#_"), world.site);
    browser.follow(LOG_IN_WITH).await;

    // Consent stands. The login page itself leads back to the site, which its policy has to let it do.
    world.log_in(&browser).await;
    browser.wait_for(USER).await;
    let console = browser.console().await;
    assert!(console.is_empty(), "{console:#?}");
}

#[tokio::test]
async fn going_back_to_an_answered_question_gives_no_second_answer() {
    let world = World::start();
    let browser = Browser::start("back").await;
    world.sign_up(&browser).await;
    let user = browser.text(USER).await;
    browser.back().await;
    browser.follow(ALLOW).await;
    let told = browser.page().await;
    assert!(browser.url().await.as_str().starts_with(&world.issuer) && told.contains("begin again"), "{told}");
    // What the first answer gave goes on.
    browser.open(&world.site).await;
    assert_eq!((browser.text(USER).await, browser.text("#status").await.as_str()), (user, "200"));
}
